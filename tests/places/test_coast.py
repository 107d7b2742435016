import json
import lzma
from math import e, pi

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from places import coast as module
from places.coast import (
    COAST,
    Box,
    CoastError,
    Ring,
    box_around,
    coast,
    cut_to,
    is_all_land,
    land_within,
    read_coast,
    without_corners,
    write_coast,
)
from tests.places.shapes import area, is_inside

BOX = Box(0, 0, 10, 20)
lengths = st.integers(-30, 30).map(float)
triangles = st.lists(st.tuples(lengths, lengths), min_size=3, max_size=3)


@settings(max_examples=300)
@given(triangles, st.integers(0, 19), st.integers(0, 9))
def test_what_is_cut_out_is_what_lies_in_the_box(ring, column, row):
    cut = cut_to(BOX, ring)
    assert all(-1e-9 <= x <= 20 + 1e-9 and -1e-9 <= y <= 10 + 1e-9 for x, y in cut)
    # On no side of any triangle.
    point = (column + 1 / pi, row + 1 / e)
    assert bool(cut and is_inside(point, cut)) == is_inside(point, ring)


def test_a_ring_in_the_box_is_left_as_it_is():
    ring = [(1.0, 1.0), (5.0, 1.0), (5.0, 5.0)]
    assert cut_to(BOX, ring) == ring


def test_a_ring_beside_the_box_is_gone():
    assert cut_to(BOX, [(30.0, 1.0), (35.0, 1.0), (35.0, 5.0)]) == []


def test_a_ring_around_the_box_is_the_box():
    around = [(-50.0, -50.0), (50.0, -50.0), (50.0, 50.0), (-50.0, 50.0)]
    cut = cut_to(BOX, around)
    assert set(cut) == {(0, 0), (20, 0), (20, 10), (0, 10)}
    assert is_all_land(BOX, [cut])


def test_half_a_box_is_not_all_land():
    cut = cut_to(BOX, [(-50.0, -50.0), (50.0, -50.0), (50.0, 50.0)])
    assert cut
    assert not is_all_land(BOX, [cut])
    assert not is_all_land(BOX, [])


@pytest.fixture
def one_island(monkeypatch):
    points = [(-4.0, 54.0), (-3.0, 54.0), (-3.0, 55.0), (-4.0, 55.0)]
    monkeypatch.setattr(module, "coast", lambda: [Ring(box_around(points), points)])


def test_land_within_a_box_is_cut_along_its_edges(one_island):
    (land,) = land_within(Box(53.5, -4.5, 54.5, -3.5))
    assert box_around(land) == Box(54.0, -4.0, 54.5, -3.5)
    assert land_within(Box(50, -4.5, 51, -3.5)) == []
    assert is_all_land(Box(54.2, -3.8, 54.4, -3.6), land_within(Box(54.2, -3.8, 54.4, -3.6)))


def test_corners_are_rounded_inside_the_land_and_edges_of_the_box_stay_straight(one_island):
    box = Box(53.9, -4.1, 54.1, -3.9)
    (sharp,) = land_within(box)
    (rounded,) = land_within(box, roundings=2)
    assert len(rounded) > len(sharp)
    assert area(rounded) < area(sharp)
    assert {x for x, _ in rounded if x > -3.901} == {box.east}
    assert is_all_land(Box(54.4, -3.6, 54.6, -3.4), land_within(Box(54.4, -3.6, 54.6, -3.4), roundings=2))


@given(triangles)
def test_without_its_corners_a_ring_stays_within_itself(ring):
    rounded = without_corners(ring)
    assert len(rounded) == 2 * len(ring)
    assert area(rounded) <= area(ring) + 1e-9


def test_what_is_written_comes_back_to_ten_metres(tmp_path):
    rings = [[(-1.23456, 53.00004), (-1.1, 53.2), (-1.3, 53.3)], [(0.0, 50.0), (0.1, 50.0), (0.0, 50.1)]]
    size = write_coast(rings, tmp_path / "coast.xz", {"from": "a test"})
    assert size == (tmp_path / "coast.xz").stat().st_size
    for ring, before in zip(read_coast(tmp_path / "coast.xz"), rings, strict=True):
        assert ring.box == box_around(ring.points)
        for point, expected in zip(ring.points, before, strict=True):
            assert point == pytest.approx(expected, abs=0.000051)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{}", id="plain text"),
        pytest.param(lzma.compress(b"[]"), id="a list"),
        pytest.param(lzma.compress(b"{}"), id="nothing in it"),
        pytest.param(lzma.compress(b"\xff"), id="not even text in it"),
        pytest.param(
            lzma.compress(json.dumps({"format": "coast 1", "rings": [[[1], [1, 2]]]}).encode()), id="uneven"
        ),
        pytest.param(
            lzma.compress(json.dumps({"format": "coast 1", "rings": [[[], []]]}).encode()), id="no points"
        ),
        pytest.param(
            lzma.compress(json.dumps({"format": "coast 2", "rings": []}).encode()), id="a later format"
        ),
    ],
)
def test_what_is_no_coast_is_refused(tmp_path, content):
    (tmp_path / "other.xz").write_bytes(content)
    with pytest.raises(CoastError, match=r"other\.xz .*pack_ground"):
        read_coast(tmp_path / "other.xz")


def test_a_missing_coast_is_refused(tmp_path):
    with pytest.raises(CoastError, match=r"missing\.xz .*pack_ground"):
        read_coast(tmp_path / "missing.xz")


def test_the_committed_coast_is_small():
    assert COAST.stat().st_size < 50_000


def is_land(latitude: float, longitude: float) -> bool:
    return any(is_inside((longitude, latitude), ring.points) for ring in coast())


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [
        pytest.param(53.80, -1.55, True, id="Leeds"),
        pytest.param(57.48, -4.22, True, id="Inverness"),
        pytest.param(53.35, -6.30, True, id="Dublin"),
        pytest.param(54.60, -5.95, True, id="Belfast"),
        pytest.param(54.25, -4.55, True, id="Isle of Man"),
        pytest.param(49.22, -2.13, True, id="Jersey"),
        pytest.param(49.45, -2.58, True, id="Guernsey"),
        pytest.param(50.68, -1.30, True, id="Isle of Wight"),
        pytest.param(53.28, -4.35, True, id="Anglesey"),
        pytest.param(57.30, -6.30, True, id="Skye"),
        pytest.param(58.20, -6.60, True, id="Lewis"),
        pytest.param(59.00, -3.20, True, id="Orkney"),
        pytest.param(60.30, -1.30, True, id="Shetland"),
        pytest.param(50.85, 2.00, True, id="France, which is in view from Dover"),
        pytest.param(50.00, -5.30, False, id="Mount's Bay"),
        pytest.param(53.70, -4.60, False, id="the Irish Sea"),
        pytest.param(54.70, -5.60, False, id="Belfast Lough"),
        pytest.param(60.15, -0.80, False, id="off Lerwick"),
        pytest.param(54.14, -4.30, False, id="off Douglas"),
        pytest.param(49.15, -2.30, False, id="off Jersey"),
        pytest.param(51.35, -3.20, False, id="the Bristol Channel"),
        pytest.param(55.00, 1.00, False, id="the North Sea"),
    ],
)
def test_land_is_land_and_sea_is_sea(latitude, longitude, expected):
    assert is_land(latitude, longitude) == expected
