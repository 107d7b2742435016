"""Sets the site up and runs it on one's own machine: what each target of the Makefile does.

Standard library only, since it runs under the system's Python before anything is installed.
"""

import errno
import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from base64 import urlsafe_b64encode
from pathlib import Path
from types import FrameType
from typing import NoReturn

from installation import (
    MEGABYTES_INSTALLED,
    MEGABYTES_WHILE_DOWNLOADING,
    ROOT,
    VENV,
    VENV_PYTHON,
    SetUpError,
    install,
    missing_requirements,
    require_disk_space,
    require_modules,
    run_quietly,
    step,
)

RUNTIME = ("requirements.txt",)
DEVELOPMENT = ("requirements.txt", "requirements-dev.txt")
MANAGE = ROOT / "manage.py"
LICENCES = ROOT / "deploy" / "licences.py"
BACKUP = ROOT / "deploy" / "backup.py"
ENV_FILE = ROOT / ".env"
# The database with every postcode, and as much again while they are loaded.
MEGABYTES_OF_DATA = 200


# --- Set-up ---------------------------------------------------------------------------------
def set_up(requirements: tuple[str, ...]) -> None:
    require_modules()
    missing = missing_requirements(requirements)
    if missing:
        installed = sum(MEGABYTES_INSTALLED[name] for name in missing)
        require_disk_space(installed + MEGABYTES_WHILE_DOWNLOADING)
    install(requirements)


def set_up_site() -> None:
    set_up(RUNTIME)
    if not ENV_FILE.exists():
        write_env_file()
    if not (ROOT / "db.sqlite3").exists():
        require_disk_space(MEGABYTES_OF_DATA)
    manage("Bringing the database up to date", "migrate", "--verbosity=0")
    manage("Loading the postcodes", "import_postcodes", "--if-empty")
    manage("Loading the pages, posts and sheets", "load_starter_content")
    manage("Loading the glossary and the words of the search", "load_starter_words")
    manage("Loading the sample physiotherapists", "load_sample_directory", "--if-empty")
    manage("Loading the sample diaries", "load_sample_diaries", "--if-empty")
    manage("Loading the sample podcast", "load_sample_podcast", "--if-empty")


