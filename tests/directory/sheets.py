"""What an editor does with a spreadsheet: fill it in, send it, read what it would do, and confirm."""

import csv
import io
from typing import Any

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from directory.models import Clinic, Physiotherapist, SearchPoint
from tests.factories import make_clinic, make_page
from tests.markup import Element, filled_in, page_of

PEOPLE, CLINICS = "/admin/directory/physiotherapist/", "/admin/directory/clinic/"
PERSON: dict[str, Any] = {
    "HCPC number": "PH12345",
    "Name": "Ada Example",
    "Registration checked on": "2026-06-01",
    "Next check due": "2027-05-31",
}
CLINIC: dict[str, Any] = {"Name": "Aire Rooms", "Address": "3 Sample Road, Leeds", "Postcode": "LS1 4AP"}


def table(*rows: dict[str, Any]) -> list[list[Any]]:
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    return [headings, *([row.get(heading, "") for heading in headings] for row in rows)]


def csv_of(*rows: dict[str, Any], encoding: str = "utf-8") -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(table(*rows))
    return stream.getvalue().encode(encoding)


def xlsx_of(*rows: dict[str, Any]) -> bytes:
    book = openpyxl.Workbook()
    for row in table(*rows):
        book.worksheets[0].append(row)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def send(client: Client, where: str, data: bytes, name: str = "rows.csv") -> Any:
    response = client.post(f"{where}import/", {"file": SimpleUploadedFile(name, data)})
    assert response.status_code == 200, response
    return read_out(response)


def read_out(response: Any) -> Any:
    """The same with a ``content``, also where the answer comes bit by bit."""
    if not response.streaming:
        return response
    return HttpResponse(b"".join(response), status=response.status_code, headers=response.headers)


class Preview:
    """The page that says what a file would do."""

    def __init__(self, response: Any) -> None:
        self.page = page_of(response)
        self.text = self.page.one("main").text

    @property
    def rows(self) -> dict[str, list[str]]:
        """The rows of each kind, as they are told."""
        found = {}
        for kind in ("New", "The same"):
            lists = [
                element
                for element in self.page.all("ul", class_="rows")
                if _heading_of(element).startswith(kind)
            ]
            found[kind] = [item.text for element in lists for item in element.all("li")]
        for kind in ("Wrong", "Changed"):
            regions = self.page.all("div", class_="scrolls", aria_labelledby=kind.lower())
            found[kind] = [row.text for region in regions for row in region.one("tbody").all("tr")]
        return {kind: rows for kind, rows in found.items() if rows}

    @property
    def wrong(self) -> list[str]:
        assert self.page.one("title").text.startswith("Error: ")
        assert not self.page.all("form", class_="confirm")
        return self.rows["Wrong"]

    @property
    def confirm(self) -> Element:
        return self.page.one("form", class_="confirm")


def _heading_of(element: Element) -> str:
    """The words before a list: its h3, or the summary that opens it."""
    assert element.parent
    if element.parent.tag == "details":
        return element.parent.one("summary").text
    before = [child for child in element.parent.children if isinstance(child, Element)]
    return before[before.index(element) - 1].text


def preview(client: Client, where: str, data: bytes, name: str = "rows.csv") -> Preview:
    return Preview(send(client, where, data, name))


def refused(client: Client, where: str, data: bytes, name: str = "rows.csv") -> str:
    """What is said of a file that cannot be read at all."""
    page = page_of(send(client, where, data, name))
    assert page.one("title").text.startswith("Error: ")
    assert not page.all("form", class_="confirm")
    return page.one("ul", class_="errorlist").text


def confirm(client: Client, seen: Preview, **values: Any) -> Any:
    form = seen.confirm
    return read_out(client.post(form["action"], filled_in(form) | values))


def take_in(client: Client, where: str, data: bytes, name: str = "rows.csv") -> str:
    """Send a file, confirm it, and read what is said then."""
    response = confirm(client, preview(client, where, data, name))
    assert response.status_code == 302, Preview(response).text
    return page_of(client.get(response.headers["Location"])).one("ul", class_="messagelist").text


def export(client: Client, where: str, kind: str, **values: Any) -> bytes:
    """``kind`` is csv or xlsx."""
    address = f"{where}export/"
    form = next(form for form in page_of(client.get(address)).all("form") if form.all("input", name="format"))
    labels = {label["for"]: label.text for label in form.all("label")}
    number = next(
        choice["value"] for choice in form.all("input", name="format") if kind in labels[choice["id"]].lower()
    )
    response = client.post(address, {"format": number} | values)
    assert response.status_code == 200
    assert response.headers["Content-Disposition"].endswith(f'.{kind}"')
    return response.content


def exported(client: Client, where: str, kind: str, **values: Any) -> list[dict[str, Any]]:
    """The rows of an export, as a programme that opens it finds them."""
    data = export(client, where, kind, **values)
    if kind == "csv":
        lines: list[Any] = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    else:
        lines = [list(row) for row in openpyxl.load_workbook(io.BytesIO(data)).worksheets[0].values]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


def everything() -> dict[str, Any]:
    """All that an import may touch."""
    models: list[Any] = [
        Clinic,
        Physiotherapist,
        SearchPoint,
        Physiotherapist.clinics.through,
        Physiotherapist.conditions_treated.through,
        Clinic.history.model,
        Physiotherapist.history.model,
        Physiotherapist.history.model.clinics.model,
    ]
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


ALL_OF_A_CLINIC = CLINIC | {
    "Telephone": "+44 113 496 0001",
    "Pin set by hand": "no",
    "Access stated on": "05/01/2026",
    "Steps at the way in": "0",
    "Way to the rooms": "by lift",
    "Narrowest door in cm": "90",
    "Parking": "bay",
    "Metres from the parking": "40",
    "Hoist": "no",
    "Hearing loop": "Yes",
    "Quiet room": "",
    "More on access": "Ring the bell.",
}


ALL_OF_A_PERSON = PERSON | {
    "Gender": "female",
    "Listed": "yes",
    "Specialisms": "Sports injuries; neuro",
    "Conditions treated": "neck-pain; low-back-pain",
    "Languages": "Welsh;english",
    "Clinics": "aire rooms, ls14ap; Foss House, YO1 7HH",
    "Sees patients online": "yes",
    "Evening appointments": "no",
    "Weekend appointments": "Y",
    "Home visits": "yes",
    "Base for home visits": "ls27ue",
    "Visits homes within miles": "5",
    "Travel fee": "£10",
    "Hoist at home": "yes",
    "Telephone": "07700 900123",
    "E-mail": "ada@example.com",
    "Website": "ada.example.org",
    "Fee for a first appointment": "60",
    "Fee for a follow-up": "45.5",
    "Fee online": "",
    "Fee for a home visit": "80.00",
    "Insurers": "Bupa; AXA Health",
    "Biography": "<p>Likes walking.</p>\n<p>And swimming.</p>",
}


def file_of(kind: str, *rows: dict[str, Any]) -> bytes:
    return csv_of(*rows) if kind == "csv" else xlsx_of(*rows)


def two_clinics_and_conditions() -> None:
    make_clinic("LS1 4AP", name="Aire Rooms")
    make_clinic("YO1 7HH", name="Foss House")
    make_page("neck-pain")
    make_page("low-back-pain")
