import json
import lzma
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from places.codepoint import E4, Positions
from places.distance import great_circle_miles
from places.locate import locate_postcode
from places.pack import PACK, PackError, read_pack, write_pack
from places.postcodes import postcode_key, text_of_key

METRES_PER_MILE = 1609.344
HIGHEST_KEY = postcode_key("ZZ99ZZZ")

rows = st.lists(
    st.tuples(st.integers(0, HIGHEST_KEY), st.integers(49 * E4, 61 * E4), st.integers(-9 * E4, 2 * E4)),
    unique_by=lambda row: row[0],
    max_size=60,
).map(sorted)


def positions_of(rows: list[tuple[int, int, int]]) -> Positions:
    return Positions(
        array("q", (row[0] for row in rows)),
        array("i", (row[1] for row in rows)),
        array("i", (row[2] for row in rows)),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("packs")


@settings(max_examples=40, deadline=None)
@given(rows)
def test_what_is_packed_comes_back_as_it_was(folder, rows):
    positions = positions_of(rows)
    size = write_pack(positions, folder / "pack.xz", {"edition": "2025.2.0"})
    assert size == (folder / "pack.xz").stat().st_size
    assert read_pack(folder / "pack.xz") == positions


def test_the_first_line_of_a_pack_says_what_it_is(folder):
    write_pack(positions_of([(1, 500_000, 0)]), folder / "about.xz", {"edition": "2025.2.0"})
    header = lzma.decompress((folder / "about.xz").read_bytes()).partition(b"\n")[0]
    about = json.loads(header)
    assert about["edition"] == "2025.2.0"
    assert about["count"] == 1


def packed(header: object, planes: bytes = b"") -> bytes:
    return lzma.compress(json.dumps(header).encode() + b"\n" + planes)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"LS1 4AP,53.7955,-1.5557\n", id="plain text"),
        pytest.param(lzma.compress(b""), id="nothing in it"),
        pytest.param(lzma.compress(b"LS1 4AP,53.7955,-1.5557\n"), id="text in it"),
        pytest.param(lzma.compress(b"\xff\xfe\n"), id="not even text in it"),
        pytest.param(packed({"format": "postcodes 2", "count": 0}), id="a later format"),
        pytest.param(packed({"count": 0}), id="no format"),
        pytest.param(packed({"format": "postcodes 1"}), id="no count"),
        pytest.param(packed({"format": "postcodes 1", "count": 2}, bytes(16)), id="too few rows"),
        pytest.param(packed({"format": "postcodes 1", "count": 1}, bytes(32)), id="too many rows"),
        pytest.param(packed({"format": "postcodes 1", "count": 1}, bytes(15)), id="half a row"),
        pytest.param(packed(["postcodes 1", 0]), id="a list for its first line"),
        pytest.param(packed({"format": "postcodes 1", "count": None}), id="a count of nothing"),
    ],
)
def test_what_is_no_pack_is_refused(tmp_path, content):
    path = tmp_path / "other.xz"
    path.write_bytes(content)
    with pytest.raises(PackError, match=r"other\.xz .*pack_places"):
        read_pack(path)


def test_a_missing_pack_is_refused(tmp_path):
    with pytest.raises(PackError, match=r"missing\.xz .*pack_places"):
        read_pack(tmp_path / "missing.xz")


@pytest.mark.parametrize("part", [0.001, 0.5, 0.999])
def test_the_committed_pack_cut_short_is_refused(tmp_path, part):
    whole = PACK.read_bytes()
    path = tmp_path / "short.xz"
    path.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(PackError, match=r"short\.xz"):
        read_pack(path)


def test_the_committed_pack_holds_every_postcode_of_may_2025_in_order(held):
    assert len(held.keys) == len(held.latitudes_e4) == len(held.longitudes_e4) == 1_742_638
    assert all(before < after for before, after in zip(held.keys, held.keys[1:], strict=False))
    assert (text_of_key(held.keys[0]), text_of_key(held.keys[-1])) == ("B1 1AY", "YO90 1YB")


def test_the_committed_pack_is_small_enough_for_git():
    assert PACK.stat().st_size < 5_000_000


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("postcode", "latitude", "longitude"),
    [
        pytest.param("SW1A 1AA", 51.5010, -0.1416, id="Buckingham Palace"),
        pytest.param("SW1A 0AA", 51.4998, -0.1247, id="Houses of Parliament"),
        pytest.param("WC1B 3DG", 51.5194, -0.1270, id="British Museum"),
        pytest.param("SE1 9TG", 51.5076, -0.0994, id="Tate Modern"),
        pytest.param("NW1 2DB", 51.5299, -0.1277, id="British Library"),
        pytest.param("E14 5AB", 51.5049, -0.0197, id="One Canada Square"),
        pytest.param("M16 0RA", 53.4631, -2.2913, id="Old Trafford"),
        pytest.param("M32 0JG", 53.4557, -2.3028, id="Stretford"),
        pytest.param("L4 0TH", 53.4308, -2.9608, id="Anfield"),
        pytest.param("LS1 3AD", 53.8003, -1.5497, id="Leeds Town Hall"),
        pytest.param("YO1 7HH", 53.9623, -1.0819, id="York Minster"),
        pytest.param("BA1 1LZ", 51.3811, -2.3596, id="Roman Baths"),
        pytest.param("OX49 5NU", 51.6559, -1.0698, id="Oxfordshire"),
        pytest.param("NE30 1DP", 55.0113, -1.4393, id="North Shields"),
        pytest.param("CF10 3RB", 51.4816, -3.1822, id="Cardiff Castle"),
        pytest.param("LL55 2AY", 53.1393, -4.2769, id="Caernarfon Castle"),
        pytest.param("EH8 8DX", 55.9527, -3.1723, id="Holyrood Palace"),
        pytest.param("EH1 1YJ", 55.9500, -3.1903, id="Edinburgh City Chambers"),
        pytest.param("G3 8AG", 55.8686, -4.2906, id="Kelvingrove"),
        pytest.param("TR19 7AA", 50.0657, -5.7130, id="Land's End"),
        pytest.param("TR26 1TG", 50.2147, -5.4822, id="Tate St Ives"),
    ],
)
def test_a_well_known_place_is_where_its_postcode_says(postcode, latitude, longitude):
    place = locate_postcode(postcode)
    miles = great_circle_miles(latitude, longitude, place.latitude, place.longitude)
    assert miles * METRES_PER_MILE < 100
