"""TxnOffsetCommit: offsets that count when the transaction commits (as a running 4.3.1 has it)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.drivers import BrokerDriver
from tests.transactions import RISES, TransactionalProducer
from wire.errors import ErrorCode
from wire.messages.add_offsets_to_txn import AddOffsetsToTxnRequest
from wire.messages.delete_groups import DeleteGroupsRequest
from wire.messages.find_coordinator import FindCoordinatorRequest
from wire.messages.list_groups import ListGroupsRequest
from wire.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
)
from wire.messages.offset_delete import (
    OffsetDeleteRequest,
    OffsetDeleteRequestPartition,
    OffsetDeleteRequestTopic,
)
from wire.messages.offset_fetch import (
    OffsetFetchRequest,
    OffsetFetchRequestGroup,
    OffsetFetchRequestTopic,
    OffsetFetchRequestTopics,
    OffsetFetchResponsePartition,
)
from wire.messages.txn_offset_commit import (
    TxnOffsetCommitRequest,
    TxnOffsetCommitRequestPartition,
    TxnOffsetCommitRequestTopic,
)

CHECK_MS = 600_000  # offsets.retention.check.interval.ms


@pytest.fixture
def producer(broker: BrokerDriver) -> TransactionalProducer:
    return ready_producer(broker)


def ready_producer(broker: BrokerDriver) -> TransactionalProducer:
    broker.create_topic("t")
    found = TransactionalProducer(broker)
    found.client.ask(FindCoordinatorRequest(key_type=0, coordinator_keys=["g"]), 4)
    found.init()
    return found


def fetched(broker: BrokerDriver, stable: bool = True) -> tuple[int, int]:
    """(error code, offset), which is the same for those who ask for one group and for several."""
    topic = OffsetFetchRequestTopics(name="t", partition_indexes=[0])
    group = OffsetFetchRequestGroup(group_id="g", topics=[topic])
    several = OffsetFetchRequest(groups=[group], require_stable=stable)
    one = OffsetFetchRequest(
        group_id="g",
        topics=[OffsetFetchRequestTopic(name="t", partition_indexes=[0])],
        require_stable=stable,
    )
    client = broker.connect()
    found: Any = client.ask(several, 8).groups[0].topics[0].partitions[0]
    assert client.ask(one, 7).topics[0].partitions[0] == OffsetFetchResponsePartition(
        partition_index=0,
        committed_offset=found.committed_offset,
        metadata=found.metadata,
        error_code=found.error_code,
    )
    return found.error_code, found.committed_offset


def commit(broker: BrokerDriver, offset: int) -> None:
    """Outside of any transaction."""
    partition = OffsetCommitRequestPartition(
        partition_index=0, committed_offset=offset, committed_metadata=None
    )
    topics = [OffsetCommitRequestTopic(name="t", partitions=[partition])]
    answer = broker.connect().ask(OffsetCommitRequest(group_id="g", topics=topics), 8)
    assert answer.topics[0].partitions[0].error_code == 0


def groups(broker: BrokerDriver) -> list[str]:
    return [group.group_id for group in broker.connect().ask(ListGroupsRequest(), 4).groups]


def fetched_all(broker: BrokerDriver, stable: bool) -> tuple[int, int]:
    """(error code, offset) for who asks for all that the group has committed."""
    group = OffsetFetchRequestGroup(group_id="g", topics=None)
    request = OffsetFetchRequest(groups=[group], require_stable=stable)
    (found,) = broker.connect().ask(request, 8).groups[0].topics[0].partitions
    return found.error_code, found.committed_offset


def commit_in_transaction(
    producer: TransactionalProducer, generation: int = -1, metadata: str | None = None
) -> int:
    partition = TxnOffsetCommitRequestPartition(
        partition_index=0, committed_offset=5, committed_metadata=metadata
    )
    request = TxnOffsetCommitRequest(
        transactional_id=producer.transactional_id,
        producer_id=producer.producer_id,
        producer_epoch=producer.epoch,
        group_id="g",
        generation_id_or_member_epoch=generation,
        topics=[TxnOffsetCommitRequestTopic(name="t", partitions=[partition])],
    )
    return int(producer.client.ask(request, 5).topics[0].partitions[0].error_code)


def add_offsets(producer: TransactionalProducer) -> None:
    request = AddOffsetsToTxnRequest(
        transactional_id="t",
        producer_id=producer.producer_id,
        producer_epoch=producer.epoch,
        group_id="g",
    )
    assert producer.client.ask(request, 3).error_code == 0


@pytest.mark.parametrize("commit", [True, False])
def test_offsets_follow_the_transaction(
    broker: BrokerDriver, producer: TransactionalProducer, commit: bool
) -> None:
    assert producer.commit_offset(5) == 0
    assert fetched(broker) == (ErrorCode.UNSTABLE_OFFSET_COMMIT, -1)
    assert fetched(broker, stable=False) == (0, -1)
    producer.end(commit)
    assert fetched(broker) == (0, 5 if commit else -1)


@pytest.mark.parametrize("stable", [True, False])
def test_what_is_pending_is_told_to_who_asks_for_stable_offsets(
    broker: BrokerDriver, producer: TransactionalProducer, stable: bool
) -> None:
    commit(broker, 4)
    assert producer.commit_offset(5) == 0
    code = ErrorCode.UNSTABLE_OFFSET_COMMIT if stable else 0
    assert fetched_all(broker, stable) == fetched(broker, stable) == (code, -1 if stable else 4)


def test_it_stays_for_the_whole_retention_time(
    broker: BrokerDriver, producer: TransactionalProducer
) -> None:
    producer.commit_offset(5)
    producer.end(True)
    broker.advance(7 * 24 * 3_600_000 - CHECK_MS)
    assert fetched(broker) == (0, 5)
    broker.advance(2 * CHECK_MS)
    assert fetched(broker) == (0, -1)


def test_a_member_of_no_group(broker: BrokerDriver, producer: TransactionalProducer) -> None:
    assert commit_in_transaction(producer, generation=0) == ErrorCode.ILLEGAL_GENERATION
    assert groups(broker) == []


def test_a_group_of_which_every_offset_was_refused() -> None:
    """Kafka has it, and shows it after the next write of its coordinator."""
    broker = BrokerDriver(offsets_topic_num_partitions="1")
    producer = ready_producer(broker)
    code = commit_in_transaction(producer, metadata="x" * 4097)
    assert (code, groups(broker)) == (ErrorCode.OFFSET_METADATA_TOO_LARGE, [])
    producer.commit_offset(5, group="other")
    assert groups(broker) == ["g", "other"]


@pytest.mark.parametrize("version", [3, 4, 5])
def test_a_group_whose_coordinator_nobody_looked_for(broker: BrokerDriver, version: int) -> None:
    """Its topic is not there, and neither this request nor AddOffsetsToTxn makes it."""
    broker.create_topic("t")
    producer = TransactionalProducer(broker)
    producer.init()
    add_offsets(producer)

    assert producer.commit_offset(5, version=version) == ErrorCode.COORDINATOR_NOT_AVAILABLE


@pytest.mark.parametrize("commit", [True, False])
def test_an_open_one_survives_a_restart(
    broker: BrokerDriver, producer: TransactionalProducer, commit: bool
) -> None:
    producer.commit_offset(5)
    broker.restart(clean=False)
    assert fetched(broker) == (ErrorCode.UNSTABLE_OFFSET_COMMIT, -1)
    again = TransactionalProducer(broker)
    again.producer_id, again.epoch = producer.producer_id, producer.epoch
    assert again.end(commit) == 0
    broker.restart(clean=False)
    assert fetched(broker) == (0, 5 if commit else -1)


def test_what_is_pending_goes_with_its_topic(
    broker: BrokerDriver, producer: TransactionalProducer
) -> None:
    """Else its offset would come into being after the topic's end."""
    producer.commit_offset(5)
    image = broker.node.metadata.image.topic("t")
    assert image is not None
    broker.node.metadata.delete_topics([image])
    broker.settle()
    assert fetched(broker) == (0, -1)
    producer.end(True)
    assert fetched(broker) == (0, -1)


