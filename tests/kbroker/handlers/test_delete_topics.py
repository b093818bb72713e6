"""DeleteTopics: by name and by id (as a running 4.3.1 answers)."""

from __future__ import annotations

from typing import Any

import pytest

from kbroker.handlers import delete_topics
from tests.drivers import BrokerDriver
from tests.transactions import TransactionalProducer
from wire.errors import ErrorCode
from wire.messages.delete_topics import DeleteTopicsRequest, DeleteTopicState
from wire.messages.find_coordinator import FindCoordinatorRequest
from wire.messages.heartbeat import HeartbeatRequest
from wire.messages.join_group import JoinGroupRequest, JoinGroupRequestProtocol
from wire.messages.list_groups import ListGroupsRequest
from wire.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
)
from wire.messages.offset_fetch import OffsetFetchRequest, OffsetFetchRequestGroup
from wire.uuids import ZERO_UUID

UNKNOWN_ID = bytes(15) + b"\x07"


def ask(broker: BrokerDriver, *topics: tuple[str | None, bytes]) -> list[tuple[int, str | None]]:
    states = [DeleteTopicState(name=name, topic_id=topic_id) for name, topic_id in topics]
    answer = broker.connect().ask(DeleteTopicsRequest(topics=states, timeout_ms=1), 6)
    return [(topic.error_code, topic.error_message) for topic in answer.responses]


@pytest.mark.parametrize("version", range(1, 7))
def test_deleted(broker: BrokerDriver, version: int) -> None:
    """It is gone when the answer comes, and may be made anew, empty and under another id."""
    old_id = broker.create_topic("t")
    request = DeleteTopicsRequest(
        topics=[DeleteTopicState(name="t", topic_id=ZERO_UUID)], topic_names=["t"], timeout_ms=1
    )
    answer = broker.connect().ask(request, version)

    assert [topic.error_code for topic in answer.responses] == [0]
    assert broker.node.replicas.find("t", 0) is None
    assert broker.create_topic("t") != old_id


def test_by_id(broker: BrokerDriver) -> None:
    """The answer has the name as well."""
    topic_id = broker.create_topic("t")

    assert ask(broker, (None, topic_id)) == [(0, None)]
    assert len(broker.node.metadata.image) == 0


@pytest.mark.parametrize(
    ("topics", "code", "message"),
    [
        ([("nope", ZERO_UUID)], 3, "This server does not host this topic-partition."),
        ([(None, UNKNOWN_ID)], 100, "This server does not host this topic ID."),
        ([(None, ZERO_UUID)], 42, "Neither topic name nor id were specified."),
        ([("t", UNKNOWN_ID)], 42, "You may not specify both topic name and topic id."),
        ([("t", ZERO_UUID)] * 2, 42, "Duplicate topic name."),
        ([(None, UNKNOWN_ID)] * 2, 42, "Duplicate topic id."),
    ],
)
def test_refused(
    broker: BrokerDriver, topics: list[tuple[str | None, bytes]], code: int, message: str
) -> None:
    """One result, in Kafka's words."""
    broker.create_topic("t")

    assert ask(broker, *topics) == [(code, message)]
    assert len(broker.node.metadata.image) == 1


def test_what_is_no_name_and_no_id_is_told_as_often_as_it_comes(broker: BrokerDriver) -> None:
    assert len(ask(broker, *[("t", UNKNOWN_ID), (None, ZERO_UUID)] * 2)) == 4


def test_name_and_id_of_one_topic(broker: BrokerDriver) -> None:
    """Named both ways it is not deleted."""
    topic_id = broker.create_topic("t")
    message = "The provided topic name maps to an ID that was already supplied."

    assert ask(broker, (None, topic_id), ("t", ZERO_UUID)) == [(42, message)]
    assert len(broker.node.metadata.image) == 1


def test_ids_are_answered_before_names(broker: BrokerDriver) -> None:
    """As in Kafka, whatever the order of the request."""
    broker.create_topic("a")
    states = [
        DeleteTopicState(name="a", topic_id=ZERO_UUID),
        DeleteTopicState(name=None, topic_id=broker.create_topic("b")),
    ]
    answer = broker.connect().ask(DeleteTopicsRequest(topics=states, timeout_ms=1), 6)

    assert [topic.name for topic in answer.responses] == ["b", "a"]


def test_deletion_may_be_off() -> None:
    """delete.topic.enable=false; older clients do not know the code."""
    broker = BrokerDriver(delete_topic_enable="false")
    broker.create_topic("t")
    request: Any = DeleteTopicsRequest(topic_names=["t"], timeout_ms=1)
    codes = [broker.connect().ask(request, version).responses[0].error_code for version in (2, 3)]

    assert codes == [ErrorCode.INVALID_REQUEST, ErrorCode.TOPIC_DELETION_DISABLED]


