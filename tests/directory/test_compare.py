"""Up to three people side by side, by what stands in the address alone."""

from datetime import date
from decimal import Decimal
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client

from directory.models import FormerProfile, Physiotherapist
from tests.directory.pages import SEARCH, Page, search
from tests.factories import make_clinic, make_physiotherapist
from tests.markup import Element, page_of

pytestmark = pytest.mark.django_db

COMPARE = "/physiotherapists/compare/"
NOT_STATED = "Not stated"
NOT_OFFERED = "Does not apply"


def compare(client: Client, *slugs: str, **parameters: str) -> Element:
    query = urlencode([("p", slug) for slug in slugs] + list(parameters.items()))
    response = client.get(f"{COMPARE}?{query}")
    assert response.status_code == 200
    return page_of(response)


def make_people(*names: str, **values) -> list[Physiotherapist]:
    """Each at a clinic of their own in LS1; the slug is the name in small letters."""
    return [make_physiotherapist((make_clinic(),), name=name, slug=name.lower(), **values) for name in names]


def names(page: Element) -> list[str]:
    """Who stands at the head of the columns."""
    return [
        heading.all("a")[0].text for table in page.all("table") for heading in table.all("th", scope="col")
    ]


def table(page: Element) -> dict[str, list[str]]:
    """The cells of each row by its header, without the name that stands in each on a phone."""
    rows = {}
    for row in page.one("tbody").all("tr"):
        cells = [[line.text for line in cell.all(class_="line")] for cell in row.all("td")]
        rows[row.one("th", scope="row").text] = ["; ".join(cell) for cell in cells]
    return rows


def notices(page: Element) -> str:
    return " ".join(notice.text for notice in page.all("p", class_="notice"))


def slugs_of(address: str) -> list[str]:
    return parse_qs(urlsplit(address).query).get("p", [])


def removals(page: Element) -> list[list[str]]:
    return [slugs_of(link["href"]) for link in page.all("a", class_="remove")]


# --- What is compared -----------------------------------------------------------------------------


def test_two_people_stand_side_by_side_in_the_order_of_the_address(client: Client):
    make_people("Ada", "Bo", "Cy")
    page = compare(client, "bo", "ada")
    assert names(page) == ["Bo", "Ada"]
    assert page.one("title").children == ["Compare Bo, Ada - The Physiotherapy Site"]
    assert [heading.all("a")[0]["href"] for heading in page.one("thead").all("th")] == [
        "/physiotherapists/bo/",
        "/physiotherapists/ada/",
    ]


def test_everything_known_is_compared_row_by_row(client: Client):
    clinic = make_clinic(
        name="Aire Rooms",
        address="3 Sample Road, Leeds",
        access_stated_on=date(2026, 3, 3),
        steps=0,
        inside="level",
        door_cm=90,
        hoist=True,
    )
    make_physiotherapist(
        (clinic,),
        slug="ada",
        gender="female",
        specialisms=["neuro", "pelvic-health"],
        languages=["eng", "cym"],
        insurers=["bupa"],
        online=True,
        evenings=True,
        fee_first=Decimal("60"),
        fee_online=Decimal("40"),
        fee_home=Decimal("65"),
        visit_fee=Decimal("10"),
        hoist_at_home=True,
        visits_from="LS2 7UE",
        checked_on=date(2026, 3, 3),
        check_due_on=date(2100, 1, 1),
    )
    make_physiotherapist(
        slug="bo", fee_first=Decimal("55.50"), checked_on=None, check_due_on=date(2100, 1, 1)
    )
    assert table(compare(client, "ada", "bo", near="LS1")) == {
        "Distance from LS1": ["Less than 1 mile", NOT_STATED],
        "Works in": ["Neuro physiotherapy; Pelvic health", NOT_STATED],
        "Gender": ["Female", NOT_STATED],
        "Clinics": ["Aire Rooms, 3 Sample Road, Leeds, LS1 4AP", NOT_STATED],
        "Way in": ["Step-free", NOT_STATED],
        "Way to the rooms": ["On the ground floor, no steps", NOT_STATED],
        "Narrowest door": ["90 cm wide", NOT_STATED],
        "Hoist": ["Yes", NOT_STATED],
        "Access stated on": ["3 March 2026", NOT_STATED],
        "Home visits": ["Within 10 miles of LS2", NOT_STATED],
        "Hoist at your home": ["Can work with one", NOT_OFFERED],
        "Appointments": ["Online appointments; Evenings (after 6 pm)", NOT_STATED],
        "Languages": ["English; Welsh", NOT_STATED],
        "First appointment": ["£60", "£55.50"],
        "Online appointment": ["£40", NOT_OFFERED],
        "Home visit": ["£65", NOT_OFFERED],
        "Travel fee for a home visit": ["£10", NOT_OFFERED],
        "First home visit in all": ["£75", NOT_OFFERED],
        "Insurers": ["Bupa", NOT_STATED],
        "Registration": ["HCPC registration checked on 3 March 2026", NOT_STATED],
    }


