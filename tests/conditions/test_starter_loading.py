"""Loading the starter pages never harms an editor's work, and says what is wrong with a file."""

import re
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from conditions.models import Page, RedFlag, RedFlagCard, Version
from conditions.starter import starter_files
from conditions.versions import change_address, publish, start_draft, unpublish
from tests.conditions.editing import page_url, save, take
from tests.factories import make_page
from tests.markup import page_of

pytestmark = pytest.mark.django_db

FILES = starter_files()


def load(folder=None, **options):
    told = StringIO()
    call_command("load_starter_content", stdout=told, **({"folder": folder} if folder else {}), **options)
    return told.getvalue()


def every_row():
    """All that the app holds, by table."""
    models = apps.get_app_config("conditions").get_models()
    return {model._meta.db_table: list(model._default_manager.order_by("pk").values()) for model in models}


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
    [version] = Version.objects.live()
    assert version.page.slug == "sore-elbow"
    assert {row.area for row in version.page.areas.all()} == {"elbow", "forearm"}
    assert version.other_name_list == ["Tennis elbow", "Golfer’s elbow"]
    assert re.sub(r"\s", "", version.overview) == (
        "<p>The<strong>first</strong>words.</p><ul><li>one</li><li>two</li></ul>"
    )
    assert [cause.title for cause in version.causes.all()] == ["Second cause", "First cause"]
    assert RedFlag.objects.get(version=version).item_list == ["it is hot", "it is red"]


def test_html_in_a_file_is_shown_as_text_and_never_run(folder):
    change_file(folder, "The **first** words.", "<script>x()</script>")
    load(folder)
    assert Version.objects.get().overview.startswith("<p>&lt;script&gt;x()")


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
    assert {row.area for row in Page.objects.get().areas.all()} == {"elbow", "upper-arm"}
    # The version before it is still there.
    assert Version.objects.filter(status="approved").count() == 2
    assert load(folder) == "Starter pages: 1 unchanged.\n"


def by_opening_a_draft(version):
    start_draft(version.page, None)


def by_saving_a_draft(version):
    draft = start_draft(version.page, None)
    draft.summary = "An editor’s words."
    draft.save()


def by_publishing(version):
    draft = start_draft(version.page, None)
    draft.summary = "An editor’s words."
    draft.save()
    publish(draft, by=None, unsigned=True)


@pytest.mark.parametrize("edit", [by_opening_a_draft, by_saving_a_draft, by_publishing])
@pytest.mark.parametrize("file_changes", [False, True])
def test_page_that_an_editor_has_worked_on_is_kept(folder, edit, file_changes):
    load(folder)
    edit(Version.objects.get())
    before = every_row()
    if file_changes:
        change_file(folder, "**first**", "**second**")
        change_file(folder, '"elbow", "forearm"', '"elbow"')
    assert load(folder) == "Starter pages: 1 kept.\n"
    assert every_row() == before


def test_page_that_an_editor_changed_in_the_admin_is_kept(admin_client, folder):
    load(folder)
    page = Page.objects.get()
    assert admin_client.post(page_url(page, "edit-text")).status_code == 302
    draft = page.versions.get(status="draft")
    assert save(admin_client, draft, {"summary": "An editor’s words."}).status_code == 302
    assert take(admin_client, draft, "publish", {"unsigned": "on"}).status_code == 302
    change_file(folder, "**first**", "**second**")
    assert load(folder) == "Starter pages: 1 kept.\n"
    assert "An editor’s words." in admin_client.get("/conditions/sore-elbow/").content.decode()


def test_page_that_an_editor_made_at_the_same_address_is_kept(folder):
    make_page("sore-elbow", title="An editor’s page")
    before = every_row()
    assert load(folder) == "Starter pages: 1 kept.\n"
    assert every_row() == before


