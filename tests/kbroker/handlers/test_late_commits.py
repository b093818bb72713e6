"""Answers that wait for a commit, and what clients are told where it does not come."""

from __future__ import annotations

from typing import Any

import pytest

from kbroker.replicas.durability import FsyncMode, FsyncPolicy
from tests.drivers import BrokerDriver, Client, HeldWorker, batch
from tests.transactions import RISES, TransactionalProducer, values
from wire.errors import ErrorCode
from wire.headers import encode_request
from wire.messages.create_topics import CreatableTopic, CreateTopicsRequest
from wire.messages.delete_topics import DeleteTopicsRequest, DeleteTopicState
from wire.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from wire.messages.find_coordinator import FindCoordinatorRequest
from wire.messages.init_producer_id import InitProducerIdRequest
from wire.messages.list_groups import ListGroupsRequest
from wire.messages.list_transactions import ListTransactionsRequest
from wire.messages.metadata import MetadataRequest, MetadataRequestTopic
from wire.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
)
from wire.messages.offset_fetch import (
    OffsetFetchRequest,
    OffsetFetchRequestGroup,
    OffsetFetchRequestTopics,
)
from wire.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from wire.records.control import ControlRecordType, EndTransactionMarker
from wire.schema import Message
from wire.uuids import ZERO_UUID


class StuckWorker(HeldWorker):
    """A disk that does not answer while it is ``stuck``."""

    stuck = False

    def step(self) -> bool:
        return not self.stuck and super().step()


@pytest.fixture
def broker() -> BrokerDriver:
    """With a topic, a group's partition, and from now on a disk that is stuck."""
    driver = BrokerDriver(fsync=FsyncPolicy(FsyncMode.ALWAYS), offsets_topic_num_partitions="1")
    driver.create_topic("t", 2)
    driver.connect().ask(FindCoordinatorRequest(key_type=0, coordinator_keys=["g"]), 4)
    worker = StuckWorker()
    driver.worker = worker
    driver.node.replicas._flusher._worker = worker
    worker.stuck = True
    return driver


def release(broker: BrokerDriver) -> None:
    assert isinstance(broker.worker, StuckWorker)
    broker.worker.stuck = False
    broker.settle()


def asked(broker: BrokerDriver, request: Message, version: int) -> Client:
    client = broker.connect()
    client.send(request, version)
    assert client.answers() == []
    return client


def produce(*partitions: int, acks: int = -1, timeout_ms: int = 1000) -> ProduceRequest:
    data = [PartitionProduceData(index=index, records=batch(b"v")) for index in partitions]
    topic = TopicProduceData(name="t", partition_data=data)
    return ProduceRequest(acks=acks, timeout_ms=timeout_ms, topic_data=[topic])


def codes(answer: Any) -> list[int]:
    return [one.error_code for one in answer.responses[0].partition_responses]


@pytest.mark.parametrize("acks", [1, -1])
def test_produce(broker: BrokerDriver, acks: int) -> None:
    client = asked(broker, produce(0, 1, acks=acks), 9)
    release(broker)

    [answer] = client.answers()
    assert codes(answer) == [0, 0]


def test_a_late_produce_times_out(broker: BrokerDriver) -> None:
    """The records are there all the same, as in Kafka, and their offsets are told."""
    client = asked(broker, produce(0, 1), 9)
    broker.advance(999)
    assert client.answers() == []
    broker.advance(1)

    [answer] = client.answers()
    assert codes(answer) == [ErrorCode.REQUEST_TIMED_OUT] * 2
    assert answer.responses[0].partition_responses[0].base_offset == 0
    release(broker)
    assert broker.node.replicas.find("t", 0).high_watermark == 1  # type: ignore[union-attr]


def test_a_repeated_batch_waits_for_the_first_one(broker: BrokerDriver) -> None:
    """It is in the log, but not yet on the disk."""
    known = {"producer_id": 7, "producer_epoch": 0, "base_sequence": 0}
    request = produce(0)
    request.topic_data[0].partition_data[0].records = batch(b"v", **known)
    first = asked(broker, request, 9)
    second = asked(broker, request, 9)
    release(broker)

    answers = [*first.answers(), *second.answers()]
    assert [answer.responses[0].partition_responses[0].base_offset for answer in answers] == [0, 0]
    assert [codes(answer) for answer in answers] == [[0], [0]]


