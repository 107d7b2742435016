"""Reading OS Code-Point Open as its publisher ships it (a zip of CSV files without headers)."""

import csv
import io
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from places.postcodes import postcode_key

# The second line of Doc/Code-Point_Open_Column_Headers.csv.
COLUMNS = [
    "Postcode",
    "Positional_quality_indicator",
    "Eastings",
    "Northings",
    "Country_code",
    "NHS_regional_HA_code",
    "NHS_HA_code",
    "Admin_county_code",
    "Admin_district_code",
    "Admin_ward_code",
]
NO_POSITION = "90"
E4 = 10_000
# Great Britain with Shetland and Scilly: a position outside this box is not British.
_BOX_E4 = (49 * E4, 61 * E4, -9 * E4, 2 * E4)


class ArchiveError(Exception):
    """The archive is not a whole, readable Code-Point Open; the message says what is wrong with it."""


class Positions(NamedTuple):
    """Postcodes in key order: three arrays of one length, positions in 1/10,000 of a degree (WGS 84)."""

    keys: array
    latitudes_e4: array
    longitudes_e4: array


class Archive(NamedTuple):
    positions: Positions
    without_position: int
    county_and_district: dict[int, tuple[str, str]]


def read_archive(path: Path, progress: Callable[[int], Any] = lambda _: None) -> Archive:
    """Read every postcode that has a position, sorted by key.

    ``progress`` is told the bytes of each file as it has been read.
    Raises ArchiveError for a truncated archive, other columns or a row that cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(archive, progress)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ArchiveError(f"{path.name} is not a whole zip archive ({error}). Download it again.") from error
    except KeyError as error:
        raise ArchiveError(f"{path.name} lacks a file that Code-Point Open has: {error}.") from error
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read: {error.strerror or error}.") from error
    except csv.Error as error:
        raise ArchiveError(f"{path.name} has a line that is not CSV ({error}).") from error
    except UnicodeDecodeError as error:
        raise ArchiveError(f"{path.name} has text that is not plain ASCII ({error}).") from error


def data_files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [
        info
        for info in archive.infolist()
        if info.filename.startswith("Data/CSV/") and info.filename.endswith(".csv")
    ]


def _read(archive: zipfile.ZipFile, progress: Callable[[int], Any]) -> Archive:
    headers = archive.read("Doc/Code-Point_Open_Column_Headers.csv").decode("ascii").splitlines()
    if len(headers) < 2 or headers[1].strip().split(",") != COLUMNS:
        raise ArchiveError(
            f"The columns are not those of Code-Point Open: expected {', '.join(COLUMNS)}; "
            f"found {', '.join(headers[1:2]) or 'none'}."
        )
    files = data_files(archive)
    if not files:
        raise ArchiveError("There is no file Data/CSV/*.csv in the archive.")
    keys: list[int] = []
    eastings, northings = array("d"), array("d")
    areas: dict[int, tuple[str, str]] = {}
    without_position = 0
    for info in files:
        with archive.open(info) as file:
            for line, row in _rows(info.filename, file):
                if row[1] == NO_POSITION:
                    without_position += 1
                    continue
                try:
                    compact = row[0].replace(" ", "")
                    if not (5 <= len(compact) <= 7 and compact.isalnum()):
                        raise ValueError(f"{row[0]!r} is not a postcode")
                    key = postcode_key(compact)
                    eastings.append(float(row[2]))
                    northings.append(float(row[3]))
                except ValueError as error:
                    raise ArchiveError(f"{info.filename}, line {line}: {error}.") from error
                keys.append(key)
                areas[key] = (row[7], row[8])
        progress(info.file_size)
    if len(areas) != len(keys):
        raise ArchiveError(f"{len(keys) - len(areas)} postcodes are in the archive twice.")
    return Archive(_sorted_positions(keys, eastings, northings), without_position, areas)


def _rows(name: str, file: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
    for line, row in enumerate(csv.reader(io.TextIOWrapper(file, encoding="ascii")), start=1):
        if len(row) != len(COLUMNS):
            raise ArchiveError(f"{name}, line {line}: {len(row)} columns, not {len(COLUMNS)}.")
        yield line, row


def _sorted_positions(keys: list[int], eastings: array, northings: array) -> Positions:
    """British National Grid to WGS 84 degrees.

    Without PROJ's downloadable grid this is the published seven-parameter shift, good to
    about 5 m, which is finer than the 10 m kept here.
    """
    import pyproj

    pyproj.network.set_network_enabled(active=False)
    to_degrees = pyproj.Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)
    to_degrees.transform(eastings, northings, inplace=True)
    south, north, west, east = _BOX_E4
    order = sorted(range(len(keys)), key=keys.__getitem__)
    positions = Positions(array("q"), array("i"), array("i"))
    for index in order:
        if not (south <= northings[index] * E4 <= north and west <= eastings[index] * E4 <= east):
            raise ArchiveError(
                f"A position lies outside Great Britain: {northings[index]:.4f}, {eastings[index]:.4f}. "
                "Are eastings and northings in their columns?"
            )
        latitude, longitude = round(northings[index] * E4), round(eastings[index] * E4)
        positions.keys.append(keys[index])
        positions.latitudes_e4.append(latitude)
        positions.longitudes_e4.append(longitude)
    return positions
