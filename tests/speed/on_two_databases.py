"""The site on a primary and a replica, for test_replica.py: it reads what to do, and tells what came."""

import json
import sys
import time
from typing import Any

from django.db import connections
from django.test import Client

from conditions.models import Page, Version
from conditions.versions import publish, start_draft
from directory.models import Physiotherapist
from physiosite import databases
from tests.factories import make_page, make_physiotherapist
from tests.speed.asking import ask, new_process

ELBOW = "/conditions/sore-elbow/"
client = Client()
asked: list[str] = []


def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    if "conditions_" in sql or "directory_" in sql:
        asked.append(context["connection"].alias)
    return execute(sql, params, many, context)


def get(address: str) -> tuple[int, str, list[str]]:
    return _answer(client.get(address))


def post(address: str) -> tuple[int, str, list[str]]:
    return _answer(client.post(address, {}))


def _answer(response: Any) -> tuple[int, str, list[str]]:
    seen = sorted(set(asked))
    asked.clear()
    return response.status_code, response.text, seen


def words(text: str) -> None:
    page = Page.objects.filter(slug="sore-elbow").first() or make_page("sore-elbow").page
    draft = start_draft(page, None)
    Version.objects.filter(pk=draft.pk).update(summary=text)
    publish(draft, by=None, unsigned=True)
    if not Physiotherapist.objects.exists():
        make_physiotherapist(slug="ada")
    asked.clear()


def until(database: str) -> tuple[int, str, list[str]]:
    while True:
        answer = get(ELBOW)
        assert answer[0] == 200
        if answer[2] == [database]:
            return answer
        time.sleep(0.05)


def write() -> None:
    """Something that no public page shows."""
    with connections["default"].cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS beside (number int)")


def look_again() -> None:
    time.sleep(databases.LOOK_SECONDS)


def kept(address: str) -> tuple[int, bool]:
    """Whether a page is kept, and under the version that it is of."""
    process = new_process()
    first = ask(process, address)
    return first.status, "Second words." in first.text and process.memory.get(address) is not None


TASKS: dict[str, Any] = {
    "publish": words,
    "get": get,
    "post": post,
    "until-replica": lambda: until("replica"),
    "until-primary": lambda: until("default"),
    "write": write,
    "look-again": look_again,
    "kept": kept,
}


def main() -> None:
    with connections["default"].execute_wrapper(watch), connections["replica"].execute_wrapper(watch):
        for line in sys.stdin:
            task, *arguments = json.loads(line)
            sys.stdout.write(json.dumps(TASKS[task](*arguments)) + "\n")
            sys.stdout.flush()
