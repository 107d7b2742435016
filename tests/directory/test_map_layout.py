from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.map_layout import (
    PIN,
    Rect,
    Spot,
    around,
    beside,
    first_free,
    numbers_in_words,
    on_ring,
    pin_width,
    place_pins,
    text_at,
    tidy,
)

FRAME = Rect(3, 3, 317, 337)
MIDDLE = around(160, 170, 19, 19)
# Anywhere a result may lie; close together, as in a town; and at a few clinics.
anywhere = st.tuples(st.floats(17, 303), st.floats(20, 320))
in_a_town = st.tuples(st.floats(150, 175), st.floats(160, 180))
at_clinics = st.sampled_from([(160.0, 170.0), (160.0, 174.0), (200.0, 100.0), (17.0, 170.0), (303.0, 170.0)])
crowds = st.one_of(*(st.lists(points, max_size=20) for points in (anywhere, in_a_town, at_clinics)))


def spots(points: list[tuple[float, float]]) -> list[Spot]:
    return [Spot(x, y, [number]) for number, (x, y) in enumerate(points, start=1)]


@settings(max_examples=300, deadline=None)
@given(crowds)
def test_pins_never_cover_each_other_or_the_middle_and_stay_in_the_frame(points):
    pins = place_pins(spots(points), FRAME, [MIDDLE])
    for pin in pins:
        assert pin.rect.lies_in(FRAME)
        assert not pin.rect.meets(MIDDLE)
    for one, other in combinations(pins, 2):
        assert not one.rect.meets(other.rect)


@settings(max_examples=300, deadline=None)
@given(crowds)
def test_everybody_has_one_pin_and_those_at_one_place_share_it(points):
    pins = place_pins(spots(points), FRAME, [MIDDLE])
    assert sorted(number for pin in pins for number in pin.spot.numbers) == list(range(1, len(points) + 1))
    pin_of = {number: i for i, pin in enumerate(pins) for number in pin.spot.numbers}
    for (i, here), (j, there) in combinations(enumerate(points, start=1), 2):
        if here == there:
            assert pin_of[i] == pin_of[j]


@settings(max_examples=200, deadline=None)
@given(st.lists(anywhere, min_size=1, max_size=6))
def test_a_pin_with_room_stands_on_its_point(points):
    far_apart = all(abs(a[0] - b[0]) > 70 or abs(a[1] - b[1]) > 70 for a, b in combinations(points, 2))
    free = all(abs(x - 160) > 30 or abs(y - 170) > 30 for x, y in points)
    if far_apart and free:
        pins = place_pins(spots(points), FRAME, [MIDDLE])
        assert [(pin.x, pin.y) for pin in pins] == points
        assert not any(pin.is_aside for pin in pins)


def test_nobody_has_no_pin():
    assert place_pins([], FRAME, [MIDDLE]) == []


def test_one_who_is_in_the_very_middle_stands_aside():
    (pin,) = place_pins(spots([(160, 170)]), FRAME, [MIDDLE])
    assert pin.is_aside
    assert (pin.spot.x, pin.spot.y) == (160, 170)


def test_where_there_is_no_room_at_all_everybody_shares_a_pin_in_the_frame():
    small = Rect(0, 0, 60, 30)
    (pin,) = place_pins(spots([(x, 15) for x in range(0, 60, 6)]), small, [Rect(0, 0, 60, 30)])
    assert sorted(pin.spot.numbers) == list(range(1, 11))
    assert pin.rect.lies_in(small)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ([3], "3"),
        ([3, 4, 5], "3–5"),
        ([5, 3, 4], "3–5"),
        ([1, 4], "1, 4"),
        ([19, 20], "19–20"),
        ([1, 2, 4, 5], "1–2, 4–5"),
        ([1, 3, 5, 7], "1 +3"),
        ([41, 43, 59, 60], "41 +3"),
    ],
)
def test_the_numbers_of_a_pin_are_short(numbers, words):
    short = words if len(words) <= 7 else f"{min(numbers)} +{len(numbers) - 1}"
    assert numbers_in_words(numbers) == short


def test_a_pin_is_round_and_grows_with_its_words():
    assert pin_width([1]) == pin_width([20]) == PIN
    assert pin_width([1, 2, 3]) > PIN


def test_the_first_free_place_is_taken():
    places = list(beside("Leeds", 100, 100, 12, "town", away=5))
    assert first_free(places, FRAME, [], 0) == places[0]
    assert first_free(places, FRAME, [places[0].rect], 0) == places[1]
    assert first_free(places, FRAME, [FRAME], 0) is None
    assert first_free(places, Rect(0, 0, 5, 5), [], 0) is None


def test_words_beside_a_mark_do_not_cover_it():
    mark = around(100, 100, 8, 8)
    assert not any(text.rect.meets(mark) for text in beside("Leeds", 100, 100, 12, "town", away=5))


def test_words_on_a_ring_are_on_the_ring():
    for text in on_ring("3 miles", 160, 170, 100, 12, "scale"):
        x, y = (text.rect.left + text.rect.right) / 2, (text.rect.top + text.rect.bottom) / 2
        assert ((x - 160) ** 2 + (y - 170) ** 2) ** 0.5 == pytest.approx(100)


def test_longer_words_are_wider():
    assert text_at("mm", 0, 0, 12, "town").rect.right > text_at("ll", 0, 0, 12, "town").rect.right


@pytest.mark.parametrize(
    ("length", "text"), [(1, "1"), (1.04, "1"), (1.06, "1.1"), (-0.3, "-0.3"), (144, "144")]
)
def test_lengths_are_short(length, text):
    assert tidy(length) == text
