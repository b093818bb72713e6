"""``kbroker apis``: the APIs that this build serves, as its brokers advertise them."""

from __future__ import annotations

import argparse

from kbroker.apis import APIS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(_arguments: argparse.Namespace) -> int:
    for api in APIS.values():
        print(f"{api.key.value:3}  {api.key.name:30} {api.advertised_first}-{api.last}")
    return 0
