"""What pages tell search engines in schema.org's words."""

import json
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from conditions.json_ld import script
from conditions.models import Page
from conditions.versions import publish
from directory.models import Clinic
from tests.conditions.editing import clock_at, version_url
from tests.factories import make_clinic, make_draft, make_page, make_physiotherapist, make_signed_page
from tests.library.podcasts import make_episode
from tests.markup import Element, page_of, parse
from tests.schema_terms import problems
from tests.whole_site import ASKED, is_indexed, make_site, walked

pytestmark = pytest.mark.django_db
HOST = "http://testserver"
KIND = "application/ld+json"


def data_of(page: Element) -> list[dict[str, Any]]:
    return [json.loads("".join(map(str, block.children))) for block in page.all("script", type=KIND)]


def of_type(page: Element, type_: str) -> dict[str, Any]:
    found = [data for data in data_of(page) if data["@type"] == type_]
    assert len(found) == 1, f"{len(found)} of {type_}"
    return found[0]


def types(page: Element) -> list[str]:
    return [data["@type"] for data in data_of(page)]


def every_value(data: Any):
    if isinstance(data, dict):
        yield data
        for value in data.values():
            yield from every_value(value)
    elif isinstance(data, list):
        for value in data:
            yield from every_value(value)


@pytest.fixture(scope="module")
def pages(django_db_setup, django_db_blocker):
    """Every page of the site, asked for once."""
    with django_db_blocker.unblock(), transaction.atomic():
        make_site()
        found = walked(Client())
        transaction.set_rollback(True)
    return found


# --- The words ------------------------------------------------------------------------------------


def test_every_page_uses_only_words_of_schema_org(pages):
    told = {path: problems(data) for path, page in pages.items() for data in data_of(page)}
    assert {path: found for path, found in told.items() if found} == {}


def test_everything_that_is_wanted_is_somewhere(pages):
    used = {
        thing["@type"]
        for page in pages.values()
        for data in data_of(page)
        for thing in every_value(data)
        if "@type" in thing
    }
    assert used >= {
        "MedicalWebPage",
        "MedicalCondition",
        "MedicalTherapy",
        "BreadcrumbList",
        "FAQPage",
        "Physiotherapy",
        "Person",
        "BlogPosting",
        "PodcastSeries",
        "PodcastEpisode",
        "WebSite",
        "SearchAction",
    }


def test_what_is_named_only_is_told_on_the_same_page(pages):
    for path, page in pages.items():
        things = [thing for data in data_of(page) for thing in every_value(data)]
        told = {thing.get("@id") for thing in things if "@type" in thing}
        for thing in things:
            if set(thing) == {"@id"} and "#" in thing["@id"]:
                assert thing["@id"] in told, path


def test_nothing_is_said_twice(pages):
    for path, page in pages.items():
        told = [type_ for type_ in types(page) if type_ != "Physiotherapy"]
        assert len(told) == len(set(told)), path


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"@type": "MedicalPage"}, "there is no type 'MedicalPage'"),
        ({"@type": "WebSite", "name": "A", "url": "/"}, "WebSite.url: '/' is none of {'URL'}"),
        ({"@type": "Person", "name": "A", "ratingValue": 5}, "Person.ratingValue is not in the table"),
        ({"@type": "Person", "name": "A", "webFeed": HOST}, "webFeed cannot stand on Person"),
        ({"@type": "Person"}, "Person lacks name"),
        ({"@type": "WebPage", "lastReviewed": "1 May 2026"}, None),
        ({"@type": "WebPage", "reviewedBy": {"@type": "WebSite"}}, None),
        ({"@type": "Organization", "name": "<b>A</b>"}, None),
        ({"@type": "ListItem", "position": True, "name": "A"}, None),
    ],
)
def test_checker(data, problem):
    data = {"@context": "https://schema.org"} | data
    try:
        found = problems(data)
    except ValueError as error:
        found = [str(error)]
    assert len(found) == 1
    assert problem in (None, found[0])


def test_no_words_can_end_the_element_that_the_data_stands_in():
    bad = "</script><script>alert(1)</script><!-- & \u2028\u2029 ’"
    written = script({"@type": "Thing", "name": bad})
    (block,) = parse(written).all("script")
    assert json.loads("".join(map(str, block.children)))["name"] == bad
    assert not set(written.removeprefix(f'<script type="{KIND}">').removesuffix("</script>")) & set(
        "<>&\u2028\u2029"
    )


def test_title_with_markup_ends_nothing_on_a_page(client):
    make_page("bad", title="</script><script>alert(1)</script>", areas=("knee",))
    page = page_of(client.get("/conditions/bad/"))
    assert of_type(page, "MedicalWebPage")["name"] == "</script><script>alert(1)</script>"
    assert not [found for found in page.all("script") if not found.get("src") and found["type"] != KIND]


# --- Pages ----------------------------------------------------------------------------------------


