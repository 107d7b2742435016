"""The pages that the site comes with: what they say."""

import re
import tomllib
from io import StringIO
from itertools import pairwise

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from conditions.areas import Area
from conditions.models import RedFlag, RedFlagCard, Source, Version
from conditions.starter import read_starter_folder, starter_files
from conditions.starter_rules import broken_card_rules, broken_rules
from tests.markup import page_of

pytestmark = pytest.mark.django_db

FILES = starter_files()
KINDS = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8")).get("kind", "condition") for path in FILES
}
SLUGS = [slug for slug, kind in KINDS.items() if kind == "condition"]
SIMPLE = [slug for slug, kind in KINDS.items() if kind == "simple"]
SECTIONS = ["overview", "symptoms", "causes", "red-flags", "treatments", "self-care", "more-information"]


def load(folder=None, **options):
    told = StringIO()
    call_command("load_starter_content", stdout=told, **({"folder": folder} if folder else {}), **options)
    return told.getvalue()


# --- What the pages say -----------------------------------------------------------------------


THIRTY_SIX = [
    "upper-back-muscle-pain",
    "neck-pain",
    "whiplash",
    "low-back-pain",
    "sciatica",
    "pelvic-girdle-pain",
    "spinal-stenosis",
    "scoliosis-in-adults",
    "osteoporosis",
    "axial-spondyloarthritis",
    "frozen-shoulder",
    "rotator-cuff-related-shoulder-pain",
    "shoulder-instability",
    "tennis-elbow",
    "golfers-elbow",
    "carpal-tunnel-syndrome",
    "de-quervains",
    "thumb-and-hand-osteoarthritis",
    "hip-osteoarthritis",
    "gluteal-tendinopathy",
    "groin-strain",
    "hamstring-strain",
    "knee-osteoarthritis",
    "kneecap-pain",
    "anterior-cruciate-ligament-injury",
    "meniscus-tear",
    "achilles-tendinopathy",
    "ankle-sprain",
    "plantar-heel-pain",
    "shin-splints",
    "jaw-pain",
    "fibromyalgia-and-persistent-pain",
    "stroke-recovery",
    "parkinsons",
    "multiple-sclerosis",
    "vertigo",
]
FOURTEEN = [
    "exercise-therapy",
    "education-and-advice",
    "manual-therapy",
    "massage",
    "acupuncture-and-dry-needling",
    "taping-and-bracing",
    "posture-and-workplace-advice",
    "graded-activity-and-pacing",
    "hydrotherapy",
    "gait-and-balance-training",
    "vestibular-manoeuvres",
    "injections",
    "shockwave-therapy",
    "electrotherapy",
]


def test_every_page_that_was_asked_for_is_there():
    assert len(THIRTY_SIX) == 36
    assert set(THIRTY_SIX) <= set(SLUGS)
    assert set(FOURTEEN) <= {slug for slug, kind in KINDS.items() if kind == "treatment"}


def test_every_part_of_the_body_has_a_page_and_cards_of_its_own():
    folder = read_starter_folder()
    of_pages = {area for page in folder.pages for area in page.content.get("areas", [])}
    assert of_pages == set(Area.values)
    for urgency in ("emergency", "urgent", "gp"):
        of_cards = [
            area for card in folder.cards.values() if card["urgency"] == urgency for area in card["areas"]
        ]
        assert sorted(of_cards) == sorted(Area.values)


@pytest.mark.parametrize("slug", KINDS)
def test_file_keeps_every_rule(slug):
    folder = read_starter_folder()
    [page] = [page for page in folder.pages if page.path.stem == slug]
    assert broken_rules(page, folder) == []


def test_every_card_of_the_library_keeps_the_rules():
    cards = read_starter_folder().cards
    assert [rule for card in cards.values() for rule in broken_card_rules(card)] == []


def test_every_condition_prints_its_course_on_the_sheet():
    for page in read_starter_folder().pages:
        if page.path.stem in SLUGS:
            assert [part["heading"] for part in page.content["sections"] if part.get("on_sheet")] == [
                "What to expect"
            ]


def test_every_file_loads_into_a_page_at_the_address_of_its_name(client):
    assert load() == f"Starter pages: {len(FILES)} created.\n"
    live = Version.objects.live().values_list("page__slug", "page__kind")
    assert dict(live) == KINDS
    folders = {
        "condition": "/conditions/",
        "treatment": "/treatments/",
        "simple": "/",
        "post": "/blog/",
        "sheet": "/resources/",
    }
    for slug, kind in KINDS.items():
        assert client.get(f"{folders[kind]}{slug}/").status_code == 200