def test_what_nobody_stated_is_named_once(client: Client):
    make_people("Ada", "Bo", fee_first=50)
    page = compare(client, "ada", "bo")
    assert {"Hoist", "Insurers", "Home visit"}.isdisjoint(table(page))
    text = page.one("main").text
    assert "Not stated for any of them: works in, gender, way in, way to the rooms, narrowest door" in text
    assert "follow-up appointment, insurers." in text
    # What they do not offer needs no fee.
    assert "travel fee" not in text


def test_of_somebody_with_two_clinics_each_line_says_of_which(client: Client):
    clinics = (
        make_clinic(name="Aire Rooms", access_stated_on=date(2026, 3, 3), steps=0),
        make_clinic(name="Beck Rooms", access_stated_on=date(2026, 3, 3), steps=2),
        # Of the same name as another, and nothing is known of it.
        make_clinic(name="Beck Rooms"),
    )
    make_physiotherapist(clinics, slug="ada")
    assert table(compare(client, "ada"))["Way in"] == ["Aire Rooms: Step-free; Beck Rooms: 2 steps"]


@pytest.mark.parametrize(
    ("postcode", "near", "told"),
    [("LS1 4AP", "York", "About 22 miles"), ("LS1 4AP", "LS1", "Less than 1 mile")],
)
def test_distances_are_from_the_middle_of_a_place_in_whole_miles(client: Client, postcode, near, told):
    make_physiotherapist((make_clinic("EH1 1YZ"), make_clinic(postcode)), slug="ada")
    assert table(compare(client, "ada", near=near))[f"Distance from {near}"] == [told]


def test_a_sample_is_marked_and_no_check_of_it_claimed(client: Client):
    person = make_people("Ada", sample=True)[0]
    page = compare(client, "ada")
    assert "Sample listing" in page.one("thead").text
    assert table(page)["Registration"] == [f"{person.hcpc_number} (not real)"]


def test_names_are_escaped(client: Client):
    make_physiotherapist(slug="ada", name="<b>Ada</b>")
    assert names(compare(client, "ada")) == ["<b>Ada</b>"]


# --- Who is chosen --------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["", "?p=", "?p=&p=", "?q=ada", "?near=LS1"])
def test_with_nobody_chosen_the_page_says_how_to_choose(client: Client, query: str):
    response = client.get(COMPARE + query)
    assert response.status_code == 200
    page = page_of(response)
    assert "Choose two or three people to see side by side." in page.one("main").text
    assert not page.all("table")
    assert notices(page) == ""
    assert page.one("main").one("form", action=SEARCH)
    assert ("Physiotherapists near LS1" in page.one("main").links.values()) == ("near" in query)


def test_with_one_chosen_others_near_by_can_be_added(client: Client):
    make_people("Ada", "Bo")
    make_physiotherapist((make_clinic("YO1 7HH"),), name="Far")
    page = compare(client, "ada")
    assert names(page) == ["Ada"]
    added = page.one("section", aria_labelledby="add").links
    assert added == {f"{COMPARE}?p=ada&p=bo": "Add Bo"}
    assert names(page_of(client.get(f"{COMPARE}?p=ada&p=bo"))) == ["Ada", "Bo"]


def test_those_to_add_are_near_the_readers_place_if_that_is_known(client: Client):
    make_people("Ada", "Bo")
    make_physiotherapist((make_clinic("YO1 7HH"),), name="Far", slug="far")
    page = compare(client, "ada", near="York")
    assert page.one("section", aria_labelledby="add").links == {f"{COMPARE}?p=ada&p=far&near=York": "Add Far"}


def test_with_three_chosen_nobody_can_be_added(client: Client):
    make_people("Ada", "Bo", "Cy", "Di")
    page = compare(client, "ada", "bo", "cy")
    assert names(page) == ["Ada", "Bo", "Cy"]
    assert not page.all("section", aria_labelledby="add")
    assert notices(page) == ""


def test_of_twenty_the_first_three_are_shown_and_none_is_lost(client: Client):
    slugs = [person.slug for person in make_people(*(f"P{number}" for number in range(20)))]
    page = compare(client, *slugs)
    assert names(page) == ["P0", "P1", "P2"]
    assert "You can compare three at a time, and you chose 17 more." in notices(page)
    assert removals(page)[0] == slugs[1:]
    assert names(compare(client, *removals(page)[0])) == ["P1", "P2", "P3"]


def test_of_thirty_the_first_twenty_are_read(client: Client):
    page = compare(client, *(person.slug for person in make_people(*(f"P{number}" for number in range(30)))))
    assert removals(page)[0] == [f"p{number}" for number in range(1, 20)]


def test_a_thousand_are_as_good_as_twenty(client: Client, django_assert_max_num_queries):
    make_people("Ada")
    with django_assert_max_num_queries(8):
        page = compare(client, "ada", *(f"p{number}" for number in range(1000)))
    assert names(page) == ["Ada"]


def test_the_same_one_twice_is_there_once(client: Client):
    make_people("Ada", "Bo")
    page = compare(client, "ada", "ada", "bo", " ada ")
    assert names(page) == ["Ada", "Bo"]
    assert notices(page) == ""


