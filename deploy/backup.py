"""The site's database and what editors uploaded: kept in a dated folder, and brought back from one.

    python deploy/backup.py backup
    python deploy/backup.py restore FOLDER [--replace]

Under the site's Python and with its environment. A folder of BACKUP_FOLDER that has a date for a name is
whole: it has another name until all of it is on the disk and has been read again.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from django.conf import settings
from django.core.cache import cache

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "physiosite.settings")

SQLITE, POSTGRESQL = "database.sqlite3", "database.dump"
MEDIA, CHECKSUMS = "media", "checksums.json"
DATED = re.compile(r"\d{8}T\d{12}Z")
# In its own schema, so that what is kept aside of an earlier restore is not in the next backup.
SCHEMA = "public"


class BackupError(Exception):
    """One sentence that says what is wrong and what to do."""


# --- Files ----------------------------------------------------------------------------------
def now() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")


def to_disk(path: Path) -> None:
    """A file's bytes, or a folder's names, outlive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def files_in(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checksums(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): checksum(path) for path in files_in(folder) if path.name != CHECKSUMS
    }


def everything_to_disk(folder: Path) -> None:
    for path in folder.rglob("*"):
        to_disk(path)
    to_disk(folder)


def whole_backups() -> list[Path]:
    """The oldest first."""
    folder = Path(settings.BACKUP_FOLDER)
    return sorted(path for path in folder.glob("*") if DATED.fullmatch(path.name)) if folder.is_dir() else []


def copy_media(source: Path, target: Path, before: Path | None) -> None:
    """What the backup before holds unchanged is the same file, so that ten cost little more than one."""
    target.mkdir()
    for path in files_in(source):
        name = path.relative_to(source)
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        kept = before / MEDIA / name if before else None
        try:
            if kept and kept.is_file() and is_same(kept, path):
                os.link(kept, target / name)
            else:
                shutil.copy2(path, target / name)
        except FileNotFoundError:
            # An editor has just deleted it.
            continue


def is_same(one: Path, other: Path) -> bool:
    first, second = one.stat(), other.stat()
    return (first.st_size, first.st_mtime_ns) == (second.st_size, second.st_mtime_ns)


# --- Databases ------------------------------------------------------------------------------
def database() -> dict[str, Any]:
    return settings.DATABASES["default"]


def is_sqlite() -> bool:
    return database()["ENGINE"].endswith("sqlite3")


