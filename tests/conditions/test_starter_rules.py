"""Each rule of the starter content finds the page that breaks it."""

import copy
import re
import shutil
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from conditions.starter import FOLDER, StarterFolder, StarterPage, read_starter_folder
from conditions.starter_rules import broken_card_rules, broken_rules

STARTER = read_starter_folder()
LONG = "This sentence goes on and on " + "and on " * 12 + "until nobody can say what it was about."
HARD = "Neuromusculoskeletal rehabilitation necessitates multidisciplinary biopsychosocial considerations. "


def page_named(stem: str, starter: StarterFolder = STARTER) -> StarterPage:
    [page] = [page for page in starter.pages if page.path.stem == stem]
    return page


def broken_by(change, stem="tennis-elbow"):
    """What is wrong with a page of the site's own after a change to its content."""
    old = page_named(stem)
    content = copy.deepcopy(old.content)
    change(content)
    page = StarterPage(old.path, content)
    pages = [page if other is old else other for other in STARTER.pages]
    return broken_rules(page, StarterFolder(pages, copy.deepcopy(STARTER.cards)))


def put(name, value):
    return lambda content: content.update({name: value})


def add(name, text):
    return lambda content: content.update({name: content[name] + text})


def without(name):
    return lambda content: content.pop(name)


def in_part(name, number, **values):
    return lambda content: content[name][number].update(values)


def keep(name, count):
    return lambda content: content.update({name: content[name][:count]})


def section(heading, body):
    def change(content):
        [part] = [part for part in content["sections"] if part["heading"] == heading]
        part["body"] = body

    return change


def no_section(heading):
    return lambda content: content.update(
        sections=[part for part in content["sections"] if part["heading"] != heading]
    )


def own_card(urgency="gp", heading="See a GP if:", items=("it is hot",)):
    card = {"urgency": urgency, "heading": heading, "items": list(items)}
    return lambda content: content["red_flags"].__setitem__(2, card)


def unread(content):
    content["sources"] = [source for source in content["sources"] if not source.get("further_reading")]


def only_read(content):
    content["sources"] = [source | {"further_reading": True} for source in content["sources"]]


def twice_the_same_source(content):
    content["sources"].append(content["sources"][0])


def no_do_not(content):
    content["self_care"] = re.sub(r"(?m)^- do not .*$", "", content["self_care"])


def turned_round(content):
    content["red_flags"].reverse()


