"""What the settings of topics are for."""

from __future__ import annotations

from kbroker.config_docs.status import HONOURED, MEANINGLESS, STORED, Doc

# fmt: off
DOCS = {
    "cleanup.policy": Doc(HONOURED, "What happens to old segments: delete drops them, compact keeps the newest record of each key; kbroker deletes, and does not compact yet."),
    "compression.gzip.level": Doc(HONOURED, "How hard gzip tries where the topic packs batches with it; -1 leaves it to the library."),
    "compression.lz4.level": Doc(HONOURED, "How hard lz4 tries where the topic packs batches with it."),
    "compression.type": Doc(HONOURED, "The codec in which batches are stored; producer keeps what each came in."),
    "compression.zstd.level": Doc(HONOURED, "How hard zstd tries where the topic packs batches with it."),
    "delete.retention.ms": Doc(STORED, "For how long a compacted topic keeps the markers of deleted keys."),
    "file.delete.delay.ms": Doc(MEANINGLESS, "How long files of a deleted segment stay; kbroker takes the broker's setting for all topics."),
    "flush.messages": Doc(MEANINGLESS, "After how many records a log is forced to disk; kbroker leaves that to the operating system."),
    "flush.ms": Doc(MEANINGLESS, "After what time a log is forced to disk; kbroker leaves that to the operating system."),
    "follower.replication.throttled.replicas": Doc(MEANINGLESS, "Which replicas are slowed down while they follow; a single node has no followers."),
    "index.interval.bytes": Doc(HONOURED, "How many bytes of records lie between two entries of an offset index."),
    "leader.replication.throttled.replicas": Doc(MEANINGLESS, "Which replicas are slowed down while they lead followers; a single node has no followers."),
    "local.retention.bytes": Doc(MEANINGLESS, "How much stays on this disk when older segments lie in a remote store, which kbroker has not."),
    "local.retention.ms": Doc(MEANINGLESS, "How long records stay on this disk when older segments lie in a remote store, which kbroker has not."),
    "max.compaction.lag.ms": Doc(STORED, "How long a record may wait at most before compaction looks at it."),
    "max.message.bytes": Doc(HONOURED, "The largest batch of records that a producer may send, as it is stored."),
    "message.timestamp.after.max.ms": Doc(HONOURED, "How far in the future a record may be dated by its producer."),
    "message.timestamp.before.max.ms": Doc(HONOURED, "How far in the past a record may be dated by its producer."),
    "message.timestamp.type": Doc(HONOURED, "Whose clock dates records: the producer's (CreateTime) or the broker's (LogAppendTime)."),
    "min.cleanable.dirty.ratio": Doc(STORED, "The share of a log that must be uncompacted before compaction is worth its while."),
    "min.compaction.lag.ms": Doc(STORED, "How long a record is safe from compaction."),
    "min.insync.replicas": Doc(MEANINGLESS, "How many replicas must have a batch before a producer with acks=all is told; a single replica is always enough of one."),
    "preallocate": Doc(MEANINGLESS, "Whether files of a segment get their full size at once, which only helps some file systems of Windows."),
    "remote.log.copy.disable": Doc(MEANINGLESS, "Whether segments stop being copied to a remote store, which kbroker has not."),
    "remote.log.delete.on.disable": Doc(MEANINGLESS, "Whether what lies in a remote store goes when that is switched off; kbroker has no such store."),
    "remote.storage.enable": Doc(MEANINGLESS, "Whether older segments go to a remote store; kbroker has none and refuses true."),
    "retention.bytes": Doc(HONOURED, "How large a partition may grow before its oldest segments go; -1 for no limit."),
    "retention.ms": Doc(HONOURED, "How long records are kept before their segments may go; -1 for ever."),
    "segment.bytes": Doc(HONOURED, "How large a segment file grows before the next one begins."),
    "segment.index.bytes": Doc(HONOURED, "How large the index of a segment may grow."),
    "segment.jitter.ms": Doc(STORED, "How much of the age limit of segments is left to chance, so that not all begin anew at once."),
    "segment.ms": Doc(HONOURED, "How old a segment grows before the next one begins, even if it is small."),
    "unclean.leader.election.enable": Doc(MEANINGLESS, "Whether a replica that lags may lead when no other can; a single node has no other."),
}
# fmt: on
