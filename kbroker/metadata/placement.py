"""Which brokers hold the replicas of new partitions. Pure.

With one node every replica list is that node. The checks and their messages are Kafka's
(``StripedReplicaPlacer``, ``ReplicationControlManager``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wire.errors import ErrorCode, KafkaError

Assignment = list[tuple[int, ...]]  # the replicas of each partition, preferred leader first


def place(partition_count: int, replication_factor: int, brokers: Sequence[int]) -> Assignment:
    """Spreads leaders over the brokers. Raises KafkaError(INVALID_REPLICATION_FACTOR)."""
    if replication_factor > len(brokers):
        raise KafkaError(
            ErrorCode.INVALID_REPLICATION_FACTOR,
            f"Unable to replicate the partition {replication_factor} time(s): The target "
            f"replication factor of {replication_factor} cannot be reached because only "
            f"{len(brokers)} broker(s) are registered or some brokers have all their log "
            "directories cordoned.",
        )
    return [
        tuple(brokers[(index + shift) % len(brokers)] for shift in range(replication_factor))
        for index in range(partition_count)
    ]


def check_manual(
    assignments: Iterable[tuple[int, list[int]]], brokers: Sequence[int]
) -> Assignment:
    """A manual assignment: the index and replicas of each partition, checked one by one.

    Raises KafkaError(INVALID_REPLICA_ASSIGNMENT).
    """
    by_index: dict[int, list[int]] = {}
    width: int | None = None
    for index, replicas in assignments:
        if index in by_index:
            raise _invalid(f"Found multiple manual partition assignments for partition {index}")
        check_replicas(replicas, brokers, width)
        by_index[index], width = replicas, len(replicas)
    if sorted(by_index) != list(range(len(by_index))):
        raise _invalid("partitions should be a consecutive 0-based integer sequence")
    return [tuple(by_index[index]) for index in range(len(by_index))]


def check_replicas(replicas: list[int], brokers: Sequence[int], width: int | None) -> None:
    """Raises KafkaError(INVALID_REPLICA_ASSIGNMENT) unless ``replicas`` are valid for a partition;
    ``width``, if given, is their required number."""
    if not replicas:
        raise _invalid("The manual partition assignment includes an empty replica list.")
    previous: int | None = None
    for broker in sorted(replicas):
        if broker not in brokers:
            raise _invalid(
                f"The manual partition assignment includes broker {broker}, "
                "but no such broker is registered."
            )
        if broker == previous:
            raise _invalid(
                f"The manual partition assignment includes the broker {broker} more than once."
            )
        previous = broker
    if width is not None and len(replicas) != width:
        raise _invalid(
            "The manual partition assignment includes a partition with "
            f"{len(replicas)} replica(s), but this is not consistent with previous partitions, "
            f"which have {width} replica(s)."
        )


def _invalid(why: str) -> KafkaError:
    return KafkaError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, why)
