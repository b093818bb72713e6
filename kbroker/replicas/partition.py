"""One partition on this node: its log, its leader epoch, and how far it is committed."""

from __future__ import annotations

import logging
from functools import partial

from kbroker.isolation import run_isolated
from kbroker.replicas.commit_waiters import CommitWaiters, Done
from kbroker.replicas.durability import CommitRule
from kbroker.replicas.purgatory import Purgatory, Watched
from storage import AppendInfo, AppendOrigin, LogDirFailed, PartitionLog, only_batch
from wire.errors import ErrorCode, KafkaError
from wire.records.batch import Buffer

log = logging.getLogger("kbroker")

NO_EPOCH = -1
HIGH_WATERMARK = -1


class Partition(Watched):
    """Records before ``high_watermark`` are committed; consumers read up to it.

    ``log.log_end_offset`` may be higher. The commit rule moves the high watermark after it.
    """

    __slots__ = (
        "_commit_rule", "_commit_waiters", "_purgatory", "deleted", "high_watermark", "index",
        "leader_epoch", "log",
    )  # fmt: skip

    def __init__(
        self, log: PartitionLog, leader_epoch: int, purgatory: Purgatory, commit_rule: CommitRule
    ) -> None:
        super().__init__()
        self.log = log
        self.index = log.partition
        self.leader_epoch = leader_epoch
        self.high_watermark = log.log_end_offset
        self.deleted = False
        self._purgatory = purgatory
        self._commit_rule = commit_rule
        self._commit_waiters: CommitWaiters | None = None  # most partitions never have one

    def append(
        self, records: Buffer, now_ms: int, origin: AppendOrigin, transaction_version: int = 0
    ) -> AppendInfo:
        """Appends one batch. Raises what ``PartitionLog.append`` raises."""
        try:
            info = self.log.append(
                only_batch(records),
                leader_epoch=self.leader_epoch,
                now_ms=now_ms,
                origin=origin,
                transaction_version=transaction_version,
            )
        except LogDirFailed as error:  # not the client's fault, so it is logged
            log.error("%s", error)
            raise
        self._commit_rule.appended(self, info.last_offset + 1)
        return info

    # -- commit ----------------------------------------------------------------------------------

    def advance_high_watermark(self, offset: int) -> None:
        """Commits everything before ``offset``: marks waiting fetches, calls the commit waiters."""
        if offset <= self.high_watermark:
            return
        self.high_watermark = offset
        if self.waiting is not None:
            self._purgatory.changed(self)
        if self._commit_waiters is not None:
            self._tell(self._commit_waiters.take_committed(offset), ErrorCode.NONE)

    def when_committed(self, end_offset: int, done: Done) -> None:
        """Calls ``done`` when everything before ``end_offset`` is committed: at once if it is.

        Where the partition is deleted before that, the code is UNKNOWN_TOPIC_OR_PARTITION.
        """
        if end_offset <= self.high_watermark:
            done(ErrorCode.NONE)
        elif self.deleted:
            done(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
        else:
            if self._commit_waiters is None:
                self._commit_waiters = CommitWaiters()
            self._commit_waiters.add(end_offset, done)

    @staticmethod
    def _tell(waiters: list[Done], code: ErrorCode) -> None:
        for done in waiters:
            run_isolated(partial(done, code))

    # -- requests --------------------------------------------------------------------------------

    @property
    def last_stable_offset(self) -> int:
        """read_committed consumers read up to it: the first offset of an open transaction."""
        return self.log.last_stable_offset(self.high_watermark)

    def has_transaction(self, producer_id: int, producer_epoch: int) -> bool:
        """Whether the producer has written here in its open transaction."""
        return self.log.has_transaction(producer_id, producer_epoch)

    def is_epoch_over(self, producer_id: int, producer_epoch: int) -> bool:
        """Whether the producer is known here with a newer epoch."""
        return self.log.is_epoch_over(producer_id, producer_epoch)

    def check_leader_epoch(self, current_leader_epoch: int) -> None:
        """Compares the leader epoch that the client knows with ours (KIP-320).

        Raises KafkaError: FENCED_LEADER_EPOCH for an older one, UNKNOWN_LEADER_EPOCH for a newer.
        """
        if current_leader_epoch in (NO_EPOCH, self.leader_epoch):
            return
        if current_leader_epoch < self.leader_epoch:
            raise KafkaError(ErrorCode.FENCED_LEADER_EPOCH)
        raise KafkaError(ErrorCode.UNKNOWN_LEADER_EPOCH)

    def end_offset_for_epoch(self, epoch: int) -> tuple[int, int] | None:
        """(epoch, end offset) of the greatest epoch up to ``epoch``; None when it is unknown.

        A leader's own epoch is known before its first record.
        """
        if epoch == self.leader_epoch:
            return epoch, self.log.log_end_offset
        found = self.log.end_offset_for_epoch(epoch)
        if found is None and NO_EPOCH != epoch < self.leader_epoch:
            # The next record has the leader's own epoch, which starts at the log's end.
            latest = self.log.latest_epoch
            return (epoch if latest is None else latest), self.log.log_end_offset
        return found

    def delete_records(self, offset: int) -> int:
        """Moves the log start to ``offset`` (-1: the high watermark); returns the new log start.

        Raises KafkaError and what ``PartitionLog.delete_before`` raises.
        """
        if self.log.config.cleanup_policy == {"compact"}:
            raise KafkaError(ErrorCode.POLICY_VIOLATION)
        if offset == HIGH_WATERMARK:
            offset = self.high_watermark
        if not 0 <= offset <= self.high_watermark:
            raise KafkaError(ErrorCode.OFFSET_OUT_OF_RANGE)
        self.log.delete_before(offset)
        return self.log.log_start_offset

    def delete(self) -> None:
        """Answers all that wait for the partition, with UNKNOWN_TOPIC_OR_PARTITION."""
        self.deleted = True
        self._purgatory.changed(self)
        if self._commit_waiters is not None:
            self._tell(self._commit_waiters.take_all(), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
