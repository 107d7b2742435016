"""Only those are shown whose registration was checked, and only to the last day of the check.

Nothing runs at midnight: who may be shown is worked out when somebody looks.
"""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from directory.models import Physiotherapist, SearchPoint, a_year_after
from directory.nearest import Wish, count_each, nearest, nearest_anywhere
from tests.conditions.editing import SignedIn, clock_at
from tests.directory.listing_forms import DAY, PERSON, errors, save, typed
from tests.directory.pages import search
from tests.directory.table import assert_in_step, held_rows
from tests.factories import make_clinic, make_physiotherapist

pytestmark = pytest.mark.django_db

CHECKED: dict[str, Any] = {"checked_on": date(2030, 7, 1), "check_due_on": date(2031, 6, 30)}
NEVER: dict[str, Any] = {"checked_on": None, "check_due_on": None}
HERE: dict[str, Any] = {"location": "LS1 4AP", "radius": 1}


def shown_everywhere(client: Client, slug: str) -> set[bool]:
    """Whether each way to somebody leads to them: the list, its count, home visits and the profile."""
    place = make_clinic("LS1 4AP")
    wish = Wish(place.latitude or 0, place.longitude or 0, radius_miles=1)
    return {
        slug in search(client, **HERE).slugs,
        slug in search(client, home_visits="on", **HERE).slugs,
        Physiotherapist.objects.listed().filter(slug=slug).exists(),
        client.get(f"/physiotherapists/{slug}/").status_code == 200,
        nearest(wish).total == 1,
        count_each([wish])[0].total == 1,
        nearest_anywhere(wish) is not None,
    }


def make_ada(**values: Any) -> Physiotherapist:
    return make_physiotherapist((make_clinic("LS1 4AP"),), visits_from="LS1 4AP", slug="ada", **values)


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ("2030-07-01 00:00", True),
        ("2031-06-30 00:00", True),
        # British Summer Time: in Greenwich it is still an hour before midnight when the day ends.
        ("2031-06-30 23:59", True),
        ("2031-07-01 00:00", False),
        ("2031-07-01 12:00", False),
        ("2040-01-01 12:00", False),
    ],
)
def test_a_listing_is_shown_to_the_last_day_of_its_check(client: Client, moment: str, shown: bool):
    make_ada(**CHECKED)
    rows = held_rows()
    with clock_at(moment):
        assert shown_everywhere(client, "ada") == {shown}
    # Nobody wrote anything on the day.
    assert held_rows() == rows


def test_in_winter_the_day_is_that_of_greenwich(client: Client):
    make_ada(checked_on=date(2030, 1, 15), check_due_on=date(2030, 12, 31))
    with clock_at("2030-12-31 23:59"):
        assert shown_everywhere(client, "ada") == {True}
    with clock_at("2031-01-01 00:00"):
        assert shown_everywhere(client, "ada") == {False}


def test_the_next_check_brings_a_lapsed_listing_back_at_once(client: Client):
    ada = make_ada(**CHECKED)
    with clock_at("2031-09-01 12:00"):
        assert shown_everywhere(client, "ada") == {False}
        ada.checked_on, ada.check_due_on = date(2031, 9, 1), date(2032, 9, 1)
        ada.save()
        assert shown_everywhere(client, "ada") == {True}
    with clock_at("2032-09-02 00:00"):
        assert shown_everywhere(client, "ada") == {False}


def test_others_stay_when_one_lapses(client: Client):
    make_ada(**CHECKED)
    make_physiotherapist(
        (make_clinic("LS1 4AP"),), slug="eva", checked_on=date(2031, 1, 1), check_due_on=date(2032, 1, 1)
    )
    with clock_at("2031-06-30 12:00"):
        assert set(search(client, **HERE).slugs) == {"ada", "eva"}
    with clock_at("2031-07-01 12:00"):
        page = search(client, **HERE)
        assert page.slugs == ["eva"]
        assert "1 physiotherapist within 1 mile" in page.one("h1").text


def test_somebody_who_was_never_checked_has_no_row_and_is_nowhere(client: Client):
    ada = make_ada(**NEVER)
    assert not SearchPoint.objects.exists()
    assert shown_everywhere(client, "ada") == {False}
    for name, value in CHECKED.items():
        setattr(ada, name, value)
    ada.save()
    with clock_at("2030-12-01 12:00"):
        assert shown_everywhere(client, "ada") == {True}
    assert_in_step()


def test_an_unlisted_person_is_not_shown_however_well_checked(client: Client):
    make_ada(listed=False)
    assert shown_everywhere(client, "ada") == {False}


def test_invented_people_need_no_check(client: Client, settings):
    make_ada(sample=True, **NEVER)
    assert [row.shown_until for row in held_rows()] == [date.max.toordinal()] * 2
    for moment in ("2030-01-01 12:00", "2999-01-01 12:00"):
        with clock_at(moment):
            assert shown_everywhere(client, "ada") == {True}
    settings.SAMPLE_DATA_ALLOWED = False
    assert shown_everywhere(client, "ada") == {False}


def test_an_invented_person_with_a_check_is_shown_after_it_too(client: Client):
    make_ada(sample=True, **CHECKED)
    with clock_at("2035-01-01 12:00"):
        assert shown_everywhere(client, "ada") == {True}


