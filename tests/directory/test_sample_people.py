"""What the 600 invented people are like: spread as people are, and nobody real."""

import re
from collections import Counter
from collections.abc import Callable
from statistics import median
from typing import Any

import pytest
from django.test import Client

from directory.choices import Insurer, Language, Specialism
from directory.models import Clinic, Physiotherapist
from places.locate import locate_postcode
from tests.directory.pages import search
from tests.directory.table import assert_in_step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sample_directory")]

# Source: Royal Mail's postcode areas.
SCOTLAND = {"AB", "DD", "DG", "EH", "FK", "G", "HS", "IV", "KA", "KW", "KY", "ML", "PA", "PH", "TD", "ZE"}
WALES = {"CF", "LD", "LL", "NP", "SA"}
LONDON = {"E", "EC", "N", "NW", "SE", "SW", "W", "WC"}
# Source: Ofcom, telephone numbers for use in TV and radio drama programmes.
DRAMA = re.compile(
    r"(011[3-8]|0121|0131|0141|0151|0161) 496 0\d{3}|0191 498 0\d{3}|020 7946 0\d{3}|029 2018 0\d{3}"
    r"|028 9649 6\d{3}|01632 960\d{3}|07700 900\d{3}"
)


def test_how_many_there_are_and_of_what_kind():
    everybody = list(Physiotherapist.objects.all())
    assert len(everybody) == 600
    assert sum(person.gender == "female" for person in everybody) / 600 == pytest.approx(0.60, abs=0.02)
    assert sum(person.is_neuro for person in everybody) / 600 == pytest.approx(0.12, abs=0.02)
    assert sum(person.home_visits for person in everybody) / 600 == pytest.approx(0.30, abs=0.02)
    assert {person.gender for person in everybody} == {"female", "male", "other", ""}
    assert all(person.listed and person.sample for person in everybody)
    assert Clinic.objects.filter(sample=True).count() == 400


def test_the_filters_overlap():
    """Else some combination of the three ticks would never find anybody."""
    kinds = Counter(
        (person.is_neuro, person.home_visits, person.gender == "female")
        for person in Physiotherapist.objects.all()
    )
    assert len(kinds) == 8
    assert min(kinds.values()) >= 3


def area(postcode: str) -> str:
    return re.match(r"[A-Z]+", postcode)[0]  # type: ignore[index]


def test_they_are_spread_as_people_are():
    """The shares of mid-2022: Scotland 8.1, Wales 4.6, Northern Ireland 2.8, London 13.1 in 100."""
    clinics = list(Clinic.objects.all())
    areas = Counter(area(clinic.postcode) for clinic in clinics)

    def share(of: set[str]) -> float:
        return sum(areas[name] for name in of) / len(clinics)

    assert share(SCOTLAND) == pytest.approx(0.081, abs=0.04)
    assert share(WALES) == pytest.approx(0.046, abs=0.03)
    assert share({"BT"}) == pytest.approx(0.028, abs=0.01)
    assert share(LONDON) == pytest.approx(0.1, abs=0.06)
    assert len(areas) > 90
    latitudes = [clinic.latitude or 0 for clinic in clinics]
    assert min(latitudes) < 50.6
    assert max(latitudes) > 57.2


def test_every_clinic_is_where_its_postcode_is():
    for clinic in Clinic.objects.all():
        assert clinic.pin_by_hand == (area(clinic.postcode) == "BT")
        if not clinic.pin_by_hand:
            place = locate_postcode(clinic.postcode)
            assert (place.precision, place.latitude, place.longitude) == (
                "postcode",
                clinic.latitude,
                clinic.longitude,
            )


def test_nobody_is_real():
    for person in Physiotherapist.objects.all():
        assert re.fullmatch(r"PH9\d{5}", person.hcpc_number)
        assert DRAMA.fullmatch(person.phone)
        assert re.fullmatch(r"[a-z0-9-]+@example\.(com|org)", person.email)
        assert re.fullmatch(r"(https://[a-z0-9-]+\.example\.(com|org)/)?", person.website)
    for clinic in Clinic.objects.all():
        assert DRAMA.fullmatch(clinic.phone)
        assert clinic.name.endswith(" (sample)")
        assert re.match(r"\d+ Sample (Street|Road|Lane|Way|Avenue|Place)\b", clinic.address)


def test_an_editor_can_save_each_of_them_as_it_is():
    for listing in [*Clinic.objects.all(), *Physiotherapist.objects.all()]:
        listing.full_clean()


