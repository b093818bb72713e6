"""What happens to a group between an append and its commit."""

from __future__ import annotations

import pytest

from tests.kbroker.coordinator.group_driver import GROUP, Answer, GroupDriver
from tests.kbroker.coordinator.memory_log import MemoryLog
from wire.errors import ErrorCode
from wire.messages.sync_group import SyncGroupResponse


class Bench(GroupDriver):
    """Nothing is committed before ``log.commit``; whoever joins is stable but for that."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        waiting = self.join(self.member())
        self.advance(0)
        self.first = waiting.get()
        monkeypatch.setattr(MemoryLog, "commits_late", True)
        self.commit_log, self.log.commit = self.log.commit, lambda: None  # type: ignore[method-assign,assignment]
        self.waits: Answer[SyncGroupResponse] = self.sync(
            self.first.member_id, self.first.generation_id, {self.first.member_id: b"mine"}
        )


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


def test_an_assignment_is_handed_out_when_it_is_committed(bench: Bench) -> None:
    assert not bench.waits.is_there
    bench.commit_log()

    assert bench.waits.get().assignment == b"mine"


def test_without_a_commit_the_group_starts_over(bench: Bench) -> None:
    bench.commit_log(ErrorCode.REQUEST_TIMED_OUT)

    assert bench.waits.get().error_code == ErrorCode.COORDINATOR_NOT_AVAILABLE
    code = bench.heartbeat(bench.first.member_id, bench.first.generation_id)
    assert code == ErrorCode.REBALANCE_IN_PROGRESS


def test_a_round_that_begins_before_the_commit_ends_the_wait(bench: Bench) -> None:
    """As in Kafka, where the group is still waiting for its assignment then."""
    other = bench.join(bench.member())
    assert bench.waits.get().error_code == ErrorCode.REBALANCE_IN_PROGRESS
    again = bench.join(bench.first.member_id)
    bench.advance(0)
    assert again.get().generation_id == bench.first.generation_id + 1
    waits = bench.sync(other.get().member_id, other.get().generation_id)
    bench.commit_log()

    assert not waits.is_there, "the old generation's assignment is nobody's any more"


def test_a_commit_that_fails_after_that_changes_nothing(bench: Bench) -> None:
    bench.join(bench.member())
    bench.commit_log(ErrorCode.REQUEST_TIMED_OUT)

    code = bench.heartbeat(bench.first.member_id, bench.first.generation_id)
    assert code == ErrorCode.REBALANCE_IN_PROGRESS
    assert bench.waits.get().error_code == ErrorCode.REBALANCE_IN_PROGRESS


def test_what_is_read_waits_likewise(bench: Bench) -> None:
    """A commit, and who looks at it before it is committed."""
    bench.log.noted.clear()
    bench.groups._runtime.read(GROUP)

    assert bench.log.noted == {bench.groups.partition_for(GROUP)}


def test_a_list_of_all_waits_likewise(bench: Bench) -> None:
    bench.log.noted.clear()
    bench.groups._runtime.read_all()

    assert bench.log.noted == {bench.groups.partition_for(GROUP)}


def test_a_refusal_waits_likewise(bench: Bench) -> None:
    """It may rest on what is not committed yet."""
    bench.log.noted.clear()

    assert bench.heartbeat("somebody", 1) == ErrorCode.UNKNOWN_MEMBER_ID
    assert bench.log.noted == {bench.groups.partition_for(GROUP)}


def test_a_static_member_that_is_replaced_before_it_is_committed(bench: Bench) -> None:
    """Its own replacement is answered; nobody has heard of the first one's id."""
    bench.commit_log()
    bench.join(instance="one")
    bench.join(bench.first.member_id)
    bench.advance(0)
    leader = bench.first.member_id
    bench.sync(leader, bench.first.generation_id + 1, {leader: b"mine"})
    bench.commit_log()
    one, other = bench.join(instance="one"), bench.join(instance="one")
    assert not one.is_there
    bench.commit_log()

    assert one.get().error_code == ErrorCode.UNKNOWN_MEMBER_ID
    assert other.get().error_code == ErrorCode.NONE
