"""Every client is told an address that it can reach, from wherever it comes.

The client here is confluent-kafka, which connects to nothing but what Metadata tells it. Network
namespaces and containers need root and a container engine.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from compat_tests.brokers import free_ports, wait_until
from compat_tests.conftest import NOT_RUN

CHECKOUT = Path(__file__).parent.parent
ROUND_TRIP = """
import sys
from confluent_kafka import Consumer, Producer
bootstrap = sys.argv[1]
producer = Producer({"bootstrap.servers": bootstrap, "message.timeout.ms": 8000})
producer.produce("reach", b"hello")
assert producer.flush(10) == 0
options = {"bootstrap.servers": bootstrap, "group.id": "g", "auto.offset.reset": "earliest"}
consumer = Consumer(options)
consumer.subscribe(["reach"])
message = consumer.poll(10)
assert message is not None and message.error() is None and message.value() == b"hello"
consumer.close()
"""

Serve = Callable[..., None]


def run(*command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, (command, done.stdout[-1500:], done.stderr[-1500:])


def reaches(bootstrap: str, *inside: str) -> None:
    """A whole conversation from there, ``inside`` of whatever these words enter."""
    run(*inside, sys.executable, "-c", ROUND_TRIP, bootstrap)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts kbroker for one test, as a user would."""
    started: list[subprocess.Popen[bytes]] = []
    folder = Path(tempfile.mkdtemp(prefix="kbroker-addresses-"))

    def start(port: int, *options: str) -> None:
        ready = folder / "ready"
        command = [sys.executable, "-m", "kbroker", "serve", "--port", str(port)]
        command += ["--ready-file", str(ready), *options]
        started.append(subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.DEVNULL))
        wait_until(ready.exists, 20, "kbroker serves")

    yield start
    for process in started:
        process.terminate()
        process.wait(timeout=10)
    shutil.rmtree(folder, ignore_errors=True)


def test_both_families_of_localhost(serve: Serve) -> None:
    [port] = free_ports(1)
    serve(port)
    for host in ("127.0.0.1", "[::1]", "localhost"):
        reaches(f"{host}:{port}")


@pytest.fixture
def namespaces() -> Iterator[dict[str, str]]:
    """Two network namespaces that reach this one by an address of ours each: {name: address}."""
    names = {"kbroker-a": "10.213.1", "kbroker-b": "10.213.2"}
    if shutil.which("ip") is None:
        pytest.skip(f"{NOT_RUN}no ip command: network namespaces cannot be made")
    try:
        for number, (name, net) in enumerate(names.items()):
            run("ip", "netns", "add", name)
            here, there = f"kbv{number}", f"kbw{number}"
            run("ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", name)
            run("ip", "addr", "add", f"{net}.1/24", "dev", here)
            run("ip", "link", "set", here, "up")
            run("ip", "-n", name, "addr", "add", f"{net}.2/24", "dev", there)
            run("ip", "-n", name, "link", "set", there, "up")
    except AssertionError as error:
        remove_namespaces(names)
        pytest.skip(f"{NOT_RUN}no network namespaces: {error}")
    yield {name: f"{net}.1" for name, net in names.items()}
    remove_namespaces(names)


def remove_namespaces(names: dict[str, str]) -> None:
    for name in names:
        subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


def test_two_networks_and_the_host_at_once(serve: Serve, namespaces: dict[str, str]) -> None:
    """One port, and a face for each side: neither network reaches the other's address."""
    [port] = free_ports(1)
    serve(port, "--host", "0.0.0.0")  # all networks are the point
    for name, address in namespaces.items():
        reaches(f"{address}:{port}", "ip", "netns", "exec", name)
    reaches(f"127.0.0.1:{port}")


def test_through_a_proxy(serve: Serve) -> None:
    """``--advertise`` sends clients through the proxy, which sees all they say."""
    port, proxy_port = free_ports(2)
    seen = []
    server_socket = socket.create_server(("127.0.0.1", proxy_port))

    def forward() -> None:
        while True:
            try:
                client, _ = server_socket.accept()
            except OSError:
                return
            seen.append(client)
            broker = socket.create_connection(("127.0.0.1", port))
            for source, target in ((client, broker), (broker, client)):
                threading.Thread(target=pump, args=(source, target), daemon=True).start()

    serve(port, "--advertise", f"127.0.0.1:{proxy_port}")
    threading.Thread(target=forward, daemon=True).start()
    reaches(f"127.0.0.1:{proxy_port}")
    assert len(seen) > 2
    server_socket.close()


def pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(1 << 16):
            target.sendall(data)
    except OSError:
        pass
    finally:
        target.close()


def test_through_a_published_port_of_a_container() -> None:
    """From the host by the published port, and from the container's own network by its address.

    The container sees this machine's files, so that it needs no image with Python in it.
    """
    if subprocess.run(["docker", "info"], check=False, capture_output=True).returncode != 0:
        pytest.skip(f"{NOT_RUN}no container engine: a published port cannot be tried")
    [port] = free_ports(1)
    name = f"kbroker-published-{port}"
    command = ["docker", "run", "-d", "--rm", "--name", name, "-p", f"{port}:{port}"]
    command += ["-v", "/:/host:ro", "--tmpfs", "/host/tmp", "-e", "container=docker"]
    command += ["--entrypoint", "/bin/chroot", "apache-kafka:4.3.1", "/host", "/usr/bin/env"]
    command += [f"PYTHONPATH={CHECKOUT}", sys.executable, "-m", "kbroker", "serve"]
    run(*command, "--host", "0.0.0.0", "--port", str(port))  # as in any container
    try:
        wait_until(lambda: answers(port), 20, "the published port answers")
        reaches(f"localhost:{port}")
    finally:
        run("docker", "rm", "-f", name)


def answers(port: int) -> bool:
    """Whether more than the engine's own proxy is behind the port: kbroker does not hang up."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as sock:
            sock.settimeout(0.3)
            return sock.recv(1) != b""
    except TimeoutError:
        return True
    except OSError:
        return False
