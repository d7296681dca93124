"""A browser that gets no page says why."""

from __future__ import annotations

import ssl

from loadtest.address import site_at
from loadtest.browser import unreachable

SITE = site_at("https://live.example.com/")


def test_site_that_does_not_answer_is_said_with_a_way_out() -> None:
    assert str(unreachable(SITE, "timed out")) == (
        "Nobody answers at https://live.example.com/ (timed out). Start the site with `make run`, "
        "or say where it is: manage.py loadtest 100 60 http://HOST:PORT/"
    )


def test_certificate_that_is_not_trusted_is_said_with_a_way_out() -> None:
    error = ssl.SSLCertVerificationError("certificate verify failed")
    error.verify_message = "self-signed certificate"

    assert str(unreachable(SITE, error)) == (
        "The certificate of https://live.example.com/ is not trusted (self-signed certificate). "
        "If it is one of your own, name it in the environment: SSL_CERT_FILE=certificate.pem."
    )
