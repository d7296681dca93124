"""Everything that can be set, with its type and its default.

A key of `GOBY` is the name of a field in capitals.
"""

from __future__ import annotations

from dataclasses import dataclass, field

# What can be left out, to measure what it gains (see `realtime.without`).
OPTIMISATIONS = (
    "shared_messages",
    "multiplexing",
    "pooling",
    "fragment_cache",
    "batching",
    "routing",
    "presence_batching",
    "deduplication",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set. Times are in seconds, sizes in bytes unless they say otherwise.

    The defaults are those of the Data socket's specification; what the performance guide's
    configuration templates say differs by profile.
    """

    # Batching (guide section 5): a flush joins at most so many publications ...
    batch_max_size: int = 20
    # ... and under pressure lets them gather for at most so long. When idle it never waits.
    batch_max_wait: float = 0.005

    # One connection's buffer, and how long its peer may block a send.
    outbox_max_size: int = 1_048_576
    send_timeout: float = 5.0

    # What a client may ask for.
    message_max_size: int = 65_536
    topics_per_connection: int = 128
    connect_timeout: float = 10.0
    ping_interval: float = 25.0
    pong_timeout: float = 8.0
    # How often the positions of followed topics are compared with the broker's.
    position_check_interval: float = 40.0

    # What a client may ask for in a second, and how much at once after a rest: subscribe and what
    # else belongs to it; publish, rpc, send and forms; history and presence.
    subscribe_rate: float = 50.0
    subscribe_burst: int = 500
    publish_rate: float = 30.0
    publish_burst: int = 100
    read_rate: float = 20.0
    read_burst: int = 200

    # How many connections there may be: in all, of one user, from one address. 0 is no limit.
    max_connections: int = 0
    connections_per_user: int = 0
    connections_per_address: int = 0
    # From how much memory of the process on there may be no more of them, in units of 1,048,576
    # bytes. 0 is no limit.
    max_memory_mb: int = 0

    # Who may connect: guests have no account; origins are full ones ("https://example.com").
    allow_guests: bool = False
    allowed_origins: tuple[str, ...] = ()
    # Anybody may do anything with every topic: to try things out, on one's own machine alone.
    insecure: bool = False
    # How long after it was made a page may still connect with its token.
    page_token_ttl: float = 86_400.0

    # Tokens (JWT): {kid: {"algorithm": "HS256", "key": "..."}}; the first key signs our own.
    token_keys: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)
    # Where these are set, a token must be meant for us, and be made by this issuer.
    token_audience: str = ""
    token_issuer: str = ""
    # How long our own tokens are good, and how long after its end one may still be refreshed.
    token_ttl: float = 600.0
    token_grace: float = 25.0
    # Tokens may name users whom the database does not know.
    allow_unknown_users: bool = False

    # Who may use the server API: keys, or "name:key". Without one it is off.
    api_keys: tuple[str, ...] = field(default=(), repr=False)

    # A client that went without a word is present on its topics for at most so long.
    presence_ttl: float = 60.0

    # At its end the server sends its clients away little by little, for at most so long.
    drain_time: float = 30.0

    # Repetitions of a publication's id are recognised for so long, and for so many ids.
    dedup_ttl: float = 300.0
    dedup_max_ids: int = 100_000

    # Fragments are kept in this cache of Django's `CACHES`, for so long where nothing else is said.
    fragment_cache: str = "default"
    fragment_ttl: float = 30.0

    # How many topics' histories are kept, and how many bytes they have together; the least
    # recently used goes first.
    history_max_topics: int = 100_000
    history_max_bytes: int = 268_435_456

    # From which level on the logger `realtime` writes, where Django's LOGGING gives it none.
    log_level: str = "INFO"

    # Optimisations to do without.
    without: tuple[str, ...] = ()
