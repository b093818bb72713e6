"""``kbroker apis``: the APIs that this build serves, as its brokers advertise them."""

from __future__ import annotations

import argparse

from kbroker.apis import LISTED
from kbroker.cli.output import add_output, show


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    rows = [{"key": int(key), "name": key.name, "first": first, "last": last}
            for key, first, last in LISTED]  # fmt: skip
    lines = (f"{row['key']:3}  {row['name']:30} {row['first']}-{row['last']}" for row in rows)
    show(arguments, rows, lines)
    return 0
