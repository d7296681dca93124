"""What tokens let a client do, and every token that was made for something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import sync_to_async

from tests.realtime.commands.credentials import (
    OPEN_PRIVATE,
    OWN,
    PRIVATE,
    assert_closed,
    connect,
    connected_users,
    declared,
    opened_with,
    person,
    signed_in,
)
from tests.tokens import KEYS, OTHER_SECRET, SECRET, forge, mint, rsa_key
from tests.wire import publish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from realtime import registry
    from tests.wire import Configure, OpenData

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def configured(goby: Configure) -> Iterator[registry.Engine]:
    """A site with a key, which lets guests in and knows none of the tokens' users."""
    with declared():
        yield goby(TOKEN_KEYS=KEYS, ALLOW_UNKNOWN_USERS=True)


# Connection tokens


async def test_token_makes_the_connection_that_of_its_user(open_data: OpenData) -> None:
    await person()
    wire = await open_data(connect=False)

    result = await connect(wire, mint(sub="42"))

    assert (result["expires"], result["ttl"] in {3599, 3600}) == (True, True)
    assert connected_users() == ["42"]
    assert await wire.call("subscribe", channel="wire.members") == {"id": 2, "subscribe": {}}


async def test_token_without_an_end_is_not_to_be_refreshed(open_data: OpenData) -> None:
    result = await connect(await open_data(connect=False), mint(sub="", ttl=None))

    assert "expires" not in result
    assert "ttl" not in result


async def test_token_of_nobody_is_a_guests(open_data: OpenData) -> None:
    await connect(await open_data(connect=False), mint(sub=""))

    assert connected_users() == [""]


async def test_token_of_nobody_is_closed_where_guests_are_not_allowed(
    goby: Configure, open_data: OpenData
) -> None:
    goby(TOKEN_KEYS=KEYS, ALLOW_GUESTS=False)
    wire = await open_data(connect=False)

    wire.ask("connect", token=mint(sub=""))

    await assert_closed(wire, 3501, "bad request: sign in first")


async def test_token_outweighs_the_cookie_but_ends_with_its_session(open_data: OpenData) -> None:
    user = await person()
    browser, _ = await signed_in(user)
    cookie = f"sessionid={browser.cookies['sessionid'].value}"
    own = await open_data(connect=False, cookie=cookie)
    foreign = await open_data(connect=False, cookie=cookie)
    await connect(own, mint(sub="42"))
    await connect(foreign, mint(sub="7"))
    assert connected_users() == ["42", "7"]

    await sync_to_async(browser.logout)()

    await assert_closed(own, 3503, "signed out")
    await foreign.works()


async def test_user_who_is_not_in_the_database_is_let_in_only_where_that_is_allowed(
    goby: Configure, open_data: OpenData
) -> None:
    await connect(await open_data(connect=False), mint(sub="elsewhere"))
    assert connected_users() == ["elsewhere"]

    goby(TOKEN_KEYS=KEYS)
    wire = await open_data(connect=False)
    wire.ask("connect", token=mint(sub="elsewhere"))
    await assert_closed(wire, 3500, "invalid token")


async def test_token_of_a_deactivated_user_is_refused(open_data: OpenData) -> None:
    await person(is_active=False)
    wire = await open_data(connect=False)

    wire.ask("connect", token=mint(sub="42"))

    await assert_closed(wire, 3500, "invalid token")


async def _wrong_signature() -> str:
    return mint(sub="42", key=OTHER_SECRET)


async def _no_algorithm() -> str:
    return forge({"alg": "none", "kid": "one"}, {"sub": "42"}, None)


async def _other_algorithm() -> str:
    return mint(sub="42", key=rsa_key()[0], algorithm="RS256")


async def _unknown_key() -> str:
    return mint(sub="42", kid="two")


async def _other_audience() -> str:
    return mint(sub="42", aud="another-site")


async def _not_yet() -> str:
    return mint(sub="42", nbf=4_000_000_000)


async def _of_a_topic() -> str:
    return mint(sub="42", channel=PRIVATE)


async def _after_sign_out() -> str:
    browser, session = await signed_in(await person())
    await sync_to_async(browser.logout)()
    return mint(sub="42", sid=session)


async def _of_another_session() -> str:
    await person("bob", pk=43)
    _, session = await signed_in(await person())
    return mint(sub="43", sid=session)


async def _after_a_new_password() -> str:
    user = await person()
    _, session = await signed_in(user)
    user.set_password("another one")
    await user.asave()
    return mint(sub="42", sid=session)


async def _after_deletion() -> str:
    user = await person()
    _, session = await signed_in(user)
    await user.adelete()
    return mint(sub="42", sid=session)


@pytest.mark.parametrize(
    "make",
    [
        _wrong_signature,
        _no_algorithm,
        _other_algorithm,
        _unknown_key,
        _other_audience,
        _not_yet,
        _of_a_topic,
        _after_sign_out,
        _of_another_session,
        _after_a_new_password,
        _after_deletion,
    ],
    ids=lambda make: make.__name__.strip("_"),
)
async def test_token_that_cannot_be_believed_is_closed_with_3500(
    make: Callable[[], Any], open_data: OpenData
) -> None:
    token = await make()
    wire = await open_data(connect=False)

    wire.ask("connect", token=token)

    await assert_closed(wire, 3500, "invalid token")