@pytest.fixture(scope="module")
def articles(django_db_setup, django_db_blocker):
    """Each page as readers get it, loaded once for all tests that only read."""
    with django_db_blocker.unblock(), transaction.atomic():
        load(verbosity=0)
        pages = {slug: page_of(Client().get(f"/conditions/{slug}/")).one("article") for slug in SLUGS}
        pages |= {slug: page_of(Client().get(f"/{slug}/")).one("article") for slug in SIMPLE}
        transaction.set_rollback(True)
    return pages


@pytest.fixture(params=SLUGS)
def article(request, articles):
    return articles[request.param]


@pytest.fixture(params=[*SLUGS, *SIMPLE])
def any_article(request, articles):
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
        assert re.match(r"https://[a-z0-9.-]+/", link["href"])
        assert link.text


def test_nhs_and_wikipedia_are_further_reading_of_the_upper_back_page(upper_back):
    further = " ".join(link["href"] for link in upper_back.all("ul", class_="sources")[0].all("a"))
    assert "https://www.nhs.uk/" in further
    assert "https://en.wikipedia.org/" in further


def sentences(article):
    for block in article.all("p", "li", "h1", "h2", "h3", "h4"):
        if not block.all("p", "li"):
            yield from re.split(r"(?<=[.!?:])\s+", block.text)


def test_condition_pages_say_a_lot(article):
    assert len(list(sentences(article))) > 100


def test_every_line_of_a_do_not_list_begins_with_do_not(article):
    lists = [
        [item.text for item in part.all("li")]
        for part in article.all("ul", "ol")
        if any(re.match("do not|don’t|avoid", item.text, re.IGNORECASE) for item in part.all("li"))
    ]
    assert lists
    for items in lists:
        assert [item for item in items if not item.startswith("do not ")] == []


def test_headings_go_down_one_level_at_a_time(any_article):
    levels = [int(heading.tag[1]) for heading in any_article.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert [(before, after) for before, after in pairwise(levels) if after > before + 1] == []


def test_no_cure_is_promised_and_no_share_is_a_percentage(any_article):
    assert not re.search(r"\d ?%|\bper ?cent\b|\bguarantee|will cure", any_article.text)


@pytest.mark.parametrize("slug", ["about", "privacy", "accessibility"])
def test_simple_page_is_words_without_what_only_conditions_have(articles, slug):
    page = articles[slug]
    assert KINDS[slug] == "simple"
    assert page.one("h1").text
    assert len(page.one("div", class_="prose").text) > 50
    sections = page.all("section")
    assert len(sections) >= 2
    for section in sections:
        assert len(section.text) > len(section.one("h2").text) + 20
    assert page.all(class_="review") == page.all("ul", class_="sources") == page.all(class_="care-card") == []


@pytest.mark.django_db
def test_simple_pages_have_no_parts_of_the_body_no_red_flags_and_no_sources():
    load(verbosity=0)
    for slug in ("about", "privacy", "accessibility"):
        version = Version.objects.live().get(page__slug=slug, page__kind="simple")
        parts = (version.page.areas, version.red_flags, version.citations, version.treatments)
        assert [part.count() for part in parts] == [0, 0, 0, 0]


def test_source_that_two_pages_cite_is_kept_once():
    load(verbosity=0)
    urls = list(Source.objects.values_list("url", flat=True))
    assert len(urls) == len(set(urls))
    named = [
        source["url"]
        for path in FILES
        for source in tomllib.loads(path.read_text(encoding="utf-8")).get("sources", [])
    ]
    assert set(urls) == set(named)
    assert len(named) > len(urls)


def test_red_flags_become_cards_of_the_library_with_the_same_words():
    load(verbosity=0)
    flags = RedFlag.objects.select_related("card")
    of_conditions = [flag.card_id for flag in flags.filter(version__page__kind="condition")]
    assert len(of_conditions) == 3 * len(SLUGS) > len(set(of_conditions))
    assert RedFlagCard.objects.count() == len({flag.card_id for flag in flags})
    for flag in flags:
        assert [getattr(flag, word) for word in flag.WORDS] == [
            getattr(flag.card, word) for word in flag.WORDS
        ]
        flag.card.full_clean()


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
