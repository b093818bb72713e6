"""What is not at parity with Kafka 4.3.1, each with a reason.  Empty is the aim.

`story`, `step` and `path` are patterns as in file names.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from kbroker.metadata.topic_names import CLUSTER_METADATA


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


# The keys that a listener of 4.3.1 advertises and kbroker does not serve yet. It is no difference
# from the table of APIs: a key that is dropped there by mistake must be seen.
NOT_SERVED = (17, 36, 50, 51, 68, 69, *range(76, 80), *range(83, 93))

# What Kafka's brokers can do that kbroker cannot yet: clients take a feature as a promise.
NOT_PROMISED = (
    "eligible.leader.replicas.version",
    "group.version",
    "share.version",
    "streams.version",
)

# No story can show these: Kafka never answers, stops, or leaves its cluster.
NEVER_ANSWERED = (
    "a Produce request whose records are null closes the connection; Kafka never answers it",
    "a JoinGroup whose subscription cannot be read is served; Kafka never answers it",
    "a JoinGroup that names every protocol twice is served; Kafka never answers it",
    "AlterConfigs that names a resource twice is refused; Kafka never answers it",
    "UnregisterBroker of the only broker does nothing; Kafka forgets it until it registers again",
    "AddRaftVoter with a listener without a name is refused; Kafka stops",
    "AddPartitionsToTxn v4 and v5 without transactions is answered; Kafka never answers it",
    "WriteTxnMarkers that names a partition twice, or no partition in its last marker, is "
    "answered; Kafka never answers it",
)
# What is accepted and has no effect yet. A story shows that it is described as in Kafka.
NOT_BUILT = (
    "settings of groups are stored and described; they have no effect yet",
    "names of Java classes in settings, such as metric.reporters, are not looked up",
    "listeners that are set on a running broker are checked and described, but not opened",
    "quotas are stored and described, but not enforced",
    "host names in quotas are not resolved",
    "kraft.version can be raised, but voters cannot be added or removed then either",
)
# What one answer does not show: limits that few clients reach, moments, faults of the machine,
# and texts and patterns of another language.
OUT_OF_SIGHT = (
    "a compressed batch that has to be decompressed may expand to 32 times max.message.bytes at "
    "most, and a refused batch lists 1,000 errors at most; Kafka has no such limits",
    "a compressed batch that need not be decompressed is checked by the codec's first bytes only, "
    "an uncompressed one by the lengths of its records; Kafka reads every record",
    "DeleteRecords drops segments at once; Kafka drops them at its next retention check, and "
    "until then counts their size and finds no offsets by time after them",
    "min_bytes of a Fetch counts the bytes that the answer would have; Kafka counts the bytes "
    "that exist, up to the limit of each partition",
    "two listeners may share a port if one has an IPv6 address and the other a wildcard, and a "
    "request that changes a fixed setting of a listener together with another setting is "
    "accepted; Kafka refuses both",
    "the loggers of a broker are root and kbroker; Kafka lists its Java classes",
    "metrics that clients push are written to the topic __client_telemetry, if metric.reporters "
    "names kbroker.ClientTelemetry; Kafka needs a Java class that receives them",
    "patterns of client metrics are Python's regular expressions; Kafka's are Java's",
    "the documentation of settings in DescribeConfigs is kbroker's own text",
    "where CreatePartitions exceeds 10,000 new partitions, the topic at the limit gets none; "
    "Kafka answers with the same error and adds those that fit",
    "without --fsync, a transaction is complete when EndTxn is answered; Kafka writes the markers "
    "afterwards, and answers CONCURRENT_TRANSACTIONS until they are written",
    "a transaction that times out while the broker starts gets its markers; a Kafka that does not "
    "know the leaders yet completes it without them",
    "a full disk fails the writes that find no room, with KAFKA_STORAGE_ERROR, and later writes "
    "succeed when there is room again; Kafka takes the directory offline and stops",
)
UNTOLD = (*NEVER_ANSWERED, *NOT_BUILT, *OUT_OF_SIGHT)

ACCEPTED: tuple[Accepted, ...] = (
    *(
        Accepted(
            "*",
            "*",
            f"answer.apiKeys.{key}",
            "ApiVersions lists only the APIs that are served",
        )
        for key in NOT_SERVED
    ),
    *(
        Accepted(
            "*",
            "*",
            f"answer.{kind}.{feature}",
            "ApiVersions lists only the features that are served",
        )
        for kind in ("supportedFeatures", "finalizedFeatures")
        for feature in NOT_PROMISED
    ),
    *(
        Accepted(
            story,
            "what is there",
            f"answer.responses.0.partitions.0.records.{path}",
            "the greatest timestamp in a batch's header is trusted; Kafka computes it",
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
            f"v? {CLUSTER_METADATA} 0",
            f"answer.topics.0.partitions.0.{path}",
            "offsets and times of the metadata log are each broker's own",
        )
        for path in ("highWatermark", "*.logEndOffset", "*.last*Timestamp")
    ),
    *(
        Accepted(
            "restart-producers-kill",
            "an earlier one again ?",
            f"answer.responses.0.partitionResponses.0.{field}",
            "after a kill the last five batches of a producer are known; Kafka knows the last one",
        )
        for field in ("errorCode", "baseOffset", "logAppendTimeMs", "logStartOffset")
    ),
    *(
        Accepted(
            "first-coordinators",
            "the first time, kind ?",
            f"answer.coordinators.0.{field}",
            "the first FindCoordinator waits for its topic; Kafka sends COORDINATOR_NOT_AVAILABLE",
        )
        for field in ("nodeId", "host", "port", "errorCode")
    ),
    *(
        Accepted(
            "first-coordinators",
            "the first producer id",
            f"answer.{field}",
            "producer ids are there at once; Kafka first sends COORDINATOR_LOAD_IN_PROGRESS",
        )
        for field in ("errorCode", "producerId", "producerEpoch")
    ),
    Accepted(
        "topic-log-append-time",
        "the greatest timestamp",
        "answer.topics.0.partitions.0.offset",
        "which appends fall into the same millisecond depends on the machine",
    ),
)
