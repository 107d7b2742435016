"""What the admin's first page says waits for each person."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conditions.groups import EDITOR, PUBLISHER, REVIEWER
from conditions.models import Source
from conditions.queue import work_queue
from conditions.versions import back_to_draft, copy_version, publish, send_to_review, unpublish
from tests.factories import make_draft, make_page, make_signature, make_user

pytestmark = pytest.mark.django_db

# A signature of then that was due long before any test runs.
LONG_AGO = {"signed_at": datetime(2019, 3, 4, 12, tzinfo=UTC), "next_review_on": date(2020, 3, 4)}


@pytest.fixture
def reviewer():
    return make_user("rana", REVIEWER)


def in_review(slug: str, by=None, **values):
    draft = make_draft(slug, created_by=by, edited_by=by, **values)
    send_to_review(draft, by)
    return draft


def signed(slug: str, by, **values):
    version = in_review(slug)
    make_signature(version, by, **values)
    return version


def edit(version) -> None:
    version.overview = "<p>Other words.</p>"
    version.revision += 1
    version.save()


def part_of(html: str, pattern: str) -> str:
    (found,) = re.findall(pattern, html, re.DOTALL)
    return found


def seen_by(client, user) -> dict[str, list[tuple[str, str, str]]]:
    """Of each list on the admin's first page: text, address and detail of its items."""
    client.force_login(user)
    html = client.get(reverse("admin:index")).content.decode()
    queue = part_of(html, r'<section class="work-queue".*?</section>')
    lists = {}
    for heading, count, rest in re.findall(r"<h2>(.*?) \((\d+)\)</h2>(.*?)</div>", queue, re.DOTALL):
        items = re.findall(r'<li><a href="(.*?)">(.*?)</a> <span class="quiet">(.*?)</span></li>', rest)
        assert len(items) == int(count)
        lists[heading] = [(unescape(text), url, unescape(detail)) for url, text, detail in items]
    assert ("Nothing waits for you." in queue) == (not lists)
    return lists


def titles(user, at) -> dict[str, list[str]]:
    return {waiting.heading: [item.text for item in waiting.items] for waiting in work_queue(user, at)}


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def test_nothing_waits(client):
    for groups in ([EDITOR], [REVIEWER], [PUBLISHER], [EDITOR, REVIEWER, PUBLISHER]):
        assert seen_by(client, make_user("-".join(groups), *groups)) == {}


def test_the_page_keeps_what_django_shows_there(client):
    client.force_login(make_user("eve", EDITOR))
    html = client.get(reverse("admin:index")).content.decode()
    assert reverse("admin:conditions_page_changelist") in html
    assert "Recent actions" in html
    assert html.count("<h1") == html.count('id="content-main"') == html.count('id="content-related"') == 1


def test_somebody_without_these_permissions_sees_none_of_it(client, reviewer):
    make_page("never")
    signed("waiting", reviewer)
    Source.objects.update(fault="Dead: the server answered 410 (Gone)")
    assert seen_by(client, make_user("porter")) == {}


def test_an_editor_sees_their_own_drafts(client):
    eve, ed = make_user("eve", EDITOR), make_user("ed", EDITOR)
    mine = make_draft("mine", created_by=eve, edited_by=eve)
    helped = make_draft("helped", created_by=ed, edited_by=eve)
    taken_over = make_draft("taken-over", created_by=eve, edited_by=ed)
    make_draft("theirs", created_by=ed, edited_by=ed)
    make_draft("nobodys")
    in_review("sent", eve)
    found = seen_by(client, eve)
    assert list(found) == ["Your drafts"]
    assert [(text, url) for text, url, _ in found["Your drafts"]] == [
        (version.title, reverse("admin:conditions_version_change", args=[version.pk]))
        for version in (mine, helped, taken_over)
    ]


def test_editors_see_drafts_whose_signature_has_fallen(client, reviewer):
    eve = make_user("eve", EDITOR)
    signed("holds", reviewer)
    changed, taken_back = signed("changed", reviewer), signed("taken-back", reviewer)
    edit(changed)
    back_to_draft(taken_back, eve)
    edit(taken_back)
    found = seen_by(client, eve)
    assert list(found) == ["Drafts whose signature has fallen"]
    fallen = found["Drafts whose signature has fallen"]
    assert {text for text, _, _ in fallen} == {"Changed", "Taken back"}
    assert {detail.split(",")[0] for _, _, detail in fallen} == {"changed since it was signed"}


