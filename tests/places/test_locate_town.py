import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from places.locate import PlaceNotFound, locate, locate_postcode, nearest_known_postcode
from places.towns import TOWNS_FILE, read_towns

pytestmark = pytest.mark.django_db

TOWNS = read_towns(TOWNS_FILE)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Leeds", "Leeds"),
        ("leeds", "Leeds"),
        ("LEEDS", "Leeds"),
        (" leeds. ", "Leeds"),
        ("stoke on trent", "Stoke-on-Trent"),
        ("Stoke-on-Trent", "Stoke-on-Trent"),
        ("Stoke\N{EN DASH}on\N{EN DASH}Trent", "Stoke-on-Trent"),
        ("stoke\N{NO-BREAK SPACE}on\N{NO-BREAK SPACE}trent", "Stoke-on-Trent"),
        ("St. Albans", "St Albans"),
        ("st albans", "St Albans"),
        ("Saint Albans", "St Albans"),
        ("Kings Lynn", "King's Lynn, Norfolk"),
        ("King\N{RIGHT SINGLE QUOTATION MARK}s Lynn", "King's Lynn, Norfolk"),
        ("Ashby de la Zouch", "Ashby-de-la-Zouch, Leicestershire"),
        ("Lerwick", "Lerwick, Shetland Islands"),
        ("penzance", "Penzance, Cornwall"),
        # By a Welsh, Gaelic or other name.
        ("Caerdydd", "Cardiff"),
        ("caerdydd", "Cardiff"),
        ("Abertawe", "Swansea"),
        ("Yr Wyddgrug", "Mold, Flintshire"),
        ("Y Fenni", "Abergavenny, Monmouthshire"),
        ("Pen-y-bont ar Ogwr", "Bridgend, Wales"),
        ("Inbhir Nis", "Inverness, Highland"),
        ("Dun Eideann", "Edinburgh"),
        ("Hull", "Kingston upon Hull"),
        ("Londonderry", "Derry, Northern Ireland"),
        # With the county, district, country or outward code.
        ("Newport, Isle of Wight", "Newport, Isle of Wight"),
        ("newport isle of wight", "Newport, Isle of Wight"),
        ("Newport,isle of wight", "Newport, Isle of Wight"),
        ("Newport (Isle of Wight)", "Newport, Isle of Wight"),
        ("Newport, PO30", "Newport, Isle of Wight"),
        ("Newport, Wales", "Newport, Wales"),
        ("Bangor, Wales", "Bangor, Gwynedd"),
        ("Bangor, Gwynedd", "Bangor, Gwynedd"),
        ("Bangor, Northern Ireland", "Bangor, Northern Ireland"),
        ("Richmond, North Yorkshire", "Richmond, North Yorkshire"),
        ("Bury, Greater Manchester", "Bury"),
        ("Leeds, England", "Leeds"),
        ("Leeds, LS1", "Leeds"),
        ("Caerdydd, Wales", "Cardiff"),
        ("St Helier, Jersey", "Saint Helier, Jersey"),
        ("Douglas, Isle of Man", "Douglas, Isle of Man"),
    ],
)
def test_a_town_by_any_of_its_names(text, label):
    place = locate(text)
    assert (place.label, place.precision, place.note) == (label, "town", "")


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(TOWNS), st.data())
def test_every_town_is_found_in_any_case_with_or_without_dashes(town, data):
    typed = data.draw(
        st.sampled_from([town.label, town.label.upper(), town.label.lower(), town.label.title()])
    )
    typed = typed.replace("-", data.draw(st.sampled_from([" ", "-", "\N{EN DASH}"])))
    typed = typed.replace(" ", data.draw(st.sampled_from([" ", "  ", "\N{NO-BREAK SPACE}"])))
    typed = typed.replace("'", data.draw(st.sampled_from(["'", "", "\N{RIGHT SINGLE QUOTATION MARK}"])))
    typed += data.draw(st.sampled_from(["", ".", " ", ","]))
    assert locate(typed).label == town.label


@pytest.mark.parametrize(
    ("text", "label", "alternatives"),
    [
        ("Newport", "Newport, Wales", {"Newport, Isle of Wight", "Newport, Essex", "Newport, Pembrokeshire"}),
        ("bangor", "Bangor, Northern Ireland", {"Bangor, Gwynedd"}),
        ("Newcastle", "Newcastle upon Tyne", {"Newcastle, Northern Ireland"}),
        ("Richmond", "Richmond, Richmond upon Thames", {"Richmond, North Yorkshire"}),
        ("Gillingham", "Gillingham, Medway", {"Gillingham, Dorset"}),
        ("st helier", "Saint Helier, Jersey", {"St. Helier, Sutton"}),
    ],
)
def test_of_several_towns_the_largest_is_used_and_the_others_are_offered(text, label, alternatives):
    place = locate(text)
    assert place.label == label
    assert alternatives <= set(place.alternatives)
    for alternative in place.alternatives:
        chosen = locate(alternative)
        assert (chosen.label, chosen.alternatives) == (alternative, ())