def test_a_page_costs_as_many_queries_when_everybody_lapsed(client: Client, nothing_changes: Any):
    for number in range(5):
        make_physiotherapist((make_clinic("LS1 4AP"),), slug=f"person-{number}", **CHECKED)
    nothing_changes()
    with clock_at("2031-07-01 12:00"), CaptureQueriesContext(connection) as queries:
        assert search(client, **HERE).slugs == []
    assert len(queries) <= 8


# --- The admin's form ---


def typed_dates(checked_on: date | None, check_due_on: date | None) -> dict[str, str]:
    return {
        "checked_on": f"{checked_on:{DAY}}" if checked_on else "",
        "check_due_on": f"{check_due_on:{DAY}}" if check_due_on else "",
    }


@pytest.mark.parametrize(
    ("checked_on", "check_due_on"),
    [
        (date(2031, 3, 1), date(2031, 3, 2)),
        (date(2031, 3, 1), date(2032, 2, 29)),
        (date(2031, 3, 1), date(2032, 3, 1)),
        # A year after a leap day is the end of February.
        (date(2028, 2, 29), date(2029, 2, 28)),
        (None, None),
    ],
)
def test_dates_of_a_check_that_can_be(checked_on: date | None, check_due_on: date | None):
    with clock_at("2031-03-01 12:00"):
        values = PERSON | typed_dates(checked_on, check_due_on)
        assert save(an_editor(), Physiotherapist, values) is None
    person = Physiotherapist.objects.get()
    assert (person.checked_on, person.check_due_on) == (checked_on, check_due_on)


@pytest.mark.parametrize(
    ("checked_on", "check_due_on", "field", "said"),
    [
        (date(2031, 3, 1), date(2032, 3, 2), "check_due_on", "within 12 months of this one"),
        (date(2031, 3, 1), date(2035, 1, 1), "check_due_on", "within 12 months of this one"),
        (date(2028, 2, 29), date(2029, 3, 1), "check_due_on", "within 12 months of this one"),
        (date(2031, 3, 2), date(2031, 6, 1), "checked_on", "That day is still to come."),
        (date(2031, 3, 1), date(2031, 3, 1), "", "The next check is due after this one."),
        (date(2031, 3, 1), date(2031, 2, 1), "", "The next check is due after this one."),
        (date(9999, 12, 31), None, "checked_on", "That day is still to come."),
        (date(9999, 1, 1), date(9999, 12, 31), "checked_on", "That day is still to come."),
        (None, date(2031, 6, 1), "check_due_on", "Enter both the day of the check and the day"),
    ],
)
def test_dates_of_a_check_that_cannot_be(
    checked_on: date | None, check_due_on: date | None, field: str, said: str
):
    values = PERSON | typed_dates(checked_on, check_due_on)
    with clock_at("2031-03-01 12:00"):
        page = save(an_editor(), Physiotherapist, values)
    wrong = errors(page)
    assert said in wrong[field]
    assert len(wrong) == 1
    assert {name: typed(page)[name] for name in ("checked_on", "check_due_on")} == typed_dates(
        checked_on, check_due_on
    )
    assert not Physiotherapist.objects.exists()


@pytest.mark.parametrize("field", ["checked_on", "check_due_on"])
@pytest.mark.parametrize("value", ["31/02/2031", "soon", "0", "99/99/9999"])
def test_what_is_no_day_is_an_error_on_its_field(field: str, value: str):
    with clock_at("2031-03-01 12:00"):
        values = PERSON | typed_dates(date(2031, 3, 1), date(2031, 6, 1)) | {field: value}
        page = save(an_editor(), Physiotherapist, values)
    assert "Enter a valid date" in errors(page)[field]
    assert typed(page)[field] == value


def test_a_new_person_without_a_check_is_kept_and_not_shown():
    editor = an_editor()
    values = PERSON | typed_dates(None, None) | {"clinics": [make_clinic("LS1 4AP").pk]}
    assert save(editor, Physiotherapist, values) is None
    assert search(editor, **HERE).slugs == []
    today = timezone.localdate()
    checked = values | typed_dates(today, today + timedelta(days=30))
    assert save(editor, Physiotherapist, checked, Physiotherapist.objects.get().pk) is None
    assert search(editor, **HERE).slugs == ["ada-example"]


def test_the_database_refuses_a_check_that_is_due_before_it_was_made():
    from django.db import IntegrityError

    with pytest.raises(IntegrityError, match="check_is_due_after_it_was_made"):
        make_physiotherapist(checked_on=date(2031, 3, 1), check_due_on=date(2031, 3, 1))


@pytest.mark.parametrize(
    ("day", "later"),
    [
        (date(2031, 3, 1), date(2032, 3, 1)),
        (date(2027, 2, 28), date(2028, 2, 28)),
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(9999, 2, 28), date(9999, 12, 31)),
    ],
)
def test_a_year_after(day: date, later: date):
    assert a_year_after(day) == later


def an_editor() -> SignedIn:
    """Signed in at the site's clock, which may stand at another time than the machine's."""
    return SignedIn("Directory editor")
