"""/search/ as people use it, and as people misuse it."""

from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.utils.text import slugify
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conditions.models import Page
from conditions.versions import publish, start_draft, unpublish
from library.models import Organisation, Synonym, Term, UrgentPhrases
from tests.factories import make_card, make_clinic, make_draft, make_page, make_physiotherapist
from tests.markup import page_of

pytestmark = pytest.mark.django_db


def find(client, text, **more):
    return page_of(client.get("/search/", {"q": text} | more))


def titles(page):
    return [link.text for item in page.all("ol", "ul", class_="line-list") for link in item.all("a")]


@pytest.fixture
def pages():
    elbow = {"title": "Tennis elbow", "other_names": "Lateral epicondylitis\nSore elbow"}
    make_page("tennis-elbow", overview="<p>Pain on the outside of the elbow.</p>", **elbow)
    make_page("sciatica", overview="<p>Pain down the leg from a nerve in the back.</p>")
    others = (
        (Page.Kind.TREATMENT, "Heat packs", "Warmth for stiff muscles and sciatica."),
        (Page.Kind.SHEET, "Pain diary", "Write it down."),
        (Page.Kind.POST, "What to wear", "Loose clothes."),
    )
    for kind, title, words in others:
        make_page(slugify(title), kind=kind, areas=(), title=title, overview=f"<p>{words}</p>")


def test_without_words_it_asks_for_some(client, pages):
    for path in ("/search/", "/search/?q=", "/search/?q=+++"):
        response = client.get(path)
        assert response.status_code == 200
        page = page_of(response)
        assert page.one("h1").text == "Search the site"
        assert not page.all("mark")


def test_the_best_comes_first_with_its_words_marked(client, pages):
    page = find(client, "sciatica")
    assert titles(page)[0] == "Sciatica"
    assert "Heat packs" in titles(page)
    assert {mark.text.lower() for mark in page.all("mark")} == {"sciatica"}
    assert page.one("input", id="q")["value"] == "sciatica"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("lateral epicondylitis", "Tennis elbow"),
        ("tenis elbow", "Tennis elbow"),
        ("tenniselbow", "Tennis elbow"),
        ("SCIATICA!!!", "Sciatica"),
        ("siatica", "Sciatica"),
        ("diaries for pain", "Pain diary"),
        ("wearing", "What to wear"),
    ],
)
def test_names_forms_and_slips_find_the_page(client, pages, text, title):
    assert titles(find(client, text))[0] == title


def test_a_guess_is_said_and_can_be_undone(client, pages):
    page = find(client, "siatica")
    assert "Showing results for sciatica" in page.text
    exactly = page.one("a", href="?q=siatica&exactly=on")
    assert exactly.text == "Search for siatica instead"
    assert "Nothing found" in find(client, "siatica", exactly="on").text


def test_what_means_the_same_finds_the_same_as_editors_have_it(client, pages):
    assert "Nothing found" in find(client, "zebra").text
    Synonym.objects.create(words="zebra\nsciatica")
    # For two seconds what was read before may be kept.
    cache.clear()
    assert titles(find(client, "zebra"))[0] == "Sciatica"


def test_an_urgent_phrase_shows_its_card_above_the_results(client, pages):
    card = make_card(heading="Call 999 now if:", items="you have crushing pain in your chest")
    UrgentPhrases.objects.create(card=card, phrases="chest pain\nnumb between legs")
    for text in ("chest pain", "pain in my chest", "CHEST   PAINS", "chestpain"):
        page = find(client, text)
        care = page.one("div", class_="care-emergency")
        assert "crushing pain" in care.text
        html = client.get("/search/", {"q": text}).text
        assert html.index("care-emergency") < html.index("</main>")
        assert "line-list" not in html[: html.index("care-emergency")]
    assert not find(client, "pain").all("div", class_="care-emergency")


def test_a_town_or_postcode_offers_the_directory_with_its_filters(client, pages):
    page = find(client, "female neuro physio who does home visits in Leeds")
    link = page.one("a", class_="button")
    assert link["href"] == "/physiotherapists/?" + urlencode(
        {"location": "Leeds", "neuro": "on", "home_visits": "on", "female": "on"}
    )
    assert find(client, "LS1 4AP").one("a", class_="button")["href"] == "/physiotherapists/?location=LS1+4AP"
    # A word that is also a town's name stays a word where a page has it.
    assert titles(find(client, "heat packs"))[0] == "Heat packs"


def test_a_physiotherapist_is_found_by_name(client):
    make_physiotherapist((make_clinic(),), name="Zoë Example", slug="zoe-example")
    make_physiotherapist((make_clinic(),), name="Zoë Hidden", slug="zoe-hidden", listed=False)
    assert "Zoë Example" in titles(find(client, "zoe example"))
    assert "Zoë Example" in titles(find(client, "Ms Zoë Exam"))
    assert "Zoë Hidden" not in titles(find(client, "zoe hidden"))
    assert not titles(find(client, "zoe"))


