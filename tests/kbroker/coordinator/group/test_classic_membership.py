from __future__ import annotations

import pytest

from tests.kbroker.coordinator.group_driver import SESSION_MS, GroupDriver
from wire.errors import ErrorCode
from wire.internal.consumer_offsets import GroupMetadataValue
from wire.messages.join_group import JoinGroupResponse
from wire.messages.leave_group import LeaveGroupResponse, MemberResponse
from wire.messages.sync_group import SyncGroupResponse


@pytest.fixture
def driver() -> GroupDriver:
    return GroupDriver()


def joined(driver: GroupDriver, count: int) -> list[JoinGroupResponse]:
    """Members of generation 1 that have not synced; the first leads."""
    answers = [driver.join(driver.member()) for _ in range(count)]
    driver.advance(0)
    return [answer.get() for answer in answers]


def refused(code: ErrorCode) -> SyncGroupResponse:
    return SyncGroupResponse(error_code=code, assignment=b"")


# --- SyncGroup


def test_followers_wait_for_the_leader(driver: GroupDriver) -> None:
    """Everybody gets an assignment when the leader hands them out."""
    leader, follower = joined(driver, 2)
    waiting = driver.sync(follower.member_id, 1)
    assert not waiting.is_there
    answer = driver.sync(leader.member_id, 1, {leader.member_id: b"L", follower.member_id: b"F"})
    assert [sync.get().assignment for sync in (answer, waiting)] == [b"L", b"F"]
    assert waiting.get() == SyncGroupResponse(
        error_code=ErrorCode.NONE,
        protocol_type="consumer",
        protocol_name="range",
        assignment=b"F",
    )


def test_a_late_follower_gets_its_assignment_at_once(driver: GroupDriver) -> None:
    """In a stable group the assignment is there for the asking."""
    leader, follower = joined(driver, 2)
    driver.sync(leader.member_id, 1, {follower.member_id: b"F"})
    assert driver.sync(follower.member_id, 1).get().assignment == b"F"


def test_members_without_assignment_get_an_empty_one(driver: GroupDriver) -> None:
    """The leader need not name everybody, and may name strangers."""
    (leader,) = joined(driver, 1)
    response = driver.sync(leader.member_id, 1, {"stranger": b"S"}).get()
    assert (response.error_code, response.assignment) == (ErrorCode.NONE, b"")


def test_members_without_assignment_lose_the_one_from_before(driver: GroupDriver) -> None:
    leader, follower = driver.stable_group(2)
    driver.join(leader.member_id)
    driver.join(follower.member_id)
    driver.sync(leader.member_id, 2, {leader.member_id: b"all"})
    assert driver.sync(follower.member_id, 2).get().assignment == b""


def test_the_record_of_an_assignment_says_since_when_it_was_waited_for(
    driver: GroupDriver,
) -> None:
    answer = driver.join(driver.member())
    driver.advance(1_000)
    waiting_since = driver.time.now_ms() - 1_000
    driver.sync(answer.get().member_id, 1)
    value = driver.log.typed()[-1][1]
    assert isinstance(value, GroupMetadataValue)
    assert value.current_state_timestamp == waiting_since


def test_the_assignment_is_written(driver: GroupDriver) -> None:
    """The leader's SyncGroup writes the whole group."""
    (leader,) = joined(driver, 1)
    joined_at_ms = driver.time.now_ms()
    driver.advance(5)
    driver.sync(leader.member_id, 1, {leader.member_id: b"L"})
    _, value = driver.log.typed()[-1]
    assert isinstance(value, GroupMetadataValue)
    assert value.current_state_timestamp == joined_at_ms
    (member,) = value.members
    assert (value.generation, value.protocol, value.leader) == (1, "range", leader.member_id)
    assert (member.client_id, member.client_host) == ("client", "/10.0.0.1")
    assert (member.session_timeout, member.rebalance_timeout) == (10_000, 60_000)
    assert (member.subscription, member.assignment) == (b"range-metadata", b"L")


