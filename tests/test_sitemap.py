"""/sitemap.xml with its sections, and /robots.txt."""

import re
from datetime import datetime, timedelta
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from conditions.models import Page, Version
from conditions.versions import change_address, publish, start_draft, unpublish
from directory.models import Physiotherapist
from library.models import Organisation, Term, Topic
from physiosite import sitemaps
from tests.conditions.editing import clock_at
from tests.factories import make_clinic, make_draft, make_page, make_physiotherapist
from tests.library.podcasts import OUT, make_episode
from tests.markup import page_of

pytestmark = pytest.mark.django_db
INDEX = "/sitemap.xml"
HOST = "http://testserver"


@pytest.fixture
def content():
    make_page("heat", kind=Page.Kind.TREATMENT, areas=())
    make_page("sore-elbow", areas=("elbow", "forearm"))
    make_page("about", kind=Page.Kind.SIMPLE, areas=())
    make_page("hurt", kind=Page.Kind.POST, areas=())
    make_page("neck-sheet", kind=Page.Kind.SHEET, areas=())
    Term.objects.create(term="Tendon", meaning="What ties a muscle to a bone.")
    Organisation.objects.create(name="NHS 111", url="https://111.nhs.uk", what="Help.", topic=Topic.URGENT)
    clinic = make_clinic("LS1 4AP")
    for number in range(4):
        make_physiotherapist((clinic,), slug=f"ada-{number}")
    make_episode(slug="sleeping")


def entries(client, address=INDEX) -> dict[str, str]:
    """The addresses in a file, each with its lastmod, in order."""
    response = client.get(address)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/xml"
    text = response.content.decode()
    found = re.findall(r"<loc>(.*?)</loc>(?:<lastmod>(.*?)</lastmod>)?", text)
    assert len(found) == text.count("<loc>") == len(dict(found))
    return {unescape(address): changed for address, changed in found}


def paths(client, section) -> list[str]:
    return [address.removeprefix(HOST) for address in entries(client, f"/sitemap-{section}.xml")]


def everything(client) -> list[str]:
    return [address for file in entries(client) for address in entries(client, file.removeprefix(HOST))]


# --- What is in it --------------------------------------------------------------------------------


@pytest.mark.usefixtures("content")
def test_index_names_every_section(client):
    files = [f"{HOST}/sitemap-{section}.xml" for section in sitemaps.SECTIONS]
    assert [name.rpartition("-")[2] for name in files] == [
        "pages.xml",
        "conditions.xml",
        "treatments.xml",
        "posts.xml",
        "sheets.xml",
        "areas.xml",
        "towns.xml",
        "profiles.xml",
        "episodes.xml",
    ]
    assert list(entries(client)) == files


def test_section_with_nothing_in_it_is_not_named(client):
    assert list(entries(client)) == [f"{HOST}/sitemap-pages.xml"]
    for section in ("profiles", "towns", "areas", "posts", "sheets", "episodes"):
        assert paths(client, section) == []


def test_pages_that_are_still_empty_are_not_in_it(client):
    make_episode(slug="sample", sample=True)
    assert paths(client, "pages") == ["/", "/conditions/", "/treatments/", "/physiotherapists/", "/sources/"]
    assert paths(client, "episodes") == []


@pytest.mark.usefixtures("content")
def test_sections_have_what_they_say(client):
    assert paths(client, "pages") == [
        "/",
        "/conditions/",
        "/treatments/",
        "/physiotherapists/",
        "/blog/",
        "/podcast/",
        "/resources/",
        "/resources/glossary/",
        "/resources/organisations/",
        "/about/",
        "/sources/",
    ]
    assert paths(client, "conditions") == ["/conditions/sore-elbow/"]
    assert paths(client, "treatments") == ["/treatments/heat/"]
    assert paths(client, "posts") == ["/blog/hurt/"]
    assert paths(client, "sheets") == ["/resources/neck-sheet/"]
    assert paths(client, "areas") == ["/conditions/areas/elbow/", "/conditions/areas/forearm/"]
    assert {"/physiotherapists/in/leeds/", "/physiotherapists/in/bradford/"} <= set(paths(client, "towns"))
    assert "/physiotherapists/in/york/" not in paths(client, "towns")
    assert paths(client, "profiles") == [f"/physiotherapists/ada-{number}/" for number in range(4)]
    assert paths(client, "episodes") == ["/podcast/sleeping/"]


@pytest.mark.usefixtures("content")
def test_every_address_is_a_page_for_the_index_under_that_address(client):
    addresses = everything(client)
    assert len(addresses) == len(set(addresses)) > 30
    for address in addresses:
        parts = urlsplit(address)
        assert (f"{parts.scheme}://{parts.netloc}", parts.query, parts.fragment) == (HOST, "", "")
        response = client.get(parts.path)
        assert response.status_code == 200, address
        page = page_of(response)
        assert page.all("meta", name="robots") == [], address
        assert page.one("link", rel="canonical")["href"] == address


