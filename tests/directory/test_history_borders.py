"""A history of several pages: each save is told once and whole, wherever a page ends."""

import pytest

from directory.admin import history as pages
from tests.conditions.editing import SignedIn
from tests.directory.forms import saved, url_of
from tests.factories import make_clinic, make_page, make_physiotherapist
from tests.markup import page_of

pytestmark = pytest.mark.django_db


def told(client, person, page):
    found = page_of(client.get(url_of(person, "history"), {"page": page}))
    return [section.text for section in found.all("section", class_="entry")]


@pytest.mark.parametrize("a_page", range(1, 9))
def test_a_save_of_several_records_is_told_once_and_whole(a_page, monkeypatch):
    monkeypatch.setattr(pages, "RECORDS_A_PAGE", a_page)
    ann = SignedIn("Directory editor", name="ann")
    clinics = [make_clinic(name=name) for name in ("Aire Rooms", "Calder Rooms")]
    neck, hip = make_page("neck-pain").page, make_page("hip-pain").page
    person = make_physiotherapist((clinics[0],))
    saved(
        ann, person, {"phone": "0113 496 0001", "clinics": [clinics[1].pk], "conditions_treated": [neck.pk]}
    )
    saved(ann, person, {"phone": "0113 496 0002", "clinics": [clinics[0].pk], "conditions_treated": [hip.pk]})
    for name in ("Eva", "Ida"):
        saved(ann, person, {"name": name})
    number = -(-person.history.count() // a_page)
    entries = [entry for page in range(number) for entry in told(ann, person, page + 1)]
    expected = [
        ["added: Ida"],
        ["added: Eva"],
        ["added: 0113 496 0002", "added: Aire Rooms", "added: Hip pain"],
        ["added: 0113 496 0001", "added: Calder Rooms", "added: Neck pain"],
        ["added: Aire Rooms"],
    ]
    assert len(entries) == len(expected)
    for entry, words in zip(entries, expected, strict=True):
        assert all(word in entry for word in words), (entry, words)
