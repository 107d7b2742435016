from itertools import combinations
from math import hypot

import pytest
from django.template import Context, Template
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from directory import result_map as module
from directory.cards import Card
from directory.map_layout import around
from directory.nearest import PER_PAGE
from directory.result_map import FRAME, REACH, Map, Mark, locator_map, result_map
from places.distance import great_circle_miles
from places.locate import locate
from places.models import PartialPostcode
from tests.directory.crowd import make_crowd
from tests.directory.pages import SEARCH, Page, search
from tests.factories import make_clinic, make_physiotherapist

LEEDS = 53.7965, -1.5478


def map_of(points: list[tuple[float, float]], radius: float = 10, middle: tuple[float, float] = LEEDS) -> Map:
    marks = [Mark(*point, number, f"Person {number}", f"#{number}") for number, point in enumerate(points, 1)]
    return result_map(*middle, "LS1 4AP", marks, radius, "Map")


def north_of(middle: tuple[float, float], miles: float) -> tuple[float, float]:
    return middle[0] + miles / 69.0936, middle[1]


def words(drawn: Map, kind: str = "scale") -> list[str]:
    return [text.words for text in drawn.texts if text.kind == kind]


def everything(drawn: Map) -> list:
    """The rectangle of everything that must not be covered."""
    marks = [around(160, 170, 16, 16)] if drawn.middle else []
    towns = [around(float(x), float(y), 4, 4) for x, y in drawn.towns]
    return [*marks, *towns, *(pin.pin.rect for pin in drawn.pins), *(text.rect for text in drawn.texts)]


near = st.tuples(st.floats(-0.13, 0.13), st.floats(-0.2, 0.2))
crowd = st.tuples(st.floats(-0.004, 0.004), st.floats(-0.006, 0.006))


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(
        [LEEDS, (51.5085, -0.1257), (50.118, -5.537), (60.155, -1.145), (54.15, -4.483), (53.48, -2.24)]
    ),
    st.one_of(st.lists(near, max_size=20), st.lists(crowd, max_size=20)),
    st.sampled_from([1, 3, 10, 50]),
)
def test_nothing_on_a_map_covers_anything_else(middle, offsets, radius):
    drawn = map_of([(middle[0] + dy, middle[1] + dx) for dy, dx in offsets], radius, middle)
    for one, other in combinations(everything(drawn), 2):
        assert not one.meets(other)
    assert all(rect.lies_in(FRAME) for rect in everything(drawn))
    assert sorted(number for pin in drawn.pins for number in pin.numbers) == list(range(1, len(offsets) + 1))


@settings(max_examples=100, deadline=None)
@given(st.lists(near, min_size=1, max_size=20))
def test_a_pin_s_point_is_as_far_from_the_middle_as_the_miles_say(offsets):
    points = [(LEEDS[0] + dy, LEEDS[1] + dx) for dy, dx in offsets]
    drawn = map_of(points)
    for pin in drawn.pins:
        if len(pin.numbers) > 1:
            continue
        miles = great_circle_miles(*LEEDS, *points[pin.numbers[0] - 1])
        away = hypot(pin.pin.spot.x - 160, pin.pin.spot.y - 170)
        assert away == pytest.approx(miles * drawn.view.units_per_mile, rel=0.001, abs=0.01)


@pytest.mark.parametrize(
    ("farthest", "radius", "rings"),
    [
        (0.1, 10, ["¼ mile"]),
        (0.4, 10, ["¼ mile", "½ mile"]),
        (0.9, 1, ["¼ mile", "½ mile", "1 mile"]),
        (1.4, 10, ["¼ mile", "½ mile", "1 mile"]),
        (2.9, 10, ["½ mile", "1 mile", "3 miles"]),
        (9.9, 10, ["3 miles", "5 miles", "10 miles"]),
        (6.0, 50, ["1 mile", "3 miles", "5 miles"]),
        (19.0, 20, ["3 miles", "5 miles", "10 miles", "20 miles"]),
        (49.0, 50, ["10 miles", "20 miles", "30 miles", "50 miles"]),
    ],
)
def test_rings_are_those_that_fit_what_was_found(farthest, radius, rings):
    drawn = map_of([north_of(LEEDS, farthest)], radius)
    assert words(drawn) == rings
    assert len(drawn.rings) == len(rings)
    assert all(float(ring) <= REACH + 0.1 for ring in drawn.rings)


