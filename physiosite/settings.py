"""One settings file, driven by the environment (or a .env file beside manage.py).

With DEBUG off it refuses to start while something it needs is missing or unsafe,
and names everything that is wrong at once. docs/operating.md lists the variables.
"""

import os
from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# Tests set ENV_FILE to nothing: they read their own committed environment only.
_env_file = env.str("ENV_FILE", default=str(BASE_DIR / ".env"))
if _env_file and Path(_env_file).is_file():
    env.read_env(_env_file)

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
# Keys of before: links in mails that were signed with one still lead somewhere.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Off only where the site is reached over plain http on this machine (make serve).
HTTPS = env.bool("HTTPS", default=not DEBUG)
ADMIN_PATH = env.str("ADMIN_PATH", default="admin/").strip("/") + "/"
# A code beside the password, for everybody who signs in. Off only where nobody else can reach the site.
SECOND_FACTOR = env.bool("SECOND_FACTOR", default=not DEBUG)
# Invented people. Off in production: nothing sample can be loaded, saved or shown there.
SAMPLE_DATA_ALLOWED = env.bool("SAMPLE_DATA_ALLOWED", default=DEBUG)

_public_paths = {
    ".well-known",
    "about",
    "accessibility",
    "appointments",
    "blog",
    "conditions",
    "healthz",
    "mails",
    "media",
    "physiotherapists",
    "places",
    "podcast",
    "privacy",
    "readyz",
    "resources",
    "robots.txt",
    "search",
    "sitemap.xml",
    "sources",
    "static",
    "treatments",
}
_problems = []
if not SECRET_KEY:
    _problems.append("SECRET_KEY is missing: set it to 50 or more random characters.")
elif not DEBUG and (
    len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5 or SECRET_KEY.startswith("django-insecure-")
):
    _problems.append("SECRET_KEY is unsafe: set it to 50 or more random characters.")
if not DEBUG and not ALLOWED_HOSTS:
    _problems.append("ALLOWED_HOSTS is missing: set it to the site's host names, separated by commas.")
if not DEBUG and "*" in ALLOWED_HOSTS:
    _problems.append("ALLOWED_HOSTS is unsafe: '*' lets anybody choose the site's name. List the names.")
if not SECOND_FACTOR and HTTPS and not DEBUG:
    _problems.append("SECOND_FACTOR is unsafe: a password alone must not open the admin. Leave it out.")
# Fernet keys for what patients write about themselves: the first encrypts, the others still decrypt.
REASON_KEYS = env.list("REASON_KEYS", default=[])
if DEBUG and SECRET_KEY and not REASON_KEYS:
    REASON_KEYS = [urlsafe_b64encode(sha256(SECRET_KEY.encode()).digest()).decode()]
if not REASON_KEYS:
    _problems.append("REASON_KEYS is missing: set it to a key that `manage.py make_reason_key` prints.")
for _key in REASON_KEYS:
    try:
        Fernet(_key)
    except ValueError:
        _problems.append("REASON_KEYS has a key that is not one: `manage.py make_reason_key` prints one.")
_site_url = env.str("SITE_URL", default="http://127.0.0.1:8000" if DEBUG else "")
if not _site_url:
    _problems.append("SITE_URL is missing: set it to the site's address, such as https://www.example.org.")
elif not urlsplit(_site_url).hostname or urlsplit(_site_url).path.strip("/"):
    _problems.append(f"SITE_URL: {_site_url!r} must look like https://www.example.org.")
elif HTTPS and urlsplit(_site_url).scheme != "https":
    _problems.append(f"SITE_URL is unsafe: {_site_url!r} is not https.")
_mail_host = "example.org" if DEBUG else urlsplit(_site_url).hostname or "example.org"
_mail_from = env.str("MAIL_FROM", default=f"bookings@{_mail_host}")
try:
    validate_email(_mail_from)
except ValidationError:
    _problems.append(
        f"MAIL_FROM: {_mail_from!r} is no e-mail address. Set it to the one that mails come from."
    )
# For whoever finds a hole in the site.
SECURITY_CONTACT = env.str("SECURITY_CONTACT", default=f"mailto:security@{_mail_host}")
if not SECURITY_CONTACT.startswith(("mailto:", "https://")) or len(SECURITY_CONTACT.split()) != 1:
    _problems.append(
        f"SECURITY_CONTACT: {SECURITY_CONTACT!r} must look like mailto:security@example.org or "
        "https://www.example.org/security."
    )
# Days after an appointment on which its patient's details are erased.
KEEP_DETAILS_DAYS = env.int("KEEP_DETAILS_DAYS", default=30)
if KEEP_DETAILS_DAYS < 1:
    _problems.append("KEEP_DETAILS_DAYS must be 1 or more.")
# While developing, mails are files.
_email_url = env.str("EMAIL_URL", default="")
if not DEBUG and not _email_url:
    _problems.append("EMAIL_URL is missing: set it to your mail server's, smtp+tls://user:password@host:587.")