def test_only_what_is_late_times_out(broker: BrokerDriver) -> None:
    """A repeated batch that is committed already is acknowledged."""
    known = {"producer_id": 7, "producer_epoch": 0, "base_sequence": 0}
    request = produce(0, 1)
    request.topic_data[0].partition_data[0].records = batch(b"v", **known)
    release(broker)
    broker.connect().ask(request, 9)
    broker.worker.stuck = True  # type: ignore[attr-defined]
    client = asked(broker, request, 9)
    broker.advance(1000)

    [answer] = client.answers()
    assert codes(answer) == [0, ErrorCode.REQUEST_TIMED_OUT]


def test_what_was_committed_before_does_not_wait_for_what_came_later(
    broker: BrokerDriver,
) -> None:
    """A batch that is repeated is acknowledged with its own records."""
    request = produce(0)
    known = {"producer_id": 7, "producer_epoch": 0, "base_sequence": 0}
    request.topic_data[0].partition_data[0].records = batch(b"v", **known)
    release(broker)
    broker.connect().ask(request, 9)
    broker.worker.stuck = True  # type: ignore[attr-defined]
    asked(broker, produce(0), 9)
    client = broker.connect()
    client.send_bytes(encode_request(request, 9, 1, "client"))

    assert client.session.output


def test_consumers_see_what_is_committed(broker: BrokerDriver) -> None:
    """And one that waits is answered by the commit."""
    asked(broker, produce(0), 9)
    wanted = FetchPartition(partition=0, fetch_offset=0, partition_max_bytes=1 << 20)
    request = FetchRequest(
        max_wait_ms=500, min_bytes=1, topics=[FetchTopic(topic="t", partitions=[wanted])]
    )
    client = asked(broker, request, 11)
    release(broker)

    [answer] = client.answers()
    assert answer.responses[0].partitions[0].high_watermark == 1
    assert answer.responses[0].partitions[0].records


def commit_request() -> OffsetCommitRequest:
    partition = OffsetCommitRequestPartition(
        partition_index=0, committed_offset=5, committed_metadata=None
    )
    topic = OffsetCommitRequestTopic(name="t", partitions=[partition])
    return OffsetCommitRequest(group_id="g", topics=[topic])


def fetch_request() -> OffsetFetchRequest:
    topic = OffsetFetchRequestTopics(name="t", partition_indexes=[0])
    return OffsetFetchRequest(groups=[OffsetFetchRequestGroup(group_id="g", topics=[topic])])


def test_offsets_and_who_looks_at_them(broker: BrokerDriver) -> None:
    writer = asked(broker, commit_request(), 8)
    reader = asked(broker, fetch_request(), 8)
    release(broker)

    assert writer.answers()[0].topics[0].partitions[0].error_code == 0
    assert reader.answers()[0].groups[0].topics[0].partitions[0].committed_offset == 5


def test_who_lists_groups_waits_for_new_ones(broker: BrokerDriver) -> None:
    asked(broker, commit_request(), 8)
    reader = asked(broker, ListGroupsRequest(), 4)
    release(broker)

    assert [group.group_id for group in reader.answers()[0].groups] == ["g"]


def test_who_lists_transactions_waits_for_new_ones(broker: BrokerDriver) -> None:
    release(broker)
    producer = TransactionalProducer(broker, "t")
    assert isinstance(broker.worker, StuckWorker)
    broker.worker.stuck = True
    asked(broker, InitProducerIdRequest(transactional_id="t", transaction_timeout_ms=1000), 4)
    wanted = ListTransactionsRequest(state_filters=[], producer_id_filters=[])
    reader = asked(broker, wanted, 0)
    release(broker)

    [state] = reader.answers()[0].transaction_states
    assert state.transactional_id == producer.transactional_id