@pytest.mark.parametrize("radius", [1, 3, 5, 10, 20, 30, 50])
def test_where_nobody_is_found_the_map_reaches_as_far_as_the_search(radius):
    drawn = map_of([], radius)
    assert drawn.pins == []
    assert words(drawn)[-1] == ("1 mile" if radius == 1 else f"{radius} miles")
    assert float(drawn.rings[-1]) == pytest.approx(REACH, abs=0.1)
    assert words(drawn, "here") == ["LS1 4AP"]


@pytest.mark.parametrize("radius", [1, 10, 50])
@pytest.mark.parametrize(("north", "east"), [(1, 0), (-1, 0), (0, 1), (0, -1)])
def test_somebody_at_the_very_edge_is_on_the_outermost_ring_and_in_the_frame(radius, north, east):
    shrink = 0.5906
    point = LEEDS[0] + north * radius / 69.0936, LEEDS[1] + east * radius / 69.0936 / shrink
    drawn = map_of([point], radius)
    (pin,) = drawn.pins
    assert hypot(pin.pin.spot.x - 160, pin.pin.spot.y - 170) == pytest.approx(REACH, rel=0.01)
    assert not pin.pin.is_aside
    assert pin.pin.rect.lies_in(FRAME)


def test_a_visitor_from_beyond_the_radius_is_in_view():
    drawn = map_of([north_of(LEEDS, 35)], 5)
    assert drawn.pins[0].pin.rect.lies_in(FRAME)
    assert words(drawn)[-1] == "30 miles"


def test_twenty_people_at_the_very_middle_share_a_pin_beside_it():
    drawn = map_of([LEEDS] * 20)
    (pin,) = drawn.pins
    assert pin.label == "1–20"
    assert pin.point == ("160", "170")


def test_the_largest_towns_come_first():
    names = [text.words for text in map_of([], 10).texts if text.kind in {"city", "town-name", "village"}]
    assert {"Bradford", "Wakefield"} <= set(names)
    assert len(names) <= 12


def test_a_place_that_is_a_town_is_named_once():
    drawn = result_map(*LEEDS, "Leeds", [], 10, "Map")
    assert [text.words for text in drawn.texts].count("Leeds") == 1


def test_a_locator_map_holds_clinics_and_the_circle_of_visits():
    marks = [Mark(*LEEDS, 1, "One", "#1"), Mark(53.96, -1.08, 2, "Two", "#2")]
    drawn = locator_map(marks, (53.8, -1.5, 10), "Map")
    assert [pin.label for pin in drawn.pins] == ["1", "2"]
    x, y, radius = map(float, drawn.circle or ())
    assert radius == pytest.approx(10 * drawn.view.units_per_mile, abs=0.1)
    assert around(x, y, 2 * radius, 2 * radius).lies_in(FRAME)
    assert words(drawn)[1:] == ["Home visits"]


def test_an_only_clinic_has_its_name_and_no_number():
    drawn = locator_map([Mark(*LEEDS, 1, "Sample Clinic", "#1")], None, "Map")
    assert [pin.label for pin in drawn.pins] == [""]
    assert words(drawn, "here") == ["Sample Clinic"]
    long = locator_map([Mark(*LEEDS, 1, "The Sample Clinic of the Whole Body and Mind", "#1")], None, "Map")
    assert words(long, "here") == ["The Sample Clinic of the Whole…"]


