"""Errors told to Sentry, where SENTRY_DSN names one: which line failed, and nothing that anybody typed."""

from typing import Any, cast

import sentry_sdk
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.types import Event, Hint

from physiosite.logs import current_request_id, without_secrets

_OF_AN_EVENT = ("event_id", "timestamp", "level", "platform", "environment", "logger", "transaction", "sdk")
_OF_A_FRAME = ("filename", "function", "module", "lineno", "in_app", "context_line")


def report_to(address: str) -> None:
    sentry_sdk.init(
        dsn=address,
        send_default_pii=False,
        before_send=scrubbed,
        # What is thrown away in the end need not be gathered.
        include_local_variables=False,
        max_breadcrumbs=0,
        max_request_body_size="never",
        auto_session_tracking=False,
        send_client_reports=False,
        server_name="",
        default_integrations=True,
        auto_enabling_integrations=False,
        integrations=[DjangoIntegration(transaction_style="function_name", middleware_spans=False)],
    )


def scrubbed(event: Event, hint: Hint) -> Event | None:
    """Made anew of what is known to be harmless. A message is not: a database quotes whole rows."""
    given: dict[str, Any] = dict(event)
    kept: dict[str, Any] = {name: given[name] for name in _OF_AN_EVENT if name in given}
    if request_id := current_request_id.get():
        kept["tags"] = {"request_id": request_id}
    if request := given.get("request"):
        path = str(request.get("url", "")).partition("?")[0].partition("#")[0]
        kept["request"] = {"method": request.get("method"), "url": without_secrets(path)}
    raised = (given.get("exception") or {}).get("values") or []
    kept["exception"] = {"values": [_scrubbed_exception(one) for one in raised]}
    return cast(Event, kept)


def _scrubbed_exception(raised: dict[str, Any]) -> dict[str, Any]:
    frames = (raised.get("stacktrace") or {}).get("frames") or []
    return {
        "type": raised.get("type"),
        "module": raised.get("module"),
        "value": "",
        "stacktrace": {
            "frames": [{name: frame[name] for name in _OF_A_FRAME if name in frame} for frame in frames]
        },
    }
