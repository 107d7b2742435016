import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from places.distance import EARTH_RADIUS_MILES, MILES_PER_DEGREE_LATITUDE, great_circle_miles, haversine

METRES_PER_MILE = 1609.344
# Another reckoning of the same thing: PROJ's, on a ball of the Earth's mean radius.
BALL = Geod(a=6_371_008.8, b=6_371_008.8)

many = settings(max_examples=200, deadline=None)
anywhere = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
in_britain = st.tuples(st.floats(49, 61), st.floats(-9, 2))


def reference_miles(a: tuple[float, float], b: tuple[float, float]) -> float:
    return float(BALL.inv(a[1], a[0], b[1], b[0])[2]) / METRES_PER_MILE


@many
@given(in_britain, in_britain)
def test_miles_in_britain_are_proj_s_on_a_ball(a, b):
    # To a tenth of a millimetre.
    assert great_circle_miles(*a, *b) == pytest.approx(reference_miles(a, b), rel=1e-10, abs=1e-7)


@many
@given(anywhere, anywhere)
def test_miles_anywhere_are_proj_s_on_a_ball(a, b):
    # Near the opposite side of the Earth the arcsine keeps half the digits: half a metre.
    assert great_circle_miles(*a, *b) == pytest.approx(reference_miles(a, b), abs=3e-4)


@many
@given(anywhere, anywhere)
def test_miles_are_the_same_both_ways_and_none_to_the_place_itself(a, b):
    assert great_circle_miles(*a, *b) == great_circle_miles(*b, *a)
    assert great_circle_miles(*a, *a) == 0
    assert 0 <= great_circle_miles(*a, *b) <= EARTH_RADIUS_MILES * 3.1415926536


@many
@given(in_britain, in_britain, in_britain)
def test_the_farther_of_two_places_has_the_greater_haversine(start, a, b):
    nearer, farther = sorted((a, b), key=lambda place: haversine(*start, *place))
    assert great_circle_miles(*start, *nearer) <= great_circle_miles(*start, *farther)


@pytest.mark.parametrize(
    ("a", "b", "miles"),
    [
        # Land's End to John o' Groats, as the crow flies.
        ((50.0657, -5.7132), (58.6440, -3.0700), 602.5),
        # Charing Cross to the Royal Mile.
        ((51.5080, -0.1281), (55.9500, -3.1900), 331.5),
        # One degree along a meridian.
        ((52.0, -1.0), (53.0, -1.0), 69.09),
        # Across Greenwich: longitudes of both signs.
        ((51.4779, -0.01), (51.4779, 0.01), 0.861),
        # The opposite side of the Earth: half its girth.
        ((0.0, 0.0), (0.0, 180.0), 12_436.8),
        # Across the date line, not round the world.
        ((0.0, 179.5), (0.0, -179.5), 69.09),
    ],
)
def test_known_distances(a, b, miles):
    assert great_circle_miles(*a, *b) == pytest.approx(miles, rel=0.002)


def test_a_degree_of_latitude():
    assert great_circle_miles(53.0, -1.0, 54.0, -1.0) == pytest.approx(MILES_PER_DEGREE_LATITUDE)
