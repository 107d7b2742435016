"""A server of our own stands in for the world: names that end in .test lead to it, others nowhere."""

import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from conditions import source_check
from conditions.models import Source, Version
from conditions.source_check import Outcome, check_address, check_all, sources_with_pages
from conditions.versions import copy_version, publish, unpublish, words_of
from tests.conditions.stand_in import REDIRECTS, World
from tests.factories import make_draft, make_page, make_source


@pytest.fixture
def world(monkeypatch) -> Iterator[World]:
    server = World()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    really = socket.getaddrinfo

    def no_network(host, *args, **kwargs):
        if host == "busy-names.test":
            raise socket.gaierror(socket.EAI_AGAIN, "try again")
        if isinstance(host, bytes):
            host = host.decode()
        if not host.endswith(".test") or host == "nobody.test":
            raise socket.gaierror(socket.EAI_NONAME, "no such host")
        return really("127.0.0.1", *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "*")
    yield server
    server.closing.set()
    server.shutdown()
    thread.join()
    server.server_close()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def finding_of(url: str) -> tuple[Outcome, str]:
    found = check_address(url, {})
    return found.outcome, found.detail


@pytest.mark.parametrize(
    ("path", "outcome", "detail"),
    [
        ("/ok", Outcome.ANSWERS, ""),
        ("/ok#chapter-2", Outcome.ANSWERS, ""),
        ("/no-head", Outcome.ANSWERS, ""),
        ("/breaks-off-at-head", Outcome.ANSWERS, ""),
        ("/cookie-first", Outcome.ANSWERS, ""),
        ("/a page with spaces and é", Outcome.ANSWERS, ""),
        ("/missing", Outcome.DEAD, "404 (Not Found)"),
        ("/gone", Outcome.DEAD, "410 (Gone)"),
        ("/broken", Outcome.DEAD, "500 (Internal Server Error)"),
        ("/old-and-dead", Outcome.DEAD, "404 (Not Found)"),
        ("/circle", Outcome.DEAD, "it leads in a circle"),
        ("/to-a-file", Outcome.DEAD, "only http:// and https://"),
        ("/forbidden", Outcome.UNSURE, "403 (Forbidden)"),
        ("/busy", Outcome.UNSURE, "429 (Too Many Requests)"),
    ],
)
def test_what_is_found(world, path, outcome, detail):
    found, told = finding_of(world.url(path))
    assert found == outcome
    assert detail in told if detail else told == ""


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/old", "/ok#part"),  # two permanent redirects
        ("/mixed", "/login"),  # only as far as it is permanent
        ("/accents", "/caf%E9"),
    ],
)
def test_permanent_redirects_are_told(world, path, leads_to):
    assert finding_of(world.url(path)) == (Outcome.MOVED, world.url(leads_to))


def test_a_temporary_redirect_is_no_move_whatever_follows(world):
    assert finding_of(world.url("/for-now")) == (Outcome.ANSWERS, "")


def test_head_first_and_get_only_when_that_fails(world):
    check_address(world.url("/old"), {})
    assert {method for method, _, _ in world.seen} == {"HEAD"}
    world.seen.clear()
    check_address(world.url("/missing"), {})
    assert [method for method, _, _ in world.seen] == ["HEAD", "GET"]


def test_a_server_that_says_slow_down_is_not_asked_again(world):
    check_address(world.url("/busy"), {})
    assert len(world.seen) == 1


def test_the_site_gives_its_name(world):
    check_address(world.url("/no-head"), {})
    assert [agent for agent in world.agents if "PhysiotherapySite" not in (agent or "")] == []
    assert world.agents


def test_silence_ends_at_the_time_limit(world, monkeypatch):
    monkeypatch.setattr(source_check, "TIME_LIMIT", 0.2)
    assert finding_of(world.url("/slow")) == (Outcome.DEAD, "no answer within 0.2 seconds")


