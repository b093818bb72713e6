"""How much one request may change: Kafka's QuorumController.MAX_RECORDS_PER_USER_OP."""

from __future__ import annotations

from wire.errors import ErrorCode, KafkaError

MAX_RECORDS_PER_REQUEST = 10_000


def check_record_count(count: int) -> None:
    """Raises KafkaError(POLICY_VIOLATION) for more metadata records than one request may write."""
    if count > MAX_RECORDS_PER_REQUEST:
        raise KafkaError(
            ErrorCode.POLICY_VIOLATION, "Unable to perform excessively large batch operation."
        )
