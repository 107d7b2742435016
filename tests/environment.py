"""The tests' own environment, the same on every machine.

pytest loads this first (`-p tests.environment` in pyproject.toml), before Django reads its settings.
TEST_DATABASE_URL names another database than the SQLite file that is made here.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="physiosite-tests-"))
# WhiteNoise warns when it is not there.
(FOLDER / "static").mkdir()

VARIABLES = {
    "DJANGO_SETTINGS_MODULE": "physiosite.settings",
    "ENV_FILE": "",
    "DEBUG": "off",
    "SECRET_KEY": "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFG",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "HTTPS": "off",
    "SECOND_FACTOR": "off",
    "SAMPLE_DATA_ALLOWED": "on",
    "DATABASE_URL": os.environ.get("TEST_DATABASE_URL") or f"sqlite:///{FOLDER / 'site.sqlite3'}",
    "TEST_SQLITE_FILE": str(FOLDER / "test.sqlite3"),
    "CACHE_URL": "locmemcache://",
    "EMAIL_URL": "memorymail://",
    "SITE_URL": "http://testserver",
    "MAIL_FROM": "bookings@example.org",
    "REASON_KEYS": "b25seS1mb3ItdGVzdHMtMDEyMzQ1Njc4OS1hYmNkZWY=",
    "STATIC_ROOT": str(FOLDER / "static"),
    "MEDIA_ROOT": str(FOLDER / "media"),
    "BACKUP_FOLDER": str(FOLDER / "backups"),
    "SEARCH_INDEX": str(FOLDER / "search"),
    # Each test has pages of its own.
    "CONTENT_FRESH_SECONDS": "0",
    # Tests come from one address, and are quicker than people.
    "SEARCHES_PER_MINUTE": "1000000",
    "FORMS_PER_MINUTE": "1000000",
    # Hashed names need collectstatic first: the browser tests' server does that, and has them on.
    "HASHED_STATIC_FILES": "off",
}
# What the settings read beside those: the machine's own values must not reach the tests.
UNSET = (
    "ADMIN_PATH",
    "BACKUPS_KEPT",
    "BEHIND_PROXY",
    "CONN_MAX_AGE",
    "CSRF_TRUSTED_ORIGINS",
    "DATABASE_REPLICA_URL",
    "PAGE_CACHE_MB",
    "REPLICA_MOST_SECONDS_BEHIND",
    "HOLDS_PER_VISITOR",
    "BOOKINGS_PER_VISITOR",
    "BOOKING_LEAST_SECONDS",
    "KEEP_DETAILS_DAYS",
    "SECRET_KEY_FALLBACKS",
    "SECURITY_CONTACT",
    "METRICS_ADDRESS",
    "METRICS_FOLDER",
    "SENTRY_DSN",
)

os.environ.update(VARIABLES)
for name in UNSET:
    os.environ.pop(name, None)
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
