"""Two listings of one person or one clinic become one, and nothing is lost."""

from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone
from simple_history.models import HistoricalChanges

from bookings.models import Appointment, Diary, WorkingHours
from directory import merge as merging
from directory.history import newest_record_id
from directory.merge import BOTH, DERIVED, GONE, KEPT, merge, questions, rehearse, relations_to_move
from directory.models import Apart, Clinic, Correction, FormerProfile, Merged, Physiotherapist, SearchPoint
from tests.conditions.editing import SignedIn, said, text_of
from tests.directory.crowd import make_crowd
from tests.directory.forms import list_url, saved, url_of
from tests.factories import make_clinic, make_page, make_physiotherapist, make_user
from tests.markup import filled_in, page_of
from tests.test_admin_policy import assert_strict

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann():
    return SignedIn("Directory editor", name="ann")


def merged(kept, gone, by=None, **choices):
    model = type(kept)
    seen = newest_record_id(model, kept.pk), newest_record_id(model, gone.pk)
    report = merge(model, kept.pk, gone.pk, choices, by or make_user("somebody"), seen)
    kept.refresh_from_db()
    return report


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


# --- Which of the two is right ---


def question_of(kept, gone, label):
    return next(question for question in questions(kept, gone) if question.label == label)


def test_only_what_differs_is_asked():
    kept = make_physiotherapist(name="Ada", phone="0113 496 0001", online=True)
    gone = make_physiotherapist(name="Ada", phone="0113 496 0002", online=True)
    assert [question.label for question in questions(kept, gone)] == ["Address", "Registration", "Telephone"]


def test_what_one_says_and_the_other_does_not_is_likely_right():
    kept = make_physiotherapist(phone="", email="ada@example.com")
    gone = make_physiotherapist(phone="0113 496 0002", email="")
    assert question_of(kept, gone, "Telephone").likely == GONE
    assert question_of(kept, gone, "E-mail").likely == KEPT


def test_lists_can_be_put_together():
    kept = make_physiotherapist(languages=["eng", "pol"])
    gone = make_physiotherapist(languages=["eng", "cym"])
    question = question_of(kept, gone, "Languages")
    assert (question.likely, question.answers[BOTH]) == (BOTH, ["English", "Polish", "Welsh"])
    merged(kept, gone, languages=BOTH)
    assert kept.languages == ["eng", "pol", "cym"]


def test_a_registration_is_taken_whole_the_later_check_first():
    today = timezone.localdate()
    old: Any = {"checked_on": today - timedelta(days=100), "check_due_on": today + timedelta(days=100)}
    kept = make_physiotherapist((make_clinic(),), hcpc_number="PH111", **old)
    gone = make_physiotherapist(hcpc_number="PH0111", checked_by=make_user("who"))
    assert question_of(kept, gone, "Registration").likely == GONE
    merged(kept, gone, hcpc_number=GONE)
    assert (kept.hcpc_number, kept.checked_on, kept.check_due_on, kept.checked_by) == (
        "PH0111",
        gone.checked_on,
        gone.check_due_on,
        gone.checked_by,
    )


def test_what_was_stated_on_access_is_taken_whole_with_its_date():
    facts: Any = {"access_stated_on": timezone.localdate(), "steps": 0, "inside": "lift", "door_cm": 80}
    kept = make_clinic(access_stated_on=timezone.localdate() - timedelta(days=9), steps=3, hoist=True)
    gone = make_clinic(**facts)
    assert question_of(kept, gone, "Access").likely == GONE
    merged(kept, gone, access_stated_on=GONE)
    assert {name: getattr(kept, name) for name in facts} == facts
    assert kept.hoist is None


def test_home_visits_are_taken_whole_and_the_search_follows():
    kept: Any = make_physiotherapist((make_clinic("LS1 4AP"),))
    gone = make_physiotherapist(visits_from="YO1 7HH", visit_miles=7, visit_fee=5)
    merged(kept, gone, home_visits=GONE)
    assert (kept.home_visits, kept.visit_postcode, kept.visit_miles, kept.visit_fee) == (
        True,
        "YO1 7HH",
        7,
        5,
    )
    assert SearchPoint.objects.get(clinic=None).visit_miles == 7


def test_a_clinic_can_take_the_others_place_and_its_people_move_in_the_search():
    kept, gone = make_clinic("LS1 4AP"), make_clinic("YO1 7HH")
    make_physiotherapist((kept,))
    merged(kept, gone, address=GONE)
    assert (kept.postcode, kept.latitude) == ("YO1 7HH", gone.latitude)
    assert SearchPoint.objects.get().latitude == gone.latitude


@pytest.mark.parametrize("answer", ["nonsense", BOTH, ""])
def test_an_answer_that_is_none_changes_nothing(answer):
    kept, gone = make_physiotherapist(name="Ada"), make_physiotherapist(name="Eva")
    merged(kept, gone, name=answer, nonsense=GONE)
    assert kept.name == "Ada"


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


# --- In the admin ---


def merge_url(kept, gone):
    return url_of(kept, "merge", gone.pk)


def form_of(response):
    (form,) = (form for form in page_of(response).all("form") if "seen_kept" in filled_in_form(form))
    return form


def filled_in_form(form):
    values = filled_in(form)
    for radio in form.all("input", type="radio"):
        values.pop(radio.get("name"), None)
    return values | {
        radio.get("name"): radio.get("value")
        for radio in form.all("input", type="radio")
        if "checked" in radio.attributes
    }


