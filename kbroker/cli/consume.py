"""``kbroker consume``: a topic's records to standard output, a line each."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from kbroker.cli.client import add_bootstrap, talking_to


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_bootstrap(parser)
    add = parser.add_argument
    add("topic")
    add("--from-beginning", action="store_true", help="not only what comes from now on")
    add("-e", dest="exit_at_end", action="store_true", help="stop at the end of the topic")
    add("-n", dest="count", type=int, metavar="COUNT", help="stop after so many records")
    add("-g", dest="group", metavar="GROUP", help="consume in a group, and commit")
    add("-K", dest="separator", metavar="SEPARATOR", help="show the key, too, before this")


def run(arguments: argparse.Namespace) -> int:
    with talking_to(arguments.bootstrap):
        from kafka import KafkaConsumer

        consumer = KafkaConsumer(
            arguments.topic,
            bootstrap_servers=arguments.bootstrap,
            group_id=arguments.group,
            # With -e there is an end to reach only from the beginning.
            auto_offset_reset="earliest"
            if arguments.from_beginning or arguments.exit_at_end or arguments.group
            else "latest",
        )
        try:
            _print_records(consumer, arguments)
        finally:
            consumer.close()
    return 0


def _print_records(consumer: Any, arguments: argparse.Namespace) -> None:
    printed = 0
    while arguments.count is None or printed < arguments.count:
        polled = consumer.poll(timeout_ms=200)
        for record in (record for records in polled.values() for record in records):
            sys.stdout.buffer.write(_line(record, arguments.separator))
            printed += 1
            if printed == arguments.count:
                break
        sys.stdout.flush()
        if arguments.exit_at_end and not polled and _at_end(consumer):
            return


def _line(record: Any, separator: str | None) -> bytes:
    value: bytes = record.value or b""
    if separator is None:
        return value + b"\n"
    return (record.key or b"") + separator.encode() + value + b"\n"


def _at_end(consumer: Any) -> bool:
    assigned = consumer.assignment()
    ends = consumer.end_offsets(list(assigned)) if assigned else {}
    return bool(assigned) and all(
        consumer.position(partition) >= end for partition, end in ends.items()
    )
