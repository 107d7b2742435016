from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from places.distance import great_circle_miles
from places.locate import EXAMPLE, MAX_LENGTH, Place, PlaceNotFound, locate, tidy
from places.models import PartialPostcode
from places.postcodes import text_of_key
from tests.places.samples import draw_index, draw_misreading, draw_postcode

pytestmark = pytest.mark.django_db

NO_BREAK_SPACE, NARROW_NO_BREAK_SPACE = "\u00a0", "\u202f"
EN_DASH, EM_DASH, MINUS, NO_BREAK_HYPHEN, SOFT_HYPHEN = "\u2013", "\u2014", "\u2212", "\u2011", "\u00ad"
ZERO_WIDTH_SPACE, BYTE_ORDER_MARK, RIGHT_TO_LEFT = "\u200b", "\ufeff", "\u202e"
FULL_WIDTH = "".join(chr(ord(c) + 0xFEE0) for c in "LS14AP")
SPACES = [" ", "  ", "\t", "\n", "\r\n", NO_BREAK_SPACE, NARROW_NO_BREAK_SPACE, "\u2003", "\u3000"]
DASHES = ["-", EN_DASH, EM_DASH, MINUS, NO_BREAK_HYPHEN, " - ", "."]
BETWEEN = ["", *SPACES, *DASHES, ZERO_WIDTH_SPACE, SOFT_HYPHEN]
EDGES = ["", *SPACES, ".", "...", ",", BYTE_ORDER_MARK, ZERO_WIDTH_SPACE, RIGHT_TO_LEFT, "\x00"]


def not_found(text: str) -> PlaceNotFound:
    with pytest.raises(PlaceNotFound) as caught:
        locate(text)
    return caught.value


# --- Postcodes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "LS1 4AP",
        "ls1 4ap",
        "Ls14aP",
        "LS14 AP",
        "l s 1 4 a p",
        *(f"LS1{between}4AP" for between in BETWEEN),
        *(f"{edge}LS1 4AP{edge}" for edge in EDGES),
        FULL_WIDTH,
        "10 Example Street, Leeds LS1 4AP",
        "Leeds,LS1 4AP",
        "Leeds ls14ap.",
    ],
)
def test_a_full_postcode_however_it_is_written(text):
    place = locate(text)
    assert (place.label, place.precision, place.note, place.alternatives) == ("LS1 4AP", "postcode", "", ())
    assert great_circle_miles(53.7955, -1.5557, place.latitude, place.longitude) < 0.01


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_every_postcode_is_found_however_it_is_written(data, held):
    index = draw_index(data, held)
    postcode = text_of_key(held.keys[index])
    gaps = data.draw(st.lists(st.sampled_from(["", "", "", "", *BETWEEN]), min_size=7, max_size=7))
    letters = data.draw(st.sampled_from([postcode, postcode.lower(), postcode.title()])).replace(" ", "")
    before, after = data.draw(st.sampled_from(EDGES)), data.draw(st.sampled_from(EDGES))
    typed = before + "".join(letter + gap for letter, gap in zip(letters, gaps, strict=False)) + after
    place = locate(typed)
    assert place == Place(
        held.latitudes_e4[index] / 10_000, held.longitudes_e4[index] / 10_000, postcode, "postcode"
    )


@pytest.mark.parametrize(
    ("text", "label", "precision"),
    [
        ("LSI 4AP", "LS1 4AP", "postcode"),
        ("lsi4ap", "LS1 4AP", "postcode"),
        ("SW1A OAA", "SW1A 0AA", "postcode"),
        ("SWIA OAA", "SW1A 0AA", "postcode"),
        ("0X1 1DP", "OX1 1DP", "postcode"),
        ("OXI IDP", "OX1 1DP", "postcode"),
        ("P01 2AB", "PO1 2AB", "postcode"),
        ("1P1 1AA", "IP1 1AA", "postcode"),
        ("LS1O 1JX", "LS10 1JX", "postcode"),
        ("LSIO IJX", "LS10 1JX", "postcode"),
        ("LSI", "LS1", "outward code"),
        ("LS1O", "LS10", "outward code"),
        ("E1O", "E10", "outward code"),
        ("P01", "PO1", "outward code"),
        ("LSI 4", "LS1 4", "sector"),
        ("BTI", "BT1 (Belfast)", "town"),
    ],
)
def test_o_and_0_and_i_and_1_are_taken_for_one_another(text, label, precision):
    place = locate(text)
    assert (place.label, place.precision) == (label, precision)
    assert place.note


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_every_postcode_is_found_with_o_for_0_and_i_for_1(data, held):
    postcode = draw_postcode(data, held)
    assert locate(draw_misreading(data, postcode)).label == postcode


