"""Topics that are made when they are first needed (Kafka's AutoTopicCreationManager)."""

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

# What Kafka sets on the topics of its coordinators; the names of the broker's settings for them
# begin with the first text.
_COORDINATOR_TOPICS = {
    CONSUMER_OFFSETS: ("offsets.topic", {"compression.type": "producer"}),
    TRANSACTION_STATE: (
        "transaction.state.log",
        {"compression.type": "uncompressed", "unclean.leader.election.enable": "false"},
    ),
}


class AutoTopicCreation:
    __slots__ = ("_catalog", "_config")

    def __init__(self, catalog: Catalog, config: BrokerSettings) -> None:
        self._catalog = catalog
        self._config = config

    def ensure(self, topic: NewTopic) -> None:
        """Creates a topic that is not there yet; leaves one that is. Raises KafkaError."""
        image = self._catalog.latest
        if image.topic(topic.name) is None:
            plan = plan_topic(topic, image, TopicDefaults.of(self._config))
            self._catalog.create_topics([plan])

    def ensure_internal(self, name: str) -> None:
        """Creates a coordinator's topic where it is missing. Raises KafkaError.

        There is no coordinator of share groups yet, nor its topic.
        """
        if name in _COORDINATOR_TOPICS:
            self.ensure(self._coordinator_topic(name))

    def create(self, names: Iterable[str]) -> None:
        """Creates topics that clients named, as far as they can be. As with Kafka only the operator
        is told why one cannot."""
        if not self._config.flag("auto.create.topics.enable"):
            return
        defaults = TopicDefaults.of(self._config)
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
        beginning, configs = _COORDINATOR_TOPICS[name]
        own = {
            "cleanup.policy": "compact",
            "segment.bytes": str(self._config.integer(f"{beginning}.segment.bytes")),
        }
        if name == TRANSACTION_STATE:
            own["min.insync.replicas"] = str(self._config.integer(f"{beginning}.min.isr"))
        return NewTopic(
            name,
            self._config.integer(f"{beginning}.num.partitions"),
            self._config.integer(f"{beginning}.replication.factor"),
            configs=configs | own,
        )
