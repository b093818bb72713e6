"""The error that each misuse gets, as clients pass it on and as the broker says it."""

from __future__ import annotations

from typing import Any

import pytest
from kafka.protocol.consumer import (
    HeartbeatRequest,
    JoinGroupRequest,
    LeaveGroupRequest,
    OffsetCommitRequest,
    SyncGroupRequest,
)
from kafka.protocol.producer import ProduceRequest

from compat_tests.clients import base
from compat_tests.clients.base import Client, Rec, RefusedError
from compat_tests.clients.raw import KafkaPythonRequests
from compat_tests.parity.batches import Batch

OFFSET_OUT_OF_RANGE, UNKNOWN_TOPIC_OR_PARTITION, MESSAGE_TOO_LARGE = 1, 3, 10
INVALID_TOPIC, ILLEGAL_GENERATION, INCONSISTENT_GROUP_PROTOCOL, INVALID_GROUP_ID = 17, 22, 23, 24
INVALID_REQUIRED_ACKS, UNKNOWN_MEMBER_ID, INVALID_SESSION_TIMEOUT = 21, 25, 26
TOPIC_ALREADY_EXISTS, INVALID_PARTITIONS, INVALID_REPLICATION_FACTOR, INVALID_CONFIG = (
    36,
    37,
    38,
    40,
)
MEMBER_ID_REQUIRED = 79


def code_of(error: pytest.ExceptionInfo[RefusedError]) -> int:
    return error.value.code


@pytest.mark.needs(base.ADMIN)
@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"topic": "a/b"}, INVALID_TOPIC),
        ({"topic": "x" * 250}, INVALID_TOPIC),
        ({"partitions": 0}, INVALID_PARTITIONS),
        ({"replication": 3}, INVALID_REPLICATION_FACTOR),
        ({"configs": {"no.such.setting": "1"}}, INVALID_CONFIG),
        ({"configs": {"retention.ms": "soon"}}, INVALID_CONFIG),
    ],
)
def test_topics_that_cannot_be(
    client: Client, name: str, wanted: dict[str, Any], code: int
) -> None:
    if client.name == "confluent-kafka" and wanted.get("partitions") == 0:
        pytest.skip("librdkafka refuses this by itself")
    with pytest.raises(RefusedError) as error:
        client.create_topic(**({"topic": name} | wanted))
    assert code_of(error) == code


@pytest.mark.needs(base.ADMIN)
def test_a_topic_that_exists(client: Client, name: str) -> None:
    client.create_topic(name)
    with pytest.raises(RefusedError) as error:
        client.create_topic(name)
    assert code_of(error) == TOPIC_ALREADY_EXISTS


@pytest.mark.needs(base.ADMIN)
def test_deleting_what_is_not_there(client: Client, name: str) -> None:
    with pytest.raises(RefusedError) as error:
        client.delete_topic(name)
    assert code_of(error) == UNKNOWN_TOPIC_OR_PARTITION


def test_a_record_that_is_too_large(client: Client, admin: Client, name: str) -> None:
    admin.create_topic(name, configs={"max.message.bytes": "1000"})
    with pytest.raises(RefusedError) as error:
        client.produce(name, [Rec(b"x" * 2000, partition=0)])
    assert code_of(error) == MESSAGE_TOO_LARGE
    client.produce(name, [Rec(b"x" * 500, partition=0)])
    assert client.offsets(name, 0) == (0, 1)


def test_an_offset_out_of_range_without_reset(client: Client, admin: Client, name: str) -> None:
    admin.create_topic(name)
    admin.produce(name, [Rec(b"value", partition=0)])
    if client.name == "kcat":
        pytest.skip("kcat begins elsewhere by itself")
    # Each library tells it in its own words, and none of them goes on by itself.
    with pytest.raises(Exception, match=r"(?i)offset|1 records") as error:
        client.consume(name, 0, 50, 1)
    assert not isinstance(error.value, TimeoutError)


def test_an_offset_out_of_range_with_reset(client: Client, admin: Client, name: str) -> None:
    admin.create_topic(name)
    admin.produce(name, [Rec(b"first", partition=0)])
    got = client.consume(name, 0, 50, 1, auto_reset="earliest")
    assert [one.value for one in got] == [b"first"]


