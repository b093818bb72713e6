"""Subscriptions to clients' metrics."""

from __future__ import annotations

import pytest

from kbroker.settings.client_metrics_settings import (
    subscription,
    validate_client_metrics_settings,
)
from wire.errors import ErrorCode, KafkaError


def code_of(name: str, value: str) -> int:
    try:
        validate_client_metrics_settings({name: value})
    except KafkaError as error:
        return error.code
    return ErrorCode.NONE


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("interval.ms", "100", ErrorCode.NONE),
        ("interval.ms", "99", ErrorCode.INVALID_REQUEST),
        ("interval.ms", "3600001", ErrorCode.INVALID_REQUEST),
        ("interval.ms", "x", ErrorCode.INVALID_CONFIG),
        ("metrics", "*", ErrorCode.NONE),
        ("metrics", "", ErrorCode.NONE),
        ("metrics", "a,,b", ErrorCode.INVALID_CONFIG),
        ("no.such", "1", ErrorCode.INVALID_REQUEST),
    ],
)
def test_settings(name: str, value: str, code: ErrorCode) -> None:
    assert code_of(name, value) == code


@pytest.mark.parametrize(
    ("pattern", "good"),
    [
        ("client_id=a", True), (" client_id = [a-z]+ ,client_source_port=5", True),
        ("client_id=a=", True), ("client_id=(?<n>a)", True), ("", True), ("client_id", False),
        ("client_id=", False), ("client_id=a=b", False), ("CLIENT_ID=a", False), ("*", False),
        ("client_id=(", False),
    ],
)  # fmt: skip
def test_patterns(pattern: str, good: bool) -> None:
    assert (code_of("match", pattern) == ErrorCode.NONE) == good


@pytest.mark.parametrize(
    ("patterns", "client_id", "found"),
    [
        ("client_id=a", "a", True),
        ("client_id=a", "ab", False),
        ("client_id=.*", None, False),
        (" client_id = a ", "a", True),
        ("client_id=.*(?<!b)", "ba", True),
        ("client_id=.*(?<!b)", "ab", False),
        ("client_id=(?<n>a)", "a", True),
    ],
)
def test_which_clients_match(patterns: str, client_id: str | None, found: bool) -> None:
    """A pattern is for the whole value, and matches nothing that the client did not tell."""
    assert subscription({"match": patterns}).matches({"client_id": client_id}) is found
