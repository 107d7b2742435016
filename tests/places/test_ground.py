import lzma
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from places import ground as module
from places.coast import Box
from places.ground import (
    CELL_HEIGHT,
    CELL_WIDTH,
    COLUMNS,
    GROUND,
    LEVELS,
    ROWS,
    SOUTH,
    WEST,
    Ground,
    GroundError,
    dry_outlines,
    ground,
    outlines,
    read_ground,
    trace,
    window,
    write_ground,
)
from tests.places.shapes import is_inside

small_grids = st.lists(st.integers(0, 2**8 - 1), min_size=1, max_size=8).map(
    # With the empty row and column around it that ``window`` puts there.
    lambda rows: [0, *(row << 1 for row in rows), 0]
)


@settings(max_examples=300)
@given(small_grids)
def test_outlines_hold_the_middle_of_every_set_cell_and_of_no_other(rows):
    found = trace(rows)
    for y, row in enumerate(rows):
        for x in range(10):
            inside = sum(is_inside((2 * x + 1, 2 * y + 1), outline) for outline in found) % 2 == 1
            assert inside == bool(row >> x & 1), (x, y)


@settings(max_examples=300)
@given(small_grids)
def test_outlines_are_closed_and_have_no_point_on_a_straight_line(rows):
    for outline in trace(rows):
        assert len(outline) >= 4
        assert len(set(outline)) == len(outline)
        for (ax, ay), (bx, by), (cx, cy) in zip(
            outline, [*outline[1:], outline[0]], [*outline[2:], *outline[:2]], strict=True
        ):
            assert (bx - ax) * (cy - by) != (by - ay) * (cx - bx)


def test_nothing_built_has_no_outline():
    assert trace([0, 0, 0]) == []


def test_cells_that_touch_at_a_corner_stay_apart():
    assert len(trace([0, 0b0010, 0b0100, 0])) == 2


def test_a_hole_is_an_outline_of_its_own():
    assert len(trace([0, 0b01110, 0b01010, 0b01110, 0])) == 2


def empty() -> Ground:
    return Ground([[0] * (ROWS >> number) for number in range(LEVELS)], [0] * ROWS)


@pytest.fixture
def one_cell(monkeypatch) -> tuple[float, float]:
    """A ground with one built-up cell in each level, and one dry cell; its middle, in degrees."""
    row, column = 1600, 1344
    held = empty()
    for number, level in enumerate(held.levels):
        level[row >> number] = 1 << (column >> number)
    held.dry[row] = 1 << column
    monkeypatch.setattr(module, "ground", lambda: held)
    return SOUTH + (row + 0.5) * CELL_HEIGHT, WEST + (column + 0.5) * CELL_WIDTH


@pytest.mark.parametrize("level", [-1, 0, 1, 2, 3, 4, 9])
def test_a_cell_is_where_it_lies_at_every_level(one_cell, level):
    latitude, longitude = one_cell
    box = Box(latitude - 0.5, longitude - 0.5, latitude + 0.5, longitude + 0.5)
    (outline,) = outlines(box, level)
    assert min(y for _, y in outline) < latitude < max(y for _, y in outline)
    assert min(x for x, _ in outline) < longitude < max(x for x, _ in outline)
    size = 2 ** min(max(level, 0), 4)
    assert max(y for _, y in outline) - min(y for _, y in outline) == pytest.approx(CELL_HEIGHT * size)
    assert max(x for x, _ in outline) - min(x for x, _ in outline) == pytest.approx(CELL_WIDTH * size)


def test_a_dry_cell_is_where_it_lies(one_cell):
    latitude, longitude = one_cell
    (outline,) = dry_outlines(Box(latitude - 0.1, longitude - 0.1, latitude + 0.1, longitude + 0.1))
    assert is_inside((longitude, latitude), outline)


def test_a_box_beside_it_has_nothing(one_cell):
    latitude, longitude = one_cell
    assert outlines(Box(latitude + 0.2, longitude - 0.1, latitude + 0.3, longitude + 0.1), 0) == []
    assert outlines(Box(latitude - 0.1, longitude + 0.2, latitude + 0.1, longitude + 0.3), 0) == []


