"""Every topic setting of Kafka 4.3.1, in Kafka's order: of several wrong values the first in this order
is told."""

from __future__ import annotations

from kbroker.settings.definitions.brokers import inheriting
from kbroker.settings.setting import (
    BOOLEAN,
    DOUBLE,
    INT,
    LIST,
    LONG,
    STRING,
    Setting,
)
from kbroker.settings.status import HONOURED, MEANINGLESS, STORED
from kbroker.settings.validators import (
    at_least,
    between,
    gzip_level,
    list_of,
    one_of,
    throttled_replicas,
)
from wire.integers import MAX_INT64

# fmt: off
TOPIC_SETTINGS = {setting.name: setting for setting in (
    inheriting("segment.bytes", INT, "log.segment.bytes", HONOURED, "How large a segment file grows before the next one begins.", valid=at_least(1 << 20)),
    inheriting("segment.ms", LONG, "log.roll.ms", HONOURED, "How old a segment grows before the next one begins, even if it is small.", valid=at_least(1)),
    inheriting("segment.jitter.ms", LONG, "log.roll.jitter.ms", STORED, "How much of the age limit of segments is left to chance, so that not all begin anew at once.", valid=at_least(0)),
    inheriting("segment.index.bytes", INT, "log.index.size.max.bytes", HONOURED, "How large the index of a segment may grow.", valid=at_least(4)),
    inheriting("flush.messages", LONG, "log.flush.interval.messages", MEANINGLESS, "After how many records a log is forced to disk; kbroker leaves that to the operating system.", valid=at_least(1)),
    Setting("flush.ms", LONG, MAX_INT64, MEANINGLESS, "After what time a log is forced to disk; kbroker leaves that to the operating system.", valid=at_least(0)),
    inheriting("retention.bytes", LONG, "log.retention.bytes", HONOURED, "How large a partition may grow before its oldest segments go; -1 for no limit."),
    inheriting("retention.ms", LONG, "log.retention.ms", HONOURED, "How long records are kept before their segments may go; -1 for ever.", valid=at_least(-1)),
    inheriting("max.message.bytes", INT, "message.max.bytes", HONOURED, "The largest batch of records that a producer may send, as it is stored.", valid=at_least(0)),
    inheriting("index.interval.bytes", INT, "log.index.interval.bytes", HONOURED, "How many bytes of records lie between two entries of an offset index.", valid=at_least(0)),
    inheriting("delete.retention.ms", LONG, "log.cleaner.delete.retention.ms", HONOURED, "For how long a compacted topic keeps the markers of deleted keys.", valid=at_least(0)),
    inheriting("min.compaction.lag.ms", LONG, "log.cleaner.min.compaction.lag.ms", HONOURED, "How long a record is safe from compaction.", valid=at_least(0)),
    inheriting("max.compaction.lag.ms", LONG, "log.cleaner.max.compaction.lag.ms", HONOURED, "How long a record may wait at most before compaction looks at it.", valid=at_least(1)),
    inheriting("file.delete.delay.ms", LONG, "log.segment.delete.delay.ms", MEANINGLESS, "How long files of a deleted segment stay; kbroker takes the broker's setting for all topics.", valid=at_least(0)),
    inheriting("min.cleanable.dirty.ratio", DOUBLE, "log.cleaner.min.cleanable.ratio", HONOURED, "The share of a log that must be uncompacted before compaction is worth its while.", valid=between(0, 1)),
    inheriting("cleanup.policy", LIST, "log.cleanup.policy", HONOURED, "What happens to old segments: delete drops them, compact keeps the newest record of each key.", valid=list_of("compact", "delete")),
    inheriting("unclean.leader.election.enable", BOOLEAN, "unclean.leader.election.enable", MEANINGLESS, "Whether a replica that lags may lead when no other can; a single node has no other."),
    inheriting("min.insync.replicas", INT, "min.insync.replicas", MEANINGLESS, "How many replicas must have a batch before a producer with acks=all is told; a single replica is always enough of one.", valid=at_least(1)),
    inheriting("compression.type", STRING, "compression.type", HONOURED, "The codec in which batches are stored; producer keeps what each came in.", valid=one_of("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer")),
    inheriting("compression.gzip.level", INT, "compression.gzip.level", HONOURED, "How hard gzip tries where the topic packs batches with it; -1 leaves it to the library.", valid=gzip_level),
    inheriting("compression.lz4.level", INT, "compression.lz4.level", HONOURED, "How hard lz4 tries where the topic packs batches with it.", valid=between(1, 17)),
    inheriting("compression.zstd.level", INT, "compression.zstd.level", HONOURED, "How hard zstd tries where the topic packs batches with it.", valid=between(-131072, 22)),
    inheriting("preallocate", BOOLEAN, "log.preallocate", MEANINGLESS, "Whether files of a segment get their full size at once, which only helps some file systems of Windows."),
    inheriting("message.timestamp.type", STRING, "log.message.timestamp.type", HONOURED, "Whose clock dates records: the producer's (CreateTime) or the broker's (LogAppendTime).", valid=one_of("CreateTime", "LogAppendTime")),
    inheriting("message.timestamp.before.max.ms", LONG, "log.message.timestamp.before.max.ms", HONOURED, "How far in the past a record may be dated by its producer.", valid=at_least(0)),
    inheriting("message.timestamp.after.max.ms", LONG, "log.message.timestamp.after.max.ms", HONOURED, "How far in the future a record may be dated by its producer.", valid=at_least(0)),
    Setting("leader.replication.throttled.replicas", LIST, "", MEANINGLESS, "Which replicas are slowed down while they lead followers; a single node has no followers.", valid=throttled_replicas),
    Setting("follower.replication.throttled.replicas", LIST, "", MEANINGLESS, "Which replicas are slowed down while they follow; a single node has no followers.", valid=throttled_replicas),
    Setting("remote.storage.enable", BOOLEAN, False, MEANINGLESS, "Whether older segments go to a remote store; kbroker has none and refuses true."),
    inheriting("local.retention.ms", LONG, "log.local.retention.ms", MEANINGLESS, "How long records stay on this disk when older segments lie in a remote store, which kbroker does not have.", valid=at_least(-2)),
    inheriting("local.retention.bytes", LONG, "log.local.retention.bytes", MEANINGLESS, "How much stays on this disk when older segments lie in a remote store, which kbroker does not have.", valid=at_least(-2)),
    Setting("remote.log.copy.disable", BOOLEAN, False, MEANINGLESS, "Whether segments stop being copied to a remote store, which kbroker does not have."),
    Setting("remote.log.delete.on.disable", BOOLEAN, False, MEANINGLESS, "Whether what lies in a remote store goes when that is switched off; kbroker has no such store."),
    Setting("internal.segment.bytes", INT, None, HONOURED, "For tests: how large a segment grows, above segment.bytes and without its least.", internal=True),
)}
# fmt: on
