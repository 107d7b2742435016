"""The settings file, started in a process of its own with one environment after another."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import environment

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = {
    "SECRET_KEY": "8x!long-and-random-0123456789-abcdefghijklmnopqrstuvwxyz",
    "ALLOWED_HOSTS": "www.example.org",
    "SITE_URL": "https://www.example.org",
    "EMAIL_URL": "smtp+tls://site:password@mail.example.org:587",
    "REASON_KEYS": "b25seS1mb3ItdGVzdHMtMDEyMzQ1Njc4OS1hYmNkZWY=",
}
UNREADABLE = "DATABASE_URL, DATABASE_REPLICA_URL, CACHE_URL or EMAIL_URL cannot be read"
START = "import django; django.setup()"


def python(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "physiosite.settings",
            "ENV_FILE": "",
            **variables,
        },
        capture_output=True,
        text=True,
        timeout=60,
    )


def problems(**variables: str) -> list[str]:
    done = python(START, **variables)
    assert done.returncode != 0
    assert "The site cannot start." in done.stderr
    return [line.removeprefix("- ") for line in done.stderr.splitlines() if line.startswith("- ")]


def setting(expression: str, **variables: str) -> str:
    done = python(f"import json; from django.conf import settings; print({expression})", **variables)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_starts_in_production_with_a_key_and_a_host():
    done = python(START, **PRODUCTION)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is unsafe"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY is unsafe"),
        ({"SECRET_KEY": "django-insecure-" + PRODUCTION["SECRET_KEY"]}, "SECRET_KEY is unsafe"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is missing"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS is unsafe"),
        ({"ALLOWED_HOSTS": "www.example.org,*"}, "ALLOWED_HOSTS is unsafe"),
        ({"CSRF_TRUSTED_ORIGINS": "http://www.example.org"}, "CSRF_TRUSTED_ORIGINS is unsafe"),
        ({"CSRF_TRUSTED_ORIGINS": "www.example.org"}, "CSRF_TRUSTED_ORIGINS: 'www.example.org'"),
        ({"ADMIN_PATH": "conditions/"}, "ADMIN_PATH: 'conditions/'"),
        ({"ADMIN_PATH": "/search/editors"}, "ADMIN_PATH: 'search/editors/'"),
        ({"ADMIN_PATH": "/"}, "ADMIN_PATH: '/'"),
        ({"DATABASE_URL": "postgres://site@db:port/site"}, UNREADABLE),
        ({"CACHE_URL": "carrierpigeon://loft"}, UNREADABLE),
        ({"EMAIL_URL": "carrierpigeon://loft"}, UNREADABLE),
        ({"EMAIL_URL": ""}, "EMAIL_URL is missing"),
        ({"SITE_URL": "www.example.org"}, "SITE_URL: 'www.example.org'"),
        ({"SITE_URL": "https://www.example.org/site/"}, "SITE_URL: 'https://www.example.org/site/'"),
        ({"SITE_URL": "http://www.example.org"}, "SITE_URL is unsafe"),
        ({"MAIL_FROM": "nobody"}, "MAIL_FROM: 'nobody'"),
        ({"SECURITY_CONTACT": "security@example.org"}, "SECURITY_CONTACT: 'security@example.org'"),
        ({"SECURITY_CONTACT": "mailto:a@b.org\nContact: x"}, "SECURITY_CONTACT: "),
        ({"REASON_KEYS": ""}, "REASON_KEYS is missing"),
        ({"REASON_KEYS": "short"}, "REASON_KEYS has a key that is not one"),
        ({"SECOND_FACTOR": "off"}, "SECOND_FACTOR is unsafe"),
        ({"KEEP_DETAILS_DAYS": "0"}, "KEEP_DETAILS_DAYS must be 1 or more"),
    ],
)
def test_refuses_to_start_and_says_why(changes, problem):
    found = problems(**{**PRODUCTION, **changes})
    assert len(found) == 1
    assert found[0].startswith(problem)


def test_names_every_problem_at_once():
    found = problems(CSRF_TRUSTED_ORIGINS="http://www.example.org", ADMIN_PATH="places", CACHE_URL="x://")
    assert [line.split(" ")[0].rstrip(":") for line in found] == [
        "SECRET_KEY",
        "ALLOWED_HOSTS",
        "REASON_KEYS",
        "SITE_URL",
        "EMAIL_URL",
        "CSRF_TRUSTED_ORIGINS",
        "ADMIN_PATH",
        "DATABASE_URL,",
    ]


def test_debug_is_off_unless_asked_for():
    assert setting("settings.DEBUG", **PRODUCTION) == "False"


def test_debug_needs_only_a_key():
    assert setting("settings.DEBUG, settings.SAMPLE_DATA_ALLOWED", DEBUG="on", SECRET_KEY="x") == "True True"


def test_sample_people_are_kept_out_of_production():
    assert setting("settings.SAMPLE_DATA_ALLOWED", **PRODUCTION) == "False"


def test_env_file_is_read_and_the_environment_wins(tmp_path):
    file = tmp_path / "env"
    file.write_text("DEBUG=on\nSECRET_KEY=from-the-file\nADMIN_PATH=from-the-file\n")
    shown = setting("settings.SECRET_KEY, settings.ADMIN_PATH", ENV_FILE=str(file), ADMIN_PATH="editors")
    assert shown == "from-the-file editors/"


def test_deployment_checks_are_silent_in_production():
    code = (
        "import django; django.setup(); from django.core.management import call_command; "
        "call_command('check', '--deploy', '--fail-level', 'INFO')"
    )
    done = python(code, **PRODUCTION)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_postgresql_by_address():
    address = "postgres://site:p%40ss@db.example.org:5433/physiotherapy?sslmode=require"
    database = json.loads(
        setting("json.dumps(settings.DATABASES['default'])", **PRODUCTION, DATABASE_URL=address)
    )
    expected = {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "db.example.org",
        "PORT": 5433,
        "NAME": "physiotherapy",
        "USER": "site",
        "PASSWORD": "p@ss",
        "OPTIONS": {
            "sslmode": "require",
            "options": "-c jit=off",
            "connect_timeout": 3,
            "tcp_user_timeout": 5000,
        },
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 60,
    }
    assert {name: database[name] for name in expected} == expected


def test_shared_cache_by_address():
    # Takes a client from its pool, and connects to nothing.
    code = (
        "import django; django.setup(); from django.core.cache import caches; cache = caches['default']; "
        "print(type(cache).__name__, cache._cache.get_client().get_connection_kwargs()['host'])"
    )
    done = python(code, **PRODUCTION, CACHE_URL="redis://cache.example.org:6379/1")
    assert done.stdout == "RedisOrAlone cache.example.org\n", done.stderr


def test_sqlite_connection(tmp_path):
    code = """
