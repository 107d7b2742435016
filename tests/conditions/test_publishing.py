"""Publishing now or at a time, unpublishing, withdrawing, and what readers see of it."""

from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.contrib.admin.models import LogEntry
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conditions.groups import EDITOR, PUBLISHER, REVIEWER
from conditions.models import Page, Version
from conditions.versions import publish, restore, start_draft, unpublish
from tests.conditions.editing import (
    SignedIn,
    clock_at,
    page_url,
    said,
    save,
    take,
    text_of,
    typed,
    version_url,
)
from tests.factories import make_draft, make_page, make_signature
from tests.markup import page_of

pytestmark = pytest.mark.django_db

ADDRESS = "/conditions/sore-elbow/"
UNSIGNED = {"unsigned": "on"}


@pytest.fixture
def publisher():
    return SignedIn(PUBLISHER)


def post_unsigned(client, draft, **values):
    return take(client, draft, "publish", UNSIGNED | values)


# --- Who, and with what -----------------------------------------------------------------------
@pytest.mark.parametrize("groups", [(EDITOR,), (REVIEWER,), (EDITOR, REVIEWER), ()])
def test_only_publishers_publish_unpublish_and_withdraw(groups):
    draft, live = make_draft(), make_page()
    somebody = SignedIn(*groups)
    assert somebody.get(version_url(draft, "publish")).status_code == 403
    assert somebody.post(version_url(draft, "publish"), UNSIGNED).status_code == 403
    assert somebody.post(page_url(live.page, "unpublish")).status_code == 403
    assert somebody.post(page_url(live.page, "withdraw"), {"reason": "Old."}).status_code == 403
    assert [live] == list(Version.objects.live())


def test_without_a_signature_only_with_the_box_and_readers_are_told(publisher, client):
    draft = make_draft("sore-elbow")
    response = take(publisher, draft, "publish")
    assert "No clinical reviewer has signed these words" in said(publisher, response)
    assert client.get(ADDRESS).status_code == 404
    assert "is published and live" in said(publisher, post_unsigned(publisher, draft))
    assert "Not yet clinically reviewed" in text_of(client.get(ADDRESS))
    draft.refresh_from_db()
    assert (draft.published_by, draft.signature) == (publisher.user, None)


def test_a_signed_draft_is_published_without_the_box(publisher, client):
    draft = make_draft("sore-elbow")
    draft.status = "in-review"
    draft.save()
    make_signature(draft, publisher.user)
    assert "unsigned" not in typed(publisher.get(version_url(draft, "publish")), "at_0")
    assert "is published and live" in said(publisher, take(publisher, draft, "publish"))
    assert "Clinically reviewed by Ann Example" in text_of(client.get(ADDRESS))


def test_the_live_page_stays_until_its_draft_is_published(publisher, client):
    live = make_page("sore-elbow", title="Old title")
    editor = SignedIn(EDITOR)
    editor.post(page_url(live.page, "edit-text"))
    draft = live.page.versions.get(status="draft")
    save(editor, draft, {"title": "New title", "causes-0-title": "New cause"})
    seen = text_of(client.get(ADDRESS))
    assert "Old title" in seen and "New title" not in seen and "New cause" not in seen
    post_unsigned(publisher, draft)
    seen = text_of(client.get(ADDRESS))
    assert "New title" in seen and "New cause" in seen and "Old title" not in seen


# --- At a time --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("now", "day", "time", "utc"),
    [
        ("2031-03-29 12:00", "30/03/2031", "00:59", datetime(2031, 3, 30, 0, 59)),
        ("2031-03-29 12:00", "30/03/2031", "02:00", datetime(2031, 3, 30, 1, 0)),
        ("2031-03-29 12:00", "31/03/2031", "09:00", datetime(2031, 3, 31, 8, 0)),
        ("2031-10-25 12:00", "26/10/2031", "00:59", datetime(2031, 10, 25, 23, 59)),
        ("2031-10-25 12:00", "26/10/2031", "02:00", datetime(2031, 10, 26, 2, 0)),
        ("2031-10-25 12:00", "27/10/2031", "09:00", datetime(2031, 10, 27, 9, 0)),
    ],
)
def test_a_time_is_londons_and_is_stored_in_utc(now, day, time, utc, client):
    with clock_at(now):
        publisher = SignedIn(PUBLISHER)
        draft = make_draft("sore-elbow")
        response = post_unsigned(publisher, draft, at_0=day, at_1=time)
        assert f"is published for {time} on {day}" in said(publisher, response)
        assert "Goes live on" in text_of(publisher.get(page_url(draft.page)))
    draft.refresh_from_db()
    assert draft.publish_at == utc.replace(tzinfo=UTC)
    moment = draft.publish_at
    with mock.patch("django.utils.timezone.now", return_value=moment - timedelta(seconds=1)):
        assert client.get(ADDRESS).status_code == 404
    with mock.patch("django.utils.timezone.now", return_value=moment):
        assert client.get(ADDRESS).status_code == 200


