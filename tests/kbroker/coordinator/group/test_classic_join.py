from __future__ import annotations

import re

import pytest

from tests.kbroker.coordinator.group_driver import GROUP, RANGE, GroupDriver, reading
from wire.errors import ErrorCode
from wire.internal.consumer_offsets import GroupMetadataKey, GroupMetadataValue
from wire.messages.join_group import JoinGroupResponse, JoinGroupResponseMember

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
TWO_PROTOCOLS = [("range", b"r"), ("sticky", b"s")]


@pytest.fixture
def driver() -> GroupDriver:
    return GroupDriver()


# --- members without an id


@pytest.mark.parametrize("version", [4, 9])
def test_dynamic_members_are_sent_away_for_an_id(driver: GroupDriver, version: int) -> None:
    """From v4 on a member without id is told one and has to come back with it (KIP-394)."""
    response = driver.join(version=version).get()
    assert re.fullmatch(f"client-{UUID}", response.member_id)
    assert response == JoinGroupResponse(
        error_code=ErrorCode.MEMBER_ID_REQUIRED,
        generation_id=-1,
        protocol_name=None if version >= 7 else "",
        leader="",
        member_id=response.member_id,
        members=[],
    )


@pytest.mark.parametrize("version", [0, 3])
def test_old_members_join_in_one_step(driver: GroupDriver, version: int) -> None:
    """Before v4 a member without id is in at once."""
    answer = driver.join(version=version)
    driver.advance(0)
    assert answer.get().error_code == ErrorCode.NONE
    assert answer.get().generation_id == 1


def test_a_client_without_id_counts_as_empty(driver: GroupDriver) -> None:
    """A null client id makes a member id that starts with the dash."""
    assert re.fullmatch(f"-{UUID}", driver.join(client_id=None).get().member_id)


def test_static_members_get_an_id_of_their_instance(driver: GroupDriver) -> None:
    """A static member joins in one step, under an id made of its instance id (KIP-345)."""
    answer = driver.join(instance="worker")
    driver.advance(0)
    assert answer.get().error_code == ErrorCode.NONE
    assert re.fullmatch(f"worker-{UUID}", answer.get().member_id)


def test_a_new_group_is_written_at_once(driver: GroupDriver) -> None:
    """The first member's first step writes the empty group."""
    driver.member()
    assert driver.log.typed() == [
        (
            GroupMetadataKey(group="group"),
            GroupMetadataValue(
                protocol_type="",
                generation=0,
                protocol=None,
                leader=None,
                current_state_timestamp=driver.time.now_ms(),
                members=[],
            ),
        )
    ]


def test_a_new_group_that_cannot_be_written_is_refused(driver: GroupDriver) -> None:
    """Without its record there is no group, and the member is told to look again."""
    driver.log.refusal = ErrorCode.NOT_LEADER_OR_FOLLOWER
    response = driver.join().get()
    assert (response.error_code, response.member_id) == (ErrorCode.NOT_COORDINATOR, "")
    driver.log.refusal = None
    assert driver.join("nobody").get().error_code == ErrorCode.UNKNOWN_MEMBER_ID


# --- who is let in


def test_an_id_without_group_is_unknown(driver: GroupDriver) -> None:
    """A member that has an id believes in a group; if there is none, it has to start over."""
    response = driver.join("someone").get()
    assert (response.error_code, response.member_id) == (ErrorCode.UNKNOWN_MEMBER_ID, "someone")
    assert driver.log.typed() == []


