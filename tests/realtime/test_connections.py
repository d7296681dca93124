"""Who is connected: indexed by user and session, counted, and gone without a trace."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from realtime import connections as module
from realtime.codecs.joining import Message
from realtime.connections import ENDED_TTL, MAX_ENDED, Connection, Connections
from realtime.message import Frame
from realtime.outbox import Ending, Outbox

SIGNED_OUT = Ending(3503, "signed out")


async def _send(message: object) -> None:
    """Take nothing: no flusher runs here."""


def connection(user: str = "", session: str = "", address: str = "") -> Connection:
    outbox = Outbox(
        send=_send,
        join=lambda frames: Message({}),
        ready=lambda outbox: None,
        ended=lambda code: None,
        max_size=1000,
        dropped=Counter(),
    )
    return Connection(
        id="c",
        socket="data",
        user=user,
        session=session,
        outbox=outbox,
        farewell=lambda code, reason: Frame(f"{code} {reason}", 10),
        revocation=SIGNED_OUT,
        address=address,
    )


def test_close_sends_the_farewell_of_its_socket() -> None:
    one = connection()

    one.close(3001, "shutdown")

    assert one.outbox.ending == Ending(3001, "shutdown")
    assert [frame.text for frame in one.outbox.frames] == ["3001 shutdown"]


def test_connections_are_counted() -> None:
    connections = Connections()
    connections.add(connection("1"))
    connections.add(connection("1"))
    connections.add(connection("2"))
    connections.add(connection())

    assert len(connections) == 4
    assert connections.users == 2


def test_revoked_user_loses_all_connections_and_nobody_else() -> None:
    connections, mine, other, guest = (
        Connections(),
        [connection("1", "a"), connection("1", "b")],
        connection("2", "c"),
        connection("", "d"),
    )
    for one in [*mine, other, guest]:
        connections.add(one)

    assert connections.revoke_user("1") == 2

    assert [one.outbox.ending for one in mine] == [SIGNED_OUT, SIGNED_OUT]
    assert other.outbox.ending is None
    assert guest.outbox.ending is None


def test_connection_that_is_identified_later_is_found_under_its_new_names_alone() -> None:
    connections, one = Connections(), connection("", "a")
    connections.add(one)

    connections.identify(one, user="1", session="b")

    assert (len(connections), connections.users) == (1, 1)
    assert connections.revoke_session("a") == 0
    assert connections.revoke_session("b") == connections.revoke_user("1") == 1


def test_revoked_session_loses_only_its_own_connections() -> None:
    connections, here, elsewhere = Connections(), connection("1", "a"), connection("1", "b")
    connections.add(here)
    connections.add(elsewhere)

    assert connections.revoke_session("a") == 1

    assert here.outbox.ending == SIGNED_OUT
    assert elsewhere.outbox.ending is None


def test_connection_that_comes_after_its_session_ended_is_closed() -> None:
    now = 1000.0
    connections = Connections(clock=lambda: now)
    late, other, much_later = connection("1", "a"), connection("1", "b"), connection("1", "a")
    connections.revoke_session("a")

    now += ENDED_TTL - 1
    connections.add(late)
    connections.add(other)
    now += 1
    connections.add(much_later)

    assert late.outbox.ending == SIGNED_OUT
    assert other.outbox.ending is None
    assert much_later.outbox.ending is None


def test_ended_sessions_are_remembered_up_to_a_limit() -> None:
    connections = Connections()

    for number in range(MAX_ENDED + 5):
        connections.revoke_session(str(number))

    assert len(connections._ended) == MAX_ENDED
    assert "4" not in connections._ended


def test_guests_are_no_user_that_could_be_revoked() -> None:
    connections, guest = Connections(), connection()
    connections.add(guest)

    assert connections.revoke_user("") == connections.revoke_session("") == 0
    assert guest.outbox.ending is None


def test_revocation_of_somebody_unknown_closes_nothing() -> None:
    assert Connections().revoke_user("9") == 0
    assert Connections().revoke_session("9") == 0


def test_removed_connection_is_not_revoked() -> None:
    connections, one, other = Connections(), connection("1", "a"), connection("1", "a")
    connections.add(one)
    connections.add(other)

    connections.remove(one)
    connections.remove(one)

    assert connections.revoke_user("1") == 1
    assert one.outbox.ending is None


def test_client_is_alive_while_it_is_connected_and_may_be_sent_to() -> None:
    connections, one = Connections(), connection()
    before = connections.alive(one.id)
    connections.add(one)
    connected = connections.alive(one.id)

    one.close(3503, "signed out")
    told_its_end = connections.alive(one.id)
    one.outbox.end(3503)
    ended = connections.alive(one.id)

    assert (before, connected, told_its_end, ended) == (False, True, True, False)


PEOPLE = st.tuples(
    st.sampled_from(["", "1", "2"]), st.sampled_from(["", "a", "b"]), st.sampled_from(["", "x"])
)


@given(st.lists(PEOPLE))
def test_registry_is_empty_when_all_have_left(people: list[tuple[str, str, str]]) -> None:
    connections, entered = Connections(), [connection(*person) for person in people]
    for one in entered:
        connections.add(one)
        assert connections.seat(one, limit=0)
    assert len(connections) == len(people)
    assert connections.users == len({person[0] for person in people if person[0]})
    assert connections.of_user("1") == sum(person[0] == "1" for person in people)
    assert connections.from_address("x") == sum(person[2] == "x" for person in people)

    for one in entered:
        connections.remove(one)

    assert connections == Connections()


def test_connections_of_a_user_are_found_also_by_their_client() -> None:
    connections, one, two, guest = Connections(), *[connection(user) for user in ("1", "2", "")]
    one.id, two.id, guest.id = "one", "two", "guest"
    for each in (one, two, guest):
        connections.add(each)

    assert connections.of("1") == connections.of("1", "one") == [one]
    assert connections.of("", "guest") == [guest]
    assert connections.of("1", "two") == connections.of("", "one") == []
    assert connections.of("") == connections.of("3") == connections.of("3", "nobody") == []
    connections.remove(one)
    assert connections.of("1") == connections.of("1", "one") == []


def test_connections_are_counted_by_address_until_they_leave() -> None:
    connections, here, too, there = Connections(), *[connection(address=at) for at in "aab"]
    for one in (here, too, there):
        connections.add(one)
    assert (connections.from_address("a"), connections.from_address("b")) == (2, 1)

    connections.remove(here)
    connections.remove(here)

    assert connections.from_address("a") == connections.from_address("b") == 1
    assert connections.from_address("c") == 0


def test_unknown_addresses_are_nobodys_neighbours() -> None:
    connections = Connections()
    connections.add(connection())
    connections.add(connection())

    assert connections.from_address("") == 0


def test_user_has_as_many_connections_as_were_let_in() -> None:
    connections, mine, waiting, guest = (
        Connections(),
        *[connection(user) for user in ("1", "1", "")],
    )
    for one in (mine, waiting, guest):
        connections.add(one)
    assert connections.of_user("1") == 0, "none was let in"

    assert connections.seat(mine, limit=0)
    assert connections.seat(guest, limit=0)

    assert (connections.of_user("1"), connections.of_user("")) == (1, 0)
    connections.remove(waiting)
    assert connections.of_user("1") == 1
    connections.remove(mine)
    connections.remove(mine)
    assert connections.of_user("1") == 0


def test_seat_is_given_up_by_who_turns_out_to_be_somebody_else() -> None:
    connections, one = Connections(), connection("1", address="x")
    connections.add(one)
    connections.seat(one, limit=1)

    connections.identify(one, user="2", session="")

    assert connections.of_user("1") == connections.of_user("2") == 0
    assert connections.from_address("x") == 1
    connections.seat(one, limit=1)
    assert connections.of_user("2") == 1


def test_user_who_has_all_places_gets_no_other_one_until_one_is_free() -> None:
    connections, first, second, other = Connections(), *[connection(user) for user in "112"]
    guests = [connection(), connection()]
    for one in (first, second, other, *guests):
        connections.add(one)

    assert connections.seat(first, limit=1)
    assert connections.seat(first, limit=1), "it has its place already"
    assert not connections.seat(second, limit=1)
    assert connections.seat(other, limit=1)
    assert [connections.seat(guest, limit=1) for guest in guests] == [True, True]
    assert connections.of_user("1") == 1
    connections.remove(first)
    assert connections.seat(second, limit=1)


def test_seat_is_kept_by_who_is_confirmed_to_be_the_same() -> None:
    connections, one, waiting = Connections(), connection("1"), connection("1")
    connections.add(one)
    connections.add(waiting)
    connections.seat(one, limit=1)

    connections.identify(one, user="1", session="a")
    connections.identify(waiting, user="1", session="a")

    assert connections.of_user("1") == 1
    assert not connections.seat(waiting, limit=1)


# Credentials that end while somebody is being recognised


class Endings(RuleBasedStateMachine):
    """Whoever was loaded before the credentials ended is closed, at the latest when that is known.

    Who begins to be loaded after that is let in, also a moment later.
    """

    USERS = st.sampled_from(["1", "2", "3"])

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.connections = Connections(clock=lambda: self.now)
        self.loading: list[tuple[Connection, str, float]] = []
        self.last = dict.fromkeys("123", -1.0)
        self.open: list[Connection] = []
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(module, "MAX_ENDED", 3)

    def teardown(self) -> None:
        self.patch.undo()

    @rule(user=USERS)
    def begin(self, user: str) -> None:
        one = connection(user)
        one.begun = self.now
        self.loading.append((one, user, self.now))

    @rule(user=USERS)
    def begin_with_a_token(self, user: str) -> None:
        guest = connection()
        self.connections.add(guest)
        guest.begun = self.now
        self.loading.append((guest, user, self.now))

    @precondition(lambda self: self.loading)
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        one, user, begun = self.loading.pop(data.draw(st.integers(0, len(self.loading) - 1)))
        if one.user:
            self.connections.add(one)
        else:
            self.connections.identify(one, user=user, session="")
        assert (one.outbox.ending is not None) == (begun <= self.last[user])
        self.open.append(one)

    @rule(user=USERS)
    def revoke(self, user: str) -> None:
        self.last[user] = self.now
        self.connections.revoke_user(user)
        assert all(one.outbox.ending for one in self.open if one.user == user)

    @rule()
    def wait(self) -> None:
        self.now += 1

    @invariant()
    def memory_is_bounded(self) -> None:
        assert len(self.connections._revoked) <= 3


TestEndings = Endings.TestCase


def test_more_revoked_users_than_the_limit_are_forgotten() -> None:
    connections = Connections()
    for number in range(MAX_ENDED + 5):
        connections.revoke_user(str(number))
        connections.revoke_session(str(number))

    assert len(connections._revoked) == len(connections._ended) == MAX_ENDED


def test_guests_are_not_revoked_for_each_other() -> None:
    connections, guest = Connections(), connection()
    guest.begun = connections.clock()
    connections.revoke_user("")

    connections.add(guest)

    assert guest.outbox.ending is None
