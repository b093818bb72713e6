"""Requests of one record each, by raw sockets: pipelined, and one outstanding on each of many
connections."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from kbroker.cli.raw_client import LENGTH_SIZE, RawClient
from tools.bench.checks import (
    CheckError,
    check_answer,
    check_answers,
    check_contents,
    decoded,
    split_frames,
)
from tools.bench.run import Figures, Run
from tools.topic_requests import produce_request
from wire.api_keys import ApiKey
from wire.headers import encode_request

VALUE = b"x" * 100
VERSION = 9
REQUESTS_AT_ONCE = 100
PATIENCE_S = 10


def pipelined(run: Run, count: int) -> Figures:
    """Sent on one connection without waiting for the answers of earlier ones."""
    count -= count % REQUESTS_AT_ONCE
    client, topic = RawClient(run.bootstrap), run.new_topic()
    burst = single_record(topic) * REQUESTS_AT_ONCE
    client.send_bytes(single_record(topic))
    answers = [client.read_frame()]

    def send() -> None:
        for _ in range(count // REQUESTS_AT_ONCE):
            client.socket.sendall(burst)

    sender = threading.Thread(target=send)
    with run.meter:
        began = time.perf_counter()
        sender.start()
        answers.append(client.read_frame())
        parts = _received(client.socket, (count - 1) * (LENGTH_SIZE + len(answers[-1])))
        elapsed = time.perf_counter() - began
    sender.join()
    client.close()
    _check(run, topic, [*answers, *split_frames(b"".join(parts))])
    return {"requests/s": count / elapsed} | run.costs()


def _received(sock: socket.socket, size: int) -> list[bytes]:
    parts = []
    while size and (part := sock.recv(min(size, 1 << 20))):
        parts.append(part)
        size -= len(part)
    return parts


@dataclass(frozen=True)
class Spread:
    """One request outstanding on each of so many connections."""

    connections: int

    def __call__(self, run: Run, count: int) -> Figures:
        topic = run.new_topic()
        frames = [single_record(topic)] * self.connections
        with run.meter:
            answers, elapsed = asked_in_turns(run.bootstrap, frames, count)
        _check(run, topic, answers)
        return {"requests/s": len(answers) / elapsed} | run.costs()


def asked_in_turns(
    bootstrap: str, frames: Sequence[bytes], count: int
) -> tuple[list[bytes], float]:
    """Each frame is sent on a connection of its own, and again when its answer has come, until so
    many are answered. The answers without their lengths, and the seconds. Raises CheckError."""
    with ExitStack() as opened:
        clients = [opened.enter_context(RawClient(bootstrap)) for _ in frames]
        sockets = {client.socket.fileno(): client.socket for client in clients}
        frame_of = dict(zip(sockets, frames, strict=True))
        answers: list[bytes] = []
        waiting = select.epoll()
        opened.callback(waiting.close)
        for number in sockets:
            waiting.register(number, select.EPOLLIN)
        began = time.perf_counter()
        for number, sock in sockets.items():
            sock.sendall(frame_of[number])
        outstanding = len(sockets)
        while outstanding:
            ready = waiting.poll(PATIENCE_S)
            if not ready:
                raise CheckError(f"no answer for {PATIENCE_S} s, after {len(answers)}")
            for number, _ in ready:
                answers.append(_answer(sockets[number]))
                outstanding -= 1
                if len(answers) + outstanding < count:
                    sockets[number].sendall(frame_of[number])
                    outstanding += 1
        return answers, time.perf_counter() - began


def _answer(sock: socket.socket) -> bytes:
    """Most come at once; of what is longer, the rest is waited for."""
    data = sock.recv(1 << 16)
    size = LENGTH_SIZE + int.from_bytes(data[:LENGTH_SIZE], "big")
    while len(data) < size:
        part = sock.recv(size - len(data))
        if not part:
            raise CheckError("a broker closed a connection")
        data += part
    return data[LENGTH_SIZE:]


def sequential(run: Run, count: int) -> Figures:
    """One after the other; the first are not counted."""
    client, topic = RawClient(run.bootstrap), run.new_topic()
    frame = single_record(topic)
    times, answers = [], []
    with run.meter:
        for _ in range(count):
            began = time.perf_counter()
            client.socket.sendall(frame)
            answer = client.read_frame()
            times.append(time.perf_counter() - began)
            answers.append(answer)
    client.close()
    _check(run, topic, answers)
    return percentiles(times[count // 6 :], (50, 99)) | run.costs()


def percentiles(times: Sequence[float], wanted: Sequence[float]) -> Figures:
    """Of seconds, in ms."""
    ordered = sorted(times)
    last = len(ordered) - 1
    return {f"p{each:g} ms": ordered[round(last * each / 100)] * 1000 for each in wanted}


def single_record(topic: str) -> bytes:
    request = produce_request(topic, [VALUE], int(time.time() * 1000))
    return encode_request(request, VERSION, 1, "raw")


def _check(run: Run, topic: str, answers: list[bytes]) -> None:
    """Each record got an offset of its own, whichever connection it came from."""
    if not run.stores:
        check_answers(answers, VERSION, [None] * len(answers))
        return
    in_order = sorted(
        decoded(answers, ApiKey.PRODUCE, VERSION),
        key=lambda answer: answer.responses[0].partition_responses[0].base_offset,
    )
    for offset, answer in enumerate(in_order):
        check_answer(answer, offset)
    check_contents(run.bootstrap, topic, [[VALUE] * len(answers)])