def test_page_that_was_moved_is_not_made_again_at_its_first_address(client, folder):
    load(folder)
    change_address(Page.objects.get(), "elbow-pain")
    before = every_row()
    assert load(folder) == "Starter pages: 1 kept.\n"
    assert every_row() == before
    assert client.get("/conditions/sore-elbow/").headers["Location"] == "/conditions/elbow-pain/"


@pytest.mark.parametrize("reason", ["", "It was wrong."])
def test_page_that_was_taken_from_readers_is_not_put_back(client, folder, reason):
    load(folder)
    unpublish(Page.objects.get(), reason=reason)
    before = every_row()
    change_file(folder, "**first**", "**second**")
    assert load(folder) == "Starter pages: 1 kept.\n"
    assert every_row() == before
    assert client.get("/conditions/sore-elbow/").status_code == (410 if reason else 404)


SIMPLE_FILE = """
kind = "simple"
slug = "about"
title = "About us"
summary = "Who we are."
overview = "The words."
"""
TREATMENT_FILE = """
kind = "treatment"
slug = "heat"
title = "Heat"
summary = "What heat does."
overview = "Warm words."
"""


def test_files_of_the_other_kinds_become_pages_of_that_kind(client, tmp_path):
    (tmp_path / "about.toml").write_text(SIMPLE_FILE, encoding="utf-8")
    (tmp_path / "heat.toml").write_text(TREATMENT_FILE, encoding="utf-8")
    used = FILE + '\n[[treatments]]\nname = "Warmth"\npage = "heat"\nevidence = "mixed"\n'
    (tmp_path / "sore-elbow.toml").write_text(used, encoding="utf-8")
    assert load(tmp_path) == "Starter pages: 3 created.\n"
    assert page_of(client.get("/about/")).one("h1").text == "About us"
    assert page_of(client.get("/treatments/heat/")).one("h1").text == "Heat"
    assert client.get("/conditions/heat/").status_code == client.get("/conditions/about/").status_code == 404
    treatments = page_of(client.get("/conditions/sore-elbow/")).one("ul", class_="treatments")
    assert treatments.links == {"/treatments/heat/": "Warmth"}
    assert load(tmp_path) == "Starter pages: 3 unchanged.\n"


def without(line):
    assert line in FILE
    return FILE.replace(line, "")