def test_groups_go_with_their_topic(broker: BrokerDriver) -> None:
    """Who waits is sent to look for the coordinator, and the group does not come back with it."""
    client, waiting = broker.connect(), broker.connect()
    client.ask(FindCoordinatorRequest(key_type=0, coordinator_keys=["g"]), 4)
    protocol = JoinGroupRequestProtocol(name="range", metadata=b"")
    join = JoinGroupRequest(
        group_id="g",
        session_timeout_ms=10_000,
        member_id="",
        protocol_type="consumer",
        protocols=[protocol],
    )
    broker.settings.set("group.initial.rebalance.delay.ms", "3000")
    waiting.send(join, 3)
    ask(broker, ("__consumer_offsets", ZERO_UUID))
    [refused] = waiting.answers()
    beat = HeartbeatRequest(group_id="g", generation_id=1, member_id=refused.member_id)

    assert refused.error_code == ErrorCode.NOT_COORDINATOR
    assert client.ask(ListGroupsRequest(), 4).groups == []
    assert client.ask(beat, 4).error_code == ErrorCode.NOT_COORDINATOR
    client.ask(FindCoordinatorRequest(key_type=0, coordinator_keys=["g"]), 4)
    assert client.ask(beat, 4).error_code == ErrorCode.UNKNOWN_MEMBER_ID
    broker.advance(600_000)


def test_transactional_ids_go_with_their_topic(broker: BrokerDriver) -> None:
    producer = TransactionalProducer(broker)
    producer.init()
    known = producer.producer_id
    ask(broker, ("__transaction_state", ZERO_UUID))

    assert producer.init() == ErrorCode.NOT_COORDINATOR
    again = TransactionalProducer(broker)
    assert again.init() == 0
    assert (again.producer_id == known, again.epoch) == (False, 0)


def test_all_that_goes_with_topics_of_one_request(broker: BrokerDriver) -> None:
    """The ids of transactions, and what a group has committed for each of the others."""
    producer = TransactionalProducer(broker)
    producer.init()
    client = broker.connect()
    client.ask(FindCoordinatorRequest(key_type=0, coordinator_keys=["g"]), 4)
    partition = OffsetCommitRequestPartition(
        partition_index=0, committed_offset=5, committed_metadata=None
    )
    topics = [OffsetCommitRequestTopic(name=name, partitions=[partition]) for name in "abc"]
    for name in "abc":
        broker.create_topic(name)
    client.ask(OffsetCommitRequest(group_id="g", topics=topics), 8)
    ask(broker, *((name, ZERO_UUID) for name in ("__transaction_state", "a", "b")))
    asked = OffsetFetchRequest(groups=[OffsetFetchRequestGroup(group_id="g", topics=None)])
    [group] = client.ask(asked, 8).groups

    assert [topic.name for topic in group.topics] == ["c"]
    assert producer.init() == ErrorCode.NOT_COORDINATOR


def test_both_coordinators_forget_at_once(broker: BrokerDriver) -> None:
    producer = TransactionalProducer(broker)
    producer.init()
    known = producer.producer_id
    broker.connect().ask(FindCoordinatorRequest(key_type=0, coordinator_keys=["g"]), 4)
    ask(broker, ("__consumer_offsets", ZERO_UUID), ("__transaction_state", ZERO_UUID))
    again = TransactionalProducer(broker)
    again.init()

    assert (again.producer_id == known, again.epoch) == (False, 0)


def test_one_request_deletes_so_many(broker: BrokerDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each deletion is a record, of which one request may write 10,000 (here: 2)."""
    monkeypatch.setattr(delete_topics, "MAX_RECORDS_PER_REQUEST", 2)
    for name in "abc":
        broker.create_topic(name)

    codes = [code for code, _ in ask(broker, *((name, ZERO_UUID) for name in "abc"))]
    assert codes == [0, 0, ErrorCode.UNKNOWN_SERVER_ERROR]
    assert [topic.name for topic in broker.node.metadata.image.topics()] == ["c"]


def test_too_late(broker: BrokerDriver) -> None:
    """Nothing is deleted; names that come twice are not even tried."""
    broker.create_topic("t")

    def codes(*names: str) -> list[int]:
        states = [DeleteTopicState(name=name, topic_id=ZERO_UUID) for name in names]
        answer = broker.connect().ask(DeleteTopicsRequest(topics=states, timeout_ms=0), 6)
        return [topic.error_code for topic in answer.responses]

    assert codes("t", "u") == [ErrorCode.REQUEST_TIMED_OUT] * 2
    assert codes("t", "t") == [ErrorCode.INVALID_REQUEST]
    assert broker.node.replicas.find("t", 0) is not None