# --- Through the front door ------------------------------------------------------------------


def pins(page: Page) -> dict[str, str]:
    """The name of each pin and where it leads."""
    return {pin.text: pin.attributes["href"] for pin in page.all("a", class_="pin")}


@pytest.fixture
def leeds(db):
    """Three people at one clinic and one at another."""
    here, there = make_clinic("LS1 4AP"), make_clinic("LS8 2AL")
    for name in ("Ada Sample", "Bo Sample", "Cy Sample"):
        make_physiotherapist((here,), name=name, slug=name.split()[0].lower())
    make_physiotherapist((there,), name="Di Sample", slug="di")


def test_pins_lead_to_the_cards_and_cards_to_the_pins(client: Client, leeds):
    page = search(client, location="LS1 4AP")
    one, other = page.all("a", class_="pin")
    assert one.text.startswith("1: Ada Sample, 0.0 miles away; 2: Bo Sample, 0.0 miles away; 3: Cy Sample")
    assert one.text.endswith("1–3")
    assert other.text.startswith("4: Di Sample, 3.")
    assert [pin.attributes["href"] for pin in (one, other)] == ["#result-ada", "#result-di"]
    assert [card.attributes["id"] for card in page.all("article")] == [
        "result-ada",
        "result-bo",
        "result-cy",
        "result-di",
    ]
    links = [link.attributes["href"] for link in page.all("a", class_="on-map")]
    assert links == ["#pin-1", "#pin-2", "#pin-3", "#pin-4"]
    assert all(len(page.all("*", id=link[1:])) == 1 for link in links)
    assert page.all("a", class_="on-map")[3].text == "Show Di Sample on map"


def test_no_id_is_there_twice(client: Client, leeds):
    page = search(client, location="LS1 4AP")
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))


def test_the_map_has_a_name_and_a_way_round_it(client: Client, leeds):
    page = search(client, location="LS1 4AP")
    figure = page.one("figure", class_="map")
    assert [svg.attributes["aria-label"] for svg in figure.within if svg.tag == "svg"] == [
        "Map of the results round LS1 4AP"
    ]
    assert figure.links["Skip the map"] == "#results"


def test_numbers_go_on_from_page_to_page(client: Client, db):
    make_crowd(25, make_clinic("LS1 4AP"))
    page = search(client, location="LS1 4AP", page=2)
    (pin,) = page.all("a", class_="pin")
    assert pin.text.endswith("21–25")
    assert pin.attributes["id"] == "pin-21"
    assert set(pin.attributes["class"].split()) == {"pin", *(f"pin-{place}" for place in range(1, 6))}
    assert page.all("a", class_="on-map")[0].attributes["href"] == "#pin-21"
    assert [number.text for number in page.all("span", class_="pin-number")] == ["21", "22", "23", "24", "25"]


def test_where_nobody_is_found_there_is_a_map_without_pins(client: Client, db):
    page = search(client, location="ZE1 0EN", radius=1)
    assert page.all("a", class_="pin") == []
    figure = page.one("figure", class_="map")
    assert "Skip the map" not in figure.links
    svg = page.one("svg", role="group")
    assert svg.attributes["aria-label"] == "Map of the area round ZE1 0EN"


def test_without_a_place_there_is_no_map(client: Client, db):
    assert not search(client).all("figure", class_="map")
    assert not search(client, location="Mancester").all("figure", class_="map")


def test_a_page_beyond_the_last_has_no_map(client: Client, leeds):
    response = client.get(SEARCH, {"location": "LS1 4AP", "page": "9"})
    assert response.status_code == 404
    assert not Page(response).all("figure", class_="map")


