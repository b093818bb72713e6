"""A group member in a process of its own, so that it can be killed:

python -m compat_tests.clients.member CLIENT BOOTSTRAP GROUP TOPIC OPTIONS_JSON

It prints what it is assigned and what it gets, a JSON object a line, commits after each poll, and
leaves in good order on SIGTERM.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import sys
import warnings
from typing import Any

from compat_tests.clients import client_classes
from compat_tests.clients.base import Got, MemberOptions, RefusedError


def main(client_name: str, bootstrap: str, group: str, topic: str, options: str) -> None:
    warnings.simplefilter("ignore")
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stopping.append(number))
    client = client_classes()[client_name](bootstrap)
    member = client.member(group, [topic], MemberOptions(**json.loads(options)))
    assigned: set[tuple[str, int]] | None = None
    while not stopping:
        got = member.poll(0.1)
        if member.assigned() != assigned:
            assigned = member.assigned()
            tell({"assigned": sorted(partition for _, partition in assigned)})
        if got:
            tell({"got": [as_json(record) for record in got]})
            try:
                member.commit()
            except RefusedError as error:
                # A rebalance came first: what follows is delivered again, to whoever has it now.
                tell({"refused": error.code})
    member.close()
    client.close()


def tell(what: dict[str, Any]) -> None:
    """By hand: print loses what is left of a line when a signal interrupts it."""
    line = memoryview(json.dumps(what).encode() + b"\n")
    while line:
        line = line[os.write(1, line) :]


def as_json(record: Got) -> list[Any]:
    texts = [
        None if one is None else base64.b64encode(one).decode()
        for one in (record.key, record.value)
    ]
    return [record.partition, record.offset, *texts]


if __name__ == "__main__":
    main(*sys.argv[1:])
