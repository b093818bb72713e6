"""What hostile clients cost a broker, and what a well-behaved client notices of them.

    python -m tools.hostile_clients [--broker kbroker|kafka] [--only WORDS]

One behaviour after the other plays against one broker, while a client in a process of its own
produces single records. Printed are the broker's memory and the client's latencies before and
during; for kbroker, memory beyond the bound, a late answer or a failed request is a failure.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import sys
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection

from kbroker.cli.raw_client import RawClient
from tools.bench.subjects import SUBJECTS, Subject
from tools.hostile_behaviours import (
    BEHAVIOURS,
    BIG_TOPIC,
    BIG_TOPIC_BYTES,
    COMPACTED_TOPIC,
    MANY_TOPICS,
    MB,
    NOW_MS,
    PLAIN_TOPIC,
    Attack,
    Behaviour,
)
from tools.process_costs import Meter, resident_kb
from tools.topic_requests import create_topic, produce_request
from wire.messages.create_topics import (
    CreatableTopic,
    CreatableTopicConfig,
    CreateTopicsRequest,
)

GOOD_TOPIC = "good"
GOOD_PAUSE_S = 0.002
ANSWER_S = 120  # the good client is patient: what it suffers shall be measured
MEASURE_S = 1.5
# A broker may keep what it received of incomplete frames, and this much for all else.
MEMORY_BOUND_KB = 48 * 1024
WORST_ANSWER_MS = 1000  # of the good client: nobody stops the broker for longer


class GoodClient:
    """Produces one record after the other, in a process whose clock is not the attacker's."""

    def __init__(self, bootstrap: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_produce, args=(bootstrap, other), daemon=True)
        self._process.start()
        other.close()
        self.lap()

    def lap(self) -> list[float]:
        """The latencies in ms since the last call, in ascending order. Raises RuntimeError when
        the client failed."""
        self._pipe.send("lap")
        answer = self._pipe.recv()
        if isinstance(answer, str):
            raise RuntimeError(f"the good client failed: {answer}")
        latencies: list[float] = sorted(answer)
        return latencies

    def stop(self) -> None:
        self._process.kill()
        self._process.join()


def _produce(bootstrap: str, pipe: Connection) -> None:
    latencies: list[float] = []
    try:
        client = RawClient(bootstrap, ANSWER_S)
        request = produce_request(GOOD_TOPIC, [bytes(100)], NOW_MS, acks=-1)
        while True:
            began = time.monotonic()
            answer = client.ask(request, 9)
            latencies.append((time.monotonic() - began) * 1000)
            code = answer.responses[0].partition_responses[0].error_code
            if code:
                raise RuntimeError(f"error {code}")
            if pipe.poll(GOOD_PAUSE_S):
                pipe.recv()
                pipe.send(latencies)
                latencies = []
    except Exception as error:  # told to whoever measures
        pipe.recv()
        pipe.send(repr(error))


@dataclass
class Row:
    name: str
    connections: int
    closed: int
    before_kb: int
    peak_kb: int
    after_kb: int
    held_bytes: int
    before_ms: list[float]
    during_ms: list[float]

    @property
    def problems(self) -> list[str]:
        found = []
        bound_kb = MEMORY_BOUND_KB + self.held_bytes // 1024
        if self.peak_kb - self.before_kb > bound_kb:
            found.append(f"{self.name}: memory grew by more than {bound_kb // 1024} MB")
        if self.during_ms[-1] > WORST_ANSWER_MS:
            found.append(f"{self.name}: an answer took {self.during_ms[-1]:.0f} ms")
        return found

    def __str__(self) -> str:
        return (
            f"{self.name:31} {self.closed:>5}/{self.connections:<5}"
            f"{self.held_bytes / MB:>7.1f} {self.before_kb / 1024:>7.0f} "
            f"{(self.peak_kb - self.before_kb) / 1024:>+7.1f} "
            f"{(self.after_kb - self.before_kb) / 1024:>+7.1f}   "
            f"{_latencies(self.before_ms)}   {_latencies(self.during_ms)}"
        )


TITLE = (
    f"{'':31} {'closed by':>11}{'MB':>7} {'MB':>7} {'peak':>7} {'after':>7}   "
    f"{'good client before, ms':>23}   {'during, ms':>23}\n"
    f"{'behaviour':31} {'the broker':>11}{'held':>7} {'before':>7} {'':>7} {'':>7}   "
    f"{'p50':>7} {'p99':>7} {'max':>7}   {'p50':>7} {'p99':>7} {'max':>7}"
)


def _latencies(sorted_ms: list[float]) -> str:
    p99 = sorted_ms[int(len(sorted_ms) * 0.99)]
    return f"{statistics.median(sorted_ms):>7.2f} {p99:>7.2f} {sorted_ms[-1]:>7.1f}"


def measure(subject: Subject, good: GoodClient, behaviour: Behaviour) -> Row:
    if behaviour.prepare is not None:
        behaviour.prepare()
    good.lap()
    time.sleep(MEASURE_S)
    before_ms = good.lap()
    attack = Attack(subject.bootstrap)
    before_kb = resident_kb(subject.pid)
    with Meter(subject.pid) as meter:
        behaviour.act(attack)
        time.sleep(MEASURE_S)
        during_ms = good.lap()
    connections, closed = len(attack.sockets), attack.closed()
    attack.close()
    time.sleep(0.2)
    return Row(
        behaviour.name,
        connections,
        closed,
        before_kb,
        meter.peak_kb,
        resident_kb(subject.pid),
        attack.held_bytes,
        before_ms,
        during_ms,
    )


def prepare_topics(bootstrap: str) -> None:
    client = RawClient(bootstrap)
    for name in (GOOD_TOPIC, PLAIN_TOPIC, BIG_TOPIC):
        create_topic(client, name)
    create_topic(client, "many", MANY_TOPICS)
    compacted = CreatableTopic(
        name=COMPACTED_TOPIC,
        num_partitions=1,
        replication_factor=1,
        assignments=[],
        configs=[CreatableTopicConfig(name="cleanup.policy", value="compact")],
    )
    client.ask(CreateTopicsRequest(topics=[compacted], timeout_ms=10_000), 7)
    batch = produce_request(BIG_TOPIC, [bytes(1000)] * 900, NOW_MS)
    for _ in range(BIG_TOPIC_BYTES // 900_000):
        client.ask(batch, 9)
    client.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--broker", choices=("kbroker", "kafka"), default="kbroker")
    parser.add_argument("--only", default="", help="behaviours whose name has these words")
    arguments = parser.parse_args()
    subject: Subject = SUBJECTS[arguments.broker]()
    problems: list[str] = []
    try:
        prepare_topics(subject.bootstrap)
        good = GoodClient(subject.bootstrap)
        print(f"{subject.name}\n{TITLE}", flush=True)
        for behaviour in BEHAVIOURS:
            if arguments.only in behaviour.name:
                try:
                    row = measure(subject, good, behaviour)
                except RuntimeError as error:  # there is nobody left to measure
                    problems.append(f"{behaviour.name}: {error}")
                    break
                problems += row.problems
                print(row, flush=True)
        good.stop()
    finally:
        subject.remove()
    print(f"bound: {MEMORY_BOUND_KB // 1024} MB beyond what was received of incomplete frames; "
          f"no answer to the good client later than {WORST_ANSWER_MS} ms")  # fmt: skip
    for problem in problems:
        print(problem)
    return 1 if problems and arguments.broker == "kbroker" else 0


if __name__ == "__main__":
    sys.exit(main())
