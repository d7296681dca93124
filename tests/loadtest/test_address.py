"""The site's address, as people write it."""

from __future__ import annotations

import pytest

from loadtest.address import Site, site_at
from loadtest.errors import LoadTestError


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8000", "http://127.0.0.1:8000/", "ws://127.0.0.1:8000/"],
)
def test_address_may_name_either_protocol(url: str) -> None:
    site = site_at(url)

    assert site == Site("http://127.0.0.1:8000/", "ws://127.0.0.1:8000/", "http://127.0.0.1:8000")
    assert site.data_socket == "ws://127.0.0.1:8000/app/ws/data"


@pytest.mark.parametrize("scheme", ["https", "wss"])
def test_secure_address_with_a_prefix_stays_both(scheme: str) -> None:
    assert site_at(f"{scheme}://live.example.com/goby") == Site(
        "https://live.example.com/goby/",
        "wss://live.example.com/goby/",
        "https://live.example.com",
    )


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:8000",
        "127.0.0.1",
        "ftp://example.com/",
        "http://",
        "http://example.com:port/",
        "http://example.com:0/",
        "http://[::1/",
        "http://me:secret@example.com/",
        "http://example.com/?a=1",
        "http://example.com/#top",
    ],
)
def test_what_is_no_address_is_refused_with_examples(url: str) -> None:
    with pytest.raises(LoadTestError, match=r"is no address of a site\. Write for example http://"):
        site_at(url)
