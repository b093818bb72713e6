from __future__ import annotations

import pytest

from tests.kbroker.coordinator.group_driver import GROUP, REBALANCE_MS, SESSION_MS, GroupDriver
from wire.errors import ErrorCode


@pytest.fixture
def driver() -> GroupDriver:
    return GroupDriver()


def keep_alive(driver: GroupDriver, member_id: str, generation: int, ms: int) -> ErrorCode:
    """Lets time pass with a heartbeat every three seconds; the last one's code."""
    code = driver.heartbeat(member_id, generation)
    for _ in range(ms // 3_000):
        driver.advance(3_000)
        code = driver.heartbeat(member_id, generation)
    return code


# --- the initial delay (KIP-134)


def test_the_first_members_wait_for_more() -> None:
    """An empty group waits for the initial delay before its first generation."""
    driver = GroupDriver(group__initial__rebalance__delay__ms=3_000)
    answers = [driver.join(version=3), driver.join(version=3)]
    driver.advance(2_999)
    assert not any(answer.is_there for answer in answers)
    driver.advance(3_001)
    assert [answer.get().generation_id for answer in answers] == [1, 1]


def test_newcomers_prolong_the_initial_delay() -> None:
    """Each delay in which somebody came is followed by another."""
    driver = GroupDriver(group__initial__rebalance__delay__ms=3_000)
    first = driver.join(version=3)
    driver.advance(2_000)
    driver.join(version=3)
    driver.advance(3_999)
    assert not first.is_there
    driver.advance(1)
    assert first.is_there


@pytest.mark.parametrize("rebalance_ms", [3_000, 6_000])
def test_the_initial_delays_fill_the_rebalance_timeout(rebalance_ms: int) -> None:
    """Where nothing is left after a delay there is no other, not even an empty one."""
    driver = GroupDriver(group__initial__rebalance__delay__ms=3_000)
    first = driver.join(version=3, rebalance_ms=rebalance_ms)
    for _ in range(rebalance_ms // 1_000 - 1):
        driver.advance(1_000)
        driver.join(version=3, rebalance_ms=rebalance_ms)
    driver.advance(1_000)
    assert first.is_there


def test_nobody_new_ends_the_initial_delay() -> None:
    """One delay is enough for a member that stays alone."""
    driver = GroupDriver(group__initial__rebalance__delay__ms=3_000)
    answer = driver.join(version=3)
    driver.advance(3_000)
    assert answer.is_there


def test_the_initial_delay_ends_with_the_rebalance_timeout() -> None:
    """However many members come, the first does not wait longer than it asked to."""
    driver = GroupDriver(group__initial__rebalance__delay__ms=3_000)
    first = driver.join(version=3, rebalance_ms=8_000)
    for _ in range(7):
        driver.advance(1_000)
        driver.join(version=3, rebalance_ms=8_000)
    driver.advance(999)
    assert not first.is_there
    driver.advance(1)
    assert first.is_there


def test_newcomers_of_another_round_prolong_nothing() -> None:
    """Only newcomers of the initial round itself are waited for."""
    driver = GroupDriver(group__initial__rebalance__delay__ms=3_000)
    first = driver.join(version=3)
    driver.advance(3_000)
    second = driver.join(version=3)
    driver.join(version=3)
    driver.join(first.get().member_id, version=3)
    members = second.get()
    assert members.generation_id == 2
    driver.advance(300_000)
    assert driver.groups.describe_group(GROUP).group_state == "Empty"
    last = driver.join(version=3)
    driver.advance(3_000)
    assert last.is_there


def test_leaving_does_not_end_the_initial_delay() -> None:
    """The group waits on even when everybody left has joined."""
    driver = GroupDriver(group__initial__rebalance__delay__ms=3_000)
    first, second = driver.member(), driver.member()
    waiting = driver.join(first)
    driver.join(second)
    driver.leave((second, None))
    assert not waiting.is_there


# --- the join round


def test_members_that_do_not_rejoin_go(driver: GroupDriver) -> None:
    """After the rebalance timeout the generation starts with who is there."""
    leader, follower = driver.stable_group(2)
    rejoined = driver.join(leader.member_id)
    code = keep_alive(driver, follower.member_id, 1, REBALANCE_MS - 3_000)
    assert code == ErrorCode.REBALANCE_IN_PROGRESS
    assert not rejoined.is_there
    driver.advance(3_000)
    assert [member.member_id for member in rejoined.get().members] == [leader.member_id]
    assert driver.heartbeat(follower.member_id, 1) == ErrorCode.UNKNOWN_MEMBER_ID


def test_static_members_that_do_not_rejoin_stay(driver: GroupDriver) -> None:
    """A static member is expected back until its session ends (KIP-345)."""
    answer = driver.join(instance="one", session_ms=120_000)
    driver.advance(0)
    one = answer.get()
    driver.sync(one.member_id, 1, instance="one")
    waiting = driver.join(instance="two")
    driver.advance(REBALANCE_MS)
    two = waiting.get()
    assert two.leader == two.member_id
    assert {member.group_instance_id for member in two.members} == {"one", "two"}
    assert driver.heartbeat(one.member_id, 2, instance="one") == ErrorCode.NONE


def test_a_round_in_which_nobody_is_there_goes_on(driver: GroupDriver) -> None:
    """Static members alone, none of them back, do not make a generation."""
    answers = [driver.join(instance=name, session_ms=300_000) for name in ("one", "two")]
    driver.advance(0)
    one, two = (answer.get() for answer in answers)
    driver.sync(one.member_id, 1, instance="one")
    driver.sync(two.member_id, 1, instance="two")
    driver.leave((driver.member(), None))
    driver.advance(REBALANCE_MS)
    code = driver.heartbeat(one.member_id, 1, instance="one")
    assert code == ErrorCode.REBALANCE_IN_PROGRESS
    rejoined = driver.join(one.member_id, instance="one", session_ms=300_000)
    driver.advance(REBALANCE_MS - 1)
    assert not rejoined.is_there
    driver.advance(1)
    assert rejoined.get().generation_id == 2


def test_the_longest_rebalance_timeout_counts(driver: GroupDriver) -> None:
    """The round lasts as long as the slowest member asks for."""
    leader, follower = driver.stable_group(2)
    rejoined = driver.join(leader.member_id, rebalance_ms=2 * REBALANCE_MS)
    keep_alive(driver, follower.member_id, 1, 2 * REBALANCE_MS - 3_000)
    assert not rejoined.is_there


def test_a_round_waits_for_members_that_were_told_their_id(driver: GroupDriver) -> None:
    """Whoever has to come back with its new id is waited for, as long as its session lasts."""
    (leader,) = driver.stable_group()
    driver.member()
    rejoined = driver.join(leader.member_id)
    driver.advance(SESSION_MS - 1)
    assert not rejoined.is_there
    driver.advance(1)
    assert rejoined.get().generation_id == 2


# --- the sync round


def test_members_that_do_not_sync_are_dropped(driver: GroupDriver) -> None:
    """After the rebalance timeout those that did not sync are gone and the others rebalance."""
    answers = [driver.join(driver.member()) for _ in range(2)]
    driver.advance(0)
    leader, follower = (answer.get() for answer in answers)
    waiting = driver.sync(follower.member_id, 1)
    code = keep_alive(driver, leader.member_id, 1, REBALANCE_MS - 3_000)
    assert code == ErrorCode.NONE
    assert not waiting.is_there
    driver.advance(3_000)
    assert waiting.get().error_code == ErrorCode.REBALANCE_IN_PROGRESS
    assert driver.heartbeat(leader.member_id, 1) == ErrorCode.UNKNOWN_MEMBER_ID


def test_a_stable_group_drops_who_never_synced(driver: GroupDriver) -> None:
    """Heartbeats alone do not keep a member that never fetched its assignment."""
    answers = [driver.join(driver.member()) for _ in range(2)]
    driver.advance(0)
    leader, follower = (answer.get() for answer in answers)
    driver.sync(leader.member_id, 1)
    for _ in range(20):
        driver.heartbeat(leader.member_id, 1)
        driver.heartbeat(follower.member_id, 1)
        driver.advance(3_000)
    assert driver.heartbeat(follower.member_id, 1) == ErrorCode.UNKNOWN_MEMBER_ID
    assert driver.heartbeat(leader.member_id, 1) == ErrorCode.REBALANCE_IN_PROGRESS


def test_a_synced_group_stays(driver: GroupDriver) -> None:
    """When all have synced the rebalance timeout means nothing any more."""
    (leader,) = driver.stable_group()
    assert keep_alive(driver, leader.member_id, 1, 2 * REBALANCE_MS) == ErrorCode.NONE


def test_who_syncs_after_the_leader_stays(driver: GroupDriver) -> None:
    answers = [driver.join(driver.member()) for _ in range(2)]
    driver.advance(0)
    leader, follower = (answer.get() for answer in answers)
    for member in (leader, follower):
        driver.sync(member.member_id, 1)
    for _ in range(REBALANCE_MS // 3_000 + 1):
        driver.advance(3_000)
        codes = [driver.heartbeat(member.member_id, 1) for member in (leader, follower)]
        assert codes == [ErrorCode.NONE] * 2


def test_the_longest_rebalance_timeout_counts_for_the_sync(driver: GroupDriver) -> None:
    members = [driver.member() for _ in range(2)]
    answers = [
        driver.join(member, rebalance_ms=ms, session_ms=300_000)
        for member, ms in zip(members, (10_000, REBALANCE_MS), strict=True)
    ]
    driver.advance(0)
    leader, _ = (answer.get() for answer in answers)
    driver.sync(leader.member_id, 1)
    driver.advance(REBALANCE_MS - 1)
    assert driver.heartbeat(leader.member_id, 1) == ErrorCode.NONE
    driver.advance(1)
    assert driver.heartbeat(leader.member_id, 1) == ErrorCode.REBALANCE_IN_PROGRESS


def test_who_never_synced_is_not_missed_in_the_next_generation(driver: GroupDriver) -> None:
    """A rebalance forgets whose SyncGroup was missing."""
    answers = [driver.join(driver.member()) for _ in range(2)]
    driver.advance(0)
    leader, follower = (answer.get() for answer in answers)
    driver.sync(leader.member_id, 1)
    driver.leave((follower.member_id, None))
    driver.join(leader.member_id)
    driver.sync(leader.member_id, 2)
    assert keep_alive(driver, leader.member_id, 2, 2 * REBALANCE_MS) == ErrorCode.NONE


def test_a_new_join_round_has_its_own_deadline(driver: GroupDriver) -> None:
    """The end of the sync round that it cut short does not end it."""
    answers = [driver.join(driver.member()) for _ in range(2)]
    driver.advance(0)
    leader, follower = (answer.get() for answer in answers)
    keep_alive(driver, leader.member_id, 1, 3_000)
    rejoined = driver.join(follower.member_id, protocols=[("range", b"new")])
    keep_alive(driver, leader.member_id, 1, REBALANCE_MS - 3_000)
    assert not rejoined.is_there
    driver.advance(3_000)
    assert rejoined.get().generation_id == 2


# --- sessions


def test_a_silent_member_is_dropped(driver: GroupDriver) -> None:
    """After its session timeout a member is gone and the others rebalance."""
    leader, follower = driver.stable_group(2)
    driver.advance(SESSION_MS - 1)
    assert driver.heartbeat(leader.member_id, 1) == ErrorCode.NONE
    driver.advance(1)
    assert driver.heartbeat(leader.member_id, 1) == ErrorCode.REBALANCE_IN_PROGRESS
    assert driver.heartbeat(follower.member_id, 1) == ErrorCode.UNKNOWN_MEMBER_ID


def test_heartbeats_keep_a_session(driver: GroupDriver) -> None:
    """A member that is heard of in time stays."""
    (leader,) = driver.stable_group()
    for _ in range(5):
        driver.advance(SESSION_MS - 1)
        assert driver.heartbeat(leader.member_id, 1) == ErrorCode.NONE


def test_heartbeats_keep_a_session_while_members_join(driver: GroupDriver) -> None:
    """A member that is told to rejoin has been heard of all the same."""
    (leader,) = driver.stable_group()
    driver.join(driver.member())
    assert keep_alive(driver, leader.member_id, 1, 2 * SESSION_MS) == (
        ErrorCode.REBALANCE_IN_PROGRESS
    )


def test_a_member_may_change_its_timeouts(driver: GroupDriver) -> None:
    """What a member says when it joins again counts from then on."""
    (leader,) = driver.stable_group()
    driver.join(leader.member_id, session_ms=3 * SESSION_MS)
    driver.sync(leader.member_id, 2)
    driver.advance(3 * SESSION_MS - 1)
    assert driver.heartbeat(leader.member_id, 2) == ErrorCode.NONE


def test_commits_keep_a_session(driver: GroupDriver) -> None:
    """A member that commits has been heard of."""
    driver.create_topic("topic")
    (leader,) = driver.stable_group()
    for _ in range(3):
        driver.advance(SESSION_MS - 1)
        code = driver.commit_code(member_id=leader.member_id, generation=1)
        assert code == ErrorCode.NONE


def test_a_silent_member_ends_a_join_round(driver: GroupDriver) -> None:
    """When the session of the last missing member ends, the others go on."""
    leader, _ = driver.stable_group(2)
    rejoined = driver.join(leader.member_id)
    driver.advance(SESSION_MS - 1)
    assert not rejoined.is_there
    driver.advance(1)
    assert len(rejoined.get().members) == 1


def test_members_that_wait_are_alive(driver: GroupDriver) -> None:
    """A member whose JoinGroup waits is not expected to send anything."""
    leader, follower = driver.stable_group(2)
    rejoined = driver.join(leader.member_id)
    keep_alive(driver, follower.member_id, 1, 3 * SESSION_MS)
    driver.join(follower.member_id)
    assert len(rejoined.get().members) == 2


def test_the_wait_for_an_assignment_counts_as_alive(driver: GroupDriver) -> None:
    """A member whose SyncGroup waits beyond its session is in the group, with a new session."""
    answers = [driver.join(driver.member()) for _ in range(2)]
    driver.advance(0)
    leader, follower = (answer.get() for answer in answers)
    driver.sync(follower.member_id, 1)
    keep_alive(driver, leader.member_id, 1, 2 * SESSION_MS)
    driver.sync(leader.member_id, 1)
    assert keep_alive(driver, leader.member_id, 1, SESSION_MS - 1_000) == ErrorCode.NONE
    driver.advance(1_000)
    assert driver.heartbeat(leader.member_id, 1) == ErrorCode.REBALANCE_IN_PROGRESS
    assert driver.heartbeat(follower.member_id, 1) == ErrorCode.UNKNOWN_MEMBER_ID


def test_a_refused_wait_for_an_assignment_leaves_a_session(driver: GroupDriver) -> None:
    """Who waited beyond its session and was sent back to join has a new session to do so."""
    answers = [driver.join(driver.member()) for _ in range(2)]
    driver.advance(0)
    leader, follower = (answer.get() for answer in answers)
    driver.sync(follower.member_id, 1)
    keep_alive(driver, leader.member_id, 1, 2 * SESSION_MS)
    rejoined = driver.join(leader.member_id, protocols=[("range", b"new")])
    driver.advance(SESSION_MS - 1)
    assert not rejoined.is_there
    driver.advance(1)
    assert [member.member_id for member in rejoined.get().members] == [leader.member_id]


def test_a_connection_that_closed_leaves_its_member(driver: GroupDriver) -> None:
    """Whose connection is gone is a member until its session ends, as in Kafka."""
    leader, follower = driver.stable_group(2)
    gone = driver.join(leader.member_id)
    gone.abandon()
    rejoined = driver.join(follower.member_id)
    assert not gone.is_there
    assert rejoined.get().leader == leader.member_id
    driver.advance(SESSION_MS)
    assert driver.heartbeat(leader.member_id, 2) == ErrorCode.UNKNOWN_MEMBER_ID


def test_new_members_wait_five_minutes_at_most(driver: GroupDriver) -> None:
    """A newcomer whose first round does not end is sent back: its client may be gone."""
    (leader,) = driver.stable_group(session_ms=1_000_000, rebalance_ms=1_000_000)
    waiting = driver.join(driver.member(), rebalance_ms=1_000_000)
    driver.advance(299_999)
    assert not waiting.is_there
    driver.advance(1)
    assert waiting.get().error_code == ErrorCode.UNKNOWN_MEMBER_ID
    assert driver.heartbeat(leader.member_id, 1) == ErrorCode.REBALANCE_IN_PROGRESS


def test_the_group_is_empty_when_all_are_silent(driver: GroupDriver) -> None:
    """Without anybody left the group becomes empty and says so in the log."""
    driver.stable_group(2)
    driver.advance(REBALANCE_MS)
    _, value = driver.log.typed()[-1]
    assert value is not None
    assert (value.generation, value.members) == (2, [])  # type: ignore[attr-defined]


def test_sessions_go_with_members_that_do_not_rejoin(driver: GroupDriver) -> None:
    """Only the clean-up, the sync round and the member that is left have timers."""
    leader, follower = driver.stable_group(2)
    driver.join(leader.member_id)
    keep_alive(driver, follower.member_id, 1, REBALANCE_MS - 3_000)
    driver.advance(3_000)
    assert len(driver.timers) == 3


def test_sessions_go_with_members_that_do_not_sync(driver: GroupDriver) -> None:
    """Only the clean-up has a timer when everybody has been dropped."""
    answer = driver.join(driver.member())
    driver.advance(0)
    keep_alive(driver, answer.get().member_id, 1, REBALANCE_MS - 3_000)
    driver.advance(3_000)
    assert len(driver.timers) == 1


def test_sessions_go_with_members_that_leave(driver: GroupDriver) -> None:
    """Only the clean-up has a timer when everybody has left, pending members too."""
    (leader,) = driver.stable_group()
    pending = driver.member()
    driver.leave((leader.member_id, None), (pending, None))
    assert len(driver.timers) == 1


def test_sessions_go_with_their_group(driver: GroupDriver) -> None:
    """A group that is forgotten leaves no timers behind, not even those of members to be."""
    (leader,) = driver.stable_group()
    driver.leave((leader.member_id, None))
    driver.member(session_ms=1_800_000)
    assert len(driver.timers) == 2
    driver.advance(600_000)
    assert len(driver.timers) == 1


# --- after a restart


def test_loaded_members_have_a_whole_session(driver: GroupDriver) -> None:
    """The broker's downtime is not held against the members."""
    (leader,) = driver.stable_group()
    driver.advance(SESSION_MS - 1)
    driver.restart()
    driver.advance(SESSION_MS - 1)
    assert driver.heartbeat(leader.member_id, 1) == ErrorCode.NONE


def test_loaded_members_that_stay_away_are_dropped(driver: GroupDriver) -> None:
    """Sessions run for loaded members too."""
    (leader,) = driver.stable_group()
    driver.restart()
    driver.advance(SESSION_MS)
    assert driver.heartbeat(leader.member_id, 1) == ErrorCode.UNKNOWN_MEMBER_ID


def test_a_loaded_member_does_not_time_out_while_it_waits(driver: GroupDriver) -> None:
    """It has been through a rebalance, and its JoinGroup is a sign of life."""
    first, second = driver.stable_group(2)
    driver.restart()
    waiting = driver.join(second.member_id, protocols=[("range", b"other")])
    for _ in range(SESSION_MS // 3_000 + 1):
        driver.advance(3_000)
        driver.heartbeat(first.member_id, 1)
    driver.join(first.member_id)
    assert waiting.get().error_code == ErrorCode.NONE


@pytest.mark.parametrize("waits_for", ["join", "sync"])
def test_who_waits_when_the_offsets_topic_is_deleted(driver: GroupDriver, waits_for: str) -> None:
    first, second = driver.stable_group(2)
    waiting = driver.join(second.member_id, protocols=[("range", b"other")])
    if waits_for == "sync":
        driver.join(first.member_id)
        waiting = driver.sync(second.member_id, 2)
    assert not waiting.is_there
    driver.groups.unload()
    assert waiting.get().error_code == ErrorCode.NOT_COORDINATOR
    if waits_for == "join":
        assert waiting.get().member_id == second.member_id


def test_loaded_groups_above_the_limit_rebalance(driver: GroupDriver) -> None:
    """A limit that was lowered while the broker was down is met by a rebalance."""
    leader, _ = driver.stable_group(2)
    driver.settings.values["group.max.size"] = 1
    driver.restart()
    assert driver.heartbeat(leader.member_id, 1) == ErrorCode.REBALANCE_IN_PROGRESS


def test_loaded_groups_at_the_limit_stay(driver: GroupDriver) -> None:
    """As many members as are allowed are not too many."""
    leader, _ = driver.stable_group(2)
    driver.settings.values["group.max.size"] = 2
    driver.restart()
    assert driver.heartbeat(leader.member_id, 1) == ErrorCode.NONE
