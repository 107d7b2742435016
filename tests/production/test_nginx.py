"""What nginx does by itself: https, names, headers, files, parts of files, compression, its log."""

import http.client
import socket
import ssl
from contextlib import closing
from pathlib import Path

import pytest

from tests.production.servers import until
from tests.public_pages import MANAGE

PAGE = "/conditions/sore-elbow/"
# Of the site's answers, what says how browsers may use them.
POLICIES = (
    "Access-Control-Allow-Origin",
    "Cache-Control",
    "Content-Disposition",
    "Content-Type",
    "Cross-Origin-Resource-Policy",
    "X-Content-Type-Options",
)


@pytest.fixture(scope="module")
def sound(running_site) -> str:
    """The address of an episode's audio."""
    # Not one that another test has hidden there.
    file = next(Path(running_site.environment["MEDIA_ROOT"]).rglob("[!.]*.mp3"))
    return f"/media/{file.relative_to(running_site.environment['MEDIA_ROOT'])}"


@pytest.fixture(scope="module")
def style(running_site) -> str:
    """The address of a style sheet with a hash in its name."""
    files = Path(running_site.environment["STATIC_ROOT"], "css").glob("site.*.css")
    return f"/static/css/{next(files).name}"


# --- https, and whose names these are ---------------------------------------------------------------


def test_http_leads_to_https(site):
    answer = site.ask_plainly("/physiotherapists/?location=LS1+4AP")
    assert answer.status == 301
    assert answer.headers["Location"] == f"{site.address}/physiotherapists/?location=LS1+4AP"


@pytest.mark.parametrize("name", ["evil.example", "localhost.evil.example", "127.0.0.1"])
def test_another_name_is_not_served(site, name):
    assert site.ask("/", Host=name).status == 421
    assert site.ask_plainly("/", Host=name).status == 421


