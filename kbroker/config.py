"""The settings of one broker: what was given, layered over Kafka's defaults.

Sources, weakest first: defaults, a ``server.properties`` file, ``KAFKA_*`` variables (mapped as
Apache's image maps them), ``-c key=value``.
"""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from kbroker.config_defs import BROKER_SETTINGS, SINGLE_NODE, TOPIC_SETTINGS
from kbroker.setting_rules import broken_rule
from kbroker.settings import InvalidValue, Value, text_of

# Settings of KRaft's own set-up, and of the image's scripts, that mean nothing to kbroker.
_IGNORED_VARIABLES = frozenset(
    {"KAFKA_HEAP_OPTS", "KAFKA_OPTS", "KAFKA_JVM_PERFORMANCE_OPTS", "KAFKA_JMX_OPTS",
     "KAFKA_JMX_PORT", "KAFKA_LOG4J_OPTS", "KAFKA_LOG4J_LOGGERS", "KAFKA_LOG4J_ROOT_LOGLEVEL",
     "KAFKA_TOOLS_LOG4J_LOGLEVEL", "KAFKA_GC_LOG_OPTS", "KAFKA_HOME", "KAFKA_DEBUG"}
)  # fmt: skip

# Where a value comes from, as DescribeConfigs numbers it.
DYNAMIC_TOPIC_CONFIG = 1
DYNAMIC_BROKER_CONFIG = 2
DYNAMIC_DEFAULT_BROKER_CONFIG = 3
STATIC_BROKER_CONFIG = 4
DEFAULT_CONFIG = 5
DYNAMIC_BROKER_LOGGER_CONFIG = 6
CLIENT_METRICS_CONFIG = 7
GROUP_CONFIG = 8


MIN_ISR = "min.insync.replicas"


class ConfigError(Exception):
    """A setting that cannot be used; the message tells the operator which and why."""


class Synonym(NamedTuple):
    """One of the places that a value may come from; ``value`` is the text that is shown."""

    name: str
    value: str | None  # None is a secret
    source: int


class BrokerConfig:
    """Values by Kafka's names. They are looked up when they are used, since they may change.

    Above what was given at the start lies what the catalog holds: settings of all brokers, then
    those of this one (KIP-226).
    """

    __slots__ = ("_cluster", "_given", "_own", "_values")

    def __init__(self, given: Mapping[str, str] | None = None) -> None:
        """``given`` holds texts by name. Raises ConfigError."""
        self._given: dict[str, str] = {}
        self._values: dict[str, Value] = {}
        self._own: Mapping[str, str] = {}
        self._cluster: Mapping[str, str] = {}
        for name, text in (SINGLE_NODE | _with_both_ids(given or {})).items():
            self.set(name, text)
        wrong = broken_rule(self)
        if wrong:
            raise ConfigError(wrong)

    def set(self, name: str, text: str) -> None:
        setting = BROKER_SETTINGS.get(name)
        if setting is None:
            raise ConfigError(f"unknown setting {name!r}{_nearest(name, BROKER_SETTINGS)}")
        try:
            self._values[name] = setting.parse(text)
        except InvalidValue as error:
            raise ConfigError(str(error)) from None
        self._given[name] = text

    def altered(self, own: Mapping[str, str], cluster: Mapping[str, str]) -> BrokerConfig:
        """What there would be with other settings in the catalog."""
        config = BrokerConfig()
        config._given = self._given
        config.set_dynamic(own, cluster)
        return config

    def set_dynamic(self, own: Mapping[str, str], cluster: Mapping[str, str]) -> None:
        """Takes over what the catalog holds of this broker and of all. Names that Kafka does not
        know may be among them, and values of another release that cannot be read: those do not
        count."""
        self._own, self._cluster = own, cluster
        self._values = {}
        for layer in (self._given, cluster, own):
            for name, text in layer.items():
                if name in BROKER_SETTINGS:
                    with contextlib.suppress(InvalidValue):
                        self._values[name] = BROKER_SETTINGS[name].parse(text)

    def cluster_defaults(self) -> dict[str, str]:
        """What is set for all brokers at once: with eligible leader replicas (KIP-966) a cluster
        stores one of them when it is formatted."""
        formatted = self._given.get(MIN_ISR) or text_of(BROKER_SETTINGS[MIN_ISR].default)
        return {MIN_ISR: str(formatted), **self._cluster}

    def synonyms(self, name: str) -> list[Synonym]:
        """Where the value of a broker setting could come from, what counts first.

        Some settings come in several units. Those of another unit are told behind an entry of the
        very name, and not without one (Kafka's ConfigHelper.configSynonyms).
        """
        defaults = {alias: BROKER_SETTINGS[alias].default for alias in _aliases(name)}
        layers = (
            (self._own, DYNAMIC_BROKER_CONFIG),
            (self.cluster_defaults(), DYNAMIC_DEFAULT_BROKER_CONFIG),
            (self._given, STATIC_BROKER_CONFIG),
            ({alias: text_of(value) for alias, value in defaults.items()}, DEFAULT_CONFIG),
        )
        found: list[Synonym] = []
        for layer, source in layers:
            for alias in defaults:
                text = layer.get(alias)
                if text is not None and (found or alias == name):
                    found.append(Synonym(alias, text, source))
        return found

    def unknown(self) -> list[Synonym]:
        """What the catalog holds under names that Kafka does not know, for whatever plug-in."""
        layers = (
            (self._own, DYNAMIC_BROKER_CONFIG),
            (self._cluster, DYNAMIC_DEFAULT_BROKER_CONFIG),
        )
        return [
            Synonym(name, text, source)
            for layer, source in layers
            for name, text in layer.items()
            if name not in BROKER_SETTINGS
        ]

    def is_given(self, name: str) -> bool:
        return name in self._given

    def value(self, name: str) -> Value:
        if name in self._values:
            return self._values[name]
        return BROKER_SETTINGS[name].default

    def integer(self, name: str) -> int:
        value = self.value(name)
        assert isinstance(value, int)
        return value

    def flag(self, name: str) -> bool:
        return bool(self.value(name))

    def text(self, name: str) -> str:
        value = self.value(name)
        return "" if value is None else str(value)

    def items(self, name: str) -> list[str]:
        """The parts of a LIST setting."""
        return [part.strip() for part in self.text(name).split(",") if part.strip()]

    def topic_default(self, name: str) -> tuple[Value, int]:
        """(value, source) of a topic setting where the topic itself says nothing.

        A time may be given in milliseconds, else minutes, else hours (KafkaConfig.logRetention).
        """
        setting = TOPIC_SETTINGS[name]
        for alias, unit_ms in _aliases(setting.broker).items() if setting.broker else ():
            value = self._values.get(alias)
            if value is None:
                continue
            if isinstance(value, int) and unit_ms > 1:
                value *= unit_ms
            if name == "retention.ms" and isinstance(value, int):
                value = max(value, -1)  # any negative one is forever
            return value, self.synonyms(alias)[0].source
        if setting.broker == MIN_ISR:
            return setting.default, DYNAMIC_DEFAULT_BROKER_CONFIG
        return setting.default, DEFAULT_CONFIG


