"""What a person sees who types `make`, above all when something is wrong.

Each test has a copy of the Makefile and of deploy/, with a manage.py that only writes down how
it was called and one small package to install, so that no network is needed.
"""

import base64
import hashlib
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# The Python that .venv was made from: as on a new machine, with none of the site's packages.
SYSTEM_PYTHON = str(Path(sys.executable).resolve())
MAKE = shutil.which("make")
MANAGE = """\
import os, sys
from pathlib import Path
import tiny
with Path("calls.txt").open("a") as file:
    print(*sys.argv[1:], f"DEBUG={os.environ.get('DEBUG', '')}", file=file)
sys.exit(os.environ.get("FAILING_COMMAND") == sys.argv[1])
"""
CALLS_OF_SET_UP = [
    "migrate --verbosity=0 DEBUG=",
    "import_postcodes --if-empty DEBUG=",
    "load_starter_content DEBUG=",
    "load_starter_words DEBUG=",
    "load_sample_directory --if-empty DEBUG=",
    "load_sample_diaries --if-empty DEBUG=",
    "load_sample_podcast --if-empty DEBUG=",
]


class Checkout:
    def __init__(self, parent: Path) -> None:
        self.folder, self.wheels, self.home = parent / "site", parent / "wheels", parent / "home"

    def fill(self) -> None:
        for folder in (self.folder, self.wheels, self.home):
            folder.mkdir()
        shutil.copy(ROOT / "Makefile", self.folder)
        shutil.copytree(ROOT / "deploy", self.folder / "deploy", ignore=shutil.ignore_patterns("__pycache__"))
        (self.folder / "manage.py").write_text(MANAGE)
        self.require("tiny", "1.0")

    def require(self, name: str, version: str) -> None:
        wheel = write_wheel(self.wheels, name, version)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        (self.folder / "requirements.txt").write_text(f"{name}=={version} --hash=sha256:{digest}\n")

    def environment(self, **variables: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "PYTHON": SYSTEM_PYTHON,
            "PORT": str(unused_port()),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_NO_CACHE_DIR": "1",
            **variables,
        }

    def make(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        assert MAKE
        return subprocess.run(
            [MAKE, *arguments],
            cwd=self.folder,
            env=self.environment(**variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def complaint(self, *arguments: str, **variables: str) -> str:
        """The one sentence of a target that fails, without make's own line below it."""
        done = self.make(*arguments, **variables)
        assert done.returncode == 2
        lines = [line for line in done.stderr.splitlines() if not line.startswith("make: ***")]
        assert len(lines) == 1, done.stderr
        assert lines[0].endswith(".")
        return lines[0]

    def calls(self) -> list[str]:
        file = self.folder / "calls.txt"
        return file.read_text().splitlines() if file.exists() else []


def write_wheel(folder: Path, name: str, version: str) -> Path:
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"version = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{file},sha256={wheel_digest(text)},{len(text)}\n" for file, text in files.items())
    with zipfile.ZipFile(path, "w") as wheel:
        for file, text in {**files, f"{info}/RECORD": record + f"{info}/RECORD,,\n"}.items():
            wheel.writestr(file, text)
    return path


def wheel_digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def unused_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def patched_python(folder: Path, **modules: str) -> str:
    """A PYTHONPATH under which Python is told other things about the machine."""
    folder.mkdir()
    for name, source in modules.items():
        (folder / f"{name}.py").write_text(source)
    return str(folder)


@pytest.fixture
def checkout(tmp_path) -> Checkout:
    new = Checkout(tmp_path)
    new.fill()
    return new


@pytest.fixture(scope="module")
def ready_checkout(tmp_path_factory) -> Checkout:
    """One that `make run` has set up. A test that spoils it takes a copy."""
    ready = Checkout(tmp_path_factory.mktemp("ready"))
    ready.fill()
    done = ready.make("run")
    assert done.returncode == 0, done.stderr
    return ready


@pytest.fixture
def ready_copy(ready_checkout, tmp_path) -> Checkout:
    shutil.copytree(ready_checkout.folder.parent, tmp_path / "copy", symlinks=True)
    return Checkout(tmp_path / "copy")


# --- When all is well -----------------------------------------------------------------------
def test_help_is_the_default_and_lists_every_target(checkout):
    listed = checkout.make().stdout
    makefile = (ROOT / "Makefile").read_text()
    (targets,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert set(re.findall(r"^make ([a-z-]+) ", listed, re.MULTILINE)) == set(targets.split()) - {"python"}
    assert listed == checkout.make("help").stdout


def test_every_target_is_there(checkout):
    for target in re.findall(r"^make ([a-z-]+) ", checkout.make().stdout, re.MULTILINE):
        assert target == "help" or f'"{target}": ' in (ROOT / "deploy" / "local.py").read_text()


def test_first_run_says_what_it_does_and_how_long_it_took(checkout):
    port = str(unused_port())
    done = checkout.make("run", PORT=port)
    assert (done.returncode, done.stderr) == (0, "")
    *steps, last = done.stdout.splitlines()
    assert [re.sub(r" \.\.\. \d+\.\d s$", "", step) for step in steps] == [
        "Creating the virtual environment .venv",
        "Installing the packages of requirements.txt",
        "Writing .env with a secret key of your own",
        "Bringing the database up to date",
        "Loading the postcodes",
        "Loading the pages, posts and sheets",
        "Loading the glossary and the words of the search",
        "Loading the sample physiotherapists",
        "Loading the sample diaries",
        "Loading the sample podcast",
    ]
    assert last == f"The site is at http://127.0.0.1:{port}/ - press Ctrl-C to stop it."
    assert checkout.calls() == [*CALLS_OF_SET_UP, f"runserver 127.0.0.1:{port} DEBUG="]


def test_second_run_installs_nothing_and_keeps_env(ready_checkout):
    before = (ready_checkout.folder / ".env").read_text()
    done = ready_checkout.make("run")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Installing" not in done.stdout
    assert "Creating" not in done.stdout
    assert (ready_checkout.folder / ".env").read_text() == before


def test_env_is_for_its_owner_only_with_a_long_key(ready_checkout):
    file = ready_checkout.folder / ".env"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    debug, key, reason_key = file.read_text().splitlines()
    assert debug == "DEBUG=on"
    assert re.fullmatch(r"SECRET_KEY=[\w-]{64}", key)
    assert re.fullmatch(r"REASON_KEYS=[\w-]{43}=", reason_key)


def test_changed_requirements_are_installed(ready_copy):
    ready_copy.require("tiny", "2.0")
    done = ready_copy.make("run")
    assert "Installing the packages of requirements.txt" in done.stdout
    assert "Creating" not in done.stdout
    (package,) = (ready_copy.folder / ".venv").glob("lib/python3.*/site-packages/tiny.py")
    assert "2.0" in package.read_text()


def test_half_made_venv_heals(checkout):
    (checkout.folder / ".venv" / "bin").mkdir(parents=True)
    (checkout.folder / ".venv" / "bin" / "python").symlink_to("/nowhere/python3")
    (checkout.folder / ".venv" / "pyvenv.cfg").write_text("home = /nowhere\n")
    done = checkout.make("run")
    assert done.returncode == 0, done.stderr


def test_interrupted_installation_heals(ready_copy):
    (ready_copy.folder / ".venv" / "installed.txt").unlink()
    (package,) = (ready_copy.folder / ".venv").glob("lib/python3.*/site-packages/tiny.py")
    package.unlink()
    done = ready_copy.make("run")
    assert done.returncode == 0, done.stderr
    assert package.exists()


def test_admin_answers_from_the_environment(ready_checkout):
    names = {f"DJANGO_SUPERUSER_{name}": "x" for name in ("USERNAME", "EMAIL", "PASSWORD")}
    done = ready_checkout.make("admin", **names)
    assert done.returncode == 0, done.stderr
    assert ready_checkout.calls()[-1].startswith("createsuperuser --noinput")


def test_serve_collects_static_files_as_production_does(ready_checkout):
    # Without gunicorn in this copy it gets no further.
    done = ready_checkout.make("serve")
    assert "No module named gunicorn" in done.stderr
    assert ready_checkout.calls()[-8:] == [
        *CALLS_OF_SET_UP,
        "collectstatic --noinput --verbosity=0 DEBUG=off",
    ]


def test_clean_keeps_env_and_the_database(ready_copy):
    (ready_copy.folder / "db.sqlite3").write_text("kept")
    (ready_copy.folder / "staticfiles").mkdir()
    (ready_copy.folder / "places" / "__pycache__").mkdir(parents=True)
    assert ready_copy.make("clean").returncode == 0
    left = {path.name for path in ready_copy.folder.iterdir()}
    assert left == {
        "Makefile",
        "deploy",
        "manage.py",
        "requirements.txt",
        "places",
        "calls.txt",
        ".env",
        "db.sqlite3",
    }
    assert not (ready_copy.folder / "places" / "__pycache__").exists()


# --- When something is wrong ----------------------------------------------------------------
def test_no_python(checkout, tmp_path):
    sentence = checkout.complaint("run", PATH=str(tmp_path / "empty"), PYTHON="python3")
    assert sentence.startswith("There is no python3 on this machine: install Python 3.11 or newer")


def test_old_python(checkout, tmp_path):
    old = patched_python(tmp_path / "old", sitecustomize="import sys\nsys.version_info = (3, 10, 4)\n")
    sentence = checkout.complaint("run", PYTHONPATH=old)
    assert sentence.startswith(f"The site needs Python 3.11 or newer, and {SYSTEM_PYTHON} is 3.10: ")


def test_no_ensurepip(checkout, tmp_path):
    without = patched_python(tmp_path / "without", ensurepip="raise ModuleNotFoundError\n")
    sentence = checkout.complaint("run", PYTHONPATH=without)
    assert "lacks the module ensurepip: install it (Debian, Ubuntu: apt install python3-venv)" in sentence


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "80 80", "8000; true", "٨٠٠٠", ""])
def test_port_that_is_no_number(checkout, port):
    sentence = checkout.complaint("run", PORT=port)
    assert sentence == f"PORT must be a number from 1 to 65535, and is {port!r}: try PORT=8001."


@pytest.mark.parametrize("target", ["run", "serve"])
def test_port_in_use_is_found_before_anything_is_done(checkout, target):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        sentence = checkout.complaint(target, PORT=str(port))
    match = re.fullmatch(
        rf"Port {port} is already in use: stop what is using it, or choose another, such as PORT=(\d+)\.",
        sentence,
    )
    assert match
    assert int(match[1]) != port
    assert not (checkout.folder / ".venv").exists()


def test_full_disk_is_found_before_anything_is_done(checkout, tmp_path):
    full = patched_python(
        tmp_path / "full",
        sitecustomize="import shutil\nno_room = shutil._ntuple_diskusage(10**9, 10**9, 0)\n"
        "shutil.disk_usage = lambda path: no_room\n",
    )
    sentence = checkout.complaint("run", PYTHONPATH=full)
    assert re.match(rf"The disk is full: {checkout.folder} has 0 MB left and \d+ MB are needed", sentence)
    assert not (checkout.folder / ".venv").exists()


def test_disk_that_fills_while_packages_are_installed(ready_copy, tmp_path):
    # pip is the only process here that opens zip archives.
    ready_copy.require("tiny", "2.0")
    full = patched_python(
        tmp_path / "full",
        sitecustomize="import zipfile\ndef full(*a, **k): raise OSError(28, 'No space left on device')\n"
        "zipfile.ZipFile.open = full\n",
    )
    sentence = ready_copy.complaint("run", PYTHONPATH=full)
    assert re.search(r": the disk is full, so free some \d+ MB and run this again\.$", sentence)


def test_no_network(ready_copy):
    ready_copy.require("tiny", "2.0")
    sentence = ready_copy.complaint(
        "run", PIP_NO_INDEX="0", PIP_FIND_LINKS="", PIP_INDEX_URL="http://127.0.0.1:9/", PIP_RETRIES="1"
    )
    assert sentence == (
        "The packages could not be installed: the downloads failed, "
        "so check the network or the proxy and run this again."
    )


def test_package_that_is_not_the_pinned_one(ready_copy):
    ready_copy.require("tiny", "2.0")
    file = ready_copy.folder / "requirements.txt"
    file.write_text(re.sub(r"sha256:\w{8}", "sha256:00000000", file.read_text()))
    sentence = ready_copy.complaint("run")
    assert "a download is not the file that was pinned" in sentence


def test_management_command_that_fails(ready_checkout):
    sentence = ready_checkout.complaint("run", FAILING_COMMAND="load_starter_content")
    assert sentence == "Loading the pages, posts and sheets failed: see above."
    assert ready_checkout.calls()[-1].startswith("load_starter_content")


def test_admin_without_a_terminal(checkout):
    assert checkout.complaint("admin").startswith("There is no terminal to ask on: set DJANGO_SUPERUSER_")


def test_folder_that_cannot_be_written(ready_checkout, tmp_path):
    env = ready_checkout.folder / ".env"
    env.rename(tmp_path / "env")
    try:
        # Root may write anywhere, so the folder is not made read-only: the name is made impossible.
        env.symlink_to(ready_checkout.folder / "nowhere" / "env")
        sentence = ready_checkout.complaint("run")
    finally:
        env.unlink()
        (tmp_path / "env").rename(env)
    assert str(env) in sentence


def test_requirements_are_pinned_under_the_oldest_python(checkout, tmp_path):
    newer = patched_python(tmp_path / "newer", sitecustomize="import sys\nsys.version_info = (3, 13, 0)\n")
    assert "PYTHON=python3.11" in checkout.complaint("requirements", PYTHONPATH=newer)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_set_up_ends_at_once_without_a_traceback(ready_checkout, number):
    manage = ready_checkout.folder / "manage.py"
    manage.write_text("import time\nprint('begun', flush=True)\ntime.sleep(60)\n")
    try:
        started = time.monotonic()
        child = subprocess.Popen(
            [SYSTEM_PYTHON, "deploy/local.py", "run"],
            cwd=ready_checkout.folder,
            env=ready_checkout.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # What runs in a shell's background is born deaf to Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        assert child.stdout
        assert child.stdout.read(9) == "Bringing "
        time.sleep(0.3)
        child.send_signal(number)
        _, errors = child.communicate(timeout=10)
    finally:
        manage.write_text(MANAGE)
    assert (child.returncode, errors) == (130, "Stopped.\n")
    assert time.monotonic() - started < 10
