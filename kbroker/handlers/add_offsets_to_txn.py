"""AddOffsetsToTxn: the partition that keeps a group's offsets joins a transaction.

v2 tells PRODUCER_FENCED. Producers whose epoch rises (KIP-890) do without this request.
"""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.coordinator.transaction.transaction_shard import Producer
from kbroker.handlers.fencing import fenced_code
from kbroker.metadata.image import CONSUMER_OFFSETS
from wire.errors import ErrorCode, KafkaError
from wire.messages.add_offsets_to_txn import AddOffsetsToTxnRequest, AddOffsetsToTxnResponse

FENCED_SINCE = 2


def handle(ctx: RequestContext, request: AddOffsetsToTxnRequest) -> AddOffsetsToTxnResponse:
    partition = CONSUMER_OFFSETS, ctx.node.groups.partition_for(request.group_id)
    producer = Producer(request.producer_id, request.producer_epoch)
    try:
        ctx.node.transactions.add_partitions(request.transactional_id, producer, [partition], 0)
    except KafkaError as error:
        return error_response(request, fenced_code(error.code, ctx.api_version >= FENCED_SINCE))
    return AddOffsetsToTxnResponse(error_code=0)


def error_response(_request: AddOffsetsToTxnRequest, code: ErrorCode) -> AddOffsetsToTxnResponse:
    return AddOffsetsToTxnResponse(error_code=code)
