"""A load of transactions under faults, whose history is then searched for anomalies.

    python -m tools.history_loop [--minutes 1] [--seed N] [--bootstrap HOST:PORT | --plant DEFECT]

Nine processes of three client libraries run transactions through a proxy that loses and delays
answers; they are stopped for a while, killed, and overtaken by a successor of the same name; a
topic to which they write is deleted and created again; and the broker is killed (``kill -9``) and
started again, unless it is somebody else's. In the end all heals, everything is read, and
``check_history`` says what is wrong. With ``--plant`` the broker has a defect (``history_plants``),
and the run fails unless the checker finds it.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, IsolationLevel, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

from kbroker.cli.raw_client import RawClient
from tools.bench.subjects import CHECKOUT, caching_bytecode
from tools.check_history import check, report
from tools.crash_broker import KillableKbroker
from tools.history import Notes, Record, read_histories
from tools.history_clients import CONSUMING, PRODUCING, split
from tools.history_load import (
    PARTITIONS,
    READERS,
    RECREATED,
    TOPICS,
    WRITTEN,
    group_of,
    transactional_id,
)
from tools.history_plants import NAMES
from tools.history_proxy import HistoryProxy
from tools.topic_requests import create_topic, delete_topic

FAULTS = (
    "kill broker", "kill client", "stop client", "replace client", "lose answers",
    "delay answers", "recreate topic", "quiet",
)  # fmt: skip
ROLES = ("producer", "transformer", "reader")
LONGEST_QUIET_S = 3
LONGEST_STOP_S = 9  # longer than sessions and transactions may be silent
LAST_QUIET_S = 8
PATIENCE_S = 60


class Worker:
    """A client's process; ``start`` anew is a successor of the same name."""

    def __init__(self, library: str, role: str, bootstrap: str, folder: Path) -> None:
        self.name = f"{library}-{role}"
        self._arguments = [library, role, bootstrap]
        self._folder = folder
        self._starts = 0
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        self._starts += 1
        command = [sys.executable, "-m", "tools.history_load", *self._arguments]
        command += [str(self._starts), str(self._folder)]
        with (self._folder / f"{self.name}.log").open("ab") as log:
            return subprocess.Popen(command, cwd=CHECKOUT, env=caching_bytecode(), stderr=log)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process = self._start()

    def replace(self) -> subprocess.Popen[bytes]:
        """Stops the process, and starts another beside it; returns the stopped one, which ends when
        it has done once more what it was about to do. Else the two would fence each other for ever.
        """
        old = self.process
        old.send_signal(signal.SIGSTOP)
        old.send_signal(signal.SIGTERM)
        self.process = self._start()
        return old

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE_S / 2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Planted(KillableKbroker):
    def __init__(self, defect: str) -> None:
        super().__init__()
        self.module = ["tools.history_plants", defect]


