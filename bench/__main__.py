"""`make bench`: the site's figures, on a database of its own in a temporary folder.

Speeds are given as ratios against a baseline measured in the same run, in turns (A B A B), as the
median of five rounds. BENCH_DATABASE_URL names another database than SQLite; it is emptied first.
"""

import os
import secrets
import tempfile
from pathlib import Path


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="physiosite-bench-") as folder:
        database = Path(folder) / "bench.sqlite3"
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "physiosite.settings",
            "ENV_FILE": "",
            "DEBUG": "off",
            "HTTPS": "off",
            "SECRET_KEY": secrets.token_urlsafe(60),
            "ALLOWED_HOSTS": "testserver",
            "SAMPLE_DATA_ALLOWED": "on",
            "HASHED_STATIC_FILES": "off",
            "STATIC_ROOT": folder,
            "DATABASE_URL": os.environ.get("BENCH_DATABASE_URL") or f"sqlite:///{database}",
        }
        import django

        django.setup()
        from bench import gazetteer, search

        gazetteer.run(database)
        search.run(numbers=(600, 100_000))


if __name__ == "__main__":
    main()
