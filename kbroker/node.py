"""Node: one broker, built from its parts. Handlers see it as ``ctx.node``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kbroker.advertised_addresses import AdvertisedAddresses
from kbroker.clock import Clock
from kbroker.coordinator.group.coordinator import GroupCoordinator
from kbroker.coordinator.transaction.coordinator import TransactionCoordinator
from kbroker.dynamic_broker_settings import DynamicBrokerSettings
from kbroker.held_answers import HeldAnswers
from kbroker.metadata.auto_topic_creation import AutoTopicCreation
from kbroker.metadata.brokers import Address, BrokerRegistration
from kbroker.metadata.catalog import Catalog
from kbroker.metadata.features import TRANSACTION_VERSION, finalized_levels
from kbroker.metadata.image import CONSUMER_OFFSETS, TRANSACTION_STATE, TopicImage
from kbroker.metadata.metadata_log import LEADER_EPOCH, MetadataLog
from kbroker.metadata.producer_ids import ProducerIds
from kbroker.metadata.topic_names import CLUSTER_METADATA
from kbroker.replicas.coordinator_log import InternalTopicLog
from kbroker.replicas.durability import NO_FSYNC, FsyncPolicy, Worker
from kbroker.replicas.replica_manager import ReplicaManager
from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.topic_settings import log_config
from kbroker.telemetry import TOPIC as TELEMETRY_TOPIC
from kbroker.telemetry import ClientTelemetry
from kbroker.timers import Timers
from kbroker.transaction_markers import TransactionMarkers
from storage import LogStore
from wire.integers import MAX_INT32
from wire.uuids import METADATA_TOPIC_ID

# The changes of one request are one batch of any size; metadata/record_limit.py limits its records.
METADATA_LOG_SETTINGS = {"max.message.bytes": str(MAX_INT32)}


class Node:
    """One broker of the cluster, over an opened log directory. ``load`` has to be called first.

    ``worker`` runs what waits for the disk, ``cleaner_worker`` cleanings, which take longer.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        log_dir: LogStore,
        clock: Clock,
        timers: Timers,
        worker: Worker,
        cleaner_worker: Worker,
        advertised_addresses: AdvertisedAddresses,
        fsync: FsyncPolicy = NO_FSYNC,
    ) -> None:
        assert log_dir.meta is not None
        self.settings = settings
        self.clock = clock
        self.timers = timers
        self.node_id = log_dir.meta.node_id
        self.cluster_id = log_dir.meta.cluster_id
        self.advertised_addresses = advertised_addresses
        self.replicas = ReplicaManager(
            log_dir,
            settings,
            clock,
            timers,
            lambda: self.metadata.image,
            worker,
            cleaner_worker,
            fsync,
        )
        metadata_log = log_dir.open_log(
            CLUSTER_METADATA,
            0,
            METADATA_TOPIC_ID,
            log_config(METADATA_LOG_SETTINGS, BrokerSettings()),
            clock.now_ms(),
        )
        metadata_partition = self.replicas.host(metadata_log, LEADER_EPOCH)
        self.metadata = Catalog(
            MetadataLog(
                metadata_partition,
                lambda: self.replicas.note_uncommitted(
                    metadata_partition, settings.integer("request.timeout.ms")
                ),
            ),
            clock,
            self.node_id,
        )
        self.auto_topic_creation = AutoTopicCreation(self.metadata, settings)
        self.producer_ids = ProducerIds(self.metadata)
        self.held_answers = HeldAnswers(self.replicas.uncommitted, clock, timers)
        self.groups = GroupCoordinator(
            settings, clock, timers, InternalTopicLog(CONSUMER_OFFSETS, self.replicas, clock)
        )
        self.markers = TransactionMarkers(self.replicas, self.groups, clock)
        self.transactions = TransactionCoordinator(
            settings,
            clock,
            timers,
            InternalTopicLog(TRANSACTION_STATE, self.replicas, clock),
            self.markers,
            self.producer_ids.next_id,
            lambda: finalized_levels(self.metadata.image)[TRANSACTION_VERSION],
        )
        self.telemetry = ClientTelemetry(settings, clock, lambda: self.metadata.image)
        self.telemetry_log = InternalTopicLog(TELEMETRY_TOPIC, self.replicas, clock)
        self._dynamic_settings = DynamicBrokerSettings(
            settings, self.node_id, self.metadata, self.replicas, self.telemetry
        )

    def load(self, endpoints: Mapping[str, Address]) -> None:
        """Loads the catalog, the partitions, the groups and the transactions from the logs, and
        registers this broker with its ``endpoints``, by listener."""
        self.metadata.load(BrokerRegistration(self.node_id, endpoints))
        self._dynamic_settings.apply_stored()
        self.replicas.load()
        self.groups.load()
        self.transactions.load()
        self.metadata.listen_to_topics(self.replicas.topics_changed)
        self.metadata.listen_to_topics(self._tell_coordinators)
        self.metadata.listen_to_configs(self._dynamic_settings.altered)

    def close(self, *, clean: bool) -> None:
        self.replicas.close(clean=clean)

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
