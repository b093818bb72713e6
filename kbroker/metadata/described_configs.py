"""Settings as DescribeConfigs shows them: value, source, type, and what else might have counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from kbroker.config import (
    CLIENT_METRICS_CONFIG,
    DEFAULT_CONFIG,
    DYNAMIC_BROKER_LOGGER_CONFIG,
    DYNAMIC_DEFAULT_BROKER_CONFIG,
    DYNAMIC_TOPIC_CONFIG,
    GROUP_CONFIG,
    BrokerConfig,
    Synonym,
)
from kbroker.config_defs import BROKER_SETTINGS, TOPIC_SETTINGS
from kbroker.config_defs.client_metrics import CLIENT_METRICS_SETTINGS
from kbroker.config_defs.groups import GROUP_SETTINGS
from kbroker.loggers import levels
from kbroker.metadata.configs import effective
from kbroker.metadata.updatable import UPDATABLE
from kbroker.settings import PASSWORD, UNTYPED, Setting, text_of


class ConfigEntry(NamedTuple):
    """``value`` is None where there is none, and where it is secret."""

    setting: Setting
    value: str | None
    source: int
    synonyms: list[Synonym]
    read_only: bool = False

    @property
    def is_sensitive(self) -> bool:
        """What nobody knows may be a secret, too."""
        return (
            self.setting.type in (PASSWORD, UNTYPED) and self.source != DYNAMIC_BROKER_LOGGER_CONFIG
        )


def topic_entries(overrides: Mapping[str, str], config: BrokerConfig) -> Iterator[ConfigEntry]:
    """All settings of a topic, over those of the broker that they fall back on."""
    for name, setting in TOPIC_SETTINGS.items():
        broker_name = setting.broker
        synonyms = config.synonyms(broker_name) if broker_name in BROKER_SETTINGS else []
        value, _source = effective(name, overrides, config)
        if name in overrides:
            value = text_of(setting.parse(overrides[name]))
            synonyms = [Synonym(name, value, DYNAMIC_TOPIC_CONFIG), *synonyms]
        yield ConfigEntry(setting, value, _source_of(synonyms), synonyms)


def broker_entries(config: BrokerConfig) -> Iterator[ConfigEntry]:
    """All settings of this broker."""
    for name, setting in BROKER_SETTINGS.items():
        synonyms = config.synonyms(name)
        value, source = text_of(config.value(name)), _source_of(synonyms)
        yield _concealed(ConfigEntry(setting, value, source, synonyms, name not in UPDATABLE))
    by_name: dict[str, list[Synonym]] = {}
    for synonym in config.unknown():
        by_name.setdefault(synonym.name, []).append(synonym)
    for synonyms in by_name.values():
        yield _unknown(synonyms)


def cluster_entries(config: BrokerConfig) -> Iterator[ConfigEntry]:
    """What was set for all brokers at once."""
    for name, value in config.cluster_defaults().items():
        source = DYNAMIC_DEFAULT_BROKER_CONFIG
        synonyms = [Synonym(name, value, source)]
        if name in BROKER_SETTINGS:
            yield _concealed(ConfigEntry(BROKER_SETTINGS[name], value, source, synonyms))
        else:
            yield _unknown(synonyms)


def group_entries(overrides: Mapping[str, str], config: BrokerConfig) -> Iterator[ConfigEntry]:
    """All settings of a group, over those of the broker that they fall back on."""
    for name, setting in GROUP_SETTINGS.items():
        if setting.broker is not None:
            synonyms = config.synonyms(setting.broker)
        else:
            synonyms = [Synonym(name, text_of(setting.default) or "", DEFAULT_CONFIG)]
        if name in overrides:
            shown = text_of(setting.parse(overrides[name])) or ""
            synonyms = [Synonym(name, shown, GROUP_CONFIG), *synonyms]
        yield ConfigEntry(setting, synonyms[0].value, synonyms[0].source, synonyms)


def client_metrics_entries(overrides: Mapping[str, str]) -> Iterator[ConfigEntry]:
    """All settings of a subscription; there is nothing that they fall back on."""
    for name, setting in CLIENT_METRICS_SETTINGS.items():
        if name in overrides:
            value = text_of(setting.parse(overrides[name]))
            synonyms = [Synonym(name, value, CLIENT_METRICS_CONFIG)]
            yield ConfigEntry(setting, value, CLIENT_METRICS_CONFIG, synonyms)
        else:
            yield ConfigEntry(setting, text_of(setting.default), DEFAULT_CONFIG, [])


def logger_entries() -> Iterator[ConfigEntry]:
    """Levels by logger, which have no type in Kafka."""
    for name, level in levels().items():
        yield ConfigEntry(Setting(name, UNTYPED, None), level, DYNAMIC_BROKER_LOGGER_CONFIG, [])


def _source_of(synonyms: Sequence[Synonym]) -> int:
    """That of the first synonym. What a setting in other units says has none, though it counts:
    CreateTopics tells where that came from."""
    return synonyms[0].source if synonyms else DEFAULT_CONFIG


def _unknown(synonyms: list[Synonym]) -> ConfigEntry:
    name, value, source = synonyms[0]
    return _concealed(
        ConfigEntry(Setting(name, UNTYPED, None), value, source, synonyms, read_only=True)
    )


def _concealed(entry: ConfigEntry) -> ConfigEntry:
    """Nobody is shown a secret."""
    if not entry.is_sensitive:
        return entry
    synonyms = [synonym._replace(value=None) for synonym in entry.synonyms]
    return entry._replace(value=None, synonyms=synonyms)
