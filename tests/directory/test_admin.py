"""Editors add clinics and people, and the public search follows at once."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from directory.models import Clinic, Physiotherapist, SearchPoint
from places.distance import great_circle_miles
from places.locate import locate
from tests.directory.listing_forms import CLINIC, PERSON, errors, save, typed
from tests.directory.pages import Page, search
from tests.factories import make_clinic, make_page, make_physiotherapist

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("postcode", "stored"),
    [
        ("LS1 4AP", "LS1 4AP"),
        ("ls14ap", "LS1 4AP"),
        (" ls1  4ap ", "LS1 4AP"),
        ("LSI 4AP", "LS1 4AP"),
        ("ZE1 0EN", "ZE1 0EN"),
        ("BT1 5GS", "BT1 5GS"),
        ("je23ab", "JE2 3AB"),
    ],
)
def test_a_postcode_fills_the_point(admin_client: Client, postcode: str, stored: str):
    assert save(admin_client, Clinic, CLINIC | {"postcode": postcode}) is None
    clinic = Clinic.objects.get()
    place = locate(stored)
    assert clinic.postcode == stored
    assert (clinic.latitude, clinic.longitude) == (place.latitude, place.longitude)
    assert not clinic.pin_by_hand


@pytest.mark.parametrize(
    ("postcode", "message"),
    [
        ("LS1 4AQZ", "Enter a full postcode, such as LS1 4AP."),
        ("LS1", "Enter a full postcode, such as LS1 4AP."),
        ("Leeds", "Enter a full postcode, such as LS1 4AP."),
        ("", "This field is required."),
        ("QQ1 1AA", "We do not hold the postcode QQ1 1AA."),
    ],
)
def test_what_is_no_postcode_is_an_error_on_that_field(admin_client: Client, postcode: str, message: str):
    page = save(admin_client, Clinic, CLINIC | {"postcode": postcode})
    assert errors(page)["postcode"] == message
    assert typed(page)["postcode"] == postcode
    assert not Clinic.objects.exists()


def test_an_unknown_postcode_offers_the_nearest_match(admin_client: Client):
    page = save(admin_client, Clinic, CLINIC | {"postcode": "TR18 2ZZ", "phone": "0113 496 0001"})
    message = errors(page)["postcode"]
    assert message.startswith("We do not hold the postcode TR18 2ZZ. Did you mean TR18 2")
    offered = message.removesuffix("?").rpartition("mean ")[2]
    assert typed(page) == CLINIC | {
        "postcode": "TR18 2ZZ",
        "phone": "0113 496 0001",
        "latitude": "",
        "longitude": "",
    }
    assert save(admin_client, Clinic, CLINIC | {"postcode": offered}) is None
    clinic = Clinic.objects.get()
    penzance = locate("Penzance")
    assert great_circle_miles(
        clinic.latitude or 0, clinic.longitude or 0, penzance.latitude, penzance.longitude
    ) == pytest.approx(0, abs=3)


def test_a_pin_set_by_hand_is_kept(admin_client: Client):
    by_hand = {"pin_by_hand": "on", "latitude": "53.7", "longitude": "-1.6"}
    assert save(admin_client, Clinic, CLINIC | by_hand) is None
    clinic = Clinic.objects.get()
    assert (clinic.latitude, clinic.longitude) == (53.7, -1.6)
    assert save(admin_client, Clinic, CLINIC | by_hand | {"postcode": "zz99 9zz"}, clinic.pk) is None
    clinic.refresh_from_db()
    assert (clinic.postcode, clinic.latitude, clinic.longitude) == ("ZZ99 9ZZ", 53.7, -1.6)


def test_without_the_tick_the_pin_is_where_the_postcode_is(admin_client: Client):
    assert save(admin_client, Clinic, CLINIC | {"latitude": "53.7", "longitude": "-1.6"}) is None
    assert Clinic.objects.get().latitude == locate("LS1 4AP").latitude


@pytest.mark.parametrize(
    ("pin", "field"),
    [
        ({"latitude": "53.7", "longitude": ""}, "pin_by_hand"),
        ({"latitude": "", "longitude": ""}, "pin_by_hand"),
        ({"latitude": "12.0", "longitude": "-1.6"}, "latitude"),
        ({"latitude": "53.7", "longitude": "41"}, "longitude"),
        ({"latitude": "nan", "longitude": "-1.6"}, "latitude"),
        ({"latitude": "north", "longitude": "-1.6"}, "latitude"),
    ],
)
def test_a_pin_that_cannot_be_is_an_error(admin_client: Client, pin: dict[str, str], field: str):
    page = save(admin_client, Clinic, CLINIC | pin | {"pin_by_hand": "on"})
    assert field in errors(page)
    assert typed(page) == CLINIC | pin | {"pin_by_hand": ["on"]}


@pytest.mark.parametrize("phone", ["0113 496 0001", "+44 113 496 0001", "+44 (0)113 496 0001", "01134960001"])
def test_a_telephone_number_may_be_written_in_several_ways(admin_client: Client, phone: str):
    assert save(admin_client, Clinic, CLINIC | {"phone": phone}) is None
    assert Clinic.objects.get().phone == phone


@pytest.mark.parametrize("phone", ["call me", "0113", "0113 496 0001 ext 5", "<b>0113 496 0001</b>"])
def test_what_is_no_telephone_number_is_refused(admin_client: Client, phone: str):
    page = save(admin_client, Clinic, CLINIC | {"phone": phone})
    assert "phone" in errors(page)


def test_a_moved_clinic_moves_in_the_search_at_once(admin_client: Client):
    clinic = make_clinic("LS1 4AP")
    make_physiotherapist((clinic,), slug="ada")
    assert search(admin_client, location="LS1 4AP").slugs == ["ada"]
    assert save(admin_client, Clinic, CLINIC | {"postcode": "YO1 7HH"}, clinic.pk) is None
    assert search(admin_client, location="LS1 4AP").slugs == []
    assert search(admin_client, location="YO1 7HH").results == [("ada", "0.0")]


def test_a_deleted_clinic_is_gone_from_the_search(admin_client: Client):
    clinic = make_clinic("LS1 4AP")
    make_physiotherapist((clinic,))
    response = admin_client.post(reverse("admin:directory_clinic_delete", args=[clinic.pk]), {"post": "yes"})
    assert response.status_code == 302
    assert search(admin_client, location="LS1 4AP").slugs == []
    assert Physiotherapist.objects.count() == 1


def test_a_physiotherapist_is_added_with_all_that_is_known_and_found_at_once(admin_client: Client):
    here, there = make_clinic("LS1 4AP"), make_clinic("YO1 7HH")
    neck = make_page("neck-pain", title="Neck pain").page
    values = PERSON | {
        "clinics": [here.pk, there.pk],
        "conditions_treated": [neck.pk],
        "home_visits": "on",
        "visit_postcode": "ls27ue",
        "visit_miles": "5",
    }

    assert save(admin_client, Physiotherapist, values) is None

    person = Physiotherapist.objects.get()
    assert (person.visit_postcode, person.visit_miles, person.sample) == ("LS2 7UE", 5, False)
    assert person.visit_latitude == locate("LS2 7UE").latitude
    assert (person.specialisms, person.languages) == (["neuro", "sports"], ["eng", "cym"])
    asked: dict[str, Any] = {"neuro": "on", "female": "on", "condition": "neck-pain", "radius": 1}
    for place in ("LS1 4AP", "YO1 7HH"):
        assert search(admin_client, location=place, **asked).results == [("ada-example", "0.0")]
    assert search(admin_client, location="LS2 7UE", home_visits="on", **asked).results == [
        ("ada-example", "0.0")
    ]
    assert "Likes walking." in Page(admin_client.get("/physiotherapists/ada-example/")).one("main").text


def test_unlisting_removes_from_the_search_at_once(admin_client: Client):
    clinic = make_clinic("LS1 4AP")
    person = make_physiotherapist((clinic,), slug="ada-example")
    assert search(admin_client, location="LS1 4AP").slugs == ["ada-example"]

    unlisted = PERSON | {"clinics": [clinic.pk], "listed": None}
    assert save(admin_client, Physiotherapist, unlisted, person.pk) is None

    assert search(admin_client, location="LS1 4AP").slugs == []
    assert admin_client.get("/physiotherapists/ada-example/").status_code == 404
    assert not SearchPoint.objects.exists()

    assert save(admin_client, Physiotherapist, PERSON | {"clinics": [clinic.pk]}, person.pk) is None
    assert search(admin_client, location="LS1 4AP").slugs == ["ada-example"]


@pytest.mark.parametrize("number", ["PH1", "PH123456", "ph12345", " PH12345 ", "Ph12345"])
def test_hcpc_numbers_are_kept_in_capitals(admin_client: Client, number: str):
    assert save(admin_client, Physiotherapist, PERSON | {"hcpc_number": number}) is None
    assert Physiotherapist.objects.get().hcpc_number == number.strip().upper()


@pytest.mark.parametrize(
    "number", ["PH", "PH1234567", "12345", "PT12345", "PH 12345", "PH12a45", "PH\u0661\u0662\u0663"]
)
def test_what_is_no_hcpc_number_is_refused_with_an_example(admin_client: Client, number: str):
    page = save(admin_client, Physiotherapist, PERSON | {"hcpc_number": number})
    message = errors(page)["hcpc_number"]
    assert "such as PH12345" in message or "at most 8 characters" in message
    assert typed(page)["hcpc_number"] == number


@pytest.mark.parametrize("number", ["PH12345", "ph12345"])
def test_two_people_cannot_have_one_hcpc_number(admin_client: Client, number: str):
    make_physiotherapist(hcpc_number="PH12345")
    page = save(admin_client, Physiotherapist, PERSON | {"hcpc_number": number})
    assert errors(page) == {"hcpc_number": "Another physiotherapist is listed with this HCPC number."}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"visit_postcode": "", "visit_miles": "5"},
            {"visit_postcode": "Enter the postcode that visits start from."},
        ),
        (
            {"visit_postcode": "LS1 4AP", "visit_miles": ""},
            {"visit_miles": "Enter how many miles they travel."},
        ),
        (
            {"visit_postcode": "", "visit_miles": ""},
            {
                "visit_postcode": "Enter the postcode that visits start from.",
                "visit_miles": "Enter how many miles they travel.",
            },
        ),
    ],
)
def test_home_visits_need_a_base_and_a_distance(
    admin_client: Client, values: dict[str, str], said: dict[str, str]
):
    page = save(admin_client, Physiotherapist, PERSON | values | {"home_visits": "on"})
    assert errors(page) == said


@pytest.mark.parametrize("miles", ["0", "-1", "51", "many"])
def test_a_distance_that_nobody_travels_is_refused(admin_client: Client, miles: str):
    visits = {"home_visits": "on", "visit_postcode": "LS1 4AP", "visit_miles": miles}
    page = save(admin_client, Physiotherapist, PERSON | visits)
    assert "visit_miles" in errors(page)
    assert typed(page)["visit_miles"] == miles


def test_an_unknown_base_offers_the_nearest_match(admin_client: Client):
    visits = {"home_visits": "on", "visit_postcode": "TR18 2ZZ", "visit_miles": "5"}
    page = save(admin_client, Physiotherapist, PERSON | visits)
    assert "Did you mean TR18 2" in errors(page)["visit_postcode"]
    assert list(errors(page)) == ["visit_postcode"]


def test_everything_typed_is_kept_on_an_error(admin_client: Client):
    here, there = make_clinic("LS1 4AP"), make_clinic("YO1 7HH")
    neck = make_page("neck-pain").page
    values = PERSON | {
        "hcpc_number": "wrong",
        "clinics": [str(here.pk), str(there.pk)],
        "conditions_treated": [str(neck.pk)],
        "home_visits": "on",
        "visit_postcode": "nowhere",
        "visit_miles": "7",
        "email": "ada at example",
        "fee_first": "-1",
    }
    page = save(admin_client, Physiotherapist, values)
    assert {"hcpc_number", "email", "visit_postcode"} <= set(errors(page))
    kept = typed(page)
    assert kept["biography"] == "<p>Likes walking.</p>"
    assert kept == values | {"listed": ["on"], "home_visits": ["on"]}
    assert not Physiotherapist.objects.exists()


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("/admin/directory/physiotherapist/?q=LS1", "1 physiotherapist"),
        ("/admin/directory/physiotherapist/?q=PH12345", "1 physiotherapist"),
        ("/admin/directory/physiotherapist/?listed__exact=1&home_visits__exact=0", "1 physiotherapist"),
        ("/admin/directory/physiotherapist/?listed__exact=0", "0 physiotherapists"),
        ("/admin/directory/clinic/?q=LS1", "1 clinic"),
    ],
)
def test_editors_find_listings(admin_client: Client, address: str, found: str):
    make_physiotherapist((make_clinic("LS1 4AP"),), hcpc_number="PH12345", specialisms=["neuro"])
    response = admin_client.get(address)
    assert response.status_code == 200
    assert found in Page(response).one("main").text


def test_the_link_to_the_site_is_there_only_for_those_who_are_on_it(admin_client: Client):
    for listed in (True, False):
        person = make_physiotherapist(listed=listed)
        page = Page(admin_client.get(reverse("admin:directory_physiotherapist_change", args=[person.pk])))
        assert ("View on site" in page.links) == listed


@pytest.mark.parametrize("model", [Clinic, Physiotherapist])
def test_a_sample_listing_that_must_not_be_is_refused_on_the_form(admin_client: Client, settings, model: Any):
    """As in production, after its database was filled from one with samples."""
    listing = make_clinic(sample=True) if model is Clinic else make_physiotherapist(sample=True)
    settings.SAMPLE_DATA_ALLOWED = False
    page = save(admin_client, model, CLINIC if model is Clinic else PERSON, listing.pk)
    assert "Sample listings are not allowed here" in " ".join(errors(page).values())
