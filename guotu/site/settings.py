"""Django's settings: `GUOTU_HOME` holds the county, `DATABASE_URL` moves its tables."""

import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlparse

from guotu.site.catalog import LOCALE, compile_catalogs
from guotu.site.statics import Served, served_folder, tree_mark

PROJECT_ROOT = Path(__file__).resolve().parents[2]
GUOTU_HOME = Path(os.environ.get("GUOTU_HOME", ".guotu")).resolve()


def _make_home(home: Path) -> None:
    # The service alone reads the county's folder.
    home.mkdir(mode=0o700, parents=True, exist_ok=True)


def _secret_key(home: Path) -> str:
    path = home / "secret.key"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(secrets.token_urlsafe(48))
    return path.read_text()


def _database(url: str | None, home: Path) -> dict[str, object]:
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": home / "guotu.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
                # A destroyed key is overwritten where it lay.
                "PRAGMA secure_delete=ON;",
            },
            # A file, not memory: the tests want the store that the county has.
            "TEST": {"NAME": home / "test.sqlite3"},
        }
    parts = urlparse(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
    }


_make_home(GUOTU_HOME)
SECRET_KEY = _secret_key(GUOTU_HOME)
DEBUG = False
ALLOWED_HOSTS = os.environ.get("GUOTU_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
DATABASES = {"default": _database(os.environ.get("DATABASE_URL"), GUOTU_HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "guotu.core.journal",
    "guotu.core.people",
    "guotu.core.files",
    "guotu.core.atlas",
    "guotu.core.register",
    "guotu.core.ledger",
    "guotu.core.cases",
    "guotu.apps.approval",
    "guotu.site.ogc",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "guotu.site.doors.Headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "guotu.core.people.sessions.Sessions",
    "django.contrib.messages.middleware.MessageMiddleware",
    "guotu.site.doors.Day",
    "guotu.site.doors.SignIn",
    "guotu.site.doors.Refusals",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "guotu.site.urls"
WSGI_APPLICATION = "guotu.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PROJECT_ROOT / "guotu" / "site" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "guotu.site.frame.frame",
            ]
        },
    }
]

AUTH_USER_MODEL = "people.Person"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "map"
LOGOUT_REDIRECT_URL = "sign-in"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English")]
LOCALE_PATHS = [LOCALE]
compile_catalogs()
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

_served: list[Served] = [
    PROJECT_ROOT / "guotu" / "site" / "static",
    ("npm/maplibre-gl", PROJECT_ROOT / "node_modules" / "maplibre-gl" / "dist"),
    ("npm/pmtiles", PROJECT_ROOT / "node_modules" / "pmtiles" / "dist" / "esm"),
    ("npm/fflate", PROJECT_ROOT / "node_modules" / "fflate" / "esm"),
    ("npm/htmx", PROJECT_ROOT / "node_modules" / "htmx.org" / "dist"),
    ("npm/bpmn-js", PROJECT_ROOT / "node_modules" / "bpmn-js" / "dist"),
]
STATICFILES_DIRS: list[Served] = [item for item in _served if served_folder(item).is_dir()]
# The address of a file carries the mark of the whole tree, so that browsers may keep it for ever
# and modules that import one another always fit together.
STATIC_MARK = tree_mark(STATICFILES_DIRS)
STATIC_URL = f"static/{STATIC_MARK}/"
STATIC_ROOT = GUOTU_HOME / "static" / STATIC_MARK

DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "guotu.site.views.csrf_failure"
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
