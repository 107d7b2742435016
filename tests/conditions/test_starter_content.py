"""The pages that the site comes with: what they say, and that loading them never harms an editor's work."""

import re
from io import StringIO
from itertools import pairwise

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client

from conditions.models import Condition, ConditionVersion, RedFlag
from conditions.starter import starter_files
from conditions.versions import publish, start_draft
from tests.conditions.admin_form import edit, save
from tests.factories import make_page
from tests.markup import page_of

pytestmark = pytest.mark.django_db

FILES = starter_files()
SLUGS = [path.stem for path in FILES]
SECTIONS = ["overview", "symptoms", "causes", "red-flags", "treatments", "self-care", "more-information"]


def load(folder=None, **options):
    told = StringIO()
    call_command("load_starter_content", stdout=told, **({"folder": folder} if folder else {}), **options)
    return told.getvalue()


def every_row():
    """All that the app holds, by table."""
    models = apps.get_app_config("conditions").get_models()
    return {model._meta.db_table: list(model._default_manager.order_by("pk").values()) for model in models}


# --- What the pages say -----------------------------------------------------------------------


def test_neck_upper_back_and_low_back_are_there():
    assert {"neck-pain", "upper-back-muscle-pain", "low-back-pain"} <= set(SLUGS)


def test_every_file_loads_into_a_page_at_the_address_of_its_name(client):
    assert load() == f"Starter pages: {len(FILES)} created.\n"
    live = ConditionVersion.objects.live().values_list("condition__slug", flat=True)
    assert sorted(live) == sorted(SLUGS)
    for slug in SLUGS:
        assert client.get(f"/conditions/{slug}/").status_code == 200


@pytest.fixture(scope="module")
def articles(django_db_setup, django_db_blocker):
    """Each page as readers get it, loaded once for all tests that only read."""
    with django_db_blocker.unblock(), transaction.atomic():
        load(verbosity=0)
        pages = {slug: page_of(Client().get(f"/conditions/{slug}/")).one("article") for slug in SLUGS}
        transaction.set_rollback(True)
    return pages


@pytest.fixture(params=SLUGS)
def article(request, articles):
    return articles[request.param]


@pytest.fixture
def upper_back(articles):
    return articles["upper-back-muscle-pain"]


def test_every_part_is_on_the_page(article):
    for section in SECTIONS:
        heading = article.one("h2", id=section)
        assert len(heading.parent.text) > len(heading.text) + 100
    assert article.one(class_="lead").text
    assert article.one(class_="also").text
    assert "Not yet clinically reviewed" in article.one(class_="review").text


def test_help_is_sorted_by_how_fast_it_is_needed(article):
    cards = article.all("div", class_="care-card")
    assert [card.get("class").split()[1] for card in cards] == ["care-emergency", "care-urgent", "care-gp"]
    for card in cards:
        assert card.one("h3").text.endswith("if:")
        assert len(card.all("li")) >= 3
    assert "999" in cards[0].one("h3").text
    assert "111" in cards[1].one("h3").text


def test_nothing_in_an_emergency_card_leads_away(article):
    assert article.one("div", class_="care-emergency").all("a") == []


def test_treatments_tell_how_good_the_evidence_is_in_words(article):
    treatments = article.one("ul", class_="treatments").all("h3")
    labels = article.all("p", class_="evidence")
    assert len(labels) == len(treatments) >= 5
    assert {label.text for label in labels} <= {"Good evidence", "Mixed evidence", "Little evidence"}


def test_sources_are_named_and_linked(article):
    lists = article.all("ul", class_="sources")
    links = [link for part in lists for link in part.all("a")]
    assert len({link["href"] for link in links}) == len(links) >= 3
    for link in links:
        assert re.match(r"https://[a-z0-9.-]+/\S", link["href"])
        assert link.text
    assert "NHS" in lists[0].text


def test_nhs_and_wikipedia_are_further_reading_of_the_upper_back_page(upper_back):
    further = " ".join(link["href"] for link in upper_back.all("ul", class_="sources")[0].all("a"))
    assert "https://www.nhs.uk/" in further
    assert "https://en.wikipedia.org/" in further


def sentences(article):
    for block in article.all("p", "li", "h1", "h2", "h3", "h4"):
        if not block.all("p", "li"):
            yield from re.split(r"(?<=[.!?:])\s+", block.text)


def test_sentences_are_short(article):
    found = list(sentences(article))
    assert len(found) > 100
    assert [sentence for sentence in found if len(sentence.split()) > 30] == []


def test_every_line_of_a_do_not_list_begins_with_do_not(article):
    lists = [
        [item.text for item in part.all("li")]
        for part in article.all("ul", "ol")
        if any(re.match("do not|don’t|avoid", item.text, re.IGNORECASE) for item in part.all("li"))
    ]
    assert lists
    for items in lists:
        assert [item for item in items if not item.startswith("do not ")] == []


