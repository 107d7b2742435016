from decimal import Decimal

import pytest
from django.test import Client

from conditions.versions import publish, start_draft
from directory.models import Physiotherapist
from tests.directory.pages import SEARCH, Page, search
from tests.factories import make_clinic, make_draft, make_page, make_physiotherapist

pytestmark = pytest.mark.django_db


def profile(client: Client, person: Physiotherapist) -> Page:
    response = client.get(person.get_absolute_url())
    assert response.status_code == 200
    return Page(response)


def status(client: Client, person: Physiotherapist) -> int:
    return client.get(person.get_absolute_url()).status_code


def test_a_profile_shows_what_is_known(client: Client):
    clinic = make_clinic("LS1 4AP", name="Aire Rooms", address="3 Sample Road, Leeds", phone="0113 496 0001")
    person = make_physiotherapist(
        (clinic,),
        slug="ada-example",
        name="Ada Example",
        gender="female",
        hcpc_number="PH12345",
        biography="<p>Likes <strong>walking</strong>.</p>",
        specialisms=["neuro", "older-people"],
        languages=["eng", "cym"],
        phone="07700 900123",
        email="ada@example.com",
        website="https://ada.example.org/",
        fee_first=Decimal("60"),
        fee_follow_up=Decimal("45.50"),
        visits_from="LS2 7UE",
        visit_miles=1,
    )
    page = profile(client, person)
    assert page.one("h1").text == "Ada Example"
    assert page.one("title").text == "Ada Example, physiotherapist - The Physiotherapy Site"
    assert [tag.text for tag in page.all("*", class_="tag")] == [
        "Neuro physiotherapy",
        "Home visits",
        "Female",
    ]
    text = page.one("main").text
    for words in (
        "Physiotherapist: neuro physiotherapy, older people and falls",
        "Likes walking.",
        "Aire Rooms",
        "3 Sample Road, Leeds",
        "LS1 4AP",
        "Visits homes within 1 mile of LS2.",
        "First appointment£60Follow-up appointment£45.50",
        "English, Welsh",
        "PH12345",
    ):
        assert words.replace(" ", "") in text.replace(" ", "")
    assert page.links["07700 900123"] == "tel:07700900123"
    assert page.links["0113 496 0001"] == "tel:01134960001"
    assert page.links["ada@example.com"] == "mailto:ada@example.com"
    assert page.links["https://ada.example.org/"] == "https://ada.example.org/"
    assert page.links["Find a physiotherapist"] == SEARCH
    assert page.one("*", class_="prose").within[-1].tag == "strong"


def test_a_profile_with_nothing_but_a_name_says_only_what_is_so(client: Client):
    page = profile(client, make_physiotherapist(name="Bo Example"))
    assert page.one("h1").text == "Bo Example"
    assert not page.all("*", class_="tag")
    text = page.one("main").text
    assert "No telephone, e-mail or website is given." in text
    for words in ("None", "£", "Home visits", "Conditions treated", "Languages", "About Bo"):
        assert words not in text


def test_what_editors_typed_is_escaped_and_cleaned(client: Client):
    clinic = make_clinic("LS1 4AP", name="<i>Rooms</i>")
    person = make_physiotherapist(
        (clinic,), name="<b>Bo</b>", biography="<p onclick='x()'>Hello<script>alert('x')</script></p>"
    )
    page = profile(client, person)
    assert page.one("h1").text == "<b>Bo</b>"
    assert "<i>Rooms" not in page.html
    assert "onclick" not in page.html
    assert "alert(" not in page.html


def test_an_unlisted_person_is_not_found(client: Client):
    person = make_physiotherapist((make_clinic("LS1 4AP"),))
    assert status(client, person) == 200

    person.listed = False
    person.save()

    assert status(client, person) == 404
    assert search(client, location="LS1 4AP").results == []


def test_an_unlisted_person_is_not_found_by_an_editor_either(admin_client: Client):
    assert status(admin_client, make_physiotherapist(listed=False)) == 404


def test_a_sample_listing_is_marked_and_kept_from_search_engines(client: Client):
    sample, real = make_physiotherapist(sample=True), make_physiotherapist()
    page = profile(client, sample)
    assert "Sample listing." in page.one("*", class_="sample-banner").text
    assert page.all("*", class_="tag")[0].text == "Sample listing"
    assert "(sample listing)" in page.one("title").text
    assert f"{sample.hcpc_number} (not real)" in page.one("main").text
    assert page.one("meta", name="robots").attributes["content"] == "noindex"
    assert "public register of the HCPC" not in page.links
    page = profile(client, real)
    assert "ample listing" not in page.html
    assert not page.all("meta", name="robots")
    assert page.links["public register of the HCPC"].startswith("https://www.hcpc-uk.org/")


def test_a_sample_listing_is_not_found_where_samples_are_not_allowed(client: Client, settings):
    sample, real = make_physiotherapist(sample=True), make_physiotherapist()
    settings.SAMPLE_DATA_ALLOWED = False
    assert status(client, sample) == 404
    assert status(client, real) == 200


@pytest.mark.parametrize("written", ["LS2 7UE", "LS27UE", "ls2 7ue", "LS2  7UE", " LS2 7UE"])
def test_of_the_base_for_visits_only_the_outward_code_is_shown(client: Client, written: str):
    """However the postcode came to be stored: it may be where somebody lives."""
    person = make_physiotherapist(visits_from="LS2 7UE", visit_miles=7, visit_postcode=written)
    for page in (profile(client, person), search(client, location="LS1 4AP", home_visits="on")):
        assert "7UE" not in page.html.upper()
    assert "Visits homes within 7 miles of LS2." in profile(client, person).one("main").text


def test_a_base_that_is_no_more_is_not_shown(client: Client):
    person = make_physiotherapist(visits_from="LS1 4AP")
    person.home_visits = False
    person.save()
    page = profile(client, person)
    assert "LS1" not in page.html
    assert "Home visits" not in page.one("main").text


def test_conditions_are_linked_only_while_readers_can_see_their_page(client: Client):
    person = make_physiotherapist()
    live, renamed = make_page("neck-pain", title="Neck pain"), make_page("low-back", title="Back ache")
    draft = make_draft("knee-pain", title="Knee pain")
    person.conditions_treated.set([live.page, renamed.page, draft.page])
    newer = start_draft(renamed.page, by=None)
    newer.title = "Low back pain"
    newer.save()

    def treated() -> dict[str, str]:
        return profile(client, person).one("*", aria_labelledby="treats").links

    assert treated() == {"Back ache": "/conditions/low-back/", "Neck pain": "/conditions/neck-pain/"}
    publish(newer, by=None, unsigned=True)
    assert list(treated()) == ["Low back pain", "Neck pain"]
    publish(draft, by=None, unsigned=True)
    assert list(treated()) == ["Knee pain", "Low back pain", "Neck pain"]


def test_no_cookie_and_few_queries(client: Client, django_assert_max_num_queries):
    person = make_physiotherapist(tuple(make_clinic("LS1 4AP") for _ in range(6)), visits_from="LS1 4AP")
    person.conditions_treated.set(make_page().page for _ in range(6))
    with django_assert_max_num_queries(4):
        response = client.get(person.get_absolute_url())
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


def test_only_reading_is_allowed(client: Client):
    address = make_physiotherapist().get_absolute_url()
    assert client.head(address).status_code == 200
    assert client.post(address).status_code == 405