def test_another_name_gets_no_certificate(site):
    context = ssl.create_default_context(cafile=str(site.certificate))
    with (
        pytest.raises(ssl.SSLError, match=r"UNRECOGNIZED_NAME|unrecognized name"),
        socket.create_connection(("127.0.0.1", site.https_port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="evil.example"),
    ):
        pass


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_of_today_is_spoken(site, version):
    context = ssl.create_default_context(cafile=str(site.certificate))
    context.minimum_version = context.maximum_version = version
    connection = http.client.HTTPSConnection("localhost", site.https_port, timeout=10, context=context)
    with closing(connection):
        connection.request("GET", "/healthz/")
        assert connection.getresponse().status == 200


def test_ciphers_without_forward_secrecy_are_refused(site):
    context = ssl.create_default_context(cafile=str(site.certificate))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("kRSA")
    with (
        pytest.raises(ssl.SSLError),
        socket.create_connection(("127.0.0.1", site.https_port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost"),
    ):
        pass


# --- Headers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [PAGE, "/", "/no-such-page/", "/static/no-such-file.css", "/admin/login/"])
def test_every_answer_has_the_security_headers_once(site, path):
    headers = site.ask(path).headers
    for name, words in (
        ("Strict-Transport-Security", "max-age=63072000; includeSubDomains; preload"),
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Security-Policy", "default-src 'none'"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ):
        assert len(headers.get_all(name, [])) == 1, name
        assert words in headers[name]
    assert headers["Server"] == "nginx"


def test_files_have_the_same_policies_whoever_serves_them(site, sound, style):
    for path in (sound, style, "/static/img/podcast-cover.jpg", "/static/css/site.css"):
        by_nginx, by_gunicorn = site.ask(path), site.ask_process(0, path)
        assert (by_nginx.status, by_nginx.body) == (200, by_gunicorn.body), path
        for name in POLICIES:
            assert _told(by_nginx, name) == _told(by_gunicorn, name), (path, name)


def _told(answer, name):
    """Parts of a header in any order."""
    return sorted(
        part.strip().lower()
        for part in answer.headers.get(name, "").replace(";", ",").replace('"', "").split(",")
    )


def test_nobody_can_say_where_they_are(site):
    """Five notes an hour from one address, whatever a visitor writes into the header."""
    note = b"about=access&message=There+are+two+steps+at+the+door."
    statuses = [
        site.ask(
            "/physiotherapists/ada-sample/correction/",
            "POST",
            note,
            Content_Type="application/x-www-form-urlencoded",
            X_Forwarded_For=f"203.0.113.{number}",
            X_Real_IP=f"203.0.113.{number}",
            Forwarded=f"for=203.0.113.{number}",
        ).status
        for number in range(8)
    ]
    assert 429 in statuses
    assert statuses == sorted(statuses), "refused once, refused until the hour is over"


def test_nobody_can_say_that_http_is_https(site):
    assert site.ask_plainly("/", X_Forwarded_Proto="https").status == 301


# --- Files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("identity", None),
    ],
)
def test_files_go_out_compressed_as_they_lie_there(site, style, accepted, encoding):
    answer = site.ask(style, Accept_Encoding=accepted)
    assert answer.status == 200
    assert answer.headers["Content-Encoding"] == encoding
    assert "Accept-Encoding" in answer.headers["Vary"]
    ending = {"br": ".br", "gzip": ".gz"}.get(encoding or "", "")
    file = Path(site.environment["STATIC_ROOT"], style.removeprefix("/static/") + ending)
    assert answer.body == file.read_bytes()


def test_a_file_that_has_not_changed_is_not_sent_again(site, style):
    known = site.ask(style).headers["ETag"]
    assert site.ask(style, If_None_Match=known).status == 304


def test_a_file_that_is_not_there_gets_the_sites_own_page(site):
    for path in ("/static/css/none.css", "/media/none.mp3"):
        answer = site.ask(path)
        assert answer.status == 404
        assert "text/html" in answer.headers["Content-Type"]
        assert "<h1" in answer.text


@pytest.mark.parametrize("path", ["/media/../site.env", "/static/../site.env", "/static/..%2fsite.env"])
def test_no_address_leads_out_of_the_folders(site, path):
    answer = site.ask(path)
    assert answer.status in {400, 404}
    assert "SECRET_KEY" not in answer.text


def test_other_kinds_of_files_stay_inside(site):
    folder = Path(site.environment["MEDIA_ROOT"])
    for name in ("page.html", "vector.svg", ".hidden.mp3"):
        (folder / name).write_text("<script>")
        assert site.ask(f"/media/{name}").status == 404


def test_parts_of_audio(site, sound):
    whole = site.ask(sound)
    size = len(whole.body)
    part = site.ask(sound, Range="bytes=100-199")
    assert (part.status, part.body) == (206, whole.body[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{size}"
    assert site.ask(sound, Range="bytes=-50").body == whole.body[-50:]
    beyond = site.ask(sound, Range=f"bytes={size}-")
    assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{size}")
    # Several parts cost more than the whole.
    assert site.ask(sound, Range="bytes=0-1,5-6").status == 200


def test_a_part_of_another_file_is_the_whole(site, sound):
    known = site.ask(sound).headers["ETag"]
    assert site.ask(sound, Range="bytes=0-9", If_Range=known).status == 206
    assert site.ask(sound, Range="bytes=0-9", If_Range='"another"').status == 200


# --- Log ---------------------------------------------------------------------------------------------------


def test_no_log_tells_what_was_typed_or_where_from(site):
    # One that is refused, one that fails, one with a key.
    site.ask("/physiotherapists/?location=AB10+1AB&name=zebedee")
    site.ask("/no-such-page/?location=AB10+1AB", Referer="https://example.org/?q=zebedee")
    site.ask("/?" + "location=zebedee" * 600)
    site.ask(MANAGE)
    token = MANAGE.split("/")[2]
    logs = [
        *Path(site.environment["NGINX_LOGS"]).iterdir(),
        *(server.log_file for server in (*site.gunicorns, site.nginx)),
    ]

    def read() -> str:
        return "".join(file.read_text() for file in logs)

    # nginx writes its line when the answer is on its way.
    until(lambda: '"path":"/appointments/[left out]/"' in read(), "the last request is in the log")
    text = read()
    assert '"path":"/physiotherapists/"' in text
    for secret in ("AB10", "zebedee", token, token.rpartition(":")[2], "127.0.0.1 -"):
        assert secret not in text
