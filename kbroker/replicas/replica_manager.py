"""The partitions of this node: looked up by handlers, opened and deleted with their topics."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from kbroker.background import Background
from kbroker.clock import Clock
from kbroker.metadata.image import MetadataImage, TopicImage
from kbroker.metadata.topic_names import CLUSTER_METADATA
from kbroker.replicas.commit_waiters import CommitWait, UncommittedState
from kbroker.replicas.durability import Flusher, FsyncPolicy, Worker, commit_rule
from kbroker.replicas.fetch_sessions import FetchSessions
from kbroker.replicas.log_cleaner import LogCleaner
from kbroker.replicas.partition import Partition
from kbroker.replicas.purgatory import Purgatory
from kbroker.replicas.upkeep import Upkeep
from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.topic_settings import log_config
from kbroker.timers import Timers
from storage import DiskFull, LogConfig, LogStore, PartitionLog
from wire.errors import ErrorCode

_log = logging.getLogger("kbroker")

OPEN_AGAIN_MS = 1000  # after the disk had no room for a new log


class ReplicaManager:
    """Partitions by the name and by the id of their topic. ``fetch_sessions`` and ``purgatory`` are
    those of the node's Fetch requests."""

    __slots__ = (
        "_background",
        "_by_id",
        "_by_name",
        "_cleaner",
        "_clock",
        "_commit_rule",
        "_flusher",
        "_image",
        "_settings",
        "_timers",
        "_upkeep",
        "fetch_sessions",
        "log_dir",
        "purgatory",
        "uncommitted",
    )  # fmt: skip

    def __init__(
        self,
        log_dir: LogStore,
        settings: BrokerSettings,
        clock: Clock,
        timers: Timers,
        image: Callable[[], MetadataImage],
        worker: Worker,
        cleaner_worker: Worker,
        fsync: FsyncPolicy,
    ) -> None:
        self.log_dir = log_dir
        self._settings = settings
        self._clock = clock
        self._timers = timers
        self._image = image
        self._by_name: dict[str, list[Partition]] = {}
        self._by_id: dict[bytes, list[Partition]] = {}
        self._background = Background(clock, timers)
        self._upkeep = Upkeep(log_dir, settings, clock, self._background, worker, self.partitions)
        self._cleaner = LogCleaner(
            log_dir, settings, clock, self._background, cleaner_worker, self.partitions
        )
        self._flusher = Flusher(worker, clock, timers, fsync.delay_ms, self._upkeep.checkpoint_soon)
        self._commit_rule = commit_rule(fsync, self._flusher)
        self.purgatory = Purgatory(timers)
        self.uncommitted = UncommittedState()
        self.fetch_sessions = FetchSessions(
            settings.integer("max.incremental.fetch.session.cache.slots")
        )

    def load(self) -> None:
        """Opens the logs of all topics. Folders of no topic, as a crash during a deletion may leave
        them, are renamed first; they are not removed, since the catalog does not say so."""
        for name, index, topic_id in list(self.log_dir.topic_partitions()):
            topic = self._image().topic(name)
            is_ours = topic is not None and topic_id in (None, topic.topic_id)
            if not is_ours and name != CLUSTER_METADATA:
                aside = self.log_dir.set_aside(name, index)
                _log.warning("%s-%d belongs to no topic; it is kept as %s", name, index, aside)
        for topic in self._image().topics():
            self._open_logs(topic)
        self._upkeep.expire_producers()
        self._upkeep.start()
        self._cleaner.start()

    def close(self, *, clean: bool) -> None:
        """After a clean close the next start reads no records."""
        self._cleaner.close()
        self.log_dir.close(self._upkeep.high_watermarks(), clean=clean)

    def topics_changed(self, changed: Sequence[TopicImage], deleted: Sequence[TopicImage]) -> None:
        """Opens the logs of new partitions, and removes those of deleted topics."""
        for topic in changed:
            self._open_logs_now_or_later(topic.topic_id)
        for topic in deleted:
            del self._by_name[topic.name]
            for partition in self._by_id.pop(topic.topic_id):
                partition.delete()
                self.log_dir.delete_log(partition.log)

    def _open_logs_now_or_later(self, topic_id: bytes) -> None:
        """The new logs of a topic; once there is room where the disk is full. Nothing can have been
        written to them, so nobody waits for them but who would write."""
        topic = self._image().topic_by_id(topic_id)
        if topic is None:
            return
        try:
            self._open_logs(topic)
        except DiskFull as error:
            _log.error("partitions of %s cannot be opened now: %s", topic.name, error)
            again = partial(self._open_logs_now_or_later, topic_id)
            self._background.after(OPEN_AGAIN_MS, ("open logs", topic_id), again)

    def _open_logs(self, topic: TopicImage) -> None:
        """Opens those of the topic's logs that are not. Raises DiskFull."""
        config = log_config(topic.configs, self._settings)
        partitions = self._by_id.setdefault(topic.topic_id, [])
        self._by_name[topic.name] = partitions
        for image in topic.partitions[len(partitions) :]:
            opened = self.log_dir.open_log(
                topic.name, image.index, topic.topic_id, config, self._clock.now_ms()
            )
            partitions.append(self.host(opened, image.leader_epoch))

    def host(self, log: PartitionLog, leader_epoch: int) -> Partition:
        """A partition over an opened log, under the node's commit rule."""
        partition = Partition(log, leader_epoch, self.purgatory, self._commit_rule)
        if log.lost_records:
            _log.error(
                "%s ends at offset %d: its files were damaged, and %d records are lost",
                log.name,
                log.log_end_offset,
                log.lost_records,
            )
        if log.recovery_point < log.log_end_offset:
            self._commit_rule.recovered(partition)
        return partition

    def reconfigure(self, topics: Iterable[str]) -> None:
        """Gives the logs of these topics their settings of now, the topics' and the broker's."""
        made: dict[tuple[tuple[str, str], ...], LogConfig] = {}  # most topics share one
        for name in topics:
            topic = self._image().topic(name)
            assert topic is not None
            own = tuple(topic.configs.items())
            config = made.get(own) or log_config(topic.configs, self._settings)
            made[own] = config
            for partition in self.partitions_of(name):
                partition.log.config = config

    # -- commit ----------------------------------------------------------------------------------

    def note_uncommitted(
        self,
        partition: Partition,
        timeout_ms: float,
        code_for: Callable[[ErrorCode], ErrorCode] = lambda code: code,
    ) -> None:
        """The current answer rests on everything that ``partition`` holds now (see
        ``UncommittedState``)."""
        end_offset = partition.log.log_end_offset
        if partition.high_watermark < end_offset:
            self.uncommitted.note(partition, end_offset, timeout_ms, code_for)

    def when_all_committed(
        self,
        partitions: Iterable[Partition],
        timeout_ms: float,
        then: Callable[[Mapping[Partition, ErrorCode]], None],
    ) -> None:
        """Calls ``then`` when everything that the partitions hold now is committed: at once if it
        is. It gets the code of each partition that failed or is late (see ``CommitWait``).
        """
        missing = {
            partition: partition.log.log_end_offset
            for partition in partitions
            if partition.high_watermark < partition.log.log_end_offset
        }
        if missing:
            CommitWait(missing, self._timers, self._clock.monotonic_ms() + timeout_ms, then)
        else:
            then({})

    # -- look-ups --------------------------------------------------------------------------------

    def find(self, topic: str | bytes, index: int) -> Partition | None:
        """By the topic's name (str) or id (bytes)."""
        found = self._by_id.get(topic) if isinstance(topic, bytes) else self._by_name.get(topic)
        if found is None or not 0 <= index < len(found):
            return None
        return found[index]

    def missing(self, topic: str | bytes, index: int) -> ErrorCode:
        """The code for a partition that ``find`` does not find."""
        image = self._image()
        found = image.topic_by_id(topic) if isinstance(topic, bytes) else image.topic(topic)
        if found is None and isinstance(topic, bytes):
            return ErrorCode.UNKNOWN_TOPIC_ID
        if found is not None and 0 <= index < len(found.partitions):
            return ErrorCode.KAFKA_STORAGE_ERROR  # its log could not be opened yet
        return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION

    def partitions(self) -> Iterator[Partition]:
        for partitions in self._by_name.values():
            yield from partitions

    def partitions_of(self, topic: str) -> Sequence[Partition]:
        return self._by_name.get(topic, ())
