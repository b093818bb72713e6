"""Doors, as settings and the command line describe them."""

from __future__ import annotations

import pytest

from kbroker.config import BrokerConfig, ConfigError
from kbroker.doors import advertised_of, doors_of


def test_doors_of_listeners() -> None:
    """Kafka's listeners become doors; the controller's is not for clients."""
    config = BrokerConfig(
        {
            "listeners": "PLAINTEXT://:9092,IN://[::1]:9093,CONTROLLER://:9094",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,IN:PLAINTEXT",
        }
    )
    doors = [(door.name, list(door.hosts), door.port) for door in doors_of(config)]

    assert doors == [("PLAINTEXT", [""], 9092), ("IN", ["::1"], 9093)]


FROM_KAFKA = "PLAINTEXT://kafka:19092,IN://in:1"


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ([], {"PLAINTEXT": ("kafka", 19092), "IN": ("in", 1)}),
        (["broker:1"], {"PLAINTEXT": ("broker", 1), "IN": ("in", 1)}),
        (["OUT=[::1]:2"], {"PLAINTEXT": ("kafka", 19092), "IN": ("in", 1), "OUT": ("::1", 2)}),
        (["IN=auto"], {"PLAINTEXT": ("kafka", 19092)}),
        (["auto", "IN=b:3"], {"IN": ("b", 3)}),
    ],
)
def test_advertised_addresses(texts: list[str], told: dict[str, tuple[str, int]]) -> None:
    """Those of the command line stand above those of Kafka's setting."""
    config = BrokerConfig({"advertised.listeners": FROM_KAFKA})
    assert advertised_of(config, texts) == told


def test_the_controller_advertises_nothing_to_clients() -> None:
    """Though the server.properties that comes with Kafka names it."""
    config = BrokerConfig({"advertised.listeners": "PLAINTEXT://a:1,CONTROLLER://a:2"})
    assert advertised_of(config, []) == {"PLAINTEXT": ("a", 1)}


@pytest.mark.parametrize("text", ["broker", ":1", "broker:x", "broker:65536", "A=broker"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ConfigError, match="HOST:PORT"):
        advertised_of(BrokerConfig(), [text])


def test_nobody_can_connect_to_everywhere() -> None:
    with pytest.raises(ConfigError, match=r"advertised as 0\.0\.0\.0"):
        advertised_of(BrokerConfig({"advertised.listeners": "PLAINTEXT://0.0.0.0:1"}), [])


@pytest.mark.parametrize(
    "listeners",
    [
        "9092",
        "PLAINTEXT://",
        "A://b",
        "CONTROLLER://:1",
        "SSL://:1",
        "PLAINTEXT://:1,PLAINTEXT://:2",
    ],
)
def test_no_doors(listeners: str) -> None:
    """What is no listener is refused."""
    with pytest.raises(ConfigError):
        doors_of(BrokerConfig({"listeners": listeners}))
