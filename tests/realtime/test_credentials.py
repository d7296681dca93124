"""Tokens: what is believed, and every way in which one is not."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from realtime.conf import Settings
from realtime.credentials import Keyring, problems_of
from realtime.exceptions import ConfigurationError, TokenError, TokenExpiredError
from tests.tokens import KEYS, OTHER_SECRET, SECRET, ec_key, forge, mint, rsa_key, sign


def keyring(keys: dict[str, dict[str, str]] | None = None, **options: Any) -> Keyring:
    return Keyring(Settings(token_keys=KEYS if keys is None else keys, **options))


def all_keys() -> dict[str, dict[str, str]]:
    """One key of each algorithm, the asymmetric ones by their public half."""
    return {
        **KEYS,
        "rsa": {"algorithm": "RS256", "key": rsa_key()[1]},
        "ec": {"algorithm": "ES256", "key": ec_key()[1]},
    }


# What is believed


def test_connection_token_says_who_and_what() -> None:
    token = mint(sub="42", info={"name": "Ada"}, channels=["a", "b"], subs={"b": {}, "c": {}})

    claims = keyring().connection(token)

    assert (claims.user, claims.info) == ("42", {"name": "Ada"})
    assert list(claims.topics) == ["a", "b", "c"]
    assert (claims.topic, claims.session) == ("", "")
    assert claims.ttl() in {3599, 3600}


def test_subscription_token_names_its_topic() -> None:
    claims = keyring().subscription(mint(sub="42", channel="chat.room.lobby", info=1))

    assert (claims.user, claims.topic, claims.info) == ("42", "chat.room.lobby", 1)


@pytest.mark.parametrize("claims", [{}, {"sub": ""}])
def test_token_without_a_user_is_a_guests(claims: dict[str, Any]) -> None:
    assert keyring().connection(mint(**claims)).user == ""


def test_token_of_either_kind_is_told_by_its_channel() -> None:
    assert keyring().either(mint(channel="a")).topic == "a"
    assert keyring().either(mint()).topic == ""


def test_token_without_an_end_is_good_for_ever() -> None:
    claims = keyring().connection(mint(ttl=None))

    assert (claims.expires_at, claims.ttl()) == (None, None)


def test_time_to_live_is_never_less_than_a_second_nor_more_than_clients_can_count() -> None:
    last_second = keyring().connection(mint(ttl=1.5))
    far = keyring().connection(mint(ttl=2.0**60))

    assert last_second.ttl() == 1
    assert far.ttl() == 2**31 - 1


@pytest.mark.parametrize(
    ("kid", "algorithm", "pems"),
    [("rsa", "RS256", rsa_key), ("ec", "ES256", ec_key)],
)
def test_public_half_of_a_key_pair_verifies(kid: str, algorithm: str, pems: Any) -> None:
    token = mint(key=pems()[0], algorithm=algorithm, kid=kid, sub="42")

    assert keyring(all_keys()).connection(token).user == "42"


def test_both_keys_of_a_rotation_verify_until_one_is_taken_out() -> None:
    new = {"two": {"algorithm": "HS256", "key": OTHER_SECRET}}
    old_token, new_token = mint(sub="1"), mint(sub="2", key=OTHER_SECRET, kid="two")

    both = keyring({**new, **KEYS})
    assert [both.connection(token).user for token in (old_token, new_token)] == ["1", "2"]
    with pytest.raises(TokenError, match="names a key"):
        keyring(new).connection(old_token)


def test_key_with_an_empty_name_is_for_tokens_that_name_none() -> None:
    unnamed = {"": KEYS["one"]}

    assert keyring(unnamed).connection(mint(kid=None, sub="42")).user == "42"
    with pytest.raises(TokenError, match="names a key"):
        keyring().connection(mint(kid=None, sub="42"))


# What is not


def test_token_without_a_signature_is_refused() -> None:
    for name in ("none", "None", "NONE"):
        token = forge({"alg": name, "kid": "one"}, {"sub": "42"}, None)
        with pytest.raises(TokenError):
            keyring().connection(token)


def test_public_key_is_never_taken_for_a_shared_secret() -> None:
    for kid, pems in (("rsa", rsa_key()), ("ec", ec_key())):
        token = forge({"alg": "HS256", "kid": kid}, {"sub": "42"}, pems[1].encode())
        with pytest.raises(TokenError, match="another algorithm"):
            keyring(all_keys()).connection(token)


def test_key_pair_cannot_stand_in_for_a_shared_secret() -> None:
    token = mint(key=rsa_key()[0], algorithm="RS256", kid="one", sub="42")

    with pytest.raises(TokenError, match="another algorithm"):
        keyring(all_keys()).connection(token)


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_sibling_of_the_algorithm_is_refused(algorithm: str) -> None:
    secret = SECRET * 2
    token = mint(key=secret, algorithm=algorithm, sub="42")

    with pytest.raises(TokenError, match="another algorithm"):
        keyring({"one": {"algorithm": "HS256", "key": secret}}).connection(token)


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        (mint(key=OTHER_SECRET), "signature is wrong"),
        (mint(kid="unknown"), "names a key"),
        (mint(nbf=int(time.time()) + 3600), "not valid yet"),
        (mint(aud="somebody-else"), "another audience"),
        (mint(channel="a"), "not known here: channel"),
        (mint(override={}), "not known here: override"),
        (mint(sid=5), "are strings"),
        (mint(sub="\ud800"), "malformed"),
        (mint(info=2**64), "malformed"),
        (mint(channels="a"), "channels is a list"),
        (mint(channels=[5]), "channels is a string"),
        (mint(subs=["a"]), "channels is a list"),
        (forge({"alg": "HS256", "kid": "one"}, {"sub": 5}, SECRET.encode()), "malformed"),
        (forge({"alg": "HS256", "kid": "one"}, {"exp": None}, SECRET.encode()), "malformed"),
        (forge({"alg": "HS256", "kid": "one"}, {"exp": 1e999}, SECRET.encode()), "malformed"),
        (forge({"alg": "HS256", "kid": "one"}, {"exp": "soon"}, SECRET.encode()), "malformed"),
        (forge({"alg": "HS256", "kid": ["one"]}, {}, SECRET.encode()), "malformed"),
        ("", "malformed"),
        ("a.b.c", "malformed"),
        ("ä.ö.ü", "malformed"),
        ("\ud800.a.b", "malformed"),
    ],
)
def test_connection_token_is_refused_with_the_reason(token: str, sentence: str) -> None:
    with pytest.raises(TokenError, match=sentence) as caught:
        keyring().connection(token)
    assert not isinstance(caught.value, TokenExpiredError)


def test_claims_nested_without_end_are_malformed_and_no_defect() -> None:
    for depth in (300, 20_000):
        deep = f'{{"info":{"[" * depth}{"]" * depth}}}'
        token = sign({"alg": "HS256", "kid": "one"}, deep.encode(), SECRET.encode())
        with pytest.raises(TokenError, match="malformed"):
            keyring().connection(token)


def test_header_nested_without_end_is_malformed_and_no_defect() -> None:
    depth = 20_000
    header = f'{{"alg":"HS256","kid":{"[" * depth}{"]" * depth}}}'
    token = jwt.utils.base64url_encode(header.encode()).decode() + ".e30.AA"

    with pytest.raises(TokenError, match="malformed"):
        keyring().connection(token)


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(TokenError):
        keyring().connection(text)


def test_expired_token_is_an_error_of_its_own() -> None:
    for read in (keyring().connection, keyring().subscription):
        with pytest.raises(TokenExpiredError):
            read(mint(ttl=-1, channel="a"))


def test_expired_token_with_a_wrong_signature_is_not_called_expired() -> None:
    with pytest.raises(TokenError, match="signature is wrong"):
        keyring().connection(mint(ttl=-1, key=OTHER_SECRET))


@pytest.mark.parametrize("claims", [{}, {"channel": ""}, {"channel": 5}])
def test_connection_token_is_no_subscription_token(claims: dict[str, Any]) -> None:
    with pytest.raises(TokenError, match="names its topic"):
        keyring().subscription(mint(**claims))


def test_subscription_token_with_topics_of_a_connection_is_refused() -> None:
    with pytest.raises(TokenError, match="not known here: channels"):
        keyring().subscription(mint(channel="a", channels=["b"]))


def test_audience_and_issuer_are_asked_for_where_they_are_set() -> None:
    strict = keyring(token_audience="goby", token_issuer="accounts")

    assert strict.connection(mint(aud="goby", iss="accounts", sub="42")).user == "42"
    assert strict.connection(mint(aud=["x", "goby"], iss="accounts", sub="42")).user == "42"
    for token, sentence in (
        (mint(aud="other", iss="accounts"), "another audience"),
        (mint(aud="goby", iss="other"), "another issuer"),
        (mint(aud="goby"), "lacks a claim"),
        (mint(iss="accounts"), "lacks a claim"),
    ):
        with pytest.raises(TokenError, match=sentence):
            strict.connection(token)


# What the site signs itself


@pytest.mark.parametrize(
    "keys",
    [
        KEYS,
        {"": KEYS["one"]},
        {"rsa": {"algorithm": "RS256", "key": rsa_key()[0]}},
        {"ec": {"algorithm": "ES256", "key": ec_key()[0]}},
        {"public": {"algorithm": "RS256", "key": rsa_key()[1]}, **KEYS},
    ],
    ids=["HS256", "unnamed", "RS256", "ES256", "the first that can"],
)
def test_what_the_site_signs_it_believes(keys: dict[str, dict[str, str]]) -> None:
    ring = keyring(keys, token_audience="goby", token_issuer="goby")

    claims = ring.connection(ring.sign({"sub": "42"}, ttl=60))

    assert claims.user == "42"
    assert claims.ttl() in {59, 60}


def test_site_without_a_signing_key_says_what_to_write() -> None:
    for keys in ({}, {"rsa": {"algorithm": "RS256", "key": rsa_key()[1]}}):
        with pytest.raises(ConfigurationError, match=r"Write one into GOBY\[\"TOKEN_KEYS\"\]"):
            keyring(keys).sign({}, ttl=60)


# Keys that cannot be used


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"algorithm": "HS256", "key": "x" * 31}, "is too weak: an HS256 key has at least 32"),
        ({"algorithm": "HS256", "key": ""}, 'needs exactly an "algorithm" and a "key"'),
        ({"algorithm": "HS256"}, 'needs exactly an "algorithm" and a "key"'),
        ({"key": SECRET}, 'needs exactly an "algorithm" and a "key"'),
        ({"algorithm": "HS256", "key": SECRET, "use": "sig"}, "needs exactly"),
        ({"algorithm": "none", "key": SECRET}, "unknown algorithm. Write one of: HS256, RS256"),
        ({"algorithm": "HS256", "key": rsa_key()[1]}, "is a PEM, which is no secret"),
        ({"algorithm": "RS256", "key": SECRET}, "is no RSA key in PEM"),
        ({"algorithm": "RS256", "key": ec_key()[1]}, "is no RSA key in PEM"),
        ({"algorithm": "ES256", "key": rsa_key()[0]}, "is no P-256 key in PEM"),
        ({"algorithm": "RS256", "key": rsa_key(1024)[1]}, "at least 2048 bits"),
        ({"algorithm": "ES256", "key": ec_key(ec.SECP384R1)[0]}, "is no P-256 key in PEM"),
    ],
)
def test_key_that_cannot_be_used_is_refused_by_its_name(
    entry: dict[str, str], problem: str
) -> None:
    [sentence] = problems_of({**all_keys(), "bad": entry})

    assert sentence.startswith('GOBY["TOKEN_KEYS"]["bad"] ')
    assert problem in sentence
    assert entry.get("key", "absent") not in sentence or not entry["key"]
    with pytest.raises(ConfigurationError):
        keyring({"bad": entry})


def test_settings_do_not_show_their_keys() -> None:
    assert SECRET not in repr(Settings(token_keys=KEYS))


@pytest.mark.parametrize("claims", [{"nbf": 3}, {"iat": 3600}])
def test_clock_of_the_issuer_may_be_a_little_ahead(claims: dict[str, Any]) -> None:
    now = int(time.time())
    later: dict[str, Any] = {name: now + ahead for name, ahead in claims.items()}
    token = mint(sub="42", **later)

    assert keyring().connection(token).user == "42"
