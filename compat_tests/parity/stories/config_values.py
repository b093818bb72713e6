"""What is a value of a setting, what only looks like one, and what a running broker refuses."""

from __future__ import annotations

from collections.abc import Iterator

from compat_tests.parity.script import Step, Story
from compat_tests.parity.stories.common import topic
from compat_tests.parity.stories.configs import (
    APPEND,
    BROKER,
    DELETE,
    SET,
    SUBTRACT,
    TOPIC,
    Change,
    change,
)
from compat_tests.parity.stories.other_configs import GROUP, METRICS, SESSION, UNSET


def stories() -> Iterator[Story]:
    yield Story("configs-numbers", list(numbers()))
    yield Story("configs-of-listeners", list(of_listeners()))
    yield Story("configs-not-there", list(not_there()))
    yield Story("configs-several-wrong", list(several_wrong()))


_INTEGERS = (
    "1_000", "5\xa0", "+5000", "\u0665\u0665\u0665\u0665\u0665", "\x0150000", "50000\x1f",
    "00050000", "--5", "+", "0x10", "5.0", "1e3", "99999999999999999999",
)  # fmt: skip
_DOUBLES = (
    "0.5d", "0.5f", "0.5D", "0x1p-1", "0x.8p0", "0X1.p-1f", "0x1", "NaN", "+NaN", "nan", "inf",
    "Infinity", "-Infinity", "infinity", "1_0", ".5", "0.", ".", "5e-1", "e5", "1e-400", "1e400",
    "-0.0", "\u0660",
)  # fmt: skip
_OTHERS = (
    ("preallocate", "true\xa0"), ("preallocate", "\x01true"), ("cleanup.policy", "delete\xa0"),
    ("cleanup.policy", "\x01delete "), ("cleanup.policy", "delete \xa0,compact"),
    ("cleanup.policy", "delete\t,compact"), ("cleanup.policy", "delete,no,no"),
    ("leader.replication.throttled.replicas", "compact,compact"),
)  # fmt: skip


def numbers() -> Iterator[Step]:
    """Nothing is changed."""
    yield from topic(1)

    def look_at(kind: int, name: str, key: str, value: str) -> Step:
        return change(1, f"{key}={value!r}", kind, name, (key, SET, value), only_looked_at=True)

    for value in _INTEGERS:
        yield look_at(TOPIC, "${topic}", "retention.ms", value)
        yield look_at(GROUP, UNSET, SESSION, value)
        yield look_at(METRICS, UNSET, "interval.ms", value)
    for value in _DOUBLES:
        yield look_at(TOPIC, "${topic}", "min.cleanable.dirty.ratio", value)
    for key, value in _OTHERS:
        yield look_at(TOPIC, "${topic}", key, value)


def _looked_at(*changes: Change) -> Iterator[Step]:
    """By one broker and by all; nothing is changed."""
    what = ", ".join(f"{key} {operation} {value}" for key, operation, value in changes)
    for name in ("", "1"):
        yield change(1, f"{what} '{name}'", BROKER, name, *changes, only_looked_at=True)


_P = "listener.name.plaintext."
_OF_LISTENERS = (
    (f"{_P}max.connections", ("junk", "0", "-1", "10")),
    (f"{_P}max.connection.creation.rate", ("0", "10")),
    (f"{_P}num.network.threads", ("100", "0", "4", "1")),
    (f"{_P}num.io.threads", ("100",)), (f"{_P}ssl.keystore.location", ("/x",)),
    (f"{_P}ssl.client.auth", ("x", "none")), (f"{_P}no.such", ("x",)),
    (f"{_P}log.retention.hours", ("x", "5")), ("listener.name.plaintext", ("5",)),
    ("listener.name.PLAINTEXT.max.connections", ("0",)),
    ("listener.name.other.max.connections", ("0", "x")), ("listener.name.other.no.such", ("5",)),
    ("max.connections", ("0", "10")), ("max.connection.creation.rate", ("0", "10")),
    ("max.connections.per.ip.overrides", (
        "junk", "127.0.0.1:x", "127.0.0.1:5,", " 127.0.0.1 : 5 , ::1:7", ":5", "a:", "a:1_0",
        "a:99999999999", "a:-5", "a b:5", "a/b:5,c d:6", ",", "a:5,,b:6", "a:5\xa0",
    )),
    ("listeners", (
        "junk", "PLAINTEXT://:9092", "PLAINTEXT://:x", "PLAINTEXT://:9,PLAINTEXT://:8", "X://:9",
        "PLAINTEXT://localhost:99999", "X://:9,CONTROLLER://:1", "PLAINTEXT://:9,CONTROLLER://:9",
        "PLAINTEXT://:9,CONTROLLER://:99999999999", "PLAINTEXT://:9,CONTROLLER://:9x", "://:9",
        "plaintext://:9,CONTROLLER://:8", "PLAINTEXT://a b:9,CONTROLLER://:8",
        "PLAINTEXT://:9,CONTROLLER://:8,SSL://:7", "PLAINTEXT://127.0.0.1:9,CONTROLLER://[::1]:9",
    )),
    ("listener.security.protocol.map", (
        "junk", "A:B", "PLAINTEXT:SSL,CONTROLLER:PLAINTEXT",
        "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT", "PLAINTEXT:PLAINTEXT,CONTROLLER:SSL",
        "PLAINTEXT:plaintext,CONTROLLER:PLAINTEXT",
    )),
)  # fmt: skip


