"""The settings of topics and brokers: what they are, where they come from, and changing them."""

from __future__ import annotations

from collections.abc import Iterator

from compat_tests.parity.batches import Batch, Rec, b64
from compat_tests.parity.script import Json, Step, Story, call
from compat_tests.parity.stories.common import NOWHERE, produce_body, topic, versions
from kbroker.settings.definitions import BROKER_SETTINGS

TOPIC, BROKER = 2, 4
MESSAGE_TOO_LARGE = 10
# Where each broker is, and what it was started with for these stories.
OWN = {
    "advertised.listeners", "controller.quorum.voters", "group.min.session.timeout.ms", "listeners",
}  # fmt: skip
COMPARED = sorted(BROKER_SETTINGS.keys() - OWN)


def stories() -> Iterator[Story]:
    yield Story("configs-described-topic", list(described_topic()))
    yield Story("configs-described-broker", list(described_broker()))
    yield Story("configs-documented", list(documented()))
    yield Story("configs-described-wrongly", list(described_wrongly()))
    for version in versions("IncrementalAlterConfigs"):
        yield Story(f"configs-changed-topic-v{version}", list(changed_topic(version)))
        yield Story(f"configs-changed-broker-v{version}", list(changed_broker(version)))
    for version in versions("AlterConfigs"):
        yield Story(f"configs-replaced-v{version}", list(replaced(version)))
    yield Story("configs-as-written", list(as_written()))
    yield Story("configs-at-work", list(at_work()))
    yield Story("configs-listed", list(listed()))


def describe(version: int, kind: int, name: str, *keys: str, **more: Json) -> dict[str, Json]:
    resource = {"resourceType": kind, "resourceName": name, "configurationKeys": list(keys) or None}
    asked: dict[str, Json] = {"resources": [resource], "includeSynonyms": True} | more
    return asked | ({"includeDocumentation": False} if version >= 3 else {})


def described_topic() -> Iterator[Step]:
    yield from topic(1, retention_ms="1234567", cleanup_policy="compact,delete")
    for version in versions("DescribeConfigs"):
        yield call("DescribeConfigs", version, describe(version, TOPIC, "${topic}"))
        for keys in (("retention.ms",), ("retention.ms", "no.such"), ("segment.bytes",) * 2):
            body = describe(version, TOPIC, "${topic}", *keys, includeSynonyms=False)
            yield call("DescribeConfigs", version, body, f"v{version} {keys}")


def described_broker() -> Iterator[Step]:
    for version in versions("DescribeConfigs"):
        yield call(
            "DescribeConfigs", version, describe(version, BROKER, "1", *COMPARED), f"v{version} own"
        )
        yield call("DescribeConfigs", version, describe(version, BROKER, ""), f"v{version} all")


def documented() -> Iterator[Step]:
    """And what nobody knows: it has no documentation, and may be a secret."""
    yield from topic(1)
    for name in ("", "1"):
        yield change(1, f"set no.such '{name}'", BROKER, name, ("no.such", SET, "5"))
        told = ("results.0.configs.0.configSource", 2 if name else 3)
        body = describe(4, BROKER, "1", "no.such")
        yield call("DescribeConfigs", 4, body, "until it is told", until_value=told)
        keys = () if name == "" else (*COMPARED, "no.such")
        for version in (3, 4):
            for kind, what in ((BROKER, name), (TOPIC, "${topic}")):
                body = describe(version, kind, what, *(keys if kind == BROKER else ()))
                body |= {"includeDocumentation": True}
                yield call("DescribeConfigs", version, body, f"v{version} {kind} '{what}'")
    for name in ("", "1"):
        yield change(1, f"delete '{name}'", BROKER, name, ("no.such", DELETE, None))
    body = describe(4, BROKER, "1", "no.such")
    gone = ("results.0.configs", [])
    yield call("DescribeConfigs", 4, body, "until it is gone", until_value=gone)


def described_wrongly() -> Iterator[Step]:
    for version in versions("DescribeConfigs"):
        for kind, name in ((TOPIC, NOWHERE), (TOPIC, ""), (TOPIC, "a b"), (BROKER, "9")):
            body = describe(version, kind, name)
            yield call("DescribeConfigs", version, body, f"v{version} {kind} '{name}'")
        for name in ("x", "01", "+1", " 1", "99999999999", "\u0661", "+"):
            body = describe(version, BROKER, name, "log.dir")
            yield call("DescribeConfigs", version, body, f"v{version} '{name}'")
        for kind in (0, 3, 64):
            body = describe(version, kind, "x")
            yield call("DescribeConfigs", version, body, f"v{version} type {kind}")


