"""What is not at parity with Kafka 4.3.1, each with a reason.  Empty is the aim.

`story`, `step` and `path` are patterns as in file names.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from kbroker.apis import APIS
from kbroker.metadata.metadata_log import TOPIC as METADATA_TOPIC


@dataclass(frozen=True)
class Accepted:
    """One difference that stays."""

    story: str
    step: str
    path: str
    reason: str

    def covers(self, story: str, step: str, path: str) -> bool:
        pairs = ((story, self.story), (step, self.step), (path, self.path))
        return all(fnmatchcase(text, pattern) for text, pattern in pairs)


# The keys that a broker's listener of 4.3.1 advertises when it is started as the image starts it.
LISTENER_KEYS = (
    *(*range(4), *range(8, 52), 55, 57, 60, 61, 64, 65, 66, 68, 69),
    *(*range(74, 82), *range(83, 93)),
)
NOT_SERVED = sorted(set(LISTENER_KEYS) - set(APIS))

# What Kafka's brokers can do that kbroker cannot yet: clients take a feature as a promise.
NOT_PROMISED = (
    "eligible.leader.replicas.version",
    "group.version",
    "share.version",
    "streams.version",
)

# What no story shows, since Kafka would keep it waiting, or is brought down by it.
UNTOLD = (
    "a Produce request whose records are null closes the connection; Kafka never answers it",
    "a JoinGroup whose subscription cannot be read is served; Kafka never answers it",
    "a JoinGroup is served whose members name every protocol twice; Kafka never answers it",
    "a compressed batch that has to be opened may not expand beyond 32 times max.message.bytes, "
    "and a refused batch names at most 1,000 of its mistakes; Kafka has no such limits",
    "of a compressed batch that need not be opened, the codec's first bytes are checked, not its "
    "records; of an uncompressed one, the lengths of the records, not what is in them",
    "settings of groups are stored and told; nothing heeds them yet",
    "Kafka looks up the names of classes in settings (metric.reporters among them); kbroker, which "
    "has none, takes any",
    "listeners that are set on a running broker are checked and told, but not opened",
    "DeleteRecords drops segments at once, Kafka at the next look at retention; until then it "
    "tells their size, and finds no offset by time behind them",
    "a Fetch waits for as many bytes as it would answer, in Kafka for those that are there, up to "
    "each partition's limit",
    "two listeners may share a port where one has an address of IPv6 and the other a wildcard, and "
    "a live change of a listener's fixed setting together with another one is taken; Kafka refuses "
    "both",
    "the loggers of a broker are root and kbroker; Kafka lists its Java classes",
    "what clients push of their metrics goes to the topic __client_telemetry if metric.reporters "
    "names kbroker.ClientTelemetry; Kafka has to be given a Java class that receives it",
    "patterns of client metrics are Python's regular expressions; Kafka's are Java's",
    "quotas are stored and told, and nobody is held to them",
    "whether the address of a quota is the name of a host is not looked up",
    "kraft.version can be raised, and voters still cannot be added or removed",
    "AlterConfigs that names a resource twice is refused; Kafka never answers it",
    "DescribeConfigs documents settings in sentences of kbroker's own",
    "CreatePartitions of more than 10,000 at once adds none; Kafka answers with the same error and "
    "adds 10,000 all the same",
    "UnregisterBroker of the only broker does nothing; Kafka forgets it until it registers again",
    "AddRaftVoter whose listener has no name is refused; it brings Kafka down",
    "AddPartitionsToTxn v4 and v5 without transactions is answered; Kafka never answers it",
    "WriteTxnMarkers that names a partition twice, or nothing in its last marker, is answered; "
    "Kafka never answers it",
    "a transaction is complete when its end is answered; Kafka writes markers afterwards, and has "
    "CONCURRENT_TRANSACTIONS for whoever comes in between",
    "a full disk fails the writes that find no room, with KAFKA_STORAGE_ERROR, and others are "
    "written when there is room again; Kafka takes the directory offline and stops",
)

ACCEPTED: tuple[Accepted, ...] = (
    *(
        Accepted(
            "*",
            "*",
            f"answer.apiKeys.{key}",
            "ApiVersions advertises what is implemented and nothing else",
        )
        for key in NOT_SERVED
    ),
    *(
        Accepted(
            "*",
            "*",
            f"answer.{kind}.{feature}",
            "ApiVersions promises what is implemented and nothing else",
        )
        for kind in ("supportedFeatures", "finalizedFeatures")
        for feature in NOT_PROMISED
    ),
    *(
        Accepted(
            story,
            "what is there",
            f"answer.responses.0.partitions.0.records.{path}",
            "the greatest timestamp in a batch's header is believed, where Kafka looks for it",
        )
        for story, path in (
            ("produce-batches-*", "bytes"),
            ("produce-batches-*", "batches.*.maxTimestamp"),
            ("topic-codec-uncompressed", "batches.*.maxTimestamp"),
        )
    ),
    *(
        Accepted(
            "cluster-quorum",
            f"v? {METADATA_TOPIC} 0",
            f"answer.topics.0.partitions.0.{path}",
            "how far the metadata log is, and when it was looked at, is each broker's own",
        )
        for path in ("highWatermark", "*.logEndOffset", "*.last*Timestamp")
    ),
    Accepted(
        "topic-log-append-time",
        "the greatest timestamp",
        "answer.topics.0.partitions.0.offset",
        "which appends fall into one millisecond is up to the machine",
    ),
)
