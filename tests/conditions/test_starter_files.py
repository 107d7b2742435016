"""Starter files that are wrong are refused by name; others may name cards of the library and each other."""

import pytest
from django.core.management import CommandError

from conditions.models import Page, RedFlag, RedFlagCard, Version
from conditions.versions import change_address
from tests.conditions.starter_folder import FILE, every_row, load
from tests.markup import page_of

pytestmark = pytest.mark.django_db


# --- Files that are wrong ---


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


def test_simple_page_without_an_address_on_the_site_is_refused(folder):
    (folder / "sore-elbow.toml").write_text(
        'kind = "simple"\nslug = "imprint"\ntitle = "Imprint"\nsummary = "Who we are."\noverview = "Us."\n'
    )
    with pytest.raises(CommandError, match="A simple page is one of: about, privacy, accessibility"):
        load(folder)
    assert not Page.objects.exists()


# --- Cards of the library, and pages that lead to each other ---


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