@pytest.mark.parametrize(
    ("arguments", "code", "member_id"),
    [
        ({"group": "", "session_ms": 1}, ErrorCode.INVALID_GROUP_ID, "me"),
        ({"session_ms": 5_999}, ErrorCode.INVALID_SESSION_TIMEOUT, "me"),
        ({"session_ms": 1_800_001, "group": "none"}, ErrorCode.INVALID_SESSION_TIMEOUT, "me"),
        ({"protocol_type": "other"}, ErrorCode.INCONSISTENT_GROUP_PROTOCOL, "me"),
        ({"protocols": [("other", b"")]}, ErrorCode.INCONSISTENT_GROUP_PROTOCOL, "me"),
        ({"instance": "nobody"}, ErrorCode.UNKNOWN_MEMBER_ID, "me"),
        ({"instance": "worker"}, ErrorCode.FENCED_INSTANCE_ID, "me"),
        ({}, ErrorCode.UNKNOWN_MEMBER_ID, "me"),
    ],
)
def test_order_of_checks(
    driver: GroupDriver, arguments: dict[str, object], code: ErrorCode, member_id: str
) -> None:
    """Each check comes before those below it; the member's id is given back."""
    driver.join(instance="worker")
    driver.advance(0)
    response = driver.join("me", **arguments).get()  # type: ignore[arg-type]
    assert response == JoinGroupResponse(
        error_code=code, protocol_name=None, leader="", member_id=member_id, members=[]
    )


@pytest.mark.parametrize("session_ms", [6_000, 1_800_000])
def test_session_timeouts_up_to_the_limits(driver: GroupDriver, session_ms: int) -> None:
    """The limits of a session timeout are allowed themselves."""
    assert driver.join(session_ms=session_ms).get().error_code == ErrorCode.MEMBER_ID_REQUIRED


@pytest.mark.parametrize("arguments", [{"protocol_type": ""}, {"protocols": []}])
def test_a_first_member_needs_protocols(driver: GroupDriver, arguments: dict[str, object]) -> None:
    """Without a protocol and its type nobody can be in a group, not even an empty one."""
    response = driver.join(**arguments).get()  # type: ignore[arg-type]
    assert response.error_code == ErrorCode.INCONSISTENT_GROUP_PROTOCOL
    assert response.member_id == ""


def test_an_empty_group_takes_another_protocol_type(driver: GroupDriver) -> None:
    """Who joins an empty group decides what kind of group it becomes."""
    (member,) = driver.stable_group()
    driver.leave((member.member_id, None))
    answer = driver.join(protocol_type="connect", version=3)
    driver.advance(0)
    assert answer.get().error_code == ErrorCode.NONE


def test_a_group_that_all_have_left_in_its_first_round_keeps_its_protocol_type() -> None:
    """It is not empty before the round ends."""
    driver = GroupDriver(group__initial__rebalance__delay__ms=3_000)
    driver.join(version=3)
    (member,) = driver.groups.describe_group(GROUP).members
    driver.leave((member.member_id, None))
    response = driver.join(protocol_type="connect").get()
    assert response.error_code == ErrorCode.INCONSISTENT_GROUP_PROTOCOL


def test_a_simple_group_can_be_joined(driver: GroupDriver) -> None:
    """A group that only had offsets takes members, and keeps the offsets."""
    driver.create_topic("topic")
    driver.commit(5)
    (member,) = driver.stable_group()
    assert member.generation_id == 1
    assert driver.committed() == 5


def test_a_pending_member_cannot_be_static(driver: GroupDriver) -> None:
    """An id that was given to a dynamic member does not go with an instance id."""
    response = driver.join(driver.member(), instance="worker").get()
    assert response.error_code == ErrorCode.UNKNOWN_SERVER_ERROR


# --- size


def test_a_full_group_refuses_new_members() -> None:
    """A stable group at group.max.size takes nobody in."""
    driver = GroupDriver(group__max__size=1)
    driver.stable_group()
    response = driver.join().get()
    assert (response.error_code, response.member_id) == (ErrorCode.GROUP_MAX_SIZE_REACHED, "")


def test_a_full_group_takes_its_members_back() -> None:
    """Members of a full group may join again."""
    driver = GroupDriver(group__max__size=1)
    (member,) = driver.stable_group()
    assert driver.join(member.member_id).get().error_code == ErrorCode.NONE


def test_a_full_join_round_refuses_the_next() -> None:
    """While members join, those who wait count."""
    driver = GroupDriver(group__max__size=1)
    first, second = driver.member(), driver.member()
    waiting = driver.join(first)
    response = driver.join(second).get()
    assert response.error_code == ErrorCode.GROUP_MAX_SIZE_REACHED
    assert not waiting.is_there
    assert not driver.join(first).is_there


