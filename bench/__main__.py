"""`make bench`: the site's figures on SQLite, then on PostgreSQL with PostGIS, each in a database of its own.

Speeds are given as ratios against a baseline measured in the same run, in turns (A B A B), as the
median of five rounds. BENCH_SIZES="10000 100000" measures fewer listings than a million. BENCH_DATABASE_URL
names one database to measure on instead; it is emptied first. bench/README.md has the last figures.
"""

import os
import secrets
import subprocess
import sys
import tempfile
from base64 import urlsafe_b64encode
from pathlib import Path

from tests.postgresql_server import NoServerError, throw_away_server


def main() -> int:
    if address := os.environ.get("BENCH_DATABASE_URL"):
        return _in_own_process(address)
    return _databases() or subprocess.call([sys.executable, "-m", "bench", "pages"])


def _databases() -> int:
    with tempfile.TemporaryDirectory(prefix="physiosite-bench-") as folder:
        code = _in_own_process(f"sqlite:///{folder}/bench.sqlite3")
    try:
        with throw_away_server() as address:
            return _in_own_process(address) or code
    except NoServerError as problem:
        print(f"PostgreSQL was not measured. {problem}")
        return code


def _in_own_process(address: str) -> int:
    """Django knows one database in a process."""
    command = [sys.executable, "-m", "bench", "measure"]
    return subprocess.call(command, env={**os.environ, "BENCH_DATABASE_URL": address})


def set_environment(folder: str, database: str) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "physiosite.settings",
        "ENV_FILE": "",
        "DEBUG": "off",
        "HTTPS": "off",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "ALLOWED_HOSTS": "testserver,127.0.0.1",
        "REASON_KEYS": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "SITE_URL": "http://testserver",
        "MAIL_FROM": "bookings@example.org",
        "EMAIL_URL": "dummymail://",
        "SAMPLE_DATA_ALLOWED": "on",
        # All of it comes from one address.
        "SEARCHES_PER_MINUTE": "100000000",
        "FORMS_PER_MINUTE": "100000000",
        "HASHED_STATIC_FILES": "off",
        "STATIC_ROOT": folder,
        "MEDIA_ROOT": f"{folder}/media",
        "SEARCH_INDEX": f"{folder}/search",
        "DATABASE_URL": database,
    }


def measure() -> None:
    with tempfile.TemporaryDirectory(prefix="physiosite-bench-") as folder:
        set_environment(folder, os.environ["BENCH_DATABASE_URL"])
        import django

        django.setup()
        from django.conf import settings

        from bench import gazetteer, listings, result_map, search, soonest

        gazetteer.run(Path(settings.DATABASES["default"]["NAME"]))
        result_map.run()
        search.run()
        soonest.run()
        sizes = [int(size) for size in os.environ.get("BENCH_SIZES", "10000 100000 1000000").split()]
        listings.run(sizes)


def measure_pages() -> None:
    with tempfile.TemporaryDirectory(prefix="physiosite-bench-") as folder:
        database = Path(folder) / "site.sqlite3"
        set_environment(f"{folder}/static", f"sqlite:///{database}")
        os.environ["HASHED_STATIC_FILES"] = "on"
        import django

        django.setup()
        from bench import pages
        from tests.browser.site_process import set_up

        set_up(database, {**os.environ, "DJANGO_SUPERUSER_PASSWORD": secrets.token_urlsafe()})
        pages.run(Path(folder), os.environ)


def measure_lighthouse() -> int:
    with tempfile.TemporaryDirectory(prefix="physiosite-bench-") as folder:
        set_environment(f"{folder}/static", f"sqlite:///{folder}/site.sqlite3")
        import django

        django.setup()
        from bench import lighthouse_scores

        return lighthouse_scores.run(Path(folder))


COMMANDS = {"measure": measure, "pages": measure_pages, "lighthouse": measure_lighthouse}

if __name__ == "__main__":
    sys.exit(COMMANDS[sys.argv[1]]() if sys.argv[1:] else main())
