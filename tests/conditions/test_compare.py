"""Two versions compared, for editors and for readers, and an earlier one restored."""

import time

import pytest

from conditions.compare import Run, changes_between, compare_paragraphs, plain_paragraphs
from conditions.groups import EDITOR, REVIEWER
from conditions.models import Version
from conditions.versions import open_draft, publish, restore, start_draft, unpublish, words_of
from tests.conditions.editing import SignedIn, clock_at, page_url, said, text_of, version_url
from tests.factories import make_card, make_draft, make_page, make_source
from tests.markup import page_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor():
    return SignedIn(EDITOR)


def compare(client, older, newer):
    return client.get(page_url(older.page, "compare"), {"older": older.pk, "newer": newer.pk})


def in_words(change):
    return [
        f"{'-' if run.what == 'removed' else '+' if run.what == 'added' else ''}{run.text}".strip()
        for runs in change.paragraphs
        for run in runs
    ]


# --- What differs -----------------------------------------------------------------------------
def edit_part(kind, **values):
    def edit(draft):
        part = getattr(draft, kind).first()
        for name, value in values.items():
            setattr(part, name, value)
        part.save()

    return edit


def edit_words(**values):
    def edit(draft):
        for name, value in values.items():
            setattr(draft, name, value)
        draft.save()

    return edit


def swap_card(draft):
    flag = draft.red_flags.first()
    flag.card = make_card(urgency="gp", heading="See a GP if:", items="it lasts\nit comes back", note="Soon.")
    flag.copy_words()
    flag.save()


CASES = [
    (edit_words(title="New title"), "Title", ["-Old", "+New", "title"]),
    (edit_words(other_names="Tennis elbow\nSore arm"), "Other names", ["Tennis elbow", "+Sore arm"]),
    (edit_words(summary="It hurts."), "Summary", ["It", "-is sore.", "+hurts."]),
    (edit_words(overview="<p>One two four.</p>"), "Overview", ["One two", "-three.", "+four."]),
    (edit_words(symptoms="<p>Some <strong>symptoms</strong>.</p><ul><li>More</li></ul>"), "Symptoms", None),
    (edit_words(self_care=""), "What you can do yourself", ["-Some advice."]),
    (swap_card, "Red flags", None),
    (edit_part("causes", title="Another cause"), "Causes", ["-A", "+Another", "cause", "Why."]),
    (
        edit_part("treatments", evidence="good"),
        "Treatments",
        ["A treatment", "-(Mixed", "+(Good", "evidence)", "How."],
    ),
    (edit_part("sections", body="<p>Tell.</p>"), "Extra sections", ["In pregnancy", "-Ask.", "+Tell."]),
    (edit_part("related_pages", difference="It is worse."), "Related pages", None),
    (edit_part("citations", further_reading=True), "Sources", None),
    (
        lambda draft: draft.red_flags.all().delete(),
        "Red flags",
        ["-Emergency: Call 999 if:", "-• you have chest pain"],
    ),
    (lambda draft: draft.causes.all().delete(), "Causes", ["-A cause", "-Why."]),
    (
        lambda draft: draft.causes.create(position=9, title="A second"),
        "Causes",
        ["A cause", "Why.", "+A second"],
    ),
    (lambda draft: draft.citations.create(position=9, source=make_source()), "Sources", None),
]


@pytest.fixture
def pair():
    """A live version with a part of every kind, and a draft with the same words."""
    older = make_draft(
        "sore-elbow",
        title="Old title",
        other_names="Tennis elbow",
        summary="It is sore.",
        overview="<p>One two three.</p>",
    )
    older.related_pages.create(position=1, page=make_page().page, difference="It is better.")
    publish(older, None, unsigned=True)
    return older, start_draft(older.page, None)


@pytest.mark.parametrize(("edit", "label", "expected"), CASES)
def test_what_changed_is_told_by_part_and_word(pair, edit, label, expected):
    older, newer = pair
    assert changes_between(older, newer) == []
    edit(newer)
    newer = Version.objects.get(pk=newer.pk)
    changes = changes_between(older, newer)
    assert [change.label for change in changes] == [label]
    if expected:
        assert in_words(changes[0]) == expected
    assert {run.what for runs in changes[0].paragraphs for run in runs} - {"same"}
    # And the other way round.
    back = changes_between(newer, older)[0]
    assert ["".join(run.text for run in runs) for runs in changes[0].after] == [
        "".join(run.text for run in runs) for runs in back.before
    ]