SET, DELETE, APPEND, SUBTRACT = range(4)
Change = tuple[str, int, str | None]


def change(
    version: int, what: str, kind: int, name: str, *changes: Change, only_looked_at: bool = False
) -> Step:
    configs = [
        {"name": key, "configOperation": operation, "value": value}
        for key, operation, value in changes
    ]
    resource = {"resourceType": kind, "resourceName": name, "configs": configs}
    body = {"resources": [resource], "validateOnly": only_looked_at}
    return call("IncrementalAlterConfigs", version, body, what)


def look(
    kind: int, name: str, *keys: str, what: str = "what holds", until: str | None = None
) -> Step:
    """``until`` is the value to be waited for: a cluster needs its time to take it over."""
    awaited = None if until is None else ("results.0.configs.0.value", until)
    return call("DescribeConfigs", 4, describe(4, kind, name, *keys), what, until_value=awaited)


def changed_topic(version: int) -> Iterator[Step]:
    def one(what: str, *changes: Change, name: str = "${topic}", **more: bool) -> Step:
        return change(version, what, TOPIC, name, *changes, **more)

    yield from topic(1, retention_ms="5000")
    yield one("set", ("segment.ms", SET, "7000"))
    yield one("delete", ("retention.ms", DELETE, None))
    yield one("delete what is not set", ("flush.ms", DELETE, None), ("no.such", DELETE, None))
    yield look(TOPIC, "${topic}", "segment.ms", until="7000")
    yield look(TOPIC, "${topic}", "retention.ms", until="604800000")
    yield one("append", ("cleanup.policy", APPEND, "compact"))
    yield one("append what is there", ("cleanup.policy", APPEND, "compact,delete"))
    yield look(TOPIC, "${topic}", "cleanup.policy", until="delete,compact")
    yield one("subtract", ("cleanup.policy", SUBTRACT, "delete"))
    yield look(TOPIC, "${topic}", "cleanup.policy", until="compact")
    yield one("only looked at", ("segment.ms", SET, "9000"), only_looked_at=True)
    yield one("nothing")
    for key, value in (
        ("retention.ms", "x"), ("retention.ms", "-2"), ("retention.ms", ""), ("no.such", "1"),
        ("cleanup.policy", "no"), ("segment.bytes", "1"), ("min.insync.replicas", "0"),
        ("message.timestamp.type", "never"), ("compression.type", "rar"), ("preallocate", "si"),
        *((f"{role}.replication.throttled.replicas", wanted) for role in ("leader", "follower")
          for wanted in ("x", "1:1,x", "1", "*,1:1", ":")),
    ):  # fmt: skip
        yield one(f"{key}={value}", (key, SET, value))
    throttled, long = "leader.replication.throttled.replicas", "1" * 32700
    yield one("as long as can be", (throttled, SET, f"{long}:1"))
    for more in (62, 63):
        more_of_it = (throttled, APPEND, f"{'2' * more}:1")
        yield one(f"and {more} longer", more_of_it, only_looked_at=True)
    yield one("short again", (throttled, DELETE, None))
    yield one("append to a number", ("retention.ms", APPEND, "5"))
    yield one("subtract from a number", ("retention.ms", SUBTRACT, "5"))
    yield one("append to nothing known", ("no.such", APPEND, "5"))
    yield one("null", ("retention.ms", SET, None), ("segment.ms", APPEND, None))
    yield one("unknown operation", ("retention.ms", 4, "1"))
    yield one("twice", ("retention.ms", SET, "1"), ("retention.ms", SET, "2"))
    yield one("conflict", ("min.compaction.lag.ms", SET, "9"), ("max.compaction.lag.ms", SET, "5"))
    for name in (NOWHERE, "", "a b"):
        yield one(f"of '{name}'", ("retention.ms", SET, "7"), name=name)
        yield one(f"badly, of '{name}'", ("retention.ms", SET, "x"), name=name)
    yield change(version, "unknown kind", 64, "x", ("a", SET, "b"))
    yield look(TOPIC, "${topic}", what="what holds in the end")


