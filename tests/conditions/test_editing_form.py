"""The form for a page's words: every kind of field, mistakes and putting them right, the order of parts."""

import pytest

from conditions.models import Page, RedFlag, Version
from tests.conditions.editing import (
    added,
    opened,
    said,
    save,
    take,
    typed,
    version_url,
)
from tests.factories import CONDITION_PARTS, make_card, make_draft, make_page, make_source
from tests.markup import page_of

pytestmark = pytest.mark.django_db

INDEX, ADD = "/admin/conditions/page/", "/admin/conditions/version/add/"
ADDRESS = "/conditions/sore-elbow/"
WORDS = {
    "title": "Sore elbow",
    "slug": "sore-elbow",
    "areas": ["elbow", "forearm"],
    "how_common": "1",
    "other_names": "Tennis elbow\r\nGolfer’s elbow",
    "summary": "It is sore.",
    "overview": "<p>The overview.</p>",
    "symptoms": "<p>The symptoms.</p>",
    "self_care": "<p>The self-care.</p>",
    "note": "First version",
}
UNSIGNED = {"unsigned": "on"}


def filled_in_from_nothing(client):
    """The form of a new page with every field and one of each kind of part."""
    card = make_card(urgency="urgent", heading="Get help if:", items="it is hot\nit is red")
    treatment = make_page("heat", kind=Page.Kind.TREATMENT, areas=(), title="Heat")
    other = make_page("sore-arm", areas=("upper-arm",), title="Sore arm")
    source = make_source(title="The source", publisher="NHS")
    form = typed(client.get(ADD)) | WORDS
    form = added(form, "red_flags", position="1", card=str(card.pk), why_another="One is enough.")
    form = added(form, "causes", position="1", title="The cause", body="<p>Why.</p>")
    form = added(
        form,
        "treatments",
        position="1",
        name="The treatment",
        page=str(treatment.page_id),
        evidence="good",
        body="<p>How.</p>",
    )
    form = added(form, "sections", position="1", heading="In pregnancy", body="<p>Ask.</p>", on_sheet="on")
    form = added(form, "related_pages", position="1", page=str(other.page_id), difference="It is higher up.")
    return added(form, "citations", position="1", source=str(source.pk), cited_from="causes")


def send(client, form, address=ADD, button="_continue"):
    return client.post(address, form | {button: "1"})


# --- A new page -------------------------------------------------------------------------------
def test_page_with_every_part_is_made_from_nothing_and_published(admin_client):
    assert "is saved" in said(admin_client, send(admin_client, filled_in_from_nothing(admin_client)))
    draft = Version.objects.get(page__slug="sore-elbow")
    assert (draft.status, draft.created_by, draft.edited_by) == (
        "draft",
        admin_client.user,
        admin_client.user,
    )
    assert (draft.other_names, draft.note) == ("Tennis elbow\nGolfer’s elbow", "First version")
    assert [getattr(draft, name).count() for name in CONDITION_PARTS] == [1] * 6
    assert draft.red_flags.get().why_another == "One is enough."
    assert draft.citations.get().cited_from == "causes"
    assert draft.sections.get().on_sheet
    assert {row.area for row in draft.page.areas.all()} == {"elbow", "forearm"}
    assert draft.page.how_common == 1
    assert admin_client.get(ADDRESS).status_code == 404
    take(admin_client, draft, "publish", UNSIGNED)
    article = page_of(admin_client.get(ADDRESS)).one("article")
    words = "Sore elbow|It is sore.|Tennis elbow, Golfer’s elbow|The overview.|The symptoms.|The self-care."
    parts = (
        "Get help if:|it is hot|it is red|The cause|Why.|The treatment|Good evidence|How.|In pregnancy|Ask."
    )
    more = "Sore arm: It is higher up.|The source, NHS"
    assert [word for word in f"{words}|{parts}|{more}".split("|") if word not in article.text] == []
    assert article.links["/treatments/heat/"] == "The treatment"


@pytest.mark.parametrize(("kind", "folder"), [("condition", "conditions"), ("treatment", "treatments")])
def test_buttons_of_the_pages_list_lead_to_a_form_for_each_kind(admin_client, kind, folder):
    links = page_of(admin_client.get(INDEX)).one("div", id="content").links
    [address] = [href for href, text in links.items() if text == f"Write a {kind} page"]
    form = typed(admin_client.get(address)) | WORDS
    assert "is saved" in said(admin_client, send(admin_client, form, address))
    draft = Version.objects.get()
    assert draft.page.kind == kind
    take(admin_client, draft, "publish", UNSIGNED)
    assert admin_client.get(f"/{folder}/sore-elbow/").status_code == 200


