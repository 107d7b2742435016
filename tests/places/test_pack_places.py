import csv
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from places.pack import read_pack
from places.postcodes import text_of_key
from places.towns import Town, read_towns
from tests.places.archives import LEEDS, WITHOUT_POSITION, make_archive

COMMAND = "places.management.commands.pack_places"
ISLE_OF_WIGHT = '"PO30 1AA",10,450000,89000,"E92000001","","","","E06000046","E05000001"'
WALES = '"NP20 1AA",10,331000,188000,"W92000004","","","","W06000022","W05000001"'
KENT = '"CT14 6AA",10,637000,152500,"E92000001","","","E10000016","E07000108","E05000002"'
DISTRICTS = {
    "CTY": [("Kent County", "E10000016")],
    "DIS": [("Dover District", "E07000108")],
    "LBO": [("City of Westminster London Boro", "E09000033")],
    "MTD": [("Leeds District (B)", "E08000035")],
    "UTA": [("Isle of Wight", "E06000046"), ("Casnewydd - Newport", "W06000022")],
}
# As extracted from GeoNames.
COLUMNS = (
    "geonameid",
    "name",
    "country",
    "admin1",
    "latitude",
    "longitude",
    "population",
    "alternate_names",
)
PLACES = [
    ("1", "Leeds", "GB", "ENG", "53.79648", "-1.54785", "516298", "LBA|Leeds|Liids|lidz"),
    ("2", "Newport", "GB", "WLS", "51.58774", "-2.99835", "161506", "Casnewydd|XNE"),
    ("3", "Newport", "GB", "ENG", "50.70146", "-1.29124", "24884", ""),
    ("4", "Deal", "GB", "ENG", "51.22322", "1.40430", "20823", ""),
    ("5", "Bangor", "GB", "NIR", "54.66079", "-5.66802", "60385", ""),
    ("6", "Douglas", "IM", "", "54.15000", "-4.48333", "26218", "Doolish"),
]


@pytest.fixture
def archive(tmp_path) -> Path:
    path = make_archive(tmp_path / "codepo_gb.zip", [*LEEDS, ISLE_OF_WIGHT, WALES, KENT], WITHOUT_POSITION)
    book = openpyxl.Workbook()
    for name, rows in DISTRICTS.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    codelist = io.BytesIO()
    book.save(codelist)
    with zipfile.ZipFile(path, "a") as zipped:
        zipped.writestr("Doc/Codelist.xlsx", codelist.getvalue())
        zipped.writestr("Doc/metadata.txt", "ORDNANCE SURVEY\r\nDATASET VERSION NUMBER: 2025.2.0\r\n")
    return path


@pytest.fixture
def places_csv(tmp_path) -> Path:
    path: Path = tmp_path / "places.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *PLACES])
    return path


@pytest.fixture
def data(tmp_path, monkeypatch) -> Path:
    """Where the command writes, in place of places/data."""
    folder: Path = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setattr(f"{COMMAND}.PACK", folder / "postcodes.xz")
    monkeypatch.setattr(f"{COMMAND}.TOWNS_FILE", folder / "towns.csv")
    return folder


@pytest.fixture
def towns(archive, places_csv, data) -> dict[str, Town]:
    call_command("pack_places", str(archive), str(places_csv), stdout=io.StringIO())
    return {town.label: town for town in read_towns(data / "towns.csv")}


def test_the_pack_holds_the_archive_s_postcodes(archive, data):
    out = io.StringIO()
    call_command("pack_places", str(archive), stdout=out)
    positions = read_pack(data / "postcodes.xz")
    assert sorted(map(text_of_key, positions.keys)) == [
        "CT14 6AA",
        "LS1 4AP",
        "LS1 5AA",
        "LS2 7HY",
        "NP20 1AA",
        "PO30 1AA",
    ]
    assert out.getvalue().startswith("6 postcodes in ")
    assert "1 without a position (quality 90) left out." in out.getvalue()
    # The towns stay as they are where GeoNames' file is not given.
    assert not (data / "towns.csv").exists()


def test_towns_of_one_name_are_told_apart_by_where_they_lie(towns):
    assert list(towns) == [
        "Leeds",
        "Newport, Wales",
        "Bangor, Northern Ireland",
        "Douglas, Isle of Man",
        "Newport, Isle of Wight",
        "Deal, Kent",
    ]
    assert len({town.slug for town in towns.values()}) == 6


def test_a_town_has_the_areas_of_its_nearest_postcode(towns):
    leeds, deal = towns["Leeds"], towns["Deal, Kent"]
    assert (leeds.district, leeds.county, leeds.country) == ("Leeds", "West Yorkshire", "England")
    assert (leeds.outward, leeds.population) == ("LS1", 516_298)
    assert (deal.district, deal.county, deal.outward) == ("Dover", "Kent", "CT14")
    assert towns["Newport, Wales"].district == "Newport"
    assert towns["Newport, Isle of Wight"].district == "Isle of Wight"


def test_a_town_outside_great_britain_has_its_country_alone(towns):
    bangor = towns["Bangor, Northern Ireland"]
    assert (bangor.district, bangor.county, bangor.outward) == ("", "", "")
    assert bangor.country == "Northern Ireland"
    assert towns["Douglas, Isle of Man"].country == "Isle of Man"


def test_other_names_are_those_that_people_might_type(towns):
    assert towns["Newport, Wales"].other_names == ("Casnewydd",)
    assert towns["Leeds"].other_names == ("Liids",)


def test_a_broken_archive_leaves_the_pack_as_it_is(archive, data):
    archive.write_bytes(archive.read_bytes()[:200])
    (data / "postcodes.xz").write_bytes(b"the old pack")
    with pytest.raises(CommandError, match="not a whole zip archive"):
        call_command("pack_places", str(archive))
    assert (data / "postcodes.xz").read_bytes() == b"the old pack"