def test_site_tells_its_search(pages, client):
    site = of_type(pages["/"], "WebSite")
    target = site["potentialAction"]["target"]["urlTemplate"]
    assert target == f"{HOST}/search/?q={{search_term_string}}"
    assert site["potentialAction"]["query-input"] == "required name=search_term_string"
    found = client.get("/search/", {"q": "xyzzy"})
    assert page_of(found).one("input", id="q")["value"] == "xyzzy"


def test_breadcrumbs_are_those_that_readers_see(pages):
    for path, page in pages.items():
        seen = page.all("nav", aria_label="Breadcrumb")
        if not is_indexed(page):
            assert data_of(page) == [], path
            continue
        assert len(seen) == (path != "/"), path
        if not seen:
            continue
        items = of_type(page, "BreadcrumbList")["itemListElement"]
        assert [item["name"] for item in items] == [each.text for each in seen[0].all("li")]
        assert [item["position"] for item in items] == list(range(1, len(items) + 1))
        addresses = [item["item"]["@id"].removeprefix(HOST) for item in items if "item" in item]
        assert addresses == list(seen[0].links)


def test_condition_page_is_about_the_condition(pages):
    page = of_type(pages["/conditions/sore-elbow/"], "MedicalWebPage")
    assert page["url"] == page["@id"] == f"{HOST}/conditions/sore-elbow/"
    about = page["about"]
    assert (about["@type"], about["name"]) == ("MedicalCondition", "Sore elbow")
    assert about["alternateName"] == ["Tennis elbow", "Bad elbow"]
    assert [one["name"] for one in about["associatedAnatomy"]] == ["Elbow"]
    # What there is little evidence for is left out.
    assert about["possibleTreatment"] == [
        {"@type": "MedicalTherapy", "name": "A treatment", "url": f"{HOST}/treatments/heat/"}
    ]
    assert [one["publisher"]["name"] for one in page["citation"]] == ["A publisher"] * 2
    treatment = of_type(pages["/treatments/heat/"], "MedicalWebPage")["about"]
    assert (treatment["@type"], treatment["name"]) == ("MedicalTherapy", "Heat")


def test_treatment_whose_page_is_not_out_has_no_address(client):
    draft = make_draft("sore-hip", areas=("hip-and-groin",))
    draft.treatments.update(page=make_draft("secret", kind=Page.Kind.TREATMENT, areas=()).page)
    publish(draft, by=None, unsigned=True)
    response = client.get("/conditions/sore-hip/")
    about = of_type(page_of(response), "MedicalWebPage")["about"]
    assert about["possibleTreatment"] == [{"@type": "MedicalTherapy", "name": "A treatment"}]
    assert b"secret" not in response.content


def test_only_what_was_signed_is_said_to_be_reviewed(pages):
    signed = of_type(pages["/conditions/sore-knee/"], "MedicalWebPage")
    assert signed["reviewedBy"] == {"@type": "Person", "name": "Ann Example", "jobTitle": "Physiotherapist"}
    post = of_type(pages["/blog/signed-post/"], "BlogPosting")["mainEntityOfPage"]
    assert {"lastReviewed", "reviewedBy"} <= post.keys()
    for path, page in pages.items():
        if path not in {"/conditions/sore-knee/", "/blog/signed-post/"}:
            told = [thing for data in data_of(page) for thing in every_value(data)]
            assert not any({"lastReviewed", "reviewedBy"} & thing.keys() for thing in told), path


def test_day_of_review_is_that_of_the_signature_in_london(client):
    with clock_at("2026-07-01 00:30"):
        make_signed_page("late", areas=("knee",))
    with clock_at("2026-07-02 12:00"):
        told = of_type(page_of(client.get("/conditions/late/")), "MedicalWebPage")
    assert told["lastReviewed"] == "2026-07-01"
    assert told["dateModified"] == "2026-07-01T00:30:00+01:00"


def test_questions_are_those_of_the_page_with_plain_answers(pages):
    asked = of_type(pages["/conditions/sore-elbow/"], "FAQPage")["mainEntity"]
    assert [(one["name"], one["acceptedAnswer"]["text"]) for one in asked] == [
        ("Will it last?", "Rarely.\n• Move.")
    ]
    assert [path for path, page in pages.items() if "FAQPage" in types(page)] == ["/conditions/sore-elbow/"]


@pytest.mark.parametrize(
    ("heading", "kind", "path"),
    [
        ("questions people ask ", Page.Kind.TREATMENT, "/treatments/cold/"),
        ("Questions people ask", Page.Kind.POST, "/blog/cold/"),
        ("Questions people ask", Page.Kind.SHEET, "/resources/cold/"),
    ],
)
def test_every_kind_of_page_may_have_questions(client, heading, kind, path):
    draft = make_draft("cold", kind=kind, areas=())
    draft.sections.create(position=3, heading=heading, body=ASKED + '<p>See <a href="/x/">x</a>.</p>')
    publish(draft, by=None, unsigned=True)
    asked = of_type(page_of(client.get(path)), "FAQPage")["mainEntity"]
    assert asked[-1]["acceptedAnswer"]["text"] == "See x."