@pytest.mark.parametrize(
    ("url", "outcome", "detail"),
    [
        ("http://nobody.test/", Outcome.DEAD, "no such host"),
        ("http://busy-names.test/", Outcome.UNSURE, "name server"),
        ("ftp://a.test/file", Outcome.DEAD, "only http:// and https://"),
        ("file:///etc/hostname", Outcome.DEAD, "only http:// and https://"),
        ("mailto:somebody@a.test", Outcome.DEAD, "only http:// and https://"),
        ("http://[not-an-address/", Outcome.DEAD, "not an address"),
        ("http://a.test:99999/", Outcome.DEAD, "not an address"),
        (f"http://{'a' * 70}.test/", Outcome.DEAD, ""),
        ("", Outcome.DEAD, "only http:// and https://"),
    ],
)
def test_addresses_that_cannot_be_asked(world, url, outcome, detail):
    found, told = finding_of(url)
    assert found == outcome
    assert detail in told
    assert world.seen == []


def test_refused_connection(world):
    found = finding_of(f"http://a.test:{free_port()}/")
    assert found == (Outcome.DEAD, "the server refused the connection")


def test_secure_connection_that_cannot_be_made_is_not_called_dead(world):
    # The server speaks plain http.
    found, told = finding_of(f"https://a.test:{world.server_port}/ok")
    assert found == Outcome.UNSURE
    assert "secure connection" in told


def test_three_at_once_and_no_more(world):
    # Two rounds of three: fewer at once would wait for ever at the barrier, which then breaks.
    sources = [Source(url=world.url("/all-three", f"{name}.test")) for name in "abcdef"]
    found = [finding.outcome for _, finding in check_all(sources)]
    assert found == [Outcome.ANSWERS] * 6
    assert world.most_at_once == 3


def test_never_two_at_once_to_one_host_even_by_a_redirect(world):
    sources = [
        Source(url=world.url("/held", "b.test")),
        Source(url=world.url("/held?again", "B.test")),
        Source(url=world.url("/to-b", "a.test")),
        Source(url=world.url("/to-b", "c.test")),
        Source(url=world.url("/held", "b.test")),
    ]
    assert {finding.outcome for _, finding in check_all(sources)} == {Outcome.ANSWERS}
    assert world.most_of_a_host == 1
    assert sum(path == "/held" for _, _, path in world.seen) == 4


def run(*args: str) -> tuple[str, str]:
    """What the command prints, and how it ends."""
    out = StringIO()
    try:
        call_command("check_sources", *args, stdout=out)
    except CommandError as error:
        assert error.returncode == 1
        return out.getvalue(), str(error)
    return out.getvalue(), ""


def cite(version, url: str, **values) -> Source:
    source = make_source(url=url, **values)
    version.citations.create(position=9, source=source)
    return source


def without_starters(world, version) -> None:
    """The factory's own sources, at an address that answers."""
    for number, citation in enumerate(version.citations.all()):
        Source.objects.filter(pk=citation.source_id).update(url=world.url(f"/ok?{version.pk}-{number}"))


