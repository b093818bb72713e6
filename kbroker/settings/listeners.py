"""Where a broker listens, and the address that its clients are told.

``listeners``, ``advertised.listeners``, the map of protocols and what the command line says of them
are parsed here. The messages about changes of a running broker reach clients: they are those of
KafkaConfig, CoreUtils and DynamicListenerConfig.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from kbroker.java_hashing import hash_map_order
from kbroker.java_numbers import fits, read_integer, trimmed
from kbroker.settings.setting import InvalidValue, SettingError

LISTENERS, ADVERTISED = "listeners", "advertised.listeners"
PROTOCOL_MAP = "listener.security.protocol.map"
CONTROLLERS = "controller.listener.names"
PER_IP_OVERRIDES = "max.connections.per.ip.overrides"
DEFAULT_NAME, DEFAULT_PORT = "PLAINTEXT", 9092
LOOPBACK = ("127.0.0.1", "::1")
_MAX_PORT = 65535
_PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
# Compiled when one is first needed: a start seldom needs any.
_COMMA = r"[ \t\n\r\f\v]*,[ \t\n\r\f\v]*"
_HOST = r"[0-9a-zA-Z\-%._:]*"
_ENDPOINT = r"(.*)://\[?([0-9a-zA-Z\-%._:]*)\]?:(-?[0-9]+)"


class Settings(Protocol):
    """What is read of BrokerSettings."""

    def text(self, name: str) -> str: ...

    def items(self, name: str) -> list[str]: ...

    def synonyms(self, name: str) -> Sequence[object]: ...


class ListenerSource(Settings, Protocol):
    """What is read and set of BrokerSettings when a broker starts."""

    def is_given(self, name: str) -> bool: ...

    def set(self, name: str, text: str) -> None: ...


class Endpoint(NamedTuple):
    """A name, and where it listens or is to be reached; the host "" is every address."""

    name: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.name}://{shown_address(self.host, self.port)}"


class ListenerSettings(NamedTuple):
    """One named listener: the addresses that it binds, all with one port (0: any free one), and
    what its clients are told, None for the address that they came in by."""

    name: str
    hosts: Sequence[str]
    port: int
    advertised: tuple[str, int] | None = None


def shown_address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def reachable(host: str) -> str:
    """A host to connect to: nobody can connect to "all addresses"."""
    return "localhost" if host in ("0.0.0.0", "::") else host  # noqa: S104  # shown


def chosen_listeners(
    settings: ListenerSource, host: str | None, port: int | None, advertise: Iterable[str]
) -> list[ListenerSettings]:
    """The listeners of a broker that starts: the one that ``host`` and ``port`` describe, or, where
    both are None, those of the settings.

    ``advertise`` has ``[NAME=]HOST:PORT`` or ``[NAME=]auto``, and counts above
    ``advertised.listeners``; ``auto`` takes back what came before. Raises SettingError.
    """
    if host is None and port is None and settings.is_given(LISTENERS):
        listeners = _given_listeners(settings)
    else:
        port = DEFAULT_PORT if port is None else _checked_port(port)
        listeners = [ListenerSettings(DEFAULT_NAME, _hosts(host or "localhost"), port)]
    advertised = advertised_addresses(settings, advertise)
    names = {listener.name for listener in listeners}
    if unknown := advertised.keys() - names:
        raise SettingError(f"an address is advertised for {min(unknown)}, which is no listener")
    return [one._replace(advertised=advertised.get(one.name)) for one in listeners]


def _given_listeners(settings: Settings) -> list[ListenerSettings]:
    """Those of ``listeners``, without those for controllers. Raises SettingError."""
    controllers = settings.items(CONTROLLERS)
    try:
        protocols = _protocols(settings)
    except InvalidValue as error:
        raise SettingError(str(error)) from None
    found: list[ListenerSettings] = []
    for name, host, port in map(_given_endpoint, settings.items(LISTENERS)):
        if name in controllers:
            continue
        if protocols.get(name) != "PLAINTEXT":
            raise SettingError(
                f"listener {name} is to speak {protocols.get(name, 'nothing')}: only PLAINTEXT is "
                f"served; name it in {PROTOCOL_MAP} as {name}:PLAINTEXT"
            )
        if any(listener.name == name for listener in found):
            raise SettingError(f"listeners names {name} twice")
        found.append(ListenerSettings(name, _hosts(host), _checked_port(port)))
    if not found:
        raise SettingError("listeners names no listener for clients")
    return found


def _hosts(host: str) -> Sequence[str]:
    return LOOPBACK if host == "localhost" else (host,)


def _checked_port(port: int) -> int:
    if not 0 <= port <= _MAX_PORT:
        raise SettingError(f"there is no port {port}: they end at {_MAX_PORT}")
    return port


def advertised_addresses(settings: Settings, texts: Iterable[str]) -> dict[str, tuple[str, int]]:
    """(host, port) by listener, as in ``chosen_listeners``. Raises SettingError."""
    controllers = settings.items(CONTROLLERS)
    found = {
        name: (host, port)
        for name, host, port in map(_given_endpoint, settings.items(ADVERTISED))
        if name not in controllers
    }
    for text in texts:
        name, equals, address = text.rpartition("=")
        if address == "auto" and equals:
            found.pop(name, None)
        elif address == "auto":
            found.clear()
        else:
            endpoint = _parsed(f"{name if equals else DEFAULT_NAME}://{address}")
            if endpoint is None or not endpoint.host or not 0 <= endpoint.port <= _MAX_PORT:
                raise SettingError(
                    f"--advertise {text}: it should look like [NAME=]HOST:PORT, or auto"
                )
            found[endpoint.name] = endpoint[1:]
    for name, (host, _port) in found.items():
        if reachable(host) != host:
            raise SettingError(f"{name} is advertised as {host}, where nobody can connect to")
    return found


def advertised_endpoints(
    listeners: Iterable[ListenerSettings], bound: Sequence[Endpoint]
) -> dict[str, tuple[str, int]]:
    """(host, port) by listener of those with a fixed address; for port 0 the one that was bound."""
    ports = {endpoint.name: endpoint.port for endpoint in bound}
    return {
        listener.name: (listener.advertised[0], listener.advertised[1] or ports[listener.name])
        for listener in listeners
        if listener.advertised is not None
    }


def show_bound(
    settings: ListenerSource, bound: Sequence[Endpoint], advertised: Mapping[str, tuple[str, int]]
) -> None:
    """Sets ``listeners`` and ``advertised.listeners`` to what was bound, whatever chose it, since
    that is what DescribeConfigs shows."""
    told = {name: (reachable(host), port) for name, host, port in reversed(bound)}
    told.update(advertised)
    settings.set(LISTENERS, ",".join(map(str, bound)))
    settings.set(ADVERTISED, ",".join(str(Endpoint(name, *told[name])) for name in told))


def _given_endpoint(text: str) -> Endpoint:
    endpoint = _parsed(text)
    if endpoint is None:
        raise SettingError(f"{text!r} is no listener: it should look like PLAINTEXT://host:9092")
    return endpoint


def _parsed(text: str) -> Endpoint | None:
    """``NAME://HOST:PORT``; Kafka takes names in any case. None for what does not look so."""
    found = re.fullmatch(_ENDPOINT, text)
    port = read_integer(found[3]) if found else None
    if found is None or port is None:
        return None
    return Endpoint(found[1].upper(), found[2], port)


def read_map(name: str, text: str) -> dict[str, str]:
    """The pairs of ``key:value,key:value``; the last colon counts. Raises InvalidValue."""
    pairs: dict[str, str] = {}
    items = text.rstrip(", \t\n\r\f\v")
    for item in re.split(_COMMA, items) if items else ():
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
    invalid = [address for address in addresses if not re.fullmatch(_HOST, address)]
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

    Kafka adds what controllers speak only where the map was not given, be it the default's text.
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
    endpoint = _parsed(text)
    if endpoint is None:
        raise InvalidValue(f"Unable to parse {text} to a broker endpoint")
    if not fits(endpoint.port, 32):
        raise InvalidValue(f'For input string: "{endpoint.port}"')
    if _normalised(endpoint.name) not in protocols:
        raise InvalidValue(f"No security protocol defined for listener {endpoint.name}")
    return endpoint


def _java_int(text: str) -> int:
    number = read_integer(text)
    if number is None or not fits(number, 32):
        raise InvalidValue(f'For input string: "{text}"')
    return number