BROKEN = [
    ("not TOML", FILE + "\n[[", ""),
    ("no address", FILE.replace("slug", "title_again"), ""),
    ("no areas", without('areas = ["elbow", "forearm"]'), "areas"),
    ("an unknown kind", 'kind = "muscle"' + FILE, "muscle"),
    ("a treatment page that is not there", FILE + "\n[[treatments]]\nname='x'\npage='heat'\n", "heat"),
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
    ("no urgency", without('urgency = "urgent"'), "urgency"),
    ("an urgency that is too long", FILE.replace('"urgent"', f'"{"soon" * 30}"'), "soonsoon"),
    ("a heading of a red flag that is too long", FILE.replace("Ask", "Ask" * 60), "120 characters"),
    ("an unknown name in a red flag", FILE.replace("urgency =", "note_2 = 'x'\nurgency ="), "note_2"),
    ("a red flag that is a sentence", FILE.replace('"it is hot"', '"It is hot."'), "small letter"),
    ("a source without its address", without('url = "https://example.org/source"'), "url"),
    ("a heading without if:", FILE.replace("if:", "when:"), "if:"),
    ("an address that is none", FILE.replace("https://example.org/source", "example"), "URL"),
    ("a review", 'reviewed_by = "A. Reviewer"' + FILE, "reviewed_by"),
    ("a signature", "signature = 1" + FILE, "signature"),
    ("an unknown word for how common", 'how_common = "often"' + FILE, "OFTEN"),
    ("a related page that is not there", FILE + "\n[[related_pages]]\npage='knee'\n", "knee"),
    ("a card that is not there", FILE + "\n[[red_flags]]\ncard='Knee: gp'\n", "Knee: gp"),
    ("a time", "publish_at = 2020-01-01T00:00:00Z" + FILE, "publish_at"),
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


def test_changed_red_flag_changes_its_card_while_no_editor_has(folder):
    load(folder)
    change_file(folder, "it is red", "it is swollen")
    assert load(folder) == "Starter pages: 1 updated.\n"
    [card] = RedFlagCard.objects.all()
    assert card.item_list == ["it is hot", "it is swollen"]


def test_card_that_an_editor_has_changed_stays(folder):
    load(folder)
    RedFlagCard.objects.update(items="it is green")
    change_file(folder, "A short summary.", "Another summary.")
    load(folder)
    assert RedFlagCard.objects.get().items == "it is green"


def test_simple_page_without_an_address_on_the_site_is_refused(folder):
    (folder / "sore-elbow.toml").write_text(
        'kind = "simple"\nslug = "imprint"\ntitle = "Imprint"\nsummary = "Who we are."\noverview = "Us."\n'
    )
    with pytest.raises(CommandError, match="A simple page is one of: about, privacy, accessibility"):
        load(folder)
    assert not Page.objects.exists()


# --- Cards of the library, and pages that lead to each other -------------------------------------

CARDS = """
[[cards]]
name = "Elbow: urgent"
areas = ["elbow", "forearm"]
urgency = "urgent"
heading = "Get help from NHS 111 now if:"
items = ["it is hot", "it is stiff"]
note = "Say so."
"""
NAMED = FILE.replace(
    'urgency = "urgent"\nheading = "Ask for help if:"\nitems = ["it is hot", "it is red"]',
    'card = "Elbow: urgent"',
)


@pytest.fixture
def with_cards(folder):
    (folder / "cards").mkdir()
    (folder / "cards" / "elbow.toml").write_text(CARDS, encoding="utf-8")
    (folder / "sore-elbow.toml").write_text(NAMED, encoding="utf-8")
    return folder


def change_cards(folder, old, new):
    path = folder / "cards" / "elbow.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_page_takes_the_words_of_the_card_that_it_names(with_cards):
    assert load(with_cards) == "Starter pages: 1 created.\n"
    [card] = RedFlagCard.objects.all()
    assert (card.name, card.item_list, card.note) == (
        "Elbow: urgent",
        ["it is hot", "it is stiff"],
        "Say so.",
    )
    assert {row.area for row in card.areas.all()} == {"elbow", "forearm"}
    flag = RedFlag.objects.get(version__in=Version.objects.live())
    assert (flag.card, flag.urgency, flag.item_list) == (card, "urgent", ["it is hot", "it is stiff"])
    assert load(with_cards) == "Starter pages: 1 unchanged.\n"


def test_changed_card_changes_the_pages_that_name_it(client, with_cards):
    load(with_cards)
    change_cards(with_cards, "it is stiff", "it is stuck")
    change_cards(with_cards, '"elbow", "forearm"', '"elbow"')
    assert load(with_cards) == "Starter pages: 1 updated.\n"
    assert "it is stuck" in client.get("/conditions/sore-elbow/").content.decode()
    assert {row.area for row in RedFlagCard.objects.get().areas.all()} == {"elbow"}


def test_library_card_that_an_editor_has_changed_stays_and_gives_pages_its_words(client, with_cards):
    load(with_cards)
    RedFlagCard.objects.update(items="it is green")
    change_cards(with_cards, "it is stiff", "it is stuck")
    assert load(with_cards) == "Starter pages: 1 updated.\n"
    assert RedFlagCard.objects.get().items == "it is green"
    page = client.get("/conditions/sore-elbow/").content.decode()
    assert "it is green" in page
    assert "it is stuck" not in page


def test_page_may_name_a_card_that_only_the_library_has(folder):
    RedFlagCard.objects.create(
        name="Elbow: urgent", urgency="urgent", heading="Get help if:", items="it is yellow"
    )
    (folder / "sore-elbow.toml").write_text(NAMED, encoding="utf-8")
    load(folder)
    assert RedFlag.objects.get().items == "it is yellow"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"Elbow: urgent"', '"Elbow: unknown"', 'sore-elbow.toml: ["There is no red-flag card'),
        ('"elbow", "forearm"', '"tail"', "tail"),
        ('"it is hot"', '"It is hot."', "small letter"),
        ('name = "Elbow: urgent"', "", "each card must have a name"),
        ("[[cards]]", "[[", "elbow.toml: "),
    ],
)
def test_broken_card_is_refused_and_leaves_nothing_behind(with_cards, old, new, says):
    before = every_row()
    change_cards(with_cards, old, new)
    with pytest.raises(CommandError) as refused:
        load(with_cards)
    assert says in str(refused.value)
    assert every_row() == before


