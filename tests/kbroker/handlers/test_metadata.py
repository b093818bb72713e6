"""Metadata: who asks for what, and what is made by asking."""

from __future__ import annotations

from typing import Any

import pytest

from tests.drivers import CLUSTER_ID, BrokerDriver
from wire.errors import ErrorCode
from wire.messages.metadata import MetadataRequest, MetadataRequestTopic

VERSIONS = range(14)


def ask(broker: BrokerDriver, *names: str, version: int = 13, **fields: Any) -> Any:
    request = MetadataRequest(topics=[MetadataRequestTopic(name=name) for name in names], **fields)
    return broker.connect().ask(request, version)


@pytest.mark.parametrize("version", VERSIONS)
def test_described(broker: BrokerDriver, version: int) -> None:
    """The node under the address by which the client came, and each partition led by it."""
    broker.create_topic("t", 2)
    answer = ask(broker, "t", version=version)

    assert [(node.node_id, node.host, node.port) for node in answer.brokers] == [
        (1, "10.0.0.1", 9092)
    ]
    (topic,) = answer.topics
    assert [
        (found.partition_index, found.leader_id, found.replica_nodes) for found in topic.partitions
    ] == [(0, 1, [1]), (1, 1, [1])]
    if version >= 2:
        assert answer.cluster_id == CLUSTER_ID


def test_a_registered_address_is_told_to_everybody() -> None:
    """advertised.listeners wins over the address that the client used."""
    broker = BrokerDriver(endpoints={"PLAINTEXT": ("kafka.example", 19092)})

    assert [(node.host, node.port) for node in ask(broker).brokers] == [("kafka.example", 19092)]


@pytest.mark.parametrize(("version", "topics"), [(0, []), (1, None), (13, None)])
def test_all_topics(broker: BrokerDriver, version: int, topics: list[Any] | None) -> None:
    """Null asks for all, and so did an empty list in v0; from v1 on that asks for none."""
    broker.create_topic("a")
    broker.create_topic("b")
    answer = broker.connect().ask(MetadataRequest(topics=topics), version)

    assert [topic.name for topic in answer.topics] == ["a", "b"]
    assert ask(broker, version=1).topics == []


def test_topics_of_kafkas_own_are_told_apart(broker: BrokerDriver) -> None:
    """Clients hide them from patterns and lists; also where operations are asked for."""
    broker.create_topic("t")
    broker.node.auto_topic_creation.ensure_internal("__consumer_offsets")
    broker.settle()
    found = [
        {
            topic.name: topic.is_internal
            for topic in ask(
                broker,
                "t",
                "__consumer_offsets",
                version=version,
                include_topic_authorized_operations=with_operations,
            ).topics
        }
        for version, with_operations in ((1, False), (13, False), (13, True))
    ]

    assert found == [{"t": False, "__consumer_offsets": True}] * 3


@pytest.mark.parametrize("version", VERSIONS)
def test_auto_creation(broker: BrokerDriver, version: int) -> None:
    """The answer already has the topic: what Kafka makes a client ask for again, it need not."""
    (topic,) = ask(broker, "new", version=version, allow_auto_topic_creation=True).topics

    assert (topic.error_code, len(topic.partitions)) == (0, 1)
    assert broker.node.metadata.image.topic("new") is not None


@pytest.mark.parametrize(
    ("broker_allows", "client_allows"), [("false", True), ("true", False), ("false", False)]
)
def test_no_auto_creation(broker_allows: str, client_allows: bool) -> None:
    """It takes both."""
    broker = BrokerDriver(auto_create_topics_enable=broker_allows)
    (topic,) = ask(broker, "new", allow_auto_topic_creation=client_allows).topics

    assert topic.error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    assert broker.node.metadata.image.topic("new") is None


@pytest.mark.parametrize("allowed", [True, False])
def test_invalid_names(broker: BrokerDriver, allowed: bool) -> None:
    """Nothing is made of them."""
    (topic,) = ask(broker, "a/b", allow_auto_topic_creation=allowed).topics

    assert topic.error_code == ErrorCode.INVALID_TOPIC_EXCEPTION


def test_by_id(broker: BrokerDriver) -> None:
    """v12 and later may ask by id, and names do not count then."""
    topic_id = broker.create_topic("t")
    topics = [
        MetadataRequestTopic(name=None, topic_id=topic_id),
        MetadataRequestTopic(name=None, topic_id=bytes(15) + b"\x07"),
    ]
    answer = broker.connect().ask(MetadataRequest(topics=topics), 12)

    assert {(topic.name, topic.error_code) for topic in answer.topics} == {
        ("t", 0), (None, ErrorCode.UNKNOWN_TOPIC_ID),
    }  # fmt: skip