def test_last_to_rejoin_lose_their_place_when_the_limit_is_lowered() -> None:
    """A group above a lowered limit drops the members that rejoin last."""
    driver = GroupDriver()
    one, two, last = driver.stable_group(3)
    driver.settings.values["group.max.size"] = 2
    rejoined = [driver.join(member.member_id) for member in (one, two)]
    refusal = driver.join(last.member_id).get()
    assert (refusal.error_code, refusal.member_id) == (ErrorCode.GROUP_MAX_SIZE_REACHED, "")
    assert driver.heartbeat(last.member_id, 1) == ErrorCode.UNKNOWN_MEMBER_ID
    assert not any(answer.is_there for answer in rejoined)


def test_a_full_group_is_told_before_other_protocols() -> None:
    driver = GroupDriver(group__max__size=1)
    driver.stable_group()
    response = driver.join(protocol_type="connect").get()
    assert response.error_code == ErrorCode.GROUP_MAX_SIZE_REACHED


# --- members with an id


def test_the_leader_is_told_of_all_members(driver: GroupDriver) -> None:
    """The first to join leads and sees every member's metadata; the others see nobody."""
    leader, follower = driver.stable_group(2)
    assert leader.leader == follower.leader == leader.member_id
    assert leader.members == [
        JoinGroupResponseMember(member_id=member.member_id, metadata=RANGE[0][1])
        for member in (leader, follower)
    ]
    assert follower.members == []


def test_the_leader_is_told_what_was_said_of_the_elected_protocol(driver: GroupDriver) -> None:
    both, one = driver.member(), driver.member()
    leader = driver.join(both, protocols=TWO_PROTOCOLS)
    driver.join(one, protocols=[("sticky", b"only")])
    driver.advance(0)
    said = {member.member_id: member.metadata for member in leader.get().members}
    assert (leader.get().protocol_name, said) == ("sticky", {both: b"s", one: b"only"})


def test_follower_without_news_gets_the_generation(driver: GroupDriver) -> None:
    """A stable group answers a follower that has not changed without a rebalance."""
    _, follower = driver.stable_group(2)
    assert driver.join(follower.member_id).get() == follower


def test_changed_metadata_rebalances(driver: GroupDriver) -> None:
    """A follower with other metadata makes everybody rejoin."""
    leader, follower = driver.stable_group(2)
    assert not driver.join(follower.member_id, protocols=[("range", b"new")]).is_there
    assert driver.heartbeat(leader.member_id, 1) == ErrorCode.REBALANCE_IN_PROGRESS


def test_more_protocols_rebalance(driver: GroupDriver) -> None:
    """Speaking one more protocol is a change too."""
    _, follower = driver.stable_group(2)
    assert not driver.join(follower.member_id, protocols=[*RANGE, ("more", b"")]).is_there


def test_leader_rejoins_to_rebalance(driver: GroupDriver) -> None:
    """A leader's JoinGroup always rebalances: it may have seen new partitions."""
    leader, follower = driver.stable_group(2)
    rejoined = driver.join(leader.member_id)
    assert not rejoined.is_there
    assert driver.join(follower.member_id).get().generation_id == 2
    assert rejoined.get().generation_id == 2


def test_lost_answers_are_repeated_while_the_assignment_is_awaited(driver: GroupDriver) -> None:
    """Before the sync, a member that rejoins unchanged gets the same answer again."""
    answer = driver.join(driver.member())
    driver.advance(0)
    assert driver.join(answer.get().member_id).get() == answer.get()


def test_changed_metadata_while_the_assignment_is_awaited(driver: GroupDriver) -> None:
    """Before the sync, changed metadata starts the next generation."""
    answer = driver.join(driver.member())
    driver.advance(0)
    again = driver.join(answer.get().member_id, protocols=[("range", b"new")])
    assert again.get().generation_id == 2