@pytest.mark.parametrize("text", ["LS1 4", "ls1 4", "LS1-4", f"LS1{NO_BREAK_SPACE}4", " LS1  4. "])
def test_a_sector(text):
    place = locate(text)
    assert (place.label, place.precision, place.note) == ("LS1 4", "sector", "")


@pytest.mark.parametrize(
    ("text", "label"),
    [("LS1", "LS1"), ("ls 1", "LS1"), ("LS14", "LS14"), ("EC1A", "EC1A"), ("e1", "E1"), ("ZE2.", "ZE2")],
)
def test_an_outward_code(text, label):
    place = locate(text)
    assert (place.label, place.precision, place.note) == (label, "outward code", "")
    middle = PartialPostcode.objects.get(code=label)
    assert (place.latitude, place.longitude) == (middle.latitude, middle.longitude)


@pytest.mark.parametrize(("text", "latitude", "longitude"), [("W1", 51.516, -0.145), ("EC1", 51.524, -0.103)])
def test_an_outward_code_that_was_split_is_the_middle_of_its_parts(text, latitude, longitude):
    place = locate(text)
    assert (place.label, place.precision) == (text, "outward code")
    assert great_circle_miles(latitude, longitude, place.latitude, place.longitude) < 0.3


@pytest.mark.parametrize(
    ("text", "used", "precision"),
    [
        # Unknown in a sector that is held, then in an outward code that is.
        ("LS1 4ZZ", "LS1 4", "sector"),
        ("ls14zz", "LS1 4", "sector"),
        ("EC1A 9ZZ", "EC1A 9", "sector"),
        ("LS1 0AA", "LS1", "outward code"),
        ("LS99 9ZZ", "LS99", "outward code"),
        ("SW1A 9ZZ", "SW1A", "outward code"),
        ("10 Example Street, LS1 4ZZ", "LS1 4", "sector"),
        # Retired when W1 was split.
        ("W1 1AA", "W1", "outward code"),
    ],
)
def test_an_unknown_postcode_falls_back_and_says_so(text, used, precision):
    place = locate(text)
    assert (place.label, place.precision) == (used, precision)
    assert "We do not hold the postcode" in place.note
    assert f"Distances are measured from the middle of {used}." in place.note


def test_an_unknown_sector_falls_back_to_its_outward_code_and_says_so():
    place = locate("LS1 0")
    assert (place.label, place.precision) == ("LS1", "outward code")
    assert place.note.startswith("We do not hold LS1 0.")
    assert "measured from the middle of LS1." in place.note


def test_an_unfinished_postcode_falls_back_to_its_sector_and_says_so():
    place = locate("LS1 4A")
    assert (place.label, place.precision) == ("LS1 4", "sector")
    assert place.note.startswith("That is only part of a postcode.")


@pytest.mark.parametrize("text", ["ZZ1 1ZZ", "BT50 1AA", "JE9", "QQ9 4"])
def test_a_postcode_of_nowhere_is_not_found(text):
    problem = not_found(text)
    assert f"We cannot find the postcode {text}." in problem.message
    assert "your town" in problem.message


@pytest.mark.parametrize(
    ("text", "label", "area", "town"),
    [
        ("BT1", "BT1 (Belfast)", "Northern Ireland", "Belfast, Northern Ireland"),
        ("bt1 5gs", "BT1 (Belfast)", "Northern Ireland", "Belfast, Northern Ireland"),
        ("BT48 6", "BT48 (Derry)", "Northern Ireland", "Derry, Northern Ireland"),
        ("JE2 3AB", "JE2 (Saint Helier)", "Jersey", "Saint Helier, Jersey"),
        ("GY1 1AA", "GY1 (Saint Peter Port)", "Guernsey", "Saint Peter Port, Guernsey"),
        ("GY10", "GY10 (Sark)", "Sark", "Sark, Guernsey"),
        ("IM99-1AA", "IM99 (Douglas)", "the Isle of Man", "Douglas, Isle of Man"),
    ],
)
def test_outside_great_britain_the_town_stands_for_the_postcode(text, label, area, town):
    place = locate(text)
    assert (place.label, place.precision) == (label, "town")
    assert "We do not hold exact postcodes" in place.note
    assert area in place.note
    assert f"Distances are measured from {town}." in place.note


