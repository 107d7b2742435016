from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from places.models import PartialPostcode, Postcode
from places.postcodes import (
    Code,
    code_at_end,
    key_range,
    postcode_key,
    read_code,
    read_code_with_swaps,
    text_of_key,
)
from tests.places.samples import draw_index, draw_misreading, draw_postcode

many = settings(max_examples=200, deadline=None)
draws = st.data()
PAIRS = list(combinations(["LS1", "LS10", "LS11", "L5", "L51", "W1", "W1A"], 2))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        # Royal Mail's six shapes.
        ("M1 1AE", Code("M1", "1AE")),
        ("B33 8TH", Code("B33", "8TH")),
        ("CR2 6XH", Code("CR2", "6XH")),
        ("DN55 1PT", Code("DN55", "1PT")),
        ("W1A 1HQ", Code("W1A", "1HQ")),
        ("EC1A 1BB", Code("EC1A", "1BB")),
        ("BS0 0AA", Code("BS0", "0AA")),
        # However it is spaced or written.
        ("ls14ap", Code("LS1", "4AP")),
        ("l s 1 4 a p", Code("LS1", "4AP")),
        ("LS1-4AP", Code("LS1", "4AP")),
        ("LS1.4AP.", Code("LS1", "4AP")),
        ("\tLS1\n4AP ", Code("LS1", "4AP")),
        # In part.
        ("LS1", Code("LS1", "")),
        ("ls 1", Code("LS1", "")),
        ("LS14", Code("LS14", "")),
        ("LS 14", Code("LS14", "")),
        ("W1A", Code("W1A", "")),
        ("LS1 4", Code("LS1", "4")),
        ("ls 1 4", Code("LS1", "4")),
        ("LS1-4", Code("LS1", "4")),
        ("LS14 4", Code("LS14", "4")),
        ("LS144", Code("LS14", "4")),
        ("EC1A 1", Code("EC1A", "1")),
        ("LS1 4A", Code("LS1", "4", cut=True)),
        ("EC1A 1B", Code("EC1A", "1", cut=True)),
    ],
)
def test_codes_that_are_read(text, code):
    assert read_code(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "L",
        "LS",
        "14",
        "1LS 4AP",
        "LS1 AAP",
        "LS1 44P",
        # An inward code never has these six letters.
        *(f"LS1 4A{letter}" for letter in "CIKMOV"),
        *(f"LS1 4{letter}A" for letter in "CIKMOV"),
        # Nor does an outward code end in these, which are mistaken for digits.
        "LS1O 1JX",
        "LS1I",
        "LS1 4APX",
        "LS123 4AP",
        "LSW1 4AP",
        "LS1_4AP",
        "LS1 4ÄP",
        "LS1 ٤AP",
        "Leeds",
    ],
)
def test_what_is_no_code_is_not_read(text):
    assert read_code(text) is None


@pytest.mark.django_db
def test_every_outward_code_and_sector_that_is_held_can_be_read():
    texts = PartialPostcode.objects.values_list("code", "is_outward")
    assert len(texts) > 10_000
    for text, is_outward in texts:
        code = read_code(text)
        assert code is not None, text
        assert str(code) == text
        assert (code.inward == "") == is_outward


@many
@given(data=draws)
def test_a_postcode_that_is_held_reads_as_itself(data, held):
    text = draw_postcode(data, held)
    code = read_code(text)
    assert code is not None
    assert str(code) == text
    assert len(code.inward) == 3
    assert not code.cut


@many
@given(data=draws)
def test_a_key_that_is_held_comes_back_from_its_text(data, held):
    key = held.keys[draw_index(data, held)]
    assert postcode_key(text_of_key(key).replace(" ", "")) == key


@many
@given(st.from_regex(r"[A-Z]{1,2}[0-9]([0-9]|[A-HJKPSTUW])? [0-9][ABD-HJLNP-UW-Z]{2}", fullmatch=True))
def test_any_postcode_comes_back_from_its_key(text):
    key = postcode_key(text.replace(" ", ""))
    assert text_of_key(key) == text
    # What the table's column can hold.
    assert 0 < key < 2**63