def run_postgresql(*command: str | Path, given: bytes | None = None) -> bytes:
    """One of PostgreSQL's own programs; the password is in no list of processes."""
    known = database()
    names = ("HOST", "PORT", "USER", "PASSWORD")
    environment = {f"PG{name}": str(known[name]) for name in names if known.get(name)}
    environment["PGDATABASE"] = str(known["NAME"])
    for option in ("sslmode", "sslrootcert", "sslcert", "sslkey"):
        if value := known.get("OPTIONS", {}).get(option):
            environment[f"PG{option.upper()}"] = str(value)
    try:
        done = subprocess.run(command, env=os.environ | environment, input=given, capture_output=True)
    except FileNotFoundError as error:
        raise BackupError(
            f"{command[0]} is not installed (Debian: apt install postgresql-client)."
        ) from error
    if done.returncode:
        raise BackupError(f"{command[0]} failed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def ask_postgresql(sql: str) -> str:
    options = ("--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1")
    return run_postgresql("psql", *options, f"--command={sql}").decode().strip()


def check_sqlite(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("PRAGMA integrity_check").fetchall()
        dangling = connection.execute("PRAGMA foreign_key_check").fetchall()
    if found != [("ok",)] or dangling:
        raise BackupError(f"{path} is damaged ({found[:3]}, {len(dangling)} rows lead nowhere).")


def copy_sqlite(source: Path, target: Path) -> None:
    if not source.is_file():
        raise BackupError(f"There is no database at {source}: check DATABASE_URL.")
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=60)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        # All pages in one go: one moment of the database, and no writer has to wait (it is in WAL mode).
        old.backup(new, pages=-1)
        # One file, with nothing beside it. The site puts it back into WAL mode.
        new.execute("PRAGMA journal_mode=DELETE")
    check_sqlite(target)


def dump_postgresql(target: Path) -> None:
    run_postgresql("pg_dump", "--format=custom", f"--schema={SCHEMA}", "--file", target)
    if b"TABLE DATA" not in run_postgresql("pg_restore", "--list", target):
        raise BackupError("The database has no tables: check DATABASE_URL.")
    # Unpacks every row.
    run_postgresql("pg_restore", "--file=/dev/null", target)


# --- Backup ---------------------------------------------------------------------------------
def back_up() -> Path:
    folder = Path(settings.BACKUP_FOLDER)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left_over in folder.glob(".unfinished-*"):
        shutil.rmtree(left_over)
    kept = whole_backups()
    unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder))
    try:
        # First the database: a picture that comes after it does no harm, and none is missing.
        if is_sqlite():
            copy_sqlite(Path(database()["NAME"]), unfinished / SQLITE)
        else:
            dump_postgresql(unfinished / POSTGRESQL)
        copy_media(Path(settings.MEDIA_ROOT), unfinished / MEDIA, kept[-1] if kept else None)
        (unfinished / CHECKSUMS).write_text(json.dumps(checksums(unfinished), indent=1))
        everything_to_disk(unfinished)
        finished = folder / now()
        unfinished.rename(finished)
        to_disk(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    # What a patient's details may be erased from must not be kept for ever.
    for old in whole_backups()[: -settings.BACKUPS_KEPT]:
        shutil.rmtree(old)
    return finished


# --- Restore --------------------------------------------------------------------------------
def check_backup(folder: Path) -> None:
    if not (folder / CHECKSUMS).is_file():
        raise BackupError(f"{folder} is no backup: name a dated folder of {settings.BACKUP_FOLDER}.")
    expected, found = json.loads((folder / CHECKSUMS).read_text()), checksums(folder)
    wrong = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    if wrong:
        raise BackupError(f"{folder} is not as it was written ({', '.join(wrong[:5])}): take another backup.")
    if not (folder / (SQLITE if is_sqlite() else POSTGRESQL)).is_file():
        raise BackupError(f"{folder} is of another kind of database than DATABASE_URL names.")


def what_would_be_lost() -> list[str]:
    lost = []
    media = Path(settings.MEDIA_ROOT)
    if is_sqlite():
        path = Path(database()["NAME"])
        if path.exists():
            with closing(sqlite3.connect(path, timeout=60)) as connection:
                if connection.execute("SELECT COUNT(*) FROM sqlite_schema").fetchone() != (0,):
                    lost.append(str(path))
    elif ask_postgresql(f"SELECT COUNT(*) FROM pg_tables WHERE schemaname = '{SCHEMA}'") != "0":  # noqa: S608
        lost.append(f"the database {database()['NAME']}")
    if media.is_dir() and any(media.iterdir()):
        lost.append(str(media))
    return lost


def restore(folder: Path, *, replace: bool) -> list[str]:
    """What was there before and is kept aside, in words."""
    check_backup(folder)
    lost = what_would_be_lost()
    if lost and not replace:
        raise BackupError(
            f"{' and '.join(lost)} would be replaced. If so, add --replace (make restore: REPLACE=yes)."
        )
    moment, media = now(), Path(settings.MEDIA_ROOT)
    media.parent.mkdir(parents=True, exist_ok=True)
    new_media = Path(tempfile.mkdtemp(prefix=f".{media.name}-", dir=media.parent))
    try:
        shutil.copytree(folder / MEDIA, new_media, dirs_exist_ok=True)
        # The web server reads it under another account.
        for path in (new_media, *new_media.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        everything_to_disk(new_media)
        put_back = put_back_sqlite if is_sqlite() else put_back_postgresql
        aside = put_back(folder, moment)
    except BaseException:
        shutil.rmtree(new_media, ignore_errors=True)
        raise
    if media.exists():
        old_media = media.with_name(f"{media.name}.before-{moment}")
        media.rename(old_media)
        aside.append(str(old_media))
    new_media.rename(media)
    to_disk(media.parent)
    # Both tell of the database that was there before; each is made anew.
    shutil.rmtree(settings.SEARCH_INDEX, ignore_errors=True)
    cache.clear()
    return aside


def put_back_sqlite(folder: Path, moment: str) -> list[str]:
    path, aside = Path(database()["NAME"]), []
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new-{moment}")
    try:
        shutil.copyfile(folder / SQLITE, new)
        check_sqlite(new)
        to_disk(new)
        if path.exists():
            # A log of changes that was left beside it would be taken for the new one's.
            end_wal(path)
            old = path.with_name(f"{path.name}.before-{moment}")
            os.link(path, old)
            aside.append(str(old))
        new.rename(path)
    finally:
        new.unlink(missing_ok=True)
    to_disk(path.parent)
    return aside


def end_wal(path: Path) -> None:
    with closing(sqlite3.connect(path, timeout=5)) as connection:
        try:
            mode = connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
        except sqlite3.OperationalError as error:
            raise BackupError(f"{path} is in use: stop the site, and run this again.") from error
    if mode != "delete":
        raise BackupError(f"{path} is in use: stop the site, and run this again.")


def put_back_postgresql(folder: Path, moment: str) -> list[str]:
    """In one transaction: all of it, or nothing."""
    aside = f"before_{moment.lower()}"
    listed = run_postgresql("pg_restore", "--list", folder / POSTGRESQL).decode()
    with tempfile.NamedTemporaryFile("w") as wanted:
        # The schema itself is made here, whether or not the dump has it.
        wanted.writelines(f"{line}\n" for line in listed.splitlines() if f" SCHEMA - {SCHEMA} " not in line)
        wanted.flush()
        options = ("--no-owner", "--no-privileges", f"--use-list={wanted.name}", "--file=-")
        script = run_postgresql("pg_restore", *options, folder / POSTGRESQL)
    first = f"ALTER SCHEMA {SCHEMA} RENAME TO {aside}; CREATE SCHEMA {SCHEMA};\n"
    last = "\nANALYZE;\n"
    had_tables = ask_postgresql(f"SELECT COUNT(*) FROM pg_tables WHERE schemaname = '{SCHEMA}'") != "0"  # noqa: S608
    if not had_tables:
        last += f"DROP SCHEMA {aside} CASCADE;\n"
    run_postgresql(
        *("psql", "--no-psqlrc", "--quiet", "--output=/dev/null", "--single-transaction"),
        *("--set=ON_ERROR_STOP=1", "--file=-"),
        given=first.encode() + script + last.encode(),
    )
    if not had_tables:
        return []
    return [f"schema {aside} of the database {database()['NAME']} (DROP SCHEMA {aside} CASCADE)"]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="backup.py")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("backup")
    restoring = commands.add_parser("restore")
    restoring.add_argument("folder", type=Path)
    restoring.add_argument("--replace", action="store_true")
    chosen = parser.parse_args(arguments)
    # Nobody else of this machine may read what is in it.
    os.umask(0o077)
    try:
        if chosen.command == "backup":
            print(f"Backed up in {back_up()}.")
        else:
            for kept in restore(chosen.folder, replace=chosen.replace):
                print(f"Kept aside: {kept}. It holds what patients wrote: delete it when all is well.")
            print(f"Restored from {chosen.folder}.")
    except BackupError as problem:
        print(problem, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename or settings.BACKUP_FOLDER}: {error.strerror}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
