"""A whole broker in a process of its own, as a user starts it."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

from kbroker import broker as broker_module
from kbroker.broker import MOST_OPEN_SEGMENTS, Broker, open_segments_allowed
from kbroker.cli.raw_client import RawClient
from kbroker.connection_info import ConnectionInfo
from kbroker.metadata.topic_creation import NewTopic
from kbroker.network import connection
from kbroker.replicas.durability import NO_FSYNC, FsyncMode, FsyncPolicy
from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.listeners import ListenerSettings
from kbroker.settings.resources import BROKER
from storage import AppendOrigin, LogDirFailed
from tests.drivers import batch
from tests.kbroker.cli.serving import PATIENCE_S, first_line
from tools.topic_requests import create_topic, produce_request
from wire.api_keys import ApiKey
from wire.headers import decode_response, encode_request
from wire.internal.cluster_metadata import ConfigRecord
from wire.messages.describe_configs import DescribeConfigsRequest, DescribeConfigsResource
from wire.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from wire.messages.metadata import MetadataRequest


class Served:
    """``kbroker serve`` with these words; its standard output is read line by line."""

    def __init__(self, *words: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kbroker", "serve", "--port", "0", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | environment,
        )
        self.banner = first_line(self.process)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=30)
        return self.process.returncode


LISTENER = ListenerSettings("PLAINTEXT", ("127.0.0.1",), 0)


def in_process(
    folder: Path, *listeners: ListenerSettings, fsync: FsyncPolicy = NO_FSYNC, **settings: str
) -> Broker:
    """A broker in this thread that accepts clients when its loop ticks."""
    given = BrokerSettings({name.replace("_", "."): text for name, text in settings.items()})
    broker = Broker(given, str(folder), listeners or [LISTENER], fsync)
    broker.open()
    return broker


def test_all_listeners_tell_their_addresses(tmp_path: Path) -> None:
    """Those of port 0 the port that was bound; and none where clients are told how they came."""
    given = [
        LISTENER._replace(name="IN", advertised=("inside", 1)),
        LISTENER._replace(name="OUT", advertised=("outside", 0)),
        LISTENER,
    ]
    broker = in_process(tmp_path, *given)
    port = broker.listeners[1].address[1]
    endpoints = broker.node.metadata.image.brokers[1].endpoints
    broker.close()

    assert endpoints == {"IN": ("inside", 1), "OUT": ("outside", port)}


def test_clients_on_the_host_of_a_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_module, "host_gateway", lambda: "172.17.0.1")
    broker = in_process(tmp_path)
    client = ConnectionInfo("PLAINTEXT", "172.17.0.1", 40_000, "172.17.0.2", 9092)
    found = broker.node.advertised_addresses.choose(broker.node.metadata.image.brokers[1], client)
    broker.close()

    assert found == ("localhost", 9092)


def test_an_append_waits_for_the_disk_where_it_is_to(tmp_path: Path) -> None:
    broker = in_process(tmp_path, fsync=FsyncPolicy(FsyncMode.ALWAYS))
    metadata = broker.node.metadata
    metadata.next_producer_ids()
    assert metadata.image is not metadata.latest
    while metadata.image is not metadata.latest:
        broker.loop.tick(0.01)
    broker.close()


def test_a_folder_names_its_node(tmp_path: Path) -> None:
    """By both names of that setting."""
    in_process(tmp_path, node_id="5").close()
    broker = in_process(tmp_path)
    told = [broker.node.settings.integer(name) for name in ("node.id", "broker.id")]
    broker.close()

    assert told == [5, 5]


@pytest.mark.replaces_code
def test_a_broker_that_cannot_go_on_closes_its_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = in_process(tmp_path)

    def fail() -> None:
        raise OSError("no selector")

    monkeypatch.setattr(broker.loop, "run", fail)
    with pytest.raises(OSError, match="no selector"):
        broker.run()

    assert (tmp_path / ".kafka_cleanshutdown").exists()


def waiting_client(broker: Broker) -> RawClient:
    """One whose fetch of ``t`` waits for more than there is."""
    broker.node.auto_topic_creation.ensure(NewTopic("t"))
    client = RawClient("{}:{}".format(*broker.listeners[0].address), PATIENCE_S)
    wanted = FetchPartition(partition=0, fetch_offset=0, partition_max_bytes=1 << 20)
    topics = [FetchTopic(topic="t", partitions=[wanted])]
    request = FetchRequest(max_wait_ms=60_000, min_bytes=1 << 20, topics=topics)
    client.send_bytes(encode_request(request, 11, 1, "client"))
    while not len(broker.node.replicas.purgatory):
        broker.loop.tick(PATIENCE_S)
    return client


def test_who_waits_is_answered_when_it_stops(tmp_path: Path) -> None:
    broker = in_process(tmp_path)
    with waiting_client(broker) as client:
        broker.close()
        answer = decode_response(client.read_frame(), ApiKey.FETCH, 11)

    assert answer.responses[0].partitions[0].error_code == 0


@pytest.mark.parametrize(("ms_a_reading", "is_sent"), [(0, True), (600, False)])
def test_a_long_answer_is_sent_before_it_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ms_a_reading: int, is_sent: bool
) -> None:
    """But a client that does not take it keeps the broker for a second only."""
    monkeypatch.setattr(connection, "TURN_BYTES", 4096)
    broker = in_process(tmp_path)
    with waiting_client(broker) as client:
        partition = broker.node.replicas.find("t", 0)
        assert partition is not None
        partition.append(batch(b"x" * 60_000), 0, AppendOrigin.COORDINATOR)
        readings = count()
        clock = SimpleNamespace(monotonic_ms=lambda: next(readings) * ms_a_reading)
        monkeypatch.setattr(broker, "_clock", clock)
        broker.close()
        received = b"".join(iter(lambda: client.socket.recv(1 << 20), b""))

    assert (len(received) > 60_000) is is_sent
    assert received.startswith(b"\0\0")


def test_limits_of_connections_change_with_the_settings(tmp_path: Path) -> None:
    """Those of single addresses, too; and they are the same after a restart."""
    broker = in_process(tmp_path)
    name, value = "max.connections.per.ip.overrides", "127.0.0.1:0"
    record = ConfigRecord(resource_type=BROKER, resource_name="", name=name, value=value)
    broker.node.metadata.alter_configs([record])
    received = []
    for _ in range(2):
        with socket.create_connection(broker.listeners[0].address, PATIENCE_S) as client:
            broker.loop.tick(PATIENCE_S)
            received.append(client.recv(1))
        broker.close()
        broker = in_process(tmp_path)
    broker.close()

    assert received == [b"", b""]


def test_a_failure_in_another_thread_wakes_the_broker(tmp_path: Path) -> None:
    """It would sleep until somebody asks for something."""
    broker = in_process(tmp_path)
    broker.node.replicas.log_dir.fail(LogDirFailed("flushing t-0: EIO"))
    woken = broker.loop._selector.select(0)
    broker.close()

    assert woken


def test_a_failed_log_directory_stops_the_broker(tmp_path: Path) -> None:
    """At once, and not as a clean stop: the next start recovers the logs."""
    broker = in_process(tmp_path)
    error = LogDirFailed("flushing t-0: EIO")
    broker.loop.post(lambda: broker.node.replicas.log_dir.fail(error))
    broker.run()

    assert broker.failure is error
    assert not (tmp_path / ".kafka_cleanshutdown").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_and_stop(tmp_path: Path, number: int) -> None:
    """It says where it serves, is ready when it says so, and ends well when it is told to."""
    ready = tmp_path / "ready"
    data = tmp_path / "data"
    broker = Served(
        "--data-dir", str(data), "--topic", "t:3:retention.ms=5", "--ready-file", str(ready)
    )
    try:
        client = RawClient(ready.read_text().strip())
        answer = client.ask(MetadataRequest(topics=None), 9)
        client.ask(produce_request("t", [b"v"], 1_760_000_000_000), 9)
        client.close()
    finally:
        code = broker.stop(number)

    assert [(topic.name, len(topic.partitions)) for topic in answer.topics] == [("t", 3)]
    assert str(data) in broker.banner
    assert "not against power loss" in broker.banner
    assert code == 0
    assert (data / ".kafka_cleanshutdown").exists()


def test_temporary_data_goes_with_the_broker(tmp_path: Path) -> None:
    """Without --data-dir nothing is left, and what a killed broker left is swept."""
    (tmp_path / "kbroker-data-old").mkdir()
    killed = Served(TMPDIR=str(tmp_path))
    assert not (tmp_path / "kbroker-data-old").exists()
    killed.stop(signal.SIGKILL)
    assert len(list(tmp_path.iterdir())) == 1
    Served(TMPDIR=str(tmp_path)).stop()

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-c", "num.partition=3"], "did you mean 'num.partitions'?"),
        (["-c", "num.partitions"], "it should look like -c key=value"),
        (["--topic", "a/b"], "Topic name is invalid"),
        (["--topic", "a:x"], "'x' is not a number of partitions"),
        (["--config", "no-such-file"], "no-such-file: No such file or directory"),
        (["--data-dir", "/proc/none"], "/proc/none"),
        (["--host", "192.0.2.1"], "cannot listen on 192.0.2.1"),
        (["--port", "99999"], "there is no port 99999"),
        (["--ready-file", "/nonexistent/x"], "/nonexistent/x.partial: No such file or directory"),
    ],
)
def test_one_line_says_what_is_wrong(words: list[str], message: str) -> None:
    """And the exit code is not zero."""
    done = subprocess.run(
        [sys.executable, "-m", "kbroker", "serve", "--port", "0", *words],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.returncode == 1
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("meta.properties", "version=1\ncluster.id=c\nnode.id=1\n", "written by Apache Kafka"),
        ("kbroker-format", "2\n", "has format 2; this kbroker knows 1"),
        ("kbroker-format", "1.1\n", "has format 1.1; this kbroker knows 1"),
    ],
)
def test_folders_of_others(tmp_path: Path, file: str, content: str, message: str) -> None:
    """A real Kafka's data, or that of a newer kbroker, is left as it is."""
    (tmp_path / file).write_text(content)
    done = subprocess.run(
        [sys.executable, "-m", "kbroker", "serve", "--port", "0", "--data-dir", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert message in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [file]


@pytest.mark.parametrize("content", ["", "1\n"])
def test_a_folder_whose_first_start_was_cut_short(tmp_path: Path, content: str) -> None:
    """The format is the first file of a new folder; a power failure may tear it."""
    (tmp_path / "kbroker-format").write_text(content)
    broker = Served("--data-dir", str(tmp_path))
    broker.stop()

    assert (tmp_path / "kbroker-format").read_text() == "1\n"


def test_a_folder_in_use(tmp_path: Path) -> None:
    """Two brokers do not share their data."""
    first = Served("--data-dir", str(tmp_path))
    second = subprocess.run(
        [sys.executable, "-m", "kbroker", "serve", "--port", "0", "--data-dir", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    first.stop()

    assert (second.returncode, second.stderr.count("\n")) == (1, 1)
    assert "in use" in second.stderr


def test_environment_of_the_image(tmp_path: Path) -> None:
    """A compose file's KAFKA_ variables count; those of KRaft are no obstacle."""
    ready = tmp_path / "ready"
    broker = Served(
        "--ready-file", str(ready),
        KAFKA_NUM_PARTITIONS="4",
        KAFKA_PROCESS_ROLES="broker,controller",
        KAFKA_HEAP_OPTS="-Xmx1G",
    )  # fmt: skip
    try:
        client = RawClient(ready.read_text().strip())
        create_topic(client, "t", -1)
        answer = client.ask(MetadataRequest(topics=None), 9)
        client.close()
    finally:
        broker.stop()

    assert [len(topic.partitions) for topic in answer.topics] == [4]


def test_the_doors_are_told_as_settings(tmp_path: Path) -> None:
    """Also those that the command line chose, and what variables of Apache's image advertise."""
    ready = tmp_path / "ready"
    served = Served(
        "--ready-file", str(ready), KAFKA_ADVERTISED_LISTENERS="PLAINTEXT://outside:19092"
    )
    client = RawClient(ready.read_text().strip())
    asked = DescribeConfigsResource(
        resource_type=4, resource_name="1", configuration_keys=["listeners", "advertised.listeners"]
    )
    [result] = client.ask(DescribeConfigsRequest(resources=[asked]), 4).results
    told = {config.name: config.value for config in result.configs}
    client.socket.close()
    served.stop()

    assert told["listeners"].startswith("PLAINTEXT://127.0.0.1:")
    assert told["advertised.listeners"] == "PLAINTEXT://outside:19092"


def test_data_belongs_to_its_node(tmp_path: Path) -> None:
    """Whoever asks for another one has taken the wrong folder; without a word it stays that."""
    data = ["--data-dir", str(tmp_path / "data")]
    Served(*data, "-c", "node.id=5").stop()
    ready = tmp_path / "ready"
    again = Served(*data, "--ready-file", str(ready))
    client = RawClient(ready.read_text().strip())
    [broker] = client.ask(MetadataRequest(topics=None), 9).brokers
    client.socket.close()
    again.stop()
    other = Served(*data, "-c", "node.id=6")
    _, told = other.process.communicate(timeout=30)

    assert broker.node_id == 5
    assert other.process.returncode == 1
    assert told.startswith("kbroker: the data is that of node 5")


def test_a_file_may_hold_what_is_for_others(tmp_path: Path) -> None:
    """What no broker knows is told, and ignored, as Kafka does with settings of plug-ins; and so is
    what this one has no use for."""
    file = tmp_path / "server.properties"
    folder = tmp_path / "data"
    file.write_text(
        "some.plugin.path=/x\nanother.plugin=5\nnum.partitions=7\n"
        f"log.dirs={folder},{tmp_path / 'another'}\n"
    )
    ready = tmp_path / "ready"
    served = Served("--config", str(file), "--ready-file", str(ready))
    client = RawClient(ready.read_text().strip())
    create_topic(client, "t", -1)
    [topic] = client.ask(MetadataRequest(topics=None), 9).topics
    client.socket.close()
    served.process.terminate()
    _, told = served.process.communicate(timeout=30)

    assert len(topic.partitions) == 7
    assert "ignored: some.plugin.path another.plugin" in told
    assert f"only {folder} is used" in told


@pytest.mark.parametrize(
    ("hard", "expected"), [(4096, 2048), (resource.RLIM_INFINITY, MOST_OPEN_SEGMENTS)]
)
def test_half_of_all_files_are_for_segments(
    monkeypatch: pytest.MonkeyPatch, hard: int, expected: int
) -> None:
    """The limit is raised before it is asked for."""
    limits = [(64, hard)]
    monkeypatch.setattr(resource, "getrlimit", lambda _which: limits[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _which, both: limits.append(both))
    assert open_segments_allowed() == expected
    assert limits[-1] == (hard, hard)


@pytest.mark.parametrize("error", [OSError, ValueError])
def test_a_limit_that_cannot_be_raised_is_taken_as_it_is(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """A kernel may have one of its own."""

    def refuse(_which: int, _both: object) -> None:
        raise error

    monkeypatch.setattr(resource, "getrlimit", lambda _which: (64, 4096))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    assert open_segments_allowed() == 32
