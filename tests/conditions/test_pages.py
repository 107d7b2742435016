"""Page pages as readers get them."""

from datetime import UTC, date, datetime
from urllib.parse import unquote_to_bytes

import pytest

from conditions.areas import Area
from conditions.models import Page, PageArea, Source
from conditions.versions import copy_version, publish, start_draft
from tests.conditions.editing import clock_at
from tests.factories import make_draft, make_page, make_signature, make_source, make_user
from tests.markup import page_of

pytestmark = pytest.mark.django_db

SECTIONS = ["overview", "red-flags", "symptoms", "causes", "treatments", "self-care", "more-information"]
TICKS = {
    "neuro": "Neuro physiotherapy",
    "home_visits": "Home visits",
    "female": "Female physiotherapists",
}


# --- A page -----------------------------------------------------------------------------------


def test_sections_stand_in_order_with_red_flags_right_after_the_overview(client):
    make_page("sore-elbow")
    article = page_of(client.get("/conditions/sore-elbow/")).one("article")
    ids = [heading["id"] for heading in article.all("h2") if heading.get("id") in SECTIONS]
    assert ids == SECTIONS
    anchors = [heading.get("id") for heading in article.all("h2")]
    assert (
        anchors.index("self-care") < anchors.index("section-in-pregnancy") < anchors.index("more-information")
    )


def test_contents_list_leads_to_every_section_in_the_pages_order(client):
    draft = make_draft("sore-elbow")
    draft.related_pages.create(position=1, page=make_page("sore-arm").page, difference="It is higher up.")
    publish(draft, by=None, unsigned=True)
    page = page_of(client.get("/conditions/sore-elbow/"))
    contents = page.one("nav", class_="on-this-page")
    ids = [heading.get("id") for heading in page.one("article").all("h2")]
    named = [found for found in ids if found and not found.startswith("find")]
    assert "something-else" in named
    assert [href.removeprefix("#") for href in contents.links] == named


def test_empty_sections_are_left_out_with_their_headings(client):
    version = make_draft("sore-elbow", areas=(), symptoms="", self_care="")
    for name in version.PARTS:
        getattr(version, name).all().delete()
    publish(version, by=None, unsigned=True)
    page = page_of(client.get("/conditions/sore-elbow/"))
    assert [heading["id"] for heading in page.all("h2") if heading.get("id") in SECTIONS] == ["overview"]
    assert list(page.one("nav", class_="on-this-page").links) == ["#overview"]


def test_page_shows_its_words_and_parts(client):
    version = make_draft("sore-elbow", title="Sore elbow", other_names="Tennis elbow\n\n Golfer’s elbow ")
    version.red_flags.update(items="it is hot\nit is red", note="Say so.")
    more = make_source(title="Read on", publisher="NHS", url="https://example.org/more", dated="May 2020")
    version.citations.create(position=3, source=more, further_reading=True)
    first, second = (citation.source for citation in version.citations.all()[:2])
    publish(version, by=None, unsigned=True)
    response = client.get("/conditions/sore-elbow/")
    page = page_of(response)
    assert page.one("h1").text == "Sore elbow"
    assert page.one("title").text.startswith("Sore elbow: ")
    assert page.one(class_="also").text == "Also called: Tennis elbow, Golfer’s elbow"
    card = page.one("div", class_="care-emergency")
    assert card.one("h3").text == "Emergency: Call 999 if:"
    assert [item.text for item in card.all("li")] == ["it is hot", "it is red"]
    assert card.one("p").text == "Say so."
    treatment = page.one("ul", class_="treatments").one("li")
    assert treatment.text == "A treatment Mixed evidence How."
    reading, facts = page.all("ul", class_="sources")
    assert reading.text == "Read on, NHS, May 2020 (https://example.org/more)"
    assert reading.links == {"https://example.org/more": "Read on"}
    assert facts.links == {source.url: source.title for source in (first, second)}


