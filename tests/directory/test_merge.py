"""Two listings of one person or one clinic become one, and nothing is lost."""

from unittest import mock

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from simple_history.models import HistoricalChanges

from bookings.models import Appointment, Diary, WorkingHours
from directory import merge as merging
from directory.history import newest_record_id
from directory.merge import DERIVED, GONE, merge, rehearse, relations_to_move
from directory.models import Apart, Clinic, Correction, FormerProfile, Merged, Physiotherapist, SearchPoint
from tests.conditions.editing import text_of
from tests.directory.crowd import make_crowd
from tests.directory.forms import url_of
from tests.directory.mergers import merged
from tests.factories import make_clinic, make_page, make_physiotherapist, make_user

pytestmark = pytest.mark.django_db


# --- Every relation is thought of ---


def relations_in_the_whole_project(model):
    """Every field of any table that points to the model, found the other way round: from each table."""
    for other in apps.get_models(include_auto_created=True):
        for field in [*other._meta.concrete_fields, *other._meta.many_to_many]:
            if field.is_relation and field.related_model is model:
                yield other, field


@pytest.mark.parametrize("model", [Physiotherapist, Clinic])
def test_every_relation_to_the_model_moves_or_is_known_not_to(model):
    moved = {(relation.related_model, relation.field.name) for relation in relations_to_move(model)}
    for other, field in relations_in_the_whole_project(model):
        is_history = issubclass(other, HistoricalChanges)
        is_link_of_a_field = bool(other._meta.auto_created)
        if is_history or is_link_of_a_field or other in DERIVED:
            assert (other, field.name) not in moved, (other, field)
        else:
            assert (other, field.name) in moved, (other, field)
    assert moved


def test_what_moves_today_is_this():
    assert {(r.related_model, r.field.name) for r in relations_to_move(Physiotherapist)} == {
        (Correction, "physiotherapist"),
        (FormerProfile, "physiotherapist"),
        (Diary, "physiotherapist"),
        (Appointment, "physiotherapist"),
    }
    assert {(r.related_model, r.field.name) for r in relations_to_move(Clinic)} == {
        (Physiotherapist, "clinics"),
        (WorkingHours, "clinic"),
        (Appointment, "clinic"),
    }


@pytest.fixture
def table_of_appointments():
    """A table of another app that points to both models, as appointments will, one at a time for a person."""

    class Slot(models.Model):
        person = models.ForeignKey(Physiotherapist, on_delete=models.CASCADE, related_name="+")
        clinic = models.ForeignKey(Clinic, null=True, on_delete=models.PROTECT, related_name="slots")
        only = models.OneToOneField(
            Physiotherapist, null=True, on_delete=models.SET_NULL, related_name="slot"
        )
        starts = models.IntegerField()

        class Meta:
            app_label = "directory"
            constraints = [models.UniqueConstraint(fields=["person", "starts"], name="one_at_a_time")]

        def __str__(self):
            return f"at {self.starts}"

    editor = connection.SchemaEditorClass(connection, atomic=False)
    editor.deferred_sql = []
    with connection.cursor() as cursor:
        # In the test's own transaction, which takes it away again.
        cursor.execute(editor.table_sql(Slot)[0])
    apps.clear_cache()
    yield Slot
    del apps.all_models["directory"]["slot"]
    delattr(Physiotherapist, "slot")
    delattr(Clinic, "slots")
    apps.clear_cache()


# --- Nothing is lost ---


