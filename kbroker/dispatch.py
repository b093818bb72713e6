"""From a decoded request to its answer; an exception of a handler becomes an error answer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple, Protocol, cast

from kbroker.apis import APIS, Api
from kbroker.context import CloseConnection, RequestContext
from kbroker.pending import Pending
from wire.api_keys import ApiKey
from wire.errors import ErrorCode, KafkaError
from wire.messages import request_class
from wire.schema import Message

log = logging.getLogger("kbroker")

Answer = Message | Pending[Any] | None


class HandlerModule(Protocol):
    """The functions of a module that the table of APIs names."""

    @property
    def handle(self) -> Callable[[RequestContext, Any], Answer]:
        """The answer to a request, a Pending, or None where the client wants none.

        Raises KafkaError for an error of the whole request, and CloseConnection.
        """

    @property
    def error_response(self) -> Callable[[Any, ErrorCode], Message | None]:
        """The answer to a request that failed as a whole."""


class ServedApi(NamedTuple):
    """An API with the modules that serve it."""

    key: ApiKey
    first: int
    last: int
    request_class: type[Message]
    handler: HandlerModule


_loaded: dict[int, ServedApi] = {}


def served_api(key: int, version: int) -> ServedApi | None:
    """The API of a request, or None where this version is not served. Its modules are imported
    when it is first asked for."""
    api = _loaded.get(key)
    if api is None:
        if key not in APIS:
            return None
        api = _loaded[key] = _load(APIS[key])
    return api if api.first <= version <= api.last else None


def _load(api: Api) -> ServedApi:
    handler = cast(HandlerModule, import_module(f"kbroker.handlers.{api.handler}"))
    return ServedApi(api.key, api.first, api.last, request_class(api.key), handler)


def dispatch(ctx: RequestContext, api: ServedApi, request: Any) -> Answer:
    """The answer, a Pending, or None where the client wants none.

    Raises CloseConnection. Any other exception is a defect: it is logged, and the answer is
    UNKNOWN_SERVER_ERROR, as with Kafka.
    """
    held = ctx.node.held_answers
    uncommitted = held.uncommitted.needs
    if uncommitted:  # noted by something else than a request, or by one that is not answered
        uncommitted.clear()
    refuse = api.handler.error_response
    answer: Answer
    try:
        answer = api.handler.handle(ctx, request)
    except CloseConnection:
        raise
    except KafkaError as error:
        answer = refuse(request, error.code)
    except Exception:
        log.exception("%s v%d failed; the client gets an error", api.key.name, ctx.api_version)
        answer = refuse(request, ErrorCode.UNKNOWN_SERVER_ERROR)
    if not uncommitted:
        return answer
    return held.hold(answer, lambda code: refuse(request, code))
