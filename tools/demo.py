"""A real text through four clients at once and a group whose members come, go and are killed.

python -m tools.demo [--broker kbroker|kafka|HOST:PORT] [--rounds N]

Every airport of the world (3 MB, from the package airportsdata) is produced seven times over 8
partitions, keyed by region, by kafka-python, confluent-kafka, aiokafka and kcat, while a mixed
group of the same clients reads it.  Members that were killed leave records to be delivered again;
but each record must arrive, byte for byte, and in order per key.  It exits with 1 if one does not.
"""

from __future__ import annotations

import argparse
import csv
import importlib.resources
import shutil
import sys
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

from compat_tests.brokers import Broker, Elsewhere, NotRunError
from compat_tests.clients import client_classes
from compat_tests.clients.base import MemberOptions, Rec
from compat_tests.clients.running import RunningMember, start_member
from compat_tests.kbroker_process import KbrokerProcess
from compat_tests.reference import RealKafka
from tools.delivery_check import History, Pair, check, check_the_check

PARTITIONS = 8
CHUNK = 1500
SETTINGS = {"group.min.session.timeout.ms": "500"}
# When what happens: the share of all records that the group has read.
PLOT = (
    (0.00, "joins", 0),
    (0.00, "joins", 1),
    (0.10, "joins", 2),
    (0.20, "is killed", 0),
    (0.35, "joins", 3),
    (0.50, "leaves", 2),
    (0.65, "joins", 0),
    (0.75, "is killed", 1),
    (0.85, "joins", 2),
)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tools.demo", description=__doc__.split("\n")[0])
    parser.add_argument("--broker", default="kbroker", help="kbroker | kafka | HOST:PORT")
    parser.add_argument("--rounds", type=int, default=7, help="how often the text is produced")
    options = parser.parse_args(arguments)
    check_the_check()
    print("the check itself: red on a lost, a doubled, a reordered and a changed record")
    try:
        broker = start_broker(options.broker)
    except NotRunError as reason:
        print(f"NOT RUN: {reason}")
        return 2
    try:
        return Demo(broker, options.rounds).run()
    finally:
        broker.remove()


def start_broker(name: str) -> Broker:
    if name == "kafka":
        return RealKafka(SETTINGS)
    return KbrokerProcess(SETTINGS) if name == "kbroker" else Elsewhere(name)


def airports() -> list[Pair]:
    """Key and value of each line of the text: the region, and the line as it is."""
    text = importlib.resources.files("airportsdata").joinpath("airports.csv").read_text("utf-8")
    lines = text.splitlines()[1:]
    fields = csv.reader(lines)
    return [
        (f"{row[4]}, {row[5]}".encode(), line.encode())
        for row, line in zip(fields, lines, strict=True)
    ]


class Demo:
    """One run: what goes in, who reads, and what came of it."""

    def __init__(self, broker: Broker, rounds: int) -> None:
        self._broker = broker
        # Six seconds is the least that a broker allows which was not told otherwise.
        self._session_timeout_ms = 6000 if isinstance(broker, Elsewhere) else 3000
        self._topic = f"airports-{int(time.time())}"
        names = list(client_classes())
        # Without kcat a second librdkafka takes its place.
        self._clients = [name for name in names if name != "kcat" or shutil.which("kcat")]
        self._clients += ["confluent-kafka"] * (len(names) - len(self._clients))
        self._expected: list[list[Pair]] = [[] for _ in self._clients]
        for turn in range(rounds):
            for number, (key, line) in enumerate(airports()):
                # All of a key goes through one client: order per key then means something.
                mine = self._expected[zlib.crc32(key) % len(self._clients)]
                mine.append((key, b"%d:%d:%s" % (turn, number, line)))
        self._total = sum(len(pairs) for pairs in self._expected)
        self._produced = 0
        self._lock = threading.Lock()
        self._members: list[RunningMember] = []
        self._counted: list[int] = []  # how much of each member's deliveries is in _places
        self._places: set[tuple[int, int]] = set()
        self._living: dict[int, RunningMember] = {}
        self._started_at = time.monotonic()

    def run(self) -> int:
        size = sum(len(key) + len(value) for pairs in self._expected for key, value in pairs)
        print(f"{self._total} records, {size / 1e6:.1f} MB, through {', '.join(self._clients)}")
        client_classes()["kafka-python"](self._broker.bootstrap).create_topic(
            self._topic, PARTITIONS
        )
        try:
            with ThreadPoolExecutor(len(self._clients)) as pool:
                producers = [
                    pool.submit(self._produce, index) for index in range(len(self._clients))
                ]
                self._watch()
                for producer in producers:
                    producer.result()
        finally:
            for member in self._living.values():
                member.leave()
        return self._verdict()

    def _produce(self, index: int) -> None:
        client = client_classes()[self._clients[index]](self._broker.bootstrap)
        pairs = self._expected[index]
        for start in range(0, len(pairs), CHUNK):
            chunk = [Rec(value, key=key) for key, value in pairs[start : start + CHUNK]]
            client.produce(self._topic, chunk, codec=("none", "lz4", "zstd", "gzip")[index])
            with self._lock:
                self._produced += len(chunk)
        client.close()

    def _watch(self) -> None:
        """Lets members come and go as the plot says, until everything has been read."""
        plot = list(PLOT)
        quiet_since, before = time.monotonic(), -1
        while self._read() < self._total:
            if plot and self._read() >= plot[0][0] * self._total:
                self._act(*plot.pop(0)[1:])
            self._show()
            if self._read() + self._produced != before:
                quiet_since, before = time.monotonic(), self._read() + self._produced
            if time.monotonic() > quiet_since + 30:
                print("\nnothing more comes")
                return
            time.sleep(0.1)
        self._show()

    def _read(self) -> int:
        """How many records have been read at least once; repeats are by place."""
        for index, member in enumerate(self._members):
            fresh = member.seen[self._counted[index] :]
            self._places.update(seen[:2] for seen in fresh)
            self._counted[index] += len(fresh)
        return len(self._places)

    def _act(self, what: str, index: int) -> None:
        name = self._clients[index]
        self._tell(f"member of {name} {what}")
        if what == "joins":
            options = MemberOptions(session_timeout_ms=self._session_timeout_ms)
            place = (self._broker.bootstrap, f"{self._topic}-group", self._topic)
            self._living[index] = start_member(name, *place, options)
            self._members.append(self._living[index])
            self._counted.append(0)
        elif what == "is killed":
            self._living.pop(index).kill()
        else:
            self._living.pop(index).leave()

    def _tell(self, text: str) -> None:
        print(f"\r{time.monotonic() - self._started_at:5.1f} s  {text:<70}", flush=True)

    def _show(self) -> None:
        if not sys.stdout.isatty():
            return
        done = self._read() / self._total
        bar = ("#" * int(done * 40)).ljust(40, ".")
        print(
            f"\r[{bar}] {self._produced} in, {done:6.1%} out, {len(self._living)} members ", end=""
        )

    def _verdict(self) -> int:
        history = History([pair for pairs in self._expected for pair in pairs])
        for member in self._members:
            history.add(member.seen)
        wrong = check(history)
        took = time.monotonic() - self._started_at
        self._tell(f"{self._total} records, {history.repeats} delivered again, in {took:.1f} s")
        for problem in wrong[:20]:
            print(f"WRONG: {problem}")
        print(
            "every record arrived, byte for byte, in order per key"
            if not wrong
            else f"{len(wrong)} WRONG"
        )
        return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
