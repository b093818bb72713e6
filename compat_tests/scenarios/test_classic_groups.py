"""Groups that grow, shrink, crash and resume; static members; the cooperative protocol; commits."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from compat_tests.brokers import Broker, wait_until
from compat_tests.clients import base
from compat_tests.clients.base import Client, MemberOptions, Rec, poll_until
from compat_tests.clients.running import RunningMember, Seen

Start = Callable[..., RunningMember]
PARTITIONS = 6


def fill(admin: Client, topic: str, first: int, count: int) -> None:
    """One more record in each partition, `count` times."""
    numbers = range(first, first + count)
    records = [Rec(b"%d" % n, partition=p) for n in numbers for p in range(PARTITIONS)]
    admin.produce(topic, records)


def share(*members: RunningMember) -> bool:
    """Every partition has exactly one of them, and each of them has one."""
    held = [partition for member in members for partition in member.assigned]
    return sorted(held) == list(range(PARTITIONS)) and all(member.assigned for member in members)


def offsets_of(seen: Iterable[Seen]) -> dict[int, list[int]]:
    result: dict[int, list[int]] = {}
    for partition, offset, _, _ in seen:
        result.setdefault(partition, []).append(offset)
    return result


def covers(count: int, *members: RunningMember) -> bool:
    """All of them together saw the first `count` records of each partition."""
    seen = {(partition, offset) for one in members for partition, offset, _, _ in one.seen}
    return len(seen) == PARTITIONS * count


def test_a_group_grows_and_shrinks(
    client: Client, admin: Client, members: Start, name: str
) -> None:
    admin.create_topic(name, PARTITIONS)
    fill(admin, name, 0, 5)
    first = members(name, name)
    wait_until(lambda: share(first) and covers(5, first), 20, "the first has everything")
    second = members(name, name)
    wait_until(lambda: share(first, second), 20, "two share")
    third = members(name, name)
    wait_until(lambda: share(first, second, third), 20, "three share")
    fill(admin, name, 5, 5)
    wait_until(lambda: covers(10, first, second, third), 20, "all have read all")
    third.leave()
    wait_until(lambda: share(first, second), 20, "two share again")
    second.leave()
    wait_until(lambda: share(first), 20, "the first has everything again")
    fill(admin, name, 10, 5)
    wait_until(lambda: covers(15, first, second, third), 20, "it reads on")


def test_a_member_crashes_and_another_goes_on(
    client: Client, admin: Client, members: Start, name: str
) -> None:
    admin.create_topic(name, PARTITIONS)
    first, second = members(name, name), members(name, name)
    wait_until(lambda: share(first, second), 20, "two share")
    fill(admin, name, 0, 5)
    wait_until(lambda: covers(5, first, second), 20, "both read")
    first.kill()
    wait_until(lambda: share(second), 20, "the survivor has everything")
    fill(admin, name, 5, 5)
    wait_until(lambda: covers(10, first, second), 20, "nothing is lost")
    for numbers in offsets_of(second.seen).values():
        assert numbers == sorted(numbers)


def test_a_group_resumes_where_it_was(
    client: Client, admin: Client, members: Start, name: str
) -> None:
    admin.create_topic(name, PARTITIONS)
    fill(admin, name, 0, 5)
    first = members(name, name)
    wait_until(lambda: covers(5, first), 20, "all is read")
    first.leave()
    fill(admin, name, 5, 3)
    second = members(name, name)
    wait_until(lambda: len(second.seen) >= PARTITIONS * 3, 20, "the new is read")
    assert offsets_of(second.seen) == {partition: [5, 6, 7] for partition in range(PARTITIONS)}


@pytest.mark.needs(base.STATIC)
def test_a_static_member_comes_back_without_a_rebalance(
    client: Client, admin: Client, members: Start, name: str
) -> None:
    admin.create_topic(name, PARTITIONS)
    patient = {"session_timeout_ms": 10_000}
    first = members(name, name, instance_id="first", **patient)
    second = members(name, name, instance_id="second", **patient)
    wait_until(lambda: share(first, second), 20, "two share")
    held, changes = set(first.assigned), len(second.assignments)
    first.kill()
    again = members(name, name, instance_id="first", **patient)
    wait_until(lambda: again.assigned == held, 20, "it has what it had")
    fill(admin, name, 0, 5)
    wait_until(lambda: covers(5, again, second), 20, "both read")
    assert len(second.assignments) == changes


@pytest.mark.needs(base.COOPERATIVE)
def test_the_cooperative_protocol_keeps_what_stays(
    client: Client, admin: Client, members: Start, name: str
) -> None:
    admin.create_topic(name, PARTITIONS)
    strategy = {"strategy": "cooperative-sticky"}
    first = members(name, name, **strategy)
    wait_until(lambda: share(first), 20, "the first has everything")
    changes = len(first.assignments)
    second = members(name, name, **strategy)
    wait_until(lambda: share(first, second), 20, "two share")
    fill(admin, name, 0, 5)
    wait_until(lambda: covers(5, first, second), 20, "both read")
    assert all(first.assigned <= held for held in first.assignments[changes:])


@pytest.mark.needs(base.COMMITS)
def test_commits_and_resets(client: Client, admin: Client, name: str) -> None:
    admin.create_topic(name, 2)
    admin.produce(name, [Rec(b"%d" % number, partition=0) for number in range(20)])
    assert client.committed(name, name, [0, 1]) == {0: None, 1: None}
    client.commit(name, name, {0: 5, 1: 0})
    assert client.committed(name, name, [0, 1]) == {0: 5, 1: 0}
    member = client.member(name, [name], MemberOptions())
    assert poll_until(member, 15)[0].offset == 5
    member.commit()
    member.close()
    assert client.committed(name, name, [0]) == {0: 20}
    client.commit(name, name, {0: 18})
    member = client.member(name, [name], MemberOptions())
    assert [got.offset for got in poll_until(member, 2)] == [18, 19]
    member.close()


@pytest.mark.needs(base.COMMITS)
@pytest.mark.parametrize(("reset", "offset"), [("earliest", 0), ("latest", 10)])
def test_where_a_new_group_begins(
    client: Client, admin: Client, name: str, reset: str, offset: int
) -> None:
    admin.create_topic(name)
    admin.produce(name, [Rec(b"old", partition=0)] * 10)
    member = client.member(name, [name], MemberOptions(auto_reset=reset))
    got: list[base.Got] = []

    def begun() -> bool:
        got.extend(member.poll(0.2))
        if member.assigned() and not got:
            admin.produce(name, [Rec(b"new", partition=0)])
        return bool(got)

    wait_until(begun, 20, "the member begins")
    member.close()
    assert got[0].offset == 0 if reset == "earliest" else got[0].offset >= offset


@pytest.mark.needs(base.COMMITS)
def test_an_offset_that_is_gone_resets(client: Client, admin: Client, name: str) -> None:
    admin.create_topic(name)
    admin.produce(name, [Rec(b"%d" % number, partition=0) for number in range(5)])
    client.commit(name, name, {0: 99})
    member = client.member(name, [name], MemberOptions(auto_reset="earliest"))
    assert [got.offset for got in poll_until(member, 5)] == [0, 1, 2, 3, 4]
    member.close()


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_offsets_outlive_the_broker(
    own_broker: Callable[..., Broker], name: str, ending: str
) -> None:
    from compat_tests.clients.confluent_adapter import ConfluentClient

    broker = own_broker()
    client = ConfluentClient(broker.bootstrap)
    client.create_topic(name)
    client.produce(name, [Rec(b"%d" % number, partition=0) for number in range(10)])
    member = client.member(name, [name], MemberOptions())
    poll_until(member, 10)
    member.commit()
    client.commit(f"{name}-outside", name, {0: 4})
    getattr(broker, ending)()
    broker.restart()
    client.produce(name, [Rec(b"after", partition=0)])
    assert [got.value for got in poll_until(member, 1, 40)] == [b"after"]
    member.close()
    assert client.committed(f"{name}-outside", name, [0]) == {0: 4}
    assert client.consume(name, 0, 0, 11)[-1].value == b"after"