import django; django.setup()
from django.db import connection
for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys"):
    print(name, *connection.cursor().execute(f"PRAGMA {name}").fetchone())
"""
    done = python(code, **PRODUCTION, DATABASE_URL=f"sqlite:///{tmp_path}/site.sqlite3")
    assert done.stdout.splitlines() == [
        "journal_mode wal",
        "synchronous 1",
        "busy_timeout 20000",
        "foreign_keys 1",
    ], done.stderr


def test_sqlite_transaction_takes_the_write_lock_at_its_start(tmp_path):
    code = """
import sqlite3
import django; django.setup()
from django.db import connection, transaction
other = sqlite3.connect(connection.settings_dict["NAME"], timeout=0, isolation_level=None)
with transaction.atomic():
    try:
        other.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        print("writer:", error)
    print("reader:", other.execute("SELECT count(*) FROM sqlite_master").fetchone())
other.execute("BEGIN IMMEDIATE")
print("writer: free again")
"""
    done = python(code, **PRODUCTION, DATABASE_URL=f"sqlite:///{tmp_path}/site.sqlite3")
    assert done.stdout.splitlines() == [
        "writer: database is locked",
        "reader: (0,)",
        "writer: free again",
    ], done.stderr


def test_tests_decide_about_every_variable_of_the_settings():
    source = (ROOT / "physiosite" / "settings.py").read_text()
    read = set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", source))
    assert len(read) > 10
    assert read <= environment.VARIABLES.keys() | set(environment.UNSET)


@pytest.mark.parametrize(("query", "options"), [("", "-c jit=off"), ("?options=-c%20jit%3Don", "-c jit=on")])
def test_postgresql_compiles_no_search_unless_asked_to(query, options):
    shown = setting(
        "settings.DATABASES['default']['OPTIONS']['options']",
        **PRODUCTION | {"DATABASE_URL": f"postgres://site@db/site{query}"},
    )
    assert shown == options


@pytest.mark.parametrize(
    ("variables", "demanded"),
    [
        (PRODUCTION, "True"),
        ({"DEBUG": "on", "SECRET_KEY": "x"}, "False"),
        ({"DEBUG": "on", "SECRET_KEY": "x", "SECOND_FACTOR": "on"}, "True"),
        # As make serve has it.
        (PRODUCTION | {"HTTPS": "off", "SECOND_FACTOR": "off"}, "False"),
    ],
)
def test_second_factor_is_demanded_in_production(variables, demanded):
    assert setting("settings.SECOND_FACTOR", **variables) == demanded
