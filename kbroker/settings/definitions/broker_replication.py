"""Settings of a broker for replicas, as Kafka's ReplicationConfigs has them."""

from __future__ import annotations

from kbroker.settings.setting import BOOLEAN, INT, LONG, STRING, Setting
from kbroker.settings.status import HONOURED, MEANINGLESS
from kbroker.settings.updatable import ALL_BROKERS
from kbroker.settings.validators import at_least, one_of

# fmt: off
SETTINGS = (
    Setting("default.replication.factor", INT, 1, HONOURED, "How many replicas a topic gets that does not say; only one can be had here."),
    Setting("replica.lag.time.max.ms", LONG, 30000, MEANINGLESS, "How long a follower may lag before it counts as out of sync."),
    Setting("replica.socket.timeout.ms", INT, 30000, MEANINGLESS, "How long a follower waits for an answer."),
    Setting("replica.socket.receive.buffer.bytes", INT, 65536, MEANINGLESS, "The size of the buffer for what followers receive."),
    Setting("replica.fetch.max.bytes", INT, 1048576, MEANINGLESS, "How much of a partition a follower fetches at once.", valid=at_least(0)),
    Setting("replica.fetch.wait.max.ms", INT, 500, MEANINGLESS, "How long a follower's fetch waits for records."),
    Setting("replica.fetch.backoff.ms", INT, 1000, MEANINGLESS, "How long a follower rests after a failed fetch.", valid=at_least(0)),
    Setting("replica.fetch.min.bytes", INT, 1, MEANINGLESS, "How much a follower waits for."),
    Setting("replica.fetch.response.max.bytes", INT, 10485760, MEANINGLESS, "How much a follower fetches at once in all.", valid=at_least(0)),
    Setting("num.replica.fetchers", INT, 1, MEANINGLESS, "How many threads follow each other broker; there is none.", valid=at_least(1), updatable=ALL_BROKERS),
    Setting("replica.high.watermark.checkpoint.interval.ms", LONG, 5000, MEANINGLESS, "How often high watermarks are written down; with one replica the end of a log is its high watermark."),
    Setting("fetch.purgatory.purge.interval.requests", INT, 1000, MEANINGLESS, "After how many finished waits those of fetches are swept; kbroker forgets each at once."),
    Setting("producer.purgatory.purge.interval.requests", INT, 1000, MEANINGLESS, "After how many finished waits those of producers are swept; kbroker forgets each at once."),
    Setting("delete.records.purgatory.purge.interval.requests", INT, 1, MEANINGLESS, "After how many finished waits those of DeleteRecords are swept; kbroker forgets each at once."),
    Setting("auto.leader.rebalance.enable", BOOLEAN, True, MEANINGLESS, "Whether leadership goes back to preferred replicas by itself; a single node leads everything."),
    Setting("leader.imbalance.check.interval.seconds", LONG, 300, MEANINGLESS, "How often the broker checks whether leadership should move; a single node leads everything.", valid=at_least(1)),
    Setting("unclean.leader.election.interval.ms", LONG, 300000, MEANINGLESS, "How often the controller looks for partitions that need an unclean leader; a single node leads everything.", valid=at_least(1), internal=True),
    Setting("unclean.leader.election.enable", BOOLEAN, False, MEANINGLESS, "Whether a replica that lags may lead when no other can; a single node has no other.", updatable=ALL_BROKERS),
    Setting("security.inter.broker.protocol", STRING, "PLAINTEXT", MEANINGLESS, "How brokers talk to each other; there is only one.", valid=one_of("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")),
    Setting("inter.broker.listener.name", STRING, None, MEANINGLESS, "The listener through which brokers talk to each other; there is only one."),
    Setting("replica.selector.class", STRING, None, MEANINGLESS, "The Java class that chooses which replica a consumer reads from."),
    Setting("follower.fetch.last.tiered.offset.enable", BOOLEAN, False, MEANINGLESS, "Whether a new follower begins behind what lies in the remote store.", updatable=ALL_BROKERS),
)
# fmt: on