def test_a_visitor_s_base_is_told_as_the_middle_of_its_outward_code(client: Client, db):
    for number, base in enumerate(("LS1 4AP", "LS1 5AA"), start=1):
        make_physiotherapist(visits_from=base, name=f"Person {number}", slug=f"visitor-{number}")
    page = search(client, location="LS2 7HY", home_visits="on")
    (pin,) = page.all("a", class_="pin")
    assert pin.text.startswith("1: Person ")
    assert "visits start about 1 mile away" in pin.text
    assert pin.text.endswith("1–2")
    assert "pin-about" in pin.attributes["class"]
    here, code = locate("LS2 7HY"), PartialPostcode.objects.get(code="LS1")
    drawn = result_map(
        here.latitude, here.longitude, "", [Mark(code.latitude, code.longitude, 1, "")], 10, ""
    )
    head = next(element for element in pin.within if element.attributes.get("class") == "pin-head")
    assert float(head.attributes["y"]) + 11.5 == pytest.approx(drawn.pins[0].pin.y, abs=0.1)


def test_a_visitor_where_there_are_no_open_postcodes_is_at_the_town(client: Client, db):
    make_physiotherapist(visits_from="BT1 5GS", name="Ada Sample", slug="ada")
    page = search(client, location="Belfast", home_visits="on")
    assert len(page.all("a", class_="pin")) == 1
    assert "Home visits start somewhere near the pin." in page.one("figcaption").text


def test_a_name_cannot_break_out_of_the_drawing(client: Client, db):
    name = '"><script>alert(1)</script>'
    make_physiotherapist((make_clinic("LS1 4AP", name=name),), name=name, slug="ada")
    page = search(client, location="LS1 4AP")
    assert "<script>alert" not in page.html
    assert page.one("a", class_="pin").text.startswith(f"1: {name}, 0.0 miles away")


def render(tag: str, **context: object) -> str:
    return Template("{% load maps %}" + tag).render(Context(context))


def test_the_map_asks_the_database_for_nothing_but_the_middle_of_bases(django_assert_num_queries, db):
    clinic = make_clinic("LS1 4AP")
    person = make_physiotherapist((clinic,), visits_from="LS1 4AP")
    place = locate("LS1 4AP")
    tag = "{% result_map place cards 1 10 %}"
    at_clinic, at_home = [Card(person, clinic, 0)], [Card(person, None, 1)]
    with django_assert_num_queries(0):
        render(tag, place=place, cards=at_clinic)
    with django_assert_num_queries(1):
        html = render(tag, place=place, cards=at_home * 20)
    assert "visits start about 1 mile away" in html


def test_a_person_with_neither_clinic_nor_visits_has_no_map(db):
    assert render("{% locator_map person %}", person=make_physiotherapist()).strip() == ""


def test_a_profile_s_map_links_to_each_of_several_clinics(db):
    clinics = make_clinic("LS1 4AP", name="One"), make_clinic("YO1 7HH", name="Two")
    html = render("{% locator_map person %}", person=make_physiotherapist(clinics, name="Ada Sample"))
    assert 'aria-label="Map of where Ada Sample works"' in html
    assert all(f'href="#clinic-{clinic.pk}"' in html for clinic in clinics)


def test_a_profile_s_circle_is_round_the_outward_code_and_not_round_the_base(db):
    one, other = (make_physiotherapist(visits_from=base, name="A") for base in ("LS1 4AP", "LS1 5AA"))
    assert (one.visit_latitude, one.visit_longitude) != (other.visit_latitude, other.visit_longitude)
    html = render("{% locator_map person %}", person=one)
    assert "within 10 miles" in html
    assert html == render("{% locator_map person %}", person=other)


def test_a_place_on_every_page_has_a_rule_of_its_own(settings):
    css = (settings.BASE_DIR / "static/css/site.css").read_text()
    for place in range(1, PER_PAGE + 1):
        assert f".pin-{place}:is(:hover, :focus-visible)) #results > li:nth-child({place}) .result" in css
        assert f"li:nth-child({place}):is(:hover, :focus-within)) .pin-{place} .pin-head" in css
    assert module.PER_PAGE == 20
