"""Settings that do not fit each other."""

from __future__ import annotations

import pytest

from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.consistency import broken_rule, forbidden_step
from kbroker.settings.setting import SettingError


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"log.roll.ms": "0"}, "log.roll.ms must be greater than or equal to 1"),
        ({"log.roll.jitter.ms": "-1"}, "log.roll.jitter.ms must be greater than"),
        ({"log.retention.minutes": "0"}, "log.retention.ms must be unlimited (-1)"),
        ({"cordoned.log.dirs": "/a,/b", "log.dirs": "/a"}, "Missing entries : /b"),
        (
            {"cordoned.log.dirs": "/b", "log.dirs": "/a", "log.dir": "/b"},
            "Missing entries : /b",
        ),
        ({"cordoned.log.dirs": "*,/a", "log.dirs": "/a"}, "Missing entries : *"),
        ({"log.cleaner.threads": "128"}, "at least 1MB per cleaner thread"),
        ({"replica.socket.timeout.ms": "499"}, "to prevent unnecessary socket timeouts"),
        ({"replica.lag.time.max.ms": "499"}, "to prevent frequent changes in ISR"),
        ({"queued.max.request.bytes": "5"}, "larger or equal to socket.request.max.bytes"),
        ({"max.connections.per.ip": "0"}, "can be set to zero only if"),
        ({"connections.max.idle.ms": "100"}, "=100 should always be less than"),
        ({"group.coordinator.rebalance.protocols": "consumer"}, "Disabling the 'classic'"),
        (
            {"group.consumer.heartbeat.interval.ms": "4999"},
            "greater than or equal to group.consumer.min.heartbeat.interval.ms",
        ),
        (
            {"group.share.session.timeout.ms": "60001"},
            "less than or equal to group.share.max.session.timeout.ms",
        ),
        (
            {"group.consumer.min.session.timeout.ms": "1",
             "group.consumer.session.timeout.ms": "5000"},
            "heartbeat.interval.ms must be less than group.consumer.session.timeout.ms",
        ),
        (
            {"group.share.record.lock.duration.ms": "60001"},
            "group.share.max.record.lock.duration.ms must be greater",
        ),
        ({"group.share.max.share.sessions": "199"}, "or equal to group.share.max.size"),
        (
            {"group.consumer.max.heartbeat.interval.ms": "4999"},
            "group.consumer.max.heartbeat.interval.ms must be greater than or equal to "
            "group.consumer.min.heartbeat.interval.ms",
        ),
        (
            {"group.streams.heartbeat.interval.ms": "4999"},
            "greater than or equal to group.streams.min.heartbeat.interval.ms",
        ),
        (
            {"group.share.max.partition.max.record.locks": "4000",
             "group.share.partition.max.record.locks": "4001"},
            "group.share.max.partition.max.record.locks must be greater than or equal to",
        ),
        ({"group.streams.num.standby.replicas": "3"}, "group.streams.max.standby.replicas"),
    ],
)  # fmt: skip
def test_what_cannot_be_together(given: dict[str, str], wrong: str) -> None:
    with pytest.raises(SettingError, match=r"must|should|can be|Disabling") as caught:
        BrokerSettings(given)
    assert wrong in str(caught.value)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"log.retention.ms": "-5"},
        {"connections.max.idle.ms": "-1"},
        {"replica.lag.time.max.ms": "500"},
        {"group.share.max.share.sessions": "200"},
        {"cordoned.log.dirs": "*"},
        {"group.streams.num.standby.replicas": "2", "group.streams.max.standby.replicas": "2"},
        {"cordoned.log.dirs": "/a", "log.dir": "/a"},
        {"max.connections.per.ip": "0", "max.connections.per.ip.overrides": "127.0.0.1:5"},
    ],
)
def test_what_can(given: dict[str, str]) -> None:
    assert broken_rule(BrokerSettings(given)) is None


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"log.cleaner.threads": "0"}, "/ by zero"),
        ({"max.connections.per.ip.overrides": "a:x"}, 'For input string: "x"'),
    ],
)
def test_what_java_itself_says(given: dict[str, str], wrong: str) -> None:
    with pytest.raises(SettingError) as caught:
        BrokerSettings(given)
    assert str(caught.value) == wrong


def test_any_negative_retention_is_forever() -> None:
    assert BrokerSettings({"log.retention.ms": "-5"}).topic_default("retention.ms")[0] == -1


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("num.io.threads", "17", "should not be greater than double the current value 8"),
        ("num.io.threads", "3", "should be at least half the current value 8"),
        ("log.cleaner.threads", "3", "more than double the current value 1"),
        ("remote.log.manager.follower.thread.pool.size", "5", "double the current value 2"),
        ("num.io.threads", "16", None),
        ("num.io.threads", "4", None),
    ],
)
def test_pools_grow_by_and_by(name: str, value: str, wrong: str | None) -> None:
    before = BrokerSettings()
    found = forbidden_step(before, before.altered({name: value}, {}))
    assert found is None if wrong is None else wrong in (found or "")


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("num.recovery.threads.per.data.dir", "background.threads"),
        ("num.io.threads", "log.cleaner.threads"),
        ("remote.log.reader.threads", "remote.log.manager.copier.thread.pool.size"),
        ("remote.log.reader.threads", "log.cleaner.threads"),
    ],
)
def test_which_is_told_first(first: str, then: str) -> None:
    before = BrokerSettings()
    found = forbidden_step(before, before.altered({first: "100", then: "100"}, {}))
    assert f"for {first}=100" in (found or "")


@pytest.mark.parametrize(
    ("local", "wrong"),
    [
        ("-2", None),
        ("604800000", None),
        ("604800001", "must not be more than log.retention.ms"),
        ("-1", "must not be -1 as log.retention.ms"),
    ],
)
def test_what_stays_here_is_a_part_of_the_whole(local: str, wrong: str | None) -> None:
    before = BrokerSettings()
    found = forbidden_step(before, before.altered({"log.local.retention.ms": local}, {}))
    assert found is None if wrong is None else wrong in (found or "")


def test_what_stays_here_of_bytes_is_a_part_of_the_whole() -> None:
    before = BrokerSettings({"log.retention.bytes": "100"})
    found = forbidden_step(before, before.altered({"log.local.retention.bytes": "101"}, {}))
    assert "must not be more than log.retention.bytes property value: 100" in (found or "")


def test_cleaner_threads_may_be_halved() -> None:
    before = BrokerSettings({"log.cleaner.threads": "4"})
    assert forbidden_step(before, before.altered({"log.cleaner.threads": "2"}, {})) is None
    assert forbidden_step(before, before.altered({"log.cleaner.threads": "1"}, {})) is not None
