"""Records what a real Kafka 4.3.1 answers, one exchange for each API that its listener serves.

    python -m tools.record_golden

Real clients come first (kafka-python, librdkafka, franz-go, Kafka's own Java tools), through a
proxy that keeps the first exchange of each API version. For every key and version that none of
them sends, kafka-clients serialises an empty request, which the broker answers. The files go to
tests/wire/golden/, each with its origin, and tests decode and encode them again.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from compat_tests.brokers import free_ports
from compat_tests.parity.codec import JavaCodec, kafka_jars
from compat_tests.reference import VERSION, RealKafka
from kbroker.cli.raw_client import RawClient
from tools.recording_proxy import Exchange, RecordingProxy
from wire.api_keys import ApiKey
from wire.messages.api_versions import ApiVersionsRequest, ApiVersionsResponse

GOLDEN = Path(__file__).parent.parent / "tests" / "wire" / "golden"
FRANZ_GO = Path(__file__).parent / "franz_go"
MAX_BYTES = 12_000  # larger answers (all settings of a broker) prove nothing more
# What these requests need to have in them to be answered, and since which version they can.
NOT_EMPTY: dict[str, tuple[int, dict[str, Any]]] = {
    "Produce": (3, {"acks": 1}),
    # The broker answers when it has asked about each transaction, and so never about none.
    "AddPartitionsToTxn": (4, {"transactions": [
        {"transactionalId": "golden", "producerId": 1, "producerEpoch": 0, "verifyOnly": True,
         "topics": [{"name": "golden", "partitions": [0]}]},
    ]}),
    "DescribeAcls": (0, {
        "resourceTypeFilter": 2, "patternTypeFilter": 3, "operation": 1, "permissionType": 1,
    }),
}  # fmt: skip
TOOLS = (
    ("TopicCommand", "--create", "--topic", "java", "--partitions", "2"),
    ("TopicCommand", "--describe"),
    ("TopicCommand", "--alter", "--topic", "java", "--partitions", "3"),
    ("GetOffsetShell", "--topic", "java"),
    ("consumer.group.ConsumerGroupCommand", "--list", "--state"),
    ("consumer.group.ConsumerGroupCommand", "--describe", "--all-groups"),
    ("consumer.group.ShareGroupCommand", "--list"),
    ("LogDirsCommand", "--describe"),
    ("FeatureCommand", "describe"),
    ("MetadataQuorumCommand", "describe", "--status"),
    ("TransactionsCommand", "list"),
)


def main() -> int:
    (port,) = free_ports(1)
    kafka = RealKafka({"advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}"})
    upstream = kafka.bootstrap.rpartition(":")
    proxy = RecordingProxy(port, (upstream[0], int(upstream[2])))
    try:
        for origin, use in CLIENTS.items():
            proxy.origin = origin
            use(f"127.0.0.1:{port}")
        proxy.close()
        # KIP-511: a newer ApiVersions than the broker's is answered in v0, whatever was asked.
        newer = (int(ApiKey.API_VERSIONS), 5)
        asked = {what: found for what, found in proxy.recorded.items() if what != newer}
        recorded = asked | _filled_in(kafka.bootstrap, asked)
    finally:
        kafka.remove()
    written = _write(recorded)
    print(f"{written} exchanges of Kafka {VERSION} in {GOLDEN.name}/")
    return 0


def _kafka_python(bootstrap: str) -> None:
    from kafka import KafkaConsumer, KafkaProducer
    from kafka.admin import KafkaAdminClient, NewTopic

    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.create_topics([NewTopic("python", 1, 1)])
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    producer.send("python", b"value", key=b"key").get(timeout=10)
    producer.close()
    consumer = KafkaConsumer(
        "python", bootstrap_servers=bootstrap, group_id="python", auto_offset_reset="earliest"
    )
    deadline = time.monotonic() + 10
    while not consumer.poll(200) and time.monotonic() < deadline:
        pass
    consumer.commit()
    consumer.close()
    admin.delete_topics(["python"])
    admin.close()


def _confluent(bootstrap: str) -> None:
    from confluent_kafka import Consumer, Producer

    # What the library exports is more than its annotations say.
    library: Any = importlib.import_module("confluent_kafka.admin")
    settings: dict[str, Any] = {"bootstrap.servers": bootstrap, "log_level": 0}
    admin = library.AdminClient(settings)
    for created in admin.create_topics([library.NewTopic("confluent", 1, 1)]).values():
        created.result(10)
    producer = Producer(settings | {"transactional.id": "confluent"})
    producer.init_transactions(10)
    producer.begin_transaction()
    producer.produce("confluent", b"value")
    producer.commit_transaction(10)
    for protocol in ("classic", "consumer"):
        consumer: Any = Consumer(
            settings
            | {"group.id": protocol, "group.protocol": protocol, "auto.offset.reset": "earliest"}
        )
        consumer.subscribe(["confluent"])
        message = consumer.poll(10)
        if message is not None and message.error() is None:
            consumer.commit(message, asynchronous=False)
        consumer.close()
    topic = library.ConfigResource(library.ResourceType.TOPIC, "confluent")
    for described in admin.describe_configs([topic]).values():
        described.result(10)
    admin.list_consumer_groups().result(10)
    for found in admin.describe_consumer_groups(["classic"]).values():
        found.result(10)
    admin.describe_cluster().result(10)


def _franz_go(bootstrap: str) -> None:
    done = subprocess.run(
        ["go", "run", ".", bootstrap], cwd=FRANZ_GO, capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip
    if done.returncode or done.stderr:
        print(f"franz-go: {done.stderr.strip()}")


def _java_tools(bootstrap: str) -> None:
    jars = kafka_jars()
    for tool, *words in TOOLS:
        server = "--bootstrap-server"
        command = ["java", "-cp", f"{jars}/*", f"org.apache.kafka.tools.{tool}"]
        done = subprocess.run(
            [*command, server, bootstrap, *words], capture_output=True, text=True, timeout=60,
            check=False,
        )  # fmt: skip
        if done.returncode:
            print(f"{tool}: {done.stderr.strip()[-200:] or done.stdout.strip()[-200:]}")


CLIENTS: dict[str, Callable[[str], None]] = {
    "kafka-python 3": _kafka_python,
    "confluent-kafka (librdkafka)": _confluent,
    "franz-go": _franz_go,
    "Kafka's own tools (Java)": _java_tools,
}


def _filled_in(
    bootstrap: str, recorded: dict[tuple[int, int], Exchange]
) -> dict[tuple[int, int], Exchange]:
    """An exchange for every version that the broker serves and no client has sent."""
    codec = JavaCodec()
    found = {}
    for key, first, last in _served(bootstrap):
        for version in range(first, last + 1):
            if (key, version) in recorded or (key.name == "PRODUCE" and version < 3):
                continue
            name = key.name.title().replace("_", "")
            first_filled, content = NOT_EMPTY.get(name, (0, {}))
            body = content if version >= first_filled else {}
            size = "a small" if body else "an empty"
            request = codec.encode(name, version, body, 1, "golden")
            response = _sent(bootstrap, request)
            if response is None:
                print(f"{name} v{version}: no answer to {size} request")
            else:
                origin = f"{size} request, serialised by kafka-clients {VERSION}"
                found[int(key), version] = Exchange(origin, request, response)
    codec.close()
    return found


def _sent(bootstrap: str, request: bytes) -> bytes | None:
    client = RawClient(bootstrap, timeout_s=5)
    try:
        client.send_frame(request)
        return client.read_frame()
    except (ConnectionError, TimeoutError):
        return None
    finally:
        client.close()


def _served(bootstrap: str) -> list[tuple[ApiKey, int, int]]:
    client = RawClient(bootstrap)
    request = ApiVersionsRequest(client_software_name="golden", client_software_version="1")
    answer = client.ask(request, 3)
    assert isinstance(answer, ApiVersionsResponse)
    client.close()
    keys = {int(key): key for key in ApiKey}
    return [(keys[key.api_key], key.min_version, key.max_version) for key in answer.api_keys]


def _write(recorded: dict[tuple[int, int], Exchange]) -> int:
    GOLDEN.mkdir(exist_ok=True)
    for old in GOLDEN.glob("*.json"):
        old.unlink()
    keys = {int(key): key for key in ApiKey}
    written = 0
    for (key, version), exchange in sorted(recorded.items()):
        if len(exchange.request) + len(exchange.response) > MAX_BYTES:
            print(f"{keys[key].name} v{version}: too large to keep")
            continue
        content = {
            "origin": exchange.origin,
            "broker": f"Apache Kafka {VERSION}",
            "request": exchange.request.hex(),
            "response": exchange.response.hex(),
        }
        name = f"{key:02}_{keys[key].name.lower()}_v{version}.json"
        (GOLDEN / name).write_text(json.dumps(content, indent=1) + "\n")
        written += 1
    return written


if __name__ == "__main__":
    sys.exit(main())
