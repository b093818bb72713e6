"""Groups: members that join together, and commits of offsets."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

from kbroker.cli.raw_client import RawClient
from tools.bench.cases.requests import asked_in_turns
from tools.bench.checks import CheckError, decoded
from tools.bench.run import Figures, Run
from wire.api_keys import ApiKey
from wire.headers import encode_request
from wire.messages.find_coordinator import FindCoordinatorRequest
from wire.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
)
from wire.messages.offset_fetch import OffsetFetchRequest, OffsetFetchRequestTopic

COMMIT_VERSION, FETCH_VERSION, COORDINATOR_VERSION = 8, 7, 3
LOADED_S = 0.5  # Kafka names a coordinator shortly before it has loaded its groups
OFFSET = 42
PARTITIONS = 12
PATIENCE_S = 30
# A member that joined alone learns of the others with its next heartbeat.
HEARTBEAT_MS = 100


def six_join(run: Run, members: int) -> Figures:
    """From the first subscription until all partitions are shared out evenly."""
    from confluent_kafka import Consumer

    topic = run.new_topic(PARTITIONS)
    owned: dict[int, set[int]] = {number: set() for number in range(members)}
    ended = threading.Event()

    def join(number: int) -> None:
        def assigned(_consumer: Any, partitions: list[Any]) -> None:
            owned[number] = {each.partition for each in partitions}

        def revoked(_consumer: Any, _partitions: list[Any]) -> None:
            owned[number] = set()

        consumer = Consumer(
            {"bootstrap.servers": run.bootstrap, "group.id": topic, "log_level": 0,
             "session.timeout.ms": 10_000, "heartbeat.interval.ms": HEARTBEAT_MS,
             "partition.assignment.strategy": "roundrobin"}
        )  # fmt: skip
        consumer.subscribe([topic], on_assign=assigned, on_revoke=revoked)
        while not ended.is_set():
            consumer.poll(0.01)
        consumer.close()

    threads = [threading.Thread(target=join, args=[number]) for number in range(members)]
    with run.meter:
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        stable = _wait_until_even(owned, began + PATIENCE_S)
        elapsed = time.perf_counter() - began
    ended.set()
    for thread in threads:
        thread.join()
    if not stable:
        raise CheckError(f"{members} members do not share out {PARTITIONS} partitions")
    return {"s": elapsed} | run.costs()


def _wait_until_even(owned: dict[int, set[int]], deadline: float) -> bool:
    share = PARTITIONS // len(owned)
    while time.perf_counter() < deadline:
        parts = list(owned.values())
        if all(len(each) == share for each in parts) and len(set().union(*parts)) == PARTITIONS:
            return True
        time.sleep(0.001)
    return False


@dataclass(frozen=True)
class Commits:
    """Commits of one offset, one outstanding on each of so many connections; each has a group."""

    connections: int

    def __call__(self, run: Run, count: int) -> Figures:
        topic = run.new_topic()
        groups = [f"{topic}-{number}" for number in range(self.connections)]
        with RawClient(run.bootstrap) as client:
            _wait_for_coordinator(client, groups)
            frames = [_commit(group, topic) for group in groups]
            with run.meter:
                answers, elapsed = asked_in_turns(run.bootstrap, frames, count)
            for answer in decoded(answers, ApiKey.OFFSET_COMMIT, COMMIT_VERSION):
                if answer.topics[0].partitions[0].error_code:
                    raise CheckError("a commit was answered with an error")
            for group in groups:
                if _committed(client, group, topic) != OFFSET:
                    raise CheckError("a committed offset is not there")
        return {"commits/s": len(answers) / elapsed} | run.costs()


def _wait_for_coordinator(client: RawClient, groups: list[str]) -> None:
    """The first use creates the topic of committed offsets."""
    deadline = time.perf_counter() + PATIENCE_S
    for group in groups:
        while client.ask(FindCoordinatorRequest(key=group), COORDINATOR_VERSION).error_code:
            if time.perf_counter() > deadline:
                raise CheckError(f"no coordinator of a group for {PATIENCE_S} s")
            time.sleep(0.1)
    time.sleep(LOADED_S)


def _commit(group: str, topic: str) -> bytes:
    partition = OffsetCommitRequestPartition(
        partition_index=0, committed_offset=OFFSET, committed_leader_epoch=-1,
        committed_metadata="",
    )  # fmt: skip
    request = OffsetCommitRequest(
        group_id=group, generation_id_or_member_epoch=-1, member_id="", group_instance_id=None,
        topics=[OffsetCommitRequestTopic(name=topic, partitions=[partition])],
    )  # fmt: skip
    return encode_request(request, COMMIT_VERSION, 1, "raw")


def _committed(client: RawClient, group: str, topic: str) -> int:
    asked = OffsetFetchRequestTopic(name=topic, partition_indexes=[0])
    answer = client.ask(OffsetFetchRequest(group_id=group, topics=[asked]), FETCH_VERSION)
    return int(answer.topics[0].partitions[0].committed_offset)
