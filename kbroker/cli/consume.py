"""``kbroker consume``: a topic's records to standard output, a line each."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Any

from kbroker.cli import Failure
from kbroker.cli.client import BACKOFF_MS, add_bootstrap, admin, partitions_of, talking_to
from kbroker.cli.conversation import answering
from kbroker.cli.positions import BEGINNING, END, HELP, METAVAR, Position, offsets_at, position
from kbroker.cli.progress import progress
from kbroker.cli.record_format import HELP as FORMAT_HELP
from kbroker.cli.record_format import Line, formatted, json_line, unescaped
from kbroker.cli.watch import watched
from kbroker.cli.words import (
    between,
    word,
)
from wire.integers import MAX_INT64

Ends = dict[Any, int]  # what follows the last record of each partition
RESETS = {BEGINNING: "earliest", END: "latest"}
POLLED_AT_ONCE = 500
CLOSE_MS = 3000  # a group that shares out its partitions anew could keep us for half a minute


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_bootstrap(parser)
    add = parser.add_argument
    add("topic")
    add("--from", dest="start", type=position, metavar=METAVAR,
        help=f"{HELP} (default: end, with -e and -g beginning)")  # fmt: skip
    add(
        "--from-beginning",
        dest="start",
        action="store_const",
        const=Position(BEGINNING),
        help="start with the oldest record, as --from beginning",
    )
    add("-p", "--partition", dest="partitions", type=int, action="append", metavar="PARTITION",
        help="read only this partition; may be repeated")  # fmt: skip
    add(
        "-e",
        "--exit",
        dest="exit_at_end",
        action="store_true",
        help="stop at the present end of the topic",
    )
    add("-n", "--count", "--max-messages", dest="count", type=between(0, MAX_INT64),
        metavar="COUNT", help="stop after COUNT records")  # fmt: skip
    add(
        "-g",
        "--group",
        type=word,
        metavar="GROUP",
        help="consume as a member of this group, and commit offsets",
    )
    add(
        "-K",
        dest="separator",
        metavar="SEPARATOR",
        help="print each key and SEPARATOR before the value",
    )
    add("-f", "--format", metavar="FORMAT", help=FORMAT_HELP)
    add("-Z", dest="null", action="store_const", const=b"NULL", default=b"",
        help="print NULL for null keys and values (default: nothing)")  # fmt: skip
    add("-o", dest="output", choices=("text", "json"), default="text",
        help="json: one object for each record (default text)")  # fmt: skip
    add(
        "-J",
        dest="output",
        action="store_const",
        const="json",
        help="the same as -o json, for users of kcat",
    )


def run(arguments: argparse.Namespace) -> int:
    if sys.stdout is None:
        raise Failure("standard output is closed; the records are written to it")
    line = _line(arguments)
    from kbroker.cli.codecs import use_own_codecs

    use_own_codecs()
    arguments.bootstrap = answering(arguments.bootstrap)
    with talking_to(arguments.bootstrap), watched(arguments.bootstrap):
        consumer, ends, ahead = (_in_group if arguments.group else _alone)(arguments)
        total = arguments.count or (ahead if arguments.exit_at_end else None)
        shown = True
        try:
            with progress(total, " records", beside_output=True) as advance:
                for records in _polled(consumer, arguments, ends):
                    shown = False
                    for record in records:
                        sys.stdout.buffer.write(line(record))
                        advance(1)
                    sys.stdout.flush()
                    shown = True
        finally:
            # A group sees again what nobody has seen.
            consumer.close(autocommit=shown, timeout_ms=CLOSE_MS)
    return 0


def _line(arguments: argparse.Namespace) -> Line:
    if arguments.output == "json":
        return json_line
    if arguments.format is not None:
        return formatted(arguments.format, arguments.null)
    value = formatted("%s\\n", arguments.null)
    if arguments.separator is None:
        return value
    key, separator = formatted("%k", arguments.null), unescaped(arguments.separator)
    return lambda record: key(record) + separator + value(record)


def _in_group(arguments: argparse.Namespace) -> tuple[Any, Ends, int | None]:
    """A consumer, where the topic ends, and how many records are ahead of it if that is known."""
    from kafka import KafkaConsumer, TopicPartition

    if arguments.partitions:
        raise Failure("-p goes without a group: its members share the partitions out")
    start = arguments.start or Position(BEGINNING)
    if start.kind not in RESETS:
        raise Failure("a group starts where it was; kbroker group reset-offsets moves it")
    topic = arguments.topic
    with admin(arguments.bootstrap) as client:
        there = partitions_of(client, [topic])[topic]
        ends = offsets_at(client, Position(END), [TopicPartition(topic, each) for each in there])
    consumer = KafkaConsumer(
        bootstrap_servers=arguments.bootstrap,
        group_id=arguments.group,
        auto_offset_reset=RESETS[start.kind],
        retry_backoff_ms=BACKOFF_MS,
    )
    consumer.subscribe([topic])
    # Who joins before it knows the topic joins again when it does, and kafka-python 3.0.12 may then
    # overlook its assignment, if a poll ends in the middle of it.
    consumer.partitions_for_topic(topic)
    return consumer, ends, None


def _alone(arguments: argparse.Namespace) -> tuple[Any, Ends, int | None]:
    from kafka import KafkaConsumer, TopicPartition

    # With -e there is an end to reach only from the beginning.
    start = arguments.start or Position(BEGINNING if arguments.exit_at_end else END)
    topic = arguments.topic
    with admin(arguments.bootstrap) as client:
        there = partitions_of(client, [topic])[topic]
        for wanted in arguments.partitions or ():
            if wanted not in there:
                raise Failure(f"{topic} has no partition {wanted}; it has 0 to {len(there) - 1}")
        chosen = [TopicPartition(topic, number) for number in arguments.partitions or there]
        offsets = offsets_at(client, start, chosen)
        ends = offsets_at(client, Position(END), chosen)
    consumer = KafkaConsumer(
        bootstrap_servers=arguments.bootstrap, group_id=None, retry_backoff_ms=BACKOFF_MS
    )
    consumer.assign(chosen)
    for partition, offset in offsets.items():
        consumer.seek(partition, offset)
    return consumer, ends, sum(ends.values()) - sum(offsets.values())


def _polled(consumer: Any, arguments: argparse.Namespace, ends: Ends) -> Iterator[list[Any]]:
    """As many as were asked for, or up to the end; else for ever. Never more than that, since a
    group commits what was polled."""
    taken = 0
    while arguments.count is None or taken < arguments.count:
        if arguments.exit_at_end and _at_end(consumer, ends):
            return
        left = POLLED_AT_ONCE if arguments.count is None else arguments.count - taken
        polled = consumer.poll(timeout_ms=200, max_records=min(left, POLLED_AT_ONCE))
        found = [record for records in polled.values() for record in records]
        taken += len(found)
        yield found


def _at_end(consumer: Any, ends: Ends) -> bool:
    """Whether all that was there at the start has been seen of what is assigned by now."""
    assigned = consumer.assignment()
    return bool(assigned) and all(consumer.position(each) >= ends.get(each, 0) for each in assigned)
