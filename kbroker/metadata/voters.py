"""The voters of the metadata log, which never change here, as with kraft.version 0 (KIP-853)."""

from __future__ import annotations

from wire.errors import ErrorCode, KafkaError
from wire.uuids import ZERO_UUID


def refusal(
    change: str, own_cluster_id: str, cluster_id: str | None, voter_id: int, directory_id: bytes
) -> KafkaError:
    """The error of a ``change`` ("Add", "Remove"). A ``cluster_id`` of None is any cluster."""
    if cluster_id is not None and cluster_id != own_cluster_id:
        return KafkaError(
            ErrorCode.INCONSISTENT_CLUSTER_ID,
            f'The given id "{cluster_id}" doesn\'t match the cluster id "{own_cluster_id}"',
        )
    if voter_id < 0 or directory_id == ZERO_UUID:
        return KafkaError(
            ErrorCode.INVALID_REQUEST, f"{change} voter request didn't include a valid voter"
        )
    doing = f"{change.lower().removesuffix('e')}ing"
    return KafkaError(
        ErrorCode.UNSUPPORTED_VERSION,
        f"Cluster doesn't support {doing} voter because the kraft.version feature is 0",
    )