@pytest.mark.parametrize(
    "box",
    [
        Box(0, 0, 1, 1),
        Box(80, 0, 81, 1),
        Box(53, 100, 54, 101),
        Box(53, -100, 54, -99),
        Box(-90, -180, 90, 180),
    ],
)
@pytest.mark.parametrize("level", range(LEVELS))
def test_a_box_beyond_the_grid_is_cut_to_it(box, level):
    cells = window(box, empty().levels[level], level)
    assert len(cells.rows) <= (ROWS >> level) + 2
    assert not any(cells.rows)


def test_what_is_written_comes_back_as_it_was(tmp_path):
    held = empty()
    for number, level in enumerate(held.levels):
        level[0], level[-1] = 1, 1 << (COLUMNS >> number) - 1
        level[7] = 0b1011
    held.dry[3] = 0b101
    size = write_ground(held, tmp_path / "ground.xz", {"from": "a test"})
    assert size == (tmp_path / "ground.xz").stat().st_size
    assert read_ground(tmp_path / "ground.xz") == held


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"not packed", id="plain text"),
        pytest.param(lzma.compress(b""), id="nothing in it"),
        pytest.param(lzma.compress(b"\xff\n"), id="not even text in it"),
        pytest.param(lzma.compress(b"[]\n"), id="a list for its first line"),
        pytest.param(lzma.compress(b'{"format": "ground 1"}\n'), id="no number of levels"),
        pytest.param(lzma.compress(b'{"format": "ground 1", "levels": 5}\n' + bytes(9)), id="too short"),
        pytest.param(lzma.compress(b'{"format": "ground 2", "levels": 5}\n'), id="a later format"),
    ],
)
def test_what_is_no_ground_is_refused(tmp_path, content):
    (tmp_path / "other.xz").write_bytes(content)
    with pytest.raises(GroundError, match=r"other\.xz .*pack_ground"):
        read_ground(tmp_path / "other.xz")


def test_a_missing_ground_is_refused(tmp_path):
    with pytest.raises(GroundError, match=r"missing\.xz .*pack_ground"):
        read_ground(tmp_path / "missing.xz")


def test_the_committed_ground_is_small_in_the_repository_and_in_memory():
    held = read_ground()
    assert GROUND.stat().st_size < 150_000
    # Empty rows are all one and the same number.
    rows = {id(row): row for grid in (*held.levels, held.dry) for row in grid}
    assert sum(map(sys.getsizeof, rows.values())) < 1_100_000


def is_built_up(latitude: float, longitude: float, level: int = 0) -> bool:
    row = int((latitude - SOUTH) / CELL_HEIGHT / 2**level)
    column = int((longitude - WEST) / CELL_WIDTH / 2**level)
    return bool(ground().levels[level][row] >> column & 1)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        pytest.param(51.5074, -0.1278, id="London"),
        pytest.param(53.7997, -1.5492, id="Leeds"),
        pytest.param(50.1180, -5.5370, id="Penzance"),
        pytest.param(60.1550, -1.1450, id="Lerwick"),
        pytest.param(55.8611, -4.2500, id="Glasgow"),
        pytest.param(51.4816, -3.1791, id="Cardiff"),
        # From the table of towns: there are no open postcodes.
        pytest.param(54.5970, -5.9300, id="Belfast"),
        pytest.param(54.9966, -7.3086, id="Derry"),
        pytest.param(54.1500, -4.4833, id="Douglas"),
        pytest.param(49.1880, -2.1049, id="Saint Helier"),
        pytest.param(49.4598, -2.5353, id="Saint Peter Port"),
    ],
)
def test_the_middle_of_a_town_is_built_up(latitude, longitude):
    assert is_built_up(latitude, longitude)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        pytest.param(53.3850, -1.8800, id="Kinder Scout"),
        pytest.param(57.0700, -3.6700, id="the Cairngorms"),
        pytest.param(55.0000, 1.0000, id="the North Sea"),
        pytest.param(51.5073, -0.1657, id="Hyde Park"),
        pytest.param(54.7300, -6.4000, id="Lough Neagh"),
        pytest.param(54.2600, -4.4600, id="Snaefell"),
    ],
)
def test_hills_parks_and_water_are_not(latitude, longitude):
    assert not is_built_up(latitude, longitude)


def test_wider_levels_have_fewer_cells():
    built = [sum(row.bit_count() for row in level) for level in ground().levels]
    assert built == sorted(built, reverse=True)
    assert built[-1] > 1000
    assert is_built_up(51.5074, -0.1278, LEVELS - 1)
    # A village is ground on a near map alone.
    assert is_built_up(54.0622, -2.1538)
    assert not is_built_up(54.0622, -2.1538, 3)
