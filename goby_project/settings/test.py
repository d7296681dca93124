"""For the test suite: as development, but with nothing that is slow or outlives the run."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from goby_project.settings.base import *
from goby_project.settings.base import DATABASES

DEBUG = False
SECRET_KEY = "insecure-and-public-for-tests-only"  # noqa: S105 - no secret by design
GOBY = {"PROFILE": "development", "ALLOW_GUESTS": True}
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost", "[::1]"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# What was meant for a server must not change what is tested.
for name in [name for name in os.environ if name.startswith("GOBY_")]:
    del os.environ[name]

# A file, since threads lock an in-memory database in ways that the real one never does;
# named after the process, so that two runs at once do not share it.
TEST_DATABASE = Path(tempfile.gettempdir()) / f"goby-test-{os.getpid()}.sqlite3"
DATABASES = {
    "default": {
        **DATABASES["default"],
        "NAME": TEST_DATABASE,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF",
        },
        "TEST": {"NAME": TEST_DATABASE},
    },
}
