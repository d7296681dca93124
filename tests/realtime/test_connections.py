"""Who is connected: indexed by user and session, and gone without a trace."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from realtime.connections import ENDED_TTL, MAX_ENDED, Connection, Connections
from realtime.message import Frame
from realtime.outbox import Ending, Outbox

SIGNED_OUT = Ending(3503, "signed out")


async def _send(message: object) -> None:
    """Take nothing: no flusher runs here."""


def connection(user: str = "", session: str = "") -> Connection:
    outbox = Outbox(
        send=_send,
        join=lambda frames: "",
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


@given(st.lists(st.tuples(st.sampled_from(["", "1", "2"]), st.sampled_from(["", "a", "b"]))))
def test_registry_is_empty_when_all_have_left(people: list[tuple[str, str]]) -> None:
    connections, entered = Connections(), [connection(*person) for person in people]
    for one in entered:
        connections.add(one)
    assert len(connections) == len(people)
    assert connections.users == len({user for user, _ in people if user})

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
