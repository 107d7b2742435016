"""Two editors save one listing: the second is told, sees what differs, and nothing is lost."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from conditions.groups import EDITOR
from directory.history import newest_record_id
from directory.merge import merge
from directory.models import Clinic, Physiotherapist
from directory.registration import checked_today
from tests.conditions.editing import SignedIn, said
from tests.directory.crowd import in_date, make_crowd
from tests.directory.forms import filled_in, opened, saved, url_of, without_nothing
from tests.factories import make_clinic, make_page, make_physiotherapist
from tests.markup import page_of


@pytest.fixture
def ann(db):
    return SignedIn("Directory editor", name="ann")


@pytest.fixture
def ben(db):
    return SignedIn("Directory editor", name="ben")


def press_save(client, listing, form):
    return client.post(url_of(listing), without_nothing(form))


def conflict(response):
    return page_of(response).one("div", class_="conflict").text


def test_the_second_is_told_who_when_and_what(ann, ben):
    person = make_physiotherapist(name="Ada", phone="0113 496 0001")
    form = opened(ben, person) | {"name": "Eva"}
    saved(ann, person, {"phone": "0113 496 0002", "specialisms": ["neuro"]})
    response = press_save(ben, person, form)
    assert "ann saved this listing while you were at it, at" in said(ben, response)
    assert "Telephone removed: 0113 496 0001 added: 0113 496 0002" in conflict(response)
    assert "Specialisms added: Neuro physiotherapy" in conflict(response)
    assert "You changed this too" not in conflict(response)
    person.refresh_from_db()
    assert (person.name, person.phone) == ("Ada", "0113 496 0002")


def test_saving_again_keeps_what_each_of_them_changed(ann, ben):
    """Every kind of field: text, rich text, ticks, lists, choices, dates, money, relations."""
    here, there = make_clinic("LS1 4AP"), make_clinic("YO1 7HH")
    neck, hip = make_page("neck-pain").page, make_page("hip-pain").page
    person: Any = make_physiotherapist((here,), name="Ada", online=True, fee_first=50, insurers=["bupa"])
    person.conditions_treated.set([hip])
    of_ben = {"name": "Eva", "weekends": "on", "fee_follow_up": "44.50", "languages": ["eng", "cym"]}
    form = opened(ben, person) | of_ben
    saved(
        ann,
        person,
        {
            "phone": "0113 496 0002",
            "biography": "<p>Likes walking.</p><p>And running.</p>",
            "online": None,
            "evenings": "on",
            "gender": "female",
            "fee_first": "62",
            "insurers": ["axa-health", "bupa"],
            "specialisms": ["neuro"],
            "clinics": [there.pk],
            "conditions_treated": [neck.pk, hip.pk],
            "check_due_on": person.checked_on.strftime("%d/%m/") + str(person.checked_on.year + 1),
            "home_visits": "on",
            "visit_postcode": "LS2 7UE",
            "visit_miles": "7",
        },
    )
    response = press_save(ben, person, form)
    assert press_save(ben, person, filled_in(response)).status_code == 302
    person.refresh_from_db()
    assert (person.name, person.weekends, person.fee_follow_up) == ("Eva", True, 44.5)
    assert person.languages == ["eng", "cym"]
    assert (person.phone, person.online, person.evenings, person.gender) == (
        "0113 496 0002",
        False,
        True,
        "female",
    )
    assert person.biography == "<p>Likes walking.</p><p>And running.</p>"
    assert (person.fee_first, person.insurers, person.specialisms) == (62, ["axa-health", "bupa"], ["neuro"])
    assert list(person.clinics.all()) == [there]
    assert set(person.conditions_treated.all()) == {neck, hip}
    assert person.check_due_on.year == person.checked_on.year + 1
    assert (person.visit_postcode, person.visit_miles) == ("LS2 7UE", 7)


def test_a_browsers_line_breaks_are_no_change(ann, ben):
    person = make_physiotherapist(biography="<p>One\ntwo.</p>")
    form = opened(ben, person)
    assert "\r\n" in form["biography"]
    saved(ann, person, {"biography": "<p>Three.</p>"})
    response = press_save(ben, person, form)
    assert "You changed this too" not in conflict(response)
    assert filled_in(response)["biography"] == "<p>Three.</p>"


def test_where_both_changed_something_the_seconds_words_stay_and_are_named(ann, ben):
    person = make_physiotherapist(name="Ada", biography="<p>First.</p>")
    form = opened(ben, person) | {"name": "Eva", "biography": "<p>Of Ben.</p>", "gender": "female"}
    saved(ann, person, {"name": "Ida", "biography": "<p>Of Ann.</p>", "gender": "female"})
    response = press_save(ben, person, form)
    # What both changed in the same way is no question.
    assert "You changed this too; the form has yours: Name, Biography." in conflict(response)
    kept = filled_in(response)
    assert (kept["name"], kept["biography"]) == ("Eva", "<p>Of Ben.</p>")
    assert press_save(ben, person, kept).status_code == 302
    person.refresh_from_db()
    assert person.name == "Eva"
    # Ann's words are in the history.
    assert "removed: Ida added: Eva" in page_of(ben.get(url_of(person, "history"))).text


def test_a_clinic_is_held_to_the_same(ann, ben):
    clinic = make_clinic(name="Aire Rooms")
    form = opened(ben, clinic) | {"name": "Aire House"}
    saved(ann, clinic, {"access_stated_on": "01/11/2026", "steps": "0", "hoist": "false", "inside": "lift"})
    response = press_save(ben, clinic, form)
    assert "ann saved this listing" in said(ben, response)
    assert press_save(ben, clinic, filled_in(response)).status_code == 302
    clinic.refresh_from_db()
    assert (clinic.name, clinic.steps, clinic.hoist, clinic.inside) == ("Aire House", 0, False, "lift")


def test_a_third_save_in_between_is_told_again(ann, ben):
    person = make_physiotherapist(name="Ada")
    form = opened(ben, person) | {"name": "Eva"}
    saved(ann, person, {"phone": "0113 496 0001"})
    kept = filled_in(press_save(ben, person, form))
    saved(ann, person, {"phone": "0113 496 0002"})
    response = press_save(ben, person, kept)
    assert "ann saved this listing" in said(ben, response)
    assert press_save(ben, person, filled_in(response)).status_code == 302
    person.refresh_from_db()
    assert (person.name, person.phone) == ("Eva", "0113 496 0002")


def test_the_action_for_many_counts_as_a_save(ann, ben):
    person = make_physiotherapist(name="Ada")
    form = opened(ben, person) | {"name": "Eva"}
    checked_today([person.pk], ann.user)
    response = press_save(ben, person, form)
    assert "Registration checked by added: ann" in conflict(response)
    assert press_save(ben, person, filled_in(response)).status_code == 302
    person.refresh_from_db()
    assert (person.name, person.checked_by) == ("Eva", ann.user)


def test_a_listing_without_a_history_is_held_to_the_same(ann, ben):
    (person,) = make_crowd(1, make_clinic(), name="Ada", **in_date())
    form = opened(ben, person) | {"name": "Eva"}
    saved(ann, person, {"phone": "0113 496 0001"})
    response = press_save(ben, person, form)
    assert "Telephone added: 0113 496 0001" in conflict(response)
    assert press_save(ben, person, filled_in(response)).status_code == 302
    person.refresh_from_db()
    assert (person.name, person.phone) == ("Eva", "0113 496 0001")


def test_another_mistake_in_the_form_is_told_together(ann, ben):
    person = make_physiotherapist(name="Ada")
    form = opened(ben, person) | {"hcpc_number": "wrong", "name": "Eva"}
    saved(ann, person, {"phone": "0113 496 0001"})
    response = press_save(ben, person, form)
    assert "ann saved this listing" in said(ben, response) and "such as PH12345" in said(ben, response)
    kept = filled_in(response)
    assert (kept["hcpc_number"], kept["name"], kept["phone"]) == ("wrong", "Eva", "0113 496 0001")


def test_one_editor_alone_is_never_told(ann):
    person = make_physiotherapist((make_clinic(),), visits_from="LS1 4AP")
    for number in range(3):
        saved(ann, person, {"name": f"Name {number}"})


@pytest.mark.parametrize("seen", ["abc", "-1", "9" * 30, "0", "1e3"])
def test_a_number_that_was_made_up_loses_nothing(ann, seen):
    person = make_physiotherapist(name="Ada")
    response = press_save(ann, person, opened(ann, person) | {"name": "Eva", "seen_history": seen})
    assert response.status_code == 200
    person.refresh_from_db()
    assert person.name == "Ada"
    assert filled_in(response)["name"] == "Eva"


def test_a_listing_that_is_gone_is_told(ann, ben):
    person = make_physiotherapist(name="Ada")
    form = opened(ben, person) | {"name": "Eva"}
    ann.post(url_of(person, "delete"), {"post": "yes"})
    response = press_save(ben, person, form)
    assert response.status_code == 302
    assert not Physiotherapist.objects.exists()


def test_who_may_only_look_sees_the_listing_and_saves_nothing(ann):
    reader = SignedIn(EDITOR)
    person = make_physiotherapist(name="Ada")
    assert reader.get(url_of(person)).status_code == 403
    from django.contrib.auth.models import Permission

    reader.user.user_permissions.add(Permission.objects.get(codename="view_physiotherapist"))
    page = reader.get(url_of(person))
    assert page.status_code == 200 and b"seen_history" not in page.content
    assert reader.post(url_of(person), opened(ann, person) | {"name": "Eva"}).status_code == 403


def test_at_the_same_moment_one_of_the_two_is_told(committed_db):
    """The lock, not the order of reading, decides."""
    clinic = make_clinic(name="Aire Rooms")
    editors = [SignedIn("Directory editor") for _ in range(4)]
    forms = [opened(editor, clinic) | {"phone": f"0113 496 000{n}"} for n, editor in enumerate(editors)]
    ready = threading.Barrier(len(editors))
    answers = []

    def run(editor, form):
        ready.wait()
        answers.append(press_save(editor, clinic, form).status_code)
        connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in zip(editors, forms, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 200, 200, 302]
    assert Clinic.history.count() == 2


def at_once(*works):
    """Each in a thread and on a connection of its own; what they return, in their order."""
    ready = threading.Barrier(len(works))

    def run(work):
        try:
            ready.wait()
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        return [done.result(timeout=60) for done in [threads.submit(run, work) for work in works]]


def test_a_clinic_and_somebody_who_works_there_are_saved_at_the_same_moment(committed_db):
    """On PostgreSQL a row that refers to the clinic locks its key: nobody may wait for the other in turn."""
    ann, ben = SignedIn("Directory editor"), SignedIn("Directory editor")
    clinic = make_clinic(name="Aire Rooms")
    person = make_physiotherapist((clinic,), name="Ada")
    for number in range(8):
        of_clinic = opened(ann, clinic) | {"phone": f"0113 496 000{number}"}
        of_person = opened(ben, person) | {"phone": f"0113 496 001{number}"}
        answers = at_once(
            partial(press_save, ann, clinic, of_clinic), partial(press_save, ben, person, of_person)
        )
        assert [answer.status_code for answer in answers] == [302, 302]
        clinic.refresh_from_db()
        person.refresh_from_db()
        assert (clinic.phone, person.phone) == (of_clinic["phone"], of_person["phone"])


def test_two_clinics_are_merged_while_somebody_who_works_there_is_saved(committed_db):
    """Either order will do; the form of the second is told of the first, and nothing fails."""
    ann, ben = SignedIn("Directory editor"), SignedIn("Directory editor")
    for number in range(8):
        kept, gone = make_clinic(name="Aire Rooms"), make_clinic(name="Aire Rooms")
        person = make_physiotherapist((gone,), name="Ada")
        seen = newest_record_id(Clinic, kept.pk), newest_record_id(Clinic, gone.pk)
        form = opened(ben, person) | {"phone": f"0113 496 001{number}"}

        def merge_a_moment_later(kept=kept, gone=gone, seen=seen, later=number * 0.006):
            # The form takes a while before it comes to the database.
            time.sleep(later)
            merge(Clinic, kept.pk, gone.pk, {}, ann.user, seen)

        _, answer = at_once(merge_a_moment_later, partial(press_save, ben, person, form))
        if answer.status_code == 200:
            # A clinic that is gone is no choice any more, and what only the merger changed is filled in.
            assert "saved this listing" in said(ben, answer)
            assert press_save(ben, person, filled_in(answer)).status_code == 302
        person.refresh_from_db()
        assert (person.phone, list(person.clinics.all())) == (form["phone"], [kept])


def test_somebody_is_added_to_a_clinic_while_it_is_merged(committed_db):
    """Both lock people first and clinics after them, so that neither waits for the other in turn."""
    ann = SignedIn("Directory editor")
    kept, gone = make_clinic(name="Aire Rooms"), make_clinic(name="Aire Rooms")
    person = make_physiotherapist((gone,))
    seen = newest_record_id(Clinic, kept.pk), newest_record_id(Clinic, gone.pk)

    def add():
        with transaction.atomic():
            person.save()
            time.sleep(0.3)
            person.clinics.add(kept)

    def merge_meanwhile():
        time.sleep(0.15)
        merge(Clinic, kept.pk, gone.pk, {}, ann.user, seen)

    at_once(add, merge_meanwhile)
    assert list(person.clinics.all()) == [kept]


def test_a_registration_is_checked_while_the_clinic_is_saved(committed_db):
    ann, ben = SignedIn("Directory editor"), SignedIn("Directory editor")
    clinic = make_clinic(name="Aire Rooms")
    person = make_physiotherapist((clinic,), checked_on=None, check_due_on=None)
    for number in range(4):
        of_clinic = opened(ann, clinic) | {"phone": f"0113 496 000{number}"}
        saved_clinic, checked = at_once(
            partial(press_save, ann, clinic, of_clinic), partial(checked_today, [person.pk], ben.user)
        )
        assert (saved_clinic.status_code, checked) == (302, 1)


# --- Whose check it is ---


def test_a_check_of_the_former_number_does_not_pass_for_one_of_the_new(ann, ben):
    """Ann looked the old number up today, while Ben was typing another."""
    person = make_physiotherapist(hcpc_number="PH111111", checked_on=None, check_due_on=None)
    form = opened(ben, person) | {"hcpc_number": "PH222222"}
    checked_today([person.pk], ann.user)
    kept = filled_in(press_save(ben, person, form))
    response = press_save(ben, person, kept)
    assert "That check was of the number PH111111" in said(ben, response)
    kept = filled_in(response)
    assert kept["hcpc_number"] == "PH222222"
    # As the message says: without a check first, then with one of his own.
    saved(ben, person, {"hcpc_number": "PH222222", "checked_on": "", "check_due_on": ""})
    assert (person.checked_on, person.checked_by) == (None, None)
    saved(ben, person, {"checked_on": timezone.localdate().strftime("%d/%m/%Y")})
    assert (person.hcpc_number, person.checked_by) == ("PH222222", ben.user)


def test_whoever_enters_the_number_answers_for_its_check(ann, ben):
    today = timezone.localdate()
    person = make_physiotherapist(hcpc_number="PH111111", checked_on=today, checked_by=ben.user)
    # Ben mends a slip in the number that he looked up today.
    saved(ben, person, {"hcpc_number": "PH222222"})
    assert (person.checked_on, person.checked_by) == (today, ben.user)
    yesterday = (today - timedelta(days=1)).strftime("%d/%m/%Y")
    saved(ann, person, {"hcpc_number": "PH333333", "checked_on": yesterday})
    assert person.checked_by == ann.user
    # Of what says nothing about the register she is not the author.
    saved(ben, person, {"phone": "0113 496 0001"})
    assert person.checked_by == ann.user
