from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from conditions.versions import publish, start_draft
from directory.models import FormerProfile, Physiotherapist
from tests.conditions.editing import clock_at
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
    assert page.all("title")[0].text == "Ada Example, physiotherapist PH12345 - The Physiotherapy Site"
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
    with django_assert_max_num_queries(7):
        response = client.get(person.get_absolute_url(), {"near": "LS1"})
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


def test_only_reading_is_allowed(client: Client):
    address = make_physiotherapist().get_absolute_url()
    assert client.head(address).status_code == 200
    assert client.post(address).status_code == 405


# --- Fees and what else is known ------------------------------------------------------------------


def panel(page: Page, name: str) -> str:
    return page.one("section", aria_labelledby=name).text


def test_fees_are_told_by_kind_of_appointment(client: Client):
    person = make_physiotherapist(
        visits_from="LS1 4AP",
        online=True,
        fee_first=Decimal("60"),
        fee_follow_up=Decimal("0"),
        fee_online=Decimal("40.50"),
        fee_home=Decimal("1070"),
        visit_fee=Decimal("12.50"),
    )
    fees = panel(profile(client, person), "fees")
    for words in (
        "First appointment£60",
        "Follow-up appointmentNothing to pay",
        "Online appointment£40.50",
        "Home visit£1,070",
        "Travel fee for a home visit£12.50",
        "First home visit in all£1,082.50",
    ):
        assert words in fees


def test_fees_of_what_they_do_not_offer_are_not_shown(client: Client):
    person = make_physiotherapist(
        fee_first=Decimal("60"), fee_online=Decimal("40"), fee_home=Decimal("70"), visit_fee=Decimal("5")
    )
    fees = panel(profile(client, person), "fees")
    assert "First appointment£60" in fees
    for words in ("£40", "£70", "£5"):
        assert words not in fees


def test_fees_that_nobody_knows_are_said_to_be_not_stated(client: Client):
    assert "Fees are not stated." in panel(profile(client, make_physiotherapist()), "fees")


def test_insurers_languages_and_ways_to_meet(client: Client):
    person = make_physiotherapist(
        insurers=["bupa", "aviva"], online=True, evenings=True, weekends=True, languages=["eng", "bfi"]
    )
    page = profile(client, person)
    assert "Works with these insurersAviva, Bupa" in panel(page, "fees")
    assert "LanguagesEnglish, British Sign Language" in panel(page, "facts")
    tags = [tag.text for tag in page.all("*", class_="tag")]
    assert tags == ["Online appointments", "Evenings (after 6 pm)", "Weekends"]


# --- Home visits ----------------------------------------------------------------------------------


def test_home_visits_are_told_as_a_distance_and_the_outward_codes_that_it_reaches(client: Client):
    person = make_physiotherapist(
        visits_from="LS2 7UE", visit_miles=2, visit_fee=Decimal("10"), hoist_at_home=True
    )
    told = panel(profile(client, person), "home-visits")
    assert "Visits homes within 2 miles of LS2." in told
    assert "Postcodes that this reaches, nearest first: LS2, LS1, LS98, LS9, LS3, " in told
    assert "Travel fee£10" in told
    assert "Hoist at your homeCan work with one" in told
    assert "more" not in told


def test_a_long_list_of_outward_codes_is_shortened(client: Client):
    person = make_physiotherapist(visits_from="N1 9GU", visit_miles=50)
    page = profile(client, person)
    told = page.one("section", aria_labelledby="home-visits")
    before, _, _ = told.text.partition(" and ")
    assert len(before.partition("first: ")[2].split(", ")) == 12
    more = page.one("details").text
    number = int(more.split()[1])
    assert number > 100
    assert len(more.partition("more")[2].split(", ")) == number


def test_a_travel_fee_that_nobody_stated_is_not_told_as_none(client: Client):
    assert "Travel feeNot stated" in panel(
        profile(client, make_physiotherapist(visits_from="LS1 4AP")), "home-visits"
    )
    free = make_physiotherapist(visits_from="LS1 4AP", visit_fee=Decimal("0"))
    assert "Travel feeNothing to pay" in panel(profile(client, free), "home-visits")


# --- Registration ---------------------------------------------------------------------------------


def test_registration_is_told_as_checked_on_a_day_and_never_as_approved(client: Client):
    person = make_physiotherapist(checked_on=date(2026, 3, 3), check_due_on=date(2100, 1, 1))
    page = profile(client, person)
    assert "HCPC registration checked on 3 March 2026" in panel(page, "facts")
    assert page.links["public register of the HCPC"] == "https://www.hcpc-uk.org/check-the-register/"
    assert "approved" not in page.html.lower()


def test_of_a_sample_no_check_is_claimed(client: Client):
    person = make_physiotherapist(sample=True, checked_on=date(2026, 3, 3), check_due_on=date(2100, 1, 1))
    assert "checked on" not in profile(client, person).html


def test_a_profile_goes_on_the_day_after_its_check_ends(client: Client):
    person = make_physiotherapist(checked_on=date(2030, 3, 3), check_due_on=date(2031, 3, 3))
    with clock_at("2031-03-03 23:59"):
        assert status(client, person) == 200
    with clock_at("2031-03-04 00:00"):
        assert status(client, person) == 404


# --- Addresses ------------------------------------------------------------------------------------


def test_a_former_address_leads_to_the_profile_for_good(client: Client):
    person = make_physiotherapist(slug="ada")
    FormerProfile.objects.create(slug="ada-example", physiotherapist=person)
    response = client.get("/physiotherapists/ada-example/")
    assert (response.status_code, response.headers["Location"]) == (301, "/physiotherapists/ada/")


def test_a_former_address_takes_the_reader_s_place_along(client: Client):
    FormerProfile.objects.create(slug="ada-example", physiotherapist=make_physiotherapist(slug="ada"))
    response = client.get("/physiotherapists/ada-example/?near=ls1")
    assert response.headers["Location"] == "/physiotherapists/ada/?near=LS1"


def test_a_former_address_of_somebody_who_may_not_be_shown_is_not_found(client: Client):
    person = make_physiotherapist(slug="ada", listed=False)
    FormerProfile.objects.create(slug="ada-example", physiotherapist=person)
    assert client.get("/physiotherapists/ada-example/").status_code == 404


@pytest.mark.parametrize("slug", ["compare", "in"])
def test_no_profile_may_have_an_address_that_the_site_needs(slug: str):
    person = make_physiotherapist()
    person.slug = slug
    with pytest.raises(ValidationError) as refused:
        person.full_clean()
    assert "page of its own at that address" in refused.value.message_dict["slug"][0]
    person.slug = f"{slug}-ada"
    person.full_clean()
