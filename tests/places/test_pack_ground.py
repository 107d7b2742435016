import io
import json
from array import array
from math import cos, hypot, radians
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from places.coast import read_coast
from places.codepoint import E4, Positions
from places.ground import CELL_HEIGHT, CELL_WIDTH, COLUMNS, ROWS, SOUTH, WEST, Ground, read_ground
from places.pack import write_pack
from places.pack_ground import built_up, cell_of, land_rings, simpler, without_specks
from places.towns import COLUMNS as TOWN_COLUMNS
from places.towns import Town
from tests.places.shapes import is_inside

COMMAND = "places.management.commands.pack_ground"
BRITAIN = [(-6.0, 50.0), (1.9, 50.0), (1.9, 58.0), (-6.0, 58.0)]
SAMPLE_POINT = 53.7965, -1.5478


def positions_at(points: list[tuple[float, float]]) -> Positions:
    return Positions(
        array("q", range(len(points))),
        array("i", (round(latitude * E4) for latitude, _ in points)),
        array("i", (round(longitude * E4) for _, longitude in points)),
    )


def is_set(grid: list[int], latitude: float, longitude: float, level: int = 0) -> bool:
    row, column = cell_of(latitude, longitude)
    return bool(grid[row >> level] >> (column >> level) & 1)


def count(grid: list[int]) -> int:
    return sum(row.bit_count() for row in grid)


def ground_of(points: list[tuple[float, float]], towns: list[Town] | None = None) -> Ground:
    return built_up(positions_at(points), towns or [], [BRITAIN])


def town(population: int, latitude: float, longitude: float, country: str) -> Town:
    return Town("t", "T", "T", "", "", country, "", latitude, longitude, population, ())


def test_a_cell_with_four_postcodes_is_built_up_and_one_with_three_is_not():
    latitude, longitude = SAMPLE_POINT
    four = ground_of([SAMPLE_POINT] * 4)
    assert count(four.levels[0]) == 1
    assert is_set(four.levels[0], latitude, longitude)
    assert count(ground_of([SAMPLE_POINT] * 3).levels[0]) == 0


def test_wider_cells_need_more():
    levels = ground_of([SAMPLE_POINT] * 40).levels
    assert [count(level) for level in levels] == [1, 1, 1, 0, 0]
    assert is_set(levels[2], *SAMPLE_POINT, level=2)
    assert [count(level) for level in ground_of([SAMPLE_POINT] * 500).levels] == [1] * 5


def test_each_corner_of_the_grid_has_a_cell():
    assert cell_of(SOUTH, WEST) == (0, 0)
    assert cell_of(SOUTH + CELL_HEIGHT, WEST + CELL_WIDTH) == (1, 1)
    row, column = cell_of(61.0, 1.8)
    assert row < ROWS
    assert column < COLUMNS


def test_a_town_without_open_postcodes_is_a_disc_by_its_population():
    belfast = town(340_000, 54.597, -5.93, "Northern Ireland")
    levels = ground_of([], [belfast]).levels
    assert is_set(levels[0], 54.597, -5.93)
    assert is_set(levels[0], 54.630, -5.93)
    assert not is_set(levels[0], 54.660, -5.93)
    assert is_set(levels[3], 54.597, -5.93, level=3)
    half = ground_of([], [belfast._replace(population=170_000)]).levels
    assert count(half[0]) == pytest.approx(count(levels[0]) / 2, rel=0.1)


def test_a_disc_ends_at_the_coast():
    levels = ground_of([], [town(300_000, 55.0, -5.99, "Northern Ireland")]).levels
    assert is_set(levels[0], 55.0, -5.95)
    assert not is_set(levels[0], 55.0, -6.03)


def test_the_smallest_town_without_postcodes_is_a_cell():
    assert count(ground_of([], [town(10, 54.2, -4.5, "Isle of Man")]).levels[0]) == 1


def test_a_town_with_postcodes_is_built_up_by_them_alone():
    assert count(ground_of([], [town(500_000, *SAMPLE_POINT, "England")]).levels[0]) == 0


def test_a_postcode_off_the_coast_is_on_dry_ground():
    quay, island, inland = (53.0, 1.903), (53.0, 2.2), (53.0, 0.0)
    dry = ground_of([quay, island, inland]).dry
    assert is_set(dry, *quay)
    assert is_set(dry, *island)
    assert not is_set(dry, *inland)
    assert count(dry) == 2


def test_a_notch_between_dry_ground_and_the_coast_is_filled():
    quays = [(53.0 + step * CELL_HEIGHT, 1.908) for step in range(6)]
    dry = ground_of(quays).dry
    assert all(is_set(dry, latitude, 1.903) for latitude, _ in quays[1:5])


@given(st.lists(st.integers(0, 2**12 - 1), min_size=1, max_size=8))
def test_specks_are_cells_with_five_neighbours(rows):
    def at(x: int, y: int) -> int:
        return rows[y] >> x & 1 if 0 <= y < len(rows) and 0 <= x < 12 else 0

    filled = without_specks(rows, 12)
    assert len(filled) == len(rows)
    for y in range(len(rows)):
        for x in range(12):
            around = sum(at(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)) - at(x, y)
            assert filled[y] >> x & 1 == (at(x, y) or around >= 5), (x, y)


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(st.floats(-5, 1), st.floats(50, 58)), min_size=4, max_size=12, unique_by=lambda p: p)
)
def test_a_simpler_ring_keeps_within_its_tolerance(points):
    kept = simpler(points, 0.5)
    assert set(kept) <= set(points)
    for point in points:
        sides = zip(kept, [*kept[1:], kept[0]], strict=True)
        assert min(_off(point, a, b) for a, b in sides) <= 0.5 + 0.1


