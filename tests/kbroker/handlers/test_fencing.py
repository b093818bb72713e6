"""How clients are told of a fencing."""

from __future__ import annotations

import pytest

from kbroker.handlers.fencing import fenced_code
from wire.errors import ErrorCode


@pytest.mark.parametrize(
    ("code", "knows", "told"),
    [
        (ErrorCode.PRODUCER_FENCED, True, ErrorCode.PRODUCER_FENCED),
        (ErrorCode.PRODUCER_FENCED, False, ErrorCode.INVALID_PRODUCER_EPOCH),
        (ErrorCode.CONCURRENT_TRANSACTIONS, False, ErrorCode.CONCURRENT_TRANSACTIONS),
    ],
)
def test_by_what_they_know(code: ErrorCode, knows: bool, told: ErrorCode) -> None:
    assert fenced_code(code, knows) is told
