"""The error codes are those that others made from Kafka's list."""

from __future__ import annotations

import pytest

from wire.errors import ErrorCode


def test_same_codes_as_kio() -> None:
    """Names, numbers, and whether a client tries again."""
    theirs = pytest.importorskip("kio.schema.errors").ErrorCode
    known = {(code.name.upper(), int(code), code.retriable) for code in theirs}

    assert {(code.name, int(code), code.retriable) for code in ErrorCode} == known
