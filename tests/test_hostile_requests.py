"""Whatever is sent to whichever public address: the answer is one of those that are meant, and holds nothing
of what was sent that a browser would run, follow or keep."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from django.core import signals
from django.core.signals import got_request_exception
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bookings.models import Appointment
from physiosite.public_pages import RULES, address_of
from tests.public_pages import EVERYTHING, TAKES_FORMS
from tests.speed.asking import Answer, ask, new_process

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("public_content")]

MEANT = {200, 301, 302, 303, 304, 400, 403, 404, 405, 409, 410, 413, 414, 422, 429}
# Each would be seen in an answer that took it as it is. The numbers stand nowhere else.
RUN = (
    "<svg onload=alert(70707)>",
    "<script>alert(70707)</script>",
    '" onmouseover="alert(70707)',
    "'-alert(70707)-'",
)
HOSTILE = [
    *RUN,
    "javascript:alert(70707)",
    "' OR '1'='1' --",
    "1; DROP TABLE directory_physiotherapist; --",
    "\x00",
    "LS1\x004AP",
    "../../../../../../etc/passwd",
    "..\\..\\physiosite\\settings.py",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "x\r\nSet-Cookie: taken=70707",
    "x\r\nX-Taken: 70707",
    "//taken.example/",
    "https://taken.example/",
    "\\\\taken.example",
    "{{ 7 * 10101 }}{% debug %}",
    "%s%n%x",
    "9" * 400,
    "-1",
    "1e309",
    "NaN",
    "2026-02-30",
    "2026-11-23T25:61",
    "\u202e\ufdfa\u0130",
    "e" + "\u0301" * 300,
    "a" * 900,
    "[" * 200,
]
PARAMETERS = sorted(
    {name for rule in RULES.values() for name in rule.parameters} | {"lat", "lng", "next", "kind"}
)
FIELDS = (
    "name", "email", "phone", "address", "reason", "consent", "topic", "message", "about", "slot", "kind",
    "page", "from", "condition", "came", "where", "csrfmiddlewaretoken",
)  # fmt: skip
HEADERS = (
    "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_FORWARDED",
    "HTTP_X_ORIGINAL_URL", "HTTP_X_REWRITE_URL", "HTTP_X_REQUEST_ID", "HTTP_REFERER", "HTTP_ORIGIN",
    "HTTP_USER_AGENT", "HTTP_COOKIE", "HTTP_ACCEPT_ENCODING", "HTTP_ACCEPT_LANGUAGE", "HTTP_RANGE",
    "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_X_HTTP_METHOD_OVERRIDE", "CONTENT_TYPE",
)  # fmt: skip
# In headers alone: no answer has any reason to say it.
SENT_IN_HEADERS = [
    "poison.example",
    "70708",
    "70708; q=x",
    "bytes=0-70708",
    'W/"70708"',
    "Thu, 01 Jan 70708",
]
ANYTHING = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
FORM = st.lists(st.tuples(st.sampled_from(FIELDS), ANYTHING), max_size=8)


@pytest.fixture(autouse=True)
def _requests_share_the_tests_connection(settings: Any) -> Iterator[None]:
    settings.BOOKING_LEAST_SECONDS = 0
    both = (signals.request_started, signals.request_finished)
    for signal in both:
        signal.disconnect(close_old_connections)
    yield
    for signal in both:
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def site() -> Any:
    """As the web server sees it, with what keeps its pages."""
    return new_process()


@st.composite
def changed_paths(draw: Any, path: str) -> str:
    """The address as it is, as often as not; or with something in place of a part of it, or behind it."""
    parts = path.strip("/").split("/")
    kind = draw(st.sampled_from(["as it is", "as it is", "replaced", "behind"]))
    if kind == "replaced":
        parts[draw(st.integers(0, len(parts) - 1))] = draw(ANYTHING)
    elif kind == "behind":
        parts.append(draw(ANYTHING))
    else:
        return path
    return "/" + "/".join(parts) + draw(st.sampled_from(["/", ""]))


def parameters_of(address: str) -> list[str]:
    """What its page reads; of a page that nobody else may see, what any page does."""
    known = address_of(urlsplit(address).path, "")
    return sorted(known.rule.parameters) if known else PARAMETERS


@pytest.mark.parametrize("address", EVERYTHING)
def test_no_parameter_is_answered_as_it_was_sent(site, address):
    path, own = urlsplit(address).path, parameters_of(address)
    for hostile in HOSTILE:
        check(site, path, urlencode([(name, hostile) for name in own]), "GET", [], {})
    given = dict(parse_qsl(urlsplit(address).query))
    for name in own:
        for hostile in RUN:
            check(site, path, urlencode(given | {name: hostile}), "GET", [], {})


@pytest.mark.parametrize("address", EVERYTHING)
def test_no_request_is_answered_with_what_it_sent(site, address):
    parts = urlsplit(address)

    @hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        path=changed_paths(parts.path),
        query=st.lists(
            st.tuples(
                st.sampled_from(parameters_of(address)) | st.sampled_from(PARAMETERS) | ANYTHING, ANYTHING
            ),
            max_size=4,
        ),
        method=st.sampled_from(["GET", "GET", "HEAD", "POST", "PUT", "OPTIONS", "TRACE", "GETT"]),
        form=FORM,
        headers=st.dictionaries(
            st.sampled_from(HEADERS), st.sampled_from([*HOSTILE, *SENT_IN_HEADERS]), max_size=4
        ),
    )
    def send(path: str, query: Any, method: str, form: Any, headers: dict[str, str]) -> None:
        check(site, path, f"{parts.query}&{urlencode(query)}", method, form, headers)

    send()


@pytest.mark.parametrize("address", sorted(TAKES_FORMS))
def test_no_form_is_answered_with_what_was_typed(site, address):
    parts = urlsplit(address)

    @hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(form=FORM)
    def send(form: Any) -> None:
        check(site, parts.path, parts.query, "POST", form, {})

    send()


def check(site: Any, path: str, query: str, method: str, form: Any, headers: dict[str, str]) -> None:
    faults: list[Any] = []

    def note(**kwargs: Any) -> None:
        faults.append(kwargs)

    body = urlencode(form).encode()
    # A server hands over what came as if it were Latin-1, and takes no line breaks in a header.
    sent = {name: " ".join(value.splitlines()).encode().decode("latin-1") for name, value in headers.items()}
    environ: dict[str, Any] = {"CONTENT_TYPE": "application/x-www-form-urlencoded"} | sent
    environ |= {"CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body)}
    got_request_exception.connect(note)
    try:
        # What one of them books or holds, the next finds as it was.
        with transaction.atomic():
            answer = ask(
                site,
                path.encode().decode("latin-1") + "?" + quote(query, safe="=&+%"),
                method,
                **environ,
            )
            Appointment.objects.count()
            transaction.set_rollback(True)
    finally:
        got_request_exception.disconnect(note)
    assert not faults
    assert answer.status in MEANT
    check_answer(answer)


def check_answer(answer: Answer) -> None:
    for name, value in answer.headers.items():
        assert not {"\r", "\n"} & set(name + value)
        assert "70707" not in name and "taken" not in name.lower()
        assert "poison" not in value and "70708" not in value
    assert "taken=" not in answer.headers.get("Set-Cookie", "")
    if to := answer.headers.get("Location"):
        leads = urlsplit(to)
        assert not to.startswith(("//", "/\\", "\\")) and leads.netloc in {"", "testserver"}, to
        assert leads.scheme in {"", "http", "https"}
    text = answer.body.decode("utf-8", "replace")
    if answer.headers.get("Content-Type", "").startswith(("text/html", "application/xml", "application/rss")):
        for hostile in RUN[:3]:
            assert hostile not in text
    assert "poison.example" not in text
    assert "root:x:0" not in text and "SECRET_KEY" not in text


@pytest.mark.parametrize(
    "host", ["taken.example", "testserver@taken.example", "testserver.taken.example", "", "a" * 300]
)
@pytest.mark.parametrize(
    "address", ["/", "/conditions/sore-elbow/", "/physiotherapists/?location=LS1", "/lost/"]
)
def test_another_host_is_refused_and_reaches_nobody(site, address, host):
    refused = ask(site, address, HTTP_HOST=host, SERVER_NAME="taken.example")
    assert refused.status == 400
    assert b"taken.example" not in refused.body
    assert "taken" not in str(refused.headers)
    assert b"taken.example" not in ask(site, address).body


@pytest.mark.parametrize(
    "name", ["HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT", "HTTP_FORWARDED", "HTTP_X_HOST"]
)
@pytest.mark.parametrize("address", ["/", "/sitemap.xml", "/conditions/sore-elbow/", "/blog/feed/"])
def test_no_header_of_the_first_reaches_the_next(address, name):
    fresh = new_process()
    first = ask(fresh, address, **{name: "host=taken.example:70707"})
    assert first.status == 200
    for answer in (first, ask(fresh, address)):
        assert b"taken" not in answer.body and "taken" not in str(answer.headers)