CASES = {
    "no overview": (without("overview"), "overview is missing"),
    "no symptoms": (without("symptoms"), "'symptoms' is missing"),
    "nothing to do oneself": (put("self_care", " "), "'self_care' is missing"),
    "no do-not list": (no_do_not, "no “do not” list"),
    "one cause": (keep("causes", 1), "fewer than 2 of 'causes'"),
    "three treatments": (keep("treatments", 3), "fewer than 4 of 'treatments'"),
    "one other name": (keep("other_names", 1), "fewer than 2 of 'other_names'"),
    "nothing else it could be": (without("related_pages"), "fewer than 1 of 'related_pages'"),
    "no course": (no_section("What to expect"), "'What to expect' is missing"),
    "an empty section": (section("What to expect", " "), "'What to expect' is missing"),
    "no physiotherapist": (no_section("When to see a physiotherapist"), "physiotherapist' is missing"),
    "no first visit": (section("When to see a physiotherapist", "Soon."), "the first visit"),
    "no questions": (no_section("Questions people ask"), "'Questions people ask' is missing"),
    "one question": (section("Questions people ask", "### Why?\n\nThus."), "fewer than 3 questions"),
    "no part of the body": (put("areas", []), "areas must name"),
    "an unknown part of the body": (put("areas", ["tail"]), "areas must name"),
    "not told how common": (without("how_common"), "how_common must be"),
    "a word for how common": (put("how_common", "now and then"), "how_common must be"),
    "a long summary": (put("summary", "Long " * 40 + "words."), "The summary of 206 characters"),
    "a summary without end": (put("summary", "A sore elbow"), "no sentence"),
    "a hard text": (put("overview", HARD * 200), "Reading age"),
    "a long sentence": (add("overview", f"\n\n{LONG}"), "a sentence of 38 words"),
    "a long sign": (own_card(items=["it " + "hurts " * 31]), "a sentence of 32 words"),
    "a long sentence in a section": (section("What to expect", LONG), "a sentence of 38 words"),
    "a long difference": (in_part("related_pages", 0, difference="It is. " * 40), "up to 250 characters"),
    "no difference": (in_part("related_pages", 0, difference=""), "is no sentence"),
    "related to nothing": (in_part("related_pages", 0, page="sore-tail"), "'sore-tail' is not there"),
    "related to itself": (in_part("related_pages", 0, page="tennis-elbow"), "'tennis-elbow' is not there"),
    "avoid in a list": (add("self_care", "\n\n- Avoid lifting heavy bags."), "Begin it with “do not”"),
    "never in a list": (add("self_care", "\n\n- Never lift a heavy bag."), "Begin it with “do not”"),
    "a do among do nots": (
        add("self_care", "\n\nMore:\n\n- do not lift heavy bags.\n- do not drop them.\n- rest a lot."),
        "is in a “do not” list",
    ),
    "a do not in capitals": (add("self_care", "\n\n- Do not lift heavy bags."), "not a complete line"),
    "half a do not": (add("self_care", "\n\n- do not lift."), "not a complete line"),
    "a do not that goes on": (add("self_care", "\n\n- do not lift heavy bags or"), "not a complete line"),
    "a cure": (add("overview", "\n\nThis will cure your elbow."), "promises a cure"),
    "a guarantee": (add("overview", "\n\nWe guarantee a good elbow."), "promises a cure"),
    "a share in per cent": (add("symptoms", "\n\nIt goes in 80% of people."), "“1 in 7”"),
    "a physio": (add("symptoms", "\n\nAsk a physio."), "say “physiotherapist”"),
    "a review": (add("overview", "\n\nClinically reviewed by a doctor."), "claims a review"),
    "a shout": (add("overview", "\n\nDo it now!"), "exclamation mark"),
    "a link to nowhere": (
        add("overview", "\n\nSee [this](/conditions/sore-tail/)."),
        "/conditions/sore-tail/",
    ),
    "a search that is not there": (add("overview", "\n\n[This](/find/?neuro=on)."), "/find/ leads nowhere"),
    "a relative link": (add("overview", "\n\nSee [this](sciatica)."), "sciatica leads nowhere"),
    "a link to no treatment": (add("overview", "\n\n[This](/treatments/magic/)."), "/treatments/magic/"),
    "a treatment page that is not there": (in_part("treatments", 0, page="magic"), "magic is not there"),
    "a treatment without evidence": (in_part("treatments", 0, evidence="some"), "how well"),
    "a treatment without words": (in_part("treatments", 0, body="It may help."), "how well"),
    "two cards": (keep("red_flags", 2), "one card of each urgency"),
    "cards in another order": (turned_round, "one card of each urgency"),
    "a card of the wrong urgency": (own_card("urgent"), "does not say what its urgency"),
    "a heading without if": (own_card(heading="See a GP when:"), "does not say what its urgency"),
    "no signs": (own_card(items=[]), "0 signs"),
    "eleven signs": (own_card(items=[f"it is sore {n}" for n in range(11)]), "11 signs: at most 10"),
    "a sign that is a sentence": (own_card(items=["it is sore."]), "does not finish"),
    "two sources": (keep("sources", 2), "fewer than 3 sources"),
    "further reading only": (only_read, "fewer than 3 sources"),
    "no further reading": (unread, "There is no further reading"),
    "a source twice": (twice_the_same_source, "is named twice"),
    "a source without https": (in_part("sources", 0, url="http://example.org/"), "does not begin with https"),
    "another page's summary": (
        put("summary", page_named("golfers-elbow").content["summary"].upper().replace(" ", "  ")),
        "golfers-elbow has the same summary",
    ),
    "another page's title": (put("title", "Golfer's elbow"), "golfers-elbow has the same title"),
    "another page's title as a name": (
        put("other_names", ["Golfer's Elbow", "Elbow pain"]),
        "is the title of golfers-elbow",
    ),
}


@pytest.mark.parametrize(("change", "says"), CASES.values(), ids=CASES)
def test_condition_page_that_breaks_a_rule_is_told(change, says):
    found = broken_by(change)
    assert [rule for rule in found if says in rule], found


