"""Whoever applies patches has each publication as it was, whenever it came or came back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from realtime.codecs import DeltaCodec
from tests.realtime.codecs.documents import publication
from tests.realtime.codecs.patches import DOCUMENTS, Client, in_both_forms, recovered

if TYPE_CHECKING:
    from realtime.codecs import DataCodec
    from realtime.message import Publication


class World:
    """One topic. Like the hub it encodes only what somebody follows."""

    def __init__(self, form: DataCodec) -> None:
        self.form = form
        self.codec = DeltaCodec(form)
        self.clients: list[Client] = []
        self.history: list[Publication] = []
        self.epoch = 0

    def publish(self, data: Any) -> None:
        offset = len(self.history) + 1
        self.history.append(publication(data, offset=offset, epoch=str(self.epoch)))
        self.dispatch(self.history[-1])

    def publish_without_history(self, data: Any) -> None:
        self.dispatch(publication(data, epoch=str(self.epoch)))

    def dispatch(self, made: Publication) -> None:
        if not self.clients:
            return
        frame = self.codec.encode(made, "close")
        for client in self.clients:
            client.follower.put(frame)
            assert client.document.text == made.json.decode()

    def join(self, _: Any) -> None:
        self.clients.append(Client(self.form))

    def come_back(self, data: Any) -> None:
        missed = self.history[len(repr(data)) % (len(self.history) + 1) :]
        client = Client(self.form)
        if missed:
            pubs = recovered(self.form, self.codec.publications(missed, of="subscribe"))
            assert "delta" not in pubs[0]
            for pub, made in zip(pubs, missed, strict=True):
                client.document.take(pub)
                assert (client.document.text, pub["offset"]) == (made.json.decode(), made.offset)
            client.follower.known = missed[-1].offset
        self.clients.append(client)

    def leave(self, _: Any) -> None:
        del self.clients[:1]

    def begin_again(self, _: Any) -> None:
        """Lose the history. The hub sends those who followed it away."""
        self.epoch += 1
        self.history, self.clients = [], []


STEPS = {
    "publish": 10,
    "publish_without_history": 1,
    "join": 2,
    "come_back": 4,
    "leave": 1,
    "begin_again": 1,
}
ANY_STEP = st.sampled_from([step for step, weight in STEPS.items() for _ in range(weight)])


@in_both_forms
@given(st.lists(st.tuples(ANY_STEP, DOCUMENTS), min_size=10, max_size=50))
def test_every_follower_has_every_publication_as_it_was(
    form: DataCodec, steps: list[tuple[str, Any]]
) -> None:
    world = World(form)
    for step, data in steps:
        getattr(world, step)(data)
