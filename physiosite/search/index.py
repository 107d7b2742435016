"""The index of words, made by tantivy: one folder a machine, which all its web processes read.

It is brought up to date when somebody searches and something has changed, by one process while the others
wait for it; what it holds is never more than ``CONTENT_FRESH_SECONDS`` behind the database.
docs/decisions/0017-search.md says why this engine.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock

import tantivy
from django.conf import settings

from freshness.version import current as content_version
from physiosite.search import documents
from physiosite.search.language import analyzer, plain_analyzer
from physiosite.search.spelling import Vocabulary, vocabulary

STEMMED = ("title", "names", "lead", "headings", "text", "passage")
_STAMPS = "stamps.json"
# With few threads, or a small index is spread over as many files.
_WRITER_BYTES, _WRITER_THREADS = 50_000_000, 1


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    # A passage is an entry of its own, with the key of the document that it is of.
    for name in ("key", "of", "kind", "address"):
        builder.add_text_field(name, stored=True, tokenizer_name="raw", index_option="basic")
    for name in STEMMED:
        builder.add_text_field(name, stored=name != "text", tokenizer_name="stems", index_option="position")
    builder.add_text_field("words", tokenizer_name="words", index_option="freq")
    return builder.build()


SCHEMA = _schema()


class WordIndex:
    """One folder's index. ``current()`` is the one of this process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / f"form-{documents.FORM}"
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._alone():
            self.index = tantivy.Index(SCHEMA, path=str(self.folder))
        self.index.register_tokenizer("stems", analyzer())
        self.index.register_tokenizer("words", plain_analyzer())
        self._thread_lock = Lock()
        self._seen: str | None = None
        self._words: Vocabulary | None = None

    def searcher(self) -> tantivy.Searcher:
        """Up to date, as far as the setting asks for."""
        with self._thread_lock:
            now = content_version()
            if now is not None and now != self._seen:
                self.update()
                self._seen = now
        return self.index.searcher()

    def vocabulary(self, searcher: tantivy.Searcher) -> Vocabulary:
        """Every word of the documents; read anew when these have changed."""
        words = self._words
        if words is None:
            words = self._words = vocabulary(searcher)
        return words

    def update(self) -> int:
        """Take in what has changed since the last time, whoever did that; returns how many documents."""
        with self._alone():
            held = self._read_stamps()
            wanted = documents.stamps()
            changed = {key for key, stamp in wanted.items() if held.get(key) != stamp}
            gone = held.keys() - wanted.keys()
            if changed or gone:
                self._write(changed, gone, wanted)
        self.index.reload()
        self._words = None
        return len(changed) + len(gone)

    def _write(self, changed: set[str], gone: set[str], wanted: dict[str, str]) -> None:
        writer = self.index.writer(_WRITER_BYTES, _WRITER_THREADS)
        for key in changed | gone:
            writer.delete_documents_by_term("key", key)
            writer.delete_documents_by_term("of", key)
        written = set()
        for document in documents.documents(changed, wanted):
            writer.add_document(_as_tantivy(document))
            for passage in document.passages:
                writer.add_document(tantivy.Document(of=[document.key], passage=[passage]))
            written.add(document.key)
        writer.commit()
        writer.wait_merging_threads()
        # After the words: a crash in between does the same again, and nothing is lost or doubled.
        kept = {key: stamp for key, stamp in wanted.items() if key not in changed or key in written}
        new = self.folder / f"{_STAMPS}.new"
        new.write_text(json.dumps(kept))
        new.replace(self.folder / _STAMPS)

    def _read_stamps(self) -> dict[str, str]:
        try:
            held = json.loads((self.folder / _STAMPS).read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return held if isinstance(held, dict) else {}

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other process of this machine writes meanwhile."""
        with (self.folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _as_tantivy(document: documents.Document) -> tantivy.Document:
    lists = {"names": document.names, "headings": document.headings}
    single = {name: [getattr(document, name)] for name in ("key", "kind", "address", "title", "lead")}
    words = [document.title, *document.names, document.lead, *document.headings, *document.passages]
    return tantivy.Document(**single, **lists, text=document.passages, words=words)


@cache
def current() -> WordIndex:
    return WordIndex(Path(settings.SEARCH_INDEX))
