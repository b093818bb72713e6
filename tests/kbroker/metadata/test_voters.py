"""Changes of voters, and what is wrong with them."""

from __future__ import annotations

import pytest

from kbroker.metadata.voters import refusal
from wire.errors import ErrorCode

DIRECTORY = bytes(15) + b"\1"


@pytest.mark.parametrize(
    ("cluster_id", "voter_id", "directory_id", "code"),
    [
        (None, 2, DIRECTORY, ErrorCode.UNSUPPORTED_VERSION),
        ("own", 2, DIRECTORY, ErrorCode.UNSUPPORTED_VERSION),
        (None, 0, DIRECTORY, ErrorCode.UNSUPPORTED_VERSION),
        (None, 2, bytes(16), ErrorCode.INVALID_REQUEST),
        (None, -1, DIRECTORY, ErrorCode.INVALID_REQUEST),
        ("other", -1, DIRECTORY, ErrorCode.INCONSISTENT_CLUSTER_ID),
    ],
)
def test_the_first_wrong_thing_is_told(
    cluster_id: str | None, voter_id: int, directory_id: bytes, code: ErrorCode
) -> None:
    assert refusal("Add", "own", cluster_id, voter_id, directory_id).code == code
