"""``kbroker serve``: run a broker until it is told to stop."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import signal
from collections.abc import Iterable
from itertools import starmap
from pathlib import Path

from kbroker import __version__
from kbroker.broker import Broker
from kbroker.cli import Failure
from kbroker.cli.port_holder import port_holder
from kbroker.cli.words import MAX_INT32, word
from kbroker.config import (
    BrokerConfig,
    ConfigError,
    environment_settings,
    read_properties,
)
from kbroker.config_defs import BROKER_SETTINGS
from kbroker.doors import (
    DEFAULT_LISTENER,
    LOOPBACK,
    CannotListen,
    Door,
    advertised_of,
    doors_of,
    reachable,
    shown_address,
)
from kbroker.log_setup import log_requests, set_up_logging
from kbroker.metadata.topic_creation import NewTopic
from storage import StorageError
from wire.errors import KafkaError

log = logging.getLogger("kbroker")

DEFAULT_PORT = 9092


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--host",
        type=word,
        help="address to listen on (default: this machine's loopback, IPv4 and IPv6)",
    )
    add("--port", type=int, help=f"port to listen on, 0 for any free one (default {DEFAULT_PORT})")
    add(
        "--advertise",
        action="append",
        default=[],
        metavar="[LISTENER=]HOST:PORT",
        help="what clients are told to connect to (default: auto, the address they came in by)",
    )
    add("--data-dir", type=word, metavar="DIR",
        help="keep the data there (default: until the broker stops)")  # fmt: skip
    add(
        "--topic",
        action="append",
        default=[],
        metavar="NAME[:PARTITIONS[:KEY=VALUE…]]",
        help="a topic that shall exist; may be repeated",
    )
    add(
        "-c",
        dest="settings",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="any setting of a Kafka broker; may be repeated",
    )
    add("--config", type=word, metavar="FILE", help="settings from a server.properties file")
    add("--ready-file", type=word, metavar="PATH",
        help="written with host:port once clients are served")  # fmt: skip
    add("-v", dest="verbose", action="store_true", help="one line for each request")


def run(arguments: argparse.Namespace) -> int:
    set_up_logging(arguments.verbose)
    try:
        config = _config(arguments)
        topics = [parse_topic(text) for text in arguments.topic]
        broker = Broker(config, _data_dir(arguments, config), _doors(arguments, config))
    except (ConfigError, StorageError, OSError) as error:
        raise Failure(_reason(error)) from None
    _ensure_topics(broker, topics)

    def follow_levels() -> None:
        broker.node.request_log = log_requests if log.isEnabledFor(logging.INFO) else None

    broker.node.log_levels_changed = follow_levels
    follow_levels()
    _stop_on_signals(broker)
    _settle_down()
    broker.open()
    try:
        _announce(broker, arguments)
    except OSError:
        broker.close()
        raise
    try:
        broker.run()
    except OSError:
        log.exception("the broker cannot go on")
        raise
    return 0


def _ensure_topics(broker: Broker, topics: Iterable[NewTopic]) -> None:
    for topic in topics:
        try:
            broker.node.ensure_topic(topic)
        except KafkaError as error:
            broker.close()
            reason = _reason(ConfigError(error.message or str(error)))
            raise Failure(f"--topic {topic.name}: {reason}") from None


def _config(arguments: argparse.Namespace) -> BrokerConfig:
    """Weakest first: file, environment, command line. What the first two say for others, plug-ins
    say, is left alone as Kafka does it; on the command line it is a mistake."""
    given = _file_settings(arguments.config) if arguments.config is not None else {}
    ignored = [name for name in given if name not in BROKER_SETTINGS]
    settings, variables = environment_settings(os.environ)
    if ignored or variables:
        log.warning("no broker settings, so ignored: %s", " ".join(ignored + variables))
    given = {name: text for name, text in given.items() if name in BROKER_SETTINGS} | settings
    for text in arguments.settings:
        name, equals, value = text.partition("=")
        if not equals:
            raise ConfigError(f"-c {text}: it should look like -c key=value")
        given[name.strip()] = value
    return BrokerConfig(given)


def _file_settings(path: str) -> dict[str, str]:
    try:
        return read_properties(Path(path).read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text, so no properties file") from None


def _data_dir(arguments: argparse.Namespace, config: BrokerConfig) -> str | None:
    given = [arguments.data_dir] if arguments.data_dir is not None else config.items("log.dirs")
    if not given and config.is_given("log.dir"):
        given = config.items("log.dir")
    if len(given) > 1:
        log.warning("one folder is enough: of log.dirs only %s is used", given[0])
    return os.path.abspath(given[0]) if given else None


def _doors(arguments: argparse.Namespace, config: BrokerConfig) -> list[Door]:
    if arguments.host is None and arguments.port is None and config.is_given("listeners"):
        doors = doors_of(config)
    else:
        port = DEFAULT_PORT if arguments.port is None else arguments.port
        hosts = LOOPBACK if arguments.host in (None, "localhost") else (arguments.host,)
        doors = [Door(DEFAULT_LISTENER, hosts, port)]
    advertised = advertised_of(config, arguments.advertise)
    if unknown := advertised.keys() - {door.name for door in doors}:
        raise ConfigError(f"an address is advertised for {min(unknown)}, which is no listener")
    for door in doors:
        door.advertised = advertised.get(door.name)
    return doors


def parse_topic(text: str) -> NewTopic:
    """NAME[:PARTITIONS[:KEY=VALUE…]]. Raises ConfigError."""
    name, *rest = text.split(":")
    count = -1
    if rest and "=" not in rest[0]:
        first = rest.pop(0)
        if not first.isdecimal() or int(first) > MAX_INT32:
            raise ConfigError(f"--topic {text}: {first!r} is no number of partitions")
        count = int(first)
    configs: dict[str, str] = {}
    for part in rest:
        key, equals, value = part.partition("=")
        if not equals:
            raise ConfigError(f"--topic {text}: {part!r} should look like key=value")
        configs[key] = value
    return NewTopic(name, count, configs=configs)


def _reason(error: Exception) -> str:
    if isinstance(error, CannotListen):
        holder = port_holder(error.port)
        return f"{error.why} by {holder}" if holder else error.why
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    from kbroker.cli.names import meant_value

    return (error.strerror if isinstance(error, OSError) else None) or meant_value(str(error))


def _stop_on_signals(broker: Broker) -> None:
    def stop(_number: int, _frame: object) -> None:
        broker.loop.stop()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    # Without this a signal would not end a wait for sockets (PEP 475).
    signal.set_wakeup_fd(broker.loop.wake_fileno, warn_on_full_buffer=False)


def _settle_down() -> None:
    """What is there now stays: the collector need not look at it again, nor often at the rest."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


def _announce(broker: Broker, arguments: argparse.Namespace) -> None:
    """Tells whoever waits for a file first, then whoever reads the line."""
    addresses = [listener.address for listener in broker.listeners]
    if arguments.ready_file is not None:
        ready = Path(arguments.ready_file)
        partial = ready.with_name(ready.name + ".partial")
        host, port = addresses[0]
        partial.write_text(shown_address(reachable(host), port) + "\n")
        partial.replace(ready)
    kept = broker.data_dir + (", removed at the end" if broker.is_temporary else "")
    print(
        f"kbroker {__version__} serves on {', '.join(starmap(shown_address, addresses))}; "
        f"data in {kept}; safe against a killed process, not against power loss",
        flush=True,
    )
