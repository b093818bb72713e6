"""EndTxn: a producer commits or aborts its transaction.

v2 tells PRODUCER_FENCED. Since v5 every end raises the producer's epoch (KIP-890), and the answer
has the identity to go on with.
"""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.coordinator.transaction.transaction import RISING_EPOCHS
from kbroker.coordinator.transaction.transaction_shard import Producer
from kbroker.handlers.fencing import fenced_code
from wire.errors import ErrorCode, KafkaError
from wire.messages.end_txn import EndTxnRequest, EndTxnResponse
from wire.schema import first_version_of

FENCED_SINCE = 2
RISING_EPOCHS_SINCE = first_version_of(EndTxnResponse, "producer_id")


def handle(ctx: RequestContext, request: EndTxnRequest) -> EndTxnResponse:
    version = RISING_EPOCHS if ctx.api_version >= RISING_EPOCHS_SINCE else 0
    producer = Producer(request.producer_id, request.producer_epoch)
    try:
        found = ctx.node.transactions.end(
            request.transactional_id, producer, request.committed, version
        )
    except KafkaError as error:
        return error_response(request, fenced_code(error.code, ctx.api_version >= FENCED_SINCE))
    return EndTxnResponse(
        error_code=0, producer_id=found.producer_id, producer_epoch=found.producer_epoch
    )


def error_response(_request: EndTxnRequest, code: ErrorCode) -> EndTxnResponse:
    return EndTxnResponse(error_code=code)
