"""UnregisterBroker: there is no other broker to be forgotten (KIP-631)."""

from __future__ import annotations

from kbroker.context import RequestContext
from wire.errors import ErrorCode
from wire.messages.unregister_broker import UnregisterBrokerRequest, UnregisterBrokerResponse


def handle(ctx: RequestContext, request: UnregisterBrokerRequest) -> UnregisterBrokerResponse:
    if request.broker_id in ctx.node.metadata.image.brokers:
        # Kafka forgets a living broker, which then registers again.
        return UnregisterBrokerResponse(error_code=0, error_message=None)
    return UnregisterBrokerResponse(
        error_code=ErrorCode.BROKER_ID_NOT_REGISTERED,
        error_message=f"Broker ID {request.broker_id} is not currently registered",
    )


def error_response(_request: UnregisterBrokerRequest, code: ErrorCode) -> UnregisterBrokerResponse:
    return UnregisterBrokerResponse(error_code=code, error_message=None)