def test_headings_go_down_one_level_at_a_time(article):
    levels = [int(heading.tag[1]) for heading in article.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert [(before, after) for before, after in pairwise(levels) if after > before + 1] == []


def test_no_cure_is_promised_and_no_share_is_a_percentage(article):
    assert not re.search(r"\d ?%|\bper ?cent\b|\bguarantee|will cure", article.text)


@pytest.mark.parametrize(
    ("section", "phrases"),
    [
        ("overview", ["less common than neck pain (or|and) low back pain"]),
        ("overview", ["often .*neck", "referred", "physiotherapist (checks|assesses|tests) your neck too"]),
        ("causes", ["referred from the neck", "joints", "discs"]),
        ("causes", ["joints? .*ribs?", "thoracic spine"]),
        ("causes", ["feels as if it is in the muscles", "evidence .* weak"]),
        ("symptoms", ["sharp catch .*some movements", "dull ache"]),
        ("symptoms", ["grow as you do more", "hold one position", "between the shoulder blades"]),
        ("symptoms", ["spreads? down to the middle back"]),
        ("red-flags", ["short of breath", "hurts? .*breathe|worse when you breathe in", "cough up blood"]),
        ("", ["pleurisy", "pneumonia", "collapsed lung", "blood clot"]),
        ("red-flags", ["chest pain"]),
        ("red-flags", ["(weakness or numbness|weak or numb|weakness) .*legs", "unsteady", "bladder|pee"]),
        ("red-flags", ["have had,? cancer", "high temperature", "serious accident|bad fall"]),
        ("red-flags", ["between your shoulder blades and nobody has checked it"]),
        ("overview", ["NHS .*pain between the shoulder blades checked urgently"]),
        ("treatments", ["manual therapy and trigger points", "massage", "acupuncture", "mobilisation"]),
        ("treatments", ["manipulation", "posture advice", "fitness", "specific exercises"]),
        ("section-upper-back-pain-in-pregnancy", ["pregnancy", "midwife"]),
        ("section-pain-on-one-side", ["one side only", "lungs"]),
    ],
)
def test_upper_back_page_covers(upper_back, section, phrases):
    text = upper_back.one("section", aria_labelledby=section).text if section else upper_back.text
    for phrase in phrases:
        assert re.search(phrase, text, re.IGNORECASE), phrase


def test_upper_back_page_has_three_causes_and_eight_treatments(upper_back):
    assert len(upper_back.one("section", aria_labelledby="causes").all("h3")) == 3
    assert len(upper_back.one("ul", class_="treatments").all("h3")) == 8


# --- Loading ----------------------------------------------------------------------------------

FILE = """
slug = "sore-elbow"
areas = ["elbow", "forearm"]
title = "Sore elbow"
other_names = ["Tennis elbow", "Golfer’s elbow"]
summary = "A short summary."
overview = "The **first** words.\\n\\n- one\\n- two"

[[red_flags]]
urgency = "urgent"
heading = "Ask for help if:"
items = ["it is hot", "it is red"]

[[causes]]
title = "Second cause"

[[causes]]
title = "First cause"

[[sources]]
title = "A source"
publisher = "A publisher"
url = "https://example.org/source"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "sore-elbow.toml").write_text(FILE, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a page")
    return tmp_path


def change_file(folder, old, new):
    path = folder / "sore-elbow.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_file_becomes_a_page_in_its_own_order(folder):
    assert load(folder) == "Starter pages: 1 created.\n"
    [version] = ConditionVersion.objects.live()
    assert version.condition.slug == "sore-elbow"
    assert {row.area for row in version.condition.areas.all()} == {"elbow", "forearm"}
    assert version.other_name_list == ["Tennis elbow", "Golfer’s elbow"]
    assert re.sub(r"\s", "", version.overview) == (
        "<p>The<strong>first</strong>words.</p><ul><li>one</li><li>two</li></ul>"
    )
    assert [cause.title for cause in version.causes.all()] == ["Second cause", "First cause"]
    assert RedFlag.objects.get(version=version).item_list == ["it is hot", "it is red"]


def test_html_in_a_file_is_shown_as_text_and_never_run(folder):
    change_file(folder, "The **first** words.", "<script>x()</script>")
    load(folder)
    assert ConditionVersion.objects.get().overview.startswith("<p>&lt;script&gt;x()")


def test_loading_twice_changes_nothing():
    load()
    before = every_row()
    assert load() == f"Starter pages: {len(FILES)} unchanged.\n"
    assert every_row() == before


def test_changed_file_updates_a_page_that_nobody_touched(client, folder):
    load(folder)
    change_file(folder, "**first**", "**second**")
    change_file(folder, '"elbow", "forearm"', '"elbow", "upper-arm"')
    assert load(folder) == "Starter pages: 1 updated.\n"
    assert "<strong>second</strong>" in client.get("/conditions/sore-elbow/").content.decode()
    assert {row.area for row in Condition.objects.get().areas.all()} == {"elbow", "upper-arm"}
    # The version before it is still there.
    assert ConditionVersion.objects.filter(status="approved").count() == 2
    assert load(folder) == "Starter pages: 1 unchanged.\n"


def by_opening_a_draft(version):
    start_draft(version.condition, None)


def by_saving_a_draft(version):
    draft = start_draft(version.condition, None)
    draft.summary = "An editor’s words."
    draft.save()


def by_publishing(version):
    draft = start_draft(version.condition, None)
    draft.summary = "An editor’s words."
    draft.save()
    publish(draft, by=None)


@pytest.mark.parametrize("edit", [by_opening_a_draft, by_saving_a_draft, by_publishing])
@pytest.mark.parametrize("file_changes", [False, True])
def test_page_that_an_editor_has_worked_on_is_kept(folder, edit, file_changes):
    load(folder)
    edit(ConditionVersion.objects.get())
    before = every_row()
    if file_changes:
        change_file(folder, "**first**", "**second**")
        change_file(folder, '"elbow", "forearm"', '"elbow"')
    assert load(folder) == "Starter pages: 1 kept.\n"
    assert every_row() == before


def test_page_that_an_editor_changed_in_the_admin_is_kept(admin_client, folder):
    load(folder)
    address = edit(admin_client, Condition.objects.get())
    save(admin_client, address, {"summary": "An editor’s words."}, "_publish")
    change_file(folder, "**first**", "**second**")
    assert load(folder) == "Starter pages: 1 kept.\n"
    assert "An editor’s words." in admin_client.get("/conditions/sore-elbow/").content.decode()


def test_page_that_an_editor_made_at_the_same_address_is_kept(folder):
    make_page("sore-elbow", title="An editor’s page")
    before = every_row()
    assert load(folder) == "Starter pages: 1 kept.\n"
    assert every_row() == before


BROKEN = [
    ("not TOML", FILE + "\n[[", ""),
    ("no address", FILE.replace("slug", "title_again"), ""),
    ("no areas", FILE.replace("areas", "title_again"), ""),
    ("no title", FILE.replace('title = "Sore elbow"', ""), "title"),
    ("a bad address", FILE.replace("sore-elbow", "Sore Elbow"), "small letters"),
    ("an address that is taken", FILE.replace("sore-elbow", "areas"), "small letters"),
    ("an unknown area", FILE.replace('"forearm"', '"tail"'), "tail"),
    ("an unknown name", FILE.replace("summary", "sumary"), "sumary"),
    ("an unknown name in a part", FILE.replace("publisher", "publsher"), "publsher"),
    ("a long title", FILE.replace('"Sore elbow"', f'"{"x" * 101}"'), "100 characters"),
    ("a number for words", FILE.replace('"A short summary."', "5").replace('"The', '5 #"The'), ""),
    ("a word for a list", FILE.replace('["it is hot", "it is red"]', '"it is hot"'), ""),
    ("a number for a list", FILE.replace('["it is hot", "it is red"]', "5"), ""),
    ("a word for a part", "sections = ['x']" + FILE, ""),
    ("an unknown urgency", FILE.replace('"urgent"', '"soon"'), "soon"),
    ("a heading without if:", FILE.replace("if:", "when:"), "if:"),
    ("an address that is none", FILE.replace("https://example.org/source", "example"), "URL"),
    ("half a review", 'reviewed_by = "A. Reviewer"' + FILE, "needs both"),
]


@pytest.mark.parametrize(("text", "says"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
@pytest.mark.parametrize("page_is_there", [False, True])
def test_broken_file_is_refused_by_name_and_leaves_nothing_behind(folder, text, says, page_is_there):
    if page_is_there:
        load(folder)
    before = every_row()
    (folder / "sore-elbow.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CommandError) as refused:
        load(folder)
    assert str(refused.value).startswith("sore-elbow.toml: ")
    assert says in str(refused.value)
    assert every_row() == before


def test_file_that_is_not_utf8_is_refused_by_name(folder):
    (folder / "sore-elbow.toml").write_bytes(FILE.encode("utf-16"))
    with pytest.raises(CommandError, match=r"^sore-elbow\.toml: "):
        load(folder)


def test_folder_without_a_page_is_told(tmp_path):
    with pytest.raises(CommandError, match="There is no starter page"):
        load(tmp_path)


def test_it_says_as_much_as_it_is_asked_to(folder):
    assert load(folder, verbosity=0) == ""
    assert load(folder, verbosity=2) == "sore-elbow: unchanged\nStarter pages: 1 unchanged.\n"
