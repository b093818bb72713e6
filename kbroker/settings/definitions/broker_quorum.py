"""Settings of a broker for controllers and metadata: Kafka's KRaftConfigs, MetadataLogConfig and
QuorumConfig."""

from __future__ import annotations

from kbroker.settings.setting import (
    BOOLEAN,
    INT,
    LIST,
    LONG,
    STRING,
    Setting,
)
from kbroker.settings.status import HONOURED, MEANINGLESS
from kbroker.settings.validators import addresses, at_least, list_of, voters
from wire.integers import MAX_INT64

# fmt: off
SETTINGS = (
    Setting("process.roles", LIST, None, MEANINGLESS, "Whether the node is a broker, a controller or both; kbroker is both.", valid=list_of("broker", "controller", may_be_empty=False)),
    Setting("node.id", INT, None, HONOURED, "The number of this node.", valid=at_least(0)),
    Setting("initial.broker.registration.timeout.ms", INT, 60000, MEANINGLESS, "How long a broker tries to register at its start."),
    Setting("broker.heartbeat.interval.ms", INT, 2000, MEANINGLESS, "How often a broker tells the controller that it lives; kbroker is both."),
    Setting("broker.session.timeout.ms", INT, 9000, MEANINGLESS, "After what silence the controller takes a broker for dead; kbroker is both."),
    Setting("controller.listener.names", LIST, None, HONOURED, "Listeners that are for controllers; kbroker opens none of them.", valid=list_of(may_be_empty=False)),
    Setting("sasl.mechanism.controller.protocol", STRING, "GSSAPI", MEANINGLESS, "How brokers log in at controllers; kbroker is both."),
    Setting("controller.performance.sample.period.ms", LONG, 60000, MEANINGLESS, "How often the controller logs how long its events took.", valid=at_least(100), internal=True),
    Setting("controller.performance.always.log.threshold.ms", LONG, 2000, MEANINGLESS, "How long an event of the controller must take to be logged at once.", valid=at_least(0), internal=True),
    Setting("server.max.startup.time.ms", LONG, MAX_INT64, MEANINGLESS, "How long a start may take; kbroker starts in a tenth of a second.", valid=at_least(0), internal=True),
    Setting("metadata.log.max.record.bytes.between.snapshots", LONG, 20971520, MEANINGLESS, "After how many bytes the metadata is written as a snapshot; kbroker writes none.", valid=at_least(1)),
    Setting("metadata.log.max.snapshot.interval.ms", LONG, 3600000, MEANINGLESS, "After what time the metadata is written as a snapshot; kbroker writes none.", valid=at_least(0)),
    Setting("metadata.log.dir", STRING, None, MEANINGLESS, "A folder of its own for the metadata log; kbroker has one folder."),
    Setting("metadata.log.segment.bytes", INT, 1073741824, MEANINGLESS, "How large a segment of the metadata log grows.", valid=at_least(8388608)),
    Setting("metadata.log.segment.ms", LONG, 604800000, MEANINGLESS, "How old a segment of the metadata log grows."),
    Setting("metadata.max.retention.bytes", LONG, 104857600, MEANINGLESS, "How large the metadata log may grow before snapshots take its place; kbroker writes none."),
    Setting("metadata.max.retention.ms", LONG, 604800000, MEANINGLESS, "How long the metadata log is kept once there are snapshots; kbroker writes none."),
    Setting("metadata.max.idle.interval.ms", INT, 500, MEANINGLESS, "How often the controller writes to its log that it lives; nobody follows that of kbroker.", valid=at_least(0)),
    Setting("internal.metadata.log.segment.bytes", INT, None, MEANINGLESS, "For Kafka's own tests: how large a segment of the metadata log grows.", internal=True),
    Setting("internal.metadata.max.batch.size.in.bytes", INT, 8388608, MEANINGLESS, "For Kafka's own tests: how large a batch of the metadata log may be.", internal=True),
    Setting("internal.metadata.delete.delay.millis", LONG, 60000, MEANINGLESS, "For Kafka's own tests: how long a deleted file of the metadata log stays on the disk.", internal=True),
    Setting("controller.quorum.voters", LIST, "", MEANINGLESS, "The nodes of the quorum; kbroker is one by itself.", valid=voters),
    Setting("controller.quorum.bootstrap.servers", LIST, "", MEANINGLESS, "Where a new node finds the quorum.", valid=addresses),
    Setting("controller.quorum.election.timeout.ms", INT, 1000, MEANINGLESS, "How long an election of a quorum may take.", valid=at_least(0)),
    Setting("controller.quorum.fetch.timeout.ms", INT, 2000, MEANINGLESS, "How long a quorum goes on without its leader before it elects another.", valid=at_least(0)),
    Setting("controller.quorum.election.backoff.max.ms", INT, 1000, MEANINGLESS, "The longest pause between two elections of a quorum.", valid=at_least(0)),
    Setting("controller.quorum.append.linger.ms", INT, 25, MEANINGLESS, "How long the leader of a quorum gathers records before it writes them.", valid=at_least(0)),
    Setting("controller.quorum.request.timeout.ms", INT, 2000, MEANINGLESS, "How long a node waits for the answer of another of the quorum.", valid=at_least(0)),
    Setting("controller.quorum.retry.backoff.ms", INT, 20, MEANINGLESS, "How long a node waits before it asks another of the quorum again.", valid=at_least(0)),
    Setting("controller.quorum.auto.join.enable", BOOLEAN, False, MEANINGLESS, "Whether a new controller joins the quorum by itself."),
    Setting("controller.quorum.fetch.snapshot.max.bytes", INT, 1048576, MEANINGLESS, "How much of a snapshot a node fetches at once.", valid=at_least(1)),
    Setting("controller.quorum.fetch.max.bytes", INT, 1048576, MEANINGLESS, "How much a node fetches from the quorum's leader at once.", valid=at_least(1)),
)
# fmt: on
