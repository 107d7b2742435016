"""Advice while writing: what it says, and that it is about the right place."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conditions.advice import advice_for, page_text, parts_of, reading_age
from conditions.models import Cause, Citation, Page, RedFlag, RelatedPage, Section, TreatmentUse, Version
from tests.factories import make_draft, make_source

LONG = " ".join(["one two three four five six seven eight nine ten eleven twelve"] * 2)
HARD = "<p>Individualised rehabilitation encourages considerable collaboration.</p>" * 12


def page_with(parts=(), kind=Page.Kind.CONDITION, **words):
    """A version that nothing is to be said about, but for what is given; never saved."""
    words = {
        "title": "Sore neck",
        "other_names": "Stiff neck",
        "summary": "A sore neck gets well.",
        "overview": "<p>Your neck is sore.</p>",
        "symptoms": "<p>It hurts.</p>",
        "self_care": "<p>Move it.</p>",
    } | words
    flag = RedFlag(urgency="gp", heading="See a GP if:", items="you feel ill")
    every = {"red_flags": {0: flag}, "citations": {0: Citation(), 1: Citation()}} | dict(parts)
    return Version(page=Page(kind=kind, slug="sore-neck"), **words), every


def advice(*args, **words):
    return advice_for(*page_with(*args, **words))


def test_a_good_page_needs_no_advice():
    assert advice() == []


@pytest.mark.parametrize(
    ("given", "anchor", "label", "message"),
    [
        # What is missing.
        ({"other_names": " \n"}, "id_other_names", "Other names", "There are none yet."),
        ({"symptoms": ""}, "id_symptoms", "Symptoms", "This part is still empty."),
        ({"self_care": ""}, "id_self_care", "What you can do yourself", "This part is still empty."),
        ({"parts": {"red_flags": {}}}, "red_flags-group", "Red flags", "Say when to call 999"),
        ({"parts": {"citations": {}}}, "citations-group", "Sources", "There are none yet"),
        ({"parts": {"citations": {0: Citation()}}}, "citations-group", "Sources", "There is 1 yet"),
        (
            {"parts": {"citations": {0: Citation(), 1: Citation(further_reading=True)}}},
            "citations-group",
            "Sources",
            "A page needs 2 before it can be signed.",
        ),
        # Hard to read.
        ({"overview": HARD}, "id_overview", "Overview", "Aim for 11 to 13"),
        (
            {"symptoms": f"<p>Rest – do. O{LONG[1:]}.</p>"},
            "id_symptoms",
            "Symptoms",
            "A sentence of 24 words: “One two three four five six seven eight …”",
        ),
        (
            {"self_care": f"<ul><li><p>{LONG}</p></li></ul>"},
            "id_self_care",
            "What you can do yourself",
            "A sentence of 24 words",
        ),
        # What not to do.
        (
            {"self_care": "<p>Rest is fine. Heavy lifting should be avoided.</p>"},
            "id_self_care",
            "What you can do yourself",
            "“Heavy lifting should be avoided.” tells nobody in particular.",
        ),
        (
            {"self_care": "<p>Ibuprofen must not be taken on an empty stomach.</p>"},
            "id_self_care",
            "What you can do yourself",
            "Begin it with “do not”",
        ),
        (
            {"self_care": "<ul><li>Bed rest is not recommended</li></ul>"},
            "id_self_care",
            "What you can do yourself",
            "“Bed rest is not recommended” tells nobody",
        ),
        (
            {"self_care": "<ul><li>Avoid stairs</li></ul>"},
            "id_self_care",
            "What you can do yourself",
            "“Avoid stairs” is a “do not” line.",
        ),
        (
            {"self_care": "<ul><li><p>Don’t run</p></li></ul>"},
            "id_self_care",
            "What you can do yourself",
            "“Don’t run” is a “do not” line.",
        ),
        (
            {"self_care": "<ul><li>do not run</li><li>lifting things</li><li>do not jump</li></ul>"},
            "id_self_care",
            "What you can do yourself",
            "“lifting things” is in a “do not” list.",
        ),
        # Jargon, in whatever form it is written.
        ({"overview": "<p>Some oedema.</p>"}, "id_overview", "Overview", "“oedema”: say “swelling”, with"),
        ({"overview": "<p>Two <strong>Lesions</strong>.</p>"}, "id_overview", "Overview", "damaged area"),
        ({"overview": "<p>Comorbidities.</p>"}, "id_overview", "Overview", "other health problem"),
        ({"summary": "Take NSAIDs."}, "id_summary", "Summary", "anti-inflammatory painkiller"),
        ({"overview": "<p>Utilising ice.</p>"}, "id_overview", "Overview", "“utilise”: say “use”."),
        ({"overview": "<p>Rest prior to sport.</p>"}, "id_overview", "Overview", "“prior to”: say “before”."),
        (
            {"overview": "<p>Whilst you sit, whilst you lie.</p>"},
            "id_overview",
            "Overview",
            "“whilst” (2 times)",
        ),
        # Pictures.
        ({"overview": '<p><img src="a.png"></p>'}, "id_overview", "Overview", "no alternative text"),
        ({"overview": '<p><img alt=" " src="a.png"></p>'}, "id_overview", "Overview", "no alternative text"),
        ({"overview": "<p><img src=a><img src=b></p>"}, "id_overview", "Overview", "2 pictures have"),
        # Every part has a place of its own, that of its row in the form.
        (
            {"parts": {"causes": {3: Cause(title="Age", body="<p>Oedema.</p>")}}},
            "id_causes-3-body",
            "Cause “Age”",
            "oedema",
        ),
        (
            {"parts": {"treatments": {1: TreatmentUse(name="Heat", body="<p>Oedema.</p>")}}},
            "id_treatments-1-body",
            "Treatment “Heat”",
            "oedema",
        ),
        (
            {"parts": {"sections": {0: Section(heading="Sleep", body="<p>Oedema.</p>")}}},
            "id_sections-0-body",
            "Section “Sleep”",
            "oedema",
        ),
        (
            {"parts": {"related_pages": {2: RelatedPage(difference="More oedema")}}},
            "id_related_pages-2-difference",
            "Related page",
            "oedema",
        ),
        (
            {
                "parts": {
                    "red_flags": {4: RedFlag(heading="Call 999 if:", items="you have oedema\nyou faint")}
                }
            },
            "red_flags-4",
            "Red flags “Call 999 if:”",
            "oedema",
        ),
    ],
)
def test_one_piece_of_advice_for_one_flaw(given, anchor, label, message):
    (piece,) = advice(**given)

    assert (piece.anchor, piece.label) == (anchor, label)
    assert message in piece.message


@pytest.mark.parametrize(
    "given",
    [
        # The plain word first, the medical one in brackets: said once, it may be used again.
        {"overview": "<p>Swelling (oedema) comes first. The oedema goes.</p>"},
        {"title": "Oedema of the neck", "overview": "<p>Oedema is common.</p>"},
        {"overview": "<p>A physiotherapist can help. Physiotherapy is free.</p>"},
        # What a guideline says is a fact; what to do follows from it.
        {"overview": "<p>NICE says that belts are not recommended.</p>"},
        {"self_care": "<p>Some things are best left:</p><ul><li>do not run</li><li>do not jump</li></ul>"},
        {"self_care": "<ul><li>walk</li><li>do not run</li><li>rest</li></ul>"},
        {"overview": '<p><img src="a.png" alt="A neck"></p>'},
        # Exactly as long as a sentence may be, and a long address that nobody reads.
        {"overview": f"<p>{'word - ' * 19}word.</p>"},
        {"overview": '<p><a href="https://example.org/oedema/utilise/whilst">More</a></p>'},
        # A part too small to measure.
        {"overview": "<p>Rehabilitation.</p>"},
        {"kind": Page.Kind.SIMPLE, "other_names": "", "parts": {"red_flags": {}, "citations": {}}},
        {"kind": Page.Kind.TREATMENT, "symptoms": "", "self_care": "", "parts": {"red_flags": {}}},
    ],
)
def test_no_advice_where_nothing_is_wrong(given):
    assert advice(**given) == []


def test_stiff_words_are_not_excused_by_brackets():
    (piece,) = advice(overview="<p>Use ice (whilst you sit).</p>")

    assert "while" in piece.message


def test_only_the_longest_sentences_are_shown_longest_first():
    sentences = " ".join(f"So {'so ' * length}it is." for length in range(18, 27))

    pieces = advice(overview=f"<p>{sentences}</p>")

    assert [piece.message.split(":")[0] for piece in pieces] == [
        f"A sentence of {length} words" for length in (29, 28, 27, 26, 25)
    ]


def test_what_is_missing_comes_first():
    pieces = advice(other_names="", overview="<p>Oedema.</p>")

    assert [piece.anchor for piece in pieces] == ["id_other_names", "id_overview"]


@pytest.mark.parametrize(
    "pasted", ["a" * 500_000, "a-" * 250_000, "(" * 500_000, "it should not be. " * 28_000]
)
def test_half_a_megabyte_is_read(pasted):
    assert isinstance(advice(overview=f"<p>{pasted}</p>"), list)


@pytest.mark.parametrize(
    ("text", "plain_words", "age"),
    [
        ("", [], 0),
        ("12 %", [], 0),
        # 6 words of one syllable in a sentence: 0.39 * 6 + 11.8 - 15.59, and five years; never below 0.
        ("The cat sat on the mat.", [], 3.55),
        # Every line ends a sentence, with or without a full stop.
        ("the cat sat on the mat\nthe cat sat on the mat", [], 3.55),
        # 5 words, 9 syllables, and the same with a word that counts as one.
        ("Take paracetamol for the knee.", [], 0.39 * 5 + 11.8 * 9 / 5 - 10.59),
        ("Take paracetamol for the knee.", ["Paracetamol at night"], 0.39 * 5 + 11.8 - 10.59),
        ("Your physiotherapist sees physiotherapists.", [], 0.39 * 4 + 11.8 - 10.59),
    ],
)
def test_reading_age(text, plain_words, age):
    assert reading_age(text, plain_words) == pytest.approx(age)


@pytest.mark.django_db
def test_advice_takes_as_many_queries_for_many_parts_as_for_one():
    draft = make_draft()
    source = make_source()
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            advice_for(draft, parts_of(draft))
        counts.append(len(queries))
        for number in range(20):
            draft.causes.create(position=number, title="More", body="<p>Oedema.</p>")
            draft.citations.create(position=number, source=source)
    assert counts == [len(Version.PARTS)] * 2


@pytest.mark.django_db
def test_the_text_of_a_page_is_all_that_is_read():
    draft = make_draft(overview='<p>See <a href="https://example.org/">here</a>.</p><ul><li>One</li></ul>')

    lines = page_text(draft, parts_of(draft)).splitlines()

    assert {"See here.", "One", "Call 999 if:", "you have chest pain", "Why.", "How.", "Ask."} <= set(lines)