def test_late_offsets(broker: BrokerDriver) -> None:
    """After offsets.commit.timeout.ms in the coordinator's words."""
    client = asked(broker, commit_request(), 8)
    broker.advance(4999)
    assert client.answers() == []
    broker.advance(1)

    code = client.answers()[0].topics[0].partitions[0].error_code
    assert code == ErrorCode.COORDINATOR_NOT_AVAILABLE


def create(name: str) -> CreateTopicsRequest:
    topic = CreatableTopic(
        name=name, num_partitions=1, replication_factor=1, assignments=[], configs=[]
    )
    return CreateTopicsRequest(topics=[topic], timeout_ms=1000)


def test_topics_are_seen_when_they_are_committed(broker: BrokerDriver) -> None:
    """A second creation in between already finds the name taken, as Kafka's controller does."""
    client = asked(broker, create("new"), 5)
    second = asked(broker, create("new"), 5)
    request = MetadataRequest(
        topics=[MetadataRequestTopic(name="new")], allow_auto_topic_creation=False
    )
    [topic] = broker.connect().ask(request, 9).topics
    assert topic.error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    everything = broker.connect().ask(MetadataRequest(topics=None), 9).topics
    assert "new" not in {topic.name for topic in everything}
    release(broker)

    assert client.answers()[0].topics[0].error_code == 0
    assert second.answers()[0].topics[0].error_code == ErrorCode.TOPIC_ALREADY_EXISTS
    assert broker.connect().ask(request, 9).topics[0].error_code == 0


def test_late_topics(broker: BrokerDriver) -> None:
    client = asked(broker, create("new"), 5)
    broker.advance(29_999)
    assert client.answers() == []
    broker.advance(1)

    assert client.answers()[0].topics[0].error_code == ErrorCode.REQUEST_TIMED_OUT


def first_write(
    broker: BrokerDriver, acks: int = -1
) -> tuple[TransactionalProducer, ProduceRequest]:
    """A producer, its transaction's first records of two partitions, and a disk that is stuck."""
    release(broker)
    producer = TransactionalProducer(broker, "t")
    producer.init()
    assert isinstance(broker.worker, StuckWorker)
    broker.worker.stuck = True
    request = produce(0, 1, acks=acks)
    request.transactional_id = "t"
    for data in request.topic_data[0].partition_data:
        data.records = batch(
            b"a",
            producer_id=producer.producer_id,
            producer_epoch=producer.epoch,
            base_sequence=0,
            is_transactional=True,
        )
    return producer, request


def test_records_that_wait_do_not_stay_in_the_receive_buffer(broker: BrokerDriver) -> None:
    """Others are received into it before the partitions are in the transaction."""
    producer, request = first_write(broker)
    producer.client.send(request, 12)
    buffer = producer.client.inbox.room()
    buffer[:] = bytes(len(buffer))
    release(broker)

    assert codes(producer.client.answers()[0]) == [0, 0]
    assert producer.end(True) == 0
    assert [values(broker, partition) for partition in (0, 1)] == [[b"a"], [b"a"]]


def test_partitions_that_are_late_for_their_transaction(broker: BrokerDriver) -> None:
    """In the words that let a producer try again, and before there is any record."""
    producer, request = first_write(broker)
    producer.client.send(request, 12)
    broker.advance(5000)
    [answer] = producer.client.answers()
    told = answer.responses[0].partition_responses

    assert codes(answer) == [ErrorCode.NOT_ENOUGH_REPLICAS] * 2
    assert {one.error_message for one in told} == {
        "Unable to verify the partition has been added to the transaction. "
        "Underlying error: COORDINATOR_NOT_AVAILABLE"
    }
    assert [end_offset(broker, partition) for partition in (0, 1)] == [0, 0]


def end_offset(broker: BrokerDriver, partition: int) -> int:
    found = broker.node.replicas.find("t", partition)
    assert found is not None
    return found.log.log_end_offset


