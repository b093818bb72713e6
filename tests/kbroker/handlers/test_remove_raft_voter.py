"""Voters of the metadata log, which never change."""

from __future__ import annotations

from tests.drivers import BrokerDriver
from wire.errors import ErrorCode
from wire.messages.remove_raft_voter import RemoveRaftVoterRequest


def test_the_voters_are_what_they_are() -> None:
    request = RemoveRaftVoterRequest(
        cluster_id=None,
        voter_id=2,
        voter_directory_id=bytes(15) + b"\1",
    )
    answer = BrokerDriver().connect().ask(request, 0)
    assert answer.error_code == ErrorCode.UNSUPPORTED_VERSION
    assert "removing voter" in answer.error_message