def test_unknown_ids_come_first(broker: BrokerDriver) -> None:
    """The others in the order of the request, as in Kafka."""
    ids = [broker.create_topic(name) for name in "bca"]
    unknown = [bytes([number]) * 16 for number in range(1, 6)]
    asked = [ids[0], *unknown, *ids]
    topics = [MetadataRequestTopic(name=None, topic_id=topic_id) for topic_id in asked]
    answer = broker.connect().ask(MetadataRequest(topics=topics), 12)

    assert [topic.topic_id for topic in answer.topics] == [*unknown, *ids]


@pytest.mark.parametrize(
    ("version", "code"), [(10, ErrorCode.INVALID_REQUEST), (12, ErrorCode.UNKNOWN_SERVER_ERROR)]
)
def test_neither_name_nor_id(broker: BrokerDriver, version: int, code: ErrorCode) -> None:
    """The whole request fails."""
    topics = [MetadataRequestTopic(name=None)]
    answer = broker.connect().ask(MetadataRequest(topics=topics), version)

    assert (answer.brokers, answer.topics[0].error_code) == ([], code)


def test_nothing_is_made_by_a_request_that_fails(broker: BrokerDriver) -> None:
    """Not even of its valid names."""
    topics = [MetadataRequestTopic(name="new"), MetadataRequestTopic(name=None)]
    broker.connect().ask(MetadataRequest(topics=topics, allow_auto_topic_creation=True), 10)

    assert broker.node.metadata.image.topic("new") is None


def test_authorized_operations(broker: BrokerDriver) -> None:
    """Without an authorizer everything is allowed; who does not ask is not told."""
    broker.create_topic("t")
    told = ask(broker, "t", version=9, include_topic_authorized_operations=True,
               include_cluster_authorized_operations=True)  # fmt: skip
    silent = ask(broker, "t", version=9)

    assert told.topics[0].topic_authorized_operations == 0b1101_1111_1000
    assert told.cluster_authorized_operations == 0b1_1111_1010_0000
    assert silent.topics[0].topic_authorized_operations == -(1 << 31)


def test_operations_are_told_of_what_is_not_there(broker: BrokerDriver) -> None:
    """But not of an id that nobody knows."""
    topics = [MetadataRequestTopic(name="nope")]
    request = MetadataRequest(
        topics=topics, allow_auto_topic_creation=False, include_topic_authorized_operations=True
    )
    (found,) = broker.connect().ask(request, 10).topics
    assert (found.error_code, found.topic_authorized_operations) == (3, 3576)


def test_beside_an_id_nothing_else_counts(broker: BrokerDriver) -> None:
    topic_id = broker.create_topic("t")
    topics = [MetadataRequestTopic(name=None), MetadataRequestTopic(name=None, topic_id=topic_id)]
    answer = broker.connect().ask(MetadataRequest(topics=topics), 12)

    assert [(topic.error_code, topic.name) for topic in answer.topics] == [(0, "t")]


def test_names_beside_ids_are_not_created(broker: BrokerDriver) -> None:
    """Kafka asks for the ids alone where there are any."""
    topic_id = broker.create_topic("t")
    topics = [MetadataRequestTopic(topic_id=topic_id, name=None), MetadataRequestTopic(name="new")]
    request = MetadataRequest(topics=topics, allow_auto_topic_creation=True)
    answer = broker.connect().ask(request, 13)

    assert [topic.name for topic in answer.topics] == ["t"]
    assert broker.node.metadata.latest.topic("new") is None


def test_topics_are_told_in_the_order_of_the_question(broker: BrokerDriver) -> None:
    for name in "abc":
        broker.create_topic(name)
    wanted = [MetadataRequestTopic(name=name) for name in "bca"]
    answer = broker.connect().ask(MetadataRequest(topics=wanted), 9)

    assert [topic.name for topic in answer.topics] == ["b", "c", "a"]


def test_a_topic_of_kafka_itself_is_internal_before_it_is_there(broker: BrokerDriver) -> None:
    wanted = [MetadataRequestTopic(name=name) for name in ("__consumer_offsets", "t")]
    request = MetadataRequest(topics=wanted, allow_auto_topic_creation=False)
    answer = broker.connect().ask(request, 9)

    assert [topic.is_internal for topic in answer.topics] == [True, False]
