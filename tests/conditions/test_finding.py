"""Finding a page: from A to Z, by the part of the body, and from a page that may not be the right one."""

import re

import pytest

from conditions.areas import Area
from conditions.body_map import SHAPES
from conditions.models import HowCommon, Page, RedFlagCard, RedFlagCardArea
from conditions.versions import publish, start_draft
from tests.factories import make_card, make_draft, make_page
from tests.markup import page_of

pytestmark = pytest.mark.django_db


def how_common(version, value):
    Page.objects.filter(pk=version.page_id).update(how_common=value)
    return version


# --- A to Z -----------------------------------------------------------------------------------


def letters(client):
    page = page_of(client.get("/conditions/"))
    listed = {
        heading.text: [item.text for item in heading.parent.all("li")]
        for heading in page.all("h2", class_="letter")
    }
    # Every letter of the row leads to its own heading.
    row = page.one("nav", aria_label="Letters").links
    assert list(row) == [f"#{heading['id']}" for heading in page.all("h2", class_="letter")]
    assert [text[-1] for text in row.values()] == list(listed)
    return listed


def test_titles_stand_in_alphabetical_order_under_their_letters(client):
    for slug, title in (("d", "sciatica"), ("a", "Neck pain"), ("c", "Sprain"), ("b", "Achilles pain")):
        make_page(slug, title=title, summary="It hurts.")
    assert letters(client) == {
        "A": ["Achilles painIt hurts."],
        "N": ["Neck painIt hurts."],
        "S": ["sciaticaIt hurts.", "SprainIt hurts."],
    }


def test_other_names_lead_to_the_title(client):
    make_page("tennis-elbow", title="Tennis elbow", other_names="lateral epicondylitis\nElbow tendonitis")
    assert letters(client) == {
        "E": ["Elbow tendonitis, see Tennis elbow"],
        "L": ["Lateral epicondylitis, see Tennis elbow"],
        "T": ["Tennis elbowA summary of tennis-elbow."],
    }
    page = page_of(client.get("/conditions/"))
    [line] = [item for item in page.all("li") if item.text.startswith("Lateral")]
    assert line.links == {"/conditions/tennis-elbow/": "Tennis elbow"}


def test_a_name_of_two_conditions_leads_to_both(client):
    make_page("a", title="Runner's pain", other_names="Runner's knee")
    make_page("b", title="Band pain", other_names="runner's knee")
    assert letters(client)["R"][:2] == ["Runner's knee, see Band pain", "Runner's knee, see Runner's pain"]


def test_a_name_that_is_a_title_is_listed_once(client):
    make_page("neck-pain", title="Neck pain", other_names="Whiplash\nneck PAIN")
    make_page("whiplash", title="Whiplash")
    assert list(letters(client)) == ["N", "W"]
    assert letters(client)["W"] == ["WhiplashA summary of whiplash."]


def test_names_of_drafts_and_of_treatments_are_not_listed(client):
    make_page("neck-pain", title="Neck pain")
    make_draft("whiplash", title="Whiplash")
    make_page("heat", kind=Page.Kind.TREATMENT, areas=(), title="Heat", other_names="Warmth")
    assert list(letters(client)) == ["N"]


def test_odd_names_have_letters_that_lead_to_them(client):
    make_page("a", title="épaule", other_names="2nd toe pain\nÉpaule gelée")
    found = letters(client)
    assert set(found) == {"2", "É"}


# --- The body map -----------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/", "/conditions/"])
def test_map_leads_to_every_area_once_in_order_from_the_head_down(client, address):
    make_page("sore-elbow", areas=("elbow", "whole-body"))
    page = page_of(client.get(address))
    chart = page.one("svg", class_="body-map")
    assert chart["role"] == "list"
    items = chart.all("g", role="listitem")
    links = [item.one("a") for item in items]
    assert [(link["href"], link["aria-label"]) for link in links] == [
        (f"/conditions/areas/{area.value}/", area.label) for area in Area if area is not Area.WHOLE_BODY
    ]
    assert len(links) >= 14
    for link in links:
        assert client.get(link["href"]).status_code == 200
    # The list beside has the areas that have a page, and the whole body, which has no place on the map.
    assert page.one("ul", class_="area-list").links == {
        "/conditions/areas/elbow/": "Elbow",
        "/conditions/areas/whole-body/": "Whole body",
    }


def outlines(path):
    return [re.findall(r"(-?\d+) (\d+)", part) for part in path.split("Z") if part.strip()]


def test_map_has_what_can_be_seen_from_each_side():
    shapes = {shape.area: outlines(shape.path) for shape in SHAPES}
    # A part in the middle of the body is seen once from a side; a limb twice.
    assert {area.value: len(found) for area, found in shapes.items()} == {
        "head-and-jaw": 2,
        "neck": 2,
        "shoulder": 4,
        "upper-arm": 4,
        "elbow": 4,
        "forearm": 4,
        "wrist-and-hand": 4,
        "upper-back": 1,
        "chest-and-ribs": 1,
        "lower-back": 1,
        "hip-and-groin": 2,
        "thigh": 4,
        "knee": 4,
        "lower-leg": 4,
        "ankle-and-foot": 4,
    }
    [[chest], [back]] = shapes[Area.CHEST_AND_RIBS], shapes[Area.UPPER_BACK]
    assert max(int(x) for x, _ in chest) < 140 < min(int(x) for x, _ in back)