def test_the_earlier_of_two_joins_is_never_answered(driver: GroupDriver) -> None:
    """A member that joins twice gets one answer, to its second request, as in Kafka."""
    (member,) = driver.stable_group()
    newcomer = driver.member()
    first, second = driver.join(newcomer), driver.join(newcomer)
    driver.join(member.member_id)
    assert second.get().generation_id == 2
    assert not first.is_there


# --- static members


def static_group(driver: GroupDriver, **arguments: object) -> list[JoinGroupResponse]:
    """Members with the instance ids "one" (the leader) and "two"."""
    answers = [driver.join(instance=name, **arguments) for name in ("one", "two")]  # type: ignore[arg-type]
    driver.advance(0)
    one, two = (answer.get() for answer in answers)
    name = one.protocol_name
    driver.sync(
        one.member_id,
        1,
        {one.member_id: b"1", two.member_id: b"2"},
        instance="one",
        protocol_name=name,
    )
    driver.sync(two.member_id, 1, instance="two", protocol_name=name)
    return [one, two]


def test_a_static_member_that_restarts_takes_its_place(driver: GroupDriver) -> None:
    """A stable group gives it a new id and its old assignment, without a rebalance."""
    one, two = static_group(driver)
    again = driver.join(instance="two").get()
    assert again.member_id != two.member_id
    assert (again.error_code, again.generation_id, again.leader) == (0, 1, one.member_id)
    assert (again.members, again.skip_assignment) == ([], False)
    assert driver.sync(again.member_id, 1, instance="two").get().assignment == b"2"
    assert driver.heartbeat(one.member_id, 1, instance="one") == ErrorCode.NONE


@pytest.mark.parametrize(("before_ms", "after_ms"), [(6_000, 30_000), (30_000, 6_000)])
def test_its_first_session_is_as_long_as_the_last_one(
    driver: GroupDriver, before_ms: int, after_ms: int
) -> None:
    """What it asks for now counts from its first heartbeat on, as in Kafka."""
    joined = driver.join(instance="one", session_ms=before_ms)
    driver.advance(0)
    driver.sync(joined.get().member_id, 1, {joined.get().member_id: b"all"}, instance="one")
    again = driver.join(instance="one", session_ms=after_ms).get().member_id
    for session_ms in (before_ms, after_ms):
        driver.advance(session_ms - 1)
        assert driver.heartbeat(again, 1, instance="one") == ErrorCode.NONE
    driver.advance(after_ms)
    assert driver.heartbeat(again, 1, instance="one") == ErrorCode.UNKNOWN_MEMBER_ID


def test_a_new_subscription_counts_from_the_next_generation_on(driver: GroupDriver) -> None:
    """Kafka does not replay what it writes of a static member that takes its place."""
    static_group(driver, protocols=reading(b"old"))
    driver.join(instance="two", protocols=reading(b"new"))
    group = driver.shard().groups[GROUP]
    assert (group.is_subscribed_to("old"), group.is_subscribed_to("new")) == (True, False)


def test_the_replaced_id_is_fenced(driver: GroupDriver) -> None:
    """Whoever still uses the old id is told so."""
    _, two = static_group(driver)
    driver.join(instance="two")
    code = driver.heartbeat(two.member_id, 1, instance="two")
    assert code == ErrorCode.FENCED_INSTANCE_ID


def test_the_replaced_session_is_gone(driver: GroupDriver) -> None:
    """A member under a new id has one session, in a stable group and in one that rebalances."""
    one, _ = static_group(driver)
    timers = len(driver.timers)
    driver.join(instance="two")
    assert len(driver.timers) == timers
    driver.join(one.member_id, instance="one")
    timers = len(driver.timers)
    driver.join(instance="one")
    driver.join(instance="two")
    assert len(driver.timers) == timers


def test_a_static_leader_skips_the_assignment(driver: GroupDriver) -> None:
    """From v9 on a leader that restarts learns that it leads, and not to assign (KIP-814)."""
    _, two = static_group(driver)
    again = driver.join(instance="one").get()
    assert again.skip_assignment
    assert again.leader == again.member_id
    ids = {member.member_id for member in again.members}
    assert ids == {again.member_id, two.member_id}


