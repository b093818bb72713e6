"""What leaders tell of their logs: where epochs end, and who writes."""

from __future__ import annotations

from collections.abc import Iterator

from compat_tests.parity.batches import Batch
from compat_tests.parity.script import Json, Step, Story, call
from compat_tests.parity.stories.common import NOWHERE, filled, topic, versions


def stories() -> Iterator[Story]:
    for version in versions("OffsetForLeaderEpoch"):
        yield Story(f"offset-for-leader-epoch-v{version}", list(epoch_ends(version)))
    yield Story("describe-producers", list(producers()))


def epoch_ends(version: int) -> Iterator[Step]:
    def ends(what: str, *asked: tuple[int, int], name: str = "${topic}") -> Step:
        """(the epoch, the leader's epoch as the client believes) of partition 0."""
        partitions = [
            {"partition": 0, "leaderEpoch": epoch, "currentLeaderEpoch": current}
            for epoch, current in asked
        ]
        body: dict[str, Json] = {"topics": [{"topic": name, "partitions": partitions}]}
        if version >= 3:
            body |= {"replicaId": -1}
        return call("OffsetForLeaderEpoch", version, body, what)

    yield from topic(1)
    yield ends("of an empty log", (0, -1), (1, -1), (-1, -1), (-2, -1))
    yield from filled(Batch(), Batch())
    yield ends("the leader's", (0, -1))
    yield ends("later ones", (1, -1), (7, 0))
    yield ends("none", (-1, -1), (-2, -1))
    yield ends("the leader's epoch is known", (0, 0))
    yield ends("a leader of tomorrow", (0, 1))
    yield ends("twice", (0, -1), (0, -1))
    yield ends("nothing")
    yield ends("unknown topic", (0, -1), name=NOWHERE)
    yield ends("empty name", (0, -1), name="")
    body = {"topics": [{"topic": "${topic}", "partitions": [{"partition": 9, "leaderEpoch": 0}]}]}
    yield call("OffsetForLeaderEpoch", version, body, "unknown partition")


def producers() -> Iterator[Step]:
    def describe(what: str, *indexes: int, name: str = "${topic}") -> Step:
        body = {"topics": [{"name": name, "partitionIndexes": list(indexes)}]}
        return call("DescribeProducers", 0, body, what)

    yield from topic(2)
    yield describe("nobody has written", 0, 1)
    yield from filled(Batch(), Batch(producer_id=7000, producer_epoch=3, sequence=0))
    yield from filled(Batch(producer_id=7000, producer_epoch=3, sequence=1))
    yield describe("one has", 0, 1)
    yield from filled(Batch(producer_id=7000, producer_epoch=4, sequence=0))
    yield describe("a new epoch", 0)
    yield describe("unknown partition", 0, 2, -1)
    yield describe("twice", 0, 0)
    yield describe("none")
    yield describe("unknown topic", 0, 1, name=NOWHERE)
    for name in ("", "..", "a b", "x" * 250):
        yield describe(f"name {name[:3]!r}", 0, name=name)
