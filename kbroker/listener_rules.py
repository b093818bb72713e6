"""What settings of listeners owe to each other, and the maps that some of them hold.

The words are those of KafkaConfig, CoreUtils and DynamicListenerConfig; they reach clients.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from kbroker.java_hashing import hash_map_order
from kbroker.java_numbers import fits, read_integer, trimmed
from kbroker.settings import InvalidValue

LISTENERS, ADVERTISED = "listeners", "advertised.listeners"
PROTOCOL_MAP = "listener.security.protocol.map"
CONTROLLERS = "controller.listener.names"
PER_IP_OVERRIDES = "max.connections.per.ip.overrides"
_PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
_COMMA = re.compile(r"\s*,\s*", re.ASCII)
_HOST = re.compile(r"[0-9a-zA-Z\-%._:]*")
_ENDPOINT = re.compile(r"(.*)://\[?([0-9a-zA-Z\-%._:]*)\]?:(-?[0-9]+)")


class Settings(Protocol):
    """What is read of a BrokerConfig."""

    def text(self, name: str) -> str: ...

    def items(self, name: str) -> list[str]: ...

    def synonyms(self, name: str) -> Sequence[object]: ...


class Endpoint(NamedTuple):
    name: str
    host: str
    port: int


def read_map(name: str, text: str) -> dict[str, str]:
    """The pairs of ``key:value,key:value``; the last colon counts. Raises InvalidValue."""
    pairs: dict[str, str] = {}
    items = text.rstrip(", \t\n\r\f\v")
    for item in _COMMA.split(items) if items else ():
        key, colon, value = item.rpartition(":")
        if not colon:
            raise InvalidValue(
                f"Error parsing configuration property '{name}': "
                f"begin 0, end -1, length {len(item)}"
            )
        pairs[trimmed(key)] = trimmed(value)
    return pairs


def read_overrides(text: str) -> dict[str, int]:
    """How many connections single addresses may have. Raises InvalidValue."""
    pairs = read_map(PER_IP_OVERRIDES, text)
    return {address: _java_int(pairs[address]) for address in hash_map_order(pairs)}


def broken_overrides(text: str) -> str | None:
    try:
        addresses = read_overrides(text)
    except InvalidValue as error:
        return str(error)
    invalid = [address for address in addresses if not _HOST.fullmatch(address)]
    if not invalid:
        return None
    return f"{PER_IP_OVERRIDES} contains invalid addresses : {','.join(invalid)}"


def broken_listeners(settings: Settings, live: Collection[str]) -> str | None:
    """What is wrong with where a running broker is told to listen; ``live`` are the settings that
    it was not started with.

    A Kafka of both roles listens for controllers, too, and insists on it. Here none does, so what
    it was started with goes for having such.
    """
    texts, controllers = settings.items(LISTENERS), settings.items(CONTROLLERS)
    if LISTENERS not in live:
        if PROTOCOL_MAP not in live:
            return None
        texts += [f"{name}://:0" for name in controllers]
    try:
        protocols = _protocols(settings)
        names = _endpoint_names(texts, protocols, distinct=LISTENERS in live)
        told = _endpoint_names(settings.items(ADVERTISED), protocols, distinct=False)
    except InvalidValue as error:
        return str(error)
    missing = [name for name in controllers if name not in names]
    if missing:
        what = "only contain values" if missing != controllers else "contain at least one value"
        return (
            f"requirement failed: {CONTROLLERS} must {what} appearing in the '{LISTENERS}' "
            "configuration when running the KRaft controller role"
        )
    told = [name for name in told if name not in controllers]
    if not set(told) <= set(names):
        return (
            f"requirement failed: {ADVERTISED} listener names must be equal to or a subset of the "
            f"ones defined in {LISTENERS}. Found {','.join(told)}. The valid options based on the "
            f"current configuration are {','.join(names)}"
        )
    return None


def moved_protocol(before: Settings, after: Settings) -> str | None:
    """What is wrong if a listener that is there is to speak something else."""
    if before.text(PROTOCOL_MAP) == after.text(PROTOCOL_MAP):
        return None
    old, new = _protocols(before), _protocols(after)
    there = [text.partition(":")[0].upper() for text in before.items(LISTENERS)]
    for name in there + before.items(CONTROLLERS):
        if name in new and old.get(name) != new[name]:
            return f"Security protocol cannot be updated for existing listener ListenerName({name})"
    return None


def _protocols(settings: Settings) -> dict[str, str]:
    """What the listeners speak, by their names. Raises InvalidValue.

    Only where nobody gave the map Kafka adds what controllers speak, be it in the same words.
    """
    text, controllers = settings.text(PROTOCOL_MAP), settings.items(CONTROLLERS)
    is_default = len(settings.synonyms(PROTOCOL_MAP)) == 1
    names = [_named(one) for one in settings.items(LISTENERS)] if is_default else []
    found: dict[str, str] = {}
    for name, protocol in read_map(PROTOCOL_MAP, text).items():
        if protocol.upper() not in _PROTOCOLS:
            raise InvalidValue(f"Invalid security protocol `{protocol}` defined in {PROTOCOL_MAP}")
        found[_normalised(name)] = protocol.upper()
    if is_default and not any(name in _PROTOCOLS[1:] for name in names + controllers):
        found |= dict.fromkeys(controllers, "PLAINTEXT")
    return found


def _named(text: str) -> str:
    name, colon, _rest = text.partition(":")
    if not colon:
        raise InvalidValue(f"Unable to parse a listener name from {text}")
    return name.upper()


def _normalised(name: str) -> str:
    if not name:
        raise InvalidValue("The provided listener name is null or empty string")
    return name.upper()


def _endpoint_names(
    texts: Sequence[str], protocols: Mapping[str, str], *, distinct: bool
) -> list[str]:
    """Raises InvalidValue, also for two of a kind if they are to be ``distinct``."""
    shown = f"[{', '.join(texts)}]"
    try:
        endpoints = [_endpoint(text, protocols) for text in texts]
        names = [one.name for one in endpoints]
        # Two may share a port where one of them has an address of IPv6.
        ports = [(one.port, ":" in one.host) for one in endpoints if one.port]
        for what, all_of_them in (("name", names), ("port", ports)):
            if distinct and len(set(all_of_them)) < len(all_of_them):
                raise InvalidValue(
                    f"Each listener must have a different {what}, listeners: {shown}"
                )
    except InvalidValue as error:
        raise InvalidValue(f"Error creating broker listeners from '{shown}': {error}") from None
    return names


def _endpoint(text: str, protocols: Mapping[str, str]) -> Endpoint:
    found = _ENDPOINT.fullmatch(text)
    if not found:
        raise InvalidValue(f"Unable to parse {text} to a broker endpoint")
    name, port = _normalised(found[1]), _java_int(found[3])
    if name not in protocols:
        raise InvalidValue(f"No security protocol defined for listener {name}")
    return Endpoint(name, found[2], port)


def _java_int(text: str) -> int:
    number = read_integer(text)
    if number is None or not fits(number, 32):
        raise InvalidValue(f'For input string: "{text}"')
    return number