def test_a_card_is_compared_with_its_urgency_every_sign_and_its_note(pair):
    older, newer = pair
    swap_card(newer)
    change = changes_between(older, newer)[0]
    after = ["".join(run.text for run in runs) for runs in change.after]
    assert after == ["See a GP: See a GP if:", "• it lasts", "• it comes back", "Soon."]


def test_parts_in_another_order_differ(pair):
    older, newer = pair
    newer.citations.filter(position=1).update(position=5)
    assert [change.label for change in changes_between(older, newer)] == ["Sources"]


def test_a_links_address_is_compared(pair):
    older, newer = pair
    for version, path in ((older, "one"), (newer, "two")):
        html = f'<p>See <a href="https://example.org/{path}">this</a>.</p>'
        Version.objects.filter(pk=version.pk).update(symptoms=html)
        version.refresh_from_db()
    assert [change.label for change in changes_between(older, newer)] == ["Symptoms"]


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        ("<p>One</p><p>Two</p>", ["One", "Two"]),
        ("<ul><li>One</li><li><p>Two</p></li></ul>", ["• One", "• Two"]),
        ("<p>A &amp; B &lt;c&gt;</p>", ["A & B <c>"]),
        ("<h3>One</h3>\n<p>two<br>three</p>", ["One", "two", "three"]),
        ("<p>A <strong>bold</strong> word</p>", ["A bold word"]),
        ('<p><a href="/a">b</a></p>', ["b (/a)"]),
        ("One\r\nTwo", ["One", "Two"]),
        ("", []),
    ],
)
def test_text_is_read_as_paragraphs(html, lines):
    assert plain_paragraphs(html) == lines


def test_words_are_compared_only_inside_a_paragraph_that_changed():
    runs = list(compare_paragraphs(["One.", "Two three."], ["One.", "Two four."]))
    assert runs == [
        [Run("same", "One.")],
        [Run("same", "Two "), Run("removed", "three."), Run("added", "four.")],
    ]


@pytest.mark.parametrize(
    "shape", ["many paragraphs", "one paragraph", "every second word", "one word again and again"]
)
def test_500_kb_of_text_are_compared_in_bounded_work(shape):
    if shape == "many paragraphs":
        before = [f"Paragraph {number} with some words." for number in range(15_000)]
        after = [f"Paragraph {number} with other words." for number in range(15_000)]
    elif shape == "one paragraph":
        before = [" ".join(f"word{number}" for number in range(50_000))]
        after = [" ".join(f"other{number}" for number in range(50_000))]
    elif shape == "every second word":
        before = [" ".join(f"word{number}" for number in range(50_000))]
        after = [" ".join(f"{'word' if number % 2 else 'other'}{number}" for number in range(50_000))]
    else:
        before, after = ["pain " * 100_000], ["pain " * 99_000 + "ache"]
    started = time.process_time()
    changed = list(compare_paragraphs(before, after))
    assert time.process_time() - started < 10
    if shape in {"every second word", "one word again and again"}:
        assert sum(len(run.text) for runs in changed for run in runs if run.what == "same") > 200_000
    assert "".join(run.text for runs in changed for run in runs if run.what != "added") == "".join(before)
    assert "".join(run.text for runs in changed for run in runs if run.what != "removed") == "".join(after)


# --- In the admin -----------------------------------------------------------------------------
def test_two_versions_stand_side_by_side_and_in_one_text(pair):
    older, newer = pair
    edit_words(title="New title")(newer)
    page = page_of(compare(SignedIn(REVIEWER), older, newer))
    left, right = page.one("div", class_="side-by-side").all("div")
    assert [run.text for run in left.all("del")] == ["removed: Old"]
    assert not left.all("ins")
    assert [run.text for run in right.all("ins")] == ["added: New"]
    assert not right.all("del")
    both = page.one("details")
    assert [run.text for run in both.all("ins", "del")] == ["removed: Old", "added: New"]
    # The words that tell them apart are heard, not seen.
    assert both.one("ins").one("span", class_="visually-hidden").text == "added:"


def test_the_same_versions_say_so(editor, pair):
    assert "These two versions have the same words." in text_of(compare(editor, *pair))
    assert "These two versions have the same words." in text_of(compare(editor, pair[0], pair[0]))


