from math import hypot

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.map_drawing import View, ground_of
from places.distance import great_circle_miles
from places.locate import locate
from tests.directory.drawings import outlines_of
from tests.places.shapes import is_inside

latitudes, longitudes = st.floats(49.1, 60.9), st.floats(-8, 1.8)


def view_of(latitude: float, longitude: float, miles: float) -> View:
    return View(latitude, longitude, 144 / miles, 320, 340)


@settings(max_examples=300, deadline=None)
@given(latitudes, longitudes, st.floats(-0.72, 0.72), st.floats(-1.2, 1.2))
def test_a_point_is_as_far_from_the_middle_as_the_great_circle_says(latitude, longitude, north, east):
    miles = great_circle_miles(latitude, longitude, latitude + north, longitude + east)
    if not 0.01 <= miles <= 50:
        return
    x, y = view_of(latitude, longitude, 50).xy(latitude + north, longitude + east)
    assert hypot(x - 160, y - 170) / (144 / 50) == pytest.approx(miles, rel=0.001)
    assert (x > 160) == (east > 0) or abs(east) < 1e-6
    assert (y < 170) == (north > 0) or abs(north) < 1e-6


@settings(max_examples=100, deadline=None)
@given(latitudes, longitudes, st.sampled_from([0.25, 1, 10, 50]))
def test_the_box_holds_the_whole_drawing(latitude, longitude, miles):
    view = view_of(latitude, longitude, miles)
    box = view.box()
    for corner in (
        (box.south, box.west),
        (box.south, box.east),
        (box.north, box.west),
        (box.north, box.east),
    ):
        x, y = view.xy(*corner)
        assert x <= 0.5 or x >= 319.5
        assert y <= 0.5 or y >= 339.5


@settings(max_examples=100, deadline=None)
@given(latitudes, longitudes, st.floats(-0.72, 0.72), st.floats(-1.2, 1.2))
def test_outlines_are_drawn_where_points_are(latitude, longitude, north, east):
    view = view_of(latitude, longitude, 50)
    (fine,) = view.fine([(longitude + east, latitude + north)])
    assert fine == pytest.approx([4 * at for at in view.xy(latitude + north, longitude + east)], abs=0.6)


def is_land(view: View, latitude: float, longitude: float) -> bool:
    ground = ground_of(view)
    x, y = view.xy(latitude, longitude)
    assert 0 <= x <= view.width
    assert 0 <= y <= view.height
    return not ground.is_sea or any(is_inside((x, y), outline) for outline in outlines_of(ground.land))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("place", "miles", "land", "sea"),
    [
        pytest.param("Penzance", 10, (50.14, -5.60), (50.06, -5.42), id="Penzance"),
        pytest.param("Penzance", 3, (50.13, -5.56), (50.11, -5.50), id="Penzance, near"),
        pytest.param("Lerwick", 50, (60.30, -1.30), (60.15, -0.50), id="Lerwick"),
        pytest.param("Lerwick", 5, (60.16, -1.19), (60.19, -1.14), id="Lerwick, near"),
        pytest.param("Douglas", 10, (54.20, -4.55), (54.12, -4.35), id="Douglas"),
        pytest.param("Saint Helier", 5, (49.21, -2.12), (49.15, -2.12), id="Jersey"),
        pytest.param("Belfast", 10, (54.55, -5.95), (54.69, -5.80), id="Belfast"),
        pytest.param("Dover", 50, (50.90, 1.90), (51.00, 1.50), id="France beyond the Strait"),
        pytest.param("TR21 0LW", 3, (49.93, -6.29), (49.90, -6.25), id="Scilly"),
    ],
)
def test_land_and_sea_are_where_they_are(place, miles, land, sea):
    middle = locate(place)
    view = view_of(middle.latitude, middle.longitude, miles)
    assert ground_of(view).is_sea
    assert is_land(view, *land)
    assert not is_land(view, *sea)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [pytest.param(51.5085, -0.1257, id="London"), pytest.param(53.7965, -1.5478, id="Leeds")],
)
def test_inland_there_is_no_coast_to_draw(latitude, longitude):
    ground = ground_of(view_of(latitude, longitude, 10))
    assert not ground.is_sea
    assert (ground.land, ground.dry) == ("", "")


def test_far_out_there_is_sea_alone():
    ground = ground_of(view_of(55.5, 1.5, 10))
    assert ground.is_sea
    assert (ground.land, ground.dry, ground.built_up) == ("", "", "")


def test_built_up_ground_is_where_the_town_is():
    view = view_of(53.7965, -1.5478, 10)
    outlines = outlines_of(ground_of(view).built_up)

    def is_built_up(latitude: float, longitude: float) -> bool:
        return sum(is_inside(view.xy(latitude, longitude), outline) for outline in outlines) % 2 == 1

    assert is_built_up(53.7965, -1.5478)
    # Otley Chevin.
    assert not is_built_up(53.8920, -1.6600)


def test_a_quay_that_the_coast_leaves_out_is_dry():
    # St Agnes, Scilly, which 1:10 million does not have.
    view = view_of(49.915, -6.315, 3)
    dry = outlines_of(ground_of(view).dry)
    assert any(is_inside(view.xy(49.8952, -6.3425), outline) for outline in dry)


@pytest.mark.parametrize("miles", [0.25, 0.5, 1, 3, 5, 10, 20, 30, 50, 200, 400])
@pytest.mark.parametrize(
    "middle", [(51.5, -0.12), (60.15, -1.14), (50.12, -5.54), (54.6, -5.93), (49.1, -8.0)]
)
def test_outlines_do_not_reach_far_beyond_the_edge(middle: tuple[float, float], miles: float):
    view = view_of(middle[0], middle[1], miles)
    ground = ground_of(view)
    for outline in outlines_of(ground.land) + outlines_of(ground.dry) + outlines_of(ground.built_up):
        for x, y in outline:
            assert -120 <= x <= view.width + 120
            assert -120 <= y <= view.height + 120
