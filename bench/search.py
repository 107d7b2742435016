"""The site's search over 5,000 pages of 5 KB: how long an answer takes, and how soon a change is found."""

import csv
import random
from pathlib import Path
from time import perf_counter

from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench.measure import p50_p99, times_ms
from conditions.models import Page, Version
from conditions.versions import publish, start_draft
from physiosite.search.index import current
from physiosite.search.results import search

PAGES, BYTES = 5000, 5000
LIMIT_MS = 20
QUERIES = Path(__file__).parent.parent / "tests" / "search" / "queries.csv"


def run() -> None:
    call_command("load_starter_content", verbosity=0)
    call_command("load_starter_words", verbosity=0)
    _grow()
    begun = perf_counter()
    number = current().update()
    print(f"{connection.vendor}: {number:,} documents indexed in {perf_counter() - begun:.1f} s")
    with QUERIES.open(encoding="utf-8") as file:
        queries = [row["query"] for row in csv.DictReader(file)]
    times_ms(search, queries[:20])
    p50, p99 = p50_p99(times_ms(search, queries * 5))
    print(f"search over them: p50 {p50:.1f} ms, p99 {p99:.1f} ms (at most {LIMIT_MS})")
    print(f"queries of a search: at most {max(map(_database_queries, queries))}")
    draft = start_draft(Page.objects.get(slug="sciatica"), None)
    draft.title = "Sciatica, anew"
    draft.save()
    publish(draft, by=None, unsigned=True)
    begun = perf_counter()
    current().update()
    assert search("sciatica anew").best[0].title == "Sciatica, anew"
    print(f"a page that was published is found after {(perf_counter() - begun) * 1000:.0f} ms")
    Version.objects.filter(page__slug__startswith="bench-").delete()
    Page.objects.filter(slug__startswith="bench-").delete()


def _database_queries(text: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        search(text)
    return len(asked)


def _grow() -> None:
    """Pages of the words that the starter pages have, as often as these have them."""
    pick = random.Random(7)
    texts = Version.objects.live().values_list("overview", "symptoms", "self_care")
    words = " ".join(" ".join(text) for text in texts).replace("<", " <").replace(">", "> ").split()
    words = [word for word in words if "<" not in word and ">" not in word]
    pages = Page.objects.bulk_create(Page(slug=f"bench-{number}") for number in range(PAGES))
    Version.objects.bulk_create(
        (
            Version(
                page=page,
                title=_words(pick, words, 4),
                summary=_words(pick, words, 15),
                overview="".join(f"<p>{_words(pick, words, 60)}.</p>" for _ in range(BYTES // 350)),
                status=Version.Status.APPROVED,
                publish_at=timezone.now(),
            )
            for page in pages
        ),
        batch_size=500,
    )


def _words(pick: random.Random, words: list[str], number: int) -> str:
    return " ".join(pick.choices(words, k=number))
