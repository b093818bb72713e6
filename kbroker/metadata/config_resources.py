"""What has settings of its own: topics and brokers, numbered as the protocol does."""

from __future__ import annotations

from wire.errors import ErrorCode, KafkaError

TOPIC, BROKER = 2, 4


def check_broker_name(name: str, node_id: int) -> None:
    """A broker is named by its id; "" stands for all of them. Raises KafkaError."""
    if not name:
        return
    try:
        number = int(name)
    except ValueError:
        raise KafkaError(
            ErrorCode.INVALID_REQUEST, f"Broker id must be an integer, but it is: {name}"
        ) from None
    if number != node_id:
        raise KafkaError(
            ErrorCode.INVALID_REQUEST,
            f"Unexpected broker id, expected {node_id} or empty string, but received {name}",
        )
