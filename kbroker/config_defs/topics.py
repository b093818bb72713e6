"""Every topic setting of Kafka 4.3.1: name, type, default, and the broker setting behind it.

In Kafka's order: of several wrong values the first in this order is told.
"""

from __future__ import annotations

from kbroker.setting_checks import (
    at_least,
    between,
    gzip_level,
    list_of,
    one_of,
    throttled_replicas,
)
from kbroker.settings import BOOLEAN, DOUBLE, INT, LIST, LONG, MAX_LONG, STRING, Setting

# fmt: off
TOPIC_SETTINGS = {setting.name: setting for setting in (
    Setting("segment.bytes", INT, 1073741824, broker="log.segment.bytes", valid=at_least(1 << 20)),
    Setting("segment.ms", LONG, 604800000, broker="log.roll.ms", valid=at_least(1)),
    Setting("segment.jitter.ms", LONG, 0, broker="log.roll.jitter.ms", valid=at_least(0)),
    Setting("segment.index.bytes", INT, 10485760, broker="log.index.size.max.bytes", valid=at_least(4)),
    Setting("flush.messages", LONG, MAX_LONG, broker="log.flush.interval.messages", valid=at_least(1)),
    Setting("flush.ms", LONG, MAX_LONG, valid=at_least(0)),
    Setting("retention.bytes", LONG, -1, broker="log.retention.bytes"),
    Setting("retention.ms", LONG, 604800000, broker="log.retention.ms", valid=at_least(-1)),
    Setting("max.message.bytes", INT, 1048588, broker="message.max.bytes", valid=at_least(0)),
    Setting("index.interval.bytes", INT, 4096, broker="log.index.interval.bytes", valid=at_least(0)),
    Setting("delete.retention.ms", LONG, 86400000, broker="log.cleaner.delete.retention.ms", valid=at_least(0)),
    Setting("min.compaction.lag.ms", LONG, 0, broker="log.cleaner.min.compaction.lag.ms", valid=at_least(0)),
    Setting("max.compaction.lag.ms", LONG, MAX_LONG, broker="log.cleaner.max.compaction.lag.ms", valid=at_least(1)),
    Setting("file.delete.delay.ms", LONG, 60000, broker="log.segment.delete.delay.ms", valid=at_least(0)),
    Setting("min.cleanable.dirty.ratio", DOUBLE, 0.5, broker="log.cleaner.min.cleanable.ratio", valid=between(0, 1)),
    Setting("cleanup.policy", LIST, "delete", broker="log.cleanup.policy", valid=list_of("compact", "delete")),
    Setting("unclean.leader.election.enable", BOOLEAN, False, broker="unclean.leader.election.enable"),
    Setting("min.insync.replicas", INT, 1, broker="min.insync.replicas", valid=at_least(1)),
    Setting("compression.type", STRING, "producer", broker="compression.type", valid=one_of("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer")),
    Setting("compression.gzip.level", INT, -1, broker="compression.gzip.level", valid=gzip_level),
    Setting("compression.lz4.level", INT, 9, broker="compression.lz4.level", valid=between(1, 17)),
    Setting("compression.zstd.level", INT, 3, broker="compression.zstd.level", valid=between(-131072, 22)),
    Setting("preallocate", BOOLEAN, False, broker="log.preallocate"),
    Setting("message.timestamp.type", STRING, "CreateTime", broker="log.message.timestamp.type", valid=one_of("CreateTime", "LogAppendTime")),
    Setting("message.timestamp.before.max.ms", LONG, MAX_LONG, broker="log.message.timestamp.before.max.ms", valid=at_least(0)),
    Setting("message.timestamp.after.max.ms", LONG, 3600000, broker="log.message.timestamp.after.max.ms", valid=at_least(0)),
    Setting("leader.replication.throttled.replicas", LIST, "", valid=throttled_replicas),
    Setting("follower.replication.throttled.replicas", LIST, "", valid=throttled_replicas),
    Setting("remote.storage.enable", BOOLEAN, False),
    Setting("local.retention.ms", LONG, -2, broker="log.local.retention.ms", valid=at_least(-2)),
    Setting("local.retention.bytes", LONG, -2, broker="log.local.retention.bytes", valid=at_least(-2)),
    Setting("remote.log.copy.disable", BOOLEAN, False),
    Setting("remote.log.delete.on.disable", BOOLEAN, False),
)}
# fmt: on
