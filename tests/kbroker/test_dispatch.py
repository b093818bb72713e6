"""What becomes of a request that fails as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest

from kbroker.apis import APIS
from kbroker.context import CloseConnection
from kbroker.dispatch import dispatch, served_api
from kbroker.handlers import heartbeat
from kbroker.pending import Pending
from tests.kbroker.test_held_answers import Bench
from tests.wire.drawn_messages import as_of, drawn
from wire.api_keys import ApiKey
from wire.codec import decode, encode
from wire.errors import ErrorCode, KafkaError
from wire.messages import response_class
from wire.messages.heartbeat import HeartbeatRequest
from wire.schema import Struct

# Their answers have no place for the error of a whole request.
SILENT = {(ApiKey.DESCRIBE_LOG_DIRS, 1), (ApiKey.DESCRIBE_LOG_DIRS, 2)}


def codes(struct: Struct, version: int) -> Iterator[int]:
    """All error codes, those of entries too."""
    for field in struct.__fields__:
        if not field.in_version(version):
            continue
        value: Any = getattr(struct, field.name)
        if field.name.endswith("error_code") and field.name != "topic_config_error_code":
            yield value
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Struct):
                yield from codes(one, version)


CASES = [(api.key, version) for api in APIS.values() for version in range(api.first, api.last + 1)]


@pytest.mark.parametrize(
    ("key", "version"), CASES, ids=lambda value: str(getattr(value, "name", value))
)
def test_every_code_of_the_answer_is_that_of_the_failure(key: int, version: int) -> None:
    api = served_api(key, version)
    assert api is not None
    found: set[int] = set()
    for drawn_request in drawn(api.request_class):
        request = as_of(drawn_request, version)
        with suppress(CloseConnection):  # Produce with acks=0
            answer = api.handler.error_response(request, ErrorCode.NOT_COORDINATOR)
            assert answer is not None
            told = decode(response_class(api.key), version, memoryview(encode(answer, version)))
            found.update(codes(told, version))
    assert found == (set() if (key, version) in SILENT else {ErrorCode.NOT_COORDINATOR})


@pytest.mark.replaces_code
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KafkaError(ErrorCode.UNKNOWN_MEMBER_ID), ErrorCode.UNKNOWN_MEMBER_ID),
        (ValueError("a defect"), ErrorCode.UNKNOWN_SERVER_ERROR),
    ],
)
def test_an_error_waits_for_what_it_rests_on(error: Exception, code: ErrorCode) -> None:
    """A client that is told so before the commit may find it otherwise after a power failure."""
    bench = Bench()

    def handle(_ctx: object, _request: object) -> None:
        bench.write()
        raise error

    found = served_api(ApiKey.HEARTBEAT, 0)
    assert found is not None
    stub = SimpleNamespace(handle=handle, error_response=heartbeat.error_response)
    node = SimpleNamespace(held_answers=bench.held)
    ctx: Any = SimpleNamespace(node=node, api_version=0)
    request = HeartbeatRequest(group_id="g", generation_id=1, member_id="m")
    answer = dispatch(ctx, found._replace(handler=stub), request)
    assert isinstance(answer, Pending)
    told: list[Any] = []
    answer.then(told.append)
    assert told == []
    bench.partition.commit()

    assert [one.error_code for one in told] == [code]
