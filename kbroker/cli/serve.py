"""``kbroker serve``: run a broker until it is told to stop."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import signal
from collections.abc import Iterable
from itertools import starmap

from kbroker import __version__
from kbroker.broker import Broker
from kbroker.cli import Failure
from kbroker.cli.words import (
    between,
    word,
)
from kbroker.log_setup import set_up_logging
from kbroker.metadata.topic_creation import NewTopic
from kbroker.network.endpoints import CannotListen
from kbroker.replicas.durability import NO_FSYNC, FsyncMode, FsyncPolicy
from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.definitions import BROKER_SETTINGS, is_known
from kbroker.settings.environment import environment_settings
from kbroker.settings.listeners import DEFAULT_PORT, chosen_listeners, reachable, shown_address
from kbroker.settings.setting import SettingError
from storage import StorageError
from wire.errors import KafkaError
from wire.integers import MAX_INT32

log = logging.getLogger("kbroker")

BATCH_MS = 2  # how long --fsync batch waits for more appends where it is not told


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--host",
        type=word,
        help="address to listen on (default: the loopback addresses, IPv4 and IPv6)",
    )
    add("--port", type=int, help=f"port to listen on, 0 for any free one (default {DEFAULT_PORT})")
    add(
        "--advertise",
        action="append",
        default=[],
        metavar="[LISTENER=]HOST:PORT",
        help="address that clients are told to connect to (default: auto, the one they came in by)",
    )
    add(
        "--data-dir",
        type=word,
        metavar="DIR",
        help="folder of the data (default: a temporary one, removed when the broker stops)",
    )
    add("--fsync", type=fsync_policy, default=NO_FSYNC, metavar="none|batch[:MS]|always",
        help="acknowledge once records are on the disk: never wait for it (none, the default), "
        "wait MS for more records first (batch), or sync at once (always)")  # fmt: skip
    add(
        "--topic",
        action="append",
        default=[],
        metavar="NAME[:PARTITIONS[:KEY=VALUE…]]",
        help="create this topic if it does not exist; may be repeated",
    )
    add(
        "-c",
        dest="settings",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="set this setting of a Kafka broker; may be repeated",
    )
    add(
        "--config", type=word, metavar="FILE", help="read settings from this server.properties file"
    )
    add("--ready-file", type=word, metavar="PATH",
        help="file to write host:port to, once clients can connect")  # fmt: skip
    add("-v", dest="verbose", action="store_true", help="log a line for each request")


def run(arguments: argparse.Namespace) -> int:
    set_up_logging(arguments.verbose)
    try:
        settings = _settings(arguments)
        topics = [parse_topic(text) for text in arguments.topic]
        listeners = chosen_listeners(settings, arguments.host, arguments.port, arguments.advertise)
        broker = Broker(settings, _data_dir(arguments, settings), listeners, arguments.fsync)
    except (SettingError, StorageError, OSError) as error:
        raise Failure(_reason(error)) from None
    _ensure_topics(broker, topics)
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
    if broker.failure is not None:
        raise Failure(
            f"the data folder has failed, so the broker stopped: {broker.failure}. "
            "Look after the disk, then start again: what was acknowledged is recovered"
        )
    return 0


def _ensure_topics(broker: Broker, topics: Iterable[NewTopic]) -> None:
    for topic in topics:
        try:
            broker.node.auto_topic_creation.ensure(topic)
        except KafkaError as error:
            broker.close()
            reason = _reason(SettingError(error.message or str(error)))
            raise Failure(f"--topic {topic.name}: {reason}") from None


def _settings(arguments: argparse.Namespace) -> BrokerSettings:
    """Weakest first: file, environment, command line. A name that neither Kafka nor its plug-ins
    know may be a plug-in's in a file, as in Kafka; on the command line it is a mistake."""
    given = _file_settings(arguments.config) if arguments.config is not None else {}
    unknown = [name for name in given if not is_known(name)]
    settings, variables = environment_settings(os.environ)
    if unknown or variables:
        log.warning("no broker settings, so ignored: %s", " ".join(unknown + variables))
    given |= settings
    for text in arguments.settings:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals:
            raise SettingError(f"-c {text}: it should look like -c key=value")
        if not is_known(name):
            raise SettingError(f"unknown setting {name!r}{_nearest(name)}")
        given[name] = value
    return BrokerSettings(given)


def _nearest(name: str) -> str:
    from kbroker.cli.names import advice

    meant = advice(name, BROKER_SETTINGS)
    return f" ({meant})" if meant else ""


def _file_settings(path: str) -> dict[str, str]:
    from kbroker.settings.properties_file import read_properties

    try:
        with open(path, encoding="utf-8") as file:
            return read_properties(file.read())
    except UnicodeDecodeError:
        raise SettingError(f"{path} is not UTF-8 text, so no properties file") from None


def _data_dir(arguments: argparse.Namespace, settings: BrokerSettings) -> str | None:
    given = [arguments.data_dir] if arguments.data_dir is not None else settings.items("log.dirs")
    if not given and settings.is_given("log.dir"):
        given = settings.items("log.dir")
    if len(given) > 1:
        log.warning("one folder is enough: of log.dirs only %s is used", given[0])
    return os.path.abspath(given[0]) if given else None


def fsync_policy(text: str) -> FsyncPolicy:
    """``none``, ``batch``, ``batch:MS`` or ``always``, for argparse."""
    mode, colon, delay_ms = text.partition(":")
    known = {each.value: each for each in FsyncMode}
    if mode not in known or (colon and known[mode] is not FsyncMode.BATCH):
        raise argparse.ArgumentTypeError(f"{text!r} is not none, batch[:MS] or always")
    if known[mode] is not FsyncMode.BATCH:
        return FsyncPolicy(known[mode])
    return FsyncPolicy(FsyncMode.BATCH, between(0, MAX_INT32)(delay_ms) if colon else BATCH_MS)


def parse_topic(text: str) -> NewTopic:
    """NAME[:PARTITIONS[:KEY=VALUE…]]. Raises SettingError."""
    name, *rest = text.split(":")
    count = -1
    if rest and "=" not in rest[0]:
        first = rest.pop(0)
        if not first.isdecimal() or int(first) > MAX_INT32:
            raise SettingError(f"--topic {text}: {first!r} is not a number of partitions")
        count = int(first)
    configs: dict[str, str] = {}
    for part in rest:
        key, equals, value = part.partition("=")
        if not equals:
            raise SettingError(f"--topic {text}: {part!r} should look like key=value")
        configs[key] = value
    return NewTopic(name, count, configs=configs)


def _reason(error: Exception) -> str:
    if isinstance(error, CannotListen):
        from kbroker.cli.port_holder import port_holder

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
        partial = arguments.ready_file + ".partial"
        host, port = addresses[0]
        with open(partial, "w") as file:
            file.write(shown_address(reachable(host), port) + "\n")
        os.replace(partial, arguments.ready_file)
    kept = broker.data_dir + (", removed at the end" if broker.is_temporary else "")
    print(
        f"kbroker {__version__} serves on {', '.join(starmap(shown_address, addresses))}; "
        f"data in {kept}; {_safety(arguments.fsync)}",
        flush=True,
    )


def _safety(fsync: FsyncPolicy) -> str:
    if fsync.mode is FsyncMode.NONE:
        return "safe against a killed process, not against power loss"
    return "safe against a killed process and power loss"