class HistoryLoop:
    """``broker`` None: it belongs to others, and is not killed."""

    def __init__(
        self, bootstrap: str, broker: KillableKbroker | None, seed: int, folder: Path
    ) -> None:
        self._bootstrap, self._broker, self._folder = bootstrap, broker, folder
        self._rng = random.Random(seed)
        self._proxy = HistoryProxy(bootstrap, seed)
        self._notes = Notes(folder / "observer.jsonl", "observer")
        self.faults: Counter[str] = Counter()
        self._stopped: list[tuple[float, subprocess.Popen[bytes]]] = []
        self._zombies: list[subprocess.Popen[bytes]] = []
        self._workers: list[Worker] = []

    def run(self, seconds: float) -> None:
        client = RawClient(self._bootstrap)
        for topic, count in (TOPICS | {RECREATED: 1}).items():
            create_topic(client, topic, count)
        client.close()
        self._workers = [
            Worker(library, role, self._proxy.bootstrap, self._folder)
            for library in PRODUCING
            for role in ROLES
        ]
        end = time.monotonic() + seconds
        try:
            while time.monotonic() < end:
                time.sleep(self._rng.uniform(0.5, LONGEST_QUIET_S))
                self._wake(time.monotonic())
                self._fault()
            self._heal()
        finally:
            for worker in self._workers:
                worker.process.kill()
        self._read_all()

    def _fault(self) -> None:
        fault = self._rng.choice(FAULTS if self._broker else FAULTS[1:])
        self.faults[fault] += 1
        self._proxy.lost_share = 0.01 if fault == "lose answers" else 0
        self._proxy.late_share = 0.05 if fault == "delay answers" else 0
        worker = self._rng.choice(self._workers)
        until = time.monotonic() + self._rng.uniform(1, LONGEST_STOP_S)
        match fault:
            case "kill client":
                worker.kill()
            case "stop client":
                worker.process.send_signal(signal.SIGSTOP)
                self._stopped.append((until, worker.process))
            case "replace client":
                old = worker.replace()
                self._stopped.append((until, old))
                self._zombies.append(old)
            case "recreate topic":
                self._recreate()
            case "kill broker":
                assert self._broker is not None
                self._broker.kill()
                self._broker.start()
                self._ask()

    def _recreate(self) -> None:
        with RawClient(self._bootstrap) as client:
            self._notes.note("recreate", "begin", topic=RECREATED)
            delete_topic(client, RECREATED)
            create_topic(client, RECREATED)
            self._notes.note("recreate", "ok", topic=RECREATED)

    def _wake(self, now: float) -> None:
        for until, process in self._stopped:
            if until <= now:
                process.send_signal(signal.SIGCONT)
        self._stopped = [each for each in self._stopped if each[0] > now]

    def _heal(self) -> None:
        self._proxy.lost_share = self._proxy.late_share = 0
        self._wake(float("inf"))
        time.sleep(LAST_QUIET_S)
        for zombie in self._zombies:
            zombie.kill()
            zombie.wait()
        for worker in self._workers:
            worker.process.send_signal(signal.SIGTERM)
        for worker in self._workers:
            worker.end()
        # Whoever comes next under the name of a transaction ends it.
        for library, producing in PRODUCING.items():
            for role in ("producer", "transformer"):
                producing(self._bootstrap, transactional_id(library, role)).close()

    def _ask(self) -> None:
        """What each group has committed."""
        for group in [READERS, *map(group_of, PRODUCING)]:
            consumer = CONSUMING["confluent"](self._bootstrap, group, [])
            self._notes.note("ask", "begin", group=group)
            offsets = consumer.committed(PARTITIONS)
            self._notes.note("ask", "ok", group=group, offsets=offsets)
            consumer.close()

    def _read_all(self) -> None:
        self._ask()
        admin = AdminClient({"bootstrap.servers": self._bootstrap})
        deadline = time.monotonic() + PATIENCE_S
        while (ends := _ends(admin, IsolationLevel.READ_COMMITTED)) != _ends(
            admin, IsolationLevel.READ_UNCOMMITTED
        ):
            if time.monotonic() > deadline:
                raise TimeoutError(f"a transaction never ends: {ends}")
            time.sleep(0.2)
        for partition in WRITTEN:
            records = read_to(self._bootstrap, partition, ends[partition])
            self._notes.note("final", "ok", records=records, offsets={partition: ends[partition]})

    def report(self) -> None:
        print(", ".join(f"{count} x {fault}" for fault, count in sorted(self.faults.items())))
        print(
            f"{self._proxy.lost} answers lost, {self._proxy.late} late; history in {self._folder}"
        )


def _ends(admin: AdminClient, isolation: IsolationLevel) -> dict[str, int]:
    latest: Any = OffsetSpec
    asked = {TopicPartition(*split(partition)): latest.latest() for partition in WRITTEN}
    found = admin.list_offsets(asked, isolation_level=isolation)
    return {f"{each.topic}-{each.partition}": answer.result().offset
            for each, answer in found.items()}  # fmt: skip


def read_to(bootstrap: str, partition: str, end: int) -> tuple[Record, ...]:
    """All that a consumer at read_committed may see of the partition."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "nobody",
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
        }
    )
    topic, number = split(partition)
    consumer.assign([TopicPartition(topic, number, 0)])
    records: list[Record] = []
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found: list[Any] = consumer.consume(500, 0.5)
        records += [Record(partition, each.offset(), each.value().decode())
                    for each in found if each.error() is None]  # fmt: skip
        [position] = consumer.position([TopicPartition(topic, number)])
        if position.offset >= end:
            consumer.close()
            return tuple(records)
    raise TimeoutError(f"{partition} cannot be read up to {end}")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, help="of the faults (default: random)")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--bootstrap", help="a broker that runs and is not killed")
    where.add_argument("--plant", choices=NAMES, help="a defect, which must be found")
    arguments = parser.parse_args()
    seed = random.randrange(1 << 32) if arguments.seed is None else arguments.seed
    folder = Path(tempfile.mkdtemp(prefix="kbroker-history-"))
    print(f"seed {seed}, history in {folder}", flush=True)
    broker: KillableKbroker | None = None
    if arguments.bootstrap is None:
        broker = Planted(arguments.plant) if arguments.plant else KillableKbroker()
        broker.start()
    bootstrap = arguments.bootstrap if broker is None else broker.bootstrap
    loop = HistoryLoop(bootstrap, broker, seed, folder)
    try:
        loop.run(arguments.minutes * 60)
    finally:
        if broker is not None:
            (folder / "broker.log").write_text(broker.logs())
            broker.remove()
    loop.report()
    events = read_histories(folder.glob("*.jsonl"))
    count = report(events)
    if arguments.plant:
        return 0 if any(name == NAMES[arguments.plant] for name, _ in check(events)) else 1
    return 1 if count else 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # whatever threads a client library still has
