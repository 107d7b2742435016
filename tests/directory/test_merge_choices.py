"""Merging two listings that differ: what is asked, what is likely right, and what an editor chooses."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from directory.merge import BOTH, GONE, KEPT, questions
from directory.models import Clinic, Correction, FormerProfile, Merged, Physiotherapist, SearchPoint
from tests.conditions.editing import SignedIn, said, text_of
from tests.directory.forms import list_url, saved, url_of
from tests.directory.mergers import merged
from tests.factories import make_clinic, make_physiotherapist, make_user
from tests.markup import filled_in, page_of
from tests.test_admin_policy import assert_strict

pytestmark = pytest.mark.django_db


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
