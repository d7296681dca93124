"""On a developer's machine: errors in the browser, guests welcome, nothing to configure."""

from __future__ import annotations

from typing import Any

from goby_project.settings.base import *
from goby_project.settings.base import (
    ALLOWED_HOSTS,
    HOST,
    INSTALLED_APPS,
    LOCAL_HOSTS,
    MIDDLEWARE,
)

DEBUG = True
SECRET_KEY = "insecure-and-public-for-development-only"  # noqa: S105 - no secret by design
# Nor a secret: whoever reads this can make tokens for a development server.
PUBLIC_KEY = {"algorithm": "HS256", "key": "insecure-and-public-for-development-only"}
GOBY: dict[str, Any] = {"PROFILE": "development", "TOKEN_KEYS": {"development": PUBLIC_KEY}}

# First: it replaces runserver by an ASGI server. It takes 20 MB, which production can do without.
INSTALLED_APPS = ["daphne", *INSTALLED_APPS]

# runserver serves static files by itself; `serve --profile development` needs this.
MIDDLEWARE = [*MIDDLEWARE[:1], "goby_project.static_files.StaticFilesMiddleware", *MIDDLEWARE[1:]]

# Whoever listens on every address wants the phone on the table to get in, by whatever name.
if HOST in {"0.0.0.0", "::"} and ALLOWED_HOSTS == LOCAL_HOSTS:  # noqa: S104 - does not bind
    ALLOWED_HOSTS = ["*"]
