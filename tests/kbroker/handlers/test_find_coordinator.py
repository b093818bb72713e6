from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kbroker.handlers import find_coordinator
from wire.codec import decode, encode
from wire.errors import ErrorCode, KafkaError
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


class NodeStub:
    """A broker that is reached where its client came in."""

    node_id = 5

    def __init__(self) -> None:
        self.internal_topics: list[str] = []

    def endpoint(self, connection: Any) -> tuple[str, int]:
        return connection.local_host, connection.local_port

    def ensure_internal_topic(self, name: str) -> None:
        self.internal_topics.append(name)


def find(node: NodeStub, version: int, key_type: int, *keys: str) -> FindCoordinatorResponse:
    """The answer through the wire, errors as dispatch gives them."""
    request = FindCoordinatorRequest(
        key=keys[0] if version < 4 else "",
        key_type=key_type,
        coordinator_keys=list(keys) if version >= 4 else [],
    )
    request = decode(FindCoordinatorRequest, version, memoryview(encode(request, version)))
    context: Any = SimpleNamespace(
        node=node,
        connection=SimpleNamespace(local_host="broker", local_port=9092),
        api_version=version,
    )
    try:
        answer = find_coordinator.handle(context, request)
    except KafkaError as error:
        answer = find_coordinator.error_response(request, error.code)
    return decode(FindCoordinatorResponse, version, memoryview(encode(answer, version)))


def found(key: str) -> Coordinator:
    return Coordinator(key=key, node_id=5, host="broker", port=9092, error_code=ErrorCode.NONE)


def refused(key: str, text: str = "") -> Coordinator:
    return Coordinator(
        key=key,
        node_id=-1,
        host="",
        port=-1,
        error_code=ErrorCode.INVALID_REQUEST,
        error_message=text,
    )


@pytest.mark.parametrize("version", range(4))
def test_one_group(version: int) -> None:
    """Before v4 there is one key; Kafka says NONE in words, from v1 on."""
    assert find(NodeStub(), version, GROUP, "group") == FindCoordinatorResponse(
        error_code=ErrorCode.NONE,
        error_message="NONE" if version >= 1 else "",
        node_id=5,
        host="broker",
        port=9092,
    )


@pytest.mark.parametrize("version", [4, 5, 6])
def test_several_groups(version: int) -> None:
    """From v4 on each key is answered, in order; the empty group has a coordinator too."""
    response = find(NodeStub(), version, GROUP, "one", "", "two")
    assert response.coordinators == [found("one"), found(""), found("two")]


def test_looking_for_a_group_makes_the_offsets_topic() -> None:
    """Groups need their internal topic, which comes into being here."""
    node = NodeStub()
    find(node, 6, GROUP, "group")
    assert node.internal_topics == ["__consumer_offsets"]


def test_transactions_are_found_here() -> None:
    """This node coordinates transactional ids."""
    node = NodeStub()
    assert find(node, 1, TRANSACTION, "id").node_id == 5
    assert find(node, 6, TRANSACTION, "id").coordinators == [found("id")]
    assert set(node.internal_topics) == {"__transaction_state"}


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
    ],
)
def test_share_partitions_have_keys_of_three_parts(key: str, is_valid: bool) -> None:
    """A share partition's key is group, topic id and partition; measured on 4.3.1."""
    response = find(NodeStub(), 6, SHARE, key)
    assert response.coordinators == [found(key) if is_valid else refused(key)]


def test_share_partitions_need_v6() -> None:
    """Older versions know no share partitions."""
    assert find(NodeStub(), 5, SHARE, SHARE_KEY).coordinators == [refused(SHARE_KEY)]


@pytest.mark.parametrize(("version", "key_type"), [(1, SHARE), (3, SHARE), (1, 7), (3, 7)])
def test_a_single_key_that_cannot_be_looked_up(version: int, key_type: int) -> None:
    """Before v4 the response has the error, with its text."""
    assert find(NodeStub(), version, key_type, SHARE_KEY) == FindCoordinatorResponse(
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
    response = find(NodeStub(), version, 9, "one", "two")
    assert response.coordinators == [refused("one", MALFORMED), refused("two", MALFORMED)]