def test_only_versions_of_this_page_are_compared(editor, pair):
    other = make_page()
    assert compare(editor, pair[0], other).status_code == 404
    for values in ({}, {"older": "x", "newer": pair[0].pk}, {"older": "²", "newer": pair[0].pk}):
        assert editor.get(page_url(pair[0].page, "compare"), values).status_code == 404


# --- For readers ------------------------------------------------------------------------------
def test_readers_see_the_versions_that_were_live_with_their_notes(client):
    with clock_at("2031-03-01 09:00"):
        first = make_page("sore-elbow", title="First title", note="The first version.")
    for minute, (title, note) in enumerate([("Second title", "A new title."), ("Third title", "")]):
        with clock_at(f"2031-03-02 09:0{minute}"):
            draft = start_draft(first.page, None)
            Version.objects.filter(pk=draft.pk).update(title=title, note=note)
            publish(draft, None, unsigned=True)
    with clock_at("2031-03-03 09:00") as now:
        later = start_draft(first.page, None)
        Version.objects.filter(pk=later.pk).update(title="Later title", note="Only tomorrow.")
        publish(later, None, at=now.replace(day=4), unsigned=True)
        hidden = start_draft(first.page, None)
        Version.objects.filter(pk=hidden.pk).update(title="Draft title", note="Only a draft.")
        page = page_of(client.get("/conditions/sore-elbow/changes/"))
    assert [heading.text for heading in page.one("ol", class_="line-list").all("h2")] == [
        "2 March 2031, 09:01 (the page now)",
        "2 March 2031, 09:00",
        "1 March 2031, 09:00",
    ]
    assert "No note was left. Not clinically reviewed." in page.text
    assert "A new title." in page.text and "The first version." in page.text
    for words in ("Only tomorrow", "Later title", "Only a draft", "Draft title"):
        assert words not in page.text
    assert [run.text for run in page.all("ins", "del")] == [
        "removed: Second",
        "added: Third",
        "removed: First",
        "added: Second",
    ]


def test_a_version_taken_off_before_its_time_is_not_in_the_history(client):
    with clock_at("2031-03-01 09:00") as now:
        draft = make_draft("sore-elbow", note="Never seen.")
        publish(draft, None, at=now.replace(day=9), unsigned=True)
        unpublish(draft.page)
        publish(restore(draft, None), None, unsigned=True)
    with clock_at("2031-03-20 09:00"):
        assert "Never seen." not in text_of(client.get("/conditions/sore-elbow/changes/"))


def test_a_version_that_readers_saw_stays_in_the_history_after_it_was_taken_off(client):
    live = make_page("sore-elbow", note="Seen once.")
    unpublish(live.page)
    publish(restore(live, None), None, unsigned=True)
    assert "Seen once." in text_of(client.get("/conditions/sore-elbow/changes/"))


def test_treatments_have_a_history_too(client):
    make_page("heat", kind="treatment", note="First of all.")
    assert "First of all." in text_of(client.get("/treatments/heat/changes/"))
    assert client.get("/conditions/heat/changes/").status_code == 404


# --- Restoring --------------------------------------------------------------------------------
def test_an_earlier_version_comes_back_as_a_draft_with_every_word(editor, pair, client):
    older, newer = pair
    for name in Version.PARTS:
        getattr(newer, name).all().delete()
    edit_words(title="New title")(newer)
    publish(newer, None, unsigned=True)
    response = editor.post(version_url(older, "restore"))
    assert "a new draft with the earlier words" in said(editor, response)
    draft = open_draft(older.page)
    assert draft and draft.created_by == editor.user
    assert all(words_of(draft).values())
    assert words_of(draft) == words_of(older)
    assert response.headers["Location"] == version_url(draft)
    assert page_of(client.get("/conditions/sore-elbow/")).one("h1").text == "New title"
    publish(draft, None, unsigned=True)
    assert page_of(client.get("/conditions/sore-elbow/")).one("h1").text == "Old title"


def test_nothing_is_restored_over_an_open_draft(editor, pair):
    older, draft = pair
    response = editor.post(version_url(older, "restore"))
    assert "This page has an open draft. Publish or delete that one first." in said(editor, response)
    assert list(older.page.versions.filter(status="draft")) == [draft]
    assert editor.get(version_url(older, "restore")).status_code == 405
