"""What holds on one broker: what it was given, layered over Kafka's defaults."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from kbroker.settings.consistency import broken_rule
from kbroker.settings.definitions import BROKER_SETTINGS, SINGLE_NODE, TOPIC_SETTINGS
from kbroker.settings.definitions.brokers import aliases
from kbroker.settings.setting import InvalidValue, SettingError, Value, text_of
from kbroker.settings.sources import Source, Synonym

MIN_ISR = "min.insync.replicas"


class BrokerSettings:
    """Values by Kafka's names. Look them up when they are used, since they may change.

    Above what was given at the start lies what the catalog holds: settings of all brokers, then
    those of this one (KIP-226). Names that Kafka does not define are kept, too: they are for
    plug-ins.
    """

    __slots__ = ("_cluster", "_given", "_own", "_values")

    def __init__(self, given: Mapping[str, str] | None = None) -> None:
        """``given`` holds texts by name. Raises SettingError."""
        self._given: dict[str, str] = {}
        self._values: dict[str, Value] = {}
        self._own: Mapping[str, str] = {}
        self._cluster: Mapping[str, str] = {}
        for name, text in (SINGLE_NODE | _with_both_ids(given or {})).items():
            self.set(name, text)
        wrong = broken_rule(self)
        if wrong:
            raise SettingError(wrong)

    def set(self, name: str, text: str) -> None:
        """As if it had been given at the start. Raises SettingError."""
        setting = BROKER_SETTINGS.get(name)
        if setting is not None:
            try:
                self._values[name] = setting.parse(text)
            except InvalidValue as error:
                raise SettingError(str(error)) from None
        self._given[name] = text

    def altered(self, own: Mapping[str, str], cluster: Mapping[str, str]) -> BrokerSettings:
        """What there would be with other settings in the catalog."""
        settings = BrokerSettings()
        settings._given = self._given
        settings.set_dynamic(own, cluster)
        return settings

    def set_dynamic(self, own: Mapping[str, str], cluster: Mapping[str, str]) -> None:
        """Takes over what the catalog holds of this broker and of all. A value that cannot be read,
        perhaps one of another release, does not count."""
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
        names = aliases(name)
        defaults = {
            alias: text_of(BROKER_SETTINGS[alias].default)
            for alias in names
            if alias in BROKER_SETTINGS
        }
        layers: tuple[tuple[Mapping[str, str | None], Source], ...] = (
            (self._own, Source.DYNAMIC_BROKER_CONFIG),
            (self.cluster_defaults(), Source.DYNAMIC_DEFAULT_BROKER_CONFIG),
            (self._given, Source.STATIC_BROKER_CONFIG),
            (defaults, Source.DEFAULT_CONFIG),
        )
        found: list[Synonym] = []
        for layer, source in layers:
            for alias in names:
                text = layer.get(alias)
                if text is not None and (found or alias == name):
                    found.append(Synonym(alias, text, source))
        return found

    def unknown(self) -> list[Synonym]:
        """What is set under names that Kafka does not define, what counts first."""
        layers = (
            (self._own, Source.DYNAMIC_BROKER_CONFIG),
            (self._cluster, Source.DYNAMIC_DEFAULT_BROKER_CONFIG),
            (self._given, Source.STATIC_BROKER_CONFIG),
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

    def number(self, name: str) -> float:
        """Of a DOUBLE setting."""
        value = self.value(name)
        assert isinstance(value, float)
        return value

    def flag(self, name: str) -> bool:
        return bool(self.value(name))

    def text(self, name: str) -> str:
        value = self.value(name)
        return "" if value is None else str(value)

    def items(self, name: str) -> list[str]:
        """The parts of a LIST setting."""
        return [part.strip() for part in self.text(name).split(",") if part.strip()]

    def topic_default(self, name: str) -> tuple[Value, Source]:
        """(value, source) of a topic setting where the topic itself says nothing.

        A time may be given in milliseconds, else minutes, else hours (KafkaConfig.logRetention).
        """
        setting = TOPIC_SETTINGS[name]
        for alias, unit_ms in aliases(setting.broker).items() if setting.broker else ():
            value = self._values.get(alias)
            if value is None:
                continue
            if isinstance(value, int) and unit_ms > 1:
                value *= unit_ms
            if name == "retention.ms" and isinstance(value, int):
                value = max(value, -1)  # any negative one is forever
            return value, self.synonyms(alias)[0].source
        if setting.broker == MIN_ISR:
            return setting.default, Source.DYNAMIC_DEFAULT_BROKER_CONFIG
        return setting.default, Source.DEFAULT_CONFIG


def _with_both_ids(given: Mapping[str, str]) -> dict[str, str]:
    """``broker.id`` is the old name of ``node.id``: either one speaks for both.

    Raises SettingError where they differ.
    """
    told = {given[name].strip() for name in ("node.id", "broker.id") if name in given}
    if len(told) > 1:
        raise SettingError("broker.id is the old name of node.id: set one of them")
    node_id = next(iter(told), SINGLE_NODE["node.id"])
    return {"node.id": node_id, "broker.id": node_id, **given}