@pytest.mark.django_db
class TestCommand:
    def test_names_dead_and_moved_ones_with_the_pages_that_rely_on_them(self, world):
        back, neck = make_draft("back-pain"), make_draft("neck-pain", kind="treatment")
        for version in (back, neck):
            without_starters(world, version)
        dead = cite(back, world.url("/gone"))
        neck.citations.create(position=9, source=dead)
        moved = cite(neck, world.url("/old"))
        unsure = cite(neck, world.url("/forbidden"))
        publish(back, by=None, unsigned=True)
        out, error = run()
        assert error == "1 dead address."
        lines = out.splitlines()
        assert lines[lines.index(dead.url) + 1 :][:2] == [
            "  Dead: the server answered 410 (Gone)",
            "  2 pages: Condition: back-pain, Treatment: neck-pain",
        ]
        assert lines[lines.index(moved.url) + 1 :][:2] == [
            f"  Moved to {world.url('/ok#part')}",
            "  1 page: Treatment: neck-pain",
        ]
        assert lines[lines.index(unsure.url) + 1] == "  Cannot tell: the server answered 403 (Forbidden)"
        assert lines[-1] == "Addresses checked: 7 (answers: 4, moved: 1, dead: 1, cannot tell: 1)."

    def test_all_is_well(self, world):
        without_starters(world, make_page())
        assert run() == ("Addresses checked: 2 (answers: 2, moved: 0, dead: 0, cannot tell: 0).\n", "")
        assert run("--verbosity=0") == ("", "")
        assert world.url("/ok") in run("--verbosity=2")[0]

    def test_nothing_cited(self, world):
        make_source(url=world.url("/gone"))
        assert run()[0].startswith("Addresses checked: 0 ")
        assert world.seen == []

    def test_keeps_what_it_found_and_nothing_else(self, world):
        page = make_draft("back-pain")
        without_starters(world, page)
        dead = cite(page, world.url("/gone"))
        live = publish(page, by=None, unsigned=True)
        told = Source.objects.values("title", "url", "publisher", "dated", "licence")
        before = words_of(live), live.updated_at, list(told)
        run()
        live = Version.objects.get()
        assert (words_of(live), live.updated_at, list(told.all())) == before
        dead.refresh_from_db()
        assert dead.fault == "Dead: the server answered 410 (Gone)"
        assert dead.checked_at is not None
        answering = Source.objects.exclude(pk=dead.pk)
        assert {(source.fault, source.checked_at is None) for source in answering} == {("", False)}

    def test_a_source_that_answers_again_has_no_fault(self, world):
        source = cite(make_draft(), world.url("/ok"), fault="Dead: the server answered 410 (Gone)")
        run()
        source.refresh_from_db()
        assert source.fault == ""

    def test_a_dry_run_keeps_nothing(self, world):
        source = cite(make_draft(), world.url("/gone"))
        out, error = run("--dry-run")
        assert "Nothing was kept." in out
        assert error
        source.refresh_from_db()
        assert (source.fault, source.checked_at) == ("", None)

    def test_a_long_address_that_it_moved_to_fits(self, world, monkeypatch):
        monkeypatch.setitem(REDIRECTS, "/long", (301, "/" + "x" * 400))
        source = cite(make_draft(), world.url("/long"))
        assert "x" * 400 in run()[0]
        source.refresh_from_db()
        assert source.fault.startswith(f"Moved to {world.url('/x')}")
        assert len(source.fault) == 200

    def test_an_address_that_an_editor_changes_meanwhile_is_not_blamed(self, world, monkeypatch):
        source = cite(make_draft(), world.url("/gone"))

        def check_all_meanwhile(sources):
            Source.objects.filter(pk=source.pk).update(url=world.url("/ok"))
            return check_all(sources)

        monkeypatch.setattr("conditions.management.commands.check_sources.check_all", check_all_meanwhile)
        assert "410" in run()[0]
        source.refresh_from_db()
        assert (source.fault, source.checked_at) == ("", None)


@pytest.mark.django_db
class TestWhichSources:
    def test_of_live_and_scheduled_versions_and_open_drafts_only(self, django_assert_num_queries):
        live, draft, withdrawn, replaced = make_page(), make_draft(), make_page(), make_page()
        unpublish(withdrawn.page)
        later = timezone.now() + timedelta(days=30)
        scheduled = publish(make_draft(), by=None, at=later, unsigned=True)
        newer = copy_version(replaced, None)
        newer.citations.all().delete()
        kept = cite(newer, "https://example.org/kept")
        publish(newer, by=None, unsigned=True)
        make_source()
        with django_assert_num_queries(1):
            found = sources_with_pages()
        expected = {kept.pk}
        for version in (live, draft, scheduled):
            expected |= set(version.citations.values_list("source", flat=True))
        assert {source.pk for source in found} == expected
        assert found[kept] == [newer.page]

    def test_a_page_is_named_once(self):
        live = make_page()
        copy_version(live, None)
        assert set(map(tuple, sources_with_pages().values())) == {(live.page,)}


@pytest.mark.django_db
def test_a_new_address_has_no_fault_yet(admin_client):
    source = make_source(fault="Dead: the server answered 410 (Gone)")
    form = {"title": source.title, "publisher": source.publisher, "url": source.url, "dated": "2020"}
    address = reverse("admin:conditions_source_change", args=[source.pk])
    admin_client.post(address, form)
    source.refresh_from_db()
    assert (source.dated, source.fault) == ("2020", "Dead: the server answered 410 (Gone)")
    admin_client.post(address, form | {"url": "https://example.org/new"})
    source.refresh_from_db()
    assert (source.url, source.fault, source.checked_at) == ("https://example.org/new", "", None)