def write_env_file() -> None:
    with step("Writing .env with a secret key of your own"):
        descriptor = os.open(ENV_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(f"DEBUG=on\nSECRET_KEY={secrets.token_urlsafe(48)}\nREASON_KEYS={reason_key()}\n")
        except OSError:
            ENV_FILE.unlink()
            raise


def reason_key() -> str:
    """A key of Fernet's kind: 32 random bytes."""
    return urlsafe_b64encode(secrets.token_bytes(32)).decode()


def manage(name: str, *arguments: str) -> None:
    with step(name):
        # Its progress bar is on stderr, which stays on the terminal.
        code, output = run_quietly([VENV_PYTHON, MANAGE, *arguments])
    if code:
        raise SetUpError(f"{output}{name} failed: see above.")


def wait_for_other_set_up() -> None:
    # Held until this process ends or becomes another program.
    lock = os.open(__file__, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        with step("Waiting for another set-up of this folder to end"):
            fcntl.flock(lock, fcntl.LOCK_EX)


def free_port() -> int:
    """PORT from the environment, if the site can listen there."""
    text = os.environ.get("PORT", "8000")
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise SetUpError(f"PORT must be a number from 1 to 65535, and is {text!r}: try PORT=8001.")
    try:
        listen_once(int(text))
    except PermissionError as error:
        raise SetUpError(
            f"This account may not open port {text}: choose one above 1023, such as PORT=8001."
        ) from error
    except OSError as error:
        raise SetUpError(
            f"Port {text} is already in use: stop what is using it, or choose another, such as "
            f"PORT={another_port(int(text))}."
        ) from error
    return int(text)


def listen_once(port: int) -> None:
    with socket.socket() as listener:
        # As the servers do: a port is free again at once after they have stopped.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen()


def another_port(taken: int) -> int:
    for port in range(taken + 1, 65536):
        try:
            listen_once(port)
        except OSError:
            continue
        return port
    return 8001


def become(*command: str | Path) -> NoReturn:
    """Replaces this process, so that signals and the exit code are the command's own."""
    sys.stdout.flush()
    os.execv(command[0], [str(part) for part in command])


# --- Targets --------------------------------------------------------------------------------
def run() -> None:
    port = free_port()
    set_up_site()
    print(f"The site is at http://127.0.0.1:{port}/ - press Ctrl-C to stop it.")
    become(VENV_PYTHON, MANAGE, "runserver", f"127.0.0.1:{port}")


def admin() -> None:
    answers = ("DJANGO_SUPERUSER_USERNAME", "DJANGO_SUPERUSER_EMAIL", "DJANGO_SUPERUSER_PASSWORD")
    answers_given = all(os.environ.get(name) for name in answers)
    if not answers_given and not sys.stdin.isatty():
        raise SetUpError(
            f"There is no terminal to ask on: set {', '.join(answers)} in the environment, or use a terminal."
        )
    set_up_site()
    become(VENV_PYTHON, MANAGE, "createsuperuser", *(["--noinput"] if answers_given else []))


def serve() -> None:
    port = free_port()
    set_up_site()
    # The secret keys still come from .env.
    os.environ.update(DEBUG="off", HTTPS="off", SAMPLE_DATA_ALLOWED="on", ALLOWED_HOSTS="127.0.0.1,localhost")
    # SECOND_FACTOR=on make serve shows how editors sign in.
    os.environ.setdefault("SECOND_FACTOR", "off")
    os.environ.setdefault("SITE_URL", f"http://127.0.0.1:{port}")
    os.environ.setdefault("MAIL_FROM", "bookings@example.org")
    os.environ.setdefault("EMAIL_URL", f"filemail:///{ROOT / 'var' / 'mails'}")
    manage("Collecting the static files", "collectstatic", "--noinput", "--verbosity=0")
    print(f"The site is at http://127.0.0.1:{port}/ - press Ctrl-C to stop it.")
    gunicorn = (VENV_PYTHON, "-m", "gunicorn", "--config", ROOT / "deploy" / "gunicorn.conf.py")
    become(*gunicorn, "--bind", f"127.0.0.1:{port}", "physiosite.wsgi")


def pytest_arguments(of_the_whole_suite: str = "") -> list[str]:
    """Those that were given, or for the whole suite several processes: at most four, since each loads all
    postcodes first, and one more than there are processors, since tests of servers and browsers wait."""
    several = f"-n {min(4, (os.cpu_count() or 1) + 1)} --dist worksteal"
    return (os.environ.get("PYTEST_ARGS") or f"{several} {of_the_whole_suite}").split()


def test() -> None:
    set_up(DEVELOPMENT)
    if not os.environ.get("PYTEST_ARGS"):
        # Servers that are broken on purpose, with visitors on them: by themselves, and one test at a time.
        code = subprocess.call([VENV_PYTHON, "-m", "pytest", "-n", "0", "tests/production"], cwd=ROOT)
        if code:
            raise SetUpError("The tests of the production site failed: see above.")
    become(VENV_PYTHON, "-m", "pytest", *pytest_arguments("--ignore=tests/production"))


def test_postgresql() -> None:
    set_up(DEVELOPMENT)
    # A browser sees pages, whichever database they come from; it is long enough at work with one.
    arguments = pytest_arguments("--ignore=tests/browser")
    become(VENV_PYTHON, "-m", "tests.postgresql_server", *arguments)


def lint() -> None:
    set_up(DEVELOPMENT)
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(
            ENV_FILE="",
            DEBUG="off",
            HTTPS="on",
            SAMPLE_DATA_ALLOWED="off",
            SECRET_KEY=secrets.token_urlsafe(48),
            REASON_KEYS=reason_key(),
            SITE_URL="https://www.example.org",
            EMAIL_URL="consolemail://",
            ALLOWED_HOSTS="www.example.org",
            DATABASE_URL=f"sqlite:///{folder}/empty.sqlite3",
        )
        checks: list[tuple[str | Path, ...]] = [
            ("-m", "ruff", "check", "."),
            ("-m", "ruff", "format", "--check", "."),
            ("-m", "mypy"),
            (MANAGE, "makemigrations", "--check", "--dry-run"),
            (MANAGE, "check", "--deploy", "--fail-level", "INFO"),
        ]
        # All of them, so that one run shows everything that is to be put right.
        codes = [subprocess.call([VENV_PYTHON, *check], cwd=ROOT) for check in checks]
    if any(codes):
        raise SetUpError("make lint found something: see above.")


def format_code() -> None:
    set_up(DEVELOPMENT)
    fixed = subprocess.call([VENV_PYTHON, "-m", "ruff", "check", "--fix", "."], cwd=ROOT)
    formatted = subprocess.call([VENV_PYTHON, "-m", "ruff", "format", "."], cwd=ROOT)
    if fixed or formatted:
        raise SetUpError("ruff could not put everything right: see above.")


def bench() -> None:
    set_up(DEVELOPMENT)
    become(VENV_PYTHON, "-m", "bench")


def lighthouse() -> None:
    set_up(DEVELOPMENT)
    become(VENV_PYTHON, "-m", "bench", "lighthouse")


def screenshots() -> None:
    set_up(DEVELOPMENT)
    become(VENV_PYTHON, "-m", "tests.browser.screenshots")


def backup() -> None:
    set_up(RUNTIME)
    become(VENV_PYTHON, BACKUP, "backup")


def restore() -> None:
    folder = os.environ.get("FROM")
    if not folder:
        raise SetUpError("Name the backup that is to come back: make restore FROM=var/backups/ITS-DATE.")
    set_up(RUNTIME)
    replace = ["--replace"] if os.environ.get("REPLACE") == "yes" else []
    become(VENV_PYTHON, BACKUP, "restore", folder, *replace)


def audit() -> None:
    """With an environment of its own, so that what looks for holes is no part of what it looks at."""
    with tempfile.TemporaryDirectory() as folder:
        with step("Installing pip-audit into a temporary folder"):
            code, output = run_quietly([sys.executable, "-m", "venv", folder], stderr=subprocess.STDOUT)
            python = Path(folder) / "bin" / "python"
            if not code:
                command: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "pip-audit"]
                code, output = run_quietly(command, stderr=subprocess.STDOUT)
        if code:
            raise SetUpError(f"{output}pip-audit could not be installed: check the network or the proxy.")
        files = [part for name in DEVELOPMENT for part in ("--requirement", ROOT / name)]
        command = [
            python,
            "-m",
            "pip_audit",
            "--disable-pip",
            "--require-hashes",
            "--strict",
            "--progress-spinner=off",
        ]
        code, output = run_quietly([*command, *files], stderr=subprocess.STDOUT)
    if code and "Found " not in output:
        last = (output.strip().splitlines() or [""])[-1]
        raise SetUpError(f"{last}\nThe database of known holes was not reached: try again.")
    print(output.strip())
    if code:
        raise SetUpError("There are known holes: see above, and pin newer releases with make requirements.")


def sbom() -> None:
    set_up(RUNTIME)
    code, output = run_quietly([VENV_PYTHON, LICENCES, "sbom"])
    if code:
        raise SetUpError(f"{output}The list could not be made: see above.")
    (ROOT / "sbom.json").write_text(output)
    print("Wrote sbom.json.")


def licences() -> None:
    set_up(DEVELOPMENT)
    become(VENV_PYTHON, LICENCES)


def requirements() -> None:
    if sys.version_info[:2] != (3, 11):
        raise SetUpError(
            "make requirements runs under Python 3.11, the oldest that the site supports, since a newer "
            "one would leave out what 3.11 needs: name it with PYTHON=python3.11."
        )
    set_up(DEVELOPMENT)
    os.environ["CUSTOM_COMPILE_COMMAND"] = "make requirements"
    options = ["--quiet", "--strip-extras", "--allow-unsafe", "--generate-hashes"]
    # Where this machine fetches packages is nobody else's business.
    options += ["--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host"]
    if os.environ.get("UPGRADE"):
        options.append("--upgrade")
    for name in ("requirements", "requirements-dev"):
        with step(f"Pinning {name}.txt"):
            command: list[str | Path] = [VENV_PYTHON, "-m", "piptools", "compile", *options]
            command += ["--output-file", f"{name}.txt", f"{name}.in"]
            code, output = run_quietly(command, stderr=subprocess.STDOUT)
        if code:
            raise SetUpError(f"{output}{name}.in could not be pinned: see above.")


def clean() -> None:
    folders = [VENV, ROOT / "staticfiles", ROOT / "bench" / "lighthouse" / "node_modules"]
    folders += [ROOT / f".{tool}_cache" for tool in ("mypy", "pytest", "ruff")]
    folders += [path for path in ROOT.rglob("__pycache__") if VENV not in path.parents]
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


TARGETS = {
    "run": run,
    "admin": admin,
    "serve": serve,
    "test": test,
    "test-postgresql": test_postgresql,
    "lint": lint,
    "format": format_code,
    "bench": bench,
    "lighthouse": lighthouse,
    "screenshots": screenshots,
    "backup": backup,
    "restore": restore,
    "audit": audit,
    "sbom": sbom,
    "licences": licences,
    "requirements": requirements,
    "clean": clean,
}


def interrupt(signal_number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def main() -> int:
    # Another project's settings may be named in this shell.
    os.environ["DJANGO_SETTINGS_MODULE"] = "physiosite.settings"
    os.chdir(ROOT)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    try:
        wait_for_other_set_up()
        TARGETS[sys.argv[1]]()
    except SetUpError as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except OSError as error:
        if error.errno == errno.ENOSPC:
            print("The disk is full: free some space and run this again.", file=sys.stderr)
        else:
            print(f"{error.filename or ROOT}: {error.strerror}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
