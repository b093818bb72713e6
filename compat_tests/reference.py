"""The reference: a real Apache Kafka in a container, started and removed through the Docker SDK."""

from __future__ import annotations

import atexit
import os
import subprocess
import uuid
from pathlib import Path
from typing import Any

from compat_tests.brokers import NotRunError, free_ports, wait_until
from kbroker import KAFKA_VERSION

VERSION = KAFKA_VERSION
IMAGE = f"apache-kafka:{VERSION}"
LABEL = "kbroker.compat.owner"
TOOLS = Path(__file__).parent.parent / "tools" / "real_kafka"


class RealKafka:
    """One node, broker and controller in one, on a free port of this machine's network."""

    name = "kafka"

    def __init__(self, settings: dict[str, str] | None = None, node_id: int = 1) -> None:
        client = container_engine()
        self._port, self._controller_port = free_ports(2)
        self.bootstrap = f"127.0.0.1:{self._port}"
        self._starts = 0
        environment = {
            variable_name(key): value
            for key, value in (self._defaults(node_id) | (settings or {})).items()
        }
        self._container: Any = client.containers.run(
            IMAGE,
            name=f"kbroker-compat-{uuid.uuid4().hex[:12]}",
            detach=True,
            network_mode="host",
            environment=environment,
            labels={LABEL: str(os.getpid())},
        )
        atexit.register(self.remove)
        self._wait_until_serving()

    def _defaults(self, node_id: int) -> dict[str, str]:
        """What the official image starts from (tools/real_kafka), on our ports."""
        return {
            "node.id": str(node_id),
            "process.roles": "broker,controller",
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://127.0.0.1:{self._controller_port}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.voters": f"{node_id}@127.0.0.1:{self._controller_port}",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
        }

    def _wait_until_serving(self) -> None:
        self._starts += 1

        def serving() -> bool:
            self._container.reload()
            if self._container.status != "running":
                raise RuntimeError(f"the real Kafka ended at start:\n{self.logs()}")
            return bool(self._container.logs().count(b"Kafka Server started") >= self._starts)

        try:
            wait_until(serving, 60, "the real Kafka serves", every_s=0.1)
        except BaseException:
            self.remove()
            raise

    def stop(self) -> None:
        self._container.stop(timeout=30)

    def kill(self) -> None:
        self._container.kill()

    def restart(self) -> None:
        self._container.start()
        self._wait_until_serving()

    def remove(self) -> None:
        import docker

        atexit.unregister(self.remove)
        try:
            self._container.remove(force=True, v=True)
        except docker.errors.NotFound:
            pass
        finally:
            self._container.client.close()

    def logs(self) -> str:
        return str(self._container.logs(tail=60).decode(errors="replace"))


def variable_name(key: str) -> str:
    """Kafka's setting name as the image's set-up program reads it back from the environment."""
    return "KAFKA_" + key.replace("_", "__").replace("-", "___").replace(".", "_").upper()


def container_engine() -> Any:
    """A client of a container engine that has the image; NotRunError says what is missing."""
    import docker

    try:
        client = docker.from_env()
        client.ping()
    except docker.errors.DockerException as error:
        raise NotRunError(f"no container engine answers: {error}") from error
    sweep(client)
    if not client.images.list(name=IMAGE):
        build_image()
    return client


def build_image() -> None:
    done = subprocess.run(
        [TOOLS / "build-image", VERSION], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NotRunError(
            f"no image {IMAGE}, and tools/real_kafka/build-image failed: {done.stderr[-500:]}"
        )


def sweep(client: Any) -> None:
    """Remove containers whose test run was killed before it could remove them."""
    for container in client.containers.list(all=True, filters={"label": LABEL}):
        owner = int(container.labels[LABEL])
        if not Path(f"/proc/{owner}").exists():
            container.remove(force=True, v=True)