for _origin in CSRF_TRUSTED_ORIGINS:
    _parts = urlsplit(_origin)
    if _parts.scheme not in {"http", "https"} or not _parts.netloc:
        _problems.append(f"CSRF_TRUSTED_ORIGINS: {_origin!r} must look like https://www.example.org.")
    elif HTTPS and _parts.scheme != "https":
        _problems.append(f"CSRF_TRUSTED_ORIGINS is unsafe: {_origin!r} is not https.")
if ADMIN_PATH.split("/", 1)[0] in _public_paths | {""}:
    _problems.append(f"ADMIN_PATH: {ADMIN_PATH!r} is a public address of the site. Choose another.")
# Where Prometheus asks: only ever an address of this machine or of a private network.
METRICS_ADDRESS = env.str("METRICS_ADDRESS", default="")
METRICS_FOLDER = env.path("METRICS_FOLDER", default=str(BASE_DIR / "var" / "metrics"))()
_metrics_host, _, _metrics_port = (METRICS_ADDRESS or "127.0.0.1:9100").rpartition(":")
try:
    _host = ip_address(_metrics_host.strip("[]"))
    _is_private = _host.is_private and not _host.is_unspecified and _metrics_port.isdigit()
except ValueError:
    _is_private = False
if not _is_private:
    _problems.append(f"METRICS_ADDRESS: {METRICS_ADDRESS!r} must be private, such as 127.0.0.1:9100.")

# --- Databases -----------------------------------------------------------------------------
try:
    DATABASES = {
        "default": env.db_url("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}"),
    }
    if env.str("DATABASE_REPLICA_URL", default=""):
        DATABASES["replica"] = env.db_url("DATABASE_REPLICA_URL")
    CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://")}
    _email = env.email_url_config(_email_url or f"filemail:///{BASE_DIR / 'var' / 'mails'}")
except (environ.ImproperlyConfigured, KeyError, ValueError) as error:
    _problems.append(f"DATABASE_URL, DATABASE_REPLICA_URL, CACHE_URL or EMAIL_URL cannot be read: {error}.")

if _problems:
    raise ImproperlyConfigured("The site cannot start.\n- " + "\n- ".join(_problems))

for _database in DATABASES.values():
    if _database["ENGINE"] == "django.db.backends.sqlite3":
        _database["OPTIONS"] = {
            # Every transaction takes the write lock at its start, so that two writers queue for
            # it instead of failing half-way with "database is locked".
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # The most that SQLite maps into memory: what it reads is the system's copy, shared by all.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=2147418112",
        }
    elif _database["ENGINE"] == "django.db.backends.postgresql":
        _database["CONN_HEALTH_CHECKS"] = True
        _database["OPTIONS"] = {
            # Compiling a search to machine code takes PostgreSQL longer than the search.
            "options": "-c jit=off",
            # Nobody waits longer for a server that is gone without a word.
            "connect_timeout": 3,
            "tcp_user_timeout": 5000,
            **_database.get("OPTIONS", {}),
        }
    if not DEBUG:
        _database["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, not memory: a test then has the same WAL and locks as the site.
    DATABASES["default"]["TEST"] = {"NAME": env.str("TEST_SQLITE_FILE", default=None)}
DATABASE_ROUTERS = ["physiosite.databases.Router"]
# Public pages are not read from a replica that is farther behind.
REPLICA_MOST_SECONDS_BEHIND = env.float("REPLICA_MOST_SECONDS_BEHIND", default=5.0)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Mail -----------------------------------------------------------------------------------
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_HOST = _email.get("EMAIL_HOST", "")
EMAIL_PORT = _email.get("EMAIL_PORT", 25)
EMAIL_HOST_USER = _email.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = _email.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = _email.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _email.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = _email.get("EMAIL_FILE_PATH") or None
EMAIL_TIMEOUT = 20
# The site's own address, as mails name it.
SITE_URL = _site_url.rstrip("/")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = _mail_from
POST_OFFICE = {"MESSAGE_ID_ENABLED": True, "MESSAGE_ID_FQDN": urlsplit(SITE_URL).hostname, "LOG_LEVEL": 0}

# --- What is kept of pages, and limits ------------------------------------------------------
if CACHES["default"]["BACKEND"] == "django.core.cache.backends.redis.RedisCache":
    CACHES["default"]["BACKEND"] = "physiosite.shared_cache.RedisOrAlone"
# Of each process. While developing, templates change and no version tells of it.
PAGE_CACHE_MB = env.int("PAGE_CACHE_MB", default=0 if DEBUG else 16)
# Seconds for which a process goes on with what it knew before a change.
CONTENT_FRESH_SECONDS = env.float("CONTENT_FRESH_SECONDS", default=1.0)
# From one network address, which the patients of a hospital may share.
SEARCHES_PER_MINUTE = env.int("SEARCHES_PER_MINUTE", default=300)
FORMS_PER_MINUTE = env.int("FORMS_PER_MINUTE", default=60)

# --- Bookings -------------------------------------------------------------------------------
# In an hour from one network address, which the patients of a hospital may share.
HOLDS_PER_VISITOR = env.int("HOLDS_PER_VISITOR", default=30)
BOOKINGS_PER_VISITOR = env.int("BOOKINGS_PER_VISITOR", default=15)
BOOKINGS_PER_EMAIL = 5
# Whoever confirms sooner after choosing a time is not a person: nobody reads three pages faster.
BOOKING_LEAST_SECONDS = env.int("BOOKING_LEAST_SECONDS", default=3)

# --- Applications ---------------------------------------------------------------------------
INSTALLED_APPS = [
    "physiosite.apps.SiteAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.sitemaps",
    "django_prose_editor",
    "import_export",
    "simple_history",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "physiosite.accounts",
    "freshness",
    "places",
    "conditions",
    "directory",
    "bookings",
    "library",
    "post_office",
]
MIDDLEWARE = [
    "physiosite.request_ids.request_ids",
    "physiosite.headers.security_headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "physiosite.compression.CompressedPages",
    "physiosite.public_pages.say_how_long",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "physiosite.not_found.OwnNotFoundPage",
    "axes.middleware.AxesMiddleware",
    "physiosite.limits.Limits",
    "physiosite.databases.Databases",
]
if METRICS_ADDRESS:
    # prometheus_client looks for it when it is loaded.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = METRICS_FOLDER
    Path(METRICS_FOLDER).mkdir(parents=True, exist_ok=True)
    MIDDLEWARE.insert(0, "physiosite.metrics.count_requests")
ROOT_URLCONF = "physiosite.urls"
WSGI_APPLICATION = "physiosite.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {"lost": "physiosite.lost"},
        },
    },
]
# --- Language, time, files ------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))()
STATICFILES_DIRS = [BASE_DIR / "static"]
# The index of the site's search, a folder of this machine that all its processes share; it is made from the
# database, and made anew where it is missing.
SEARCH_INDEX = env.path("SEARCH_INDEX", default=str(BASE_DIR / "var" / "search"))()

