"""Settings of a broker for logs: Kafka's CleanerConfig and ServerLogConfigs."""

from __future__ import annotations

from kbroker.settings.setting import (
    BOOLEAN,
    CLASS,
    DOUBLE,
    INT,
    LIST,
    LONG,
    STRING,
    Setting,
)
from kbroker.settings.status import HONOURED, MEANINGLESS, STORED
from kbroker.settings.updatable import ALL_BROKERS, ONE_BROKER
from kbroker.settings.validators import at_least, between, list_of, one_of
from wire.integers import MAX_INT64

# fmt: off
SETTINGS = (
    Setting("log.cleaner.threads", INT, 1, HONOURED, "By how many threads the map of keys is shared; kbroker compacts one log after the other.", valid=at_least(0), updatable=ALL_BROKERS),
    Setting("log.cleaner.io.max.bytes.per.second", DOUBLE, 1.7976931348623157e+308, HONOURED, "How many bytes compaction may read and write in a second.", updatable=ALL_BROKERS),
    Setting("log.cleaner.dedupe.buffer.size", LONG, 134217728, HONOURED, "How many keys one round of compaction may look at: 24 bytes count as one. kbroker takes 12 bytes for each.", updatable=ALL_BROKERS),
    Setting("log.cleaner.io.buffer.size", INT, 524288, MEANINGLESS, "How large the buffers are through which compaction copies.", valid=at_least(0), updatable=ALL_BROKERS),
    Setting("log.cleaner.io.buffer.load.factor", DOUBLE, 0.9, HONOURED, "How full the map of keys of compaction may get.", updatable=ALL_BROKERS),
    Setting("log.cleaner.backoff.ms", LONG, 15000, HONOURED, "How long compaction rests when there is nothing to do.", valid=at_least(0), updatable=ALL_BROKERS),
    Setting("log.cleaner.min.cleanable.ratio", DOUBLE, 0.5, HONOURED, "The share of a log that must be uncompacted before compaction begins, in topics that do not say.", valid=between(0, 1), updatable=ALL_BROKERS),
    Setting("log.cleaner.enable", BOOLEAN, True, HONOURED, "Whether topics are compacted. Kafka gives this setting up with version 5."),
    Setting("log.cleaner.delete.retention.ms", LONG, 86400000, HONOURED, "For how long compacted topics that do not say keep the markers of deleted keys.", valid=at_least(0), updatable=ALL_BROKERS),
    Setting("log.cleaner.min.compaction.lag.ms", LONG, 0, HONOURED, "How long a record is safe from compaction, in topics that do not say.", valid=at_least(0), updatable=ALL_BROKERS),
    Setting("log.cleaner.max.compaction.lag.ms", LONG, MAX_INT64, HONOURED, "How long a record waits at most for compaction, in topics that do not say.", valid=at_least(1), updatable=ALL_BROKERS),
    Setting("num.partitions", INT, 1, HONOURED, "How many partitions a topic gets that does not say.", valid=at_least(1)),
    Setting("log.dir", LIST, "/tmp/kafka-logs", HONOURED, "The folder of the data, where log.dirs is not set and --data-dir not given.", valid=list_of(may_be_empty=False)),  # noqa: S108  # Kafka's default
    Setting("log.dirs", LIST, None, HONOURED, "The folder of the data, where --data-dir is not given; kbroker takes one, not several.", valid=list_of(may_be_empty=False)),
    Setting("cordoned.log.dirs", LIST, "", MEANINGLESS, "Folders that take no new partitions; kbroker has one folder.", valid=list_of(), updatable=ONE_BROKER),
    Setting("log.segment.bytes", INT, 1073741824, HONOURED, "How large a segment grows before the next one begins, in topics that do not say.", valid=at_least(1048576), updatable=ALL_BROKERS),
    Setting("log.roll.ms", LONG, None, HONOURED, "How old a segment grows before the next one begins, in topics that do not say.", updatable=ALL_BROKERS),
    Setting("log.roll.hours", INT, 168, HONOURED, "How old a segment grows in topics that do not say, where log.roll.ms is not set.", valid=at_least(1)),
    Setting("log.roll.jitter.ms", LONG, None, STORED, "How much of the age limit of segments is left to chance, in topics that do not say.", updatable=ALL_BROKERS),
    Setting("log.roll.jitter.hours", INT, 0, STORED, "How much of the age limit of segments is left to chance, where log.roll.jitter.ms is not set.", valid=at_least(0)),
    Setting("log.retention.ms", LONG, None, HONOURED, "How long records are kept in topics that do not say; any negative number means for ever.", updatable=ALL_BROKERS),
    Setting("log.retention.minutes", INT, None, HONOURED, "How long records are kept in topics that do not say, where log.retention.ms is not set."),
    Setting("log.retention.hours", INT, 168, HONOURED, "How long records are kept in topics that do not say, where neither log.retention.minutes nor log.retention.ms is set."),
    Setting("log.retention.bytes", LONG, -1, HONOURED, "How large a partition may grow, in topics that do not say; -1 for no limit.", updatable=ALL_BROKERS),
    Setting("log.retention.check.interval.ms", LONG, 300000, HONOURED, "How often segments that have grown too old or too many are looked for.", valid=at_least(1)),
    Setting("log.cleanup.policy", LIST, "delete", HONOURED, "What happens to old segments of topics that do not say: delete, compact or both.", valid=list_of("compact", "delete"), updatable=ALL_BROKERS),
    Setting("log.index.size.max.bytes", INT, 10485760, HONOURED, "How large an index may grow, in topics that do not say.", valid=at_least(4), updatable=ALL_BROKERS),
    Setting("log.index.interval.bytes", INT, 4096, HONOURED, "How many bytes lie between two index entries, in topics that do not say.", valid=at_least(0), updatable=ALL_BROKERS),
    Setting("log.flush.interval.messages", LONG, MAX_INT64, MEANINGLESS, "After how many records a log is forced to disk; kbroker leaves that to the operating system.", valid=at_least(1), updatable=ALL_BROKERS),
    Setting("log.segment.delete.delay.ms", LONG, 60000, HONOURED, "How long the files of deleted segments and topics stay before they really go.", valid=at_least(0), updatable=ALL_BROKERS),
    Setting("log.flush.scheduler.interval.ms", LONG, MAX_INT64, MEANINGLESS, "How often logs that have to be forced to disk are looked for; kbroker leaves that to the operating system."),
    Setting("log.flush.interval.ms", LONG, None, MEANINGLESS, "After what time a log is forced to disk; kbroker leaves that to the operating system.", updatable=ALL_BROKERS),
    Setting("log.flush.offset.checkpoint.interval.ms", INT, 60000, HONOURED, "How often is written down how far logs are safe, which recovery starts from.", valid=at_least(0)),
    Setting("log.flush.start.offset.checkpoint.interval.ms", INT, 60000, MEANINGLESS, "How often is written down where logs begin; kbroker does so when it changes.", valid=at_least(0)),
    Setting("log.preallocate", BOOLEAN, False, MEANINGLESS, "Whether segments get their full size at once; only some file systems of Windows gain by it.", updatable=ALL_BROKERS),
    Setting("num.recovery.threads.per.data.dir", INT, 2, MEANINGLESS, "How many threads recover logs at the start; kbroker recovers one after the other.", valid=at_least(1), updatable=ALL_BROKERS),
    Setting("auto.create.topics.enable", BOOLEAN, True, HONOURED, "Whether a topic that a client asks for by name comes into being."),
    Setting("min.insync.replicas", INT, 1, MEANINGLESS, "How many replicas must have a batch before a producer with acks=all is told; a single replica is always enough of one.", valid=at_least(1), updatable=ALL_BROKERS),
    Setting("log.message.timestamp.type", STRING, "CreateTime", HONOURED, "Whose clock dates records, in topics that do not say.", valid=one_of("CreateTime", "LogAppendTime"), updatable=ALL_BROKERS),
    Setting("log.message.timestamp.before.max.ms", LONG, MAX_INT64, HONOURED, "How far in the past a record may be dated, in topics that do not say.", valid=at_least(0), updatable=ALL_BROKERS),
    Setting("log.message.timestamp.after.max.ms", LONG, 3600000, HONOURED, "How far in the future a record may be dated, in topics that do not say.", valid=at_least(0), updatable=ALL_BROKERS),
    Setting("create.topic.policy.class.name", CLASS, None, MEANINGLESS, "A Java class that may refuse new topics."),
    Setting("alter.config.policy.class.name", CLASS, None, MEANINGLESS, "A Java class that may refuse changes of settings."),
    Setting("log.dir.failure.timeout.ms", LONG, 30000, MEANINGLESS, "How long a broker whose folder failed waits for the controller to learn of it; kbroker is its own controller.", valid=at_least(1)),
    Setting("log.initial.task.delay.ms", LONG, 30000, HONOURED, "How long after the start the periodic work on logs begins.", valid=at_least(0), internal=True),
)
# fmt: on