def test_list_of_versions_is_the_list_of_pages(admin_client):
    assert admin_client.get("/admin/conditions/version/").headers["Location"] == INDEX
    assert admin_client.get(f"{INDEX}add/").status_code == 403


def test_treatment_needs_no_part_of_the_body_and_a_condition_does(admin_client):
    form = typed(admin_client.get(ADD)) | WORDS | {"areas": []}
    assert "Choose at least one part of the body" in said(admin_client, send(admin_client, form))
    assert not Page.objects.exists()
    assert "is saved" in said(admin_client, send(admin_client, form, f"{ADD}?kind=treatment"))


# --- Mistakes -----------------------------------------------------------------------------------
MISTAKES = [
    ({"title": ""}, "This field is required."),
    ({"title": "x" * 101}, "at most 100 characters"),
    ({"overview": ""}, "This field is required."),
    ({"overview": "<p></p>"}, "This field"),
    ({"sections-0-body": "<p> <br></p>"}, "This field"),
    ({"areas": []}, "Choose at least one part of the body"),
    ({"areas": ["tail"]}, "tail is not one of the available choices."),
    ({"slug": ""}, "This field is required."),
    ({"slug": "Sore Elbow"}, "Use small letters, digits and single hyphens"),
    ({"slug": "areas"}, "not the word areas"),
    ({"slug": "sore-arm"}, "Another page has this address"),
    ({"slug": "x" * 81}, "at most 80 characters"),
    ({"slug": "sore\x00elbow"}, "Null characters are not allowed."),
    ({"summary": ""}, "This field is required."),
    ({"summary": "x" * 201}, "at most 200 characters"),
    ({"note": "x" * 201}, "at most 200 characters"),
    ({"red_flags-0-card": ""}, "This field is required."),
    ({"red_flags-0-card": "999999"}, "Select a valid choice."),
    ({"red_flags-0-why_another": "x" * 201}, "at most 200 characters"),
    ({"causes-0-title": ""}, "This field is required."),
    ({"causes-0-title": "x" * 121}, "at most 120 characters"),
    ({"causes-0-position": "-1"}, "greater than or equal to 0"),
    ({"causes-0-position": "10000"}, "less than or equal to 9999"),
    ({"causes-0-position": "first"}, "Enter a whole number."),
    ({"treatments-0-name": ""}, "This field is required."),
    ({"treatments-0-evidence": ""}, "This field is required."),
    ({"treatments-0-evidence": "perfect"}, "perfect is not one of the available choices."),
    ({"treatments-0-page": "999999"}, "Select a valid choice."),
    ({"sections-0-heading": ""}, "This field is required."),
    ({"related_pages-0-page": ""}, "This field is required."),
    ({"related_pages-0-page": "999999"}, "Select a valid choice."),
    ({"related_pages-0-difference": "x" * 251}, "at most 250 characters"),
    ({"citations-0-source": ""}, "This field is required."),
    ({"citations-0-source": "999999"}, "Select a valid choice."),
    ({"citations-0-cited_from": "nowhere"}, "nowhere is not one of the available choices."),
]


def flat(value):
    """One spelling for what a form may hold as one value, a list of one, or with a line break at its end."""
    return [
        str(part).strip() for part in (value if isinstance(value, list) else [value]) if str(part).strip()
    ]


@pytest.mark.parametrize(
    ("mistake", "error"),
    MISTAKES,
    ids=[f"mistake {number}" for number in range(len(MISTAKES))],
)
def test_mistake_is_told_and_can_be_put_right_with_everything_typed_kept(admin_client, mistake, error):
    right = filled_in_from_nothing(admin_client)
    pages = Page.objects.count()
    response = send(admin_client, right | mistake)
    assert error in said(admin_client, response)
    assert (Page.objects.count(), RedFlag.objects.filter(version__title="Sore elbow").count()) == (pages, 0)
    kept = typed(response)
    others = right.keys() - mistake.keys() - {"csrfmiddlewaretoken"}
    assert {name for name in others if flat(kept.get(name, "")) != flat(right[name])} == set()
    # The form that came back, with only the mistake put right.
    again = kept | {name: right[name] for name in mistake}
    assert "is saved" in said(admin_client, send(admin_client, again))
    draft = Version.objects.get(page__slug="sore-elbow")
    assert [getattr(draft, name).count() for name in CONDITION_PARTS] == [1] * 6
    assert (draft.overview, draft.causes.get().body) == ("<p>The overview.</p>", "<p>Why.</p>")


def test_page_of_a_treatment_is_a_treatment_page(admin_client):
    draft, other = make_draft(), make_page()
    response = save(admin_client, draft, {"treatments-0-page": str(other.page_id)})
    assert "Select a valid choice." in said(admin_client, response)
    assert draft.treatments.get().page is None


