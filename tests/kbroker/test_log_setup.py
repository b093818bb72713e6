"""One line for each request that a person can read."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from kbroker.apis import APIS
from kbroker.dispatch import served_api
from kbroker.log_setup import log_requests
from kbroker.pending import Pending
from tests.drivers import BrokerDriver, batch
from tests.wire.drawn_messages import as_of, drawn
from wire.api_keys import ApiKey
from wire.messages.create_partitions import CreatePartitionsRequest, CreatePartitionsTopic
from wire.messages.delete_topics import (
    DeletableTopicResult,
    DeleteTopicsRequest,
    DeleteTopicsResponse,
    DeleteTopicState,
)
from wire.messages.describe_log_dirs import DescribableLogDirTopic, DescribeLogDirsRequest
from wire.messages.fetch import (
    FetchableTopicResponse,
    FetchPartition,
    FetchRequest,
    FetchResponse,
    FetchTopic,
    PartitionData,
)
from wire.messages.find_coordinator import FindCoordinatorRequest
from wire.messages.init_producer_id import InitProducerIdRequest, InitProducerIdResponse
from wire.messages.list_offsets import (
    ListOffsetsPartition,
    ListOffsetsPartitionResponse,
    ListOffsetsRequest,
    ListOffsetsResponse,
    ListOffsetsTopic,
    ListOffsetsTopicResponse,
)
from wire.messages.metadata import MetadataRequest, MetadataRequestTopic
from wire.messages.offset_fetch import OffsetFetchRequest, OffsetFetchRequestTopic
from wire.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData


def test_lines(broker: BrokerDriver, caplog: pytest.LogCaptureFixture) -> None:
    """Who, what, which version, about what, and how it went."""
    broker.create_topic("t")
    caplog.set_level(logging.INFO, "kbroker")
    client = broker.connect()
    data = [PartitionProduceData(index=0, records=batch(b"a"))]
    topics = [TopicProduceData(name="t", partition_data=data)]
    client.ask(ProduceRequest(acks=1, timeout_ms=1, topic_data=topics), 9)
    partition = FetchPartition(partition=3, fetch_offset=0, partition_max_bytes=1)
    fetched = [FetchTopic(topic="t", partitions=[partition])]
    client.ask(FetchRequest(max_wait_ms=0, min_bytes=0, topics=fetched), 11)
    client.ask(MetadataRequest(topics=[MetadataRequestTopic(name="a/b")]), 9)
    client.ask(MetadataRequest(topics=[]), 9)

    assert [one.getMessage() for one in caplog.records] == [
        "client=client addr=10.0.0.9 PRODUCE v9 t[0] -> ok",
        "client=client addr=10.0.0.9 FETCH v11 t[3] -> UNKNOWN_TOPIC_OR_PARTITION",
        "client=client addr=10.0.0.9 METADATA v9 a/b -> INVALID_TOPIC_EXCEPTION",
        "client=client addr=10.0.0.9 METADATA v9 - -> ok",
    ]


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Any:
    """What is said of a request and its answer, behind the version."""
    caplog.set_level(logging.INFO, "kbroker")
    connection = SimpleNamespace(client_host="10.0.0.9", local_host="10.0.0.1")
    context: Any = SimpleNamespace(client_id="c", connection=connection, api_version=3)

    def log(request: Any, answer: Any = None) -> str:
        log_requests(context, ApiKey.METADATA, request, answer)
        who, _, what = caplog.records.pop().getMessage().partition(" v3 ")
        assert who == "client=c addr=10.0.0.9 METADATA"
        return what

    return log


def fetched(**topic: Any) -> FetchRequest:
    indexes = topic.pop("partitions")
    partitions = [
        FetchPartition(partition=index, fetch_offset=0, partition_max_bytes=1) for index in indexes
    ]
    topics = [FetchTopic(partitions=partitions, **topic)]
    return FetchRequest(max_wait_ms=0, min_bytes=0, topics=topics)


@pytest.mark.parametrize(
    ("request_", "subjects"),
    [
        (MetadataRequest(topics=None), "-"),
        (FindCoordinatorRequest(key="g"), "key=g"),
        (InitProducerIdRequest(transactional_id="x", transaction_timeout_ms=1),
         "transactional_id=x"),
        (InitProducerIdRequest(transactional_id=None, transaction_timeout_ms=1), "-"),
        (DeleteTopicsRequest(topic_names=["a", "b"], timeout_ms=1), "a b"),
        (DeleteTopicsRequest(topics=[DeleteTopicState(name=None, topic_id=b"\xab" * 16)],
                             timeout_ms=1), "ab" * 16),
        (fetched(topic="t", partitions=[0, 5]), "t[0,5]"),
        (fetched(topic_id=b"\xcd" * 16, partitions=[0]), f"{'cd' * 16}[0]"),
        (CreatePartitionsRequest(
            topics=[CreatePartitionsTopic(name="", count=2, assignments=None)],
            timeout_ms=1, validate_only=False), "''"),
        (ListOffsetsRequest(replica_id=-1, topics=[
            ListOffsetsTopic(name=name, partitions=[
                ListOffsetsPartition(partition_index=2, timestamp=0)])
            for name in "st"]), "s[2] t[2]"),
        (OffsetFetchRequest(group_id="g", topics=[
            OffsetFetchRequestTopic(name="t", partition_indexes=[0, 1])]), "group_id=g t[0,1]"),
        (DescribeLogDirsRequest(topics=[DescribableLogDirTopic(topic="t", partitions=[3, 4])]),
         "t[3,4]"),
    ],
)  # fmt: skip
def test_what_a_request_is_about(request_: Any, subjects: str, logged: Any) -> None:
    """Every topic and partition that it names, by its id where it has no name."""
    assert logged(request_) == f"{subjects} -> no answer wanted"


@pytest.mark.parametrize("api", APIS.values(), ids=lambda api: api.handler)
def test_whatever_is_asked_can_be_logged(api: Any, logged: Any) -> None:
    """A name may be empty, a list null."""
    served = served_api(api.key, api.last)
    assert served is not None
    for request in drawn(served.request_class):
        for version in range(api.first, api.last + 1):
            assert logged(as_of(request, version)).endswith(" -> no answer wanted")


def listed(*codes: int) -> ListOffsetsResponse:
    topics = [
        ListOffsetsTopicResponse(
            name="t", partitions=[ListOffsetsPartitionResponse(partition_index=0, error_code=code)]
        )
        for code in codes
    ]
    return ListOffsetsResponse(topics=topics)


def done() -> Pending[object]:
    pending = Pending[object]()
    pending.complete(object())
    return pending


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (None, "no answer wanted"),
        (Pending(), "waits"),
        (done(), "ok"),
        (listed(), "ok"),
        (listed(0, 0), "ok"),
        (listed(0, 6, 3, 0, 6), "UNKNOWN_TOPIC_OR_PARTITION,NOT_LEADER_OR_FOLLOWER"),
        (FetchResponse(responses=[FetchableTopicResponse(topic="t", partitions=[
            PartitionData(partition_index=0, error_code=0, high_watermark=0, records=None,
                          aborted_transactions=None)])]), "ok"),
        (InitProducerIdResponse(error_code=15, producer_id=-1, producer_epoch=-1),
         "COORDINATOR_NOT_AVAILABLE"),
        (DeleteTopicsResponse(responses=[DeletableTopicResult(name="t", error_code=-1)]),
         "UNKNOWN_SERVER_ERROR"),
    ],
)  # fmt: skip
def test_how_it_went(answer: Any, outcome: str, logged: Any) -> None:
    """Every error, once."""
    assert logged(MetadataRequest(topics=[]), answer) == f"- -> {outcome}"
