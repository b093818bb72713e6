"""What a running broker may be told: Kafka's checks of settings of brokers. Pure.

The checks, their order and their messages are those of DynamicBrokerSettings and SocketServer.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping

from kbroker.java_hashing import hash_map_order
from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.consistency import broken_rule, dynamic, forbidden_step, resized_too_much
from kbroker.settings.definitions import BROKER_SETTINGS
from kbroker.settings.definitions.brokers import without_listener
from kbroker.settings.listeners import LISTENERS, PROTOCOL_MAP, broken_listeners
from kbroker.settings.setting import InvalidValue, Value
from kbroker.settings.sources import Source
from kbroker.settings.updatable import Updatable

_LIMITS = ("max.connections", "max.connection.creation.rate")
_THREADS = "num.network.threads"


def broken_by_themselves(given: Mapping[str, str], *, of_all: bool) -> str | None:
    """What is wrong first with what would be set on a broker, or on ``of_all``."""
    return next(_broken_by_themselves(given, of_all), None)


def broken_together(before: BrokerSettings, after: BrokerSettings) -> str | None:
    """What is wrong first with all that would hold on a broker."""
    live = [
        name
        for name in (LISTENERS, PROTOCOL_MAP)
        if after.synonyms(name)[0].source == Source.DYNAMIC_BROKER_CONFIG
    ]
    return (
        broken_listeners(after, live)
        or broken_rule(after)
        or next(_broken_in_listeners(before, after), None)
        or forbidden_step(before, after)
    )


def _broken_by_themselves(given: Mapping[str, str], of_all: bool) -> Iterator[str]:
    """Names that Kafka does not define may be set: they are for plug-ins."""
    names = hash_map_order(given)
    yield from _listed("Cannot update these configs dynamically", _only(names, Updatable.NEVER))
    yield from _listed(
        "These security configs can be dynamically updated only per-listener using the listener "
        "prefix",
        _only(names, Updatable.ONE_LISTENER),
    )
    bare = {without_listener(name) or name: given[name] for name in names}
    for name, setting in BROKER_SETTINGS.items():
        if name in bare and setting.updatable is not Updatable.NEVER:
            try:
                setting.parse(bare[name])
            except InvalidValue as error:
                yield str(error)
    if of_all:
        of_listeners = [
            name
            for name in names
            if (bare_name := without_listener(name)) is not None
            and bare_name not in _only((bare_name,), Updatable.EVERY_LEVEL)
        ]
        yield from _listed(
            "Cannot update these configs at default cluster level, broker id must be specified",
            [*_only(names, Updatable.ONE_BROKER), *of_listeners],
        )


def _only(names: Iterable[str], updatable: Updatable) -> list[str]:
    """Those settings among the names that can be changed so."""
    return [
        name
        for name in names
        if name in BROKER_SETTINGS and BROKER_SETTINGS[name].updatable is updatable
    ]


def _listed(why: str, names: Iterable[str]) -> Iterator[str]:
    listed = ", ".join(names)
    if listed:
        yield f"{why}: [{listed}]"


def _broken_in_listeners(before: BrokerSettings, after: BrokerSettings) -> Iterator[str]:
    """Each listener has limits of its own, under its name."""
    controllers = before.items("controller.listener.names")
    for text in before.items("listeners"):
        name = text.partition(":")[0]
        if name not in controllers:
            yield from _broken_in_listener(f"listener.name.{name.lower()}.", before, after)


def _broken_in_listener(
    prefix: str, before: BrokerSettings, after: BrokerSettings
) -> Iterator[str]:
    try:
        values = _own_values(prefix, after)
    except InvalidValue as error:
        yield dynamic(str(error))
        return
    for name in _LIMITS:
        if values.get(name, after.value(name)) == 0:
            yield dynamic(f"Invalid {name} 0")
    old: Value = before.value(_THREADS)
    with contextlib.suppress(InvalidValue):  # stored by a release that did not look
        old = _own_values(prefix, before).get(_THREADS, old)
    new = values.get(_THREADS, after.value(_THREADS))
    assert isinstance(old, int)
    assert isinstance(new, int)
    wrong = resized_too_much(_THREADS, old, new)
    if wrong:
        yield wrong


def _own_values(prefix: str, settings: BrokerSettings) -> dict[str, Value]:
    """What is set for one listener alone. Raises InvalidValue."""
    own = {
        one.name.removeprefix(prefix): one.value or ""
        for one in reversed(settings.unknown())
        if one.name.startswith(prefix)
    }
    return {
        name: BROKER_SETTINGS[name].parse(own[name])
        for name in hash_map_order(own)
        if name in BROKER_SETTINGS
    }
