"""kcat: librdkafka of another generation, as a program that people use by hand."""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import ClassVar

from compat_tests.brokers import NotRunError
from compat_tests.clients.base import (
    Got,
    Headers,
    MemberOptions,
    NotOfferedError,
    Rec,
    RefusedError,
    Sent,
)

# One line of what is known of the record, then its key and value by the lengths that line gives.
FORMAT = r"%t %p %o %T %K %S %h\n%k%s\n"
KEY_END, RECORD_END = "\x1dkey\x1d", "\x1drec\x1d"
# What librdkafka calls the broker's errors that scenarios look for.
ERRORS = {
    "Unknown topic or partition": 3,
    "Message size too large": 10,
    "Invalid topic": 17,
    "Offset out of range": 1,
}


class KcatClient:
    """It does not make topics, commit by hand, or say where records went."""

    name: ClassVar[str] = "kcat"
    codecs: ClassVar[frozenset[str]] = frozenset({"none", "gzip", "snappy", "lz4", "zstd"})
    features: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, bootstrap: str) -> None:
        if shutil.which("kcat") is None:
            raise NotRunError("kcat is not installed (Debian: kcat)")
        self._bootstrap = bootstrap

    def _run(self, *arguments: str, given: bytes = b"") -> bytes:
        done = subprocess.run(
            ["kcat", "-b", self._bootstrap, "-m", "10", *arguments],
            input=given,
            capture_output=True,
            timeout=40,
            check=False,
        )
        if done.returncode:
            raise self._refused(done.stderr.decode(errors="replace"))
        return done.stdout

    def _refused(self, text: str) -> RefusedError:
        codes = [code for words, code in ERRORS.items() if words in text]
        return RefusedError(codes[0] if codes else -1, text)

    def create_topic(
        self,
        topic: str,
        partitions: int = 1,
        replication: int = 1,
        configs: Mapping[str, str] | None = None,
    ) -> None:
        raise NotOfferedError

    def delete_topic(self, topic: str) -> None:
        raise NotOfferedError

    def topics(self) -> set[str]:
        listing = self._run("-L").decode()
        return set(re.findall(r'^  topic "([^"]+)" with', listing, re.M))

    def partitions(self, topic: str) -> set[int]:
        listing = self._run("-L", "-t", topic).decode()
        return {
            int(number) for number in re.findall(r"^    partition (\d+), leader", listing, re.M)
        }

    def produce(
        self,
        topic: str,
        records: Sequence[Rec],
        *,
        codec: str = "none",
        acks: str = "all",
        idempotent: bool = True,
        batch_bytes: int = 1 << 20,
        max_request_bytes: int = 4 << 20,
    ) -> list[Sent]:
        settings = {
            "compression.codec": codec,
            "acks": acks,
            "enable.idempotence": str(idempotent).lower(),
            "batch.size": str(batch_bytes),
            "message.max.bytes": str(max_request_bytes),
            "topic.message.timeout.ms": "20000",
        }
        options = [part for name, value in settings.items() for part in ("-X", f"{name}={value}")]
        # Headers and the partition are arguments: one run for each stretch with the same.
        for (headers, partition), stretch in groupby(records, lambda r: (r.headers, r.partition)):
            placed = [] if partition is None else ["-p", str(partition)]
            headed = [part for name, value in headers for part in ("-H", header(name, value))]
            self._produce_stretch(topic, list(stretch), [*options, *placed, *headed])
        return []

    def _produce_stretch(self, topic: str, records: list[Rec], options: list[str]) -> None:
        lines = [(rec.key or b"") + KEY_END.encode() + (rec.value or b"") for rec in records]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "records"
            path.write_bytes(RECORD_END.encode().join(lines))
            delimiters = ["-D", RECORD_END, "-K", KEY_END, "-Z"]
            self._run("-P", "-t", topic, *options, *delimiters, "-l", str(path))

    def consume(
        self,
        topic: str,
        partition: int,
        offset: int,
        count: int,
        *,
        auto_reset: str = "none",
        read_committed: bool = False,
    ) -> list[Got]:
        isolation = "read_committed" if read_committed else "read_uncommitted"
        reset = "error" if auto_reset == "none" else auto_reset
        place = ["-t", topic, "-p", str(partition), "-o", str(offset), "-c", str(count)]
        settings = ["-X", f"isolation.level={isolation}", "-X", f"topic.auto.offset.reset={reset}"]
        output = self._run("-C", *place, *settings, "-q", "-f", FORMAT)
        got, rest = parsed(output)
        assert not rest
        return got

    def offsets(self, topic: str, partition: int) -> tuple[int, int]:
        return self._query(topic, partition, -2), self._query(topic, partition, -1)

    def _query(self, topic: str, partition: int, timestamp: int) -> int:
        answer = self._run("-Q", "-t", f"{topic}:{partition}:{timestamp}").decode()
        return int(answer.rsplit("offset", 1)[1])

    def offset_for_time(self, topic: str, partition: int, timestamp: int) -> int | None:
        found = self._query(topic, partition, timestamp)
        return None if found < 0 else found

    def commit(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        raise NotOfferedError

    def committed(self, group: str, topic: str, partitions: Iterable[int]) -> dict[int, int | None]:
        raise NotOfferedError

    def member(self, group: str, topics: Sequence[str], options: MemberOptions) -> KcatMember:
        settings = {
            "session.timeout.ms": str(options.session_timeout_ms),
            "heartbeat.interval.ms": "300",
            "partition.assignment.strategy": options.strategy,
            "topic.auto.offset.reset": options.auto_reset,
            "topic.metadata.refresh.interval.ms": "2000",
            "auto.commit.interval.ms": "200",
        }
        given = [part for name, value in settings.items() for part in ("-X", f"{name}={value}")]
        return KcatMember(
            ["kcat", "-b", self._bootstrap, *given, "-u", "-f", FORMAT, "-G", group, *topics]
        )

    def close(self) -> None:
        """Every run of kcat has ended by itself."""


class KcatMember:
    """A running kcat; it commits by itself, at the latest when it ends in good order."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._output = bytearray()
        self._said = bytearray()

    def poll(self, timeout_s: float) -> list[Got]:
        assert self._process.stdout is not None
        self._read(timeout_s)
        got, rest = parsed(bytes(self._output))
        self._output = bytearray(rest)
        return got

    def _read(self, timeout_s: float) -> None:
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        out, err = self._process.stdout.fileno(), self._process.stderr.fileno()
        deadline = time.monotonic() + timeout_s
        while True:
            wait_s = max(deadline - time.monotonic(), 0)
            ready, _, _ = select.select([out, err], [], [], wait_s)
            chunks = {fd: os.read(fd, 1 << 20) for fd in ready}
            self._output += chunks.get(out, b"")
            self._said += chunks.get(err, b"")
            if not any(chunks.values()) or chunks.get(out):
                return

    def assigned(self) -> set[tuple[str, int]]:
        """What the last rebalance that kcat reported gave it."""
        self._read(0)
        reports = re.findall(r"rebalanced[^\n]*: (assigned|revoked): ([^\n]*)", self._said.decode())
        if not reports or reports[-1][0] == "revoked":
            return set()
        return {
            (topic, int(number)) for topic, number in re.findall(r"(\S+) \[(\d+)\]", reports[-1][1])
        }

    def commit(self) -> None:
        raise NotOfferedError

    def close(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.communicate(timeout=20)

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate(timeout=20)


def header(name: str, value: bytes | None) -> str:
    return name if value is None else f"{name}={value.decode()}"


def parsed(output: bytes) -> tuple[list[Got], bytes]:
    """Whole records of kcat's output, and the unfinished rest."""
    result, position = [], 0
    while (line_end := output.find(b"\n", position)) >= 0:
        fields = output[position:line_end].decode().split(" ", 6)
        topic, partition, offset, timestamp, key_size, value_size, *headers = fields
        key_end = line_end + 1 + max(int(key_size), 0)
        value_end = key_end + max(int(value_size), 0)
        if len(output) <= value_end:
            break
        key = None if int(key_size) < 0 else output[line_end + 1 : key_end]
        value = None if int(value_size) < 0 else output[key_end:value_end]
        place = (topic, int(partition), int(offset))
        result.append(Got(*place, key, value, parsed_headers(headers), int(timestamp)))
        position = value_end + 1
    return result, output[position:]


def parsed_headers(text: list[str]) -> Headers:
    pairs = [pair.partition("=") for pair in text[0].split(",")] if text and text[0] else []
    return tuple((name, None if value == "NULL" else value.encode()) for name, _, value in pairs)