@pytest.mark.parametrize(("text", "first"), [("L", "L"), ("ls", "LS"), ("B", "B"), ("ze", "ZE"), ("n ", "N")])
def test_letters_alone_offer_the_outward_codes_of_that_area(text, first):
    problem = not_found(text)
    assert "only the start of a postcode" in problem.message
    assert 1 <= len(problem.suggestions) <= 5
    for suggestion in problem.suggestions:
        assert suggestion.rstrip("0123456789") == first
        assert locate(suggestion).precision == "outward code"


# --- What is neither ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", " ", "\t\n", NO_BREAK_SPACE, "\x00", ".", "-,.", ZERO_WIDTH_SPACE, "\x1b\x07"]
)
def test_nothing_typed(text):
    problem = not_found(text)
    assert problem.message == f"Enter a postcode or town. {EXAMPLE}"
    assert problem.suggestions == ()


@pytest.mark.parametrize(
    "text",
    [
        "Narnia",
        "12345",
        "90210",
        "1",
        "Q",
        "\N{GRINNING FACE}",
        "\N{HEBREW LETTER ALEF}\N{HEBREW LETTER BET}\N{HEBREW LETTER GIMEL}",
        "<script>alert(1)</script>",
        "' OR 1=1 --",
        "%s {0} \\x",
        "LS1 4CC",
        "Z" * MAX_LENGTH,
    ],
)
def test_what_cannot_be_found_says_so_and_gives_an_example(text):
    problem = not_found(text)
    assert problem.message.startswith("We cannot find ")
    assert problem.message.endswith(EXAMPLE)
    assert tidy(text)[:40] in problem.message
    assert len(problem.message) < 180


@pytest.mark.parametrize(
    "text", ["Z" * (MAX_LENGTH + 1), "a " * 5_000, "0" * 10_000, "\N{GRINNING FACE}" * 10_000]
)
def test_a_long_text_is_refused(text):
    assert not_found(text).message == f"That is too long for a place. {EXAMPLE}"


def check_any(text: str) -> None:
    """Any text is a place in these islands, or cannot be found; whatever is offered can be followed."""
    try:
        place = locate(text)
    except PlaceNotFound as problem:
        assert 20 < len(problem.message) < 180
        offered = problem.suggestions
    else:
        assert 49 <= place.latitude <= 61
        assert -9 <= place.longitude <= 2
        assert 0 < len(place.label) <= 120
        assert place.precision in {"postcode", "sector", "outward code", "town"}
        offered = place.alternatives
    for label in offered:
        assert locate(label).label == label


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=MAX_LENGTH + 20))
@example("\ud800")
@example("L" + "\N{LATIN SMALL LETTER SHARP S}" + "1 4AP")
@example("\N{LATIN SMALL LETTER DOTLESS I}p1 1aa")
@example("Leeds LS1 \N{ARABIC-INDIC DIGIT FOUR}AP")
def test_any_text_is_a_place_or_is_not_found(text):
    check_any(text)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="LSBTEC01OI49AP -.,\x00" + NO_BREAK_SPACE, max_size=14))
@example("O1O1O1O1O1O1")
def test_anything_like_a_postcode_is_a_place_or_is_not_found(text):
    check_any(text)


@pytest.mark.parametrize(
    "text",
    ["LS1 4AP", "LS1 4ZZ", "O1O1O1O", "I1IO", "1I0", "III", "OI OI OI", "Mancester", "x, y LS1 4AP", "ls"],
)
def test_a_place_takes_few_queries(django_assert_max_num_queries, text):
    with django_assert_max_num_queries(10), suppress(PlaceNotFound):
        locate(text)