def test_the_session_timeout_serves_as_rebalance_timeout_in_v0(driver: GroupDriver) -> None:
    """JoinGroup v0 has one timeout for both."""
    answer = driver.join(version=0)
    driver.advance(0)
    driver.sync(answer.get().member_id, 1)
    _, value = driver.log.typed()[-1]
    assert isinstance(value, GroupMetadataValue)
    assert value.members[0].rebalance_timeout == 10_000


def test_an_instance_that_has_left_may_come_back(driver: GroupDriver) -> None:
    """Also before the next generation: it takes nobody's place then."""
    (first,) = driver.stable_group()
    before = driver.join(instance="worker")
    driver.join(first.member_id)
    driver.leave(("", "worker"))
    assert driver.heartbeat(before.get().member_id, 2, instance="worker") == (
        ErrorCode.UNKNOWN_MEMBER_ID
    )
    again = driver.join(instance="worker")
    driver.join(first.member_id)

    assert again.get().error_code == ErrorCode.NONE


def test_an_assignment_that_cannot_be_written_is_not_handed_out(driver: GroupDriver) -> None:
    """Everybody who waits gets the error, and the group rebalances."""
    leader, follower = joined(driver, 2)
    waiting = driver.sync(follower.member_id, 1)
    driver.log.refusal = ErrorCode.NOT_LEADER_OR_FOLLOWER
    answer = driver.sync(leader.member_id, 1, {follower.member_id: b"F"})
    assert [answer.get(), waiting.get()] == [refused(ErrorCode.NOT_COORDINATOR)] * 2
    assert driver.heartbeat(leader.member_id, 1) == ErrorCode.REBALANCE_IN_PROGRESS


def test_a_refused_generation_has_no_assignments(driver: GroupDriver) -> None:
    """What members were assigned before goes with the wait for a new assignment."""
    (leader,) = driver.stable_group()
    driver.join(leader.member_id)
    (member,) = driver.shard().groups["group"].members.values()
    assert member.assignment == b"for 0"
    driver.join(driver.member())
    assert member.assignment == b""


def test_a_rebalance_ends_the_wait_for_the_assignment(driver: GroupDriver) -> None:
    """A newcomer before the assignment sends the others back to join."""
    _, follower = joined(driver, 2)
    waiting = driver.sync(follower.member_id, 1)
    driver.join(driver.member())
    assert waiting.get() == refused(ErrorCode.REBALANCE_IN_PROGRESS)


def test_the_earlier_of_two_syncs_is_never_answered(driver: GroupDriver) -> None:
    """A member that syncs twice gets one answer, to its second request, as in Kafka."""
    leader, follower = joined(driver, 2)
    first, second = driver.sync(follower.member_id, 1), driver.sync(follower.member_id, 1)
    driver.sync(leader.member_id, 1)
    assert second.is_there
    assert not first.is_there


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"group": "", "generation": 9}, ErrorCode.INVALID_GROUP_ID),
        ({"group": "none", "generation": 9}, ErrorCode.UNKNOWN_MEMBER_ID),
        ({"instance": "nobody", "generation": 9}, ErrorCode.UNKNOWN_MEMBER_ID),
        ({"instance": "worker", "generation": 9}, ErrorCode.FENCED_INSTANCE_ID),
        ({"member_id": "nobody", "generation": 9}, ErrorCode.UNKNOWN_MEMBER_ID),
        ({"generation": 9, "protocol_name": "x"}, ErrorCode.ILLEGAL_GENERATION),
        ({"protocol_type": "x"}, ErrorCode.INCONSISTENT_GROUP_PROTOCOL),
        ({"protocol_name": "x"}, ErrorCode.INCONSISTENT_GROUP_PROTOCOL),
    ],
)
def test_order_of_sync_checks(
    driver: GroupDriver, arguments: dict[str, object], code: ErrorCode
) -> None:
    """Each check comes before those below it."""
    (leader,) = joined(driver, 1)
    driver.join(instance="worker")
    driver.join(leader.member_id)
    credentials: dict[str, object] = {"member_id": leader.member_id, "generation": 2}
    response = driver.sync(**{**credentials, **arguments}).get()  # type: ignore[arg-type]
    assert response == refused(code)


