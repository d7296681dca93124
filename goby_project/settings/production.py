"""For people: no debug pages, a secret of its own, compressed static files with hashed names.

Environment variable read here: GOBY_SECRET_KEY (made and kept in var/secret_key when unset).
"""

from __future__ import annotations

from typing import Any

from goby_project.secret_key import read_or_create
from goby_project.settings.base import *
from goby_project.settings.base import MIDDLEWARE, VAR_DIR, env

DEBUG = False
SECRET_KEY = env.str("GOBY_SECRET_KEY", default="") or read_or_create(VAR_DIR / "secret_key")
GOBY: dict[str, Any] = {"PROFILE": "production"}

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