TREATMENT_CASES = {
    "no overview": (without("overview"), "overview is missing"),
    "nothing on the evidence": (no_section("How good the evidence is"), "evidence is' is missing"),
    "nothing on risks": (no_section("Risks, and who should not have it"), "'Risks"),
    "nothing on what happens": (no_section("What happens"), "'What happens' is missing"),
    "two sources": (keep("sources", 2), "fewer than 3 sources"),
    "a long sentence": (add("overview", f"\n\n{LONG}"), "a sentence of 38 words"),
    "a cure": (add("overview", "\n\nIt will heal you."), "promises a cure"),
}


@pytest.mark.parametrize(("change", "says"), TREATMENT_CASES.values(), ids=TREATMENT_CASES)
def test_treatment_page_that_breaks_a_rule_is_told(change, says):
    found = broken_by(change, "massage")
    assert [rule for rule in found if says in rule], found


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (add("overview", f"\n\n{LONG}"), "a sentence of 38 words"),
        (add("overview", "\n\nSee [this](/nowhere/)."), "/nowhere/ leads nowhere"),
        (put("overview", HARD * 200), "Reading age"),
    ],
)
def test_simple_page_keeps_the_rules_of_language_and_links(change, says):
    assert broken_by(change, "about")
    assert [rule for rule in broken_by(change, "about") if says in rule]


def test_links_to_searches_to_places_on_a_page_and_to_other_sites_are_right():
    links = "[a](/physiotherapists/?neuro=on) [b](/conditions/sciatica/#red-flags) [c](https://www.nhs.uk/)"
    assert broken_by(add("overview", f"\n\n{links}")) == broken_by(lambda content: None) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"areas": []}, "must name parts of the body"),
        ({"areas": ["tail"]}, "must name parts of the body"),
        ({"items": ["it is sore."]}, "does not finish"),
        ({"heading": "Wait if:"}, "does not say what its urgency"),
    ],
)
def test_card_of_the_library_that_breaks_a_rule_is_told(change, says):
    card = STARTER.cards["Knee: emergency"]
    assert broken_card_rules(card) == []
    assert [rule for rule in broken_card_rules(card | change) if says in rule]


def test_the_words_of_a_library_card_are_read_with_the_page():
    cards = copy.deepcopy(STARTER.cards)
    cards["Arm and hand: emergency"]["items"][0] = "it " + "hurts " * 31
    rules = broken_rules(page_named("tennis-elbow"), StarterFolder(STARTER.pages, cards))
    assert [rule for rule in rules if "a sentence of 32 words" in rule]


# --- The command ------------------------------------------------------------------------------


def check(*files, folder):
    told = StringIO()
    try:
        call_command("check_starter_content", *map(str, files), folder=folder, stdout=told)
    except CommandError as error:
        return told.getvalue(), str(error)
    return told.getvalue(), ""


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(FOLDER, tmp_path / "starter")


def test_command_lists_each_page_with_age_words_and_sources(folder):
    told, error = check(folder=folder)
    assert error == ""
    lines = told.splitlines()[1:]
    assert len(lines) == len(STARTER.pages)
    for line in lines:
        assert re.fullmatch(r"[a-z-]+ +\d+\.\d +\d{2,5} +\d+", line), line


def test_command_names_the_page_and_fails(folder):
    path = folder / "conditions" / "tennis-elbow.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub("(?m)^evidence = .*$", 'evidence = "best"', text), encoding="utf-8")
    told, error = check(folder=folder)
    assert "tennis-elbow" in told
    assert "does not say how it works" in told
    assert re.search(r"\d+ rules? (is|are) broken", error)
    told, error = check(folder / "conditions" / "golfers-elbow.toml", folder=folder)
    assert error == ""
    assert "tennis-elbow" not in told


def test_command_refuses_a_file_that_it_cannot_read(folder):
    (folder / "cards" / "knee.toml").write_text("[[cards]]\nareas = []\n")
    assert "knee.toml: each card must have a name of its own" in check(folder=folder)[1]
    (folder / "cards" / "knee.toml").write_text("[[")
    assert check(folder=folder)[1].startswith("knee.toml: ")