def test_words_of_editors_are_shown_and_not_run(client):
    bad = '"><script>x()</script>&'
    version = make_draft("sore-elbow", title=bad, summary=bad, other_names=bad)
    version.red_flags.update(items=bad, note=bad, heading=bad)
    version.causes.update(title=bad)
    version.treatments.update(name=bad)
    version.sections.update(heading=bad)
    for number, citation in enumerate(version.citations.all()):
        url = f"https://example.org/{number}{bad}"
        Source.objects.filter(pk=citation.source_id).update(title=bad, publisher=bad, dated=bad, url=url)
    other = make_page("sore-arm", areas=("upper-back",), title=bad, summary=bad)
    version.related_pages.create(position=1, page=other.page, difference=bad)
    version.note = bad
    version.save()
    publish(version, by=None, unsigned=True)
    addresses = ["/conditions/sore-elbow/", "/conditions/sore-elbow/changes/", "/conditions/", "/"]
    for address in [*addresses, "/conditions/areas/upper-back/"]:
        response = client.get(address)
        assert response.status_code == 200
        assert "<script>" not in response.content.decode()
        assert page_of(response).text.count(bad) >= 1


def test_page_without_a_review_says_so(client):
    make_page("sore-elbow")
    notice = page_of(client.get("/conditions/sore-elbow/")).one(class_="review").text
    assert notice.startswith("Not yet clinically reviewed.")


def test_reviewed_page_says_who_and_when_and_when_next(client):
    draft = make_draft("sore-elbow")
    with clock_at("2026-03-07 12:00"):
        draft.status = "in-review"
        draft.save()
        make_signature(draft, make_user("reviewer"), next_review_on=date(2029, 3, 1))
        publish(draft, by=None, at=datetime(2026, 6, 30, 23, 30, tzinfo=UTC))
    with clock_at("2026-07-02 12:00"):
        page = page_of(client.get("/conditions/sore-elbow/"))
    assert (
        page.one(class_="review").text
        == "Clinically reviewed by Ann Example, Physiotherapist, on 7 March 2026."
    )
    # British Summer Time: the day has begun.
    dates = page.one(class_="dates")
    assert dates.text.startswith("Last updated: 1 July 2026. Next review due: 1 March 2029.")
    assert dates.links == {"/conditions/sore-elbow/changes/": "What has changed on this page"}
    assert "Not yet" not in page.text


def test_breadcrumb_leads_back_through_the_first_area(client):
    make_page("sore-elbow", areas=("elbow",), title="Sore elbow")
    crumbs = page_of(client.get("/conditions/sore-elbow/")).one("nav", class_="breadcrumb")
    assert list(crumbs.links) == ["/", "/conditions/", "/conditions/areas/elbow/"]
    assert crumbs.one("li", aria_current="page").text == "Sore elbow"


def test_both_find_boxes_carry_the_condition_and_the_three_ticks(client):
    make_page("sore-elbow")
    page = page_of(client.get("/conditions/sore-elbow/"))
    forms = page.all("form", action="/physiotherapists/")
    assert len(forms) == 2
    for form in forms:
        assert form["method"] == "get"
        assert form.one("input", name="condition", type="hidden")["value"] == "sore-elbow"
        assert (
            form.one("label", **{"for": form.one("input", name="location")["id"]}).text == "Postcode or town"
        )
        ticks = {label.one("input")["name"]: label.text for label in form.one("fieldset").all("label")}
        assert ticks == TICKS
        assert {box["value"] for box in form.all("input", type="checkbox")} == {"on"}
    ids = [element["id"] for element in page.walk() if "id" in element.attributes]
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize("slug", ["no-such-page", "areas", "Sore-Elbow", "sore_elbow"])
def test_unknown_address_is_not_found_and_offers_the_way_on(client, slug):
    make_page("sore-elbow")
    response = client.get(f"/conditions/{slug}/")
    assert response.status_code == 404
    page = page_of(response)
    assert page.one("h1").text == "We cannot find that page"
    assert {"/conditions/", "/"} <= page.one("main").links.keys()
    assert page.one("form", action="/physiotherapists/")


# --- Lists ------------------------------------------------------------------------------------


@pytest.mark.parametrize("area", Area)
def test_area_without_a_page_says_what_to_do(client, area):
    response = client.get(f"/conditions/areas/{area.value}/")
    assert response.status_code == 200
    main = page_of(response).one("main")
    assert "no page about this part of the body yet" in main.text
    assert "/conditions/" in main.links
    assert main.one("form", action="/physiotherapists/")


@pytest.mark.parametrize("area", ["tail", "Elbow", "elbow-", "neck_"])
def test_unknown_area_is_not_found(client, area):
    assert client.get(f"/conditions/areas/{area}/").status_code == 404


