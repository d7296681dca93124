"""For people: no debug pages, a secret of its own, compressed static files with hashed names.

Environment variables read here: GOBY_SECRET_KEY (made and kept in var/secret_key when unset),
GOBY_ALLOW_GUESTS (off unless set).
"""

from __future__ import annotations

from goby_project.secret_key import read_or_create
from goby_project.settings.base import *
from goby_project.settings.base import API_KEYS, MIDDLEWARE, TOKEN_KEYS, VAR_DIR, env

DEBUG = False
SECRET_KEY = env.str("GOBY_SECRET_KEY", default="") or read_or_create(VAR_DIR / "secret_key")
GOBY = {
    "PROFILE": "production",
    "ALLOW_GUESTS": env.bool("GOBY_ALLOW_GUESTS", default=False),
    "API_KEYS": API_KEYS,
    "TOKEN_KEYS": TOKEN_KEYS,
}

# Right after SecurityMiddleware, so that static files have its headers and nothing else's cost.
MIDDLEWARE = [
    MIDDLEWARE[0],
    "goby_project.static_files.StaticFilesMiddleware",
    *MIDDLEWARE[1:],
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
