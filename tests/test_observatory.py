"""Every kind of public page by the rules of MDN's HTTP Observatory, with the headers of production."""

import json

import pytest
from django.http import HttpResponse, HttpResponseRedirect
from django.test import Client

from tests.observatory import MODIFIERS, outcomes, score
from tests.public_pages import EVERYTHING, FORMER, MACHINES, PAGES, STATUS
from tests.test_settings import PRODUCTION, setting

pytestmark = pytest.mark.django_db
LEAST = 120
NAMES = (
    "SECURE_SSL_REDIRECT",
    "SECURE_HSTS_SECONDS",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS",
    "SECURE_HSTS_PRELOAD",
    "SECURE_REDIRECT_EXEMPT",
    "SECURE_REFERRER_POLICY",
    "SECURE_CONTENT_TYPE_NOSNIFF",
    "SECURE_CROSS_ORIGIN_OPENER_POLICY",
    "SESSION_COOKIE_SECURE",
    "CSRF_COOKIE_SECURE",
    "SESSION_COOKIE_HTTPONLY",
    "CSRF_COOKIE_HTTPONLY",
)


@pytest.fixture(scope="module")
def of_production():
    wanted = f"json.dumps({{name: getattr(settings, name) for name in {NAMES}}})"
    return json.loads(setting(wanted, **PRODUCTION))


@pytest.fixture
def visit(of_production, settings, public_content):
    """The answers over https and over http."""
    for name, value in of_production.items():
        setattr(settings, name, value)
    # Its middleware reads the settings when it is first asked.
    client = Client()
    return lambda address: (client.get(address, secure=True), client.get(address))


@pytest.mark.parametrize("address", [faces[0] for faces in PAGES.values()] + list(STATUS))
def test_every_kind_of_page_scores_enough(visit, address):
    response, over_http = visit(address)
    assert response.status_code == STATUS.get(address, 200)
    found = outcomes(response, over_http)
    assert score(response, over_http) >= LEAST, found
    # The rest of it: nothing that would cost a point, nor a cookie.
    assert min(MODIFIERS[outcome] for outcome in found) == 0
    assert "cookies-not-found" in found


@pytest.mark.parametrize("address", [faces[0] for faces in MACHINES.values()] + [FORMER])
def test_what_machines_read_has_the_headers_too(visit, address):
    response, over_http = visit(address)
    # Load balancers ask these over http.
    if address not in {"/healthz/", "/readyz/"}:
        assert score(response, over_http) >= LEAST, outcomes(response, over_http)


@pytest.mark.parametrize("address", EVERYTHING)
def test_headers_that_the_observatory_does_not_ask_for(visit, address):
    response, _ = visit(address)
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    refused = response.headers["Permissions-Policy"].split(", ")
    assert {"camera=()", "microphone=()", "payment=()", "usb=()", "geolocation=(self)"} <= set(refused)
    assert response.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains; preload"
    assert "server" not in response.headers and "x-powered-by" not in response.headers


def test_page_to_sign_in_scores_enough_with_its_cookie(visit):
    response, over_http = visit("/admin/login/")
    assert score(response, over_http) >= LEAST, outcomes(response, over_http)
    assert "cookies-secure-with-httponly-sessions-and-samesite" in outcomes(response, over_http)


# --- The rules themselves --------------------------------------------------------------------------
STRICT = "default-src 'none'; form-action 'self'; frame-ancestors 'none'"


def test_answer_without_headers_fails():
    bare = HttpResponse("<p></p>")
    assert score(bare, bare) == 100 - 25 - 20 - 20 - 20 - 5


def test_bonus_counts_only_from_ninety_on():
    moved = HttpResponseRedirect("https://testserver/")
    headers = {
        "Content-Security-Policy": STRICT,
        "Strict-Transport-Security": "max-age=63072000",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }

    def of(over_http=moved, **changes):
        changed = {name.replace("_", "-"): value for name, value in changes.items()}
        return score(HttpResponse("<p></p>", headers=headers | changed), over_http)

    assert of() == 130
    assert of(X_Content_Type_Options="x") == 125
    assert of(Strict_Transport_Security="max-age=1") == 120
    assert of(over_http=HttpResponse("<p></p>")) == 80


@pytest.mark.parametrize(
    ("policy", "outcome"),
    [
        (STRICT, "with-no-unsafe-default-src-none"),
        ("default-src 'none'", "with-no-unsafe"),
        ("default-src 'self'", "with-no-unsafe"),
        (f"{STRICT}; script-src 'self' 'unsafe-inline'", "with-unsafe-inline"),
        (f"{STRICT}; script-src data:", "with-unsafe-inline"),
        (f"{STRICT}; script-src 'nonce-x' 'unsafe-inline'", "with-no-unsafe-default-src-none"),
        ("default-src *", "with-unsafe-inline"),
        (f"{STRICT}; style-src 'unsafe-inline'", "with-unsafe-inline-in-style-src-only"),
        (f"{STRICT}; script-src 'unsafe-eval'", "with-unsafe-eval"),
        (f"{STRICT}; img-src http://a.example", "with-insecure-scheme-in-passive-content-only"),
        (f"{STRICT}; font-src http://a.example", "with-insecure-scheme"),
    ],
)
def test_policies_are_told_apart(policy, outcome):
    response = HttpResponse("<p></p>", headers={"Content-Security-Policy": policy})
    assert outcomes(response, response)[0] == f"csp-implemented-{outcome}"
