"""WriteTxnMarkers: ends transactions in partitions, as coordinators do among brokers, and as an
administrator does with one that hangs (KIP-664)."""

from __future__ import annotations

from collections.abc import Callable

from kbroker.context import RequestContext
from wire.errors import ErrorCode, KafkaError
from wire.messages.write_txn_markers import (
    WritableTxnMarker,
    WritableTxnMarkerPartitionResult,
    WritableTxnMarkerResult,
    WritableTxnMarkerTopicResult,
    WriteTxnMarkersRequest,
    WriteTxnMarkersResponse,
)
from wire.records.control import ControlRecordType, EndTransactionMarker


def handle(ctx: RequestContext, request: WriteTxnMarkersRequest) -> WriteTxnMarkersResponse:
    return _answer(request, lambda marker, partition: _write(ctx, marker, partition))


def _write(ctx: RequestContext, marker: WritableTxnMarker, partition: tuple[str, int]) -> ErrorCode:
    kind = ControlRecordType.COMMIT if marker.transaction_result else ControlRecordType.ABORT
    try:
        ctx.node.markers.write(
            partition,
            EndTransactionMarker(kind, marker.coordinator_epoch),
            marker.producer_id,
            marker.producer_epoch,
            marker.transaction_version,
        )
    except KafkaError as error:
        return error.code
    return ErrorCode.NONE


def error_response(request: WriteTxnMarkersRequest, code: ErrorCode) -> WriteTxnMarkersResponse:
    return _answer(request, lambda _marker, _partition: code)


def _answer(
    request: WriteTxnMarkersRequest,
    outcome: Callable[[WritableTxnMarker, tuple[str, int]], ErrorCode],
) -> WriteTxnMarkersResponse:
    return WriteTxnMarkersResponse(
        markers=[
            WritableTxnMarkerResult(
                producer_id=marker.producer_id,
                topics=[
                    WritableTxnMarkerTopicResult(
                        name=topic.name,
                        partitions=[
                            WritableTxnMarkerPartitionResult(
                                partition_index=index,
                                error_code=outcome(marker, (topic.name, index)),
                            )
                            for index in topic.partition_indexes
                        ],
                    )
                    for topic in marker.topics
                ],
            )
            for marker in request.markers
        ]
    )