@pytest.mark.parametrize(
    ("day", "time", "why"),
    [
        # The hour that is skipped, and the one that comes twice.
        ("30/03/2031", "01:30", "Europe/London"),
        ("26/10/2031", "01:30", "Europe/London"),
        ("28/03/2031", "09:00", "That time has passed"),
        ("29/03/2031", "11:59", "That time has passed"),
        ("31/02/2031", "09:00", "Enter a valid date"),
        ("30/03/2031", "25:00", "Enter a valid time"),
        ("30/03/2031", "", "Enter a valid time"),
    ],
)
def test_a_time_that_cannot_be_is_refused_and_what_was_typed_is_kept(day, time, why, client):
    with clock_at("2031-03-29 12:00"):
        publisher = SignedIn(PUBLISHER)
        draft = make_draft("sore-elbow")
        response = post_unsigned(publisher, draft, at_0=day, at_1=time)
        assert why in said(publisher, response)
        kept = typed(response, "at_0")
        assert (kept["at_0"], kept["at_1"], kept["unsigned"]) == (day, time, ["on"])
    draft.refresh_from_db()
    assert (draft.status, draft.publish_at) == ("draft", None)


def test_a_scheduled_version_can_be_taken_back_before_its_time(publisher, client):
    with clock_at("2031-05-01 12:00"):
        publisher = SignedIn(PUBLISHER)
        draft = make_draft("sore-elbow")
        post_unsigned(publisher, draft, at_0="02/05/2031", at_1="12:00")
        assert "not published any more" in said(publisher, publisher.post(page_url(draft.page, "unpublish")))
    with clock_at("2031-05-03 12:00"):
        assert client.get(ADDRESS).status_code == 404


# --- Two at once ------------------------------------------------------------------------------
def test_of_two_publishers_the_second_is_told(publisher):
    draft = make_draft("sore-elbow")
    other = SignedIn(PUBLISHER)
    forms = [typed(client.get(version_url(draft, "publish")), "at_0") for client in (publisher, other)]
    assert "live" in said(publisher, publisher.post(version_url(draft, "publish"), forms[0] | UNSIGNED))
    response = other.post(version_url(draft, "publish"), forms[1] | UNSIGNED)
    assert "was published or withdrawn in the meantime" in said(other, response)
    draft.refresh_from_db()
    assert draft.published_by == publisher.user


def test_publishing_what_was_just_withdrawn_is_refused(publisher, client):
    draft = make_draft("sore-elbow")
    form = typed(publisher.get(version_url(draft, "publish")), "at_0") | UNSIGNED
    other = SignedIn(PUBLISHER)
    post_unsigned(other, draft)
    other.post(page_url(draft.page, "withdraw"), {"reason": "It was wrong."})
    response = publisher.post(version_url(draft, "publish"), form)
    assert "was published or withdrawn in the meantime" in said(publisher, response)
    assert client.get(ADDRESS).status_code == 410


def test_publishing_what_was_just_deleted_is_refused(publisher):
    draft = make_page("sore-elbow").page.versions.get()
    draft = start_draft(draft.page, None)
    form = typed(publisher.get(version_url(draft, "publish")), "at_0") | UNSIGNED
    deleted = Version.objects.get(pk=draft.pk)
    # Deleted while the publisher's request is under way, and then before the next one.
    with mock.patch("conditions.admin.version.holding_signature", side_effect=lambda _: deleted.delete()):
        response = publisher.post(version_url(draft, "publish"), form)
    assert "was deleted in the meantime" in said(publisher, response)
    assert publisher.post(version_url(draft, "publish"), form).status_code == 404
    assert Version.objects.live().count() == 1


# --- Off again --------------------------------------------------------------------------------
def test_an_unpublished_page_is_not_there(publisher, client):
    live = make_page("sore-elbow")
    assert "not published any more" in said(publisher, publisher.post(page_url(live.page, "unpublish")))
    assert client.get(ADDRESS).status_code == 404
    assert client.get(f"{ADDRESS}changes/").status_code == 404
    assert "Sore elbow" not in text_of(client.get("/conditions/"))
    response = publisher.post(page_url(live.page, "unpublish"))
    assert "Nothing of this page is published" in said(publisher, response)


def test_a_withdrawn_page_says_why_and_where_to_go(publisher, client):
    live, other = make_page("sore-elbow"), make_page("tennis-elbow")
    response = publisher.post(page_url(live.page, "withdraw"), {"reason": "", "instead": other.page.pk})
    assert "This field is required" in said(publisher, response)
    assert client.get(ADDRESS).status_code == 200
    publisher.post(
        page_url(live.page, "withdraw"), {"reason": "The advice <b>changed</b>.", "instead": other.page.pk}
    )
    response = client.get(ADDRESS)
    assert response.status_code == 410
    seen = text_of(response)
    assert "We have withdrawn the page “Sore elbow”" in seen
    assert "The advice <b>changed</b>." in seen
    assert "Read this instead: Tennis elbow" in seen
    assert 'href="/conditions/tennis-elbow/"' in response.content.decode()
    assert client.get(f"{ADDRESS}changes/").status_code == 410


