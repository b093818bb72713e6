"""Settings of a broker for the state of share groups, as Kafka's ShareCoordinatorConfig has them."""

from __future__ import annotations

from kbroker.settings.setting import INT, SHORT, Setting
from kbroker.settings.status import MEANINGLESS, STORED
from kbroker.settings.updatable import ALL_BROKERS
from kbroker.settings.validators import at_least, between

# fmt: off
SETTINGS = (
    Setting("share.coordinator.state.topic.num.partitions", INT, 50, STORED, "How many partitions the topic of the state of share groups gets.", valid=at_least(1)),
    Setting("share.coordinator.state.topic.replication.factor", SHORT, 3, STORED, "How many replicas the topic of the state of share groups gets.", valid=at_least(1)),
    Setting("share.coordinator.state.topic.min.isr", SHORT, 2, MEANINGLESS, "How many replicas the topic of the state of share groups needs in sync; a single replica is always enough of one.", valid=at_least(1)),
    Setting("share.coordinator.state.topic.segment.bytes", INT, 104857600, STORED, "How large a segment of the topic of the state of share groups grows.", valid=at_least(1)),
    Setting("share.coordinator.threads", INT, 1, MEANINGLESS, "How many threads serve the state of share groups; kbroker has one loop.", valid=at_least(1)),
    Setting("share.coordinator.snapshot.update.records.per.snapshot", INT, 500, STORED, "After how many changes the state of a share-partition is written as a whole.", valid=between(0, 500)),
    Setting("share.coordinator.load.buffer.size", INT, 5242880, STORED, "How much is read at once when the state of share groups is loaded.", valid=at_least(1)),
    Setting("share.coordinator.state.topic.compression.codec", INT, 0, STORED, "The codec in which the state of share groups is stored."),
    Setting("share.coordinator.append.linger.ms", INT, -1, STORED, "How long the share coordinator gathers writes before it appends them.", valid=at_least(-1)),
    Setting("share.coordinator.write.timeout.ms", INT, 5000, STORED, "How long a write of the state of a share group may take.", valid=at_least(1)),
    Setting("share.coordinator.state.topic.prune.interval.ms", INT, 300000, STORED, "How often records that are no longer needed are deleted from the topic of the state of share groups.", valid=at_least(1), internal=True),
    Setting("share.coordinator.cold.partition.snapshot.interval.ms", INT, 300000, STORED, "How often the state of share partitions that do not change is written as a whole.", valid=at_least(1), internal=True),
    Setting("share.coordinator.cached.buffer.max.bytes", INT, 1048588, MEANINGLESS, "How large a buffer the share coordinator keeps for its next write.", valid=at_least(524288), updatable=ALL_BROKERS),
)
# fmt: on