@pytest.mark.parametrize("committed", [True, False])
def test_what_is_pending_keeps_offset_and_group_from_expiring(
    broker: BrokerDriver, producer: TransactionalProducer, committed: bool
) -> None:
    """Both go at the first check after the end of the transaction."""
    producer.init(timeout_ms=900_000)
    if committed:
        commit(broker, 1)
    producer.commit_offset(5)
    broker.node.settings.set("offsets.retention.minutes", "1")
    broker.advance(CHECK_MS)
    assert fetched(broker, stable=False) == (0, 1 if committed else -1)
    assert groups(broker) == ["g"]
    producer.end(True)
    assert fetched(broker) == (0, 5)
    broker.advance(CHECK_MS)

    assert (fetched(broker), groups(broker)) == ((0, -1), [])


def delete_group(broker: BrokerDriver) -> int:
    answer = broker.connect().ask(DeleteGroupsRequest(groups_names=["g"]), 2)
    return int(answer.results[0].error_code)


def delete_offset(broker: BrokerDriver) -> int:
    partitions = [OffsetDeleteRequestPartition(partition_index=0)]
    topics = [OffsetDeleteRequestTopic(name="t", partitions=partitions)]
    answer = broker.connect().ask(OffsetDeleteRequest(group_id="g", topics=topics), 0)
    return int(answer.topics[0].partitions[0].error_code)


