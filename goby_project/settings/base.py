"""What every profile shares; the module of a profile states only how it differs.

Environment variables read here: GOBY_VAR (directory for everything the site keeps),
GOBY_DATABASE (path of the SQLite file), GOBY_ALLOWED_HOSTS (comma separated), GOBY_HTTPS, HOST.
The engine reads its own: GOBY_BATCH_MAX_SIZE and so on, which override what stands in GOBY.
"""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF
from environs import Env

env = Env()

BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = env.path("GOBY_VAR", default=BASE_DIR / "var")

# Hosts: the names of this machine, and the address that the server was asked to listen on.
HOST = env.str("HOST", default="127.0.0.1")
LOCAL_HOSTS = ["127.0.0.1", "localhost", "[::1]", f"[{HOST}]" if ":" in HOST else HOST]
ALLOWED_HOSTS = env.list("GOBY_ALLOWED_HOSTS", default=[]) or LOCAL_HOSTS

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "realtime",
    "chat",
    "presence",
    "notifications",
    "loadtest",
    "goby_project.apps.Wiring",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "goby_project.urls"
ASGI_APPLICATION = "goby_project.asgi.application"
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
        },
    },
]

# Live topics. GOBY itself is set by each profile.
CHANNEL_LAYERS = {"default": {"BACKEND": "realtime.layers.TopicChannelLayer"}}
# The development server refuses the same oversized frames as the production server.
DAPHNE_WEBSOCKET_MAX_MESSAGE_SIZE = DAPHNE_WEBSOCKET_MAX_FRAME_SIZE = 65_536

# Database and cache. Readers never wait for a writer (WAL); a writer takes its lock when the
# transaction begins and waits for it, instead of failing half-way through.
DATABASE = env.path("GOBY_DATABASE", default=VAR_DIR / "goby.sqlite3")
DATABASE.parent.mkdir(parents=True, exist_ok=True)
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATABASE,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
        },
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},  # mostly fragments: the default is six rooms' worth
    },
}

# Accounts
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "/accounts/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

# Safety in the browser: nothing inline, nothing from elsewhere, in nobody's frame.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # Pico CSS draws its icons as data: images
        "connect-src": [SELF],  # covers the WebSockets of the same origin
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

# Behind a proxy that speaks HTTPS to the world. The proxy redirects plain HTTP, and it must
# set or strip X-Forwarded-Proto itself, which is believed here.
HTTPS = env.bool("GOBY_HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 30 * 24 * 3600 if HTTPS else 0
SECURE_SSL_REDIRECT = False

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # No handlers of their own (Django's default gives "django" one): each line is printed once.
    # The engine's own, "realtime", has the level that its profile gives it (LOG_LEVEL).
    "loggers": {
        name: {"level": "INFO"} for name in ("django", "chat", "presence", "notifications")
    },
}
