"""Topics that are created when they are first used (Kafka's AutoTopicCreationManager)."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from kbroker.metadata.catalog import Catalog
from kbroker.metadata.image import (
    CONSUMER_OFFSETS,
    INTERNAL_TOPICS,
    TRANSACTION_STATE,
    TopicImage,
)
from kbroker.metadata.topic_creation import NewTopic, TopicDefaults, plan_topic
from kbroker.settings.broker_settings import BrokerSettings
from wire.errors import KafkaError

log = logging.getLogger("kbroker")

# For each topic of a coordinator: the prefix of the broker settings for it, and the settings that
# Kafka gives the topic.
_COORDINATOR_TOPICS = {
    CONSUMER_OFFSETS: ("offsets.topic", {"compression.type": "producer"}),
    TRANSACTION_STATE: (
        "transaction.state.log",
        {"compression.type": "uncompressed", "unclean.leader.election.enable": "false"},
    ),
}


class AutoTopicCreation:
    __slots__ = ("_catalog", "_settings")

    def __init__(self, catalog: Catalog, settings: BrokerSettings) -> None:
        self._catalog = catalog
        self._settings = settings

    def ensure(self, topic: NewTopic) -> None:
        """Creates a topic unless it exists. Raises KafkaError."""
        image = self._catalog.latest
        if image.topic(topic.name) is None:
            plan = plan_topic(topic, image, TopicDefaults.of(self._settings))
            self._catalog.create_topics([plan])

    def ensure_internal(self, name: str) -> None:
        """Creates a coordinator's topic unless it exists. Raises KafkaError.

        Share groups have no coordinator yet, so their topic is not created.
        """
        if name in _COORDINATOR_TOPICS:
            self.ensure(self._coordinator_topic(name))

    def create(self, names: Iterable[str]) -> None:
        """Creates the named topics that can be created. As in Kafka the reason why one cannot is
        only logged."""
        if not self._settings.flag("auto.create.topics.enable"):
            return
        defaults = TopicDefaults.of(self._settings)
        plans: list[TopicImage] = []
        for name in names:
            try:
                if name in INTERNAL_TOPICS:
                    self.ensure_internal(name)
                else:
                    plans.append(plan_topic(NewTopic(name), self._catalog.latest, defaults))
            except KafkaError as error:
                log.warning("%s cannot be created: %s", name, error.message or error.code.name)
        if plans:
            self._catalog.create_topics(plans)

    def _coordinator_topic(self, name: str) -> NewTopic:
        prefix, configs = _COORDINATOR_TOPICS[name]
        own = {
            "cleanup.policy": "compact",
            "segment.bytes": str(self._settings.integer(f"{prefix}.segment.bytes")),
        }
        if name == TRANSACTION_STATE:
            own["min.insync.replicas"] = str(self._settings.integer(f"{prefix}.min.isr"))
        return NewTopic(
            name,
            self._settings.integer(f"{prefix}.num.partitions"),
            self._settings.integer(f"{prefix}.replication.factor"),
            configs=configs | own,
        )
