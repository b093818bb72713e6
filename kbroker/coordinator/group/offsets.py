"""Committed offsets: commit, fetch and expiry.

The rules are those of Kafka's OffsetMetadataManager.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from kbroker.clock import Clock
from kbroker.coordinator.group.classic_group import ClassicGroup
from kbroker.coordinator.group.classic_rebalance import ClassicRebalance
from kbroker.coordinator.group.pending_offsets import PendingOffsets
from kbroker.coordinator.group.records import offset_commit_record, offset_tombstone
from kbroker.coordinator.group.states import ClassicGroupState
from kbroker.coordinator.shard import CoordinatorRecord, Result, Settings
from wire.errors import ErrorCode, KafkaError
from wire.internal.consumer_offsets import OffsetCommitKey, OffsetCommitValue
from wire.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
    OffsetCommitResponsePartition,
    OffsetCommitResponseTopic,
)
from wire.messages.offset_fetch import (
    OffsetFetchRequestTopics,
    OffsetFetchResponsePartitions,
    OffsetFetchResponseTopics,
)
from wire.messages.txn_offset_commit import (
    TxnOffsetCommitRequest,
    TxnOffsetCommitRequestPartition,
    TxnOffsetCommitRequestTopic,
    TxnOffsetCommitResponsePartition,
    TxnOffsetCommitResponseTopic,
)
from wire.records.batch import NO_PRODUCER_ID
from wire.uuids import ZERO_UUID

INVALID_OFFSET = -1

# By topic (or group), then by partition.
TopicOffsets = dict[str, dict[int, OffsetCommitValue]]


class CommittedOffsets:
    """The committed offsets of the groups of one shard. Only replay changes them."""

    def __init__(self) -> None:
        self._by_group: dict[str, TopicOffsets] = {}
        # The same by topic and group, so that deleting a topic need not search all groups.
        self._by_topic: dict[str, TopicOffsets] = {}
        self.pending = PendingOffsets()

    def of_group(self, group_id: str) -> TopicOffsets:
        return self._by_group.get(group_id, {})

    def replay(
        self, key: OffsetCommitKey, value: OffsetCommitValue | None, producer_id: int
    ) -> None:
        """A commit, in the transaction of the producer if there is one, or a tombstone."""
        if value is None:
            self.pending.on_tombstone(key)
        elif producer_id != NO_PRODUCER_ID:
            self.pending.add(producer_id, key, value)
            return
        else:
            self.pending.on_commit(key)
        self._put(key, value)

    def replay_end(self, producer_id: int, is_commit: bool) -> None:
        """The producer's transaction has ended."""
        for key, value in self.pending.end(producer_id, is_commit):
            self._put(key, value)

    def _put(self, key: OffsetCommitKey, value: OffsetCommitValue | None) -> None:
        topics = self._by_group.setdefault(key.group, {})
        groups = self._by_topic.setdefault(key.topic, {})
        partitions = topics.get(key.topic, {})
        if value is not None:
            partitions[key.partition] = value
        else:
            partitions.pop(key.partition, None)
        if partitions:
            topics[key.topic] = groups[key.group] = partitions
            return
        topics.pop(key.topic, None)
        groups.pop(key.group, None)
        if not topics:
            del self._by_group[key.group]
        if not groups:
            del self._by_topic[key.topic]

    def tombstones_for_topics(self, names: Iterable[str]) -> Iterator[CoordinatorRecord]:
        """Tombstones for the committed and pending offsets of these topics."""
        deleted = set(names)
        places = {place: None for place in self.pending.places() if place[1] in deleted}
        for topic in deleted:
            for group_id, partitions in self._by_topic.get(topic, {}).items():
                places |= dict.fromkeys((group_id, topic, partition) for partition in partitions)
        return (offset_tombstone(*place) for place in places)


