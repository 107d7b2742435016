"""The packed gazetteer in ``places/data``: small enough for git, quick to unpack.

``postcodes.xz`` holds three columns in key order: keys, latitudes and longitudes. Each column
is the differences from one row to the next (zigzag-coded, so that small ones of either sign
stay small), laid out byte plane by byte plane, which xz compresses to about 2 bytes a postcode.
"""

import json
import lzma
import sys
from array import array
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

from places.codepoint import Positions

PACK = Path(__file__).parent / "data" / "postcodes.xz"
_FORMAT = "postcodes 1"


class PackError(Exception):
    """The pack is missing, cut short or of another format."""


def write_pack(positions: Positions, path: Path, about: dict[str, str | int]) -> int:
    """Write the pack and return its size in bytes. ``about`` is kept as its first line."""
    header = {"format": _FORMAT, "count": len(positions.keys)} | about
    body = b"".join(
        [
            json.dumps(header).encode() + b"\n",
            _planes(array("Q", _zigzag_differences(positions.keys))),
            _planes(array("I", _zigzag_differences(positions.latitudes_e4))),
            _planes(array("I", _zigzag_differences(positions.longitudes_e4))),
        ]
    )
    path.write_bytes(lzma.compress(body, preset=9 | lzma.PRESET_EXTREME))
    return path.stat().st_size


def read_pack(path: Path = PACK) -> Positions:
    """The postcodes of a pack. Raises PackError."""
    try:
        body = lzma.decompress(path.read_bytes())
        header, _, planes = body.partition(b"\n")
        about = json.loads(header)
        kind, count = about["format"], about["count"]
    except (OSError, lzma.LZMAError, ValueError, KeyError, TypeError) as error:
        raise PackError(f"{path.name} cannot be read ({error}). Make it again with pack_places.") from error
    if kind != _FORMAT or not isinstance(count, int) or len(planes) != count * 16:
        raise PackError(f"{path.name} is of another format. Make it again with pack_places.")
    return Positions(
        array("q", accumulate(_unzigzag(_from_planes("Q", planes[: count * 8])))),
        array("i", accumulate(_unzigzag(_from_planes("I", planes[count * 8 : count * 12])))),
        array("i", accumulate(_unzigzag(_from_planes("I", planes[count * 12 :])))),
    )


def _zigzag_differences(values: array) -> Iterator[int]:
    before = 0
    for value in values:
        difference = value - before
        yield difference * 2 if difference >= 0 else -difference * 2 - 1
        before = value


def _unzigzag(values: array) -> Iterator[int]:
    return (value >> 1 if not value & 1 else -(value >> 1) - 1 for value in values)


def _planes(values: array) -> bytes:
    if sys.byteorder == "big":
        values.byteswap()
    raw = values.tobytes()
    return b"".join(raw[plane :: values.itemsize] for plane in range(values.itemsize))


def _from_planes(typecode: str, planes: bytes) -> array:
    values = array(typecode)
    width = values.itemsize
    count = len(planes) // width
    raw = bytearray(len(planes))
    for plane in range(width):
        raw[plane::width] = planes[plane * count : (plane + 1) * count]
    values.frombytes(bytes(raw))
    if sys.byteorder == "big":
        values.byteswap()
    return values
