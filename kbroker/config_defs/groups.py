"""Every setting of a group of Kafka 4.3.1; those of a broker with ``group.`` before give defaults."""

from __future__ import annotations

import re

from kbroker.setting_checks import at_least, one_of
from kbroker.settings import BOOLEAN, INT, STRING, Setting, Value

_DURATION = re.compile(
    r"P(?=.)([+]?\d+D)?(T(?=\S)([+]?\d+H)?([+]?\d+M)?([+]?\d+(\.\d{0,9})?S)?)?", re.IGNORECASE
)


def _offset_reset(value: Value) -> str | None:
    """Where a share group begins: either end, or by how much before now (KIP-1106)."""
    text = str(value)
    kind, _, duration = text.partition(":")
    if text in ("earliest", "latest") or (
        kind == "by_duration" and _DURATION.fullmatch(duration) is not None
    ):
        return None
    wrong = f"Invalid value `{text}` for configuration NAME."
    return (
        f"Invalid value {text} for configuration NAME: {wrong} The value must be either "
        "'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'."
    )


# fmt: off
GROUP_SETTINGS = {setting.name: setting for setting in (
    Setting("consumer.assignment.interval.ms", INT, 1000, broker="group.consumer.assignment.interval.ms", valid=at_least(0)),
    Setting("consumer.heartbeat.interval.ms", INT, 5000, broker="group.consumer.heartbeat.interval.ms", valid=at_least(1)),
    Setting("consumer.session.timeout.ms", INT, 45000, broker="group.consumer.session.timeout.ms", valid=at_least(1)),
    Setting("share.assignment.interval.ms", INT, 1000, broker="group.share.assignment.interval.ms", valid=at_least(0)),
    Setting("share.auto.offset.reset", STRING, "latest", valid=_offset_reset),
    Setting("share.delivery.count.limit", INT, 5, broker="group.share.delivery.count.limit", valid=at_least(2)),
    Setting("share.heartbeat.interval.ms", INT, 5000, broker="group.share.heartbeat.interval.ms", valid=at_least(1)),
    Setting("share.isolation.level", STRING, "read_uncommitted", valid=one_of("read_committed", "read_uncommitted")),
    Setting("share.partition.max.record.locks", INT, 2000, broker="group.share.partition.max.record.locks", valid=at_least(100)),
    Setting("share.record.lock.duration.ms", INT, 30000, broker="group.share.record.lock.duration.ms", valid=at_least(1000)),
    Setting("share.renew.acknowledge.enable", BOOLEAN, True),
    Setting("share.session.timeout.ms", INT, 45000, broker="group.share.session.timeout.ms", valid=at_least(1)),
    Setting("streams.assignment.interval.ms", INT, 1000, broker="group.streams.assignment.interval.ms", valid=at_least(0)),
    Setting("streams.heartbeat.interval.ms", INT, 5000, broker="group.streams.heartbeat.interval.ms", valid=at_least(1)),
    Setting("streams.initial.rebalance.delay.ms", INT, 3000, broker="group.streams.initial.rebalance.delay.ms", valid=at_least(0)),
    Setting("streams.num.standby.replicas", INT, 0, broker="group.streams.num.standby.replicas", valid=at_least(0)),
    Setting("streams.session.timeout.ms", INT, 45000, broker="group.streams.session.timeout.ms", valid=at_least(1)),
)}
# fmt: on
