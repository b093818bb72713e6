"""Every setting of a group of Kafka 4.3.1. A broker's, with ``group.`` before the name, gives the default."""

from __future__ import annotations

import re

from kbroker.settings.definitions.brokers import inheriting
from kbroker.settings.setting import BOOLEAN, INT, STRING, Setting, Value
from kbroker.settings.status import STORED
from kbroker.settings.validators import at_least, one_of

_DURATION = (  # compiled when it is first needed
    r"P(?=.)([+]?\d+D)?(T(?=\S)([+]?\d+H)?([+]?\d+M)?([+]?\d+(\.\d{0,9})?S)?)?"
)


def _offset_reset(value: Value) -> str | None:
    """Where a share group begins: either end, or by how much before now (KIP-1106)."""
    text = str(value)
    kind, _, duration = text.partition(":")
    if text in ("earliest", "latest") or (
        kind == "by_duration" and re.fullmatch(_DURATION, duration, re.IGNORECASE)
    ):
        return None
    wrong = f"Invalid value `{text}` for configuration NAME."
    return (
        f"Invalid value {text} for configuration NAME: {wrong} The value must be either "
        "'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'."
    )


# fmt: off
GROUP_SETTINGS = {setting.name: setting for setting in (
    inheriting("consumer.assignment.interval.ms", INT, "group.consumer.assignment.interval.ms", STORED, "How long this group as a consumer group waits at least between two computations of who gets which partitions.", valid=at_least(0)),
    inheriting("consumer.heartbeat.interval.ms", INT, "group.consumer.heartbeat.interval.ms", STORED, "How often members of this group as a consumer group are told to send a heartbeat.", valid=at_least(1)),
    inheriting("consumer.session.timeout.ms", INT, "group.consumer.session.timeout.ms", STORED, "After what silence a member of this group as a consumer group counts as gone.", valid=at_least(1)),
    inheriting("share.assignment.interval.ms", INT, "group.share.assignment.interval.ms", STORED, "How long this group as a share group waits at least between two computations of who gets which partitions.", valid=at_least(0)),
    Setting("share.auto.offset.reset", STRING, "latest", STORED, "Where this group as a share group begins in a partition: earliest, latest, or by_duration: and how long ago.", valid=_offset_reset),
    inheriting("share.delivery.count.limit", INT, "group.share.delivery.count.limit", STORED, "How often a record is handed out at most before this share group gives it up.", valid=at_least(2)),
    inheriting("share.heartbeat.interval.ms", INT, "group.share.heartbeat.interval.ms", STORED, "How often members of this group as a share group are told to send a heartbeat.", valid=at_least(1)),
    Setting("share.isolation.level", STRING, "read_uncommitted", STORED, "Whether this share group sees records of open and aborted transactions.", valid=one_of("read_committed", "read_uncommitted")),
    inheriting("share.partition.max.record.locks", INT, "group.share.partition.max.record.locks", STORED, "How many records of a partition this share group may have handed out and not heard of.", valid=at_least(100)),
    inheriting("share.record.lock.duration.ms", INT, "group.share.record.lock.duration.ms", STORED, "For how long a record that was handed out belongs to one member of this share group.", valid=at_least(1000)),
    Setting("share.renew.acknowledge.enable", BOOLEAN, True, STORED, "Whether members of this share group may ask for more time with a record."),
    inheriting("share.session.timeout.ms", INT, "group.share.session.timeout.ms", STORED, "After what silence a member of this group as a share group counts as gone.", valid=at_least(1)),
    inheriting("streams.assignment.interval.ms", INT, "group.streams.assignment.interval.ms", STORED, "How long this group as a streams group waits at least between two computations of who gets which partitions.", valid=at_least(0)),
    inheriting("streams.heartbeat.interval.ms", INT, "group.streams.heartbeat.interval.ms", STORED, "How often members of this group as a streams group are told to send a heartbeat.", valid=at_least(1)),
    inheriting("streams.initial.rebalance.delay.ms", INT, "group.streams.initial.rebalance.delay.ms", STORED, "How long this group as a new streams group waits for more members before the first assignment.", valid=at_least(0)),
    inheriting("streams.num.standby.replicas", INT, "group.streams.num.standby.replicas", STORED, "How many spare copies of each task's state this streams group keeps.", valid=at_least(0)),
    inheriting("streams.session.timeout.ms", INT, "group.streams.session.timeout.ms", STORED, "After what silence a member of this group as a streams group counts as gone.", valid=at_least(1)),
)}
# fmt: on