def test_words_and_organisations_are_found(client):
    Term.objects.create(term="Bursa", other_forms="bursae", meaning="A small sac of fluid.")
    Organisation.objects.create(
        name="Example Arthritis Charity", url="https://example.org", what="They help.", topic="joints"
    )
    for text, end in (
        ("bursae", "/resources/glossary/#term-bursa"),
        ("arthritis charity", "/resources/organisations/#organisation-example-arthritis-charity"),
    ):
        assert find(client, text).one("ol", id="results").all("a")[0]["href"] == end


def test_a_change_shows_at_once_and_what_is_taken_down_is_gone(client, pages):
    draft = make_draft("gout", title="Gout")
    assert "Gout" not in titles(find(client, "gout"))
    gout = publish(draft, by=None, unsigned=True)
    assert titles(find(client, "gout"))[0] == "Gout"
    again = start_draft(gout.page, None)
    again.title = "Crystal arthritis"
    again.save()
    publish(again, by=None, unsigned=True)
    assert titles(find(client, "crystal"))[0] == "Crystal arthritis"
    unpublish(gout.page)
    assert "Crystal arthritis" not in titles(find(client, "crystal arthritis"))


def test_it_is_not_for_search_engines_and_sets_no_cookie(client, pages):
    response = client.get("/search/?q=sciatica")
    assert '<meta name="robots" content="noindex">' in response.text
    assert not response.cookies


BAD = [
    "x" * 10_000,
    "pain " * 3000,
    '"',
    '""""""',
    "'",
    "AND OR NOT",
    "* ^ ~ : ( ) [ ] { } + - && || !",
    "title:pain",
    "\x00",
    "sciatica\x00elbow",
    "😀🦴",
    "כאב גב",
    "疼痛",
    "<script>alert(1)</script>",
    "'; DROP TABLE conditions_page; --",
    "%",
    "_",
    "\\",
    "\u202e\u200b",
    "the of and",
    "1 2 3",
    "é" * 500,
]


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
def test_whatever_is_typed_the_page_answers(client, pages, text):
    response = client.get("/search/", {"q": text})
    assert response.status_code == 200
    assert "<script>alert" not in response.text
    assert page_of(response).one("h1")
    if len(text) > 5000:
        assert "searched for its beginning" in response.text
    assert client.get("/search/suggestions/", {"q": text}).status_code == 200


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60))
def test_any_text_at_all(client, pages, text):
    assert client.get("/search/", {"q": text}).status_code == 200


def test_names_are_suggested_as_they_are_typed(client, pages):
    def suggested(text):
        return client.get("/search/suggestions/", {"q": text}).json()["pages"]

    assert suggested("ten") == ["Tennis elbow"]
    assert suggested("elb")[0] in {"Tennis elbow", "Sore elbow"}
    assert suggested("elbow te") == ["Tennis elbow"]
    assert suggested("sci")[0] == "Sciatica"
    assert suggested("s") == suggested("") == suggested("qqq") == []


def test_a_town_is_no_slip_of_the_pen(client, pages):
    make_page("a-lead", overview="<p>What may lead to it.</p>", title="What leads to pain")
    page = find(client, "physio in Leeds")
    assert page.one("h1").text == "Search: physio in Leeds"
    assert page.one("section", class_="panel").one("a")["href"] == "/physiotherapists/?location=Leeds"
    assert not page.all("p", class_="notice")
    assert titles(page) == []


def test_pages_are_found_beside_the_people_of_a_town(client, pages):
    page = find(client, "siatica physio in Leeds")
    assert page.one("section", class_="panel").one("a")["href"] == "/physiotherapists/?location=Leeds"
    assert titles(page)[0] == "Sciatica"


def test_a_sample_physiotherapist_is_found_by_name_where_there_may_be_any(client, settings):
    clinic = make_clinic()
    make_physiotherapist((clinic,), name="Grace Hall", slug="sample-grace-hall-7", sample=True)
    for allowed, found in ((True, ["Grace Hall"]), (False, [])):
        settings.SAMPLE_DATA_ALLOWED = allowed
        assert titles(find(client, "Grace Hall")) == found


def test_addresses_within_a_text_are_not_shown(client):
    words = '<p>Like <a href="/conditions/sciatica/">sciatica</a> it hurts down the leg.</p>'
    make_page("spinal-stenosis", overview=words)
    assert (
        "Like sciatica it hurts down the leg." in find(client, "sciatica").one("ol", class_="line-list").text
    )
