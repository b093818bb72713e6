"""Every version of every message in the table: what is encoded decodes to the same, and whatever
else is decoded is either a message or MalformedRequest."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.wire.strategies import messages
from wire import consumer_protocol
from wire.api_keys import ApiKey
from wire.codec import decode, encode
from wire.errors import MalformedRequest
from wire.internal import cluster_metadata, consumer_offsets
from wire.messages import request_class, response_class
from wire.schema import Message


def _all_messages() -> list[type[Message]]:
    found: list[type[Message]] = []
    for key in ApiKey:
        try:
            found += [request_class(key), response_class(key)]
        except ModuleNotFoundError:
            continue  # not in our table yet
    for module in (consumer_protocol, consumer_offsets, cluster_metadata):
        found += [
            value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Message) and value is not Message
        ]
    return found


MESSAGES = _all_messages()
VERSIONS = [
    pytest.param(cls, version, id=f"{cls.__name__}-v{version}")
    for cls in MESSAGES
    for version in range(cls.__facts__.first_version, cls.__facts__.last_version + 1)
]
QUICK = settings(
    max_examples=8, deadline=None, database=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


@pytest.mark.parametrize(("cls", "version"), VERSIONS)
def test_round_trip(cls: type[Message], version: int) -> None:
    """Decoding what was encoded gives the message back, unknown tagged fields included."""

    @QUICK
    @given(messages(cls, version))
    def check(message: Any) -> None:
        encoded = encode(message, version)
        assert decode(cls, version, memoryview(encoded)) == message

    check()


@pytest.mark.parametrize(("cls", "version"), VERSIONS)
def test_damaged_bytes_are_malformed_or_another_message(cls: type[Message], version: int) -> None:
    """Whatever arrives, nothing but MalformedRequest is raised."""

    @QUICK
    @given(messages(cls, version), st.data())
    def check(message: Any, data: st.DataObject) -> None:
        damaged = bytearray(encode(message, version))
        if damaged:
            position = data.draw(st.integers(0, len(damaged) - 1))
            damaged[position] = data.draw(st.integers(0, 255))
            damaged = damaged[: data.draw(st.integers(0, len(damaged)))]
        try:
            decode(cls, version, memoryview(bytes(damaged)))
        except MalformedRequest:
            pass

    check()


@pytest.mark.parametrize(("cls", "version"), VERSIONS)
def test_trailing_bytes_are_malformed(cls: type[Message], version: int) -> None:
    """A message ends where its frame ends."""

    @QUICK
    @given(messages(cls, version))
    def check(message: Any) -> None:
        with pytest.raises(MalformedRequest):
            decode(cls, version, memoryview(encode(message, version) + b"\0"))

    check()