# What a running broker cannot be told, each for another reason; and some that it can.
IMPOSSIBLE = (
    ("log.roll.ms", "-5"), ("log.roll.ms", "0"), ("log.roll.jitter.ms", "-1"),
    ("log.retention.ms", "0"), ("log.retention.ms", "-5"), ("log.retention.bytes", "-7"),
    ("log.cleaner.threads", "16"), ("log.cleaner.dedupe.buffer.size", "1"),
    ("group.consumer.assignment.interval.ms", "15001"), ("max.connections.per.ip", "0"),
    ("group.share.assignment.interval.ms", "-1"), ("max.connections", "-1"),
    ("compression.gzip.level", "0"), ("compression.lz4.level", "18"), ("log.cleanup.policy", "a,b"),
    ("log.cleanup.policy", ""), ("log.cleanup.policy", ","), ("metric.reporters", "a,,b"),
    ("listeners", ""), ("unclean.leader.election.enable", "maybe"), ("num.network.threads", "0"),
    ("num.io.threads", "100"), ("num.io.threads", "3"), ("num.replica.fetchers", "9"),
    ("background.threads", "4"), ("remote.log.reader.threads", "100"),
    ("log.index.size.max.bytes", "3"), ("log.segment.bytes", "1"), ("ssl.client.auth", "x"),
    ("producer.id.expiration.ms", "0"), ("log.message.timestamp.type", "x"),
    ("log.cleaner.io.buffer.size", "-1"),
    ("group.coordinator.cached.buffer.max.bytes", "1"), ("log.cleaner.min.cleanable.ratio", "1.5"),
    ("log.cleaner.io.max.bytes.per.second", "x"), ("min.insync.replicas", "0"),
    ("log.cleaner.io.max.bytes.per.second", "12345678.9"), ("log.local.retention.ms", "-1"),
    ("log.local.retention.ms", "700000000"), ("log.local.retention.bytes", "5"),
)  # fmt: skip


def changed_broker(version: int) -> Iterator[Step]:
    def one(what: str, name: str, *changes: Change, **more: bool) -> Step:
        return change(version, what, BROKER, name, *changes, **more)

    harmless = "log.cleaner.backoff.ms"
    for name, value in (("", "1234"), ("1", "4321")):
        yield one(f"set '{name}'", name, (harmless, SET, value))
        yield look(BROKER, "1", harmless, until=value)
        yield look(BROKER, "", harmless)
        for key, wrong in (
            (harmless, "x"), ("num.partitions", "3"), ("broker.id", "7"),
            ("message.max.bytes", "-1"), ("compression.type", "rar"), ("log.cleanup.policy", "no"),
        ):  # fmt: skip
            yield one(f"{key}={wrong} '{name}'", name, (key, SET, wrong))
        yield one(f"two fixed ones '{name}'", name, ("broker.id", SET, "7"))
        yield one(f"min.isr '{name}'", name, ("min.insync.replicas", SET, "1"))
        yield one(f"no min.isr '{name}'", name, ("min.insync.replicas", DELETE, None))
    for key, value in IMPOSSIBLE:
        for name in ("", "1"):
            yield one(f"{key}={value} '{name}'", name, (key, SET, value), only_looked_at=True)
    for key, value in (("log.cleanup.policy", "x"), ("log.roll.ms", "5"), ("no.such", "5")):
        for operation in (APPEND, SUBTRACT):
            what = f"{key} {operation} {value}"
            yield one(what, "1", (key, operation, value), only_looked_at=True)
    for key in ("ssl.keystore.location", "sasl.enabled.mechanisms", "ssl.client.auth"):
        for name in ("", "1"):
            yield one(f"{key} '{name}'", name, (key, SET, "none"), only_looked_at=True)
    yield one("delete its own", "1", (harmless, DELETE, None))
    yield look(BROKER, "1", harmless, until="1234")
    yield one("delete for all", "", (harmless, DELETE, None))
    yield look(BROKER, "1", harmless, until="15000")
    for name in ("2", "x", "-1", "01", "+1", " 1", "99999999999", "\u0661", "+"):
        yield one(f"only looked at of '{name}'", name, (harmless, SET, "1"), only_looked_at=True)
    for name in ("2", "x", "-1"):
        yield one(f"of '{name}'", name, (harmless, SET, "1"))


