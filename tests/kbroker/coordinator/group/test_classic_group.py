from __future__ import annotations

import pytest

from kbroker.coordinator.group.classic_group import ClassicGroup
from kbroker.coordinator.group.classic_member import ClassicGroupMember
from kbroker.pending import Pending
from wire.errors import ErrorCode, KafkaError
from wire.internal.consumer_offsets import GroupMetadataValue, MemberMetadata
from wire.messages.join_group import JoinGroupRequestProtocol


def protocols(*names: str) -> list[JoinGroupRequestProtocol]:
    return [JoinGroupRequestProtocol(name=name, metadata=b"") for name in names]


def member(member_id: str, *names: str, instance: str | None = None) -> ClassicGroupMember:
    return ClassicGroupMember(
        member_id=member_id,
        group_instance_id=instance,
        client_id="client",
        client_host="/10.0.0.1",
        rebalance_timeout_ms=1,
        session_timeout_ms=1,
        protocols=protocols(*names),
    )


def group_of(*members: ClassicGroupMember) -> ClassicGroup:
    group = ClassicGroup("group")
    for one in members:
        group.add(one, "consumer")
    group.state = group.state.PREPARING_REBALANCE
    return group


@pytest.mark.parametrize(
    ("member_id", "instance", "code"),
    [
        ("static", "worker", None),
        ("static", None, None),
        ("dynamic", None, None),
        ("stranger", None, ErrorCode.UNKNOWN_MEMBER_ID),
        ("dynamic", "nobody", ErrorCode.UNKNOWN_MEMBER_ID),
        ("dynamic", "worker", ErrorCode.FENCED_INSTANCE_ID),
        ("stranger", "worker", ErrorCode.FENCED_INSTANCE_ID),
    ],
)
def test_identity(member_id: str, instance: str | None, code: ErrorCode | None) -> None:
    """The instance id is looked at first, then the member's."""
    group = group_of(member("static", "range", instance="worker"), member("dynamic", "range"))
    if code is None:
        group.validate_member(member_id, instance)
        return
    with pytest.raises(KafkaError) as raised:
        group.validate_member(member_id, instance)
    assert raised.value.code == code


def test_a_member_that_joins_twice_counts_once() -> None:
    """The round goes on until the other one has joined, too."""
    first, second = member("first", "range"), member("second", "range")
    group = group_of(first, second)
    for _ in range(2):
        group.await_join(first, Pending())

    assert group.awaiting_join_count == 1
    assert not group.has_all_members_joined


def test_a_protocol_of_all_members_is_supported() -> None:
    """Newcomers need one protocol that everybody speaks."""
    group = group_of(member("one", "x", "y"), member("two", "y", "z"))
    assert group.supports_protocols("consumer", protocols("a", "y"))
    assert not group.supports_protocols("consumer", protocols("x", "z"))
    assert not group.supports_protocols("connect", protocols("y"))


def test_a_protocol_that_a_member_names_twice_is_supported_by_nobody() -> None:
    """Kafka counts how often members name it; who joins may do so as often as it likes."""
    group = group_of(member("one", "x", "x", "y"))
    assert not group.supports_protocols("consumer", protocols("x"))
    assert group.supports_protocols("consumer", protocols("y", "y"))
    group.update_member(group.members["one"], protocols("x", "y"), 1, 1)
    assert group.supports_protocols("consumer", protocols("x"))


def test_protocols_of_members_that_left_do_not_count() -> None:
    """What one member alone did not speak is common once it has gone or changed."""
    group = group_of(member("one", "x", "y"), member("two", "y"))
    group.update_member(group.members["two"], protocols("x"), 1, 1)
    assert not group.supports_protocols("consumer", protocols("y"))
    group.remove("two")
    assert group.supports_protocols("consumer", protocols("y"))


def test_subscriptions_are_known_from_the_join_on() -> None:
    """What the members read is clear as soon as the protocol is chosen."""
    one = member("one", "x")
    one.protocols[0].metadata = b"\0\0\0\0\0\1\0\1t\xff\xff\xff\xff"
    group = group_of(one)
    assert group.is_subscribed_to("other")
    group.start_generation(0)
    assert group.is_subscribed_to("t")
    assert not group.is_subscribed_to("other")


def test_the_leader_is_followed_by_the_next() -> None:
    """When the leader goes, another member leads; when the last goes, nobody."""
    group = group_of(member("one", "x"), member("two", "x"))
    group.remove("one")
    assert group.leader_id == "two"
    group.remove("two")
    assert group.leader_id is None


@pytest.mark.parametrize(("stored_ms", "state_ms"), [(7, 7), (-1, -1)])
def test_apply_takes_what_is_written(stored_ms: int, state_ms: int) -> None:
    """A record replaces the group's durable part; old ones do not know when they were written."""
    group = group_of(member("gone", "x", instance="old"))
    group.apply(
        GroupMetadataValue(
            protocol_type="connect",
            generation=5,
            protocol="y",
            leader="new",
            current_state_timestamp=stored_ms,
            members=[
                MemberMetadata(
                    member_id="new",
                    group_instance_id="worker",
                    client_id="client",
                    client_host="/10.0.0.1",
                    session_timeout=1,
                    subscription=b"s",
                    assignment=b"a",
                )
            ],
        )
    )
    assert list(group.members) == ["new"]
    assert group.static_members == {"worker": "new"}
    assert (group.generation_id, group.protocol_name, group.leader_id) == (5, "y", "new")
    assert (group.state, group.state_timestamp_ms) == (group.state.STABLE, state_ms)
    assert not group.supports_protocols("connect", protocols("x"))
    assert group.supports_protocols("connect", protocols("y"))