@pytest.mark.usefixtures("content")
def test_invented_people_are_never_in_it_even_where_they_are_shown(client, settings):
    assert settings.SAMPLE_DATA_ALLOWED
    clinic = make_clinic("EX1 1AE")
    for _ in range(3):
        make_physiotherapist((clinic,), slug=f"sample-{_}", sample=True)
    assert client.get("/physiotherapists/in/exeter/").status_code == 200
    assert not [address for address in everything(client) if "sample" in address or "exeter" in address]
    Physiotherapist.objects.filter(sample=False).delete()
    assert f"{HOST}/sitemap-profiles.xml" not in entries(client)


@pytest.mark.usefixtures("content")
def test_what_is_not_shown_is_not_in_it(client):
    make_physiotherapist((make_clinic("LS1 4AP"),), slug="unlisted", listed=False)
    make_physiotherapist((make_clinic("LS1 4AP"),), slug="unchecked", checked_on=None, check_due_on=None)
    make_draft("draft", areas=("knee",))
    unpublish(make_page("withdrawn", areas=("neck",)).page, reason="It was wrong.")
    publish(
        make_draft("to-come", areas=("thigh",)), by=None, unsigned=True, at=timezone.now() + timedelta(days=1)
    )
    change_address(make_page("old", areas=("elbow",)).page, "new")
    found = {address.rstrip("/").rpartition("/")[2] for address in everything(client)}
    assert found.isdisjoint({"unlisted", "unchecked", "draft", "withdrawn", "to-come", "old"})
    assert found.isdisjoint({"knee", "neck", "thigh"})
    assert "new" in found


def test_listing_that_lapses_leaves_it_on_the_day_and_takes_its_town_along(client):
    with clock_at("2026-05-01 12:00"):
        for number, due in enumerate(("2026-05-01", "2026-05-02", "2026-05-02")):
            make_physiotherapist(
                (make_clinic("LS1 4AP"),), slug=f"ada-{number}", checked_on="2026-04-01", check_due_on=due
            )
        assert "/physiotherapists/in/leeds/" in paths(client, "towns")
        assert len(paths(client, "profiles")) == 3
    with clock_at("2026-05-02 00:00"):
        assert paths(client, "towns") == []
        assert paths(client, "profiles") == ["/physiotherapists/ada-1/", "/physiotherapists/ada-2/"]


# --- When it was changed ----------------------------------------------------------------------------


def test_pages_say_when_their_words_were_published(client):
    with clock_at("2026-03-04 12:00"):
        elbow = make_page("sore-elbow", areas=("elbow",))
        make_page("heat", kind=Page.Kind.TREATMENT, areas=())
        make_page("about", kind=Page.Kind.SIMPLE, areas=())
    with clock_at("2026-05-06 12:00"):
        knee = make_page("sore-knee", areas=("knee", "elbow"))
    with clock_at("2026-07-08 12:00"):
        draft = start_draft(elbow.page, None)
        Version.objects.filter(pk=draft.pk).update(overview="<p>Other words.</p>")
    with clock_at("2026-07-09 12:00"):
        assert entries(client, "/sitemap-conditions.xml") == {
            f"{HOST}/conditions/sore-elbow/": "2026-03-04",
            f"{HOST}/conditions/sore-knee/": "2026-05-06",
        }
        assert entries(client, "/sitemap-areas.xml") == {
            f"{HOST}/conditions/areas/elbow/": "2026-05-06",
            f"{HOST}/conditions/areas/knee/": "2026-05-06",
        }
        pages = entries(client, "/sitemap-pages.xml")
        assert pages[f"{HOST}/about/"] == pages[f"{HOST}/treatments/"] == "2026-03-04"
        assert pages[f"{HOST}/conditions/"] == "2026-05-06"
        assert pages[f"{HOST}/"] == pages[f"{HOST}/physiotherapists/"] == ""
        changed = datetime.fromisoformat(entries(client)[f"{HOST}/sitemap-conditions.xml"])
        assert changed == knee.publish_at
    with clock_at("2026-07-10 12:00"):
        publish(Version.objects.get(pk=draft.pk), by=None, unsigned=True)
        assert entries(client, "/sitemap-conditions.xml")[f"{HOST}/conditions/sore-elbow/"] == "2026-07-10"


def test_posts_sheets_and_lists_say_when_their_words_changed(client):
    with clock_at("2026-03-04 12:00"):
        make_page("hurt", kind=Page.Kind.POST, areas=())
        make_page("neck-sheet", kind=Page.Kind.SHEET, areas=())
        Term.objects.create(term="Tendon", meaning="What ties a muscle to a bone.")
        make_episode(slug="backs")
    with clock_at("2026-05-06 12:00"):
        make_page("harm", kind=Page.Kind.POST, areas=())
        Term.objects.get().save()
    with clock_at("2026-05-07 12:00"):
        assert entries(client, "/sitemap-posts.xml") == {
            f"{HOST}/blog/harm/": "2026-05-06",
            f"{HOST}/blog/hurt/": "2026-03-04",
        }
        assert entries(client, "/sitemap-sheets.xml") == {f"{HOST}/resources/neck-sheet/": "2026-03-04"}
        assert entries(client, "/sitemap-episodes.xml") == {f"{HOST}/podcast/backs/": "2026-03-04"}
        pages = entries(client, "/sitemap-pages.xml")
    assert pages[f"{HOST}/blog/"] == pages[f"{HOST}/resources/glossary/"] == "2026-05-06"
    assert pages[f"{HOST}/resources/"] == "2026-03-04"
    assert pages[f"{HOST}/podcast/"] == f"{OUT:%Y-%m-%d}"


