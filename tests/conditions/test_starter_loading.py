"""Loading the starter pages makes pages of files, and never harms an editor's work."""

import re

import pytest

from conditions.models import Page, RedFlag, RedFlagCard, Version
from conditions.starter import starter_files
from conditions.versions import change_address, publish, start_draft, unpublish
from tests.conditions.editing import page_url, save, take
from tests.conditions.starter_folder import FILE, change_file, every_row, load
from tests.factories import make_page
from tests.markup import page_of

pytestmark = pytest.mark.django_db

FILES = starter_files()


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


# --- What editors do stays ---


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


def test_it_says_as_much_as_it_is_asked_to(folder):
    assert load(folder, verbosity=0) == ""
    assert load(folder, verbosity=2) == "sore-elbow: unchanged\nStarter pages: 1 unchanged.\n"