def test_a_town_with_its_county_offers_no_others():
    assert locate("Newport, Isle of Wight").alternatives == ()


@pytest.mark.parametrize(
    ("text", "likely"),
    [
        ("Mancester", "Manchester"),
        ("mancester.", "Manchester"),
        ("Liverpol", "Liverpool"),
        ("Brimingham", "Birmingham"),
        ("Sheffeild", "Sheffield"),
        ("Edinbrugh", "Edinburgh"),
        ("Glascow", "Glasgow"),
        ("Cardif", "Cardiff"),
        ("Abberdeen", "Aberdeen"),
        ("Stokeontrent", "Stoke-on-Trent"),
        ("Lodnon", "London"),
        ("Mancester, Lancashire", "Manchester"),
        ("Belfst, Northern Ireland", "Belfast, Northern Ireland"),
        # There is a village called Wales, but it is not what is meant.
        ("Cardif, Wales", "Cardiff"),
        ("Leeds, France", "Leeds"),
    ],
)
def test_a_misspelt_town_is_not_found_but_the_likely_ones_are_offered(text, likely):
    with pytest.raises(PlaceNotFound) as caught:
        locate(text)
    assert caught.value.suggestions[0] == likely
    assert 1 <= len(caught.value.suggestions) <= 5
    assert "We cannot find " in caught.value.message
    for suggestion in caught.value.suggestions:
        assert locate(suggestion).label == suggestion


def test_an_address_without_a_postcode_is_measured_from_its_town_and_says_so():
    place = locate("Example Street, Leeds")
    assert (place.label, place.precision) == ("Leeds", "town")
    assert place.note == "We do not know “Example Street”, so distances are measured from Leeds."


# --- An address that has to be right --------------------------------------------------------


@pytest.mark.parametrize("text", ["LS1 4AP", " ls1-4ap. ", "LSI 4AP", "lsi4ap", "LS1\N{NO-BREAK SPACE}4AP"])
def test_a_postcode_alone_gives_its_point(text):
    place = locate_postcode(text)
    assert (place.label, place.precision) == ("LS1 4AP", "postcode")
    assert (place.latitude, place.longitude) == (53.7955, -1.5557)


@pytest.mark.parametrize("text", ["LS1O 1JX", "LSIO IJX"])
def test_a_misread_postcode_alone_gives_the_one_that_is_held(text):
    assert locate_postcode(text).label == "LS10 1JX"


def test_a_postcode_outside_great_britain_keeps_its_name_at_its_town():
    place = locate_postcode("bt1 5gs")
    assert (place.label, place.precision) == ("BT1 5GS", "town")
    assert "Belfast" in place.note


def test_the_first_part_is_enough_where_there_are_no_exact_postcodes():
    place = locate_postcode("bt1")
    assert (place.label, place.precision) == ("BT1", "town")


@pytest.mark.parametrize(
    "text", ["", "LS1", "LS1 4", "LS1 4A", "BT50", "Leeds", "LS1 4CC", "\x00", "x" * 10_000]
)
def test_what_is_no_full_postcode_is_refused(text):
    with pytest.raises(PlaceNotFound, match="Enter a full postcode, such as LS1 4AP"):
        locate_postcode(text)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("LS2 7ZX", "LS2 7"), ("ls14zz", "LS1 4"), ("LS1 0AA", "LS1 "), ("LS99 9ZZ", "LS99 ")],
)
def test_an_unknown_postcode_offers_one_that_is_held_near_it(text, nearest):
    with pytest.raises(PlaceNotFound, match=r"We do not hold the postcode .* Did you mean ") as caught:
        locate_postcode(text)
    (suggestion,) = caught.value.suggestions
    assert suggestion.startswith(nearest)
    assert suggestion in caught.value.message
    assert locate_postcode(suggestion).label == suggestion
    assert nearest_known_postcode(text) == suggestion


@pytest.mark.parametrize("text", ["ZZ1 1ZZ", "BT50 1AA"])
def test_a_postcode_of_nowhere_offers_nothing(text):
    with pytest.raises(PlaceNotFound, match=r"We do not hold the postcode .*\.$") as caught:
        locate_postcode(text)
    assert caught.value.suggestions == ()
    assert nearest_known_postcode(text) == ""