@pytest.mark.parametrize("area", [shape.area for shape in SHAPES])
def test_area_page_and_condition_page_show_where_it_is(client, area):
    make_page("sore", areas=(area.value,))
    [path] = [shape.path for shape in SHAPES if shape.area == area]
    for address in (f"/conditions/areas/{area.value}/", "/conditions/sore/"):
        mark = page_of(client.get(address)).one("svg", class_="body-mark")
        assert mark.one("path", class_="body-here")["d"] == path
        assert path not in mark.one("path", class_="body-rest")["d"]
        assert mark["aria-label"] == f"Where it is: {area.label.lower()}"
        assert mark.all("a") == []


def test_condition_of_two_parts_shows_both_and_the_whole_body_is_all_of_it(client):
    make_page("sore", areas=("elbow", "knee"))
    make_page("tired", areas=("whole-body",))
    filled = {
        slug: page_of(client.get(f"/conditions/{slug}/")).one("path", class_="body-here")["d"]
        for slug in ("sore", "tired")
    }
    assert len(outlines(filled["sore"])) == 8
    assert len(outlines(filled["tired"])) == sum(len(outlines(shape.path)) for shape in SHAPES)


def test_page_without_a_part_of_the_body_has_no_map(client):
    make_page("heat", kind=Page.Kind.TREATMENT, areas=())
    assert page_of(client.get("/treatments/heat/")).all("svg", class_="body-mark") == []


# --- Area pages -------------------------------------------------------------------------------


def test_area_lists_its_conditions_the_most_common_first(client):
    how_common(make_page("a", areas=("elbow",), title="Rare thing"), HowCommon.RARE)
    how_common(make_page("b", areas=("elbow",), title="Very common thing"), HowCommon.VERY_COMMON)
    make_page("c", areas=("elbow", "knee"), title="Zebra pain", summary="It is striped.")
    make_page("d", areas=("elbow",), title="Ape pain")
    how_common(make_page("e", areas=("elbow",), title="Less common thing"), HowCommon.LESS_COMMON)
    make_page("sore-knee", areas=("knee",))
    page = page_of(client.get("/conditions/areas/elbow/"))
    assert page.one("h1").text == "Elbow"
    section = page.one("section", aria_labelledby="conditions")
    assert list(section.links.values()) == [
        "Very common thing",
        "Ape pain",
        "Zebra pain",
        "Less common thing",
        "Rare thing",
    ]
    assert "It is striped." in section.text
    assert page.one("form", action="/physiotherapists/").all("input", name="condition") == []


def with_card(slug, card, **values):
    draft = make_draft(slug, **values)
    flag = draft.red_flags.get()
    flag.card = card
    flag.copy_words()
    flag.save()
    return draft


def area_card(*areas, **values):
    card = make_card(**values)
    for area in areas:
        RedFlagCardArea.objects.create(card=card, area=area)
    return card


def cards_of(client, area="elbow"):
    page = page_of(client.get(f"/conditions/areas/{area}/"))
    return [(card.one("h3").text, card.one("ul").text) for card in page.all("div", class_="care-card")]


def test_cards_of_the_area_stand_on_top_by_urgency(client):
    for urgency, heading in (
        ("gp", "See a GP if:"),
        ("emergency", "Call 999 if:"),
        ("urgent", "Call 111 if:"),
    ):
        card = area_card("elbow", "forearm", urgency=urgency, heading=heading, items=f"it is {urgency}")
        publish(with_card(f"sore-{urgency}", card, areas=("elbow",)), by=None, unsigned=True)
    other = area_card("knee", items="it is a knee")
    publish(with_card("sore-knee", other, areas=("elbow", "knee")), by=None, unsigned=True)
    expected = [
        ("Emergency: Call 999 if:", "it is emergency"),
        ("Urgent: Call 111 if:", "it is urgent"),
        ("See a GP: See a GP if:", "it is gp"),
    ]
    assert cards_of(client) == expected
    # An area with the cards but no condition of its own has them too.
    assert cards_of(client, "forearm") == expected
    main = page_of(client.get("/conditions/areas/elbow/")).one("main")
    ids = [element["id"] for element in main.walk() if "id" in element.attributes]
    assert ids.index("red-flags") < ids.index("conditions")


def test_card_that_no_published_page_has_is_not_shown(client):
    card = area_card("elbow")
    with_card("sore-elbow", card, areas=("elbow",))
    assert cards_of(client) == []


