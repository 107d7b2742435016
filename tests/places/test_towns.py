import csv
from collections import defaultdict

import pytest

from places.distance import great_circle_miles
from places.locate import locate
from places.models import PartialPostcode
from places.names import name_key
from places.pack_towns import COUNTRIES, plain_area_name
from places.towns import (
    OUTWARD_TOWNS_FILE,
    TOWNS_FILE,
    Town,
    read_towns,
    town_index,
    town_of_outward,
    towns_like,
    towns_named,
    towns_starting,
)

TOWNS = read_towns(TOWNS_FILE)
# Royal Mail's outward codes outside Great Britain, as in use in 2025.
NORTHERN_IRELAND = {
    f"BT{number}"
    for number in [*range(1, 50), *range(51, 59), *range(60, 72), *range(74, 83), *range(92, 95)]
}
ISLANDS = {
    **{f"GY{number}": "Guernsey" for number in range(1, 11)},
    **{f"JE{number}": "Jersey" for number in range(1, 6)},
    **{f"IM{number}": "Isle of Man" for number in [*range(1, 10), 86, 87, 99]},
}


def all_unique(values: list[str]) -> bool:
    return len(values) == len(set(values))


def test_there_are_thousands_of_towns_in_every_country():
    assert len(TOWNS) > 5_000
    assert {town.country for town in TOWNS} == set(COUNTRIES.values())


def test_no_two_towns_share_an_address_or_a_label():
    assert all_unique([town.slug for town in TOWNS])
    assert all_unique([town.label for town in TOWNS])
    # Nor labels that only dots, dashes or capitals tell apart.
    assert all_unique([name_key(town.label) for town in TOWNS])


def test_labels_are_short_and_start_with_the_name():
    for town in TOWNS:
        assert town.label.startswith(town.name)
        assert len(town.label) <= 60


def test_towns_are_in_order_of_size():
    sizes = [town.population for town in TOWNS]
    assert sizes == sorted(sizes, reverse=True)
    assert TOWNS[0].label == "London"


def test_every_town_lies_where_its_outward_code_does(db):
    middles = {
        partial.code: (partial.latitude, partial.longitude)
        for partial in PartialPostcode.objects.filter(is_outward=True)
    }
    in_britain = [town for town in TOWNS if town.country in {"England", "Scotland", "Wales"}]
    for town in in_britain:
        # The widest outward codes are the Highlands'.
        limit = 60 if town.country == "Scotland" else 20
        assert great_circle_miles(town.latitude, town.longitude, *middles[town.outward]) < limit, town.label
        assert town.district


def test_every_label_means_that_very_town(db):
    for town in TOWNS:
        place = locate(town.label)
        assert place.label == town.label
        assert (place.latitude, place.longitude) == (town.latitude, town.longitude)
        assert place.precision == "town"


def test_every_name_means_the_town_or_a_larger_one_that_offers_it(db):
    for town in TOWNS:
        place = locate(town.name)
        assert town.label in {place.label, *place.alternatives}, town.label


def test_every_name_with_its_district_means_a_town_there(db):
    for town in TOWNS:
        if town.district:
            place = locate(f"{town.name}, {town.district}")
            assert town.label in {place.label, *place.alternatives}, town.label


def test_alternatives_are_in_order_of_size_after_the_largest():
    by_name: dict[str, list[Town]] = defaultdict(list)
    for town in TOWNS:
        by_name[name_key(town.name)].append(town)
    shared = [towns for towns in by_name.values() if len(towns) > 1]
    assert len(shared) > 200
    for towns in shared:
        found = towns_named(towns[0].name)
        sizes = [town.population for town in found]
        assert sizes == sorted(sizes, reverse=True)
        assert set(towns) <= set(found)


def test_every_outward_code_outside_britain_has_its_town():
    assert set(town_of_outward()) == NORTHERN_IRELAND | ISLANDS.keys()


def test_every_row_of_the_outward_towns_file_names_a_town_once():
    with OUTWARD_TOWNS_FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all_unique([row["outward"] for row in rows])
    assert {row["town"] for row in rows} <= town_index().by_slug.keys()


def test_outward_codes_outside_britain_lead_to_a_town_of_that_country():
    for outward, town in town_of_outward().items():
        assert town.country == ISLANDS.get(outward, "Northern Ireland"), outward


