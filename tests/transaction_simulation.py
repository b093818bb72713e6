"""Transactions under a seeded schedule of faults, checked against the rules of transactions.

Two transactional producers write to two partitions and commit offsets; other clients create, use
and delete a topic (``plain_clients``). Meanwhile the process is killed in the middle of a write, a
write finds the disk full, time passes, and new producers take over. A client that gets no answer
repeats the request, as clients do. At the end, beside the rules of plain_clients.py:

- the records of committed transactions are there, all of them, once, and in order;
- no record of an aborted, timed out or fenced transaction is there;
- of a transaction with unknown outcome all acknowledged records are there, or none;
- no transaction is open: read_committed consumers can read every log to its end;
- a group's offset is that of its last committed transaction.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Any

from kbroker.metadata.image import CONSUMER_OFFSETS, TRANSACTION_STATE
from storage import LogDirFailed
from tests.drivers import BrokerDriver
from tests.faulty_filesystem import FaultyFilesystem, Killed
from tests.plain_clients import PlainClients
from tests.transactions import KEEPS_EPOCH, RISES, TransactionalProducer, fetch, values
from wire.errors import ErrorCode
from wire.messages.find_coordinator import FindCoordinatorRequest
from wire.messages.incremental_alter_configs import (
    AlterableConfig,
    AlterConfigsResource,
    IncrementalAlterConfigsRequest,
)
from wire.messages.offset_fetch import (
    OffsetFetchRequest,
    OffsetFetchRequestGroup,
    OffsetFetchRequestTopics,
)
from wire.schema import Message

STEPS = 12
PARTITIONS = (0, 1)
TIMEOUT_MS = 60_000
SETTINGS = {
    "transaction_state_log_num_partitions": "1",
    "offsets_topic_num_partitions": "1",
    "auto_create_topics_enable": "false",
}
COMMITTED, ABORTED, UNKNOWN = "committed", "aborted", "unknown"
AGAIN = {
    ErrorCode.NOT_COORDINATOR, ErrorCode.COORDINATOR_NOT_AVAILABLE,
    ErrorCode.CONCURRENT_TRANSACTIONS, ErrorCode.KAFKA_STORAGE_ERROR,
    ErrorCode.NOT_ENOUGH_REPLICAS, ErrorCode.UNKNOWN_SERVER_ERROR,
}  # fmt: skip


def small_segments(topic: str) -> IncrementalAlterConfigsRequest:
    """Few records fill a segment, and closed ones are compacted."""
    size = AlterableConfig(name="internal.segment.bytes", config_operation=0, value="600")
    resource = AlterConfigsResource(resource_type=2, resource_name=topic, configs=[size])
    return IncrementalAlterConfigsRequest(resources=[resource], validate_only=False)


class Work:
    """A transaction as its client knows it: what was acknowledged, by partition."""

    def __init__(self) -> None:
        self.acknowledged: dict[int, list[bytes]] = {partition: [] for partition in PARTITIONS}
        self.sent: set[bytes] = set()
        self.offset: int | None = None
        self.outcome = ABORTED  # until it was asked to commit

    @property
    def is_empty(self) -> bool:
        return self.offset is None and not any(self.acknowledged.values())


class Actor:
    """A transactional id with its current producer."""

    def __init__(self, broker: BrokerDriver, name: str, version: int) -> None:
        self.producer = TransactionalProducer(broker, name)
        self.group = f"group-{name}"
        self.version = version
        self.sequences: dict[int, int] = {}
        self.works: list[Work] = [Work()]
        self.is_ready = False

    @property
    def work(self) -> Work:
        return self.works[-1]


class Simulation:
    """One schedule, made from its seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.broker = self.make_broker()
        self.broker.create_topic("t", len(PARTITIONS))
        for key_type, topic in enumerate((CONSUMER_OFFSETS, TRANSACTION_STATE)):
            wanted = FindCoordinatorRequest(key_type=key_type, coordinator_keys=["g"])
            self.broker.connect().ask(wanted, 4)
            self.broker.settle()
            self.broker.connect().ask(small_segments(topic), 1)
        versions = [self.random.choice((KEEPS_EPOCH, RISES)) for _ in range(2)]
        self.actors = [
            Actor(self.broker, name, version) for name, version in zip("ab", versions, strict=True)
        ]
        self.plain = PlainClients(self.random, self.answer, lambda: self.broker.node.metadata.image)
        self.next_value = 0

    def make_broker(self) -> BrokerDriver:
        self.filesystem = FaultyFilesystem()
        return BrokerDriver(filesystem=self.filesystem, **SETTINGS)

    def run(self) -> None:
        moves = [move for move, weight in self.moves() for _ in range(weight)]
        for _ in range(STEPS):
            self.random.choice(moves)(self.random.choice(self.actors))
        self.check()

    def moves(self) -> tuple[tuple[Callable[[Actor], None], int], ...]:
        """The possible actions, and the weight of each."""
        return (
            (self.write_somewhere, 8), (self.commit, 3), (self.abort, 1), (self.commit_offset, 2),
            (self.take_over, 1), (self.pass_time, 1), (self.arm, 3), (self.restart, 1),
            (self.plain.create_again, 2), (self.plain.delete, 1), (self.plain.produce, 3),
            (self.plain.delete_records, 2), (self.plain.commit, 2),
        )  # fmt: skip

    # --- actions of clients

    def asked(
        self, actor: Actor, verb: str, *arguments: object, **fields: object
    ) -> tuple[int, bool]:
        """The answer to a request, and whether the request was repeated."""
        repeated = False
        for _ in range(4):
            try:
                code = getattr(actor.producer, verb)(*arguments, **fields)
            except Killed:
                self.come_back()
                repeated = True
                continue
            code = code[0] if isinstance(code, list) else code
            if code not in AGAIN:
                return code, repeated
            repeated = True
            self.let_pass(10_000)  # the next round of the coordinator
        return -1, True

    def answer(self, request: Message, version: int) -> Any:
        """None where the process ended before the answer came."""
        try:
            return self.broker.connect().ask(request, version)
        except Killed:
            self.come_back()
            return None

    def come_back(self, *, clean: bool = False) -> None:
        """Starts a new process on the data. The fault may kill that too, but not the next one."""
        self.start_again(clean)
        for actor in self.actors:
            actor.producer.client = self.broker.connect()

    def start_again(self, clean: bool) -> None:
        try:
            self.broker.restart(clean=clean)
        except (Killed, LogDirFailed):
            self.filesystem.heal()
            self.broker.start()

    def let_pass(self, ms: int) -> None:
        try:
            self.broker.advance(ms)
        except Killed:
            self.come_back()

    def ready(self, actor: Actor) -> bool:
        if not actor.is_ready:
            code, _ = self.asked(actor, "init", TIMEOUT_MS)
            actor.is_ready = code == 0
            actor.works.append(Work())
            actor.sequences = dict.fromkeys(PARTITIONS, 0)
        return actor.is_ready

    def write_somewhere(self, actor: Actor) -> None:
        self.write(actor, self.random.choice(PARTITIONS))

    def write(self, actor: Actor, partition: int) -> None:
        if not self.ready(actor):
            return
        value = b"%d" % self.next_value
        self.next_value += 1
        actor.work.sent.add(value)
        code, version = 0, 12
        if actor.version == KEEPS_EPOCH:
            version = 11
            code, _ = self.asked(actor, "add", partition)
        if code == 0:
            actor.producer.sequence = actor.sequences[partition]
            code, _ = self.asked(actor, "write", value, partition, version)
        if code == 0:
            actor.sequences[partition] += 1
            actor.work.acknowledged[partition].append(value)
        actor.is_ready = code == 0  # else it was fenced, and needs a new producer id and epoch

    def commit_offset(self, actor: Actor) -> None:
        if actor.version == KEEPS_EPOCH or not self.ready(actor):
            return
        self.next_value += 1
        code, _ = self.asked(actor, "commit_offset", self.next_value, actor.group)
        if code == 0:
            actor.work.offset = self.next_value
        actor.is_ready = code == 0

    def commit(self, actor: Actor) -> None:
        self.end(actor, commit=True)

    def abort(self, actor: Actor) -> None:
        self.end(actor, commit=False)

    def end(self, actor: Actor, *, commit: bool) -> None:
        if not self.ready(actor) or actor.work.is_empty:
            return  # clients do not end an empty transaction
        code, repeated = self.asked(actor, "end", commit, actor.version)
        if code == 0:
            actor.work.outcome = COMMITTED if commit else ABORTED
        elif commit and repeated:
            actor.work.outcome = UNKNOWN
        actor.is_ready = code == 0
        actor.works.append(Work())
        if actor.version == RISES:
            actor.sequences = dict.fromkeys(PARTITIONS, 0)

    def take_over(self, actor: Actor) -> None:
        """A new process with the same transactional id."""
        actor.producer = TransactionalProducer(self.broker, actor.producer.transactional_id)
        actor.is_ready = False

    # --- faults

    def pass_time(self, _actor: Actor) -> None:
        self.let_pass(self.random.choice((1000, TIMEOUT_MS + 20_000)))

    def arm(self, _actor: Actor) -> None:
        is_full = self.random.random() < 0.3
        torn = self.random.choice((0, 1, 60, 1 << 20))
        self.filesystem.arm(self.random.randint(1, 8), is_full=is_full, torn=torn)

    def restart(self, _actor: Actor) -> None:
        self.come_back(clean=self.random.random() < 0.5)

    # --- what must hold

    def disarm(self) -> None:
        self.filesystem.heal()

    def check(self) -> None:
        self.disarm()
        self.come_back()
        self.broker.advance(TIMEOUT_MS + 1)
        self.broker.advance(20_000)
        for partition in PARTITIONS:
            found = fetch(self.broker, committed=True, partition=partition)
            assert found.last_stable_offset == found.high_watermark, "something is undecided"
            self.check_values(partition, values(self.broker, partition))
        self.check_whole()
        self.check_offsets()
        self.plain.check()

    def check_values(self, partition: int, read: list[bytes]) -> None:
        assert len(read) == len(set(read)), "something is there twice"
        for actor in self.actors:
            for work in actor.works:
                there = [value for value in read if value in work.sent]
                expected = work.acknowledged[partition]
                if work.outcome == COMMITTED:
                    assert there == expected, "what was committed is there, in its order"
                elif work.outcome == ABORTED:
                    assert there == [], "nothing is there of what was aborted"

    def check_whole(self) -> None:
        read = {value for partition in PARTITIONS for value in values(self.broker, partition)}
        for actor in self.actors:
            for work in actor.works:
                acknowledged = {one for ones in work.acknowledged.values() for one in ones}
                assert acknowledged <= read or not acknowledged & read, "all or nothing"

    def check_offsets(self) -> None:
        for actor in self.actors:
            offset, doubtful = -1, False
            for work in actor.works:
                if work.offset is not None and work.outcome != ABORTED:
                    offset, doubtful = work.offset, work.outcome == UNKNOWN
            topic = OffsetFetchRequestTopics(name="t", partition_indexes=[0])
            group = OffsetFetchRequestGroup(group_id=actor.group, topics=[topic])
            request = OffsetFetchRequest(groups=[group], require_stable=True)
            answer = self.broker.connect().ask(request, 8).groups[0].topics[0].partitions[0]
            assert answer.error_code == 0, "nothing is pending"
            assert doubtful or answer.committed_offset == offset, "the last committed offset"


def play(make: Callable[[int], Simulation], seeds: Iterable[int]) -> None:
    """Runs the schedule of each seed; raises AssertionError with the seed of one that fails."""
    for seed in seeds:
        try:
            make(seed).run()
        except BaseException as error:
            raise AssertionError(f"seed {seed}: {error!r}") from error
