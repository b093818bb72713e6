"""ListTransactions: the transactional ids that this broker coordinates (KIP-664).

v1 asks for transactions that have lasted for longer than a time (KIP-994), v2 for ids that match a
pattern (KIP-1152), which Kafka takes in RE2J's syntax.
"""

from __future__ import annotations

import re

from kbroker.context import RequestContext
from kbroker.coordinator.transaction.states import TransactionState as State
from wire.errors import ErrorCode, KafkaError
from wire.messages.list_transactions import (
    ListTransactionsRequest,
    ListTransactionsResponse,
    TransactionState,
)

# Kafka accepts these names too, though it never shows a transaction in these states.
UNSEEN_STATES = ("Dead", "PrepareEpochFence")


def handle(ctx: RequestContext, request: ListTransactionsRequest) -> ListTransactionsResponse:
    pattern = _pattern(request.transactional_id_pattern)
    names = {state.label for state in State} | set(UNSEEN_STATES)
    now_ms = ctx.node.clock.now_ms()
    return ListTransactionsResponse(
        error_code=0,
        unknown_state_filters=[
            name for name in dict.fromkeys(request.state_filters) if name not in names
        ],
        transaction_states=[
            TransactionState(
                transactional_id=transactional_id,
                producer_id=one.producer_id,
                transaction_state=one.state.label,
            )
            for transactional_id, one in ctx.node.transactions.all()
            if (not request.producer_id_filters or one.producer_id in request.producer_id_filters)
            and (not request.state_filters or one.state.label in request.state_filters)
            and not 0 <= request.duration_filter >= now_ms - one.start_ms
            and (pattern is None or pattern.fullmatch(transactional_id))
        ],
    )


def _pattern(text: str | None) -> re.Pattern[str] | None:
    if not text:
        return None
    try:
        return re.compile(text)
    except re.error:
        raise KafkaError(ErrorCode.INVALID_REGULAR_EXPRESSION) from None


def error_response(_request: ListTransactionsRequest, code: ErrorCode) -> ListTransactionsResponse:
    return ListTransactionsResponse(
        error_code=code, unknown_state_filters=[], transaction_states=[]
    )