def test_profiles_and_towns_say_when_somebody_was_changed(client):
    days = [datetime.fromisoformat(f"2026-0{month}-15T12:00+00:00") for month in (3, 4, 5)]
    people = [make_physiotherapist((make_clinic("LS1 4AP"),), slug=f"ada-{at.month}") for at in days]
    for person, at in zip(people, days, strict=True):
        Physiotherapist.objects.filter(pk=person.pk).update(updated_at=at)
    assert entries(client, "/sitemap-profiles.xml") == {
        f"{HOST}/physiotherapists/ada-{at.month}/": f"{at:%Y-%m-%d}" for at in days
    }
    assert entries(client, "/sitemap-towns.xml")[f"{HOST}/physiotherapists/in/leeds/"] == "2026-05-15"
    index = entries(client)
    assert datetime.fromisoformat(index[f"{HOST}/sitemap-profiles.xml"]) == days[-1]
    assert datetime.fromisoformat(index[f"{HOST}/sitemap-towns.xml"]) == days[-1]


# --- Under which name ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("content")
def test_addresses_are_under_the_sites_own_name(client, settings):
    settings.SAMPLE_DATA_ALLOWED = False
    settings.SITE_URL = "https://www.example.org"
    settings.ALLOWED_HOSTS = ["other.example.org", "testserver"]
    for host in ("testserver", "other.example.org"):
        files = entries_of_host(client, INDEX, host)
        addresses = [
            address for file in files for address in entries_of_host(client, urlsplit(file).path, host)
        ]
        for address in [*files, *addresses]:
            assert address.startswith("https://www.example.org/"), address
        robots = client.get("/robots.txt", headers={"host": host}).content.decode()
        assert "Sitemap: https://www.example.org/sitemap.xml\n" in robots


def entries_of_host(client, path, host):
    return re.findall("<loc>(.*?)</loc>", client.get(path, headers={"host": host}).content.decode())


@pytest.mark.parametrize("address", [INDEX, "/sitemap-pages.xml", "/robots.txt"])
def test_name_that_is_not_the_sites_is_refused(client, address):
    response = client.get(address, headers={"host": "evil.example"})
    assert response.status_code == 400
    assert b"evil" not in response.content


# --- Large, and not there -----------------------------------------------------------------------------


@pytest.mark.usefixtures("content")
def test_large_section_is_cut_into_files_that_the_index_names(client, monkeypatch):
    monkeypatch.setattr(sitemaps.Profiles, "limit", 3)
    files = [name.removeprefix(HOST) for name in entries(client) if "profiles" in name]
    assert files == ["/sitemap-profiles.xml", "/sitemap-profiles.xml?p=2"]
    found = [address for file in files for address in entries(client, file)]
    assert found == [f"{HOST}/physiotherapists/ada-{number}/" for number in range(4)]


@pytest.mark.usefixtures("content")
@pytest.mark.parametrize(
    "address",
    [
        "/sitemap-nothing.xml",
        "/sitemap-.xml",
        "/sitemap-profiles.xml?p=2",
        "/sitemap-profiles.xml?p=0",
        "/sitemap-profiles.xml?p=x",
        "/sitemap-profiles.xml?p=" + "9" * 400,
    ],
)
def test_what_there_is_not_is_not_found(client, address):
    assert client.get(address).status_code == 404


@pytest.mark.usefixtures("content")
def test_sitemap_itself_is_for_nobodys_index_and_takes_few_queries(client, django_assert_max_num_queries):
    for address in [INDEX, *(f"/sitemap-{section}.xml" for section in sitemaps.SECTIONS)]:
        with django_assert_max_num_queries(24 if address == INDEX else 6):
            assert "noindex" in client.get(address).headers["X-Robots-Tag"]


# --- Robots -------------------------------------------------------------------------------------------


def test_robots_may_read_everything(client, settings):
    settings.SAMPLE_DATA_ALLOWED = False
    response = client.get("/robots.txt")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content.decode() == (
        "User-agent: *\nDisallow:\n\nSitemap: http://testserver/sitemap.xml\n"
    )
    assert settings.ADMIN_PATH not in response.content.decode()


def test_where_people_are_invented_robots_are_kept_out(client, settings):
    assert settings.SAMPLE_DATA_ALLOWED
    assert client.get("/robots.txt").content == b"User-agent: *\nDisallow: /\n"