def test_an_editor_chooses_looks_and_merges(ann, client):
    here, there = make_clinic("LS1 4AP", name="Here"), make_clinic("YO1 7HH", name="There")
    kept = make_physiotherapist((here,), slug="ada", name="Ada", phone="")
    gone = make_physiotherapist((there,), slug="ada-2", name="Ada Example", phone="0113 496 0001")
    Correction.objects.create(physiotherapist=gone, about="fees", message="m")
    started = ann.post(
        list_url(Physiotherapist), {"action": "merge_two", "_selected_action": [kept.pk, gone.pk]}
    )
    assert started.headers["Location"] == merge_url(kept, gone)

    asked = ann.get(merge_url(kept, gone))
    assert_strict(asked)
    values = filled_in_form(form_of(asked))
    assert (values["name"], values["phone"]) == (KEPT, GONE)
    shown = ann.post(merge_url(kept, gone), values | {"name": GONE})
    assert_strict(shown)
    text = text_of(shown)
    assert "Corrections (1)" in text and "There, YO1 7HH" in text
    assert "The address ada-2 leads to ada from then on." in text
    assert "Name removed: Ada added: Ada Example" in text
    assert "cannot be undone" in text
    assert Physiotherapist.objects.count() == 2

    done = ann.post(merge_url(kept, gone), filled_in_form(form_of(shown)) | {"_merge": "Merge now"})
    assert (
        f"Merged. Ada Example ({gone.hcpc_number}) is now part of Ada Example ({kept.hcpc_number})."
        in said(ann, done)
    )
    kept.refresh_from_db()
    assert (kept.name, kept.phone, kept.clinics.count()) == ("Ada Example", "0113 496 0001", 2)
    assert client.get("/physiotherapists/ada-2/").status_code == 301
    # Each history names the other.
    page = page_of(ann.get(url_of(kept, "history")))
    assert f"Ada Example ({gone.hcpc_number}) was merged into this one on" in page.text
    assert "Merged into another listing" in text_of(
        ann.get(f"/admin/directory/physiotherapist/{gone.pk}/history/")
    )


def test_the_one_that_went_can_be_brought_back_from_its_history(ann):
    """For two who were merged by mistake; the page says what of it stays merged."""
    clinic = make_clinic("LS1 4AP")
    kept = make_physiotherapist((clinic,), slug="ada", hcpc_number="PH111")
    gone = make_physiotherapist((clinic,), slug="eva", hcpc_number="PH222")
    number = gone.pk
    merged(kept, gone, ann.user)
    history = f"/admin/directory/physiotherapist/{number}/history/"
    links = page_of(ann.get(history)).links
    address = next(href for href, text in links.items() if text.startswith("See how it was then"))
    seen = page_of(ann.get(address)).one("input", name="seen_history").get("value")
    assert "Restored" in said(ann, ann.post(address, {"seen_history": seen}))
    back = Physiotherapist.objects.get(pk=number)
    assert (back.slug, back.hcpc_number) == ("eva", "PH222")
    assert not FormerProfile.objects.exists() and not Merged.objects.exists()
    assert ann.get("/physiotherapists/eva/").status_code == 200


def test_what_is_changed_between_the_look_and_the_merger_is_told(ann):
    kept, gone = make_clinic(name="Aire Rooms"), make_clinic(name="Aire Clinic")
    values = filled_in_form(form_of(ann.get(merge_url(kept, gone))))
    saved(SignedIn("Directory editor"), gone, {"phone": "0113 496 0001"})
    response = ann.post(merge_url(kept, gone), values | {"_merge": "1", "name": GONE})
    assert "Somebody changed one of the two" in text_of(response)
    again = filled_in_form(form_of(response))
    # What was chosen stays; what is new is asked.
    assert (again["name"], again["phone"]) == (GONE, GONE)
    assert ann.post(merge_url(kept, gone), again | {"_merge": "1"}).status_code == 302
    kept.refresh_from_db()
    assert (kept.name, kept.phone) == ("Aire Clinic", "0113 496 0001")


def test_the_second_of_two_who_merge_is_told(ann):
    kept, gone = make_clinic(), make_clinic()
    values = filled_in_form(form_of(ann.get(merge_url(kept, gone))))
    merged(kept, gone)
    response = ann.post(merge_url(kept, gone), values | {"_merge": "1"})
    assert "One of the two was deleted or merged in the meantime." in said(ann, response)


@pytest.mark.parametrize(
    "values", [{}, {"seen_kept": "abc"}, {"name": "nonsense"}, {"seen_gone": "9" * 40}, {"name": ""}]
)
def test_a_form_that_is_not_filled_in_merges_nothing(ann, values):
    kept, gone = make_clinic(name="Aire Rooms"), make_clinic(name="Aire Clinic")
    filled = filled_in_form(form_of(ann.get(merge_url(kept, gone))))
    response = ann.post(merge_url(kept, gone), (filled | values if values else {}) | {"_merge": "1"})
    assert response.status_code == 200
    assert Clinic.objects.count() == 2


@pytest.mark.parametrize("number", [0, 1, 3])
def test_just_two_are_merged(ann, number):
    clinics = [make_clinic() for _ in range(number)]
    selected = [clinic.pk for clinic in clinics]
    response = ann.post(list_url(Clinic), {"action": "merge_two", "_selected_action": selected})
    assert "merge" not in response.headers.get("Location", "")
    if number:
        assert "Tick just two listings" in said(ann, response)


def test_merging_takes_the_right_to_delete(ann):
    kept, gone = make_clinic(), make_clinic()
    from django.contrib.auth.models import Permission

    reader = SignedIn()
    reader.user.user_permissions.set(Permission.objects.filter(codename__in=["view_clinic", "change_clinic"]))
    assert reader.get(merge_url(kept, gone)).status_code == 403
    assert b"merge_two" not in reader.get(list_url(Clinic)).content
