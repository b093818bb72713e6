"""``kbroker doctor``: finds out why clients of this machine, or a broker on it, do not work."""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from kbroker.cli import Failure
from kbroker.cli.client import add_bootstrap
from kbroker.cli.conversation import Conversation
from kbroker.cli.output import add_output, show
from kbroker.cli.port_holder import port_holder
from kbroker.cli.raw_client import parse_address
from kbroker.cli.words import word
from kbroker.settings.listeners import shown_address
from wire.messages.metadata import MetadataRequest

TIMEOUT_S = 3.0
FEW_DESCRIPTORS = 4096
LITTLE_BYTES = 1 << 30  # what Kafka lets one segment grow to
HOUR_S = 3600


class Finding(NamedTuple):
    """``advice`` tells what to do; None where all is well."""

    check: str
    found: str
    advice: str | None = None


Findings = Iterator[Finding]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_bootstrap(parser)
    parser.add_argument("address", nargs="?", metavar="HOST:PORT", help="the same as -b HOST:PORT")
    parser.add_argument(
        "--data-dir",
        type=word,
        metavar="DIR",
        help="folder that serve is given (default: where temporary data is)",
    )
    add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    findings = list(_findings(arguments))
    well = all(finding.advice is None for finding in findings)
    checks = [finding._asdict() | {"ok": finding.advice is None} for finding in findings]
    show(arguments, {"ok": well, "checks": checks}, map(_line, findings))
    return 0 if well else 1


def _line(finding: Finding) -> str:
    check, found, advice = finding
    return f"{'wrong' if advice else 'ok':5}  {check:16}  {found}{f'; {advice}' if advice else ''}"


def _findings(arguments: argparse.Namespace) -> Findings:
    host, port = parse_address(arguments.address or arguments.bootstrap)
    addresses = _resolved(host)
    yield _name(host, addresses)
    is_here = any(map(_is_here, addresses))
    if addresses:
        yield from _broker(host, port, port_holder(port) if is_here else None)
    yield _clock(time.time())
    if is_here:
        yield _descriptors(resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        folder = _existing(Path(arguments.data_dir or tempfile.gettempdir()))
        yield _writable(folder)
        yield _room(folder, shutil.disk_usage(folder).free)


# -- the way to the broker ------------------------------------------------------------------------


def _resolved(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _is_here(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


def _name(host: str, addresses: list[str]) -> Finding:
    if not addresses:
        return Finding(
            "name", f"{host} has no address here", "use an IP address, or put it into /etc/hosts"
        )
    return Finding("name", f"{host} is {', '.join(addresses)}")


def _broker(host: str, port: int, holder: str | None) -> Findings:
    address = shown_address(host, port)
    started = time.perf_counter()
    try:
        socket.create_connection((host, port), TIMEOUT_S).close()
    except OSError as error:
        yield Finding("connection", f"{address}: {_reason(error)}", _way_to_connect(error))
        return
    elapsed_ms = (time.perf_counter() - started) * 1000
    by = f" by {holder}" if holder else ""
    yield Finding("connection", f"{address} is accepted after {elapsed_ms:.1f} ms{by}")
    try:
        broker = Conversation(address, TIMEOUT_S)
    except OSError as error:
        yield Finding(
            "protocol",
            f"what listens there does not speak Kafka's protocol in the clear: {_reason(error)}",
            "is the port another program's, or does it ask for TLS or SASL?",
        )
        return
    with broker:
        yield Finding("protocol", f"it serves {len(broker.served)} APIs")
        yield from _cluster(broker, address)


def _cluster(broker: Conversation, address: str) -> Findings:
    try:
        cluster = broker.ask(MetadataRequest(topics=None))
    except Failure as error:
        yield Finding("metadata", str(error), "look into the broker's log")
        return
    topics = len(cluster.topics)
    yield Finding("metadata", f"cluster {cluster.cluster_id}, topics: {topics}")
    for node in cluster.brokers:
        yield _advertised(node.node_id, node.host, node.port, cluster.cluster_id, address)


def _advertised(
    node_id: int, host: str, port: int, cluster_id: str | None, bootstrap: str
) -> Finding:
    """Clients leave the address that they were given for the one that they are told."""
    told = f"clients of broker {node_id} are told {shown_address(host, port)}"
    advice = f"tell them another: kbroker serve --advertise {bootstrap}, or advertised.listeners"
    try:
        with Conversation(shown_address(host, port), TIMEOUT_S) as broker:
            found = broker.ask(MetadataRequest(topics=[])).cluster_id
    except (OSError, Failure) as error:
        return Finding("advertised", f"{told}, which does not work here: {_reason(error)}", advice)
    if found != cluster_id:
        return Finding("advertised", f"{told}, where another cluster is: {found}", advice)
    return Finding("advertised", f"{told}, and get there")


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {TIMEOUT_S:g} seconds"
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _way_to_connect(error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there: start kbroker serve, or look for the port that it names"
    return "look for a firewall in between, or a container's port that is not published"


# -- this machine ---------------------------------------------------------------------------------


def _clock(now_s: float) -> Finding:
    """No protocol tells the time, but this program was not installed in the future."""
    shown = datetime.fromtimestamp(now_s, UTC).isoformat(" ", "seconds")
    if now_s + HOUR_S < os.path.getmtime(__file__):
        return Finding(
            "clock",
            f"{shown} is before kbroker was installed",
            "set it: timestamps and retention go by it",
        )
    return Finding("clock", shown)


def _descriptors(limit: int) -> Finding:
    if limit != resource.RLIM_INFINITY and limit < FEW_DESCRIPTORS:
        return Finding(
            "file descriptors",
            f"at most {limit}, of which each connection takes one",
            f"raise it: ulimit -Hn {FEW_DESCRIPTORS}",
        )
    return Finding("file descriptors", f"up to {limit}")


def _existing(folder: Path) -> Path:
    """The folder, or the one in which it would be made."""
    folder = folder.absolute()
    while not folder.exists():
        folder = folder.parent
    return folder


def _writable(folder: Path) -> Finding:
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        return Finding(
            "data",
            f"{folder} cannot be written to: {error.strerror}",
            "choose another folder with --data-dir",
        )
    return Finding("data", f"{folder} can be written to")


def _room(folder: Path, free: int) -> Finding:
    if free < LITTLE_BYTES:
        return Finding(
            "disk",
            f"{free >> 20} MiB are free at {folder}",
            "make room, or keep less: log.retention.bytes, log.segment.bytes",
        )
    return Finding("disk", f"{free >> 30} GiB are free at {folder}")
