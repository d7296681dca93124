"""The matrix: the tests on every supported Python and Django; missing interpreters are skipped."""

from __future__ import annotations

import nox

nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
DJANGOS = ("5.2", "6.0")
MATRIX = [
    (python, django)
    for python in PYTHONS
    for django in DJANGOS
    if not (python == "3.11" and django == "6.0")  # Django 6.0 starts at Python 3.12
]


@nox.session
@nox.parametrize(("python", "django"), MATRIX)
def tests(session: nox.Session, django: str) -> None:
    """Run pytest; what stands behind `--` goes to it."""
    session.install("--requirement", "requirements-dev.txt")
    session.install(f"django~={django}.0")
    session.run("python", "-m", "pytest", *session.posargs)
