"""Where a broker listens, and what a running one is told of that."""

from __future__ import annotations

import pytest

from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.definitions import BROKER_SETTINGS
from kbroker.settings.listeners import (
    LISTENERS,
    LOOPBACK,
    PROTOCOL_MAP,
    Endpoint,
    ListenerSettings,
    advertised_addresses,
    advertised_endpoints,
    broken_listeners,
    broken_overrides,
    chosen_listeners,
    moved_protocol,
    read_overrides,
    show_bound,
)
from kbroker.settings.setting import SettingError

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
    found = broken_listeners(BrokerSettings({"listeners": listeners}), [LISTENERS])
    assert found is None if wrong is None else wrong in (found or "")


def test_what_clients_are_told_must_be_there() -> None:
    config = BrokerSettings(
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
    """Two of one name, as those of the loopback are, are no harm where they were not given."""
    listeners = "PLAINTEXT://127.0.0.1:9,PLAINTEXT://[::1]:9"
    config = BrokerSettings({"listeners": listeners, PROTOCOL_MAP: text})
    found = broken_listeners(config, [PROTOCOL_MAP])
    assert found is None if wrong is None else wrong in (found or "")


def test_what_a_broker_was_started_with_is_its_own_affair() -> None:
    assert broken_listeners(BrokerSettings({"listeners": "PLAINTEXT://:9"}), []) is None


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        (BOTH, None),
        ("PLAINTEXT:SSL,CONTROLLER:PLAINTEXT", "PLAINTEXT"),
        ("PLAINTEXT:PLAINTEXT,CONTROLLER:SSL", "CONTROLLER"),
    ],
)
def test_a_listener_goes_on_speaking_what_it_does(text: str, moved: str | None) -> None:
    before = BrokerSettings()
    found = moved_protocol(before, before.altered({PROTOCOL_MAP: text}, {}))
    assert found is None if moved is None else f"ListenerName({moved})" in (found or "")


def test_those_of_the_settings() -> None:
    """Names are read in any case; the controller's listener is not for clients."""
    config = BrokerSettings(
        {
            "listeners": "plaintext://:9092,IN://[::1]:9093,CONTROLLER://:9094",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,IN:PLAINTEXT",
        }
    )
    assert chosen_listeners(config, None, None, ["IN=out:1"]) == [
        ("PLAINTEXT", ("",), 9092, None), ("IN", ("::1",), 9093, ("out", 1)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("host", "port", "hosts", "bound_port"),
    [
        (None, None, LOOPBACK, 9092),
        ("localhost", None, LOOPBACK, 9092),
        ("0.0.0.0", 5, ("0.0.0.0",), 5),
        (None, 0, LOOPBACK, 0),
    ],
)
def test_that_of_the_command_line(
    host: str | None, port: int | None, hosts: tuple[str, ...], bound_port: int
) -> None:
    """Where it says nothing and the settings say nothing, this machine's loopback."""
    [listener] = chosen_listeners(BrokerSettings(), host, port, [])
    assert (listener.name, listener.hosts, listener.port) == ("PLAINTEXT", hosts, bound_port)


def test_the_command_line_counts_above_the_settings() -> None:
    settings = BrokerSettings({"listeners": "PLAINTEXT://:1"})
    [listener] = chosen_listeners(settings, None, 7, [])
    assert (listener.hosts, listener.port) == (LOOPBACK, 7)


def test_a_port_that_cannot_be() -> None:
    with pytest.raises(SettingError, match="there is no port 70000"):
        chosen_listeners(BrokerSettings(), None, 70000, [])


def test_an_address_for_no_listener() -> None:
    with pytest.raises(SettingError, match="advertised for OUT, which is no listener"):
        chosen_listeners(BrokerSettings(), None, None, ["OUT=a:1"])


def test_a_fixed_address_may_leave_the_port_to_the_listener() -> None:
    bound = [Endpoint("IN", "127.0.0.1", 9), Endpoint("OUT", "127.0.0.1", 8)]
    listeners = [
        ListenerSettings("IN", LOOPBACK, 0, ("a", 0)),
        ListenerSettings("OUT", LOOPBACK, 0, ("b", 1)),
        ListenerSettings("OTHER", LOOPBACK, 0),
    ]
    assert advertised_endpoints(listeners, bound) == {"IN": ("a", 9), "OUT": ("b", 1)}


def test_what_was_bound_is_shown() -> None:
    settings = BrokerSettings()
    bound = [Endpoint("PLAINTEXT", "127.0.0.1", 9), Endpoint("PLAINTEXT", "::", 9)]
    show_bound(settings, bound, {"IN": ("a", 1)})
    assert settings.text("listeners") == "PLAINTEXT://127.0.0.1:9,PLAINTEXT://[::]:9"
    assert settings.text("advertised.listeners") == "PLAINTEXT://127.0.0.1:9,IN://a:1"


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
    config = BrokerSettings({"advertised.listeners": FROM_KAFKA})
    assert advertised_addresses(config, texts) == told


def test_the_controller_advertises_nothing_to_clients() -> None:
    """Though the server.properties that comes with Kafka names it."""
    config = BrokerSettings({"advertised.listeners": "PLAINTEXT://a:1,CONTROLLER://a:2"})
    assert advertised_addresses(config, []) == {"PLAINTEXT": ("a", 1)}


@pytest.mark.parametrize("text", ["broker", ":1", "broker:x", "broker:65536", "A=broker"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(SettingError, match="HOST:PORT"):
        advertised_addresses(BrokerSettings(), [text])


def test_nobody_can_connect_to_everywhere() -> None:
    with pytest.raises(SettingError, match=r"advertised as 0\.0\.0\.0"):
        advertised_addresses(BrokerSettings({"advertised.listeners": "PLAINTEXT://0.0.0.0:1"}), [])


@pytest.mark.parametrize(
    "listeners",
    [
        "9092",
        "PLAINTEXT://",
        "A://b",
        "CONTROLLER://:1",
        "SSL://:1",
        "PLAINTEXT://:1,plaintext://:2",
        "PLAINTEXT://:70000",
        "PLAINTEXT://:-1",
    ],
)
def test_what_is_no_listener_is_refused(listeners: str) -> None:
    with pytest.raises(SettingError):
        chosen_listeners(BrokerSettings({"listeners": listeners}), None, None, [])
