"""What a running broker may be told: Kafka's checks of settings of brokers. Pure.

The checks, their order and their words are those of DynamicBrokerConfig and SocketServer.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping

from kbroker.config import DYNAMIC_BROKER_CONFIG, BrokerConfig
from kbroker.config_defs import BROKER_SETTINGS
from kbroker.java_hashing import hash_map_order
from kbroker.listener_rules import LISTENERS, PROTOCOL_MAP, broken_listeners
from kbroker.metadata.updatable import (
    IN_ORDER,
    PER_BROKER,
    PER_LISTENER,
    PER_LISTENER_OF_ALL,
    UPDATABLE,
)
from kbroker.setting_rules import broken_rule, dynamic, forbidden_step, resized_too_much
from kbroker.settings import InvalidValue, Value

_OF_A_LISTENER = re.compile(r"listener\.name\.[^.]*\.(.*)")
_LIMITS = ("max.connections", "max.connection.creation.rate")
_THREADS = "num.network.threads"


def broken_by_themselves(given: Mapping[str, str], *, of_all: bool) -> str | None:
    """What is wrong first with what would be set on a broker, or on ``of_all``."""
    return next(_broken_by_themselves(given, of_all), None)


def broken_together(before: BrokerConfig, after: BrokerConfig) -> str | None:
    """What is wrong first with all that would hold on a broker."""
    live = [
        name
        for name in (LISTENERS, PROTOCOL_MAP)
        if after.synonyms(name)[0].source == DYNAMIC_BROKER_CONFIG
    ]
    return (
        broken_listeners(after, live)
        or broken_rule(after)
        or next(_broken_in_listeners(before, after), None)
        or forbidden_step(before, after)
    )


def _broken_by_themselves(given: Mapping[str, str], of_all: bool) -> Iterator[str]:
    """Names that Kafka does not know may be set: they are for plug-ins."""
    names = hash_map_order(given)
    yield from _listed(
        "Cannot update these configs dynamically",
        (name for name in names if name in BROKER_SETTINGS and name not in UPDATABLE),
    )
    yield from _listed(
        "These security configs can be dynamically updated only per-listener using the listener "
        "prefix",
        (name for name in names if name in PER_LISTENER),
    )
    bare = {_bare(name) or name: given[name] for name in names}
    for name in IN_ORDER:
        if name in bare:
            try:
                BROKER_SETTINGS[name].parse(bare[name])
            except InvalidValue as error:
                yield str(error)
    if of_all:
        of_listeners = [name for name in names if _bare(name) not in (None, *PER_LISTENER_OF_ALL)]
        yield from _listed(
            "Cannot update these configs at default cluster level, broker id must be specified",
            [*(name for name in names if name in PER_BROKER), *of_listeners],
        )


def _bare(name: str) -> str | None:
    """The setting without the name of a listener before it, None where there is none."""
    found = _OF_A_LISTENER.fullmatch(name)
    return found[1] if found else None


def _listed(why: str, names: Iterable[str]) -> Iterator[str]:
    listed = ", ".join(names)
    if listed:
        yield f"{why}: [{listed}]"


def _broken_in_listeners(before: BrokerConfig, after: BrokerConfig) -> Iterator[str]:
    """Each listener has limits of its own, where its name stands before theirs."""
    controllers = before.items("controller.listener.names")
    for text in before.items("listeners"):
        name = text.partition(":")[0]
        if name not in controllers:
            yield from _broken_in_listener(f"listener.name.{name.lower()}.", before, after)


def _broken_in_listener(prefix: str, before: BrokerConfig, after: BrokerConfig) -> Iterator[str]:
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


def _own_values(prefix: str, config: BrokerConfig) -> dict[str, Value]:
    """What is set for one listener alone. Raises InvalidValue."""
    own = {
        one.name.removeprefix(prefix): one.value or ""
        for one in reversed(config.unknown())
        if one.name.startswith(prefix)
    }
    return {
        name: BROKER_SETTINGS[name].parse(own[name])
        for name in hash_map_order(own)
        if name in BROKER_SETTINGS
    }
