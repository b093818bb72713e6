"""Every setting of a broker, and what other settings take from them.

The defaults are Kafka's own. ``SINGLE_NODE`` is what Apache's image sets beside them when it starts
a broker that was given nothing: no initial rebalance delay, and internal topics of one replica.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import chain

from kbroker.settings.definitions import (
    broker_groups,
    broker_logs,
    broker_metrics_quotas,
    broker_network,
    broker_quorum,
    broker_remote_log,
    broker_replication,
    broker_security,
    broker_server,
    broker_share_coordinator,
    broker_transactions,
)
from kbroker.settings.setting import Check, Setting, Value
from kbroker.settings.status import Status

BROKER_SETTINGS = {
    setting.name: setting
    for setting in chain(
        broker_remote_log.SETTINGS,
        broker_server.SETTINGS,
        broker_quorum.SETTINGS,
        broker_network.SETTINGS,
        broker_replication.SETTINGS,
        broker_groups.SETTINGS,
        broker_logs.SETTINGS,
        broker_share_coordinator.SETTINGS,
        broker_transactions.SETTINGS,
        broker_metrics_quotas.SETTINGS,
        broker_security.SETTINGS,
    )
}

SINGLE_NODE = {
    "controller.listener.names": "CONTROLLER",
    "group.initial.rebalance.delay.ms": "0",
    "node.id": "1",
    "offsets.topic.replication.factor": "1",
    "process.roles": "broker,controller",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.replication.factor": "1",
}

# Settings that say the same in other units, with how many milliseconds those are.
_UNITS_MS = {"ms": 1, "minutes": 60_000, "hours": 3_600_000}
_TIMES = ("log.retention", "log.roll", "log.roll.jitter")

_OF_A_LISTENER = "listener.name."
# Between the listener's name and these stands that of a SASL mechanism.
_OF_A_MECHANISM = (
    "sasl.jaas.config", "sasl.login.callback.handler.class", "sasl.login.class",
    "sasl.server.callback.handler.class", "connections.max.reauth.ms",
)  # fmt: skip


def without_listener(name: str) -> str | None:
    """The setting behind ``listener.name.NAME.``, None for a name that does not begin so."""
    if not name.startswith(_OF_A_LISTENER):
        return None
    _listener, dot, bare = name.removeprefix(_OF_A_LISTENER).partition(".")
    return bare if dot else None


@lru_cache(maxsize=1024)  # clients may ask for any name
def aliases(name: str) -> Mapping[str, int]:
    """The broker settings that may stand for ``name``, the one that counts first, each with the
    milliseconds of its unit (1 for what is no time): Kafka's brokerConfigSynonyms."""
    bare = without_listener(name)
    if bare is not None:
        return {name: 1, next(filter(bare.endswith, _OF_A_MECHANISM), bare): 1}
    if name == "log.flush.interval.ms":
        return {name: 1, "log.flush.scheduler.interval.ms": 1}
    stem, _, unit = name.rpartition(".")
    if stem not in _TIMES or unit not in _UNITS_MS:
        return {name: 1}
    units = {f"{stem}.{unit}": unit_ms for unit, unit_ms in _UNITS_MS.items()}
    return {alias: unit_ms for alias, unit_ms in units.items() if alias in BROKER_SETTINGS}


def inheriting(
    name: str, kind: str, broker: str, status: Status, doc: str, *, valid: Check | None = None
) -> Setting:
    """A setting of a topic or group whose default is what the setting ``broker`` says."""
    return Setting(name, kind, _default(broker), status, doc, broker=broker, valid=valid)


def _default(name: str) -> Value:
    for alias, unit_ms in aliases(name).items():
        value = BROKER_SETTINGS[alias].default
        if value is not None:
            return value * unit_ms if unit_ms > 1 and isinstance(value, int) else value
    return None
