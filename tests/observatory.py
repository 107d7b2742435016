"""What MDN's HTTP Observatory would say of an answer, by its published rules.

The tests and the modifiers: https://developer.mozilla.org/en-US/observatory/docs/tests_and_scoring
Left out is what only a scan of the running site can see: certificates, and the browsers' preload list (5).
"""

from typing import Any
from urllib.parse import urlsplit

from tests.markup import page_of

BASE, LEAST_FOR_BONUS = 100, 90
MODIFIERS = {
    "csp-implemented-with-no-unsafe-default-src-none": 10,
    "csp-implemented-with-no-unsafe": 5,
    "csp-implemented-with-unsafe-inline-in-style-src-only": 0,
    "csp-implemented-with-insecure-scheme-in-passive-content-only": -10,
    "csp-implemented-with-unsafe-eval": -10,
    "csp-implemented-with-unsafe-inline": -20,
    "csp-implemented-with-insecure-scheme": -20,
    "csp-not-implemented": -25,
    "cookies-secure-with-httponly-sessions-and-samesite": 5,
    "cookies-not-found": 0,
    "cookies-secure-with-httponly-sessions": 0,
    "cookies-without-secure-flag-but-protected-by-hsts": -5,
    "cookies-session-without-secure-flag-but-protected-by-hsts": -10,
    "cookies-without-secure-flag": -20,
    "cookies-samesite-flag-invalid": -20,
    "cookies-anticsrf-without-samesite-flag": -20,
    "cookies-session-without-httponly-flag": -30,
    "cookies-session-without-secure-flag": -40,
    "cross-origin-resource-sharing-not-implemented": 0,
    "cross-origin-resource-sharing-implemented-with-public-access": 0,
    "cross-origin-resource-sharing-implemented-with-restricted-access": 0,
    "cross-origin-resource-sharing-implemented-with-universal-access": -50,
    "redirection-to-https": 0,
    "redirection-off-host-from-http": -5,
    "redirection-not-to-https": -20,
    "redirection-missing": -20,
    "referrer-policy-private": 5,
    "referrer-policy-not-implemented": 0,
    "referrer-policy-unsafe": -5,
    "referrer-policy-header-invalid": -5,
    "hsts-implemented-max-age-at-least-six-months": 0,
    "hsts-implemented-max-age-less-than-six-months": -10,
    "hsts-not-implemented": -20,
    "hsts-header-invalid": -20,
    "sri-implemented-and-all-scripts-loaded-securely": 5,
    "sri-implemented-and-external-scripts-loaded-securely": 5,
    "sri-not-implemented-response-not-html": 0,
    "sri-not-implemented-but-no-scripts-loaded": 0,
    "sri-not-implemented-but-all-scripts-loaded-from-secure-origin": 0,
    "sri-not-implemented-but-external-scripts-loaded-securely": -5,
    "sri-implemented-but-external-scripts-not-loaded-securely": -20,
    "sri-not-implemented-and-external-scripts-not-loaded-securely": -50,
    "x-content-type-options-nosniff": 0,
    "x-content-type-options-not-implemented": -5,
    "x-content-type-options-header-invalid": -5,
    "x-frame-options-implemented-via-csp": 5,
    "x-frame-options-sameorigin-or-deny": 0,
    "x-frame-options-not-implemented": -20,
    "x-frame-options-header-invalid": -20,
    "cross-origin-resource-policy-implemented-with-same-origin": 10,
    "cross-origin-resource-policy-implemented-with-same-site": 10,
    "cross-origin-resource-policy-implemented-with-cross-origin": 0,
    "cross-origin-resource-policy-not-implemented": 0,
    "cross-origin-resource-policy-header-invalid": -5,
}
BROAD = {"ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*"}
PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
UNSAFE = {"origin", "origin-when-cross-origin", "unsafe-url", "no-referrer-when-downgrade"}
SIX_MONTHS = 15_768_000
SESSIONS = ("sess", "login", "auth", "sid")


def score(response: Any, over_http: Any) -> int:
    """Of an answer over https, and of the same address' over plain http."""
    modifiers = [MODIFIERS[outcome] for outcome in outcomes(response, over_http)]
    after_penalties = max(0, BASE + sum(modifier for modifier in modifiers if modifier < 0))
    bonus = sum(modifier for modifier in modifiers if modifier > 0)
    return after_penalties + (bonus if after_penalties >= LEAST_FOR_BONUS else 0)


def outcomes(response: Any, over_http: Any) -> list[str]:
    headers = {name.lower(): value.strip() for name, value in response.items()}
    policy = _policy(headers.get("content-security-policy", ""))
    has_hsts = _hsts(headers).startswith("hsts-implemented")
    return [
        _csp(policy),
        _cookies(response.cookies, has_hsts),
        _cors(headers),
        _redirection(over_http),
        _referrer(headers),
        _hsts(headers),
        _scripts(response, headers),
        _content_type(headers),
        _frames(headers, policy),
        _resource_policy(headers),
    ]


def _policy(written: str) -> dict[str, set[str]]:
    parts = [part.split() for part in written.lower().split(";") if part.strip()]
    return {part[0]: set(part[1:]) for part in parts}


