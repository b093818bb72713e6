"""InitProducerId: an id and epoch for an idempotent or a transactional producer.

Without a transactional id a fresh id each time, epoch 0, also for a producer that names its id and
epoch to go on from (v3, KIP-360), as from Kafka. v4 tells PRODUCER_FENCED.
"""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.coordinator.transaction.transaction_shard import Producer
from kbroker.handlers.fencing import fenced_code
from wire.errors import ErrorCode, KafkaError
from wire.messages.init_producer_id import InitProducerIdRequest, InitProducerIdResponse

FENCED_SINCE = 4


def handle(ctx: RequestContext, request: InitProducerIdRequest) -> InitProducerIdResponse:
    if (request.producer_id == -1) != (request.producer_epoch == -1):
        return error_response(request, ErrorCode.INVALID_REQUEST)
    if request.transactional_id is None:
        return InitProducerIdResponse(
            error_code=0, producer_id=ctx.node.producer_ids.next_id(), producer_epoch=0
        )
    expected = None
    if request.producer_id != -1:
        expected = Producer(request.producer_id, request.producer_epoch)
    try:
        found = ctx.node.transactions.init_producer_id(
            request.transactional_id,
            request.transaction_timeout_ms,
            expected,
        )
    except KafkaError as error:
        code = fenced_code(error.code, ctx.api_version >= FENCED_SINCE)
        return error_response(request, code)
    return InitProducerIdResponse(
        error_code=0, producer_id=found.producer_id, producer_epoch=found.producer_epoch
    )


def error_response(request: InitProducerIdRequest, code: ErrorCode) -> InitProducerIdResponse:
    return InitProducerIdResponse(error_code=code, producer_id=-1, producer_epoch=-1)
