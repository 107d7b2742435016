"""Code-Point Open in small: zip archives that look as the publisher's do."""

import zipfile
from collections.abc import Iterable
from pathlib import Path

# Doc/Code-Point_Open_Column_Headers.csv as Ordnance Survey ships it.
HEADERS = (
    b"PC,PQ,EA,NO,CY,RH,LH,CC,DC,WC\r\n"
    b"Postcode,Positional_quality_indicator,Eastings,Northings,Country_code,NHS_regional_HA_code,"
    b"NHS_HA_code,Admin_county_code,Admin_district_code,Admin_ward_code\r\n"
)
AREAS = '"E92000001","E19000001","E18000003","","E08000035","E05011399"'
# As in the edition of May 2025.
LEEDS = [
    f'"LS1 4AP",10,429363,433330,{AREAS}',
    f'"LS1 5AA",10,430042,433605,{AREAS}',
    f'"LS2 7HY",10,430511,433578,{AREAS}',
]
TRAFFORD = ['"M32 0JG",10,379988,395476,"E92000001","E19000001","E18000002","","E08000009","E05015247"']
LERWICK = ['"ZE1 0AA",10,447759,1141280,"S92000003","","S08000026","","S12000027","S13002777"']
WITHOUT_POSITION = ['"AB43 1AJ",90,0,0,"S92000003","","","","",""']


def row(postcode: str, eastings: object = 429363, northings: object = 433330) -> str:
    return f'"{postcode}",10,{eastings},{northings},{AREAS}'


def make_archive(path: Path, *files: Iterable[str], headers: bytes = HEADERS) -> Path:
    """An archive whose first file is Data/CSV/a.csv, the next one b.csv: one for each list of rows."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Data/", "")
        archive.writestr("Data/CSV/", "")
        for letter, rows in zip("abcdef", files, strict=False):
            archive.writestr(f"Data/CSV/{letter}.csv", "".join(f"{line}\r\n" for line in rows))
        if headers:
            archive.writestr("Doc/Code-Point_Open_Column_Headers.csv", headers)
    return path
