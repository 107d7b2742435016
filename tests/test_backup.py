"""`deploy/backup.py`, while people book: what comes back is one moment of the site, whole and unchanged."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.bookings.patients import BOOKED, MAILS, SET_UP, Patients, times_of
from tests.bookings.served import Database, own_database, served, visitor_of
from tests.tools import require_tool

pytestmark = pytest.mark.django_db
BACKUP = Path(settings.BASE_DIR) / "deploy" / "backup.py"
ON_SQLITE = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")


class Place:
    """A machine of its own: a database, uploaded files, backups."""

    def __init__(self, database: Database, backups: Path) -> None:
        self.database, self.backups = database, backups
        self.media = database.folder / "media"
        self.search = database.folder / "search"
        database.environment |= {
            "MEDIA_ROOT": str(self.media),
            "BACKUP_FOLDER": str(backups),
            "SEARCH_INDEX": str(self.search),
        }

    def run(self, *arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
        environment = self.database.environment | more
        command = [sys.executable, BACKUP, *arguments]
        return subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True)

    def back_up(self, **more: str) -> Path:
        before = set(self.backups.glob("*"))
        done = self.run("backup", **more)
        assert done.returncode == 0, done.stderr
        (made,) = set(self.backups.glob("*")) - before
        return made

    def tables(self) -> dict[str, tuple[int, str]]:
        """How many rows each has, and a checksum over them."""
        names = (
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            if ON_SQLITE
            else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        found = {}
        for (name,) in self.database.rows(names):
            rows = sorted(repr(row) for row in self.database.rows(f'SELECT * FROM "{name}"'))  # noqa: S608
            found[name] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
        return found

    def uploaded(self) -> dict[str, bytes]:
        paths = (path for path in self.media.rglob("*") if path.is_file())
        return {str(path.relative_to(self.media)): path.read_bytes() for path in paths}


@pytest.fixture
def place(tmp_path):
    if not ON_SQLITE:
        require_tool("pg_dump")
    folder = tmp_path / "here"
    folder.mkdir()
    with own_database(folder) as database:
        here = Place(database, tmp_path / "backups")
        (here.media / "posts").mkdir(parents=True)
        (here.media / "posts" / "knee.webp").write_bytes(b"a picture")
        yield here


@pytest.fixture
def elsewhere(place, tmp_path):
    """Another machine, with nothing on it but the tables that `migrate` makes."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    with own_database(folder) as database:
        yield Place(database, place.backups)


def test_a_backup_while_people_book_comes_back_whole_elsewhere(place, elsewhere):
    times = times_of(place.database.run(SET_UP), seed=8)
    with (
        served(place.database, processes=2) as site,
        Patients(lambda: visitor_of(site.port), times) as patients,
    ):
        told_before = patients.next_told(20)
        during = place.back_up()
        told_after = patients.next_told(20)
    assert patients.wrong == []
    at_rest = place.back_up()

    done = elsewhere.run("restore", during, "--replace")
    assert done.returncode == 0, done.stderr
    booked, mails = dict(elsewhere.database.rows(BOOKED)), dict(elsewhere.database.rows(MAILS))
    # Whoever had been told is in it, with the mail; who came later is not, or whole.
    assert set(told_before) <= set(booked)
    assert set(booked.values()) == {1}
    assert mails == booked
    assert len(booked) < len(dict(place.database.rows(BOOKED)))

    done = elsewhere.run("restore", at_rest, "--replace")
    assert done.returncode == 0, done.stderr
    assert set(told_before + told_after) <= set(dict(elsewhere.database.rows(BOOKED)))
    assert elsewhere.tables() == place.tables()
    assert elsewhere.tables()["bookings_appointment"][0] >= 40
    assert elsewhere.uploaded() == place.uploaded() == {"posts/knee.webp": b"a picture"}
    # And the site runs on it.
    elsewhere.database.migrate()
    with served(elsewhere.database, processes=1):
        pass


def make_users(database: Database, *names: str) -> None:
    for name in names:
        database.run(f"from django.contrib.auth.models import User; User.objects.create_user({name!r})")