# --- Posts and the podcast ------------------------------------------------------------------------


def test_post_names_its_author_and_its_own_picture(pages):
    post = of_type(pages["/blog/signed-post/"], "BlogPosting")
    assert post["author"] == {"@type": "Person", "name": "Ann Example", "description": "Physiotherapist"}
    assert post["image"].startswith(f"{HOST}/media/pictures/")
    plain = of_type(pages["/blog/plain-post/"], "BlogPosting")
    assert {"author", "image"}.isdisjoint(plain)


def test_episode_belongs_to_its_series(pages):
    series = of_type(pages["/podcast/"], "PodcastSeries")
    episode = of_type(pages["/podcast/backs/"], "PodcastEpisode")
    assert episode["partOfSeries"]["@id"] == series["@id"]
    assert (episode["episodeNumber"], episode["partOfSeason"]["seasonNumber"]) == (2, 1)
    assert episode["duration"] == episode["audio"]["duration"] == "PT30S"
    assert episode["audio"]["contentUrl"].startswith(f"{HOST}/media/podcast/backs-")


# --- People ---------------------------------------------------------------------------------------


def test_person_and_where_they_work(client):
    clinic = make_clinic("LS1 4AP", name="Rooms", address="1 High Street, Leeds", phone="0113 496 0000")
    person = make_physiotherapist((clinic,), name="Ada Real", hcpc_number="PH42", email="ada@example.org")
    page = page_of(client.get(person.get_absolute_url()))
    told, rooms = of_type(page, "Person"), of_type(page, "Physiotherapy")
    assert told["identifier"] == {"@type": "PropertyValue", "propertyID": "HCPC", "value": "PH42"}
    assert told["workLocation"] == [{"@id": rooms["@id"]}]
    assert {"telephone", "sameAs", "knowsAbout"}.isdisjoint(told)
    assert rooms["address"]["postalCode"] == "LS1 4AP"
    assert rooms["address"]["addressCountry"] == "GB"
    assert rooms["geo"]["latitude"] == pytest.approx(clinic.latitude, abs=0.00001)


def test_point_that_is_only_the_towns_is_not_told(client):
    clinic = make_clinic("BT1 5GS")
    person = make_physiotherapist((clinic,))
    assert "geo" not in of_type(page_of(client.get(person.get_absolute_url())), "Physiotherapy")
    Clinic.objects.filter(pk=clinic.pk).update(pin_by_hand=True)
    assert "geo" in of_type(page_of(client.get(person.get_absolute_url())), "Physiotherapy")


@pytest.mark.parametrize(("postcode", "country"), [("JE2 3AB", "JE"), ("GY1 1AA", "GG"), ("IM1 1AA", "IM")])
def test_islands_are_countries_of_their_own(client, postcode, country):
    person = make_physiotherapist((make_clinic(postcode),))
    rooms = of_type(page_of(client.get(person.get_absolute_url())), "Physiotherapy")
    assert rooms["address"]["addressCountry"] == country


def test_where_home_visits_start_is_told_to_nobody(client):
    person = make_physiotherapist(visits_from="LS2 7UE")
    told = json.dumps(data_of(page_of(client.get(person.get_absolute_url()))))
    assert "LS2" not in told
    assert "geo" not in told


# --- What is not told -----------------------------------------------------------------------------


def test_of_invented_people_and_episodes_nothing_is_told(client):
    clinic = make_clinic("LS1 4AP", sample=True)
    person = make_physiotherapist((clinic,), sample=True)
    make_episode(slug="sample", sample=True)
    for path in (person.get_absolute_url(), "/podcast/sample/"):
        assert data_of(page_of(client.get(path))) == []
    assert types(page_of(client.get("/podcast/"))) == ["BreadcrumbList"]
    real = make_physiotherapist((clinic,))
    assert sorted(types(page_of(client.get(real.get_absolute_url())))) == ["BreadcrumbList", "Person"]


@pytest.mark.parametrize(
    "path",
    [
        "/search/?q=elbow",
        "/physiotherapists/?location=LS1+4AP",
        "/physiotherapists/compare/",
        "/no-such-page/",
    ],
)
def test_pages_for_nobodys_index_tell_nothing(client, path):
    assert data_of(page_of(client.get(path))) == []


def test_preview_tells_nothing(admin_client):
    draft = make_draft("draft", areas=("knee",))
    response = admin_client.get(version_url(draft, "preview"))
    page = page_of(response)
    assert page.one("meta", name="robots")
    assert data_of(page) == []
    assert page.all("link", rel="canonical") == page.all("meta", property="og:title") == []