def test_sync_while_members_join(driver: GroupDriver) -> None:
    """A member that has not noticed the rebalance is sent back to join."""
    (leader,) = driver.stable_group()
    driver.join(driver.member())
    assert driver.sync(leader.member_id, 1).get() == refused(ErrorCode.REBALANCE_IN_PROGRESS)
    assert driver.sync(leader.member_id, 0).get() == refused(ErrorCode.ILLEGAL_GENERATION)


def test_sync_to_an_empty_group(driver: GroupDriver) -> None:
    """Where there is no member, no member is known."""
    (leader,) = driver.stable_group()
    driver.leave((leader.member_id, None))
    assert driver.sync(leader.member_id, 2).get() == refused(ErrorCode.UNKNOWN_MEMBER_ID)


# --- Heartbeat


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"group": ""}, ErrorCode.INVALID_GROUP_ID),
        ({"group": "none"}, ErrorCode.UNKNOWN_MEMBER_ID),
        ({"instance": "nobody"}, ErrorCode.UNKNOWN_MEMBER_ID),
        ({"member_id": "nobody"}, ErrorCode.UNKNOWN_MEMBER_ID),
        ({}, ErrorCode.ILLEGAL_GENERATION),
    ],
)
def test_order_of_heartbeat_checks(
    driver: GroupDriver, arguments: dict[str, object], code: ErrorCode
) -> None:
    """Each check comes before those below it."""
    (leader,) = driver.stable_group()
    credentials: dict[str, object] = {"member_id": leader.member_id, "generation": 9}
    assert driver.heartbeat(**{**credentials, **arguments}) == code  # type: ignore[arg-type]


def test_heartbeats_by_state(driver: GroupDriver) -> None:
    """Only a rebalance is news: waiting for the assignment is as good as having it."""
    (leader,) = joined(driver, 1)
    codes = [driver.heartbeat(leader.member_id, 1)]
    driver.sync(leader.member_id, 1)
    codes.append(driver.heartbeat(leader.member_id, 1))
    driver.join(driver.member())
    codes.append(driver.heartbeat(leader.member_id, 1))
    assert codes == [ErrorCode.NONE, ErrorCode.NONE, ErrorCode.REBALANCE_IN_PROGRESS]


def test_heartbeats_of_another_generation_keep_no_session(driver: GroupDriver) -> None:
    (leader,) = driver.stable_group()
    driver.advance(SESSION_MS - 1)
    assert driver.heartbeat(leader.member_id, 9) == ErrorCode.ILLEGAL_GENERATION
    driver.advance(1)
    assert driver.heartbeat(leader.member_id, 1) == ErrorCode.UNKNOWN_MEMBER_ID


# --- LeaveGroup


def test_a_member_that_leaves_makes_the_others_rebalance(driver: GroupDriver) -> None:
    """A stable group without one of its members shares out again."""
    leader, follower = driver.stable_group(2)
    driver.leave((follower.member_id, None))
    assert driver.heartbeat(leader.member_id, 1) == ErrorCode.REBALANCE_IN_PROGRESS
    assert driver.heartbeat(follower.member_id, 1) == ErrorCode.UNKNOWN_MEMBER_ID


def test_the_last_member_leaves_an_empty_generation(driver: GroupDriver) -> None:
    """Without members the group is written as an empty one of the next generation."""
    (leader,) = driver.stable_group()
    driver.leave((leader.member_id, None))
    _, value = driver.log.typed()[-1]
    assert value == GroupMetadataValue(
        protocol_type="consumer",
        generation=2,
        protocol=None,
        leader=None,
        current_state_timestamp=driver.time.now_ms(),
        members=[],
    )


