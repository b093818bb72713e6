"""One client of the history loop, in a process of its own, until SIGTERM.

    python -m tools.history_load LIBRARY ROLE BOOTSTRAP SEED FOLDER

A producer commits and aborts transactions of a few unique values; a transformer reads, writes and
commits its offsets in one transaction; a reader is a member of a group. A client that gets an error
starts a new life, as applications do.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from tools.history import Kind, Notes, Record
from tools.history_clients import CONSUMING, PRODUCING, Consuming, Producing

TOPICS = {"left": 3, "right": 3}  # one for each reader, for ranges are per topic
PARTITIONS = [f"{topic}-{number}" for topic, count in TOPICS.items() for number in range(count)]
# Written to like the others, and deleted and created again; nobody reads it before the end.
RECREATED = "recreated"
WRITTEN = [*PARTITIONS, f"{RECREATED}-0"]
READERS = "readers"
ABORTED_SHARE = 0.15
LONGEST_PAUSE_S = 0.15
PATIENCE_S = 12  # longer than a transaction may last


@contextlib.contextmanager
def patience() -> Iterator[None]:
    """Raises TimeoutError in a call that takes too long.

    kafka-python 3.0.12 forgets the end of a transaction that finds the broker gone, and waits for
    its answer for ever.
    """

    def ring(*_: object) -> None:
        raise TimeoutError(f"no answer within {PATIENCE_S} seconds")

    signal.signal(signal.SIGALRM, ring)
    signal.alarm(PATIENCE_S)
    try:
        yield
    finally:
        signal.alarm(0)


def transactional_id(library: str, role: str) -> str:
    return f"{library}-{role}"


def group_of(library: str) -> str:
    return f"transform-{library}"


class Client:
    """One life: ``ending`` tells when it is enough."""

    def __init__(
        self, library: str, role: str, bootstrap: str, notes: Notes, rng: random.Random
    ) -> None:
        self._library, self._role, self._bootstrap = library, role, bootstrap
        self._notes, self._rng = notes, rng
        self._transactions = self._values = 0

    def live(self, ending: threading.Event) -> None:
        with contextlib.ExitStack() as closing:
            if self._role == "reader":
                consumer = CONSUMING[self._library](self._bootstrap, READERS, list(TOPICS))
                closing.callback(consumer.close)
                self._read(consumer, ending)
                return
            name = transactional_id(self._library, self._role)
            producer = PRODUCING[self._library](self._bootstrap, name)
            closing.callback(producer.close)
            if self._role == "producer":
                self._produce(producer, ending)
                return
            consumer = CONSUMING[self._library](self._bootstrap, group_of(self._library), [])
            closing.callback(consumer.close)
            while not ending.is_set():
                self._transform(producer, consumer, ending)

    # -- the producer ----------------------------------------------------------------------------

    def _produce(self, producer: Producing, ending: threading.Event) -> None:
        while not ending.is_set():
            transaction = self._begin(producer)
            self._send(producer, transaction, self._rng.randint(1, 6))
            self._end(producer, transaction)
            ending.wait(self._rng.uniform(0, LONGEST_PAUSE_S))

    def _begin(self, producer: Producing) -> str:
        self._transactions += 1
        producer.begin()
        return f"{self._notes.client}/{self._transactions}"

    def _send(self, producer: Producing, transaction: str, count: int) -> None:
        """Several records to a partition may become one batch."""
        partitions = self._rng.sample(WRITTEN, 2)
        records = []
        for _ in range(count):
            self._values += 1
            value = f"{self._notes.client}:{self._values:06}"
            records.append(Record(self._rng.choice(partitions), -1, value))
        facts = {"transaction": transaction}
        self._notes.note("send", "begin", records=tuple(records), **facts)
        for partition, _, value in records:
            producer.send(partition, value)
        self._notes.note("send", "ok", records=tuple(producer.flush()), **facts)

    def _end(self, producer: Producing, transaction: str) -> bool:
        """Whether it was committed."""
        commits = self._rng.random() >= ABORTED_SHARE
        kind: Kind = "commit" if commits else "abort"
        self._notes.note(kind, "begin", transaction=transaction)
        try:
            with patience():
                producer.commit() if commits else producer.abort()
        except Exception:
            self._notes.note(kind, "unknown", transaction=transaction)
            raise
        self._notes.note(kind, "ok", transaction=transaction)
        return commits

    # -- the transformer -------------------------------------------------------------------------

    def _transform(self, producer: Producing, consumer: Consuming, ending: threading.Event) -> None:
        """From where the group is until a transaction is aborted."""
        group = group_of(self._library)
        self._notes.note("ask", "begin", group=group)
        offsets = consumer.committed(PARTITIONS)
        self._notes.note("ask", "ok", group=group, offsets=offsets)
        consumer.assign({partition: max(offset, 0) for partition, offset in offsets.items()})
        while not ending.is_set():
            records = consumer.poll()
            if records and not self._transform_some(producer, consumer, group, records):
                return

    def _transform_some(
        self, producer: Producing, consumer: Consuming, group: str, records: list[Record]
    ) -> bool:
        transaction = self._begin(producer)
        facts = {"transaction": transaction, "group": group}
        self._notes.note("poll", "ok", session=consumer.session, records=tuple(records), **facts)
        self._send(producer, transaction, self._rng.randint(1, 2))
        offsets = next_offsets(records)
        self._notes.note("offsets", "begin", offsets=offsets, **facts)
        producer.offsets(consumer, offsets)
        self._notes.note("offsets", "ok", offsets=offsets, **facts)
        time.sleep(self._rng.uniform(0, LONGEST_PAUSE_S))
        return self._end(producer, transaction)

    # -- the reader ------------------------------------------------------------------------------

    def _read(self, consumer: Consuming, ending: threading.Event) -> None:
        while not ending.is_set():
            records = consumer.poll()
            if not records:
                continue
            offsets = next_offsets(records)
            self._notes.note("poll", "ok", session=consumer.session, group=READERS,
                             records=tuple(records))  # fmt: skip
            self._notes.note("offsets", "begin", group=READERS, offsets=offsets)
            try:
                consumer.commit(offsets)
            except Exception:
                self._notes.note("offsets", "unknown", group=READERS, offsets=offsets)
            else:
                self._notes.note("offsets", "ok", group=READERS, offsets=offsets)


def next_offsets(records: list[Record]) -> dict[str, int]:
    """To commit once these are done with."""
    return {record.partition: record.offset + 1 for record in records}


def main() -> None:
    library, role, bootstrap, seed, folder = sys.argv[1:]
    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    rng = random.Random(f"{library} {role} {seed}")
    life = 0
    while not ending.is_set():
        life += 1
        name = f"{library}-{role}-{os.getpid()}.{life}"
        try:
            notes = Notes(Path(folder) / f"{name}.jsonl", name)
            Client(library, role, bootstrap, notes, rng).live(ending)
        except Exception:
            traceback.print_exc()
            ending.wait(0.3)
    os._exit(0)  # whatever threads a library still has


if __name__ == "__main__":
    main()
