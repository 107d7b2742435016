"""An import while others save: each waits for the other at most, and the search stays in step.

The other begins while the import is about to finish its first batch, or all. SQLite has one writer at a
time, so the same must hold there in whatever order the two come.
"""

import threading
from typing import Any
from unittest import mock

import pytest
from django.db import DataError, IntegrityError, OperationalError, connection, transaction

from directory.models import Clinic, Correction, Physiotherapist
from directory.spreadsheets import importing, resource
from directory.spreadsheets.importing import Report, keep
from directory.spreadsheets.listings import ClinicResource, PhysiotherapistResource
from directory.spreadsheets.sheet import FOR_ADMIN, read_sheet
from tests.directory.sheets import CLINIC, CLINICS, PERSON, Preview, confirm, csv_of, preview
from tests.directory.table import assert_in_step
from tests.factories import make_clinic, make_physiotherapist, make_user

ON_POSTGRESQL = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer.")


class Meanwhile:
    """Begins ``other`` in a thread when ``module.name`` is called, and gives it time to come to a lock."""

    def __init__(self, module: Any, name: str, other: Any, seconds: float) -> None:
        self.real, self.other, self.seconds = getattr(module, name), other, seconds
        self.thread = threading.Thread(target=self.run)
        self.failed: list[Exception] = []
        self.patch = mock.patch.object(module, name, self)
        self.has_waited = False

    def run(self) -> None:
        try:
            self.other()
        except Exception as error:
            self.failed.append(error)
        finally:
            connection.close()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self.thread.ident:
            self.thread.start()
            self.thread.join(self.seconds)
            self.has_waited = self.thread.is_alive()
        return self.real(*args, **kwargs)

    def keep(self, kind: Any, *rows: dict[str, Any]) -> Report:
        sheet = read_sheet(csv_of(*rows), FOR_ADMIN)
        with self.patch:
            report = keep(kind, sheet, make_user("ann"), "Imported")
        self.thread.join(30)
        assert self.failed == []
        return report


def moved(clinic: Clinic) -> None:
    clinic = Clinic.objects.get(pk=clinic.pk)
    clinic.postcode = "ZE1 0EN"
    clinic.full_clean()
    clinic.save()


@pytest.mark.parametrize("is_new", [True, False])
def test_somebody_comes_to_a_clinic_that_moves(committed_db, is_new):
    clinic = make_clinic("LS1 4AP", name="Aire Rooms")
    if not is_new:
        make_physiotherapist(name="Ada Example", hcpc_number=PERSON["HCPC number"])
    at_the_end = Meanwhile(importing, "_report", lambda: moved(clinic), 1)
    report = at_the_end.keep(PhysiotherapistResource, PERSON | {"Clinics": f"ID {clinic.pk}"})
    assert report.is_kept
    assert Clinic.objects.get().postcode == "ZE1 0EN"
    assert_in_step()


@pytest.mark.parametrize("in_two_batches", [False, True])
def test_a_clinic_is_saved_in_the_form_and_from_a_file(committed_db, monkeypatch, in_two_batches):
    """Neither waits for the other in turn."""
    if in_two_batches:
        monkeypatch.setattr("directory.spreadsheets.resource.BATCH", 1)
        monkeypatch.setattr(ClinicResource._meta, "batch_size", 1)
    clinics = [make_clinic("LS1 4AP", name=name) for name in ("Aire Rooms", "Beck Rooms")]
    make_physiotherapist(tuple(clinics), name="Ada")

    def rung() -> None:
        clinic = Clinic.objects.get(pk=clinics[1].pk)
        clinic.address = "4 Other Road"
        clinic.save()

    before_the_first = Meanwhile(resource, "keep_changed", rung, 1)
    rows = [CLINIC | {"Name": c.name, "Telephone": "0113 496 0001", "Address": c.address} for c in clinics]
    assert before_the_first.keep(ClinicResource, *rows).is_kept
    assert {clinic.phone for clinic in Clinic.objects.all()} <= {"0113 496 0001", ""}
    assert_in_step()