def test_each_member_gets_its_own_answer(driver: GroupDriver) -> None:
    """Several members leave in one request, some of them in vain (KIP-345)."""
    answer = driver.join(instance="worker")
    driver.advance(0)
    member_id = answer.get().member_id
    pending = driver.member()
    response = driver.leave(
        ("", None),
        ("", "nobody"),
        ("nobody", None),
        (member_id, "nobody"),
        ("other", "worker"),
        (pending, None),
        ("", "worker"),
        (member_id, "worker"),
    )
    assert response.error_code == ErrorCode.NONE
    assert [member.error_code for member in response.members] == [
        ErrorCode.UNKNOWN_MEMBER_ID,
        ErrorCode.UNKNOWN_MEMBER_ID,
        ErrorCode.UNKNOWN_MEMBER_ID,
        ErrorCode.UNKNOWN_MEMBER_ID,
        ErrorCode.FENCED_INSTANCE_ID,
        ErrorCode.NONE,
        ErrorCode.NONE,
        ErrorCode.UNKNOWN_MEMBER_ID,
    ]


def test_leaving_an_unknown_group(driver: GroupDriver) -> None:
    """Without a group every member is unknown; the request itself is in order."""
    assert driver.leave(("me", "worker"), group="none") == LeaveGroupResponse(
        error_code=ErrorCode.NONE,
        members=[
            MemberResponse(
                member_id="me",
                group_instance_id="worker",
                error_code=ErrorCode.UNKNOWN_MEMBER_ID,
            )
        ],
    )


def test_leaving_without_a_group_id(driver: GroupDriver) -> None:
    """The empty group id fails the request as a whole."""
    response = driver.leave(("me", None), group="")
    assert response == LeaveGroupResponse(error_code=ErrorCode.INVALID_GROUP_ID)


def test_who_waits_to_join_is_answered_when_it_leaves(driver: GroupDriver) -> None:
    """A JoinGroup that waits is answered so that its client can start over."""
    driver.stable_group()
    newcomer = driver.member()
    waiting = driver.join(newcomer)
    driver.leave((newcomer, None))
    assert waiting.get().error_code == ErrorCode.UNKNOWN_MEMBER_ID
    assert waiting.get().member_id == ""


def test_leaving_can_end_a_join_round(driver: GroupDriver) -> None:
    """When the only member that has not rejoined leaves, the others go on."""
    leader, follower = driver.stable_group(2)
    rejoined = driver.join(leader.member_id)
    driver.leave((follower.member_id, None))
    assert rejoined.get().generation_id == 2


def test_a_pending_member_that_leaves_rebalances_a_stable_group(
    driver: GroupDriver,
) -> None:
    """Kafka takes any member that leaves for a reason to rebalance."""
    (leader,) = driver.stable_group()
    driver.leave((driver.member(), None))
    assert driver.heartbeat(leader.member_id, 1) == ErrorCode.REBALANCE_IN_PROGRESS


def test_leaving_in_vain_changes_nothing(driver: GroupDriver) -> None:
    """A stranger that leaves is no reason to rebalance."""
    (leader,) = driver.stable_group()
    driver.leave(("stranger", None))
    assert driver.heartbeat(leader.member_id, 1) == ErrorCode.NONE


def test_who_leaves_beside_a_stranger_makes_the_others_rebalance(driver: GroupDriver) -> None:
    leader, follower = driver.stable_group(2)
    driver.leave((follower.member_id, None), ("stranger", None))
    assert driver.heartbeat(leader.member_id, 1) == ErrorCode.REBALANCE_IN_PROGRESS


def test_a_pending_member_leaves_whatever_its_instance(driver: GroupDriver) -> None:
    response = driver.leave((driver.member(), "any"))
    assert response.members[0].error_code == ErrorCode.NONE


def test_a_pending_member_that_leaves_an_empty_group(driver: GroupDriver) -> None:
    """An empty group stays empty, open to commits of administrators."""
    driver.create_topic("topic")
    driver.leave((driver.member(), None))
    assert driver.commit_code() == ErrorCode.NONE


def test_the_leader_that_leaves_is_followed_by_another(driver: GroupDriver) -> None:
    """The next generation has a leader again."""
    leader, follower = driver.stable_group(2)
    driver.leave((leader.member_id, None))
    assert driver.join(follower.member_id).get().leader == follower.member_id