def test_what_they_do_is_in_the_lists_and_in_their_order():
    for person in Physiotherapist.objects.all():
        for held, choices in (
            (person.specialisms, Specialism),
            (person.languages, Language),
            (person.insurers, Insurer),
        ):
            assert held == [value for value in choices.values if value in held]
        assert person.specialisms
        assert "eng" in person.languages


def share_of(listings: list, fits: Callable[[Any], bool]) -> float:
    return sum(map(fits, listings)) / len(listings)


def test_when_and_how_they_see_patients():
    people = list(Physiotherapist.objects.all())
    assert share_of(people, lambda person: person.online) == pytest.approx(0.35, abs=0.07)
    assert share_of(people, lambda person: person.evenings) == pytest.approx(0.45, abs=0.07)
    assert share_of(people, lambda person: person.weekends) == pytest.approx(0.20, abs=0.06)
    assert share_of(people, lambda person: bool(person.insurers)) == pytest.approx(0.65, abs=0.07)
    assert share_of(people, lambda person: len(person.languages) > 1) == pytest.approx(0.30, abs=0.07)
    assert {insurer for person in people for insurer in person.insurers} == {*Insurer.values}
    assert len({language for person in people for language in person.languages}) > 25
    # To work with a hoist at home is rare, but a wish for it is not always in vain.
    assert 5 <= sum(person.hoist_at_home for person in people) <= 40
    assert not any(person.hoist_at_home for person in people if not person.home_visits)


def test_what_they_charge():
    people = list(Physiotherapist.objects.all())
    assert share_of(people, lambda person: person.fee_first is not None) == pytest.approx(0.92, abs=0.05)
    fees = [person.fee_first for person in people if person.fee_first is not None]
    assert 45 <= median(fees) <= 65
    assert min(fees) >= 35
    assert max(fees) <= 100
    for person in people:
        assert (person.fee_follow_up or 0) <= (person.fee_first or 0)
        # A fee only of what they offer, and none alone.
        assert person.fee_online is None or (person.online and person.fee_first)
        for fee in (person.fee_home, person.visit_fee):
            assert fee is None or (person.home_visits and person.fee_first)
        assert person.fee_home is None or person.fee_home > (person.fee_first or 0)
    visitors = [person for person in people if person.home_visits]
    assert share_of(visitors, lambda person: person.fee_home is not None) == pytest.approx(0.55, abs=0.12)
    assert share_of(visitors, lambda person: person.visit_fee is not None) == pytest.approx(0.64, abs=0.12)
    # The way to a patient costs nothing with some, which is not the same as not stated.
    assert {0, None} < {person.visit_fee for person in visitors}


def test_what_was_stated_about_access():
    clinics = list(Clinic.objects.all())
    stated = [clinic for clinic in clinics if clinic.access_stated_on]
    assert share_of(clinics, lambda clinic: clinic.access_stated_on is not None) == pytest.approx(
        0.9, abs=0.05
    )
    assert share_of(clinics, lambda clinic: clinic.steps == 0) == pytest.approx(0.5, abs=0.07)
    assert share_of(clinics, lambda clinic: clinic.is_wheelchair_accessible) == pytest.approx(0.24, abs=0.07)
    # On days of one year, whatever the clock says.
    assert {str(clinic.access_stated_on)[:4] for clinic in stated} == {"2025"}
    assert len({clinic.access_stated_on for clinic in stated}) > 100
    assert 5 <= sum(bool(clinic.hoist) for clinic in clinics) <= 30
    for field, known in (
        ("steps", {0, 1, 2, 4, 12, None}),
        ("inside", {"level", "lift", "stairs", ""}),
        ("parking", {"own", "bay", "street", "none", ""}),
        ("hoist", {True, False, None}),
        ("hearing_loop", {True, False, None}),
        ("quiet_room", {True, False, None}),
    ):
        assert {getattr(clinic, field) for clinic in stated} == known
    for clinic in clinics:
        assert clinic.parking_metres is None or clinic.parking in {"own", "bay", "street"}


def test_nobody_invented_has_a_registration_that_was_checked():
    assert not Physiotherapist.objects.exclude(checked_on=None, check_due_on=None, checked_by=None).exists()
    assert Physiotherapist.objects.listed().count() == 600


def test_each_can_be_found_somewhere():
    for person in Physiotherapist.objects.prefetch_related("clinics"):
        assert person.clinics.all() or person.home_visits
    assert_in_step()


def test_every_sample_in_a_search_and_on_its_page_says_so(client: Client):
    page = search(client, location="London", radius=20)
    assert len(page.results) == 20
    for article in page.all("article", class_="result"):
        assert "Sample listing" in article.text
    profile = client.get(f"/physiotherapists/{page.slugs[0]}/").content.decode()
    assert "Sample listing" in profile
