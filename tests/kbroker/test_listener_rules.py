"""Settings of listeners that do not fit each other."""

from __future__ import annotations

import pytest

from kbroker.config import BrokerConfig
from kbroker.config_defs import BROKER_SETTINGS
from kbroker.listener_rules import (
    LISTENERS,
    PROTOCOL_MAP,
    broken_listeners,
    broken_overrides,
    moved_protocol,
    read_overrides,
)

BOTH = "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"


def test_overrides_are_read_as_kafka_does() -> None:
    """The last colon counts, the last of two counts, and commas at the end do not."""
    assert read_overrides(" 127.0.0.1 : 5 , ::1:7,::1:+8,,") == {"127.0.0.1": 5, "::1": 8}
    assert read_overrides("") == read_overrides(",") == {}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("junk", "Error parsing configuration property 'max.connections.per.ip.overrides': "
         "begin 0, end -1, length 4"),
        ("a:5,,b:6", "Error parsing configuration property 'max.connections.per.ip.overrides': "
         "begin 0, end -1, length 0"),
        ("a:1_0", 'For input string: "1_0"'),
        ("a:99999999999", 'For input string: "99999999999"'),
        ("a/b:5,c:6", "max.connections.per.ip.overrides contains invalid addresses : a/b"),
        ("a:5,:6", None),
    ],
)  # fmt: skip
def test_overrides(text: str, wrong: str | None) -> None:
    assert broken_overrides(text) == wrong


@pytest.mark.parametrize(
    ("listeners", "wrong"),
    [
        ("PLAINTEXT://:9,CONTROLLER://:8", None),
        ("plaintext://[::1]:9,CONTROLLER://127.0.0.1:9", None),
        ("junk", "Unable to parse a listener name from junk"),
        ("PLAINTEXT://:9", "must contain at least one value appearing in the 'listeners'"),
        ("PLAINTEXT://:x", "from '[PLAINTEXT://:x]': Unable to parse PLAINTEXT://:x to a broker"),
        ("PLAINTEXT://:99999999999", 'For input string: "99999999999"'),
        ("PLAINTEXT://:9,PLAINTEXT://:8", "Each listener must have a different name, listeners: ["),
        ("PLAINTEXT://:9,CONTROLLER://:9", "Each listener must have a different port, listeners: "),
        ("X://:9", "No security protocol defined for listener X"),
        ("://:9", "The provided listener name is null or empty string"),
        # With one of another protocol Kafka does not guess that of controllers.
        ("CONTROLLER://:8,SSL://:7", "No security protocol defined for listener CONTROLLER"),
    ],
)
def test_listeners(listeners: str, wrong: str | None) -> None:
    found = broken_listeners(BrokerConfig({"listeners": listeners}), [LISTENERS])
    assert found is None if wrong is None else wrong in (found or "")


def test_what_clients_are_told_must_be_there() -> None:
    config = BrokerConfig(
        {"listeners": "CONTROLLER://:8", "advertised.listeners": "PLAINTEXT://a:9"}
    )
    assert "listener names must be equal to or a subset of" in (
        broken_listeners(config, [LISTENERS]) or ""
    )


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (BOTH, None),
        ("plaintext:plaintext,controller:Plaintext", None),
        ("junk", f"Error parsing configuration property '{PROTOCOL_MAP}': begin 0"),
        ("A:B", f"Invalid security protocol `B` defined in {PROTOCOL_MAP}"),
        ("PLAINTEXT:PLAINTEXT", "No security protocol defined for listener CONTROLLER"),
        (str(BROKER_SETTINGS[PROTOCOL_MAP].default), "defined for listener CONTROLLER"),
        ("", "No security protocol defined for listener PLAINTEXT"),
    ],
)
def test_protocols(text: str, wrong: str | None) -> None:
    """Two doors of one name, as the local ones are, are no harm where nobody named them."""
    listeners = "PLAINTEXT://127.0.0.1:9,PLAINTEXT://[::1]:9"
    config = BrokerConfig({"listeners": listeners, PROTOCOL_MAP: text})
    found = broken_listeners(config, [PROTOCOL_MAP])
    assert found is None if wrong is None else wrong in (found or "")


def test_what_a_broker_was_started_with_is_its_own_affair() -> None:
    assert broken_listeners(BrokerConfig({"listeners": "PLAINTEXT://:9"}), []) is None


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        (BOTH, None),
        ("PLAINTEXT:SSL,CONTROLLER:PLAINTEXT", "PLAINTEXT"),
        ("PLAINTEXT:PLAINTEXT,CONTROLLER:SSL", "CONTROLLER"),
    ],
)
def test_a_listener_goes_on_speaking_what_it_does(text: str, moved: str | None) -> None:
    before = BrokerConfig()
    found = moved_protocol(before, before.altered({PROTOCOL_MAP: text}, {}))
    assert found is None if moved is None else f"ListenerName({moved})" in (found or "")
