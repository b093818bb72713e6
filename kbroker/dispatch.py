"""From a decoded request to its answer; whatever a handler raises becomes an answer too."""

from __future__ import annotations

import logging
from typing import Any

from kbroker.apis import Api
from kbroker.context import CloseConnection, RequestContext
from kbroker.pending import Pending
from wire.errors import ErrorCode, KafkaError
from wire.schema import Message

log = logging.getLogger("kbroker")


def dispatch(ctx: RequestContext, api: Api, request: Any) -> Message | Pending[Any] | None:
    """The answer, a Pending, or None where the client wants none.

    Raises CloseConnection.
    """
    answer = _handled(ctx, api, request)
    held = ctx.node.held_answers
    if not held.uncommitted:
        return answer
    return held.hold(answer, lambda code: api.error_response(request, code))


def _handled(ctx: RequestContext, api: Api, request: Any) -> Message | Pending[Any] | None:
    """A handler that fails in a way nobody thought of is told to the operator, and answered with
    UNKNOWN_SERVER_ERROR, as from Kafka."""
    try:
        return api.handle(ctx, request)  # type: ignore[no-any-return]
    except CloseConnection:
        ctx.node.held_answers.uncommitted.clear()
        raise
    except KafkaError as error:
        return api.error_response(request, error.code)
    except Exception:
        log.exception("%s v%d failed; the client gets an error", api.key.name, ctx.api_version)
        return api.error_response(request, ErrorCode.UNKNOWN_SERVER_ERROR)