def related_to(slug, other):
    return (
        FILE.replace("sore-elbow", slug)
        + f'\n[[related_pages]]\npage = "{other}"\ndifference = "It is elsewhere."\n'
    )


def test_pages_may_lead_to_each_other(client, folder):
    (folder / "sore-elbow.toml").write_text(related_to("sore-elbow", "stiff-elbow"))
    (folder / "stiff-elbow.toml").write_text(related_to("stiff-elbow", "sore-elbow").replace("Sore", "Stiff"))
    assert load(folder) == "Starter pages: 2 created.\n"
    for slug, other in (("sore-elbow", "stiff-elbow"), ("stiff-elbow", "sore-elbow")):
        section = page_of(client.get(f"/conditions/{slug}/")).one("section", aria_labelledby="something-else")
        assert list(section.links) == [f"/conditions/{other}/"]
    assert load(folder) == "Starter pages: 2 unchanged.\n"


def test_page_that_others_lead_to_is_filled_in_after_a_fault_in_its_file(client, folder):
    (folder / "sore-elbow.toml").write_text(related_to("sore-elbow", "stiff-elbow"))
    (folder / "stiff-elbow.toml").write_text('slug = "stiff-elbow"\nareas = []\n')
    with pytest.raises(CommandError, match=r"^stiff-elbow\.toml: "):
        load(folder)
    assert client.get("/conditions/sore-elbow/").status_code == 200
    assert client.get("/conditions/stiff-elbow/").status_code == 404
    (folder / "stiff-elbow.toml").write_text(related_to("stiff-elbow", "sore-elbow"))
    assert load(folder) == "Starter pages: 1 created, 1 unchanged.\n"
    assert client.get("/conditions/stiff-elbow/").status_code == 200


def test_page_leads_to_where_an_editor_has_moved_another(client, folder):
    (folder / "stiff-elbow.toml").write_text(FILE.replace("sore-elbow", "stiff-elbow"))
    load(folder)
    change_address(Page.objects.get(slug="stiff-elbow"), "elbow-that-sticks")
    (folder / "sore-elbow.toml").write_text(related_to("sore-elbow", "stiff-elbow"))
    load(folder)
    links = (
        page_of(client.get("/conditions/sore-elbow/")).one("section", aria_labelledby="something-else").links
    )
    assert list(links) == ["/conditions/elbow-that-sticks/"]


@pytest.mark.parametrize(("written", "kept"), [("very common", 1), ("Less common", 3), (None, 2)])
def test_how_common_a_condition_is_stands_in_its_file(folder, written, kept):
    if written:
        (folder / "sore-elbow.toml").write_text(f'how_common = "{written}"\n{FILE}')
    load(folder)
    assert Page.objects.get().how_common == kept


def test_section_for_the_sheet_is_marked(folder):
    (folder / "sore-elbow.toml").write_text(
        FILE + '\n[[sections]]\nheading = "What to expect"\nbody = "Time."\non_sheet = true\n'
        '\n[[sections]]\nheading = "More"\nbody = "Words."\n'
    )
    load(folder)
    assert list(Version.objects.get().sections.values_list("heading", "on_sheet")) == [
        ("What to expect", True),
        ("More", False),
    ]
