"""What it costs to encode a publication, to join a batch, and to read a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.speeches import SPEECH
from realtime.codecs import JSONCodec, ProtobufCodec
from realtime.codecs.html import HTMLCodec
from tests.benchmarks.micro.messages import publication

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from realtime.catalog import Catalog
    from realtime.codecs import Codec, DataCodec
    from realtime.codecs.base import SocketCodec

NAMES = ("json", "protobuf", "html")
BATCH = 16


@pytest.fixture
def codecs(catalog: Catalog) -> dict[str, Codec]:
    """Each codec by its name."""
    made: list[Codec] = [JSONCodec(), ProtobufCodec(), HTMLCodec(catalog)]
    return {codec.name: codec for codec in made}


@pytest.mark.parametrize("name", NAMES)
def test_encode(benchmark: BenchmarkFixture, codecs: dict[str, Codec], name: str) -> None:
    frame = benchmark(codecs[name].encode, publication(), "close")

    assert frame.size > 100


@pytest.mark.parametrize("name", NAMES)
def test_join_of_a_batch(benchmark: BenchmarkFixture, catalog: Catalog, name: str) -> None:
    # Frames that were not joined before: the HTML codec remembers the last batch.
    joining: SocketCodec = (JSONCodec(), ProtobufCodec(), HTMLCodec(catalog))[NAMES.index(name)]
    encoded = [joining.encode(publication(offset=n), "close") for n in range(1, BATCH + 2)]
    frames = [frame for frame in encoded if frame is not None]
    batches = [frames[:-1], frames[1:]]

    def join_both() -> None:
        for batch in batches:
            joining.join(batch)

    benchmark(join_both)

    assert len(frames) == BATCH + 1


def test_join_of_the_same_batch_for_the_next_page(
    benchmark: BenchmarkFixture, catalog: Catalog
) -> None:
    codec = HTMLCodec(catalog)
    encoded = [codec.encode(publication(offset=n), "close") for n in range(1, BATCH + 1)]
    frames = [frame for frame in encoded if frame is not None]

    event = benchmark(codec.join, frames)

    assert codec.join([*frames]) is event


@pytest.mark.parametrize("name", ["json", "protobuf"])
def test_parse_a_command(benchmark: BenchmarkFixture, name: str) -> None:
    codec: DataCodec = JSONCodec() if name == "json" else ProtobufCodec()
    raw = SPEECH["goby" if name == "json" else "protobuf"].publication(1, 128)
    frame = raw.decode() if name == "json" else raw

    [command] = benchmark(codec.parse, frame)

    assert command.name == "publish"