def users(database: Database) -> list[str]:
    return sorted(name for (name,) in database.rows("SELECT username FROM auth_user"))


def test_nothing_is_replaced_unless_asked_and_it_is_kept_aside(place):
    make_users(place.database, "first")
    backup = place.back_up()
    make_users(place.database, "second")
    (place.media / "posts" / "knee.webp").write_bytes(b"another picture")

    refused = place.run("restore", backup)
    assert refused.returncode == 1
    assert "--replace" in refused.stderr and str(place.media) in refused.stderr
    assert users(place.database) == ["first", "second"]

    place.search.mkdir(exist_ok=True)
    (place.search / "meta.json").write_text("of the database that was there before")
    done = place.run("restore", backup, "--replace")
    assert done.returncode == 0, done.stderr
    assert users(place.database) == ["first"]
    assert place.uploaded() == {"posts/knee.webp": b"a picture"}
    assert not place.search.exists()
    (old_media,) = place.media.parent.glob("media.before-*")
    assert (old_media / "posts" / "knee.webp").read_bytes() == b"another picture"
    if ON_SQLITE:
        (aside,) = place.database.folder.glob("served.sqlite3.before-*")
        assert users(Database(f"sqlite:///{aside}", place.database.folder)) == ["first", "second"]
        return
    ((schema,),) = place.database.rows("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before%'")
    kept = place.database.rows(f"SELECT username FROM {schema}.auth_user ORDER BY 1")  # noqa: S608
    assert kept == [("first",), ("second",)]
    # What is kept aside is not in the next backup.
    place.database.execute(f"DROP SCHEMA {schema} CASCADE")
    assert place.run("restore", place.back_up(), "--replace").returncode == 0
    assert users(place.database) == ["first"]


def test_a_backup_that_was_changed_is_refused(place):
    backup = place.back_up()
    (file,) = backup.glob("database.*")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    refused = place.run("restore", backup, "--replace")
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"{backup} is not as it was written ({file.name})")
    no_backup = place.run("restore", place.media, "--replace")
    assert "is no backup" in no_backup.stderr


def test_a_backup_that_fails_leaves_none(place):
    kept = place.back_up()
    place.database.environment["DATABASE_URL"] = (
        f"sqlite:///{place.media}/nowhere.sqlite3"
        if ON_SQLITE
        else f"{place.database.url.rpartition('/')[0]}/nowhere"
    )
    failed = place.run("backup")
    assert failed.returncode == 1
    assert len(failed.stderr.strip().splitlines()) <= 2 and "Traceback" not in failed.stderr
    assert list(place.backups.iterdir()) == [kept]


def test_what_an_interrupted_one_left_goes_and_so_do_the_oldest(place):
    left_over = place.backups / ".unfinished-x"
    left_over.mkdir(parents=True)
    first = place.back_up(BACKUPS_KEPT="2")
    assert not left_over.exists()
    second = place.back_up(BACKUPS_KEPT="2")
    # A file that stayed as it is takes no room a second time.
    assert (first / "media/posts/knee.webp").samefile(second / "media/posts/knee.webp")
    done = place.run("backup", BACKUPS_KEPT="2")
    assert done.returncode == 0, done.stderr
    kept = sorted(place.backups.iterdir())
    assert len(kept) == 2 and kept[0] == second
    assert kept[1].stat().st_mode & 0o077 == 0


@pytest.mark.skipif(not ON_SQLITE, reason="PostgreSQL replaces all in one transaction")
def test_a_file_that_the_site_has_open_is_not_replaced(place):
    make_users(place.database, "first")
    backup = place.back_up()
    with served(place.database, processes=1) as site:
        visitor = visitor_of(site.port)
        visitor.connection.request("GET", "/readyz/")
        assert visitor.connection.getresponse().read() == b"ready\n"
        refused = place.run("restore", backup, "--replace")
        visitor.close()
    assert refused.returncode == 1
    assert "stop the site" in refused.stderr
    assert users(place.database) == ["first"]
    assert place.uploaded() == {"posts/knee.webp": b"a picture"}
