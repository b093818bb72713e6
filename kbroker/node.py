"""Node: the parts of one broker, in one object. It is what handlers see as ``ctx.node``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from kbroker.clock import Clock
from kbroker.context import ConnectionInfo, RequestContext
from kbroker.coordinator.group.coordinator import GroupCoordinator
from kbroker.coordinator.transaction.coordinator import TransactionCoordinator
from kbroker.held_answers import HeldAnswers
from kbroker.java_hashing import hash_map_order
from kbroker.metadata.catalog import Catalog
from kbroker.metadata.features import FEATURES, TRANSACTION_VERSION, Feature, finalized_levels
from kbroker.metadata.image import (
    CONSUMER_OFFSETS,
    INTERNAL_TOPICS,
    TRANSACTION_STATE,
    TopicImage,
)
from kbroker.metadata.metadata_log import TOPIC as METADATA_TOPIC
from kbroker.metadata.metadata_log import MetadataLog
from kbroker.metadata.topic_creation import ClusterDefaults, NewTopic, plan_topic
from kbroker.replicas.coordinator_log import InternalTopicLog
from kbroker.replicas.durability import NO_FSYNC, FsyncPolicy, Worker
from kbroker.replicas.replica_manager import ReplicaManager
from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.client_metrics_settings import Subscription, subscription
from kbroker.settings.resources import (
    ALL_BROKERS,
    BROKER,
    CLIENT_METRICS,
    TOPIC,
    Resource,
)
from kbroker.settings.topic_settings import log_config
from kbroker.telemetry import TOPIC as TELEMETRY_TOPIC
from kbroker.telemetry import ClientTelemetry
from kbroker.timers import Timers
from kbroker.transaction_markers import TransactionMarkers
from storage import LogStore
from wire.api_keys import ApiKey
from wire.uuids import METADATA_TOPIC_ID

# What Kafka sets on the topics of its coordinators; their other settings have this beginning.
_OWN_TOPICS = {
    CONSUMER_OFFSETS: ("offsets.topic", {"compression.type": "producer"}),
    TRANSACTION_STATE: (
        "transaction.state.log",
        {"compression.type": "uncompressed", "unclean.leader.election.enable": "false"},
    ),
}

RequestLog = Callable[[RequestContext, ApiKey, Any, Any], None]


class Node:
    """One broker of the cluster, over an opened log directory. ``load`` comes before anything else.

    ``advertised`` maps a listener's name to the (host, port) that its clients are told, and
    ``host_gateway`` is where clients on a container's host come from (network/host_gateway.py).
    ``request_log`` is called with every request and its answer, when somebody wants to see them;
    ``log_levels_changed`` when that may have changed.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        log_dir: LogStore,
        clock: Clock,
        timers: Timers,
        worker: Worker,
        fsync: FsyncPolicy = NO_FSYNC,
    ) -> None:
        assert log_dir.meta is not None
        self.settings = settings
        self.clock = clock
        self.timers = timers
        self.node_id = log_dir.meta.node_id
        self.cluster_id = log_dir.meta.cluster_id
        self.features: dict[str, Feature] = FEATURES
        self.advertised: dict[str, tuple[str, int]] = {}
        self.host_gateway: str | None = None
        self.advertised_apis: Sequence[tuple[ApiKey, int, int]] = ()
        self.advertised_with_telemetry: Sequence[tuple[ApiKey, int, int]] = ()
        self.request_log: RequestLog | None = None
        self.log_levels_changed: Callable[[], None] = lambda: None
        metadata_log = log_dir.open_log(
            METADATA_TOPIC, 0, METADATA_TOPIC_ID, log_config({}, BrokerSettings()), clock.now_ms()
        )
        self.metadata = Catalog(MetadataLog(metadata_log), clock, self.node_id)
        self.replicas = ReplicaManager(
            log_dir, settings, clock, timers, lambda: self.metadata.image, worker, fsync
        )
        self.held_answers = HeldAnswers(self.replicas.uncommitted, clock, timers)
        self.groups = GroupCoordinator(
            settings, clock, timers, InternalTopicLog(CONSUMER_OFFSETS, self.replicas, clock)
        )
        self.markers = TransactionMarkers(self.replicas, self.groups, clock)
        self._producer_ids = iter(range(0))
        self.transactions = TransactionCoordinator(
            settings,
            clock,
            timers,
            InternalTopicLog(TRANSACTION_STATE, self.replicas, clock),
            self.markers,
            self.next_producer_id,
            lambda: finalized_levels(self.features, self.metadata.image)[TRANSACTION_VERSION],
        )

        self.telemetry = ClientTelemetry(settings, clock, self._subscriptions)
        self.telemetry_log = InternalTopicLog(TELEMETRY_TOPIC, self.replicas, clock)

    def load(self) -> None:
        """Brings back what the logs hold: the catalog, the partitions, the groups, the
        transactions."""
        self.metadata.load()
        self._apply_broker_settings()
        self.replicas.load()
        self.groups.load()
        self.transactions.load()
        self.metadata.listen_to_topics(self.replicas.topics_changed)
        self.metadata.listen_to_topics(self._tell_coordinators)
        self.metadata.listen_to_configs(self._configs_altered)

    def close(self, *, clean: bool) -> None:
        self.replicas.close(clean=clean)

    def _apply_broker_settings(self) -> None:
        configs = self.metadata.image.configs
        own = configs.get((BROKER, str(self.node_id)), {})
        self.settings.set_dynamic(own, configs.get((BROKER, ALL_BROKERS), {}))

    def _configs_altered(self, altered: set[Resource]) -> None:
        """Settings hold from now on; those of brokers also for topics without their own."""
        topics: Iterable[str] = {name for kind, name in altered if kind == TOPIC}
        if any(kind == BROKER for kind, _name in altered):
            self._apply_broker_settings()
            topics = (topic.name for topic in self.metadata.image.topics())
        if any(kind == CLIENT_METRICS for kind, _name in altered):
            self.telemetry.changed()
        self.replicas.reconfigure(topics)

    def _subscriptions(self) -> list[Subscription]:
        """In the order of Kafka's map, for it shows in what clients are told."""
        configs = self.metadata.image.configs
        names = hash_map_order(name for kind, name in configs if kind == CLIENT_METRICS)
        return [subscription(configs[CLIENT_METRICS, name]) for name in names]

    def _tell_coordinators(
        self, _created: Sequence[TopicImage], deleted: Sequence[TopicImage]
    ) -> None:
        names = [topic.name for topic in deleted]
        if CONSUMER_OFFSETS in names:
            self.groups.unload()
        if TRANSACTION_STATE in names:
            self.transactions.unload()
        if names:
            self.groups.on_topics_deleted(names)

    @property
    def defaults(self) -> ClusterDefaults:
        return ClusterDefaults(
            (self.node_id,),
            self.settings.integer("num.partitions"),
            self.settings.integer("default.replication.factor"),
        )

    def endpoint(self, connection: ConnectionInfo) -> tuple[str, int]:
        """The address that the client of ``connection`` is told: one that it can reach."""
        fixed = self.advertised.get(connection.listener)
        if fixed is not None:
            return fixed
        from_host = connection.client_host == self.host_gateway
        return ("localhost" if from_host else connection.local_host), connection.local_port

    def next_producer_id(self) -> int:
        """An id that no producer was ever given (KIP-730: taken from blocks)."""
        for producer_id in self._producer_ids:
            return producer_id
        self._producer_ids = iter(self.metadata.next_producer_ids())
        return next(self._producer_ids)

    def is_internal(self, topic: str) -> bool:
        return topic in INTERNAL_TOPICS

    def ensure_topic(self, topic: NewTopic) -> None:
        """Creates a topic that is not there yet; leaves one that is. Raises KafkaError."""
        if self.metadata.image.topic(topic.name) is None:
            self.metadata.create_topics([plan_topic(topic, self.metadata.image, self.defaults)])

    def ensure_internal_topic(self, name: str) -> None:
        """Creates a coordinator's topic where it is missing. Raises KafkaError.

        There is no coordinator of share groups yet, nor its topic.
        """
        if name not in _OWN_TOPICS:
            return
        beginning, configs = _OWN_TOPICS[name]
        own = {
            "cleanup.policy": "compact",
            "segment.bytes": str(self.settings.integer(f"{beginning}.segment.bytes")),
        }
        if name == TRANSACTION_STATE:
            own["min.insync.replicas"] = str(self.settings.integer(f"{beginning}.min.isr"))
        self.ensure_topic(
            NewTopic(
                name,
                self.settings.integer(f"{beginning}.num.partitions"),
                self.settings.integer(f"{beginning}.replication.factor"),
                configs=configs | own,
            )
        )
