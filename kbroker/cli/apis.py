"""``kbroker apis``: the APIs that this build serves, as its brokers advertise them."""

from __future__ import annotations

import argparse

from kbroker.apis import ADVERTISED


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(_arguments: argparse.Namespace) -> int:
    for key, first, last in ADVERTISED:
        print(f"{key.value:3}  {key.name:30} {first}-{last}")
    return 0