def test_card_shows_the_words_that_were_published_last_and_none_that_were_not(client):
    card = area_card("elbow", items="it is hot")
    first = publish(with_card("a", card, areas=("elbow",)), by=None, unsigned=True)
    publish(with_card("b", card, areas=("elbow",)), by=None, unsigned=True)
    RedFlagCard.objects.filter(pk=card.pk).update(items="it is cold")
    assert cards_of(client) == [("Emergency: Call 999 if:", "it is hot")]
    draft = start_draft(first.page, None)
    for flag in draft.red_flags.all():
        flag.refresh_from_db()
        flag.copy_words()
        flag.save()
    assert cards_of(client) == [("Emergency: Call 999 if:", "it is hot")]
    publish(draft, by=None, unsigned=True)
    assert cards_of(client) == [("Emergency: Call 999 if:", "it is cold")]


def test_area_names_the_treatments_used_and_how_good_the_evidence_is(client):
    heat, cold, air, unused = (
        make_page(slug, kind=Page.Kind.TREATMENT, areas=(), title=slug.title()).page
        for slug in ("heat", "cold", "air", "unused")
    )
    hidden = make_draft("hidden", kind=Page.Kind.TREATMENT, areas=()).page
    for slug, uses in {
        "a": [(air, "little"), (heat, "little"), (heat, "good"), (cold, "mixed"), (hidden, "good")],
        "b": [(heat, "little")],
    }.items():
        draft = make_draft(slug, areas=("elbow",), title=f"Page {slug}")
        for number, (page, evidence) in enumerate(uses):
            draft.treatments.create(position=number, name=f"Use {number}", page=page, evidence=evidence)
        publish(draft, by=None, unsigned=True)
    knee = make_draft("c", areas=("knee",))
    knee.treatments.create(position=1, name="Other", page=unused, evidence="good")
    publish(knee, by=None, unsigned=True)
    section = page_of(client.get("/conditions/areas/elbow/")).one("section", aria_labelledby="treatments")
    assert list(section.links) == ["/treatments/heat/", "/treatments/cold/", "/treatments/air/"]
    assert [item.text for item in section.all("li")] == [
        "HeatGood evidence for Page a. Little evidence for Page b.",
        "ColdMixed evidence for Page a.",
        "AirLittle evidence for Page a.",
    ]


def test_home_names_the_most_common_condition_of_each_part_from_the_head_down(client):
    make_page("knee-pain", areas=("knee",), title="A knee pain")
    how_common(make_page("b", areas=("knee", "thigh"), title="B knee pain"), HowCommon.VERY_COMMON)
    make_page("neck-pain", areas=("neck",), title="Neck pain")
    how_common(make_page("rare-neck", areas=("neck",), title="A rare neck"), HowCommon.RARE)
    cards = page_of(client.get("/")).one("ul", class_="card-list")
    assert list(cards.links.values()) == ["Neck pain", "B knee pain"]


def test_home_leaves_out_the_rarer_of_many(client):
    for number, area in enumerate(Area):
        version = make_page(f"page-{area.value}", areas=(area.value,), title=area.label)
        how_common(version, HowCommon.RARE if number % 2 else HowCommon.VERY_COMMON)
    cards = page_of(client.get("/")).one("ul", class_="card-list")
    assert len(cards.links) == 9
    assert [
        label for label in (area.label for area in list(Area)[::2]) if label not in cards.links.values()
    ] == []


# --- Could it be something else? --------------------------------------------------------------


def test_named_pages_say_how_they_differ_and_others_of_the_same_part_follow(client):
    draft = make_draft("sore-elbow", areas=("elbow", "forearm"))
    named = make_page("sore-arm", areas=("upper-arm",), title="Sore arm")
    draft.related_pages.create(position=1, page=named.page, difference="It is higher up.")
    hidden = make_draft("hidden", areas=("elbow",))
    draft.related_pages.create(position=2, page=hidden.page, difference="Nobody can read it.")
    publish(draft, by=None, unsigned=True)
    how_common(make_page("a", areas=("elbow",), title="A rare one"), HowCommon.RARE)
    make_page("tennis-elbow", areas=("elbow", "forearm"), title="Tennis elbow")
    make_page("sore-knee", areas=("knee",))
    page = page_of(client.get("/conditions/sore-elbow/"))
    section = page.one("section", aria_labelledby="something-else")
    assert section.one("ul").text == "Sore arm: It is higher up."
    assert section.links == {"/conditions/sore-arm/": "Sore arm"}
    more = page.one("section", aria_labelledby="more-information")
    ours = {href: text for href, text in more.links.items() if href.startswith("/")}
    assert list(ours.items()) == [
        ("/conditions/tennis-elbow/", "Tennis elbow"),
        ("/conditions/a/", "A rare one"),
    ]


def test_page_that_names_no_other_has_no_such_section(client):
    make_page("sore-elbow")
    page = page_of(client.get("/conditions/sore-elbow/"))
    assert page.all("section", aria_labelledby="something-else") == []


def test_at_most_eight_others_are_named(client):
    for number in range(12):
        make_page(f"page-{number}", areas=("elbow",))
    more = page_of(client.get("/conditions/page-0/")).one("section", aria_labelledby="more-information")
    assert len([href for href in more.links if href.startswith("/conditions/")]) == 8
