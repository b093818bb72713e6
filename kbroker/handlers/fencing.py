"""Which code tells a producer that it is fenced; older clients know only one (KIP-588)."""

from __future__ import annotations

from wire.errors import ErrorCode


def fenced_code(code: ErrorCode, knows_fencing: bool) -> ErrorCode:
    """Older clients know INVALID_PRODUCER_EPOCH only."""
    if code is ErrorCode.PRODUCER_FENCED and not knows_fencing:
        return ErrorCode.INVALID_PRODUCER_EPOCH
    return code
