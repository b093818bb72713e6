"""What a meter says of a process: its own costs, those of its children, and none from before."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tools.process_costs import Meter, process_tree, resident_kb

# Does what each line of its input says, and answers when that is done.
OBEDIENT = """
import os, sys, time
def grow(mb):
    bytearray(b"x") * (mb << 20)
def work(ms):
    end = time.process_time() + ms / 1000
    while time.process_time() < end: pass
for line in sys.stdin:
    exec(line)
    print("done", flush=True)
"""
BIRTH = (
    "from subprocess import PIPE, Popen;"
    "child = Popen([sys.executable, '-c', 'print(flush=True); input()'], stdin=PIPE, stdout=PIPE);"
    "child.stdout.readline()"
)
DEATH = "child.communicate()"
CHILDS_WORK = "pid = os.fork(); pid or (work({}), os._exit(0)); os.waitpid(pid, 0)"

Order = Callable[[str], None]


@pytest.fixture(scope="module")
def process() -> Iterator[tuple[int, Order]]:
    with subprocess.Popen(
        [sys.executable, "-c", OBEDIENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as one:
        assert one.stdin is not None
        assert one.stdout is not None
        given, said = one.stdin, one.stdout

        def order(line: str) -> None:
            given.write(line + "\n")
            given.flush()
            assert said.readline() == "done\n"

        yield one.pid, order
        given.close()


def test_the_peak_is_that_of_the_time_measured(process: tuple[int, Order]) -> None:
    pid, order = process
    order("grow(80)")
    with Meter(pid) as meter:
        order("grow(40)")

    mb = (meter.peak_kb - resident_kb(pid)) / 1024
    assert 35 < mb < 45


def test_processor_time_is_that_of_the_time_measured(process: tuple[int, Order]) -> None:
    pid, order = process
    order("work(200)")
    with Meter(pid) as meter:
        order("work(60)")

    assert 0.03 <= meter.cpu_s <= 0.15


def test_children_that_ended_meanwhile_count(process: tuple[int, Order]) -> None:
    pid, order = process
    with Meter(pid) as meter:
        order(CHILDS_WORK.format(60))

    assert 0.03 <= meter.cpu_s <= 0.15


def test_children_are_part_of_the_tree(process: tuple[int, Order]) -> None:
    pid, order = process
    alone = resident_kb(pid)
    order(BIRTH)
    tree, together = process_tree(pid), resident_kb(pid)
    order(DEATH)

    assert len(tree) == 2
    assert together > alone + 1000
    assert process_tree(pid) == [pid]
