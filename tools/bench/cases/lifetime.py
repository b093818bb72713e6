"""How fast a broker is there, and what it weighs when it has nothing to do. Each measurement starts
a broker of its own, but for restarts."""

from __future__ import annotations

import socket
import time

from kbroker.cli.raw_client import RawClient
from tools.bench.cases.throughput import produce
from tools.bench.checks import CheckError, check_answer, distinct_values
from tools.bench.run import Figures, Run
from tools.process_costs import resident_kb
from tools.topic_requests import create_topic, end_offset, produce_request
from wire.messages.api_versions import ApiVersionsRequest

HELLO = ApiVersionsRequest(client_software_name="bench", client_software_version="1")
RECORD_BYTES = 10_000
AT_ONCE = 50_000


def cold_start(run: Run, _amount: int) -> Figures:
    """From the start of the process to the first acknowledged record, and the memory then. The
    bytecode is cached: the broker of the run has been started before."""
    began = time.perf_counter()
    subject = run.start_another()
    try:
        with RawClient(subject.bootstrap) as client:
            create_topic(client, "first")
            answer = client.ask(produce_request("first", [b"x"], int(time.time() * 1000)), 9)
            elapsed = time.perf_counter() - began
        check_answer(answer, 0)
        idle_kb = resident_kb(subject.pid)
    finally:
        subject.remove()
    return {"ms": elapsed * 1000, "idle MB": idle_kb / 1024}


def idle_connections(run: Run, count: int) -> Figures:
    """The memory of connections that said hello once, and then nothing."""
    subject = run.start_another()
    try:
        with RawClient(subject.bootstrap) as client:
            create_topic(client, "first")
        before_kb = resident_kb(subject.pid)
        sockets = connections(subject.bootstrap, count)
        after_kb = resident_kb(subject.pid)
        for sock in sockets:
            sock.close()
    finally:
        subject.remove()
    return {"kB each": (after_kb - before_kb) / count}


def connections(bootstrap: str, count: int) -> list[socket.socket]:
    clients = [RawClient(bootstrap) for _ in range(count)]
    for client in clients:
        client.ask(HELLO, 3)
    return [client.socket for client in clients]


def restart(run: Run, records: int) -> Figures:
    """A clean stop and a start with a log of 10 kB records, until its end offset is answered."""
    topic = run.new_topic()
    for _ in range(records // AT_ONCE):
        produce(run.bootstrap, topic, distinct_values(AT_ONCE, RECORD_BYTES))
    with RawClient(run.bootstrap) as client:
        end = end_offset(client, topic)
    began = time.perf_counter()
    run.restart()
    with RawClient(run.bootstrap) as client:
        found = end_offset(client, topic)
    elapsed = time.perf_counter() - began
    if found != end:
        raise CheckError(f"the log ends at {found} instead of {end}")
    return {"s": elapsed}