def test_page_is_not_related_to_itself_nor_twice_to_another(admin_client):
    draft, other = make_draft(), make_page()
    form = added(opened(admin_client, draft), "related_pages", page=str(draft.page_id))
    response = send(admin_client, form, version_url(draft))
    assert "A page cannot be related to itself." in said(admin_client, response)
    form = added(opened(admin_client, draft), "related_pages", page=str(other.page_id))
    form = added(form, "related_pages", page=str(other.page_id))
    assert "This page is in the list already." in said(
        admin_client, send(admin_client, form, version_url(draft))
    )
    assert draft.related_pages.count() == 0


def test_second_card_of_one_urgency_needs_a_reason(admin_client):
    draft = make_draft()
    card = make_card(urgency=draft.red_flags.get().urgency)
    form = added(opened(admin_client, draft), "red_flags", card=str(card.pk), why_another="")
    response = send(admin_client, form, version_url(draft))
    assert "The page has a card “Emergency” already." in said(admin_client, response)
    again = typed(response) | {"red_flags-1-why_another": "One is for children."}
    assert "is saved" in said(admin_client, send(admin_client, again, version_url(draft)))
    assert [flag.card for flag in draft.red_flags.all()][1] == card


def test_mistake_in_a_part_leaves_address_and_areas_of_the_page_alone(admin_client):
    draft = make_draft("sore-elbow", areas=("elbow",))
    values = {"slug": "sore-knee", "areas": ["knee"], "causes-0-title": ""}
    assert "This field is required." in said(admin_client, save(admin_client, draft, values))
    page = Page.objects.get()
    assert (page.slug, [row.area for row in page.areas.all()]) == ("sore-elbow", ["elbow"])


# --- The order of parts -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("positions", "order"),
    [
        (["1", "2", "3"], "abc"),
        (["3", "1", "2"], "bca"),
        (["30", "10", "20"], "bca"),
        (["", "1", "2"], "bca"),
        (["2", "", "1"], "cab"),
        (["", "", ""], "abc"),
        (["0", "0", "1"], "cab"),
        (["1", "1", "1"], "abc"),
    ],
)
@pytest.mark.parametrize("is_new", [True, False], ids=["new rows", "rows that are there"])
def test_parts_follow_their_numbers_and_those_without_go_to_the_end(admin_client, is_new, positions, order):
    draft = make_draft("sore-elbow")
    draft.causes.all().delete()
    if not is_new:
        for position, title in enumerate("abc", start=1):
            draft.causes.create(title=title, position=position)
    form = opened(admin_client, draft)
    for number, (title, position) in enumerate(zip("abc", positions, strict=True)):
        if is_new:
            form = added(form, "causes", title=title, position=position)
        else:
            form |= {f"causes-{number}-title": title, f"causes-{number}-position": position}
    assert "is saved" in said(admin_client, send(admin_client, form, version_url(draft)))
    take(admin_client, draft, "publish", UNSIGNED)
    causes = page_of(admin_client.get(ADDRESS)).one("section", aria_labelledby="causes").all("h3")
    assert "".join(heading.text for heading in causes) == order


def test_there_is_room_after_the_highest_number(admin_client):
    draft = make_draft()
    form = added(
        opened(admin_client, draft) | {"causes-0-position": "9999"}, "causes", title="Last", position=""
    )
    assert "is saved" in said(admin_client, send(admin_client, form, version_url(draft)))
    assert [cause.title for cause in draft.causes.all()] == ["A cause", "Last"]


def test_parts_of_every_kind_can_be_taken_out(admin_client):
    draft = make_draft()
    draft.related_pages.create(position=1, page=make_page().page)
    out = {f"{name}-0-DELETE": "on" for name in CONDITION_PARTS} | {"citations-1-DELETE": "on"}
    assert "is saved" in said(admin_client, save(admin_client, draft, out))
    assert [getattr(draft, name).count() for name in CONDITION_PARTS] == [0] * 6


def test_how_common_is_asked_of_conditions_only_and_is_kept(admin_client):
    treatment = make_draft("heat", kind=Page.Kind.TREATMENT, areas=())
    assert "how_common" not in opened(admin_client, treatment)
    draft = make_draft("sore-elbow")
    Page.objects.filter(pk=draft.page_id).update(how_common=4)
    form = opened(admin_client, draft)
    assert form["how_common"] == ["4"]
    assert "is saved" in said(admin_client, save(admin_client, draft, {"summary": "It is sore."}))
    assert Page.objects.get(slug="sore-elbow").how_common == 4
    save(admin_client, draft, {"how_common": "1"})
    assert Page.objects.get(slug="sore-elbow").how_common == 1
    # An old tab, without the field, changes nothing of it.
    save(admin_client, draft, {"how_common": ""})
    assert Page.objects.get(slug="sore-elbow").how_common == 1
