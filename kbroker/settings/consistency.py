"""What settings of a broker require of each other: Kafka's checks beyond those of single values.

The messages are those of KafkaConfig.validateValues and of the groups' configs; they reach clients.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from kbroker.settings.listeners import PER_IP_OVERRIDES, broken_overrides, moved_protocol
from kbroker.settings.listeners import Settings as ReadSettings
from kbroker.settings.setting import Value

MIB = 1 << 20
# In the order in which Kafka looks at them.
_POOLS = (
    "num.recovery.threads.per.data.dir", "num.replica.fetchers", "background.threads",
    "num.io.threads",
)  # fmt: skip
_REMOTE_POOLS = (
    "remote.log.reader.threads", "remote.log.manager.copier.thread.pool.size",
    "remote.log.manager.expiration.thread.pool.size",
    "remote.log.manager.follower.thread.pool.size",
)  # fmt: skip


class Settings(ReadSettings, Protocol):
    """What is read of BrokerSettings."""

    def integer(self, name: str) -> int: ...

    def topic_default(self, name: str) -> tuple[Value, int]: ...


def broken_rule(settings: Settings) -> str | None:
    """What is wrong first, if anything is."""
    return next(_broken_rules(settings), None)


def _broken_rules(settings: Settings) -> Iterator[str]:
    yield from map(_required, _broken_log_times(settings))
    if settings.integer("log.cleaner.threads") == 0:
        yield "/ by zero"
    yield from map(_required, _broken_sizes(settings))
    yield from _broken_connection_rules(settings)
    if "classic" not in settings.text("group.coordinator.rebalance.protocols"):
        yield "Disabling the 'classic' protocol is not supported."
    for protocol in ("consumer", "share", "streams"):
        yield from _broken_group_rules(protocol, settings)
    yield from _broken_share_rules(settings)
    standby, most = "group.streams.num.standby.replicas", "group.streams.max.standby.replicas"
    if settings.integer(standby) > settings.integer(most):
        yield f"{standby} must be less than or equal to {most}"


def _required(wrong: str) -> str:
    return f"requirement failed: {wrong}"


def _broken_log_times(settings: Settings) -> Iterator[str]:
    roll_ms, jitter_ms, retention_ms = (
        int(settings.topic_default(name)[0] or 0)
        for name in ("segment.ms", "segment.jitter.ms", "retention.ms")
    )
    if roll_ms < 1:
        yield "log.roll.ms must be greater than or equal to 1"
    if jitter_ms < 0:
        yield "log.roll.jitter.ms must be greater than or equal to 0"
    if retention_ms == 0:
        yield "log.retention.ms must be unlimited (-1) or, greater than or equal to 1"


def _broken_sizes(settings: Settings) -> Iterator[str]:
    number = settings.integer
    buffers = number("log.cleaner.dedupe.buffer.size")
    if buffers // max(1, number("log.cleaner.threads")) <= MIB:
        yield "log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread."
    cordoned = settings.items("cordoned.log.dirs")
    dirs = settings.items("log.dirs") or settings.items("log.dir")
    missing = [one for one in cordoned if one not in dirs]
    if missing and cordoned != ["*"]:
        yield (
            "All entries in cordoned.log.dirs must be present in log.dirs or log.dir. "
            f"Missing entries : {', '.join(missing)}"
        )
    wait_ms = number("replica.fetch.wait.max.ms")
    if wait_ms > number("replica.socket.timeout.ms"):
        yield (
            "replica.socket.timeout.ms should always be at least replica.fetch.wait.max.ms to "
            "prevent unnecessary socket timeouts"
        )
    if wait_ms > number("replica.lag.time.max.ms"):
        yield (
            "replica.fetch.wait.max.ms should always be less than or equal to "
            "replica.lag.time.max.ms to prevent frequent changes in ISR"
        )
    if 0 < number("queued.max.request.bytes") < number("socket.request.max.bytes"):
        yield "queued.max.request.bytes must be larger or equal to socket.request.max.bytes"


def _broken_connection_rules(settings: Settings) -> Iterator[str]:
    number, per_ip = settings.integer, "max.connections.per.ip"
    overrides = settings.text(PER_IP_OVERRIDES)
    wrong = broken_overrides(overrides)
    if wrong:
        yield wrong
    if number(per_ip) == 0 and not overrides:
        yield _required(f"{per_ip} can be set to zero only if {per_ip}.overrides property is set.")
    delay, idle = "connection.failed.authentication.delay.ms", "connections.max.idle.ms"
    if 0 <= number(idle) <= number(delay):
        yield _required(
            f"{delay}={number(delay)} should always be less than {idle}={number(idle)} to prevent "
            "failed authentication responses from timing out"
        )


def _broken_group_rules(protocol: str, settings: Settings) -> Iterator[str]:
    number = settings.integer
    for what in ("heartbeat.interval.ms", "session.timeout.ms", "assignment.interval.ms"):
        own, least, most = (f"group.{protocol}.{level}{what}" for level in ("", "min.", "max."))
        if number(most) < number(least):
            yield f"{most} must be greater than or equal to {least}"
        if number(own) < number(least):
            yield f"{own} must be greater than or equal to {least}"
        if number(own) > number(most):
            yield f"{own} must be less than or equal to {most}"
    heartbeat = f"group.{protocol}.heartbeat.interval.ms"
    session = f"group.{protocol}.session.timeout.ms"
    if number(heartbeat) >= number(session):
        yield f"{heartbeat} must be less than {session}"


def _broken_share_rules(settings: Settings) -> Iterator[str]:
    number = settings.integer
    for what in ("record.lock.duration.ms", "delivery.count.limit", "partition.max.record.locks"):
        own, least, most = (f"group.share.{level}{what}" for level in ("", "min.", "max."))
        if number(own) < number(least):
            yield f"{own} must be greater than or equal to {least}"
        if number(most) < number(own):
            yield f"{most} must be greater than or equal to {own}"
    sessions, size = "group.share.max.share.sessions", "group.share.max.size"
    if number(sessions) < number(size):
        yield f"{sessions} must be greater than or equal to {size}"


def forbidden_step(before: Settings, after: Settings) -> str | None:
    """What a running broker cannot do at once."""
    return next(_forbidden_steps(before, after), None)


def _forbidden_steps(before: Settings, after: Settings) -> Iterator[str]:
    def of_pools(names: Sequence[str]) -> Iterator[str]:
        for name in names:
            wrong = resized_too_much(name, before.integer(name), after.integer(name))
            if wrong:
                yield wrong

    yield from of_pools(_POOLS)
    yield from map(dynamic, _broken_local_retention(after))
    moved = moved_protocol(before, after)
    if moved:
        yield dynamic(moved)
    yield from of_pools(_REMOTE_POOLS)
    old, new = before.integer("log.cleaner.threads"), after.integer("log.cleaner.threads")
    cleaners = "Log cleaner threads cannot be"
    if new > 2 * old:
        yield dynamic(f"{cleaners} increased to more than double the current value {old}")
    if new < old // 2:
        yield dynamic(f"{cleaners} reduced to less than half the current value {old}")


def resized_too_much(name: str, old: int, new: int) -> str | None:
    """A pool of threads may only double or halve at once."""
    if new > 2 * old:
        limit = "should not be greater than double"
    elif new < old // 2:
        limit = "should be at least half"
    else:
        return None
    return dynamic(
        f"Dynamic thread count update validation failed for {name}={new}, value {limit} the "
        f"current value {old}"
    )


def _broken_local_retention(settings: Settings) -> Iterator[str]:
    """What stays on this disk is a part of the whole; -2 stands for all of it."""
    for unit in ("ms", "bytes"):
        local_name, whole_name = f"log.local.retention.{unit}", f"log.retention.{unit}"
        local = settings.integer(local_name)
        whole = int(settings.topic_default(f"retention.{unit}")[0] or 0)
        if whole == -1 or local == -2:
            continue
        if local == -1:
            wrong = f"Value must not be -1 as {whole_name} value is set as {whole}."
        elif local > whole:
            wrong = f"Value must not be more than {whole_name} property value: {whole}"
        else:
            continue
        yield f"Invalid value {local} for configuration {local_name}: {wrong}"


def dynamic(message: str) -> str:
    """As Kafka tells of what a running broker refuses."""
    return (
        f"Invalid value org.apache.kafka.common.config.ConfigException: {message} "
        "for configuration Invalid dynamic configuration"
    )