@pytest.mark.parametrize("part", ["red_flags", "causes", "treatments", "sections", "citations"])
def test_a_signature_falls_with_any_part(client, reviewer, part):
    version = signed("changed", reviewer)
    assert list(seen_by(client, make_user("eve", EDITOR))) == []
    getattr(version, part).first().delete()
    assert list(seen_by(client, make_user("ed", EDITOR))) == ["Drafts whose signature has fallen"]


def test_a_reviewer_sees_what_is_in_review_and_not_signed(client, reviewer):
    ed = make_user("ed", EDITOR)
    make_draft("still-a-draft", created_by=ed)
    signed("signed-already", reviewer)
    changed = signed("signed-then-changed", reviewer)
    edit(changed)
    sent = in_review("sent", ed)
    found = seen_by(client, reviewer)
    assert list(found) == ["To review"]
    assert {(text, url) for text, url, _ in found["To review"]} == {
        (version.title, reverse("admin:conditions_version_sign", args=[version.pk]))
        for version in (sent, changed)
    }
    assert "last saved by ed on " in {text: detail for text, _, detail in found["To review"]}["Sent"]


def test_what_reviewers_wrote_themselves_comes_last_and_says_so(client):
    both = make_user("bo", EDITOR, REVIEWER)
    in_review("my-own", both)
    in_review("of-another", make_user("ed", EDITOR))
    found = seen_by(client, both)
    assert list(found) == ["To review"]
    assert [(text, "written by you" in detail) for text, _, detail in found["To review"]] == [
        ("Of another", False),
        ("My own", True),
    ]


def test_a_publisher_sees_what_is_signed(client, reviewer):
    ready = signed("ready", reviewer)
    in_review("not-signed")
    edit(signed("changed-since", reviewer))
    publish(signed("out-already", reviewer), by=None)
    found = seen_by(client, make_user("pam", PUBLISHER))
    assert [(text, url) for text, url, _ in found["To publish"]] == [
        ("Ready", reverse("admin:conditions_version_publish", args=[ready.pk]))
    ]
    assert found["To publish"][0][2].startswith("signed by Ann Example on ")
    assert list(found) == ["To publish"]


def test_every_role_may_open_what_it_is_shown(client, reviewer):
    ed = make_user("ed", EDITOR, REVIEWER, PUBLISHER)
    make_draft("mine", created_by=ed)
    in_review("sent", ed)
    signed("ready", reviewer)
    edit(signed("fallen", reviewer))
    publish(signed("overdue", reviewer, **LONG_AGO), by=None)
    soon = timezone.localdate() + timedelta(days=30)
    publish(signed("due", reviewer, next_review_on=soon), by=None)
    Source.objects.filter(citations__version=make_page("never")).update(
        fault="Dead: the server answered 410 (Gone)"
    )
    found = seen_by(client, ed)
    assert list(found) == [
        "Your drafts",
        "Drafts whose signature has fallen",
        "To review",
        "To publish",
        "Overdue for review",
        "Review due within 90 days",
        "Never reviewed",
        "Dead sources",
    ]
    for items in found.values():
        for text, url, _ in items:
            assert client.get(url).status_code == 200, text
    for group, hidden in (
        (EDITOR, {"To review", "To publish", "Your drafts"}),
        (REVIEWER, {"Your drafts", "Drafts whose signature has fallen", "To publish"}),
        (PUBLISHER, {"Your drafts", "Drafts whose signature has fallen", "To review"}),
    ):
        other = make_user(group.replace(" ", "-"), group)
        shown = seen_by(client, other)
        assert set(found) - set(shown) == hidden
        for _, url, _ in (item for items in shown.values() for item in items):
            assert client.get(url).status_code == 200


def test_when_a_review_is_due_and_when_it_is_late(reviewer):
    live = publish(signed("a-page", reviewer), by=None)
    assert live.signature
    due = live.signature.next_review_on
    soon, late = {"Review due within 90 days": ["A page"]}, {"Overdue for review": ["A page"]}
    for days, expected in ((-91, {}), (-90, soon), (0, soon), (1, late), (400, late)):
        assert titles(reviewer, noon(due + timedelta(days=days))) == expected, days


def test_the_day_is_londons(reviewer):
    # The first of July of next year is in the future and within three years, whatever today is.
    summer = date(timezone.localdate().year + 1, 7, 1)
    publish(signed("a-page", reviewer, next_review_on=summer), by=None)
    before_midnight = datetime(summer.year, 7, 1, 22, 59, tzinfo=UTC)
    assert list(titles(reviewer, before_midnight)) == ["Review due within 90 days"]
    assert list(titles(reviewer, before_midnight + timedelta(minutes=2))) == ["Overdue for review"]


