"""Clients' metrics: what clients are asked for, when they may push it, and what is refused."""

from __future__ import annotations

import gzip
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

from compat_tests.parity.script import Step, Story, call
from compat_tests.parity.stories.common import ZERO_ID
from compat_tests.parity.stories.configs import DELETE, SET, change

METRICS = 16
NONE, GZIP, UNKNOWN_CODEC = 0, 1, 9


def stories() -> Iterator[Story]:
    yield Story("telemetry-asked-and-pushed", list(asked_and_pushed()))
    yield Story("telemetry-refused", list(refused()))
    yield Story("telemetry-too-large", list(too_large()))
    yield Story("telemetry-garbled", list(garbled()))
    yield Story("telemetry-subscriptions", list(subscriptions()))


def instance(number: int) -> str:
    return urlsafe_b64encode(bytes(14) + number.to_bytes(2, "big")).decode().rstrip("=")


def ask(of: str, **more: Any) -> Step:
    return call("GetTelemetrySubscriptions", 0, {"clientInstanceId": of}, **more)


def asked(of: str, **more: Any) -> Step:
    return ask(of, capture={"id": "subscriptionId"}, **more)


def push(
    client: str, metrics: bytes = b"", codec: int = NONE, *, subscription: Any = "${id}",
    last: bool = False,
) -> Step:  # fmt: skip
    body = {
        "clientInstanceId": client,
        "subscriptionId": subscription,
        "terminating": last,
        "compressionType": codec,
        "metrics": b64encode(metrics).decode(),
    }
    return call("PushTelemetry", 0, body, f"push {metrics[:9]!r} {codec} {last}")


def asked_and_pushed() -> Iterator[Step]:
    client = instance(0x101)
    yield asked(client)
    yield ask(client, name="again, too early")
    yield push(client, b"metrics")
    yield push(client, b"metrics")
    yield push(client, b"last words", last=True)
    yield push(client, b"afterwards", last=True)
    yield push(client)
    yield ask(client, name="after the end")


def refused() -> Iterator[Step]:
    for reserved in (ZERO_ID, instance(1)):
        yield push(reserved, subscription=0)
    client = instance(0x201)
    yield push(client, subscription=1)
    yield asked(client, name="at once, for the subscription was unknown")
    yield push(client, codec=UNKNOWN_CODEC)
    yield ask(client, name="at once, for the codec was unknown")
    yield push(client)
    yield ask(client, name="too early")
    yield push(instance(0x202), subscription=1, last=True)
    yield push(instance(0x202), subscription=1, last=True)


def too_large() -> Iterator[Step]:
    for number, size in ((0x301, 1 << 20), (0x302, (1 << 20) + 1)):
        yield asked(instance(number))
        yield push(instance(number), bytes(size))
        yield ask(instance(number), name="too early")


def garbled() -> Iterator[Step]:
    for codec in range(1, 5):
        client = instance(0x400 + codec)
        yield asked(client)
        yield push(client, b"garbage", codec)
        yield push(client, codec=codec, last=True)
    client = instance(0x405)
    yield asked(client)
    yield push(client, gzip.compress(b"metrics"), GZIP)


def subscriptions() -> Iterator[Step]:
    """All that match are one; the shortest interval counts."""
    client = instance(0x501)

    def subscribe(name: str, **settings: str) -> Step:
        wanted = [(key.replace("_", "."), SET, value) for key, value in settings.items()]
        return change(1, f"{name} {settings}", METRICS, f"${{topic}}-{name}", *wanted)

    yield subscribe("a", match="client_id=parity", metrics="a.x,c,*x", interval_ms="2000")
    yield ask(client, until_value=("pushIntervalMs", 2000))
    matching = "client_id=.*,client_source_address=127.*"
    yield subscribe("b", match=matching, metrics="c,d", interval_ms="1900")
    yield ask(client, until_value=("pushIntervalMs", 1900))
    yield subscribe("c", match="client_id=other", metrics="e", interval_ms="100")
    yield subscribe("d", match="client_software_name=unknown", metrics="f", interval_ms="1850")
    yield subscribe("e", match="client_source_port=[0-9]+", metrics="*", interval_ms="600000")
    yield subscribe("f", match="client_id=.*rit.*", metrics="g", interval_ms="1800")
    yield ask(client, until_value=("pushIntervalMs", 1800))
    for name in "abcdef":
        changes = [(key, DELETE, None) for key in ("match", "metrics", "interval.ms")]
        yield change(1, f"no more {name}", METRICS, f"${{topic}}-{name}", *changes)
    yield ask(client, until_value=("pushIntervalMs", 300000))
