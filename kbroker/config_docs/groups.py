"""What the settings of groups are for."""

from __future__ import annotations

from kbroker.config_docs.status import STORED, Doc

# fmt: off
DOCS = {
    "consumer.assignment.interval.ms": Doc(STORED, "How long this group as a consumer group waits at least between two computations of who gets which partitions."),
    "consumer.heartbeat.interval.ms": Doc(STORED, "How often members of this group as a consumer group are told to send a heartbeat."),
    "consumer.session.timeout.ms": Doc(STORED, "After what silence a member of this group as a consumer group counts as gone."),
    "share.assignment.interval.ms": Doc(STORED, "How long this group as a share group waits at least between two computations of who gets which partitions."),
    "share.auto.offset.reset": Doc(STORED, "Where this group as a share group begins in a partition: earliest, latest, or by_duration: and how long ago."),
    "share.delivery.count.limit": Doc(STORED, "How often a record is handed out at most before this share group gives it up."),
    "share.heartbeat.interval.ms": Doc(STORED, "How often members of this group as a share group are told to send a heartbeat."),
    "share.isolation.level": Doc(STORED, "Whether this share group sees records of open and aborted transactions."),
    "share.partition.max.record.locks": Doc(STORED, "How many records of a partition this share group may have handed out and not heard of."),
    "share.record.lock.duration.ms": Doc(STORED, "For how long a record that was handed out belongs to one member of this share group."),
    "share.renew.acknowledge.enable": Doc(STORED, "Whether members of this share group may ask for more time with a record."),
    "share.session.timeout.ms": Doc(STORED, "After what silence a member of this group as a share group counts as gone."),
    "streams.assignment.interval.ms": Doc(STORED, "How long this group as a streams group waits at least between two computations of who gets which partitions."),
    "streams.heartbeat.interval.ms": Doc(STORED, "How often members of this group as a streams group are told to send a heartbeat."),
    "streams.initial.rebalance.delay.ms": Doc(STORED, "How long this group as a new streams group waits for more members before the first assignment."),
    "streams.num.standby.replicas": Doc(STORED, "How many spare copies of each task's state this streams group keeps."),
    "streams.session.timeout.ms": Doc(STORED, "After what silence a member of this group as a streams group counts as gone."),
}
# fmt: on