def test_home_has_two_doors_and_the_conditions(client):
    make_page("sore-elbow", areas=("elbow",), title="Sore elbow", summary="It is sore.")
    page = page_of(client.get("/"))
    where, find = page.all(class_="door")
    assert where.one("ul", class_="area-list").links == {"/conditions/areas/elbow/": "Elbow"}
    assert where.links["/conditions/"] == "All conditions, A to Z"
    ticks = {label.one("input")["name"]: label.text for label in find.one("fieldset").all("label")}
    assert ticks == TICKS
    cards = page.one("ul", class_="card-list")
    assert cards.links == {"/conditions/sore-elbow/": "Sore elbow"}
    assert "It is sore." in cards.text


@pytest.mark.parametrize("address", ["/", "/conditions/"])
def test_site_without_a_page_still_leads_to_physiotherapists(client, address):
    make_draft()
    main = page_of(client.get(address)).one("main")
    assert "There are no condition pages yet" in main.text
    assert "/physiotherapists/" in main.links or main.one("form", action="/physiotherapists/")


# --- Bad input --------------------------------------------------------------------------------

ODD = [
    "%00",
    "a%00b",
    "%FF%FE",
    "%C3%28",
    "%0d%0aSet-Cookie:x=y",
    "%F0%9F%98%80",
    "%E2%80%AE%D7%90",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "%27%20OR%201=1--",
    "..%2F..%2Fetc%2Fpasswd",
    "%25",
    "%",
    "%u0041",
    "a b",
    "x" * 10_000,
]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd[:20])
@pytest.mark.parametrize("before", ["/", "/conditions/", "/conditions/areas/"])
def test_odd_address_is_a_page_that_cannot_be_found(client, before, odd):
    response = client.get("/", PATH_INFO=path_info(f"{before}{odd}/"))
    assert response.status_code == 404
    assert page_of(response).one("h1").text == "We cannot find that page"


def path_info(address):
    """As a WSGI server gives it: bytes, unquoted, each shown as the Latin-1 character."""
    return unquote_to_bytes(address).decode("latin-1")


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd[:20])
@pytest.mark.parametrize(
    "address",
    ["/", "/conditions/", "/conditions/areas/elbow/", "/conditions/sore-elbow/", "/about/", "/nowhere/"],
)
def test_odd_query_string_changes_nothing(client, address, odd):
    make_page("sore-elbow", areas=("elbow",))
    plain = client.get(address)
    response = client.get(address, QUERY_STRING=f"{odd}={odd}&page={odd}&{odd}")
    assert response.status_code == plain.status_code
    assert page_of(response).text == page_of(plain).text


# --- Queries ----------------------------------------------------------------------------------


def grow(pages):
    """More versions, drafts, parts and areas of some pages."""
    for version in pages:
        page = version.page
        for _ in range(5):
            publish(copy_version(version, None), by=None, unsigned=True)
        draft = start_draft(page, None)
        card = draft.red_flags.get().card
        for number in range(5):
            draft.red_flags.create(
                position=number, card=card, urgency="gp", heading="See a GP if:", items="it is sore"
            )
            treatment = make_page(kind=Page.Kind.TREATMENT, areas=()).page
            draft.treatments.create(
                position=number, name=f"Treatment {number}", evidence="good", page=treatment
            )
            draft.citations.create(position=number, source=make_source())
            draft.related_pages.create(position=number, page=treatment, difference="It is not one.")
        publish(draft, by=None, unsigned=True)
        start_draft(page, None)
        PageArea.objects.bulk_create(
            PageArea(page=page, area=area) for area in ("knee", "thigh", "lower-leg")
        )


@pytest.mark.parametrize(
    ("address", "most"),
    [
        ("/", 3),
        ("/conditions/", 2),
        ("/conditions/areas/elbow/", 4),
        ("/conditions/sore-elbow/", 6),
        ("/treatments/", 1),
    ],
)
def test_number_of_queries_is_small_and_does_not_grow(client, django_assert_max_num_queries, address, most):
    pages = [make_page("sore-elbow", areas=("elbow",))]
    with django_assert_max_num_queries(most):
        client.get(address)
    pages += [make_page(areas=("elbow",)) for _ in range(10)]
    grow(pages)
    assert Page.objects.filter(kind="condition").count() == 11
    with django_assert_max_num_queries(most):
        client.get(address)