class OffsetOperations:
    """The OffsetCommit and OffsetFetch operations of one shard."""

    def __init__(
        self,
        groups: dict[str, ClassicGroup],
        unwritten: set[str],
        offsets: CommittedOffsets,
        rebalance: ClassicRebalance,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._groups = groups
        self._unwritten = unwritten
        self._offsets = offsets
        self._rebalance = rebalance
        self._settings = settings
        self._clock = clock

    # --- commit

    def commit(
        self,
        request: OffsetCommitRequest,
        topics: list[OffsetCommitRequestTopic],
        api_version: int,
    ) -> Result[list[OffsetCommitResponseTopic]]:
        """Commits ``topics``, all of which have their names and exist.

        Raises KafkaError if the member may not commit. A group that does not exist is created as a
        "simple" one, without members or protocol.
        """
        group = self._validated(request, api_version)
        expire_ms = -1
        if request.retention_time_ms != -1:
            expire_ms = _as_long(self._clock.now_ms() + request.retention_time_ms)
        records: list[CoordinatorRecord] = []
        answers = []
        for topic in topics:
            codes = [
                self._plan(request.group_id, topic.name, topic.topic_id, one, expire_ms, records)
                for one in topic.partitions
            ]
            partitions = [
                OffsetCommitResponsePartition(partition_index=one.partition_index, error_code=code)
                for one, code in zip(topic.partitions, codes, strict=True)
            ]
            answers.append(
                OffsetCommitResponseTopic(
                    name=topic.name, topic_id=topic.topic_id, partitions=partitions
                )
            )
        self._keep_unwritten_group(group, records)
        return Result(answers, records)

    def commit_in_transaction(
        self, request: TxnOffsetCommitRequest, topics: list[TxnOffsetCommitRequestTopic]
    ) -> Result[list[TxnOffsetCommitResponseTopic]]:
        """The same, pending until the producer's transaction ends (KIP-98, KIP-447)."""
        generation_id = request.generation_id_or_member_epoch
        group = self._groups.get(request.group_id)
        if group is None:
            if generation_id >= 0:
                raise KafkaError(ErrorCode.ILLEGAL_GENERATION)
            group = ClassicGroup(request.group_id)
        validate_classic_commit(
            group,
            request.member_id,
            request.group_instance_id,
            generation_id,
            in_transaction=True,
        )
        records: list[CoordinatorRecord] = []
        answers = []
        for topic in topics:
            codes = [
                self._plan(request.group_id, topic.name, ZERO_UUID, one, -1, records)
                for one in topic.partitions
            ]
            partitions = [
                TxnOffsetCommitResponsePartition(
                    partition_index=one.partition_index, error_code=code
                )
                for one, code in zip(topic.partitions, codes, strict=True)
            ]
            answers.append(TxnOffsetCommitResponseTopic(name=topic.name, partitions=partitions))
        self._keep_unwritten_group(group, records)
        return Result(answers, records)

    def _keep_unwritten_group(self, group: ClassicGroup, records: list[CoordinatorRecord]) -> None:
        """A new group is created by the replay of its first offset. Where every offset was refused,
        Kafka creates it too, but shows it only after the next write."""
        if not records and group.group_id not in self._groups:
            self._groups[group.group_id] = group
            self._unwritten.add(group.group_id)

    def _plan(
        self,
        group_id: str,
        topic: str,
        topic_id: bytes,
        partition: OffsetCommitRequestPartition | TxnOffsetCommitRequestPartition,
        expire_ms: int,
        records: list[CoordinatorRecord],
    ) -> ErrorCode:
        """Adds the record of one partition's commit, unless its metadata is too large."""
        if self._is_metadata_too_large(partition.committed_metadata):
            return ErrorCode.OFFSET_METADATA_TOO_LARGE
        value = _commit_value(topic_id, partition, self._clock.now_ms(), expire_ms)
        records.append(offset_commit_record(group_id, topic, partition.partition_index, value))
        return ErrorCode.NONE

    def _validated(self, request: OffsetCommitRequest, api_version: int) -> ClassicGroup:
        group = self._groups.get(request.group_id)
        if group is None:
            if request.generation_id_or_member_epoch >= 0:
                # The member's group does not exist any more; v9 (KIP-848) has a code for that.
                code = ErrorCode.ILLEGAL_GENERATION
                raise KafkaError(ErrorCode.GROUP_ID_NOT_FOUND if api_version >= 9 else code)
            group = ClassicGroup(request.group_id)
        validate_classic_commit(
            group,
            request.member_id,
            request.group_instance_id,
            request.generation_id_or_member_epoch,
        )
        if group.state in (ClassicGroupState.STABLE, ClassicGroupState.PREPARING_REBALANCE):
            self._rebalance.sessions.renew(group, group.members[request.member_id])
        return group

    def _is_metadata_too_large(self, metadata: str | None) -> bool:
        if metadata is None:
            return False
        # Java counts UTF-16 code units.
        limit = self._settings.integer("offset.metadata.max.bytes")
        return len(metadata) > limit or len(metadata.encode("utf-16-be")) // 2 > limit

    # --- fetch

    def fetch(
        self, group_id: str, topics: list[OffsetFetchRequestTopics], require_stable: bool
    ) -> list[OffsetFetchResponseTopics]:
        """An answer for every requested partition, in that order: -1 where nothing is committed,
        UNSTABLE_OFFSET_COMMIT where a stable offset is required and a transaction is open.

        An offset that was committed under another id of the topic does not count, since the topic
        was deleted and created again (KIP-848).
        """
        committed = self._offsets.of_group(group_id)
        is_open = self._offsets.pending.is_open
        answers = []
        for topic in topics:
            offsets = committed.get(topic.name, {})
            answers.append(
                OffsetFetchResponseTopics(
                    name=topic.name,
                    topic_id=topic.topic_id,
                    partitions=[
                        _unstable(index)
                        if require_stable and is_open(group_id, topic.name, index)
                        else _fetched(index, _of_topic_id(offsets.get(index), topic.topic_id))
                        for index in topic.partition_indexes
                    ],
                )
            )
        return answers

    def fetch_all(self, group_id: str, require_stable: bool) -> list[OffsetFetchResponseTopics]:
        """All that the group has committed, without topic ids."""
        is_open = self._offsets.pending.is_open
        return [
            OffsetFetchResponseTopics(
                name=topic,
                partitions=[
                    _unstable(partition)
                    if require_stable and is_open(group_id, topic, partition)
                    else _fetched(partition, value)
                    for partition, value in offsets.items()
                ],
            )
            for topic, offsets in self._offsets.of_group(group_id).items()
        ]

    # --- expiry

    def expire(self, group_id: str, group: ClassicGroup) -> tuple[list[CoordinatorRecord], bool]:
        """Tombstones for expired offsets, and whether none remains; False if none expires now."""
        expires_at = self._expiry_rule(group)
        if expires_at is None:
            return [], False
        committed = self._offsets.of_group(group_id)
        has_pending = bool(self._offsets.pending.of_group(group_id))
        now_ms = self._clock.now_ms()
        records = []
        remain = False
        for topic, offsets in committed.items():
            is_subscribed = group.is_subscribed_to(topic)
            for partition, value in offsets.items():
                is_pending = self._offsets.pending.is_open(group_id, topic, partition)
                if not is_subscribed and not is_pending and now_ms >= expires_at(value):
                    records.append(offset_tombstone(group_id, topic, partition))
                else:
                    remain = True
        return records, not remain and not has_pending

    def _expiry_rule(self, group: ClassicGroup) -> Callable[[OffsetCommitValue], int] | None:
        """When an offset of the group expires, in wall-clock ms; None if none does now (KIP-211).

        An empty group keeps its offsets for the retention time after its last member left. In
        stable consumer groups and simple groups the time counts from each commit.
        """
        retention_ms = self._settings.integer("offsets.retention.minutes") * 60_000
        empty_since_ms = -1
        if group.protocol_type is not None:
            if group.state is ClassicGroupState.EMPTY:
                empty_since_ms = group.state_timestamp_ms
            elif group.state is not ClassicGroupState.STABLE or not group.uses_consumer_protocol:
                return None

        def expires_at(value: OffsetCommitValue) -> int:
            if value.expire_timestamp != -1:
                return value.expire_timestamp
            base_ms = value.commit_timestamp if empty_since_ms == -1 else empty_since_ms
            return base_ms + retention_ms

        return expires_at


def validate_classic_commit(
    group: ClassicGroup,
    member_id: str,
    group_instance_id: str | None,
    generation_id: int,
    *,
    in_transaction: bool = False,
) -> None:
    """Raises KafkaError unless a member with these values may commit.

    In a transaction the values may be missing (producers before KIP-447 send none), and the group
    may be waiting for its assignment: transactional producers are fenced by their epoch.
    """
    if generation_id < 0 and group.state is ClassicGroupState.EMPTY:
        return  # an administrator, or a consumer without group management
    if generation_id < 0 and member_id == "" and group_instance_id is None:
        if in_transaction:
            return
        raise KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)
    group.validate_member(member_id, group_instance_id)
    if generation_id != group.generation_id:
        raise KafkaError(ErrorCode.ILLEGAL_GENERATION)
    if group.state is ClassicGroupState.COMPLETING_REBALANCE and not in_transaction:
        # The generation is new: the member's partitions may be assigned to another one.
        raise KafkaError(ErrorCode.REBALANCE_IN_PROGRESS)