@pytest.mark.parametrize("delete", [delete_group, delete_offset])
def test_what_is_pending_goes_with_what_is_deleted(
    broker: BrokerDriver, producer: TransactionalProducer, delete: Callable[[BrokerDriver], int]
) -> None:
    """Else the end of the transaction would bring it back."""
    producer.commit_offset(5)
    assert delete(broker) == 0
    producer.end(True)

    assert fetched(broker) == (0, -1)


@pytest.mark.parametrize(
    ("version", "code"),
    [
        (3, ErrorCode.INVALID_TXN_STATE),
        (4, ErrorCode.TRANSACTION_ABORTABLE),
        (5, ErrorCode.NONE),
    ],
)
def test_whether_it_has_to_be_added_before(
    producer: TransactionalProducer, version: int, code: ErrorCode
) -> None:
    assert producer.commit_offset(5, version=version) == code
    if version < RISES:
        add_offsets(producer)
        assert producer.commit_offset(5, version=version) == 0


def test_refused(producer: TransactionalProducer) -> None:
    assert producer.commit_offset(5, group="") == ErrorCode.INVALID_GROUP_ID
    producer.epoch = 3
    assert producer.commit_offset(5) == ErrorCode.INVALID_PRODUCER_EPOCH
    producer.transactional_id = "nobody"
    assert producer.commit_offset(5) == ErrorCode.INVALID_PRODUCER_ID_MAPPING


def test_an_epoch_that_is_over_is_told_before_whose_it_is(producer: TransactionalProducer) -> None:
    """The partition knows of it before the coordinator is asked."""
    epoch = producer.epoch
    assert producer.commit_offset(5) == 0
    assert producer.end(commit=False) == 0
    producer.epoch, producer.transactional_id = epoch, "nobody"

    assert producer.commit_offset(5) == ErrorCode.INVALID_PRODUCER_EPOCH


def test_partitions_that_do_not_exist_are_told_apart(producer: TransactionalProducer) -> None:
    """The group is asked about the others; what it refuses, it refuses of them."""

    def committed(*wanted: tuple[str, list[int]]) -> list[tuple[str, list[tuple[int, int]]]]:
        request = TxnOffsetCommitRequest(
            transactional_id="t",
            group_id="",
            producer_id=producer.producer_id,
            producer_epoch=producer.epoch,
            topics=[
                TxnOffsetCommitRequestTopic(
                    name=name,
                    partitions=[
                        TxnOffsetCommitRequestPartition(
                            partition_index=index, committed_offset=1, committed_metadata=None
                        )
                        for index in indexes
                    ],
                )
                for name, indexes in wanted
            ],
        )
        return [
            (topic.name, [(one.partition_index, one.error_code) for one in topic.partitions])
            for topic in producer.client.ask(request, 3).topics
        ]

    assert committed(("t", [0, 5]), ("none", [])) == [("t", [(5, 3), (0, 24)]), ("none", [])]
    assert committed(("t", [0]), ("t", [0])) == [("t", [(0, 24)]), ("t", [(0, 24)])]


def test_a_deleted_group_does_not_come_back_with_the_marker(
    broker: BrokerDriver, producer: TransactionalProducer
) -> None:
    commit(broker, 3)
    assert producer.commit_offset(5) == 0
    answer = broker.connect().ask(DeleteGroupsRequest(groups_names=["g"]), 2)
    producer.end(commit=True)

    assert answer.results[0].error_code == 0
    assert groups(broker) == []
    assert fetched(broker) == (0, -1)
