"""Voters of the metadata log, which never change."""

from __future__ import annotations

import pytest

from tests.drivers import BrokerDriver
from wire.errors import ErrorCode
from wire.messages.remove_raft_voter import RemoveRaftVoterRequest

DIRECTORY = bytes(15) + b"\1"


@pytest.mark.parametrize(
    ("cluster_id", "voter_id", "directory", "code"),
    [
        (None, 2, DIRECTORY, ErrorCode.UNSUPPORTED_VERSION),
        (None, 2, bytes(16), ErrorCode.INVALID_REQUEST),
        (None, -1, DIRECTORY, ErrorCode.INVALID_REQUEST),
        ("x", -1, DIRECTORY, ErrorCode.INCONSISTENT_CLUSTER_ID),
    ],
)
def test_refusals(cluster_id: str | None, voter_id: int, directory: bytes, code: ErrorCode) -> None:
    request = RemoveRaftVoterRequest(
        cluster_id=cluster_id, voter_id=voter_id, voter_directory_id=directory
    )
    answer = BrokerDriver().connect().ask(request, 0)
    assert answer.error_code == code