def test_the_longest_overdue_comes_first(client, reviewer):
    for slug, year in (("second", 2020), ("first", 2019), ("third", 2021)):
        values = {"signed_at": datetime(year, 1, 1, tzinfo=UTC), "next_review_on": date(year, 6, 1)}
        publish(signed(slug, reviewer, **values), by=None)
    found = seen_by(client, reviewer)["Overdue for review"]
    assert [(text, detail) for text, _, detail in found] == [
        ("First", "due by 1 June 2019"),
        ("Second", "due by 1 June 2020"),
        ("Third", "due by 1 June 2021"),
    ]


def test_only_what_readers_see_is_due(reviewer):
    taken_down = publish(signed("taken-down", reviewer, **LONG_AGO), by=None)
    unpublish(taken_down.page)
    replaced = publish(signed("renewed", reviewer, **LONG_AGO), by=None)
    newer = copy_version(replaced, None)
    send_to_review(newer, None)
    make_signature(newer, reviewer)
    publish(newer, by=None)
    assert titles(reviewer, timezone.now()) == {}


def test_never_reviewed_are_live_pages_without_a_signature(client, reviewer):
    make_page("condition")
    make_page("treatment", kind="treatment")
    make_page("about", kind="simple")
    make_draft("only-a-draft")
    publish(signed("signed", reviewer), by=None)
    found = seen_by(client, reviewer)
    assert [text for text, _, _ in found["Never reviewed"]] == ["Condition", "Treatment"]
    assert {detail[:13] for _, _, detail in found["Never reviewed"]} == {"published on "}


def test_dead_sources_that_a_page_relies_on(client, reviewer):
    page = make_page("a-page")
    dead, moved = [citation.source for citation in page.citations.all()]
    Source.objects.filter(pk=dead.pk).update(fault="Dead: the server answered 410 (Gone)")
    Source.objects.filter(pk=moved.pk).update(fault="Moved to https://example.org/new")
    make_draft("other").citations.create(position=5, source=dead)
    gone = make_page("gone")
    Source.objects.filter(citations__version=gone).update(fault="Dead: there is no such host")
    unpublish(gone.page)
    assert seen_by(client, reviewer)["Dead sources"] == [
        (
            str(dead),
            reverse("admin:conditions_source_change", args=[dead.pk]),
            "Dead: the server answered 410 (Gone); pages that rely on it: 2",
        )
    ]


def test_a_long_list_is_folded_after_ten(client, reviewer):
    for _ in range(12):
        make_page()
    client.force_login(reviewer)
    html = client.get(reverse("admin:index")).content.decode()
    assert "<h2>Never reviewed (12)</h2>" in html
    folded = part_of(html, r"<details><summary>Show the others</summary>.*?</details>")
    assert folded.count("<li>") == 2


def test_words_of_editors_are_not_markup(client, reviewer):
    make_page("a-page", title="<b>Pain</b>")
    client.force_login(reviewer)
    html = client.get(reverse("admin:index")).content.decode()
    assert "&lt;b&gt;Pain&lt;/b&gt;" in html
    assert "<b>Pain" not in html


def test_the_number_of_queries_does_not_grow_with_pages_or_versions(client, reviewer):
    everything = make_user("eve", EDITOR, REVIEWER, PUBLISHER)

    def fill(name: str) -> None:
        make_draft(f"{name}-mine", created_by=everything)
        in_review(f"{name}-sent")
        signed(f"{name}-ready", reviewer)
        edit(signed(f"{name}-fallen", reviewer))
        page = publish(signed(f"{name}-overdue", reviewer, **LONG_AGO), by=None)
        publish(copy_version(make_page(f"{name}-never"), None), by=None, unsigned=True)
        Source.objects.filter(citations__version=page).update(fault="Dead: there is no such host")

    def queries() -> int:
        client.force_login(everything)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse("admin:index")).status_code == 200
        return len(seen)

    fill("first")
    first = queries()
    for number in range(5):
        fill(f"more-{number}")
    assert queries() == first
    assert first <= 20


def test_an_overdue_page_tells_readers_so(client, reviewer):
    overdue = publish(signed("overdue", reviewer, **LONG_AGO), by=None)
    fresh = publish(signed("fresh", reviewer), by=None)
    late = client.get(overdue.get_absolute_url()).content.decode()
    assert "This page is overdue for review." in late
    assert "It should have been checked again by 4 March 2020." in late
    assert "overdue for review" not in client.get(fresh.get_absolute_url()).content.decode()


def test_an_overdue_treatment_tells_readers_so_too(client, reviewer):
    draft = make_draft("exercise", kind="treatment")
    send_to_review(draft, None)
    make_signature(draft, reviewer, **LONG_AGO)
    live = publish(draft, by=None)
    assert "This page is overdue for review." in client.get(live.get_absolute_url()).content.decode()