def of_listeners() -> Iterator[Step]:
    for key, values in _OF_LISTENERS:
        for value in values:
            yield from _looked_at((key, SET, value))


def not_there() -> Iterator[Step]:
    """Kafka looks at what would result: whatever goes is not in there."""
    for key in (
        "log.retention.hours", "process.roles", "controller.listener.names", "broker.id",
        "ssl.keystore.location", "sasl.enabled.mechanisms", "advertised.listeners", "log.dirs",
        "listeners", "cordoned.log.dirs", f"{_P}max.connections", "early.start.listeners",
        "max.connections", "no.such",
    ):  # fmt: skip
        for operation, value in ((DELETE, None), (APPEND, "x"), (SUBTRACT, "x")):
            yield from _looked_at((key, operation, value))
    yield from _looked_at(("log.retention.hours", SET, "1"), ("log.retention.ms", APPEND, "x"))
    yield from _looked_at(("no.such", APPEND, "1"), ("process.roles", APPEND, "x"))
    yield from _looked_at(("process.roles", APPEND, "x"), ("no.such", APPEND, "x"))


_REMOTE = [
    "remote.log.reader.threads",
    *(f"remote.log.manager.{what}.thread.pool.size" for what in (
        "copier", "expiration", "follower"
    )),
]  # fmt: skip
_POOLS = [
    "background.threads", "num.io.threads", "num.replica.fetchers",
    "num.recovery.threads.per.data.dir",
]  # fmt: skip
_MOVED = "PLAINTEXT:SSL,CONTROLLER:PLAINTEXT"


def several_wrong() -> Iterator[Step]:
    """Which is told.

    Of log.cleaner.threads=0 a Java that was asked often enough tells nothing any more: the compiled
    code throws without words. So it is not here.
    """
    hundred = [(pool, "100") for pool in (*_POOLS, *_REMOTE)]
    cleaners, local = ("log.cleaner.threads", "100"), ("log.local.retention.ms", "-1")
    moved, networks = ("listener.security.protocol.map", _MOVED), ("num.network.threads", "100")
    nobody, cordoned = ("max.connections", "0"), ("cordoned.log.dirs", "x")
    for settings in (
        *([pool] for pool in hundred), hundred, hundred[:4], hundred[4:], [networks, *hundred],
        [cordoned], [("cordoned.log.dirs", "x,y")],
        [("cordoned.log.dirs", "*")], [(_REMOTE[1], "2")], [networks, nobody], [networks, cleaners],
        [hundred[1], cleaners], [hundred[1], local], [cleaners, local], [hundred[4], local],
        [nobody, ("max.connection.creation.rate", "0")], [cleaners, hundred[4]], [moved, cleaners],
        [moved, hundred[4]], [moved, local], [cordoned, ("log.roll.ms", "0")],
        [cordoned, ("max.connections.per.ip", "0")],
        [cordoned, ("listeners", "X://:9")], [("listeners", "X://:9"), ("log.roll.ms", "0")],
        [("log.retention.ms", "junk"), ("log.roll.ms", "junk")],
        [("log.retention.bytes", "junk"), ("message.max.bytes", "-1")],
        [("log.retention.hours", "1"), ("broker.id", "1"), ("num.partitions", "1")],
        [("log.retention.ms", "junk"), ("ssl.keystore.location", "none")],
        [("ssl.client.auth", "none"), ("listeners", "x"), ("sasl.jaas.config", "x")],
        [("ssl.keystore.location", "x"), ("ssl.key.password", "x"), ("ssl.truststore.type", "x")],
        [(f"{_P}max.connections", "junk"), ("max.connections", "5")],
        [(f"{_P}max.connections", "5"), nobody],
        [("max.connections.per.ip.overrides", "junk"), ("max.connections.per.ip", "0")],
    ):  # fmt: skip
        yield from _looked_at(*((key, SET, value) for key, value in settings))
