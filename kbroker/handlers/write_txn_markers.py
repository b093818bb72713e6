"""WriteTxnMarkers: ends transactions in partitions, as coordinators do among brokers, and as an
administrator does with one that hangs (KIP-664)."""

from __future__ import annotations

from collections.abc import Iterable

from kbroker.context import RequestContext
from kbroker.transaction_markers import TIMEOUT_MS
from wire.errors import ErrorCode, KafkaError
from wire.messages.write_txn_markers import (
    WritableTxnMarker,
    WritableTxnMarkerPartitionResult,
    WritableTxnMarkerResult,
    WritableTxnMarkerTopicResult,
    WriteTxnMarkersRequest,
    WriteTxnMarkersResponse,
)
from wire.records.batch import NO_PRODUCER_ID
from wire.records.control import ControlRecordType, EndTransactionMarker

NO_PRODUCER_EPOCH = -1
Outcomes = dict[tuple[str, int], ErrorCode]


def handle(ctx: RequestContext, request: WriteTxnMarkersRequest) -> WriteTxnMarkersResponse:
    by_producer: dict[int, Outcomes] = {}
    for marker in request.markers:
        partitions = _partitions(marker)
        _check_producer(ctx, marker, partitions)
        outcomes = {partition: _write(ctx, marker, partition) for partition in partitions}
        if outcomes:
            by_producer.setdefault(marker.producer_id, {}).update(outcomes)
    return _answer(by_producer)


def _partitions(marker: WritableTxnMarker) -> Iterable[tuple[str, int]]:
    """Each once."""
    return dict.fromkeys(
        (topic.name, index) for topic in marker.topics for index in topic.partition_indexes
    )


def _check_producer(
    ctx: RequestContext, marker: WritableTxnMarker, partitions: Iterable[tuple[str, int]]
) -> None:
    """Where there is something to write Kafka fails over a batch without a producer."""
    is_one = marker.producer_id != NO_PRODUCER_ID and marker.producer_epoch != NO_PRODUCER_EPOCH
    if not is_one and any(ctx.node.replicas.find(*partition) for partition in partitions):
        raise KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)


def _write(ctx: RequestContext, marker: WritableTxnMarker, partition: tuple[str, int]) -> ErrorCode:
    kind = ControlRecordType.COMMIT if marker.transaction_result else ControlRecordType.ABORT
    try:
        written = ctx.node.markers.write(
            partition,
            EndTransactionMarker(kind, marker.coordinator_epoch),
            marker.producer_id,
            marker.producer_epoch,
            marker.transaction_version,
        )
        ctx.node.replicas.note_uncommitted(written, TIMEOUT_MS)
    except KafkaError as error:
        return error.code
    return ErrorCode.NONE


def error_response(request: WriteTxnMarkersRequest, code: ErrorCode) -> WriteTxnMarkersResponse:
    return _answer(
        {marker.producer_id: dict.fromkeys(_partitions(marker), code) for marker in request.markers}
    )


def _answer(by_producer: dict[int, Outcomes]) -> WriteTxnMarkersResponse:
    """By producer and topic, whichever marker it was."""
    markers: list[WritableTxnMarkerResult] = []
    for producer_id, outcomes in by_producer.items():
        topics: dict[str, WritableTxnMarkerTopicResult] = {}
        for (name, index), code in outcomes.items():
            topic = topics.setdefault(name, WritableTxnMarkerTopicResult(name=name, partitions=[]))
            topic.partitions.append(
                WritableTxnMarkerPartitionResult(partition_index=index, error_code=code)
            )
        markers.append(
            WritableTxnMarkerResult(producer_id=producer_id, topics=list(topics.values()))
        )
    return WriteTxnMarkersResponse(markers=markers)