def _commit_value(
    topic_id: bytes,
    partition: OffsetCommitRequestPartition | TxnOffsetCommitRequestPartition,
    now_ms: int,
    expire_ms: int,
) -> OffsetCommitValue:
    return OffsetCommitValue(
        offset=partition.committed_offset,
        leader_epoch=partition.committed_leader_epoch,
        metadata=partition.committed_metadata or "",
        commit_timestamp=now_ms,
        expire_timestamp=expire_ms,
        # The stored version with an expiry time has no topic id.
        topic_id=topic_id if expire_ms == -1 else ZERO_UUID,
    )


def _of_topic_id(value: OffsetCommitValue | None, topic_id: bytes) -> OffsetCommitValue | None:
    """The offset, unless both sides know the topic's id and it differs."""
    if value is None or ZERO_UUID in (value.topic_id, topic_id) or value.topic_id == topic_id:
        return value
    return None


def _unstable(partition: int) -> OffsetFetchResponsePartitions:
    return OffsetFetchResponsePartitions(
        partition_index=partition,
        committed_offset=INVALID_OFFSET,
        metadata="",
        error_code=ErrorCode.UNSTABLE_OFFSET_COMMIT,
    )


def _fetched(partition: int, value: OffsetCommitValue | None) -> OffsetFetchResponsePartitions:
    if value is None:
        return OffsetFetchResponsePartitions(
            partition_index=partition,
            committed_offset=INVALID_OFFSET,
            metadata="",
            error_code=ErrorCode.NONE,
        )
    return OffsetFetchResponsePartitions(
        partition_index=partition,
        committed_offset=value.offset,
        committed_leader_epoch=value.leader_epoch,
        metadata=value.metadata,
        error_code=ErrorCode.NONE,
    )


def _as_long(value: int) -> int:
    """As a Java long: a number that is too great wraps to a negative one."""
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)
