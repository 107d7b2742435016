"""Access, fees and what else a search can ask for, as editors type it in."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from directory.models import Clinic, Physiotherapist
from tests.directory.listing_forms import ACCESS, CLINIC, DAY, PERSON, TODAY, errors, save, typed
from tests.directory.table import FACTS, LANGUAGES, assert_in_step, held_rows
from tests.factories import make_clinic, make_physiotherapist

pytestmark = pytest.mark.django_db


def flags_held() -> set[str]:
    """What the search knows of the one place that there is."""
    (row,) = held_rows()
    return {name for name, bit in FACTS.items() if row.flags & bit}


def test_access_is_kept_as_it_was_stated_and_searched_for_at_once(admin_client: Client):
    clinic = make_clinic()
    make_physiotherapist((clinic,))
    assert flags_held() == set()

    assert save(admin_client, Clinic, CLINIC | ACCESS, clinic.pk) is None

    clinic.refresh_from_db()
    assert (clinic.access_stated_on, clinic.steps, clinic.inside, clinic.door_cm) == (TODAY, 0, "lift", 82)
    assert (clinic.parking, clinic.parking_metres) == ("bay", 20)
    # What nobody stated is not known, which is not the same as no.
    assert (clinic.hoist, clinic.hearing_loop, clinic.quiet_room) == (True, False, None)
    assert clinic.access_note == "Ring the bell at the side door."
    assert flags_held() == {"wheelchair", "hoist"}

    assert (
        save(admin_client, Clinic, CLINIC | ACCESS | {"door_cm": "70", "hoist": "false"}, clinic.pk) is None
    )
    assert flags_held() == set()
    assert_in_step()


@pytest.mark.parametrize("fact", [name for name in ACCESS if name not in {"access_stated_on", "access_note"}])
def test_a_fact_about_access_needs_the_day_on_which_it_was_stated(admin_client: Client, fact: str):
    page = save(admin_client, Clinic, CLINIC | {fact: ACCESS[fact]})
    assert "Say on which day the facts about access were stated." in " ".join(errors(page).values())
    assert typed(page)[fact] == ACCESS[fact]
    assert not Clinic.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("steps", "-1"),
        ("steps", "two"),
        ("door_cm", "39"),
        ("door_cm", "301"),
        ("parking_metres", "2001"),
        ("inside", "escalator"),
        ("parking", "roof"),
        ("access_stated_on", "31/02/2026"),
        ("access_note", "x" * 251),
    ],
)
def test_what_cannot_be_is_an_error_on_its_field_and_all_that_was_typed_is_kept(
    admin_client: Client, field: str, value: str
):
    page = save(admin_client, Clinic, CLINIC | ACCESS | {field: value})
    assert list(errors(page)) == [field]
    # A list offers no value that is not in it.
    kept = "" if field in {"inside", "parking"} else value
    assert typed(page) | {"latitude": "", "longitude": ""} == CLINIC | ACCESS | {
        field: kept,
        "latitude": "",
        "longitude": "",
    }


def test_whatever_can_be_searched_for_is_kept_and_found_at_once(admin_client: Client):
    clinic = make_clinic()
    values: dict[str, Any] = {
        "clinics": [clinic.pk],
        "online": "on",
        "evenings": "on",
        "weekends": "on",
        "insurers": ["axa-health", "wpa"],
        "languages": ["bfi", "yor"],
        "fee_first": "80",
        "fee_online": "45",
        "fee_home": "70.50",
        "visit_fee": "12.50",
        "hoist_at_home": "on",
    }

    assert save(admin_client, Physiotherapist, PERSON | values) is None

    person = Physiotherapist.objects.get()
    assert (person.online, person.evenings, person.weekends, person.hoist_at_home) == (True,) * 4
    assert (person.insurers, person.languages) == (["axa-health", "wpa"], ["bfi", "yor"])
    fees = (person.fee_first, person.fee_online, person.fee_home, person.visit_fee)
    assert fees == (Decimal(80), Decimal(45), Decimal("70.50"), Decimal("12.50"))
    wanted = {"online", "evenings", "weekends", "axa-health", "wpa", "up to £80", "up to £100"}
    assert flags_held() == wanted
    (row,) = held_rows()
    assert row.languages == sum(1 << LANGUAGES.split().index(language) for language in ("bfi", "yor"))
    assert_in_step()


@pytest.mark.parametrize("field", ["fee_first", "fee_follow_up", "fee_online", "fee_home", "visit_fee"])
def test_a_fee_cannot_be_negative(admin_client: Client, field: str):
    page = save(admin_client, Physiotherapist, PERSON | {field: "-0.01"})
    assert "A fee cannot be less than nothing." in errors(page)[field]
    assert typed(page)[field] == "-0.01"


@pytest.mark.parametrize("field", ["insurers", "languages"])
def test_what_is_not_in_the_list_is_refused(admin_client: Client, field: str):
    page = save(admin_client, Physiotherapist, PERSON | {field: ["no-such-thing"]})
    assert field in errors(page)


@pytest.mark.parametrize(("days", "said"), [(0, ""), (-3000, ""), (1, "That day is still to come.")])
def test_facts_were_stated_today_or_before(admin_client: Client, days: int, said: str):
    """However long ago: they are shown with their day, so that readers can judge."""
    stated_on = f"{TODAY + timedelta(days=days):{DAY}}"
    page = save(admin_client, Clinic, CLINIC | ACCESS | {"access_stated_on": stated_on})
    assert bool(page) == bool(said)
    if page:
        assert said in errors(page)["access_stated_on"]
        assert typed(page)["access_stated_on"] == stated_on
