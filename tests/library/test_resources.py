"""Sheets to print, the glossary and its links in pages, organisations, and the foot of every page."""

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from conditions.models import Page
from conditions.versions import publish, start_draft, words_of
from library.models import Organisation, Synonym, Term, UrgentPhrases
from library.starter import load_starter_words
from library.templatetags.glossary import with_links
from tests.factories import make_card, make_draft, make_page
from tests.markup import page_of, parse

pytestmark = pytest.mark.django_db
# Those that starter phrases call for.
CARDS = (
    "Whole body: emergency",
    "Whole body: urgent",
    "Low back: emergency",
    "Lower leg and foot: urgent",
    "Head and jaw: urgent",
)


def make_sheet(slug="neck-exercises"):
    sheet = make_draft(slug, kind=Page.Kind.SHEET, areas=("neck",))
    words = {"purpose": "To turn.", "how": "<ol><li>Turn.</li></ol>", "amount": "Five times."}
    sheet.exercises.create(position=1, name="Turn <your> head", stop="If it hurts.", **words)
    sheet.checklists.create(position=1, heading="Bring", items="A list\nA pen")
    sheet.tables.create(position=1, heading="Week", columns="Day\nPain\nSleep", rows="Monday\n-")
    return publish(sheet, by=None, unsigned=True)


def test_a_sheet_has_its_exercises_boxes_and_table(client):
    make_sheet()
    page = page_of(client.get("/resources/neck-exercises/"))
    exercise = page.one("ol", class_="exercises")
    assert "1. Turn <your> head" in exercise.text
    assert "How many: Five times." in exercise.text and "When to stop: If it hurts." in exercise.text
    assert [item.text for item in page.one("ul", class_="checklist").all("li")] == ["A list", "A pen"]
    rows = page.one("table").one("tbody").all("tr")
    assert [len(row.all("td", "th")) for row in rows] == [3, 3]
    assert rows[0].one("th").text == "Monday" and not rows[1].all("th")
    assert "Not yet clinically reviewed" in page.text


def test_a_copy_and_the_public_history_have_what_sheets_are_made_of(client):
    sheet = make_sheet()
    draft = start_draft(sheet.page, None)
    assert [str(one) for one in draft.exercises.all()] == ["Turn <your> head"]
    draft.exercises.update(amount="Ten times.")
    draft.tables.all().delete()
    publish(draft, by=None, unsigned=True)
    page = page_of(client.get("/resources/neck-exercises/changes/"))
    assert "Ten" in page.text and "Tables to fill in" in page.text


def test_signatures_of_before_hold():
    """What came later is no part of a digest where a version has nothing of it."""
    plain = words_of(make_page())
    assert not {"author_id", "picture_id", "exercises", "checklists", "tables"} & plain.keys()
    assert {"exercises", "checklists", "tables"} <= words_of(make_sheet()).keys()


def test_a_table_of_too_many_columns_is_refused():
    table = make_sheet().tables.model(heading="Week", columns="\n".join("abcdefgh"), rows="-")
    table.version = make_draft()
    with pytest.raises(ValidationError, match="2 to 7 columns"):
        table.full_clean()


def test_the_list_tells_exercise_sheets_from_others(client):
    make_sheet()
    make_page("pain-diary", kind=Page.Kind.SHEET, areas=())
    Term.objects.create(term="Bursa", meaning="A sac.")
    page = page_of(client.get("/resources/"))
    assert page.one("a", href="/resources/neck-exercises/")
    assert [heading.text for heading in page.one("main").all("h2")] == [
        "Exercise sheets to print",
        "Advice sheets to print",
        "Words and people",
    ]
    assert "1 word that you may hear" in page.text


def test_empty_lists_say_so(client):
    assert "There are no sheets yet" in client.get("/resources/").text
    assert "The glossary is still empty" in client.get("/resources/glossary/").text
    assert "The list is still empty" in client.get("/resources/organisations/").text


def test_an_organisation_of_two_topics_stands_under_both_and_has_one_id(client):
    Organisation.objects.create(
        name="Helpers", url="https://example.org", what="They help.", topic="pain", other_topic="back"
    )
    page = page_of(client.get("/resources/organisations/"))
    assert len(page.all("a", href="https://example.org")) == 2
    assert len(page.all(id="organisation-helpers")) == 1


FORMS = (
    ("Tendon", "tendon"),
    ("tendons", "tendon"),
    ("MRI", "mri"),
    ("nerve", "nerve"),
    ("nerve root", "root"),
    ("pins and needles", "pins"),
)


@pytest.mark.parametrize(
    ("html", "linked", "anchors"),
    [
        ("<p>Tendons and a tendon.</p>", ["Tendons"], {"tendon"}),
        ("<p>An mri, an MRI.</p>", ["MRI"], {"mri"}),
        ("<p>A nerve root is part of a nerve.</p>", ["nerve root", "nerve"], {"root", "nerve"}),
        (
            '<p><a href="/x">a nerve</a></p><h3>Nerve</h3><p>nervous nerve-like nerve</p>',
            ["nerve"],
            {"nerve"},
        ),
        ("<p>pins &amp; needles, pins and needles</p>", ["pins and needles"], {"pins"}),
        ("<p>Nothing of it.</p>", [], set()),
    ],
)
def test_the_first_use_of_a_term_is_linked(html, linked, anchors):
    used: set[str] = set()
    found = parse(with_links(html, FORMS, used))
    assert [link.text for link in found.all("a", class_="term")] == linked
    assert used == anchors
    assert found.text == parse(html).text


def test_a_page_links_each_term_once(client):
    Term.objects.create(term="Tendon", other_forms="tendons", meaning="A cord.")
    make_page("sore-heel", overview="<p>A tendon.</p>", symptoms="<p>Tendons ache.</p>")
    page = page_of(client.get("/conditions/sore-heel/"))
    assert [link["href"] for link in page.all("a", class_="term")] == ["/resources/glossary/#term-tendon"]
    assert page_of(client.get("/resources/glossary/")).one("dt", id="term-tendon").text == "Tendon"


def test_two_terms_cannot_share_a_form():
    Term.objects.create(term="Tendon", other_forms="sinew", meaning="A cord.")
    with pytest.raises(ValidationError, match="is a form of “Tendon” already"):
        Term(term="Sinew", meaning="A cord.").full_clean()


def test_the_foot_of_every_page_leads_on(client):
    foot = page_of(client.get("/")).one("section", aria_labelledby="more")
    assert "Exercise and advice sheets" in foot.text
    make_page("a-post", kind=Page.Kind.POST, areas=())
    cache.clear()
    foot = page_of(client.get("/conditions/")).one("section", aria_labelledby="more")
    assert foot.one("a", href="/blog/a-post/").text == "A post"


def test_the_starter_words_are_loaded_once_and_keep_what_editors_did():
    with pytest.raises(CommandError, match="load_starter_content first"):
        call_command("load_starter_words", verbosity=0)
    assert not Term.objects.exists()
    for name in CARDS:
        make_card(name=name)
    made = load_starter_words()
    assert made["glossary"] >= 60 and made["organisations"] >= 20 and made["synonyms"] >= 50
    assert UrgentPhrases.objects.count() == made["urgent"]
    Term.objects.filter(pk__in=Term.objects.all()[:1]).delete()
    assert set(load_starter_words().values()) == {0}
    assert Term.objects.count() == made["glossary"] - 1
    assert Synonym.objects.count() == made["synonyms"]