async def test_token_of_a_session_connects_while_it_lasts_and_ends_with_it(
    open_data: OpenData,
) -> None:
    browser, session = await signed_in(await person())
    wire = await opened_with(open_data, mint(sub="42", sid=session))

    await sync_to_async(browser.logout)()

    await assert_closed(wire, 3503, "signed out")


@pytest.mark.parametrize("end", ["password", "deactivation", "deletion"])
async def test_user_whose_credentials_end_loses_all_connections(
    end: str, open_data: OpenData
) -> None:
    user = await person()
    browser, _ = await signed_in(user)
    by_cookie = await open_data(cookie=f"sessionid={browser.cookies['sessionid'].value}")
    by_token = await opened_with(open_data, mint(sub="42"))
    other = await opened_with(open_data, mint(sub="7"))

    if end == "password":
        user.set_password("another one")
    user.is_active = end != "deactivation"
    await (user.adelete() if end == "deletion" else user.asave())

    for wire in (by_cookie, by_token):
        await assert_closed(wire, 3503, "signed out")
    await other.works()


async def test_expired_token_is_an_error_so_that_the_client_fetches_another(
    open_data: OpenData,
) -> None:
    wire = await open_data(connect=False)

    reply = await wire.call("connect", token=mint(sub="", ttl=-1))

    assert reply["error"] == {"code": 109, "message": "token expired"}


async def test_nothing_of_a_refused_token_is_logged(
    open_data: OpenData, caplog: pytest.LogCaptureFixture
) -> None:
    wire = await open_data(connect=False)
    token = mint(sub="s3cret-p4yload", key=OTHER_SECRET)

    wire.ask("connect", token=token)
    await assert_closed(wire, 3500, "invalid token")

    assert "refused socket=data code=3500" in caplog.text
    assert token not in caplog.text
    assert SECRET not in caplog.text


# Subscription tokens


async def test_private_topic_needs_a_token_even_where_anyone_may_follow(
    open_data: OpenData,
) -> None:
    wire = await open_data()

    refused = await wire.call("subscribe", channel=OPEN_PRIVATE)
    assert refused["error"]["code"] == 103

    token = mint(sub="", channel=OPEN_PRIVATE, ttl=None)
    assert await wire.call("subscribe", channel=OPEN_PRIVATE, token=token) == {
        "id": 3,
        "subscribe": {},
    }


async def test_subscription_token_lets_its_user_follow_its_topic(open_data: OpenData) -> None:
    wire = await opened_with(open_data, mint(sub="7"))

    token = mint(sub="7", channel=PRIVATE, info={"role": "owner"})
    result = (await wire.call("subscribe", channel=PRIVATE, token=token))["subscribe"]
    await publish(PRIVATE, "hello")

    assert result["expires"] is True
    assert result["ttl"] in {3599, 3600}
    assert result["positioned"] is True
    assert (await wire.push())["pub"]["data"] == "hello"


@pytest.mark.parametrize(
    "claims",
    [{"sub": "8", "channel": PRIVATE}, {"sub": "7", "channel": OPEN_PRIVATE}, {"channel": PRIVATE}],
    ids=["another user", "another topic", "a guest"],
)
async def test_subscription_token_of_somebody_or_something_else_is_closed_with_3500(
    claims: dict[str, Any], open_data: OpenData
) -> None:
    wire = await opened_with(open_data, mint(sub="7"))

    wire.ask("subscribe", channel=PRIVATE, token=mint(**claims))

    await assert_closed(wire, 3500, "invalid token")


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (mint(sub="7", channel=PRIVATE, key=OTHER_SECRET), 103),
        (mint(sub="7"), 103),
        ("nonsense", 103),
        (mint(sub="7", channel=PRIVATE, ttl=-1), 109),
    ],
    ids=["wrong signature", "connection token", "nonsense", "expired"],
)
async def test_subscription_token_that_is_not_good_is_an_error(
    token: str, code: int, open_data: OpenData
) -> None:
    wire = await opened_with(open_data, mint(sub="7"))

    reply = await wire.call("subscribe", channel=PRIVATE, token=token)

    assert reply["error"]["code"] == code
    await wire.works()


async def test_topic_for_some_users_is_closed_to_others_for_whatever_they_ask(
    open_data: OpenData,
) -> None:
    mine = await opened_with(open_data, mint(sub="43"))
    other = await opened_with(open_data, mint(sub="4"))
    guest = await open_data()
    grants = {other: mint(sub="4", channel=OWN), guest: mint(sub="", channel=OWN)}

    assert "subscribe" in await mine.call("subscribe", channel=OWN)
    assert "publish" in await mine.call("publish", channel=OWN, data=1)
    for wire, token in grants.items():
        for name, body in (
            ("subscribe", {}),
            ("subscribe", {"token": token}),
            ("publish", {"data": 1}),
            ("history", {}),
        ):
            reply = await wire.call(name, channel=OWN, **body)
            assert reply["error"]["code"] == 103, (name, body)