def produce_request(topic: str, partition: int = 0, acks: int = -1, **batch: Any) -> Any:
    data = ProduceRequest.TopicProduceData
    records = Batch(**batch).encode()
    wanted = data.PartitionProduceData(index=partition, records=records)
    return ProduceRequest(
        transactional_id=None,
        acks=acks,
        timeout_ms=5000,
        topic_data=[data(name=topic, partition_data=[wanted])],
        version=9,
    )


def produce_code(raw: KafkaPythonRequests, **request: Any) -> int:
    answer = raw.ask(produce_request(**request))
    return int(answer.responses[0].partition_responses[0].error_code)


def test_produce(raw: KafkaPythonRequests, admin: Client, name: str) -> None:
    admin.create_topic(name)
    assert produce_code(raw, topic=name) == 0
    assert produce_code(raw, topic=name, acks=2) == INVALID_REQUIRED_ACKS
    assert produce_code(raw, topic=name, partition=1) == UNKNOWN_TOPIC_OR_PARTITION
    assert produce_code(raw, topic=f"{name}-nowhere") == UNKNOWN_TOPIC_OR_PARTITION


def join_request(group: str, **more: Any) -> Any:
    protocol = JoinGroupRequest.JoinGroupRequestProtocol(name="range", metadata=b"")
    fields = {
        "group_id": group,
        "session_timeout_ms": 10_000,
        "rebalance_timeout_ms": 10_000,
        "member_id": "",
        "group_instance_id": None,
        "protocol_type": "test",
        "protocols": [protocol],
    }
    return JoinGroupRequest(**(fields | more), version=5)


def test_joining(raw: KafkaPythonRequests, admin: Client, name: str) -> None:
    admin.create_topic(name)
    admin.commit(name, name, {0: 0})  # the group's coordinator is there
    assert raw.ask(join_request("")).error_code == INVALID_GROUP_ID
    short = join_request(name, session_timeout_ms=10)
    assert raw.ask(short).error_code == INVALID_SESSION_TIMEOUT
    assert raw.ask(join_request(name, member_id="nobody")).error_code == UNKNOWN_MEMBER_ID
    assert raw.ask(join_request(name, protocols=[])).error_code == INCONSISTENT_GROUP_PROTOCOL
    assert raw.ask(join_request(name)).error_code == MEMBER_ID_REQUIRED


def test_a_member_of_another_generation(raw: KafkaPythonRequests, admin: Client, name: str) -> None:
    admin.create_topic(name)
    admin.commit(name, name, {0: 0})
    member = raw.ask(join_request(name)).member_id
    joined = raw.ask(join_request(name, member_id=member))
    assert joined.error_code == 0

    def beat(generation: int, who: str) -> int:
        request = HeartbeatRequest(
            group_id=name,
            generation_id=generation,
            member_id=who,
            group_instance_id=None,
            version=3,
        )
        return int(raw.ask(request).error_code)

    assert beat(joined.generation_id, member) == 0
    assert beat(joined.generation_id + 1, member) == ILLEGAL_GENERATION
    assert beat(joined.generation_id, "nobody") == UNKNOWN_MEMBER_ID
    assert sync_code(raw, name, joined.generation_id + 1, member) == ILLEGAL_GENERATION
    assert commit_code(raw, name, joined.generation_id + 1, member) == ILLEGAL_GENERATION
    assert commit_code(raw, name, joined.generation_id, "nobody") == UNKNOWN_MEMBER_ID
    left = raw.ask(LeaveGroupRequest(group_id=name, member_id=member, version=2))
    assert left.error_code == 0
    assert beat(joined.generation_id, member) == UNKNOWN_MEMBER_ID


def sync_code(raw: KafkaPythonRequests, group: str, generation: int, member: str) -> int:
    request = SyncGroupRequest(
        group_id=group,
        generation_id=generation,
        member_id=member,
        group_instance_id=None,
        assignments=[],
        version=3,
    )
    return int(raw.ask(request).error_code)


def commit_code(raw: KafkaPythonRequests, group: str, generation: int, member: str) -> int:
    topic = OffsetCommitRequest.OffsetCommitRequestTopic
    partition = topic.OffsetCommitRequestPartition(
        partition_index=0, committed_offset=1, committed_leader_epoch=-1, committed_metadata=""
    )
    request = OffsetCommitRequest(
        group_id=group,
        generation_id_or_member_epoch=generation,
        member_id=member,
        group_instance_id=None,
        topics=[topic(name=group, partitions=[partition])],
        version=7,
    )
    return int(raw.ask(request).topics[0].partitions[0].error_code)