def test_somebody_is_saved_while_another_and_their_clinic_come_from_a_file(committed_db, monkeypatch):
    """People are locked before clinics, over all batches."""
    monkeypatch.setattr("directory.spreadsheets.resource.BATCH", 1)
    monkeypatch.setattr(PhysiotherapistResource._meta, "batch_size", 1)
    clinic = make_clinic("LS1 4AP", name="Aire Rooms")
    people = [make_physiotherapist(name=f"Ada {n}", hcpc_number=f"PH{n}") for n in (1, 2)]

    def joins() -> None:
        with transaction.atomic():
            Physiotherapist.objects.select_for_update(no_key=True).get(pk=people[1].pk).clinics.add(clinic)

    between = Meanwhile(resource, "keep_changed", joins, 1)
    rows = [{"HCPC number": f"PH{n}", "Name": f"Ada {n}", "Clinics": f"ID {clinic.pk}"} for n in (1, 2)]
    assert between.keep(PhysiotherapistResource, *rows).is_kept
    assert clinic.physiotherapists.count() == 2
    assert_in_step()


def test_somebody_joins_a_clinic_while_it_moves_by_a_file(committed_db):
    clinic = make_clinic("LS1 4AP", name="Aire Rooms")
    person = make_physiotherapist(name="Ada")
    before_it = Meanwhile(resource, "keep_changed", lambda: person.clinics.add(clinic.pk), 1)
    row = {"ID": clinic.pk, "Name": "Aire Rooms", "Postcode": "ZE1 0EN"}
    assert before_it.keep(ClinicResource, row).is_kept
    assert clinic.physiotherapists.count() == 1
    assert_in_step()


@ON_POSTGRESQL
@pytest.mark.parametrize("kind", [PhysiotherapistResource, ClinicResource])
def test_no_patient_waits_for_an_import(committed_db, kind):
    clinic = make_clinic("LS1 4AP", name="Aire Rooms", address="x")
    person = make_physiotherapist((clinic,), name="Ada Example", hcpc_number=PERSON["HCPC number"])

    def told() -> None:
        Correction.objects.create(physiotherapist=person, about="contact", message="The telephone number.")
        Physiotherapist.clinics.through.objects.filter(clinic=clinic).count()

    at_the_end = Meanwhile(importing, "_report", told, 10)
    assert at_the_end.keep(kind, PERSON if kind is PhysiotherapistResource else CLINIC).is_kept
    assert not at_the_end.has_waited


class Broken(Exception):
    def __init__(self, **values: Any) -> None:
        super().__init__("PH12345")
        vars(self).update(values)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "cause", "said"),
    [
        (IntegrityError, None, "Somebody changed a listing at this moment."),
        (OperationalError, Broken(sqlstate="40P01"), "Somebody changed a listing at this moment."),
        (OperationalError, Broken(sqlite_errorcode=5), "Somebody changed a listing at this moment."),
        (OperationalError, Broken(sqlstate="53100"), "The site failed"),
        (OperationalError, Broken(sqlite_errorcode=13), "The site failed"),
        (DataError, None, "The site failed"),
    ],
)
def test_what_the_database_refuses_is_told_and_logged_without_what_was_in_the_rows(
    admin_client, monkeypatch, caplog, kind, cause, said
):
    def fail(*args: Any, **kwargs: Any) -> None:
        raise kind(detail) from cause

    detail = "DETAIL: Key (hcpc_number)=(PH12345) already exists."

    seen = preview(admin_client, CLINICS, csv_of(CLINIC))
    monkeypatch.setattr("directory.spreadsheets.resource.keep_new", fail)
    again = Preview(confirm(admin_client, seen))
    assert said in again.text
    assert "Nothing was imported." in again.text
    assert kind.__name__ not in again.text
    assert kind.__name__ in caplog.text
    assert "in fail" in caplog.text
    assert "PH12345" not in caplog.text
    assert not Clinic.objects.exists()
    # Where somebody was in the way, pressing again may do; where the site failed it would not.
    assert bool(again.page.all("form", class_="confirm")) == said.startswith("Somebody")
