"""The whole site as production runs it, in a folder of its own: nginx, two gunicorns, PostgreSQL with a
replica, Redis, a mail server and the worker that sends mails."""

import http.client
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from render import read_environment

from tests.bookings.patients import SET_UP, Patients, times_of
from tests.bookings.served import Visitor
from tests.production.servers import (
    DEPLOY,
    PATIENCE,
    ROOT,
    Gunicorn,
    MailServer,
    MailWorker,
    Nginx,
    PostgreSQL,
    Process,
    Redis,
    free_port,
    trusting,
    until,
)

HOST = "localhost"
PASSWORD = "only for these tests 1"
CONTENT = """
from django.contrib.auth.models import User
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("import_postcodes", verbosity=0)
from tests.public_pages import make_content
make_content()
User.objects.create_superuser("editor", "editor@example.com", "only for these tests 1")
"""
# What a proxy answers when whoever is behind it gave no answer.
NO_ANSWER = (502, 504)


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Site:
    folder: Path
    certificate: Path
    http_port: int
    https_port: int
    environment: dict[str, str]
    primary: PostgreSQL
    replica: PostgreSQL
    redis: Redis
    gunicorns: list[Gunicorn]
    nginx: Nginx
    mail_server: MailServer
    mail_worker: MailWorker
    times: Iterator[tuple[str, str]] = field(default_factory=lambda: iter(()))

    @property
    def address(self) -> str:
        return f"https://{HOST}:{self.https_port}"

    def connection(self, of: str = "127.0.0.1") -> http.client.HTTPSConnection:
        """From an address of this machine."""
        return http.client.HTTPSConnection(
            HOST,
            self.https_port,
            timeout=PATIENCE,
            context=trusting(self.certificate),
            source_address=(of, 0),
        )

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
        """Through nginx."""
        return _ask(self.connection(), method, path, body, headers)

    def ask_process(self, number: int, path: str, **headers: str) -> Answer:
        """One gunicorn itself, as nginx asks it."""
        return self._ask_process(number, "GET", path, None, headers)

    def post_to_process(self, number: int, path: str, form: bytes) -> int:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask_process(number, "POST", path, form, kind).status

    def _ask_process(
        self, number: int, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> Answer:
        asked = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"} | headers
        connection = http.client.HTTPConnection("127.0.0.1", self.gunicorns[number].port, timeout=PATIENCE)
        return _ask(connection, method, path, body, asked)

    def ask_plainly(self, path: str, **headers: str) -> Answer:
        """nginx, over http."""
        connection = http.client.HTTPConnection(HOST, self.http_port, timeout=PATIENCE)
        return _ask(connection, "GET", path, None, headers)

    def visitor(self) -> Visitor:
        return Visitor(self.connection())

    def patients(self, mailbox: str, also_no_answer: tuple[int, ...] = ()) -> Patients:
        return Patients(self.visitor, self.times, mailbox, (*NO_ANSWER, *also_no_answer))

    def run(self, code: str) -> str:
        """Some lines of Python that have the site; what they print."""
        return _run(self.environment, "shell", "--no-imports", "-c", code)

    def set_environment(self, **values: str) -> None:
        self.environment |= values
        self.nginx.environment_file.write_text(
            "".join(f"{name}={value}\n" for name, value in self.environment.items())
        )

    @property
    def servers(self) -> list[PostgreSQL | Process | MailServer]:
        """In the order in which they start."""
        return [
            *(self.primary, self.replica, self.redis, self.mail_server),
            *(*self.gunicorns, self.nginx, self.mail_worker),
        ]

    def start_what_is_down(self) -> None:
        """A test that fails half-way must not have those after it fail too."""
        for server in self.servers:
            if not server.is_running():
                server.stop()
                server.start()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        for number in range(2):
            self.wait_until_process_is_ready(number)

    def wait_until_process_is_ready(self, number: int) -> None:
        def is_ready() -> bool:
            return self.ask_process(number, "/readyz/").status == 200

        until(is_ready, f"gunicorn {number} is ready")


def _ask(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes | None,
    headers: dict[str, str],
) -> Answer:
    with closing(connection):
        connection.request(
            method, path, body, {name.replace("_", "-"): value for name, value in headers.items()}
        )
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())