def replaced(version: int) -> Iterator[Step]:
    def one(what: str, name: str, *configs: tuple[str, str | None], kind: int = TOPIC) -> Step:
        given = [{"name": key, "value": value} for key, value in configs]
        resource = {"resourceType": kind, "resourceName": name, "configs": given}
        body = {"resources": [resource], "validateOnly": False}
        return call("AlterConfigs", version, body, what)

    yield from topic(1, retention_ms="5000", flush_ms="77")
    yield one("what is not named goes", "${topic}", ("segment.ms", "7000"), ("flush.ms", "78"))
    yield look(TOPIC, "${topic}", "segment.ms", until="7000")
    yield look(TOPIC, "${topic}")
    for key, value in (("retention.ms", "x"), ("retention.ms", None), ("no.such", "1")):
        yield one(f"{key}={value}", "${topic}", (key, value))
    yield one("twice", "${topic}", ("retention.ms", "1"), ("retention.ms", "2"))
    yield one("nothing", "${topic}")
    yield look(TOPIC, "${topic}", "segment.ms", until="604800000")
    yield look(TOPIC, "${topic}")
    yield one("unknown", NOWHERE, ("retention.ms", "1"))
    yield one("a fixed one", "1", ("num.partitions", "2"), kind=BROKER)
    yield one("nothing for all brokers", "", kind=BROKER)
    yield one("another broker", "2", kind=BROKER)
    yield one("unknown kind", "x", kind=64)


def as_written() -> Iterator[Step]:
    """Blanks, capitals, items that come twice: who is shown what was given, who what it means."""
    given = {"retention.ms": " 5000 ", "preallocate": " TRUE ", "min.cleanable.dirty.ratio": ".25"}
    given |= {"cleanup.policy": " compact , delete,compact"}
    yield from topic(1)
    yield change(
        1, "of a topic", TOPIC, "${topic}", *((key, SET, text) for key, text in given.items())
    )
    yield look(TOPIC, "${topic}", "retention.ms", until="5000")
    for version in versions("DescribeConfigs"):
        body = describe(version, TOPIC, "${topic}", *given)
        yield call("DescribeConfigs", version, body, f"the topic, v{version}")
    yield change(1, "append", TOPIC, "${topic}", ("cleanup.policy", APPEND, "delete"))
    yield change(1, "subtract", TOPIC, "${topic}", ("cleanup.policy", SUBTRACT, " compact "))
    yield look(TOPIC, "${topic}", "cleanup.policy", until="delete,compact")
    backoff = "log.cleaner.backoff.ms"
    ours = {"log.preallocate": " False ", "log.cleanup.policy": " delete,delete"}
    ours |= {"log.cleaner.min.cleanable.ratio": "5e-1"}
    for name, pause in (("", "1234"), ("1", "4321")):
        changes = [(key, SET, text) for key, text in ours.items()]
        yield change(1, f"'{name}'", BROKER, name, *changes, (backoff, SET, f" {pause} "))
        yield look(BROKER, "1", backoff, until=pause)
        yield look(BROKER, name, backoff, *ours)
        yield look(TOPIC, "${topic}", *given)
    for name in ("", "1"):
        changes = [(key, DELETE, None) for key in (backoff, *ours)]
        yield change(1, f"no '{name}'", BROKER, name, *changes)
    yield look(BROKER, "1", backoff, until="15000")


def at_work() -> Iterator[Step]:
    """A setting holds for the next batch, whether the topic or the broker has it."""
    yield from topic(1)
    large = b64(Batch([Rec(b"x" * 1000)]))

    def put(what: str, code: int = 0) -> Step:
        return call("Produce", 9, produce_body(9, large), what, until_code=code)

    yield put("before")
    yield change(1, "smaller", TOPIC, "${topic}", ("max.message.bytes", SET, "500"))
    yield put("too large", MESSAGE_TOO_LARGE)
    yield change(1, "as before", TOPIC, "${topic}", ("max.message.bytes", DELETE, None))
    yield put("after")


def listed() -> Iterator[Step]:
    yield from topic(1)
    yield call("ListConfigResources", 0, {})
    for kinds in ([TOPIC], [BROKER], [TOPIC, BROKER, TOPIC], [0], [TOPIC, 64]):
        yield call("ListConfigResources", 1, {"resourceTypes": kinds}, f"kinds {kinds}")