def test_records_that_nobody_acknowledges_wait_for_their_transaction(broker: BrokerDriver) -> None:
    """Else a power failure could leave some of a transaction that nobody ends."""
    producer, request = first_write(broker, acks=0)
    producer.client.send_bytes(encode_request(request, 12, 1, "client"))
    before = end_offset(broker, 0)
    release(broker)

    assert (before, end_offset(broker, 0)) == (0, 1)


def test_late_markers(broker: BrokerDriver) -> None:
    """The end of the transaction is tried again after so long."""
    told: list[ErrorCode] = []
    marker = EndTransactionMarker(ControlRecordType.COMMIT, 0)
    broker.node.markers.write_all([("t", 0)], marker, 7, 0, 0, told.append)
    broker.advance(29_999)
    assert told == []
    broker.advance(1)

    assert told == [ErrorCode.REQUEST_TIMED_OUT]


def test_a_transaction_ends_in_steps(broker: BrokerDriver) -> None:
    """Whoever comes in between the decision and the last marker is told so, as in Kafka."""
    release(broker)
    producer = TransactionalProducer(broker, "t")
    producer.init()
    assert producer.write(b"a") == 0
    assert isinstance(broker.worker, StuckWorker)
    decided, complete = [], []
    broker.worker.stuck = True
    other = broker.connect()
    producer.client.send(producer.end_request(True), RISES)
    for _ in range(4):
        broker.timers.expire(broker.clock.elapsed_ms)
        broker.worker.stuck = False
        broker.worker.step()
        broker.worker.stuck = True
        decided += producer.client.answers()
        complete.append(values(broker))
    del other

    assert [answer.error_code for answer in decided] == [0]
    assert complete[0] == [], "the decision is committed before any marker"
    assert complete[-1] == [b"a"]


def test_a_topic_whose_creation_is_not_committed_can_be_deleted(broker: BrokerDriver) -> None:
    """The second change is planned on the first one, as Kafka's controller does."""
    wanted = CreatableTopic(
        name="new", num_partitions=1, replication_factor=1, assignments=[], configs=[]
    )
    creating = asked(broker, CreateTopicsRequest(topics=[wanted], timeout_ms=1000), 7)
    state = DeleteTopicState(name="new", topic_id=ZERO_UUID)
    deleting = asked(broker, DeleteTopicsRequest(topics=[state], timeout_ms=1000), 6)
    release(broker)

    assert [topic.error_code for topic in creating.answers()[0].topics] == [0]
    assert [topic.error_code for topic in deleting.answers()[0].responses] == [0]
    assert broker.node.metadata.image.topic("new") is None


def look_up(key: str) -> FindCoordinatorRequest:
    return FindCoordinatorRequest(key_type=1, coordinator_keys=[key])


def metadata(name: str) -> MetadataRequest:
    return MetadataRequest(topics=[MetadataRequestTopic(name=name)], allow_auto_topic_creation=True)


@pytest.mark.parametrize(
    ("requests", "version", "name"),
    [
        ((look_up("a"), look_up("b")), 4, "__transaction_state"),
        ((metadata("__transaction_state"),) * 2, 9, "__transaction_state"),
        ((metadata("new"),) * 2, 9, "new"),
    ],
)
def test_a_topic_is_made_once(
    broker: BrokerDriver, requests: tuple[Message, Message], version: int, name: str
) -> None:
    """Two clients may be the first to need it."""
    clients = [broker.connect(), broker.connect()]
    for client, request in zip(clients, requests, strict=True):
        client.send(request, version)
    release(broker)

    assert [len(client.answers()) for client in clients] == [1, 1]
    assert [topic.name for topic in broker.node.metadata.image.topics()].count(name) == 1
    assert broker.node.replicas.find(name, 0) is not None


def test_a_topic_that_is_not_committed_may_collide(broker: BrokerDriver) -> None:
    """With one whose metrics would have the same name."""
    clients = [broker.connect(), broker.connect()]
    for client, name in zip(clients, ("a.b", "a_b"), strict=True):
        client.send(metadata(name), 9)
    release(broker)

    names = [topic.name for topic in broker.node.metadata.image.topics()]
    assert "a.b" in names
    assert "a_b" not in names