def test_a_person_keeps_all_links_corrections_addresses_and_both_histories(ann):
    here, there = make_clinic("LS1 4AP", name="Here"), make_clinic("YO1 7HH", name="There")
    neck, hip = make_page("neck-pain").page, make_page("hip-pain").page
    kept = make_physiotherapist((here,), slug="ada", name="Ada")
    gone = make_physiotherapist((here, there), slug="ada-2", name="Ada Example")
    kept.conditions_treated.set([neck])
    gone.conditions_treated.set([neck, hip])
    notes = [Correction.objects.create(physiotherapist=p, about="fees", message="m") for p in (kept, gone)]
    FormerProfile.objects.create(slug="ada-3", physiotherapist=gone)
    gone_pk, records = gone.pk, gone.history.count()

    report = merged(kept, gone, ann.user)

    assert set(kept.clinics.all()) == {here, there}
    assert set(kept.conditions_treated.all()) == {neck, hip}
    assert set(kept.corrections.all()) == set(notes)
    assert {former.slug for former in kept.former_profiles.all()} == {"ada-2", "ada-3"}
    assert Physiotherapist.objects.count() == 1
    # The search is in step: one row for each place.
    assert {point.clinic for point in SearchPoint.objects.all()} == {here, there}
    # Each history is whole, and tells of the merger.
    history = Physiotherapist.history
    assert history.filter(id=gone_pk).count() == records + 1
    last_of_gone, last_of_kept = (history.filter(id=pk).first() for pk in (gone_pk, kept.pk))
    assert (last_of_gone.history_type, last_of_gone.history_user) == ("-", ann.user)
    assert last_of_kept.history_change_reason == (
        f"Merged: Ada Example ({gone.hcpc_number}) into Ada ({kept.hcpc_number})"
    )
    assert {row.clinic for row in last_of_kept.clinics.all()} == {here, there}
    assert {move.label: move.lines for move in report.moves} == {
        "Corrections": ["Ada Example: A fee is wrong"],
        "Former profiles": ["ada-3"],
        "Clinics": ["There, YO1 7HH"],
        "Conditions treated": ["Condition: hip-pain"],
    }
    assert report.redirects == ["ada-2"]


def test_the_former_address_leads_to_the_profile_that_stayed(client):
    clinic = make_clinic("LS1 4AP")
    kept = make_physiotherapist((clinic,), slug="ada")
    gone = make_physiotherapist((clinic,), slug="ada-2")
    merged(kept, gone)
    response = client.get("/physiotherapists/ada-2/")
    assert (response.status_code, response.headers["Location"]) == (301, "/physiotherapists/ada/")


def test_with_the_others_address_the_own_one_leads_there(client):
    kept = make_physiotherapist((make_clinic(),), slug="ada")
    gone = make_physiotherapist(slug="ada-2")
    report = merged(kept, gone, slug=GONE)
    assert kept.slug == "ada-2" and report.redirects == ["ada"]
    assert client.get("/physiotherapists/ada/").headers["Location"] == "/physiotherapists/ada-2/"
    assert client.get("/physiotherapists/ada-2/").status_code == 200


def test_a_third_merger_leads_all_the_way(client):
    clinic = make_clinic("LS1 4AP")
    first, second, third = (make_physiotherapist((clinic,), slug=f"ada-{n}") for n in (1, 2, 3))
    by = make_user("somebody")
    merged(second, first, by)
    merged(third, second, by)
    assert client.get("/physiotherapists/ada-1/").headers["Location"] == "/physiotherapists/ada-3/"


def test_a_clinic_keeps_its_people_and_their_histories_tell_it(ann):
    kept, gone = make_clinic("LS1 4AP", name="Aire Rooms"), make_clinic("LS1 4AP", name="Aire Clinic")
    both = make_physiotherapist((kept, gone), name="Both")
    only = make_physiotherapist((gone,), name="Only")
    (loaded,) = make_crowd(1, gone, name="Loaded")
    merged(kept, gone, ann.user)
    assert set(kept.physiotherapists.all()) == {both, only, loaded}
    assert SearchPoint.objects.count() == 3
    assert not Clinic.objects.filter(name="Aire Clinic").exists()
    for person in (only, loaded):
        text = text_of(ann.get(url_of(person, "history")))
        assert "Clinics removed: Aire Clinic, LS1 4AP (deleted) added: Aire Rooms, LS1 4AP" in text
        assert "changed by ann Merged: Aire Clinic, LS1 4AP into Aire Rooms, LS1 4AP" in text


def test_a_table_that_comes_later_is_moved_without_a_word_of_code(table_of_appointments):
    slot = table_of_appointments
    here, there = make_clinic("LS1 4AP"), make_clinic("LS1 4AP")
    kept, gone = make_physiotherapist((here,)), make_physiotherapist((there,))
    one = slot.objects.create(person=gone, clinic=there, only=gone, starts=9)
    other = slot.objects.create(person=kept, clinic=here, starts=10)
    by = make_user("somebody")
    merged(kept, gone, by)
    merged(here, there, by)
    for row in (one, other):
        row.refresh_from_db()
        assert (row.person, row.clinic) == (kept, here)
    assert one.only == kept


