"""Altered settings take effect without a restart (Kafka's DynamicBrokerConfig, KIP-226)."""

from __future__ import annotations

from collections.abc import Iterable

from kbroker.metadata.catalog import Catalog
from kbroker.replicas.replica_manager import ReplicaManager
from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.resources import (
    ALL_BROKERS,
    BROKER,
    CLIENT_METRICS,
    TOPIC,
    Resource,
)
from kbroker.telemetry import ClientTelemetry


class DynamicBrokerSettings:
    __slots__ = ("_catalog", "_node_id", "_replicas", "_settings", "_telemetry")

    def __init__(
        self,
        settings: BrokerSettings,
        node_id: int,
        catalog: Catalog,
        replicas: ReplicaManager,
        telemetry: ClientTelemetry,
    ) -> None:
        self._settings = settings
        self._node_id = node_id
        self._catalog = catalog
        self._replicas = replicas
        self._telemetry = telemetry

    def apply_stored(self) -> None:
        """Takes over the settings that the catalog has for this broker."""
        configs = self._catalog.image.configs
        own = configs.get((BROKER, str(self._node_id)), {})
        self._settings.set_dynamic(own, configs.get((BROKER, ALL_BROKERS), {}))

    def altered(self, resources: set[Resource]) -> None:
        """Called when settings of ``resources`` have changed. Topics take their defaults from those
        of the broker."""
        topics: Iterable[str] = [name for kind, name in resources if kind == TOPIC]
        if any(kind == BROKER for kind, _name in resources):
            self.apply_stored()
            topics = [topic.name for topic in self._catalog.image.topics()]
        if any(kind == CLIENT_METRICS for kind, _name in resources):
            self._telemetry.subscriptions_changed()
        self._replicas.reconfigure(topics)
