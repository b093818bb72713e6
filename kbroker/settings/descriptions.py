"""Settings as DescribeConfigs shows them: value, source, type, and what else could have counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from kbroker.loggers import levels
from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.definitions import (
    BROKER_SETTINGS,
    CLIENT_METRICS_SETTINGS,
    GROUP_SETTINGS,
    TOPIC_SETTINGS,
)
from kbroker.settings.definitions.brokers import aliases
from kbroker.settings.setting import PASSWORD, UNTYPED, text_of
from kbroker.settings.sources import Source, Synonym
from kbroker.settings.topic_settings import effective
from kbroker.settings.updatable import Updatable


class ConfigEntry(NamedTuple):
    """``value`` is None where there is none, and where it is secret."""

    name: str
    type: str
    value: str | None
    source: Source
    synonyms: list[Synonym]
    doc: str | None = None
    read_only: bool = False

    @property
    def is_sensitive(self) -> bool:
        """A setting that Kafka does not define could be a secret, too."""
        return (
            self.type in (PASSWORD, UNTYPED) and self.source != Source.DYNAMIC_BROKER_LOGGER_CONFIG
        )


def topic_entries(given: Mapping[str, str], settings: BrokerSettings) -> Iterator[ConfigEntry]:
    """All settings of a topic, over those of the broker that they fall back on."""
    for name, setting in TOPIC_SETTINGS.items():
        if setting.internal and name not in given:
            continue
        synonyms = settings.synonyms(setting.broker) if setting.broker else []
        value, _source = effective(name, given, settings)
        if name in given:
            value = text_of(setting.parse(given[name]))
            synonyms = [Synonym(name, value, Source.DYNAMIC_TOPIC_CONFIG), *synonyms]
        yield ConfigEntry(name, setting.type, value, _source_of(synonyms), synonyms, setting.doc)


def broker_entries(settings: BrokerSettings) -> Iterator[ConfigEntry]:
    """All settings of this broker."""
    for name, setting in BROKER_SETTINGS.items():
        synonyms = settings.synonyms(name)
        if setting.internal and _source_of(synonyms) is Source.DEFAULT_CONFIG:
            continue
        value, read_only = text_of(settings.value(name)), setting.updatable is Updatable.NEVER
        yield _concealed(
            ConfigEntry(
                name, setting.type, value, _source_of(synonyms), synonyms, setting.doc, read_only
            )
        )
    for name in dict.fromkeys(synonym.name for synonym in settings.unknown()):
        yield _undefined(settings.synonyms(name))


def cluster_entries(settings: BrokerSettings) -> Iterator[ConfigEntry]:
    """What was set for all brokers at once."""
    for name, value in settings.cluster_defaults().items():
        source = Source.DYNAMIC_DEFAULT_BROKER_CONFIG
        synonyms = [Synonym(name, value, source)]
        if name in BROKER_SETTINGS:
            setting = BROKER_SETTINGS[name]
            yield _concealed(ConfigEntry(name, setting.type, value, source, synonyms, setting.doc))
        else:
            yield _undefined(synonyms)


def group_entries(given: Mapping[str, str], settings: BrokerSettings) -> Iterator[ConfigEntry]:
    """All settings of a group, over those of the broker that they fall back on."""
    for name, setting in GROUP_SETTINGS.items():
        if setting.broker is not None:
            synonyms = settings.synonyms(setting.broker)
        else:
            default = text_of(setting.default) or ""
            synonyms = [Synonym(name, default, Source.DEFAULT_CONFIG)]
        if name in given:
            shown = text_of(setting.parse(given[name])) or ""
            synonyms = [Synonym(name, shown, Source.DYNAMIC_GROUP_CONFIG), *synonyms]
        _name, value, source = synonyms[0]
        yield ConfigEntry(name, setting.type, value, source, synonyms, setting.doc)


def client_metrics_entries(given: Mapping[str, str]) -> Iterator[ConfigEntry]:
    """All settings of a subscription; there is nothing that they fall back on."""
    for name, setting in CLIENT_METRICS_SETTINGS.items():
        if name in given:
            value, source = (
                text_of(setting.parse(given[name])),
                Source.DYNAMIC_CLIENT_METRICS_CONFIG,
            )
            synonyms = [Synonym(name, value, source)]
        else:
            value, source, synonyms = text_of(setting.default), Source.DEFAULT_CONFIG, []
        yield ConfigEntry(name, setting.type, value, source, synonyms, setting.doc)


def logger_entries() -> Iterator[ConfigEntry]:
    """Levels by logger, which have no type in Kafka."""
    for name, level in levels().items():
        yield ConfigEntry(name, UNTYPED, level, Source.DYNAMIC_BROKER_LOGGER_CONFIG, [])


def _source_of(synonyms: Sequence[Synonym]) -> Source:
    """That of the first synonym. What a setting in other units says has none, though it counts:
    CreateTopics tells where that came from."""
    return synonyms[0].source if synonyms else Source.DEFAULT_CONFIG


def _undefined(synonyms: list[Synonym]) -> ConfigEntry:
    """A plug-in's; or one listener's, which has the type of what its name ends with."""
    name, value, source = synonyms[0]
    types = [BROKER_SETTINGS[one].type for one in aliases(name) if one in BROKER_SETTINGS]
    kind = types[0] if types else UNTYPED
    return _concealed(ConfigEntry(name, kind, value, source, synonyms, read_only=True))


def _concealed(entry: ConfigEntry) -> ConfigEntry:
    """Nobody is shown a secret."""
    if not entry.is_sensitive:
        return entry
    synonyms = [synonym._replace(value=None) for synonym in entry.synonyms]
    return entry._replace(value=None, synonyms=synonyms)