@pytest.mark.parametrize("instead", ["itself", "a draft", "nonsense"])
def test_readers_are_led_only_to_another_page_that_is_live(publisher, client, instead):
    live, draft = make_page("sore-elbow"), make_draft()
    value = {"itself": live.page.pk, "a draft": draft.page.pk, "nonsense": "x"}[instead]
    response = publisher.post(page_url(live.page, "withdraw"), {"reason": "Old words.", "instead": value})
    assert "valid choice" in said(publisher, response)
    assert typed(response, "reason")["reason"].strip() == "Old words."
    assert client.get(ADDRESS).status_code == 200


def test_publishing_again_brings_a_withdrawn_page_back(publisher, client):
    live = make_page("sore-elbow")
    publisher.post(page_url(live.page, "withdraw"), {"reason": "It was wrong."})
    draft = restore(live, None)
    assert client.get(ADDRESS).status_code == 410
    post_unsigned(publisher, draft)
    assert client.get(ADDRESS).status_code == 200
    live.page.refresh_from_db()
    assert (live.page.withdrawn_reason, live.page.instead) == ("", None)


def test_a_withdrawn_page_stays_withdrawn_until_the_new_versions_time(client):
    with clock_at("2031-05-01 12:00"):
        publisher = SignedIn(PUBLISHER)
        live = make_page("sore-elbow")
        publisher.post(page_url(live.page, "withdraw"), {"reason": "It was wrong."})
        post_unsigned(publisher, restore(live, None), at_0="02/05/2031", at_1="12:00")
        assert client.get(ADDRESS).status_code == 410
    with clock_at("2031-05-02 12:00"):
        assert client.get(ADDRESS).status_code == 200


def test_taking_back_a_scheduled_version_leaves_a_withdrawn_page_withdrawn(client):
    with clock_at("2031-05-01 12:00"):
        publisher = SignedIn(PUBLISHER)
        live = make_page("sore-elbow")
        publisher.post(page_url(live.page, "withdraw"), {"reason": "It was wrong."})
        post_unsigned(publisher, restore(live, None), at_0="02/05/2031", at_1="12:00")
        publisher.post(page_url(live.page, "unpublish"))
    with clock_at("2031-05-02 12:00"):
        response = client.get(ADDRESS)
        assert (response.status_code, b"It was wrong." in response.content) == (410, True)


def test_the_pages_history_in_the_admin_says_who_did_what():
    publisher = SignedIn(PUBLISHER)
    draft = make_draft("sore-elbow")
    post_unsigned(publisher, draft)
    publisher.post(page_url(draft.page, "unpublish"))
    told = [(entry.user, entry.change_message) for entry in LogEntry.objects.order_by("pk")]
    assert [user for user, _ in told] == [publisher.user, publisher.user]
    assert "is published and live" in told[0][1]
    assert "is not published any more" in told[1][1]


# --- What readers see, over any history -------------------------------------------------------
# What somebody does, and a number: minutes to wait, minutes ahead to publish, or which version to restore.
STEPS = st.lists(
    st.tuples(st.sampled_from(["publish", "publish", "restore", "unpublish", "wait"]), st.integers(0, 6)),
    max_size=14,
)
START = datetime(2031, 3, 30, 0, 30, tzinfo=UTC)


@given(STEPS)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_readers_see_exactly_the_newest_approved_version_whose_time_has_come(client, steps):
    with transaction.atomic():
        page = Page.objects.create(slug="sore-elbow")
        # The reckoning: of each published version its words, its time, and whether it was taken off.
        history: list[tuple[str, datetime]] = []
        every_title: list[str] = []
        clock = START
        with mock.patch("django.utils.timezone.now", side_effect=lambda: clock):
            for number, (step, value) in enumerate(steps):
                ahead = timedelta(minutes=value)
                title = f"Title {number}"
                if step == "wait":
                    clock += ahead
                elif step == "unpublish":
                    if history:
                        unpublish(page)
                    history = []
                elif step == "publish" or not every_title:
                    draft = Version.objects.create(page=page, title=title, summary="S", overview="<p>O</p>")
                    publish(draft, None, clock + ahead if value else None, unsigned=True)
                    history.append((title, clock + ahead))
                    every_title.append(title)
                else:
                    old = page.versions.order_by("pk")[value % len(every_title)]
                    assert old.title == every_title[value % len(every_title)]
                    publish(restore(old, None), None, clock + ahead if value else None, unsigned=True)
                    history.append((old.title, clock + ahead))
                    every_title.append(old.title)
                assert read_by(client) == shown(history, clock)
            edges = {START, *(time for _, time in history)}
            for at in {edge + timedelta(microseconds=step) for edge in edges for step in (-1, 0, 1)}:
                seen = Version.objects.live(at).values_list("title", flat=True)
                assert list(seen) == [title for title in [shown(history, at)] if title]
        # Each history starts from nothing.
        transaction.set_rollback(True)


def shown(history, at):
    """The words of the version with the latest time that has come; of two with one time, the later's."""
    come = [(time, number, title) for number, (title, time) in enumerate(history) if time <= at]
    return max(come)[2] if come else None


def read_by(client):
    response = client.get(ADDRESS)
    return page_of(response).one("h1").text if response.status_code == 200 else None