def test_an_old_static_leader_does_not_learn_that_it_leads(driver: GroupDriver) -> None:
    """Before v9 it is told its own old id as the leader's, so that it does not assign."""
    one, _ = static_group(driver)
    again = driver.join(instance="one", version=8).get()
    assert (again.leader, again.members) == (one.member_id, [])
    assert not again.skip_assignment


def test_a_static_member_may_change_its_metadata(driver: GroupDriver) -> None:
    """Other metadata alone does not rebalance, as long as the chosen protocol stays."""
    static_group(driver, protocols=TWO_PROTOCOLS)
    again = driver.join(instance="two", protocols=[("range", b"new"), ("sticky", b"new")])
    assert again.get().generation_id == 1


def test_a_static_member_that_changes_the_vote_rebalances(driver: GroupDriver) -> None:
    """If the group would choose another protocol, it does."""
    one, _ = static_group(driver, protocols=TWO_PROTOCOLS)
    assert one.protocol_name == "range"
    again = driver.join(instance="two", protocols=[("sticky", b"s"), ("range", b"r")])
    assert not again.is_there
    code = driver.heartbeat(one.member_id, 1, instance="one")
    assert code == ErrorCode.REBALANCE_IN_PROGRESS


def test_a_static_member_keeps_all_its_protocols(driver: GroupDriver) -> None:
    """After its replacement the group still knows the protocols that are not in the record."""
    one, _ = static_group(driver, protocols=TWO_PROTOCOLS)
    driver.join(instance="two", protocols=TWO_PROTOCOLS)
    answer = driver.join(one.member_id, instance="one", protocols=[("sticky", b"s")])
    driver.join(instance="two", protocols=TWO_PROTOCOLS)
    assert answer.get().protocol_name == "sticky"


def test_a_replacement_that_cannot_be_written_changes_nothing(driver: GroupDriver) -> None:
    """The old id stays in the group, and the newcomer is told to look for the coordinator."""
    one, two = static_group(driver)
    driver.log.refusal = ErrorCode.KAFKA_STORAGE_ERROR
    response = driver.join(instance="two").get()
    assert response == JoinGroupResponse(
        error_code=ErrorCode.NOT_COORDINATOR,
        generation_id=1,
        protocol_type="consumer",
        protocol_name="range",
        leader=one.member_id,
        member_id="",
        members=[],
    )
    assert driver.heartbeat(two.member_id, 1, instance="two") == ErrorCode.NONE


def test_a_waiting_join_is_fenced_by_its_replacement(driver: GroupDriver) -> None:
    """The JoinGroup that waits under the old id is answered with its id and FENCED_INSTANCE_ID."""
    driver.stable_group()
    first = driver.join(instance="one")
    second = driver.join(instance="one")
    assert first.get().error_code == ErrorCode.FENCED_INSTANCE_ID
    assert first.get().member_id.startswith("one-")
    assert not second.is_there


def test_a_replaced_leader_still_leads(driver: GroupDriver) -> None:
    """A leader that comes back without its id while members join leads the next generation."""
    one, two = static_group(driver)
    waiting = driver.join(two.member_id, instance="two", protocols=[("range", b"new")])
    again = driver.join(instance="one")
    assert again.get().leader == again.get().member_id == waiting.get().leader
    assert again.get().member_id != one.member_id
    assert driver.sync(again.get().member_id, 2, instance="one").get().error_code == ErrorCode.NONE


def test_a_waiting_sync_is_fenced_by_its_replacement(driver: GroupDriver) -> None:
    """A replacement before the assignment fences the waiting SyncGroup and rebalances."""
    answers = [driver.join(instance=name) for name in ("one", "two")]
    driver.advance(0)
    one, two = (answer.get() for answer in answers)
    waiting = driver.sync(two.member_id, 1, instance="two")
    assert not driver.join(instance="two").is_there
    assert waiting.get().error_code == ErrorCode.FENCED_INSTANCE_ID
    code = driver.heartbeat(one.member_id, 1, instance="one")
    assert code == ErrorCode.REBALANCE_IN_PROGRESS
