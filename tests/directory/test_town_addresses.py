"""Which towns have a page, and at which address."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from directory import town_pages
from directory.town_pages import address_of, find_town_pages, slug_of, towns_by_address
from places.names import name_key
from places.towns import town_index
from tests.conditions.editing import clock_at
from tests.directory.towns import LEEDS, LEEDS_PAGE, clinic_north_of, lead, page, people_at, status
from tests.factories import make_physiotherapist

TOWNS = list(town_index().by_slug.values())


# --- Addresses ---


def test_every_town_has_an_address_and_no_two_the_same():
    by_address = towns_by_address()
    assert len(TOWNS) > 5_000
    assert {town.slug for town in by_address.values()} == {town.slug for town in TOWNS}
    assert len(by_address) == len(TOWNS)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", address) for address in by_address)


@pytest.mark.parametrize(
    ("label", "address"),
    [
        ("Leeds", "leeds"),
        ("Newport, Wales", "newport-wales"),
        ("Newport, Isle of Wight", "newport-isle-of-wight"),
        ("Newport, Pembrokeshire", "newport-pembrokeshire"),
        ("Newport-on-Tay, Fife", "newport-on-tay"),
        ("St Helens", "st-helens-merseyside"),
        ("St. Helens, Isle of Wight", "st-helens-isle-of-wight"),
        ("Saint Ives, Cambridgeshire", "st-ives-cambridgeshire"),
        ("St Ives, Cornwall", "st-ives-cornwall"),
        ("Saint Asaph, Denbighshire", "st-asaph"),
        ("King's Lynn, Norfolk", "kings-lynn"),
        ("Bo’ness, Falkirk", "boness"),
        ("Y Felinheli, Gwynedd", "y-felinheli"),
        ("Mottram St. Andrew, Cheshire East", "mottram-st-andrew"),
        ("Bangor, Northern Ireland", "bangor-northern-ireland"),
        ("Saint Helier, Jersey", "st-helier-jersey"),
    ],
)
def test_addresses_are_what_a_reader_would_write(label, address):
    assert towns_by_address()[address].label == label


def test_name_that_towns_share_is_the_address_of_none_of_them():
    names = [name_key(town.name) for town in TOWNS]
    shared = {slug_of(name) for name in names if names.count(name) > 1}
    assert len(shared) > 200
    assert shared.isdisjoint(towns_by_address())


def test_addresses_stay_when_another_town_becomes_the_largest(monkeypatch):
    before = towns_by_address()
    by_slug = {slug: town_index().by_slug[slug] for slug in sorted(town_index().by_slug, reverse=True)}
    monkeypatch.setattr(town_pages, "town_index", lambda: town_index()._replace(by_slug=by_slug))
    assert towns_by_address.__wrapped__() == before


@pytest.mark.parametrize("address", [LEEDS_PAGE, "/physiotherapists/in/newport-isle-of-wight/"])
def test_address_of_a_town_leads_to_its_page(client, db, address):
    town = towns_by_address()[address.split("/")[-2]]
    assert address_of(town) == address
    people_at(town)
    assert page(client, address).one("h1").text == f"Physiotherapists in {town.label}"


@pytest.mark.parametrize(
    ("written", "leads_to"),
    [("Leeds", "leeds"), ("LEEDS", "leeds"), ("saint-asaph", "st-asaph"), ("kings_lynn", "kings-lynn")],
)
def test_another_spelling_leads_to_the_page_for_good(client, db, written, leads_to):
    assert status(client, f"/physiotherapists/in/{written}/") == 404
    people_at(towns_by_address()[leads_to])
    response = client.get(f"/physiotherapists/in/{written}/")
    assert (response.status_code, response.headers["Location"]) == (301, f"/physiotherapists/in/{leads_to}/")


@pytest.mark.parametrize(
    ("written", "leads_to"),
    [
        ("caerdydd", "cardiff"),
        ("inbhir-nis", "inverness"),
        ("hull", "kingston-upon-hull"),
        ("newport", "newport-pembrokeshire"),
        ("st-helens", "st-helens-merseyside"),
        ("Saint-Ives", "st-ives-cornwall"),
    ],
)
def test_name_that_one_page_has_leads_there_for_now(client, db, written, leads_to):
    assert status(client, f"/physiotherapists/in/{written}/") == 404
    people_at(towns_by_address()[leads_to])
    response = client.get(f"/physiotherapists/in/{written}/")
    assert (response.status_code, response.headers["Location"]) == (302, f"/physiotherapists/in/{leads_to}/")


def test_name_that_two_pages_have_is_a_choice(client, db):
    people_at(towns_by_address()["newport-isle-of-wight"])
    people_at(towns_by_address()["newport-wales"])
    choice = page(client, "/physiotherapists/in/newport/")
    assert choice.one("ul", aria_labelledby="choice").links == {
        "/physiotherapists/in/newport-wales/": "Newport, Wales",
        "/physiotherapists/in/newport-isle-of-wight/": "Newport, Isle of Wight",
    }
    assert choice.one("meta", name="robots")["content"] == "noindex"


@pytest.mark.parametrize(
    "place", ["ls1", "ls1-4ap", "nowhere-at-all", "your-position", "-", "_", "1", "x" * 300]
)
def test_what_is_no_town_is_not_found(client, db, place):
    people_at(LEEDS)
    assert status(client, f"/physiotherapists/in/{place}/") == 404


# --- Which towns have a page ---


@pytest.mark.parametrize(("number", "answer"), [(0, 404), (2, 404), (3, 200), (4, 200)])
def test_three_people_make_a_page(client, db, number, answer):
    people_at(LEEDS, number)
    assert status(client) == answer


@pytest.mark.parametrize(("miles", "answer"), [(9.999, 200), (10.001, 404)])
def test_they_are_within_ten_miles(client, db, miles, answer):
    people_at(LEEDS, 2)
    people_at(LEEDS, 1, miles=miles)
    assert status(client) == answer
    assert ("leeds" in find_town_pages(True)) == (answer == 200)


def test_one_person_at_three_clinics_is_one_person(client, db):
    make_physiotherapist(tuple(clinic_north_of(LEEDS, miles) for miles in (1, 2, 3)))
    people_at(LEEDS, 1)
    assert status(client) == 404
    assert find_town_pages(True) == {}


@pytest.mark.parametrize(
    "values",
    [
        {"listed": False},
        {"checked_on": None, "check_due_on": None},
        {
            "check_due_on": timezone.localdate() - timedelta(days=1),
            "checked_on": timezone.localdate() - timedelta(9),
        },
    ],
)
def test_somebody_who_is_not_shown_does_not_count(client, db, values):
    people_at(LEEDS, 2)
    people_at(LEEDS, 1, **values)
    assert status(client) == 404
    assert find_town_pages(True) == {}


def test_somebody_who_only_visits_homes_is_counted_among_those(client, db):
    people_at(LEEDS, 2)
    make_physiotherapist(visits_from="LS1 4AP")
    assert status(client) == 404
    assert find_town_pages(True) == {}
    people_at(LEEDS, 1)
    assert lead(client).startswith(
        "3 physiotherapists are listed within 10 miles of Leeds, and 1 visits homes there."
    )


def test_invented_people_count_only_where_they_are_allowed(client, db, settings):
    people_at(LEEDS, 2)
    people_at(LEEDS, 1, sample=True)
    assert status(client) == 200
    assert "leeds" in find_town_pages(True)
    assert find_town_pages(False) == {}
    settings.SAMPLE_DATA_ALLOWED = False
    assert status(client) == 404


def test_page_goes_on_the_day_after_a_check_lapses(client, db):
    with clock_at("2026-05-01 09:00"):
        people_at(LEEDS, 2)
        today = timezone.localdate()
        people_at(LEEDS, 1, checked_on=today - timedelta(days=9), check_due_on=today)
    with clock_at("2026-05-01 23:59"):
        assert status(client) == 200
        assert "Leeds" in page(client, "/physiotherapists/").one("nav", class_="town-links").text
    with clock_at("2026-05-02 00:00"):
        assert status(client) == 404
        assert page(client, "/physiotherapists/").all("nav", class_="town-links") == []