def test_a_key_is_the_postcode_in_base_36():
    assert postcode_key("B11AA") == 11 * 36**4 + 1 * 36**3 + 1 * 36**2 + 10 * 36 + 10


@many
@given(data=draws)
def test_a_postcode_lies_within_its_own_outward_code_and_sector_alone(data, held):
    ours, other = draw_postcode(data, held), draw_postcode(data, held)
    key = postcode_key(ours.replace(" ", ""))
    assert key in key_range(Code(ours[:-4], ""))
    assert key in key_range(Code(ours[:-4], ours[-3]))
    assert key_range(Code(ours[:-4], ours[-3:])) == range(key, key + 1)
    assert (key in key_range(Code(other[:-4], ""))) == (ours[:-4] == other[:-4])
    assert (key in key_range(Code(other[:-4], other[-3]))) == (ours[:-2] == other[:-2])


@pytest.mark.parametrize(("one", "another"), PAIRS)
def test_outward_codes_share_no_keys(one, another):
    first, second = key_range(Code(one, "")), key_range(Code(another, ""))
    assert first.stop <= second.start or second.stop <= first.start


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["LS1", "LS1 4", "W1A", "E1", "E1 6", "ZE1", "TR21 0", "SW1A"])
def test_a_range_holds_as_many_postcodes_as_were_counted(text):
    code = read_code(text)
    assert code is not None
    keys = key_range(code)
    in_range = Postcode.objects.filter(pk__gte=keys.start, pk__lt=keys.stop).count()
    assert in_range == PartialPostcode.objects.get(code=text).postcodes > 0


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("LSI 4AP", "LS1 4AP"),
        ("lsi 4ap", "LS1 4AP"),
        ("LS1O 1JX", "LS10 1JX"),
        ("LSIO IJX", "LS10 1JX"),
        ("SW1A OAA", "SW1A 0AA"),
        ("SWIAOAA", "SW1A 0AA"),
        ("0X1 1DP", "OX1 1DP"),
        ("OXI IDP", "OX1 1DP"),
        ("1P1 1AA", "IP1 1AA"),
        ("P01 2AB", "PO1 2AB"),
        ("LSI", "LS1"),
        ("LSI 4", "LS1 4"),
    ],
)
def test_letters_and_digits_that_look_alike_are_swapped(text, first):
    assert str(read_code_with_swaps(text)[0]) == first


@many
@given(st.text(alphabet="O0I1LSoi 4A-", max_size=14))
def test_swaps_are_few_all_well_formed_and_never_what_was_typed(text):
    codes = read_code_with_swaps(text)
    assert len(codes) == len(set(codes)) < 50
    typed = text.upper().translate(str.maketrans("OI", "01"))
    for code in codes:
        assert read_code(str(code)) is not None
        letters = str(code).replace(" ", "").translate(str.maketrans("OI", "01"))
        assert letters in typed.replace(" ", "").replace("-", "")


def test_a_longer_text_is_not_tried_with_swaps():
    assert read_code_with_swaps("O" * 13) == []
    assert read_code_with_swaps("LSI 4AP and more") == []


@many
@given(data=draws)
def test_a_held_postcode_is_among_the_swaps_of_its_misreading(data, held):
    text = draw_postcode(data, held)
    wrong = draw_misreading(data, text)
    if wrong != text:
        assert text in map(str, read_code_with_swaps(wrong))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("10 Downing Street, London SW1A 2AA", Code("SW1A", "2AA")),
        ("10 Downing Street,London,sw1a2aa", Code("SW1A", "2AA")),
        ("Leeds LS1\n4AP", Code("LS1", "4AP")),
        ("LS1 4AP", Code("LS1", "4AP")),
        ("Leeds LS1", None),
        ("LS1 4AP Leeds", None),
        ("XLS1 4AP", None),
        ("Leeds LS1 ٤AP", None),
        ("", None),
    ],
)
def test_the_postcode_at_the_end_of_an_address(text, code):
    assert code_at_end(text) == code
