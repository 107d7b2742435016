"""The index of words: made when it is missing, brought up to date by a search, shared by processes."""

from datetime import timedelta

import pytest
import tantivy
from django.utils import timezone

from conditions.versions import publish, unpublish
from physiosite.search.index import SCHEMA, WordIndex
from tests.conditions.editing import clock_at
from tests.factories import make_draft, make_page

pytestmark = pytest.mark.django_db


def keys(index):
    searcher = index.searcher()
    everything = searcher.search(tantivy.Query.all_query(), limit=1000).hits
    return {str(key) for _, at in everything if (key := searcher.doc(at).get_first("key"))}


def test_two_processes_share_one_folder_and_agree(tmp_path):
    one, other = WordIndex(tmp_path), WordIndex(tmp_path)
    first = make_page("one")
    assert keys(one) == keys(other) == {f"page:{first.page_id}"}
    second = make_page("two")
    assert keys(other) == keys(one) == {f"page:{first.page_id}", f"page:{second.page_id}"}


def test_only_what_changed_is_written(tmp_path):
    index = WordIndex(tmp_path)
    pages = [make_page(f"page-{number}") for number in range(5)]
    assert index.update() == 5
    assert index.update() == 0
    unpublish(pages[0].page)
    publish(make_draft("new"), by=None, unsigned=True)
    assert index.update() == 2
    assert f"page:{pages[0].page_id}" not in keys(index)


@pytest.mark.parametrize("content", [None, "", "{", "[1]"])
def test_a_folder_whose_notes_are_lost_is_read_anew(tmp_path, content):
    page = make_page("one")
    index = WordIndex(tmp_path)
    index.update()
    notes = index.folder / "stamps.json"
    if content is None:
        notes.unlink()
    else:
        notes.write_text(content)
    assert index.update() == 1
    assert len(index.searcher().search(tantivy.Query.term_query(SCHEMA, "title", "one"), 10).hits) == 1
    assert keys(index) == {f"page:{page.page_id}"}


def test_a_page_whose_time_comes_is_found_without_a_save(tmp_path):
    index = WordIndex(tmp_path)
    later = timezone.now() + timedelta(days=1)
    page = publish(make_draft("soon"), by=None, at=later, unsigned=True)
    assert keys(index) == set()
    with clock_at(f"{timezone.localtime(later + timedelta(minutes=2)):%Y-%m-%d %H:%M}"):
        assert keys(index) == {f"page:{page.page_id}"}