def _csp(policy: dict[str, set[str]]) -> str:
    if not policy:
        return "csp-not-implemented"
    default = policy.get("default-src", {"*"})
    scripts, styles, objects = (policy.get(f"{kind}-src", default) for kind in ("script", "style", "object"))
    passive = policy.get("img-src", default) | policy.get("media-src", default)
    active = set().union(*(policy[name] for name in policy.keys() - {"img-src", "media-src"}))
    with_nonce = any(source.startswith(("'nonce-", "'sha256-", "'sha384-", "'sha512-")) for source in scripts)
    inline = {"data:"} if with_nonce else {"data:", "'unsafe-inline'"}
    if scripts & (BROAD | inline) or objects & BROAD:
        return "csp-implemented-with-unsafe-inline"
    if any(source.startswith(("http:", "ftp:")) for source in active):
        return "csp-implemented-with-insecure-scheme"
    if "'unsafe-eval'" in scripts | styles:
        return "csp-implemented-with-unsafe-eval"
    if any(source.startswith(("http:", "ftp:")) for source in passive):
        return "csp-implemented-with-insecure-scheme-in-passive-content-only"
    if styles & (BROAD | {"data:", "'unsafe-inline'"}):
        return "csp-implemented-with-unsafe-inline-in-style-src-only"
    strict = default == {"'none'"} and policy.get("form-action", set()) <= {"'none'", "'self'"}
    if strict and "form-action" in policy:
        return "csp-implemented-with-no-unsafe-default-src-none"
    return "csp-implemented-with-no-unsafe"


def _cookies(cookies: Any, has_hsts: bool) -> str:
    if not cookies:
        return "cookies-not-found"
    found = {"cookies-secure-with-httponly-sessions-and-samesite"}
    protected = "-but-protected-by-hsts" if has_hsts else ""
    for name, cookie in cookies.items():
        is_session = any(word in name.lower() for word in SESSIONS)
        if not cookie["secure"]:
            found.add(f"cookies{'-session' if is_session else ''}-without-secure-flag{protected}")
        if is_session and not cookie["httponly"]:
            found.add("cookies-session-without-httponly-flag")
        if not cookie["samesite"]:
            is_token = "csrf" in name.lower()
            found.add(
                "cookies-anticsrf-without-samesite-flag"
                if is_token
                else "cookies-secure-with-httponly-sessions"
            )
        elif cookie["samesite"].lower() not in {"lax", "strict"}:
            found.add("cookies-samesite-flag-invalid")
    return min(found, key=MODIFIERS.__getitem__)


def _cors(headers: dict[str, str]) -> str:
    origin, begin = headers.get("access-control-allow-origin"), "cross-origin-resource-sharing"
    if origin is None:
        return f"{begin}-not-implemented"
    if origin == "*":
        return f"{begin}-implemented-with-public-access"
    if headers.get("access-control-allow-credentials", "").lower() == "true":
        return f"{begin}-implemented-with-universal-access"
    return f"{begin}-implemented-with-restricted-access"


def _redirection(over_http: Any) -> str:
    if over_http.status_code not in {301, 302, 303, 307, 308}:
        return "redirection-missing"
    to = urlsplit(over_http.headers["Location"])
    if to.scheme != "https":
        return "redirection-not-to-https"
    return "redirection-to-https" if to.hostname == "testserver" else "redirection-off-host-from-http"


def _referrer(headers: dict[str, str]) -> str:
    if "referrer-policy" not in headers:
        return "referrer-policy-not-implemented"
    last = headers["referrer-policy"].lower().rpartition(",")[2].strip()
    if last in PRIVATE:
        return "referrer-policy-private"
    return "referrer-policy-unsafe" if last in UNSAFE else "referrer-policy-header-invalid"


def _hsts(headers: dict[str, str]) -> str:
    written = headers.get("strict-transport-security")
    if written is None:
        return "hsts-not-implemented"
    parts = dict(part.strip().lower().partition("=")[::2] for part in written.split(";"))
    if not parts.get("max-age", "").isdecimal():
        return "hsts-header-invalid"
    long = int(parts["max-age"]) >= SIX_MONTHS
    return f"hsts-implemented-max-age-{'at-least' if long else 'less-than'}-six-months"


def _scripts(response: Any, headers: dict[str, str]) -> str:
    if not headers.get("content-type", "").startswith("text/html"):
        return "sri-not-implemented-response-not-html"
    scripts = [tag for tag in page_of(response).all("script") if tag.get("src")]
    if not scripts:
        return "sri-not-implemented-but-no-scripts-loaded"
    checked = all(tag.get("integrity") for tag in scripts)
    elsewhere = [tag["src"] for tag in scripts if urlsplit(tag["src"]).netloc]
    if any(not src.startswith("https://") for src in elsewhere):
        return (
            "sri-implemented-but-external-scripts-not-loaded-securely"
            if checked
            else "sri-not-implemented-and-external-scripts-not-loaded-securely"
        )
    if checked:
        return "sri-implemented-and-all-scripts-loaded-securely"
    if elsewhere:
        return "sri-not-implemented-but-external-scripts-loaded-securely"
    return "sri-not-implemented-but-all-scripts-loaded-from-secure-origin"


def _content_type(headers: dict[str, str]) -> str:
    found = headers.get("x-content-type-options", "not-implemented").lower()
    return f"x-content-type-options-{found if found in {'nosniff', 'not-implemented'} else 'header-invalid'}"


def _frames(headers: dict[str, str], policy: dict[str, set[str]]) -> str:
    if "frame-ancestors" in policy and not policy["frame-ancestors"] & BROAD:
        return "x-frame-options-implemented-via-csp"
    found = headers.get("x-frame-options", "").lower()
    if not found:
        return "x-frame-options-not-implemented"
    return f"x-frame-options-{'sameorigin-or-deny' if found in {'deny', 'sameorigin'} else 'header-invalid'}"


def _resource_policy(headers: dict[str, str]) -> str:
    found, begin = headers.get("cross-origin-resource-policy"), "cross-origin-resource-policy"
    if found is None:
        return f"{begin}-not-implemented"
    known = {"same-origin", "same-site", "cross-origin"}
    return f"{begin}-{f'implemented-with-{found}' if found in known else 'header-invalid'}"