def _run(environment: dict[str, str], *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *command, "--verbosity", "0"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def write_certificate(folder: Path) -> Path:
    """For this machine, signed by itself; its key beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName(HOST), x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    (folder / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    return folder / "certificate.pem"


def write_environment(site: Site) -> None:
    """The shipped example, with what is this machine's and this test's own."""
    folder = site.folder
    for name in ("temporary", "cache", "logs", "media", "static"):
        (folder / name).mkdir(exist_ok=True)
    site.set_environment(
        # Not the machine's own.
        PATH=os.environ["PATH"],
        ENV_FILE="",
        **read_environment(DEPLOY / "site.env.example")
        | {
            "SITE_URL": site.address,
            "ALLOWED_HOSTS": HOST,
            "SECRET_KEY": os.environ["SECRET_KEY"],
            "REASON_KEYS": os.environ["REASON_KEYS"],
            "DATABASE_URL": site.primary.address,
            "DATABASE_REPLICA_URL": site.replica.address,
            "CACHE_URL": f"redis://127.0.0.1:{site.redis.port}/0",
            "EMAIL_URL": f"smtp://127.0.0.1:{site.mail_server.port}",
            "STATIC_ROOT": str(folder / "static"),
            "MEDIA_ROOT": str(folder / "media"),
            "SEARCH_INDEX": str(folder / "search"),
            "SAMPLE_DATA_ALLOWED": "on",
            # Tests come from one address, and are quicker than people.
            "SEARCHES_PER_MINUTE": "1000000",
            "FORMS_PER_MINUTE": "1000000",
            "HOLDS_PER_VISITOR": "1000000",
            "BOOKINGS_PER_VISITOR": "1000000",
            "BOOKING_LEAST_SECONDS": "0",
            "NGINX_REQUESTS_PER_SECOND": "100000",
            "NGINX_FORMS_PER_SECOND": "100000",
            "TLS_CERTIFICATE": str(site.certificate),
            "TLS_KEY": str(site.certificate.with_name("key.pem")),
            "HTTP_PORT": str(site.http_port),
            "HTTPS_PORT": str(site.https_port),
            "WEB_1": f"127.0.0.1:{site.gunicorns[0].port}",
            "WEB_2": f"127.0.0.1:{site.gunicorns[1].port}",
            "SITE_FOLDER": str(ROOT),
            "NGINX_CACHE": str(folder / "cache"),
            "NGINX_TEMPORARY": str(folder / "temporary"),
            "NGINX_LOGS": str(folder / "logs"),
            "NGINX_PID": str(folder / "nginx.pid"),
            "NGINX_USER": "root" if os.geteuid() == 0 else "nobody",
        },
    )
    for gunicorn in site.gunicorns:
        gunicorn.environment = site.environment
    site.mail_worker.environment = site.environment


def put_together(folder: Path) -> Site:
    primary = PostgreSQL(folder, "primary")
    environment_file = folder / "site.env"
    return Site(
        folder=folder,
        certificate=write_certificate(folder),
        http_port=free_port(),
        https_port=free_port(),
        environment={},
        primary=primary,
        replica=PostgreSQL(folder, "replica", of=primary),
        redis=Redis(folder),
        gunicorns=[Gunicorn("web-1", folder), Gunicorn("web-2", folder)],
        nginx=Nginx(folder, environment_file),
        mail_server=MailServer(),
        mail_worker=MailWorker(folder),
    )


@contextmanager
def production_site() -> Iterator[Site]:
    # Not a long path: a socket's has 107 characters at most. And one that PostgreSQL's account can enter.
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="physiosite-", dir="/tmp")))
        folder.chmod(0o711)
        site = put_together(folder)
        write_environment(site)
        for gunicorn in site.gunicorns:
            stack.callback(gunicorn.close)
        for database in (site.primary, site.replica):
            stack.callback(database.stop, "immediate")
        for stop in (site.redis.stop, site.mail_server.stop, site.nginx.stop, site.mail_worker.stop):
            stack.callback(stop)
        site.primary.make()
        site.primary.start()
        with ThreadPoolExecutor() as threads:
            # The processors are two, and this takes both of them long.
            static = threads.submit(_run, site.environment, "collectstatic", "--noinput")
            site.run(CONTENT)
            site.times = iter(times_of(site.run(SET_UP), seed=8))
            site.replica.make()
            static.result()
        site.start_what_is_down()
        until(lambda: site.ask("/healthz/").status == 200, "nginx answers")
        yield site
