"""InitProducerId: an id for an idempotent producer.

A fresh id each time, epoch 0; a producer that names its id and epoch to go on from (v3, KIP-360)
gets a new id too, as from Kafka. Left out until transactions come: transactional ids, which are
refused with TRANSACTIONAL_ID_AUTHORIZATION_FAILED.
"""

from __future__ import annotations

from kbroker.context import RequestContext
from wire.errors import ErrorCode
from wire.messages.init_producer_id import InitProducerIdRequest, InitProducerIdResponse


def handle(ctx: RequestContext, request: InitProducerIdRequest) -> InitProducerIdResponse:
    if (request.producer_id < 0) != (request.producer_epoch < 0):
        return error_response(request, ErrorCode.INVALID_REQUEST)
    if request.transactional_id == "":
        return error_response(request, ErrorCode.INVALID_REQUEST)
    if request.transactional_id is not None:
        return error_response(request, ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
    return InitProducerIdResponse(
        error_code=0, producer_id=ctx.node.next_producer_id(), producer_epoch=0
    )


def error_response(request: InitProducerIdRequest, code: ErrorCode) -> InitProducerIdResponse:
    return InitProducerIdResponse(error_code=code, producer_id=-1, producer_epoch=-1)
