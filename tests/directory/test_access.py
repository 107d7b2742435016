"""What a profile says about getting into a clinic, and the way there."""

from datetime import date

import pytest
from django.test import Client

from directory.models import Clinic, Physiotherapist
from tests.directory.pages import Page
from tests.factories import make_clinic, make_physiotherapist

pytestmark = pytest.mark.django_db


def profile(client: Client, person: Physiotherapist) -> Page:
    return Page(client.get(person.get_absolute_url()))


def access_at(page: Page, clinic: Clinic) -> str:
    """All that the profile says about one clinic."""
    return page.one("li", id=f"clinic-{clinic.pk}").text


STATED_ON = date(2026, 3, 3)


def test_access_is_told_in_facts_clinic_by_clinic_with_the_day_when_they_were_stated(client: Client):
    level = make_clinic(
        access_stated_on=STATED_ON,
        steps=0,
        inside="lift",
        door_cm=82,
        parking="bay",
        parking_metres=20,
        hoist=True,
        hearing_loop=False,
        quiet_room=True,
        access_note="Ring the bell at the side door.",
    )
    stepped = make_clinic(access_stated_on=date(2025, 12, 24), steps=3, inside="stairs", parking="none")
    page = profile(client, make_physiotherapist((level, stepped)))
    told = {
        dt.text: dd.text
        for dt, dd in zip(
            [e for e in page.one("li", id=f"clinic-{level.pk}").within if e.tag == "dt"],
            [e for e in page.one("li", id=f"clinic-{level.pk}").within if e.tag == "dd"],
            strict=True,
        )
    }
    assert told == {
        "Way in": "Step-free",
        "Way to the rooms": "By lift",
        "Narrowest door": "82 cm wide",
        "Parking": "Disabled bay, 20 metres from the door",
        "Hoist": "Yes",
        "Hearing loop": "No",
        "Quiet room to wait in": "Yes",
    }
    assert "As stated on 3 March 2026." in access_at(page, level)
    assert "Ring the bell at the side door." in access_at(page, level)
    assert "Not stated" not in access_at(page, level)
    other = access_at(page, stepped)
    for words in ("As stated on 24 December 2025.", "3 steps", "By stairs", "None near by"):
        assert words in other
    assert "Not stated: narrowest door, hoist, hearing loop, quiet room to wait in." in other


@pytest.mark.parametrize(
    ("facts", "told", "missing"),
    [
        ({"steps": 0}, "Way inStep-free", "narrowest door"),
        ({"steps": 1}, "Way in1 step", "way to the rooms"),
        ({"hoist": False}, "HoistNo", "way in,"),
        ({"door_cm": 75}, "75 cm wide", "parking,"),
        ({"parking": "own"}, "Own car park", "how far the parking is from the door"),
        ({"parking": "street", "parking_metres": 1}, "On the street, 1 metre from the door", "way in"),
        ({"parking_metres": 90}, "90 metres from the door", "kind of parking"),
        ({"inside": "level"}, "On the ground floor, no steps", "way in"),
    ],
)
def test_what_is_not_known_of_access_is_said_to_be_not_stated(client: Client, facts, told, missing):
    clinic = make_clinic(access_stated_on=STATED_ON, **facts)
    text = access_at(profile(client, make_physiotherapist((clinic,))), clinic)
    known, _, not_stated = text.partition("Not stated:")
    assert told in known
    assert missing in not_stated
    if "hoist" not in facts:
        assert "hoist" in not_stated
        assert "Hoist" not in known


def test_a_clinic_of_which_nothing_is_known_makes_no_promise(client: Client):
    clinic = make_clinic()
    text = access_at(profile(client, make_physiotherapist((clinic,))), clinic)
    assert "Nothing about access is stated." in text
    assert "As stated on" not in text
    for promise in ("Step-free", "Yes", "HoistNo"):
        assert promise not in text


# --- Directions -----------------------------------------------------------------------------------


def test_directions_lead_to_outside_maps_and_send_nothing_until_they_are_pressed(client: Client):
    clinic = make_clinic(name="Aire Rooms", latitude=53.7964, longitude=-1.5478, pin_by_hand=True)
    page = profile(client, make_physiotherapist((clinic,)))
    maps = {name: href for name, href in page.links.items() if "directions to Aire Rooms" in name}
    assert maps == {
        "OpenStreetMap: directions to Aire Rooms": "https://www.openstreetmap.org/directions?to=53.79640,-1.54780",
        "Google Maps: directions to Aire Rooms": "https://www.google.com/maps/dir/?api=1&destination=53.79640,-1.54780",
        "Apple Maps: directions to Aire Rooms": "https://maps.apple.com/?daddr=53.79640,-1.54780",
    }
    outside = [a for a in page.all("a") if a.attributes["href"] in maps.values()]
    assert {link.attributes["rel"] for link in outside} == {"noreferrer"}
    fetched = [e for e in page.elements if "src" in e.attributes or e.tag == "link"]
    fetched = [e for e in fetched if e.attributes.get("rel") != "canonical"]
    for element in fetched:
        for name in ("src", "href"):
            assert not element.attributes.get(name, "/").startswith("http"), element


def test_where_we_hold_no_postcodes_directions_go_by_the_address(client: Client):
    """There the point is the middle of a town, and miles from the door."""
    clinic = make_clinic("BT1 5GS", address="2 Sample Road, Belfast")
    page = profile(client, make_physiotherapist((clinic,)))
    assert "destination=2%20Sample%20Road,%20Belfast,%20BT1%205GS" in page.html
