"""The partitions of this node: the handlers' way to them, and their life from folder to folder."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence

from kbroker.clock import Clock
from kbroker.metadata.image import MetadataImage, TopicImage
from kbroker.metadata.metadata_log import TOPIC as METADATA_TOPIC
from kbroker.replicas.fetch_sessions import FetchSessions
from kbroker.replicas.partition import Partition
from kbroker.replicas.purgatory import Purgatory
from kbroker.replicas.upkeep import Upkeep, Worker
from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.topic_settings import log_config
from kbroker.timers import Timers
from storage import LogConfig, LogDir
from wire.errors import ErrorCode

log = logging.getLogger("kbroker")


class ReplicaManager:
    """Partitions by the topic's name and by its id; ``fetch_sessions`` and ``purgatory`` belong to
    the requests that read them."""

    __slots__ = (
        "_by_id", "_by_name", "_clock", "_config", "_image", "_upkeep",
        "fetch_sessions", "log_dir", "purgatory",
    )  # fmt: skip

    def __init__(
        self,
        log_dir: LogDir,
        config: BrokerSettings,
        clock: Clock,
        timers: Timers,
        image: Callable[[], MetadataImage],
        worker: Worker,
    ) -> None:
        self.log_dir = log_dir
        self._config = config
        self._clock = clock
        self._image = image
        self._by_name: dict[str, list[Partition]] = {}
        self._by_id: dict[bytes, list[Partition]] = {}
        self._upkeep = Upkeep(log_dir, config, clock, timers, worker, self.partitions)
        self.purgatory = Purgatory(timers)
        self.fetch_sessions = FetchSessions(
            config.integer("max.incremental.fetch.session.cache.slots")
        )

    def load(self) -> None:
        """Opens the logs of all topics. Folders of no topic, such as a crash during a deletion may
        leave, are set aside first: nothing is removed that the catalog did not say to remove."""
        for name, index, topic_id in list(self.log_dir.topic_partitions()):
            topic = self._image().topic(name)
            is_ours = topic is not None and topic_id in (None, topic.topic_id)
            if not is_ours and name != METADATA_TOPIC:
                aside = self.log_dir.set_aside(name, index)
                log.warning("%s-%d belongs to no topic; it is kept as %s", name, index, aside)
        self.topics_changed(tuple(self._image().topics()), ())
        self._upkeep.expire_producers()
        self._upkeep.start()

    def close(self, *, clean: bool) -> None:
        """After a clean close the next start need not look at any record."""
        self.log_dir.close(self._upkeep.high_watermarks(), clean=clean)

    def topics_changed(self, changed: Sequence[TopicImage], deleted: Sequence[TopicImage]) -> None:
        """Opens the logs of new partitions, and removes those of deleted topics."""
        for topic in changed:
            config = log_config(topic.configs, self._config)
            partitions = self._by_id.setdefault(topic.topic_id, [])
            self._by_name[topic.name] = partitions
            partitions += [
                Partition(
                    self.log_dir.open_log(
                        topic.name, image.index, topic.topic_id, config, self._clock.now_ms()
                    ),
                    image.leader_epoch,
                    self.purgatory,
                    self._upkeep,
                )
                for image in topic.partitions[len(partitions) :]
            ]
        for topic in deleted:
            del self._by_name[topic.name]
            for partition in self._by_id.pop(topic.topic_id):
                partition.delete()
                self.log_dir.delete_log(partition.log)

    def reconfigure(self, topics: Iterable[str]) -> None:
        """Lets what is set now, on the topics or on the broker, hold for their logs."""
        made: dict[tuple[tuple[str, str], ...], LogConfig] = {}  # most topics have the same
        for name in topics:
            topic = self._image().topic(name)
            assert topic is not None
            own = tuple(topic.configs.items())
            config = made.get(own) or log_config(topic.configs, self._config)
            made[own] = config
            for partition in self.partitions_of(name):
                partition.log.config = config

    def find(self, topic: str | bytes, index: int) -> Partition | None:
        """By the topic's name (str) or id (bytes)."""
        found = self._by_id.get(topic) if isinstance(topic, bytes) else self._by_name.get(topic)
        if found is None or not 0 <= index < len(found):
            return None
        return found[index]

    def missing(self, topic: str | bytes) -> ErrorCode:
        """The code for a partition that ``find`` does not find."""
        if isinstance(topic, bytes) and topic not in self._by_id:
            return ErrorCode.UNKNOWN_TOPIC_ID
        return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION

    def partitions(self) -> Iterator[Partition]:
        for partitions in self._by_name.values():
            yield from partitions

    def partitions_of(self, topic: str) -> Sequence[Partition]:
        return self._by_name.get(topic, ())
