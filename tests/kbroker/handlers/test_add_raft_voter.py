"""Voters of the metadata log, which never change."""

from __future__ import annotations

from typing import Any

from tests.drivers import BrokerDriver
from wire.errors import ErrorCode
from wire.messages.add_raft_voter import AddRaftVoterRequest, Listener


def asked(*names: str) -> Any:
    request = AddRaftVoterRequest(
        cluster_id=None,
        voter_id=2,
        voter_directory_id=bytes(15) + b"\1",
        timeout_ms=1,
        listeners=[Listener(name=name, host="h", port=7) for name in names],
    )
    return BrokerDriver().connect().ask(request, 1)


def test_the_voters_are_what_they_are() -> None:
    answer = asked("other", "controller")
    assert answer.error_code == ErrorCode.UNSUPPORTED_VERSION
    assert "adding voter" in answer.error_message


def test_a_voter_has_the_listener_of_the_others() -> None:
    answer = asked("other")
    assert answer.error_code == ErrorCode.INVALID_REQUEST
    assert answer.error_message == (
        "Add voter request didn't include the endpoint "
        "(Endpoints(endpoints={ListenerName(OTHER)=h/<unresolved>:7})) "
        "for the default listener ListenerName(CONTROLLER)"
    )