def _with_both_ids(given: Mapping[str, str]) -> dict[str, str]:
    """``broker.id`` is the old name of ``node.id``: either one speaks for both.

    Raises ConfigError where they differ.
    """
    told = {given[name].strip() for name in ("node.id", "broker.id") if name in given}
    if len(told) > 1:
        raise ConfigError("broker.id is the old name of node.id: set one of them")
    node_id = next(iter(told), SINGLE_NODE["node.id"])
    return {"node.id": node_id, "broker.id": node_id, **given}


# Settings that say the same in other units, with how many milliseconds those are.
_UNITS_MS = {"ms": 1, "minutes": 60_000, "hours": 3_600_000}
_TIMES = ("log.retention", "log.roll", "log.roll.jitter")


def _aliases(name: str) -> dict[str, int]:
    """The settings that may stand for ``name``, the one that counts first, and their units."""
    if name == "log.flush.interval.ms":
        return {name: 1, "log.flush.scheduler.interval.ms": 1}
    stem, _, unit = name.rpartition(".")
    if stem not in _TIMES or unit not in _UNITS_MS:
        return {name: 1}
    units = {f"{stem}.{unit}": unit_ms for unit, unit_ms in _UNITS_MS.items()}
    return {alias: unit_ms for alias, unit_ms in units.items() if alias in BROKER_SETTINGS}


def _nearest(name: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, names, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


_LINE_END = re.compile(r"\r\n|\r|\n")
_BLANKS = " \t\f"
_PAIR = re.compile(r"((?:\\.|[^\\=: \t\f])*)[ \t\f]*[=:]?[ \t\f]*(.*)", re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.|$)", re.DOTALL)
_ESCAPED = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def read_properties(text: str) -> dict[str, str]:
    """The pairs of a properties file, read as java.util.Properties does. Raises ConfigError."""
    pairs: dict[str, str] = {}
    for line in _logical_lines(text):
        pair = _PAIR.fullmatch(line)
        assert pair is not None
        name, value = (_ESCAPE.sub(_meant, part) for part in pair.groups())
        pairs[name] = value
    return pairs


def _logical_lines(text: str) -> Iterator[str]:
    """Without comments; what an odd backslash ends goes on in the next line."""
    logical = ""
    for natural in _LINE_END.split(text):
        part = natural.lstrip(_BLANKS)
        if not logical and (not part or part[0] in "#!"):
            continue
        logical += part
        if (len(part) - len(part.rstrip("\\"))) % 2:
            logical = logical[:-1]
            continue
        yield logical
        logical = ""
    if logical:
        yield logical


def _meant(escape: re.Match[str]) -> str:
    name = escape[1]
    if name == "u":
        raise ConfigError(f"{escape.string!r}: \\u is followed by four hexadecimal digits")
    return chr(int(name[1:], 16)) if len(name) > 1 else _ESCAPED.get(name, name)


def environment_settings(environment: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """(settings, variables that were left alone) of the ``KAFKA_*`` variables.

    Apache's image turns ``_`` into ``.``, ``__`` into ``_`` and ``___`` into ``-``. A variable that
    maps to no setting of a broker is left alone: the image's own scripts have such, too.
    """
    settings, ignored = {}, []
    for variable, value in sorted(environment.items()):
        if not variable.startswith("KAFKA_") or variable in _IGNORED_VARIABLES:
            continue
        name = variable.removeprefix("KAFKA_").lower()
        name = name.replace("___", "-").replace("__", "\0").replace("_", ".").replace("\0", "_")
        if name in BROKER_SETTINGS:
            settings[name] = value
        else:
            ignored.append(variable)
    return settings, ignored