# What editors upload. A folder of its own, which no web server runs anything from.
MEDIA_URL = "media/"
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(BASE_DIR / "var" / "media"))()
FILE_UPLOAD_PERMISSIONS = 0o644
# Where deploy/backup.py keeps backups, and how many.
BACKUP_FOLDER = env.path("BACKUP_FOLDER", default=str(BASE_DIR / "var" / "backups"))()
BACKUPS_KEPT = max(1, env.int("BACKUPS_KEPT", default=14))
# Two hours of talk at 320 kbit/s. No other upload may be larger either.
LARGEST_AUDIO_MB = 300
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "physiosite.media.LimitedUploads",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        # Hashed names need collectstatic first, which most tests do without.
        "BACKEND": "physiosite.storage.HashedCompressedStorage"
        if env.bool("HASHED_STATIC_FILES", default=not DEBUG)
        else "django.contrib.staticfiles.storage.StaticFilesStorage",
    },
}

# --- Security -------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz/$", r"^readyz/$"]
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
# Only with a proxy in front that always sets or strips this header (deploy/ will ship one).
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
# No public page has a use for them, so editors see the same pages as everybody.
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"/{ADMIN_PATH}"
X_FRAME_OPTIONS = "DENY"
# A search address holds the postcode that somebody typed: other sites must not be told it.
SECURE_REFERRER_POLICY = "same-origin"
# A page with forty child rows of several fields each has more than Django's default of 1,000.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
# A page of 500 KB of text, sent as a form, can take three times that in bytes.
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

# --- Accounts (docs/decisions/0019-accounts.md) ---------------------------------------------
PASSWORD_HASHERS = [
    "physiosite.accounts.passwords.Argon2",
    # Of before: hashed anew at the next sign-in.
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
# Long and not guessed, without rules about signs and without an end, as the NCSC advises.
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in {
        "UserAttributeSimilarityValidator": {},
        "MinimumLengthValidator": {"min_length": 12},
        "CommonPasswordValidator": {},
        "NumericPasswordValidator": {},
    }.items()
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
SESSION_COOKIE_AGE = 12 * 3600
SESSION_IDLE_SECONDS = 2 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
OTP_TOTP_ISSUER = "The Physiotherapy Site"
# Tries to sign in that failed, within a quarter of an hour: of one name from one address, and of one address.
AXES_FAILURE_LIMIT = 5
FAILED_SIGN_INS_PER_ADDRESS = 30
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_HANDLER = "physiosite.accounts.lockout.Counted"
AXES_CLIENT_IP_CALLABLE = "physiosite.accounts.lockout.address_for_axes"
AXES_LOCKOUT_CALLABLE = "physiosite.accounts.lockout.locked_out"
# physiosite.accounts.events logs what the library would keep in tables for ever.
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = AXES_VERBOSE = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"()": "physiosite.logs.Formatter", "format": "{levelname} {name} {message}", "style": "{"}
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    # Without this, Django's own handler would write its lines a second time with DEBUG on.
    "loggers": {
        "django": {"handlers": [], "level": "WARNING"},
        "physiosite.accounts": {"level": "INFO"},
        "axes": {"level": "ERROR"},
    },
}
# Errors are told to a Sentry, where one is named.
SENTRY_DSN = env.str("SENTRY_DSN", default="")
if SENTRY_DSN:
    from physiosite.reporting import report_to

    report_to(SENTRY_DSN)
