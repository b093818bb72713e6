"""FindCoordinator: which broker coordinates a group, a transactional id or a share partition.

v1 has key types, v4 several keys (KIP-699), v6 share partitions (KIP-932). The first look-up of a
group makes ``__consumer_offsets``, that of a transactional id ``__transaction_state``; Kafka
answers COORDINATOR_NOT_AVAILABLE until it is there, we make it at once. Share state has no topic
yet: its keys get this node, so that clients meet the answer of the API that they go on to.
"""

from __future__ import annotations

import re
from enum import IntEnum

from kbroker.context import RequestContext
from kbroker.held_answers import Answer
from kbroker.java_hashing import partition_for_key
from kbroker.metadata.brokers import BrokerRegistration
from kbroker.metadata.image import CONSUMER_OFFSETS, TRANSACTION_STATE
from kbroker.node import Node
from wire.errors import INVALID_REQUEST_TEXT, ErrorCode, KafkaError
from wire.messages.find_coordinator import (
    Coordinator,
    FindCoordinatorRequest,
    FindCoordinatorResponse,
)
from wire.schema import first_version_of
from wire.uuids import uuid_from_text

SEVERAL_KEYS_SINCE = first_version_of(FindCoordinatorRequest, "coordinator_keys")
SHARE_SINCE = 6


class CoordinatorType(IntEnum):
    """What a key is the key of."""

    GROUP = 0
    TRANSACTION = 1
    SHARE = 2


TOPICS = {
    CoordinatorType.GROUP: CONSUMER_OFFSETS,
    CoordinatorType.TRANSACTION: TRANSACTION_STATE,
}

# Kafka's texts: it fills them in for a single key (success included), and for whole-request errors.
_TEXTS = {
    ErrorCode.NONE: "NONE",
    ErrorCode.UNKNOWN_SERVER_ERROR: (
        "The server experienced an unexpected error when processing the request."
    ),
    ErrorCode.COORDINATOR_NOT_AVAILABLE: "The coordinator is not available.",
    ErrorCode.INVALID_REQUEST: INVALID_REQUEST_TEXT,
}


def handle(ctx: RequestContext, request: FindCoordinatorRequest) -> Answer[FindCoordinatorResponse]:
    try:
        key_type = CoordinatorType(request.key_type)
    except ValueError:
        raise KafkaError(ErrorCode.INVALID_REQUEST) from None
    topic = TOPICS.get(key_type)
    if topic is not None and (request.coordinator_keys or ctx.api_version < SEVERAL_KEYS_SINCE):
        ctx.node.auto_topic_creation.ensure_internal(topic)
    return ctx.node.held_answers.after_commit(
        lambda: _found(ctx, request, key_type), lambda code: error_response(request, code)
    )


def _found(
    ctx: RequestContext, request: FindCoordinatorRequest, key_type: CoordinatorType
) -> FindCoordinatorResponse:
    if ctx.api_version >= SEVERAL_KEYS_SINCE:
        return FindCoordinatorResponse(
            coordinators=[_find(ctx, key_type, key) for key in request.coordinator_keys]
        )
    found = _find(ctx, key_type, request.key)
    if found.error_code != ErrorCode.NONE:
        raise KafkaError(ErrorCode(found.error_code))
    return FindCoordinatorResponse(
        error_code=ErrorCode.NONE,
        error_message=_TEXTS[ErrorCode.NONE],
        node_id=found.node_id,
        host=found.host,
        port=found.port,
    )


def error_response(request: FindCoordinatorRequest, code: ErrorCode) -> FindCoordinatorResponse:
    text = _TEXTS.get(code, "")
    return FindCoordinatorResponse(
        error_code=code,
        error_message=text,
        node_id=-1,
        port=-1,
        coordinators=[_none(key, code, text) for key in request.coordinator_keys],
    )


def _find(ctx: RequestContext, key_type: CoordinatorType, key: str) -> Coordinator:
    if key_type is CoordinatorType.SHARE and not (
        ctx.api_version >= SHARE_SINCE and _is_share_partition_key(key)
    ):
        return _none(key, ErrorCode.INVALID_REQUEST, "")
    broker = _coordinator(ctx.node, key_type, key)
    if broker is None:
        return _none(key, ErrorCode.COORDINATOR_NOT_AVAILABLE, "")
    host, port = ctx.node.advertised_addresses.choose(broker, ctx.connection)
    return Coordinator(
        key=key, node_id=broker.broker_id, host=host, port=port, error_code=ErrorCode.NONE
    )


def _coordinator(node: Node, key_type: CoordinatorType, key: str) -> BrokerRegistration | None:
    """The leader of the partition that keeps what belongs to the key."""
    topic = TOPICS.get(key_type)
    if topic is None:
        return node.metadata.image.brokers[node.node_id]
    image = node.metadata.image
    return image.leader(topic, partition_for_key(key, image.partition_count(topic)))


def _none(key: str, code: ErrorCode, text: str) -> Coordinator:
    return Coordinator(key=key, node_id=-1, host="", port=-1, error_code=code, error_message=text)


def _is_share_partition_key(key: str) -> bool:
    """``group:topic id:partition``, where the group's id may hold colons (4.3)."""
    parts = key.rsplit(":", 2)
    if len(parts) != 3 or not parts[0].strip():
        return False
    try:
        uuid_from_text(parts[1])
    except ValueError:
        return False
    return re.fullmatch(r"[+-]?\d+", parts[2]) is not None
