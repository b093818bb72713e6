"""``kbroker produce``: each line of standard input is a record."""

from __future__ import annotations

import argparse
import sys

from kbroker.cli.client import add_bootstrap, talking_to


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_bootstrap(parser)
    parser.add_argument("topic")
    parser.add_argument(
        "-K", dest="separator", metavar="SEPARATOR", help="what stands between key and value"
    )
    parser.add_argument("-p", dest="partition", type=int, help="write to this partition only")


def run(arguments: argparse.Namespace) -> int:
    with talking_to(arguments.bootstrap):
        from kafka import KafkaProducer

        producer = KafkaProducer(bootstrap_servers=arguments.bootstrap, linger_ms=5)
        separator = arguments.separator.encode() if arguments.separator else None
        sent = []
        for line in sys.stdin.buffer:
            key, value = None, line.rstrip(b"\n")
            if separator is not None and separator in value:
                key, _, value = value.partition(separator)
            sent.append(
                producer.send(arguments.topic, value, key=key, partition=arguments.partition)
            )
        producer.flush()
        for record in sent:
            record.get(timeout=0)  # raises what went wrong with it
        producer.close()
    return 0
