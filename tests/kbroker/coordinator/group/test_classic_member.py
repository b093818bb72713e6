from __future__ import annotations

from typing import Any

from kbroker.coordinator.group.classic_member import ClassicGroupMember
from kbroker.pending import Pending
from wire.internal.consumer_offsets import MemberMetadata
from wire.messages.join_group import JoinGroupRequestProtocol
from wire.messages.sync_group import SyncGroupResponse


def stored(**more: Any) -> MemberMetadata:
    return MemberMetadata(
        member_id="me",
        client_id="client",
        client_host="/10.0.0.1",
        session_timeout=7,
        subscription=b"s",
        assignment=b"a",
        **more,
    )


def test_a_stored_member_knows_one_protocol() -> None:
    """The log holds the metadata of the chosen protocol only."""
    member = ClassicGroupMember.from_stored(stored(rebalance_timeout=9), "range")
    assert member.protocols == [JoinGroupRequestProtocol(name="range", metadata=b"s")]
    assert (member.session_timeout_ms, member.rebalance_timeout_ms) == (7, 9)


def test_old_records_have_one_timeout() -> None:
    """Version 0 of the stored group has no rebalance timeout; the session's takes its place."""
    assert ClassicGroupMember.from_stored(stored(), "range").rebalance_timeout_ms == 7


def test_replay_keeps_the_other_protocols() -> None:
    """A live member keeps what the record does not hold, if it agrees with the record."""
    member = ClassicGroupMember.from_stored(stored(), "range")
    member.protocols = [
        JoinGroupRequestProtocol(name="other", metadata=b"o"),
        JoinGroupRequestProtocol(name="range", metadata=b"s"),
    ]
    member.apply(stored(), "range")
    assert [protocol.name for protocol in member.protocols] == ["other", "range"]
    member.apply(stored(), "sticky")
    assert [protocol.name for protocol in member.protocols] == ["sticky"]


def test_replay_takes_new_timeouts() -> None:
    """A later record of the same member says how long it may take from then on."""
    member = ClassicGroupMember.from_stored(stored(rebalance_timeout=9), "range")
    member.apply(stored(rebalance_timeout=11), "range")
    assert member.rebalance_timeout_ms == 11


def test_what_is_stored_comes_back() -> None:
    """A member survives being stored and read."""
    member = ClassicGroupMember.from_stored(stored(rebalance_timeout=9), "range")
    assert member.to_stored("range", b"new").assignment == b"new"
    assert member.to_stored("range", member.assignment) == stored(rebalance_timeout=9)


def test_a_sync_is_answered_once() -> None:
    """Who waited counts as heard from; who did not, does not."""
    member = ClassicGroupMember.from_stored(stored(), "range")
    given: list[SyncGroupResponse] = []
    member.awaiting_sync = Pending()
    member.awaiting_sync.then(given.append)
    response = SyncGroupResponse(error_code=0, assignment=b"a")
    assert [member.complete_sync(response) for _ in range(2)] == [True, False]
    assert given == [response]