@pytest.mark.parametrize(
    "unknown",
    ["nobody", "../../etc/passwd", "<script>", "a b", "\x00", "ada\x00", "é", "A" * 5000, "%", "ADA"],
)
def test_an_unknown_one_is_left_out_and_told(client: Client, unknown: str):
    make_people("Ada")
    page = compare(client, "ada", unknown)
    assert names(page) == ["Ada"]
    assert notices(page) == "One that you chose is not listed now, so it is left out."


def test_an_unlisted_or_lapsed_one_is_left_out(client: Client):
    make_people("Ada")
    make_people("Bo", listed=False)
    make_people("Cy", checked_on=date(2020, 1, 1), check_due_on=date(2021, 1, 1))
    page = compare(client, "bo", "ada", "cy")
    assert names(page) == ["Ada"]
    assert "2 that you chose are not listed now" in notices(page)
    assert "Bo" not in page.one("main").text


def test_with_only_unknown_ones_there_is_a_way_on(client: Client):
    page = compare(client, "nobody")
    assert not page.all("table")
    assert "One that you chose is not listed now" in notices(page)
    assert page.one("main").one("form", action=SEARCH)


def test_a_former_address_that_somebody_else_has_now_names_nobody(client: Client):
    (ada,) = make_people("Ada")
    FormerProfile.objects.create(slug="bo", physiotherapist=ada)
    make_people("Bo", listed=False)
    assert names(compare(client, "ada")) == ["Ada"]
    assert "One that you chose is not listed now" in notices(compare(client, "bo"))


def test_a_former_address_still_names_the_person(client: Client):
    ada, _ = make_people("Ada", "Bo")
    FormerProfile.objects.create(slug="ada-example", physiotherapist=ada)
    page = compare(client, "bo", "ada-example")
    assert names(page) == ["Bo", "Ada"]
    assert removals(page) == [["ada"], ["bo"]]
    both = compare(client, "ada-example", "ada", "bo")
    assert names(both) == ["Ada", "Bo"]
    assert not both.all("p", class_="notice")
    # Under both addresses it is one person.
    assert names(compare(client, "ada-example", "ada")) == ["Ada"]


def test_taking_one_away_keeps_the_others_and_the_place(client: Client):
    make_people("Ada", "Bo")
    page = compare(client, "ada", "bo", near="Leeds")
    assert page.all("a", class_="remove")[0]["href"] == f"{COMPARE}?p=bo&near=Leeds"
    assert page.one("main").links[f"{SEARCH}?location=Leeds"] == "Search again near Leeds"


# --- The way there --------------------------------------------------------------------------------


def test_results_have_a_tick_each_and_one_button_for_all(client: Client):
    make_people("Ada", "Bo")
    response = client.get(SEARCH, {"location": "LS1 4AP"})
    page = page_of(response)
    form = page.one("form", id="compare")
    assert (form["action"], form["method"]) == (COMPARE, "get")
    ticks = page.all("input", type="checkbox", form="compare", name="p")
    assert sorted(tick["value"] for tick in ticks) == ["ada", "bo"]
    assert sorted(tick.parent.text for tick in ticks) == ["Compare Ada", "Compare Bo"]
    assert form.one("input", name="near")["value"] == "LS1"
    assert not Page(client.get(SEARCH)).all("form", id="compare")


def test_the_search_keeps_no_tick_in_its_own_form(client: Client):
    make_people("Ada")
    page = search(client, location="LS1 4AP")
    assert {box.attributes["name"] for box in page.all("input", form="compare")} == {"p"}


def test_a_profile_leads_to_comparing(client: Client):
    make_people("Ada")
    links = Page(client.get("/physiotherapists/ada/")).links
    assert links["Compare with others"] == f"{COMPARE}?p=ada"
    links = Page(client.get("/physiotherapists/ada/?near=LS1")).links
    assert links["Compare with others"] == f"{COMPARE}?p=ada&near=LS1"


# --- The page -------------------------------------------------------------------------------------


def test_it_is_not_for_search_engines_and_sets_no_cookie(client: Client):
    make_people("Ada")
    response = client.get(COMPARE, {"p": "ada"})
    assert page_of(response).one("meta", name="robots")["content"] == "noindex"
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


def test_every_cell_says_whose_it_is_and_every_row_has_a_header(client: Client):
    make_people("Ada", "Bo", fee_first=50)
    for row in compare(client, "ada", "bo").one("tbody").all("tr"):
        assert len(row.all("th", scope="row")) == 1
        assert [cell.one(class_="of-whom").text for cell in row.all("td")] == ["Ada", "Bo"]


def test_few_queries(client: Client, django_assert_max_num_queries):
    people = make_people(*(f"P{number}" for number in range(12)))
    FormerProfile.objects.create(slug="old", physiotherapist=people[0])
    with django_assert_max_num_queries(8):
        compare(client, "old", "p1", near="LS1")


def test_only_reading_is_allowed(client: Client):
    assert client.head(COMPARE).status_code == 200
    assert client.post(COMPARE).status_code == 405
