"""What the 600 invented people are like: spread as people are, and nobody real."""

import re
from collections import Counter

import pytest
from django.test import Client

from directory.choices import Language, Specialism
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
        for held, choices in ((person.specialisms, Specialism), (person.languages, Language)):
            assert held == [value for value in choices.values if value in held]
            assert held
        assert "eng" in person.languages


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