@pytest.mark.parametrize("clash", ["same start", "one each"])
def test_what_cannot_stand_together_is_refused_and_named(table_of_appointments, clash):
    slot = table_of_appointments
    kept, gone = make_physiotherapist(), make_physiotherapist()
    same = clash == "same start"
    slot.objects.create(person=gone, only=gone, starts=9)
    slot.objects.create(person=kept, only=None if same else kept, starts=9 if same else 10)
    note = Correction.objects.create(physiotherapist=gone, about="fees", message="m")
    with pytest.raises(ValidationError, match="this cannot be moved: slot “at 9”"):
        merged(kept, gone)
    note.refresh_from_db()
    assert note.physiotherapist == gone and not Merged.objects.exists()


def test_what_a_new_kind_of_relation_would_lose_stops_the_merger():
    kept, gone = make_physiotherapist(), make_physiotherapist()
    Correction.objects.create(physiotherapist=gone, about="fees", message="m")
    with (
        mock.patch.object(merging, "relations_to_move", return_value=[]),
        pytest.raises(ValidationError, match="some corrections would be lost"),
    ):
        merged(kept, gone)
    assert Physiotherapist.objects.count() == 2 and Correction.objects.count() == 1


@pytest.mark.parametrize("fails_at", ["_remember", "_lead_here"])
def test_a_fault_half_way_leaves_everything_as_it_was(fails_at):
    clinic = make_clinic()
    kept, gone = make_physiotherapist(), make_physiotherapist((clinic,))
    Correction.objects.create(physiotherapist=gone, about="fees", message="m")
    records = Physiotherapist.history.count()
    with (
        mock.patch.object(merging, fails_at, side_effect=IntegrityError),
        pytest.raises(IntegrityError),
        transaction.atomic(),
    ):
        merged(kept, gone)
    assert set(gone.clinics.all()) == {clinic} and gone.corrections.count() == 1
    assert Physiotherapist.history.count() == records and not FormerProfile.objects.exists()
    assert SearchPoint.objects.get().physiotherapist == gone


# --- What cannot be ---


def test_a_rule_of_today_holds_for_what_comes_of_it():
    kept, gone = make_clinic("LS1 4AP"), make_clinic("LS1 4AP")
    Clinic.objects.filter(pk=gone.pk).update(phone="call me")
    with pytest.raises(ValidationError, match="Enter a telephone number"):
        merged(kept, gone, phone=GONE)
    assert Clinic.objects.count() == 2


def test_a_sample_listing_is_no_part_of_a_real_one():
    kept, gone = make_clinic(), make_clinic(sample=True)
    with pytest.raises(ValidationError, match="sample listing"):
        merged(kept, gone)


def test_the_same_listing_twice_is_refused():
    clinic = make_clinic()
    with pytest.raises(ValidationError, match="deleted or merged in the meantime"):
        merged(clinic, clinic)


def test_what_was_changed_meanwhile_is_looked_at_again():
    kept, gone = make_clinic(), make_clinic()
    seen = newest_record_id(Clinic, kept.pk), newest_record_id(Clinic, gone.pk)
    gone.save()
    with pytest.raises(ValidationError, match="Somebody changed one of the two"):
        merge(Clinic, kept.pk, gone.pk, {}, make_user("somebody"), seen)


def test_a_rehearsal_tells_all_and_changes_nothing():
    clinic = make_clinic()
    kept, gone = make_physiotherapist(name="Ada"), make_physiotherapist((clinic,), name="Eva", slug="eva")
    (loaded,) = make_crowd(1, clinic)
    records = Physiotherapist.history.count()
    seen = newest_record_id(Physiotherapist, kept.pk), newest_record_id(Physiotherapist, gone.pk)
    report = rehearse(Physiotherapist, kept.pk, gone.pk, {"name": GONE}, make_user("x"), seen)
    assert [change.label for change in report.changes] == ["Name", "Clinics"]
    assert report.redirects == ["eva"]
    assert Physiotherapist.objects.count() == 3 and Physiotherapist.history.count() == records
    assert not FormerProfile.objects.exists() and not Merged.objects.exists()
    assert set(clinic.physiotherapists.all()) == {gone, loaded}


def test_two_who_were_said_to_be_two_stay_so():
    one, other, third = make_clinic(), make_clinic(), make_clinic()
    merging.say_apart("clinic", third.pk, other.pk, None)
    merging.say_apart("clinic", one.pk, other.pk, None)
    merged(one, other)
    assert list(Apart.objects.values_list("lower", "higher")) == [(one.pk, third.pk)]
