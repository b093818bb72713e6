"""Where groups, transactions and share partitions have their coordinators."""

from __future__ import annotations

import pytest

from kbroker.handlers import find_coordinator
from tests.drivers import BrokerDriver
from wire.codec import decode, encode
from wire.errors import ErrorCode
from wire.messages.find_coordinator import (
    Coordinator,
    FindCoordinatorRequest,
    FindCoordinatorResponse,
)

GROUP, TRANSACTION, SHARE = 0, 1, 2
MALFORMED = (
    "This most likely occurs because of a request being malformed by the client library or the "
    "message was sent to an incompatible broker. See the broker logs for more details."
)
SHARE_KEY = "group:AAAAAAAAAAAAAAAAAAAAAQ:0"


def find(broker: BrokerDriver, version: int, key_type: int, *keys: str) -> FindCoordinatorResponse:
    request = FindCoordinatorRequest(
        key=keys[0] if version < 4 else "",
        key_type=key_type,
        coordinator_keys=list(keys) if version >= 4 else [],
    )
    answer: FindCoordinatorResponse = broker.connect().ask(request, version)
    return answer


def found(key: str) -> Coordinator:
    return Coordinator(key=key, node_id=1, host="10.0.0.1", port=9092, error_code=ErrorCode.NONE)


def refused(key: str, text: str = "") -> Coordinator:
    return Coordinator(
        key=key,
        node_id=-1,
        host="",
        port=-1,
        error_code=ErrorCode.INVALID_REQUEST,
        error_message=text,
    )


@pytest.mark.parametrize("key", ["group", ""])
@pytest.mark.parametrize("version", range(4))
def test_one_group(version: int, key: str) -> None:
    """Before v4 there is one key; Kafka says NONE in words, from v1 on."""
    assert find(BrokerDriver(), version, GROUP, key) == FindCoordinatorResponse(
        error_code=ErrorCode.NONE,
        error_message="NONE" if version >= 1 else "",
        node_id=1,
        host="10.0.0.1",
        port=9092,
    )


@pytest.mark.parametrize("version", [4, 5, 6])
def test_several_groups(version: int) -> None:
    """From v4 on each key is answered, in order; the empty group has a coordinator too."""
    response = find(BrokerDriver(), version, GROUP, "one", "", "two")
    assert response.coordinators == [found("one"), found(""), found("two")]


@pytest.mark.parametrize("key", ["group", ""])
def test_looking_for_a_group_makes_the_offsets_topic(broker: BrokerDriver, key: str) -> None:
    """Groups need their internal topic, which comes into being here."""
    find(broker, 6, GROUP, key)
    assert [topic.name for topic in broker.node.metadata.image.topics()] == ["__consumer_offsets"]


@pytest.mark.parametrize(("key_type", "keys"), [(GROUP, []), (SHARE, [SHARE_KEY])])
def test_other_look_ups_make_no_topic(broker: BrokerDriver, key_type: int, keys: list[str]) -> None:
    """No key needs no topic, and share groups have none here."""
    find(broker, 6, key_type, *keys)
    assert len(broker.node.metadata.image) == 0


def test_transactions_are_found_here(broker: BrokerDriver) -> None:
    """This node coordinates transactional ids."""
    assert find(broker, 1, TRANSACTION, "id").node_id == 1
    assert find(broker, 6, TRANSACTION, "id").coordinators == [found("id")]
    assert [topic.name for topic in broker.node.metadata.image.topics()] == ["__transaction_state"]


def test_the_coordinator_is_the_leader_of_the_keys_partition(broker: BrokerDriver) -> None:
    """The image says who leads; where the leader is fenced there is no coordinator."""
    find(broker, 6, GROUP, "group")
    catalog = broker.node.metadata
    fenced = catalog.image.brokers[1]._replace(fenced=True)
    catalog.image = catalog.image.with_broker(fenced, catalog.image.quorum)
    (answer,) = find(broker, 6, GROUP, "group").coordinators

    assert answer.error_code == ErrorCode.COORDINATOR_NOT_AVAILABLE
    assert (answer.node_id, answer.port) == (-1, -1)


@pytest.mark.parametrize(
    ("key", "is_valid"),
    [
        (SHARE_KEY, True),
        ("a:b:AAAAAAAAAAAAAAAAAAAAAQ:1", True),
        ("group:AAAAAAAAAAAAAAAAAAAAAQ:-1", True),
        ("group", False),
        ("group:AAAAAAAAAAAAAAAAAAAAAQ", False),
        (" :AAAAAAAAAAAAAAAAAAAAAQ:0", False),
        ("group:nothing:0", False),
        ("group:AAAAAAAAAAAAAAAAAAAAAQ:x", False),
        ("group:AAAAAAAAAAAAAAAAAAAAAQ:", False),
        ("group:AAAAAAAAAAAAAAAAAAAAAQ:+", False),
    ],
)
def test_share_partitions_have_keys_of_three_parts(key: str, is_valid: bool) -> None:
    """A share partition's key is group, topic id and partition; measured on 4.3.1."""
    response = find(BrokerDriver(), 6, SHARE, key)
    assert response.coordinators == [found(key) if is_valid else refused(key)]


def test_share_partitions_need_v6() -> None:
    """Older versions know no share partitions."""
    assert find(BrokerDriver(), 5, SHARE, SHARE_KEY).coordinators == [refused(SHARE_KEY)]


@pytest.mark.parametrize(("version", "key_type"), [(1, SHARE), (3, SHARE), (1, 7), (3, 7)])
def test_a_single_key_that_cannot_be_looked_up(version: int, key_type: int) -> None:
    """Before v4 the response has the error, with its text."""
    assert find(BrokerDriver(), version, key_type, SHARE_KEY) == FindCoordinatorResponse(
        error_code=ErrorCode.INVALID_REQUEST, error_message=MALFORMED, node_id=-1, port=-1
    )


@pytest.mark.parametrize("version", [3, 4])
def test_whole_request_errors(version: int) -> None:
    """What dispatch answers for us comes with Kafka's text and no node."""
    request = FindCoordinatorRequest(key="one", coordinator_keys=["one"])
    code = ErrorCode.COORDINATOR_NOT_AVAILABLE
    answer = find_coordinator.error_response(request, code)
    response = decode(FindCoordinatorResponse, version, memoryview(encode(answer, version)))
    told = response if version < 4 else response.coordinators[0]
    assert (told.error_code, told.error_message, told.node_id, told.port) == (
        code,
        "The coordinator is not available.",
        -1,
        -1,
    )


@pytest.mark.parametrize("version", [4, 6])
def test_unknown_key_types_fail_all_keys(version: int) -> None:
    """From v4 on an unknown type fails every key, here with a text."""
    response = find(BrokerDriver(), version, 9, "one", "two")
    assert response.coordinators == [refused("one", MALFORMED), refused("two", MALFORMED)]


def test_each_topic_of_coordinators_has_its_own_settings() -> None:
    broker = BrokerDriver(
        offsets_topic_segment_bytes="2000000", transaction_state_log_segment_bytes="3000000"
    )
    for key_type in (0, 1):
        find(broker, 4, key_type, "one")
    for topic, segment_bytes in (
        ("__consumer_offsets", 2_000_000),
        ("__transaction_state", 3_000_000),
    ):
        partition = broker.node.replicas.find(topic, 0)
        assert partition is not None
        assert partition.log.config.segment_bytes == segment_bytes