def _off(point: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    """The least distance of 50 points along a side, in degrees of latitude: rather too much."""
    parts = [step / 50 for step in range(51)]
    shrink = cos(radians(point[1]))
    along = [(a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])) for part in parts]
    return min(hypot((x - point[0]) * shrink, y - point[1]) for x, y in along)


def test_a_point_on_a_straight_line_goes_and_a_cape_stays():
    ring = [(0.0, 50.0), (0.5, 50.0001), (1.0, 50.0), (1.0, 51.0), (0.5, 51.4), (0.0, 51.0)]
    assert simpler(ring, 0.001) == [point for point in ring if point != (0.5, 50.0001)]


def topology(*arcs: list[list[int]], polygons: list[list[list[int]]]) -> dict[str, Any]:
    """A TopoJSON with steps of a hundredth of a degree, from 10° W, 49° N."""
    return {
        "type": "Topology",
        "transform": {"scale": [0.01, 0.01], "translate": [-10, 49]},
        "arcs": list(arcs),
        "objects": {
            "land": {
                "type": "GeometryCollection",
                "geometries": [{"type": "MultiPolygon", "arcs": polygons}],
            }
        },
    }


# A square of two degrees around Leeds, of two arcs of which one runs backwards, and an island in the Pacific.
SQUARE = topology(
    [[750, 370], [200, 0], [0, 200]],
    [[750, 370], [0, 200], [200, 0]],
    [[-9000, -5000], [10, 0], [0, 10], [-10, -10]],
    polygons=[[[0, ~1]], [[2]]],
)


def test_rings_are_joined_from_their_arcs_and_cut_to_these_islands():
    (ring,) = land_rings(SQUARE)
    expected = [(-2.5, 52.7), (-0.5, 52.7), (-0.5, 54.7), (-2.5, 54.7)]
    assert [(round(x, 6), round(y, 6)) for x, y in ring] == expected
    assert is_inside((-1.55, 53.8), ring)


@pytest.fixture
def data(tmp_path, monkeypatch) -> Path:
    """A folder with a small pack of postcodes and a table of one town, in place of places/data."""
    folder: Path = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setattr(f"{COMMAND}.PACK", folder / "postcodes.xz")
    monkeypatch.setattr(f"{COMMAND}.TOWNS_FILE", folder / "towns.csv")
    monkeypatch.setattr(f"{COMMAND}.GROUND", folder / "ground.xz")
    monkeypatch.setattr(f"{COMMAND}.COAST", folder / "coast.xz")
    write_pack(positions_at([SAMPLE_POINT] * 5), folder / "postcodes.xz", {})
    (folder / "towns.csv").write_text(",".join(TOWN_COLUMNS) + "\n")
    (tmp_path / "land.json").write_text(json.dumps(SQUARE))
    return folder


def test_the_command_makes_the_ground_and_the_coast(tmp_path, data):
    out = io.StringIO()
    call_command("pack_ground", str(tmp_path / "land.json"), stdout=out)
    assert out.getvalue().startswith("1 pieces of land with 4 points in ")
    assert "1 built-up cells and 0 dry ones in " in out.getvalue()
    (ring,) = read_coast(data / "coast.xz")
    assert len(ring.points) == 4
    assert is_set(read_ground(data / "ground.xz").levels[0], *SAMPLE_POINT)


def test_without_natural_earth_the_coast_stays_as_it_is(tmp_path, data):
    call_command("pack_ground", str(tmp_path / "land.json"), stdout=io.StringIO())
    before = (data / "coast.xz").read_bytes()
    (data / "ground.xz").unlink()
    call_command("pack_ground", stdout=io.StringIO())
    assert (data / "coast.xz").read_bytes() == before
    assert (data / "ground.xz").exists()


def test_without_a_coast_the_command_says_what_is_missing(data):
    with pytest.raises(CommandError, match=r"coast\.xz cannot be read"):
        call_command("pack_ground")
    assert not (data / "ground.xz").exists()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param("[]", id="a list"),
        pytest.param("{}", id="no objects"),
        pytest.param('{"objects": {"countries": {}}}', id="no land"),
        pytest.param(json.dumps(SQUARE | {"arcs": []}), id="arcs missing"),
        pytest.param(json.dumps({k: v for k, v in SQUARE.items() if k != "transform"}), id="not quantized"),
    ],
)
def test_another_file_is_refused_and_nothing_is_changed(tmp_path, data, content):
    (tmp_path / "land.json").write_text(content)
    with pytest.raises(CommandError, match=r"land\.json is not a TopoJSON of land"):
        call_command("pack_ground", str(tmp_path / "land.json"))
    assert not (data / "coast.xz").exists()
    assert not (data / "ground.xz").exists()


def test_a_missing_file_is_named(data):
    with pytest.raises(CommandError, match=r"nowhere\.json"):
        call_command("pack_ground", "nowhere.json")
