"""The settings of topics and brokers: what they are, where they come from, and changing them."""

from __future__ import annotations

from collections.abc import Iterator

from compat_tests.parity.script import Json, Step, Story, call
from compat_tests.parity.stories.common import NOWHERE, topic, versions
from kbroker.config_defs import BROKER_SETTINGS

TOPIC, BROKER = 2, 4
# Where each broker is, and what it was started with for these stories.
OWN = {
    "advertised.listeners", "controller.quorum.voters", "group.min.session.timeout.ms", "listeners",
}  # fmt: skip
COMPARED = sorted(BROKER_SETTINGS.keys() - OWN)


def stories() -> Iterator[Story]:
    yield Story("configs-described-topic", list(described_topic()))
    yield Story("configs-described-broker", list(described_broker()))
    yield Story("configs-described-wrongly", list(described_wrongly()))


def describe(version: int, kind: int, name: str, *keys: str, **more: Json) -> dict[str, Json]:
    resource = {"resourceType": kind, "resourceName": name, "configurationKeys": list(keys) or None}
    asked: dict[str, Json] = {"resources": [resource], "includeSynonyms": True} | more
    return asked | ({"includeDocumentation": False} if version >= 3 else {})


def described_topic() -> Iterator[Step]:
    yield from topic(1, retention_ms="1234567", cleanup_policy="compact,delete")
    for version in versions("DescribeConfigs"):
        yield call("DescribeConfigs", version, describe(version, TOPIC, "${topic}"))
        for keys in (("retention.ms",), ("retention.ms", "no.such"), ("segment.bytes",) * 2):
            body = describe(version, TOPIC, "${topic}", *keys, includeSynonyms=False)
            yield call("DescribeConfigs", version, body, f"v{version} {keys}")


def described_broker() -> Iterator[Step]:
    for version in versions("DescribeConfigs"):
        yield call(
            "DescribeConfigs", version, describe(version, BROKER, "1", *COMPARED), f"v{version} own"
        )
        yield call("DescribeConfigs", version, describe(version, BROKER, ""), f"v{version} all")


def described_wrongly() -> Iterator[Step]:
    for version in versions("DescribeConfigs"):
        for kind, name in ((TOPIC, NOWHERE), (TOPIC, ""), (TOPIC, "a b"), (BROKER, "9")):
            body = describe(version, kind, name)
            yield call("DescribeConfigs", version, body, f"v{version} {kind} '{name}'")
        yield call("DescribeConfigs", version, describe(version, BROKER, "x"), f"v{version} x")
        for kind in (0, 3, 64):
            body = describe(version, kind, "x")
            yield call("DescribeConfigs", version, body, f"v{version} type {kind}")