@pytest.mark.parametrize(
    ("outward", "name"),
    [
        ("BT1", "Belfast"),
        ("BT9", "Belfast"),
        ("BT20", "Bangor"),
        ("BT28", "Lisburn"),
        ("BT33", "Newcastle"),
        ("BT48", "Derry"),
        ("BT60", "Armagh"),
        ("BT74", "Enniskillen"),
        ("BT78", "Omagh"),
        ("GY1", "Saint Peter Port"),
        ("GY9", "St Anne"),
        ("GY10", "Sark"),
        ("JE2", "Saint Helier"),
        ("IM1", "Douglas"),
        ("IM5", "Peel"),
        ("IM8", "Ramsey"),
    ],
)
def test_the_town_that_an_outward_code_is_served_from(outward, name):
    assert town_of_outward()[outward].name == name


@pytest.mark.parametrize(
    ("official", "plain"),
    [
        ("City of Kingston upon Hull (B)", "Kingston upon Hull"),
        ("Caerdydd - Cardiff", "Cardiff"),
        ("Bro Morgannwg - the Vale of Glamorgan", "Vale of Glamorgan"),
        ("Gwynedd - Gwynedd", "Gwynedd"),
        ("Castell-nedd Port Talbot - Neath Port Talbot", "Neath Port Talbot"),
        ("Cambridge District (B)", "Cambridge"),
        ("Dover District", "Dover"),
        ("Cambridgeshire County", "Cambridgeshire"),
        ("County Durham", "County Durham"),
        ("County of Herefordshire", "Herefordshire"),
        ("The City of Brighton and Hove (B)", "Brighton and Hove"),
        ("City of Wolverhampton District (B)", "Wolverhampton"),
        ("City of Westminster London Boro", "Westminster"),
        ("Barking and Dagenham London Boro", "Barking and Dagenham"),
        ("City and County of the City of London", "City of London"),
        ("City of Edinburgh", "Edinburgh"),
        ("Glasgow City", "Glasgow"),
        ("Na h-Eileanan an Iar", "Na h-Eileanan an Iar"),
        ("Stockton-on-Tees (B)", "Stockton-on-Tees"),
        ("St. Albans District (B)", "St. Albans"),
        ("Bournemouth, Christchurch and Poole", "Bournemouth, Christchurch and Poole"),
        ("Isle of Wight", "Isle of Wight"),
        ("Rutland", "Rutland"),
    ],
)
def test_areas_are_called_what_people_call_them(official, plain):
    assert plain_area_name(official) == plain


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("St. Albans", "saint-albans"),
        ("ST ALBANS", "St Albans"),
        ("Stoke-on-Trent", "stoke on  trent"),
        ("King's Lynn", "Kings Lynn"),
        ("King\N{RIGHT SINGLE QUOTATION MARK}s Lynn", "kings lynn"),
        ("Ynys Môn", "ynys mon"),
        ("Tyne & Wear", "Tyne and Wear"),
        ("Newport, Isle of Wight", "newport (isle of wight)"),
    ],
)
def test_spellings_of_one_name_are_one(one, other):
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(("one", "other"), [("Newport", "New Port"), ("Ham", "Hamm"), ("Ashton", "Aston")])
def test_other_names_stay_apart(one, other):
    assert name_key(one) != name_key(other)


@pytest.mark.parametrize("text", ["", ",", ", Kent", "Leeds, Narnia", "Xyzzy", "\N{GRINNING FACE}"])
def test_what_is_no_town_s_name_finds_none(text):
    assert towns_named(text) == []


@pytest.mark.parametrize(
    ("start", "first"), [("lon", "London"), ("Mil", "Milton Keynes"), ("st al", "St Albans")]
)
def test_the_largest_town_with_that_start_comes_first(start, first):
    assert towns_starting(start, 3)[0].name == first


def test_nothing_starts_with_nothing():
    assert towns_starting("", 8) == towns_starting("-", 8) == []


def test_of_equally_likely_towns_the_larger_comes_first():
    likely = [town.name for town in towns_like("Nottinghm")]
    assert likely[0] == "Nottingham"
    assert len(likely) <= 5


@pytest.mark.parametrize("text", ["", "x", "ab", "qqqqqqqq", "\N{GRINNING FACE}" * 5])
def test_nothing_is_like_nonsense(text):
    assert towns_like(text) == []
