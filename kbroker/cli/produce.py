"""``kbroker produce``: each line of standard input is a record."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any

from kafka.errors import KafkaError, KafkaTimeoutError

from kbroker.cli import Failure
from kbroker.cli.client import add_bootstrap, talking_to
from kbroker.cli.conversation import answering, conversation
from kbroker.cli.names import no_topic_name, unknown
from kbroker.cli.progress import progress
from kbroker.cli.raw_client import MAX_FRAME_BYTES
from kbroker.cli.record_format import unescaped
from kbroker.cli.watch import watched
from kbroker.cli.words import (
    between,
    word,
)
from wire.errors import ErrorCode
from wire.integers import MAX_INT64
from wire.messages.metadata import MetadataRequest, MetadataRequestTopic

CLOSE_S = 3.0  # nothing is left to send, unless somebody interrupts
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_bootstrap(parser)
    add = parser.add_argument
    add("topic")
    add("-K", dest="separator", type=word, metavar="SEPARATOR",
        help="text between key and value in each line (default: lines have no key)")  # fmt: skip
    add("-H", dest="headers", action="append", default=[], metavar="KEY=VALUE",
        help="add this header to each record; may be repeated")  # fmt: skip
    add("-p", "--partition", type=int, help="write to this partition (default: chosen by the key)")
    add("--timestamp", type=between(0, MAX_INT64), metavar="MS",
        help="timestamp of the records, in milliseconds since 1970 (default: now)")  # fmt: skip
    add("-Z", dest="null", action="store_true", help="write null for empty keys and values")
    add("-z", dest="codec", choices=CODECS, default="none", metavar="CODEC",
        help=f"compress with {', '.join(CODECS[1:])} (default none)")  # fmt: skip
    add("-o", dest="output", choices=("text", "json"), default="text",
        help="json: print where each record was written, one object for each")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    if sys.stdin is None:
        raise Failure("standard input is closed; the records are read from it")
    separator = unescaped(arguments.separator) if arguments.separator else None
    headers = [_header(text) for text in arguments.headers]
    arguments.bootstrap = answering(arguments.bootstrap)
    _check(arguments)
    with talking_to(arguments.bootstrap), watched(arguments.bootstrap):
        producer = _producer(arguments)
        try:
            _send_lines(producer, arguments, separator, headers)
        finally:
            _close(producer)
    return 0


def _close(producer: Any) -> None:
    try:
        producer.close(timeout=CLOSE_S)
    except KafkaTimeoutError:
        # kafka-python 3.0.12 would try again at exit, and show how it fails.
        producer._sender.force_close()
        producer._sender.join()
        producer.close(timeout=CLOSE_S)
        raise


def _producer(arguments: argparse.Namespace) -> Any:
    from kafka import KafkaProducer
    from kafka.serializer import SerializeWrapper

    from kbroker.cli.codecs import use_own_codecs

    use_own_codecs()
    return KafkaProducer(
        bootstrap_servers=arguments.bootstrap,
        linger_ms=5,
        max_request_size=MAX_FRAME_BYTES,  # how long a record may be is the broker's to say
        # Given in a tuple, since a record with neither key nor value is refused before this.
        value_serializer=SerializeWrapper(itemgetter(0)),
        compression_type=None if arguments.codec == "none" else arguments.codec,
    )


def _check(arguments: argparse.Namespace) -> None:
    """What a producer would wait a minute for. Creates the topic where the broker does that."""
    question = MetadataRequest(topics=[MetadataRequestTopic(name=arguments.topic)])
    with conversation(arguments.bootstrap) as broker:
        cluster = broker.ask(question)
        (topic,) = cluster.topics
        if topic.error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
            where = "kbroker topic create makes it"
            raise unknown("topic", arguments.topic, broker.topic_names(), where)
    if topic.error_code == ErrorCode.INVALID_TOPIC_EXCEPTION:
        raise no_topic_name(arguments.topic)
    _check_advertised(arguments.bootstrap, cluster.brokers)
    count = len(topic.partitions)
    if count and arguments.partition is not None and not 0 <= arguments.partition < count:
        raise Failure(
            f"{arguments.topic} has no partition {arguments.partition}; it has 0 to {count - 1}"
        )


def _check_advertised(asked: str, brokers: Iterable[Any]) -> None:
    told = ",".join(f"{broker.host}:{broker.port}" for broker in brokers)
    try:
        conversation(told).close()
    except Failure:
        raise Failure(
            f"{asked} sends clients to {told}, where no broker answers; "
            f"kbroker doctor {asked} looks why"
        ) from None


def _send_lines(
    producer: Any,
    arguments: argparse.Namespace,
    separator: bytes | None,
    headers: list[tuple[str, bytes]],
) -> None:
    """Raises what first went wrong, once all that was stored is told."""
    failure = None
    sent: deque[Any] = deque()
    try:
        for line in _lines():
            key, value = _key_and_value(line.rstrip(b"\n"), separator, arguments.null)
            sent.append(
                producer.send(
                    arguments.topic,
                    (value,),
                    key=key,
                    headers=headers,
                    partition=arguments.partition,
                    timestamp_ms=arguments.timestamp,
                )
            )
            while sent and sent[0].is_done:
                _tell(sent.popleft(), arguments)
    except KafkaError as error:
        failure = error
    for record in sent:
        try:
            _tell(record, arguments)
        except KafkaError as error:
            failure = failure or error
    if failure is not None:
        raise failure


def _lines() -> Iterator[bytes]:
    """Of standard input, with a bar unless somebody types them."""
    if sys.stdin.isatty():
        yield from sys.stdin.buffer
        return
    with progress(_input_size(), "B", beside_output=True) as advance:
        for line in sys.stdin.buffer:
            yield line
            advance(len(line))


def _input_size() -> int | None:
    """None for a pipe."""
    try:
        return os.fstat(sys.stdin.fileno()).st_size or None
    except OSError:
        return None


def _key_and_value(
    line: bytes, separator: bytes | None, empty_is_null: bool
) -> tuple[bytes | None, bytes | None]:
    key, value = None, line
    if separator is not None and separator in line:
        key, _, value = line.partition(separator)
    return (key or None, value or None) if empty_is_null else (key, value)


def _header(text: str) -> tuple[str, bytes]:
    key, equals, value = text.partition("=")
    if not equals:
        raise Failure(f"-H {text}: it should look like KEY=VALUE")
    return key, value.encode()


def _tell(record: Any, arguments: argparse.Namespace) -> None:
    """Once it is stored; raises what went wrong with it. The producer's flush would not do:
    kafka-python 3.0.12 does not survive it if a batch has to be split."""
    stored = record.get()
    if arguments.output == "json":
        facts = ("topic", "partition", "offset", "timestamp")
        print(json.dumps({fact: getattr(stored, fact) for fact in facts}))
