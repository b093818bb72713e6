"""AddOffsetsToTxn: the group's partition becomes a part of the transaction."""

from __future__ import annotations

import pytest

from tests.drivers import BrokerDriver
from tests.transactions import TransactionalProducer, stored
from wire.errors import ErrorCode
from wire.messages.add_offsets_to_txn import AddOffsetsToTxnRequest


@pytest.mark.parametrize(
    ("epoch", "version", "code"),
    [
        (0, 4, ErrorCode.NONE),
        (1, 1, ErrorCode.INVALID_PRODUCER_EPOCH),
        (1, 2, ErrorCode.PRODUCER_FENCED),
    ],
)
def test_answers(broker: BrokerDriver, epoch: int, version: int, code: ErrorCode) -> None:
    producer = TransactionalProducer(broker)
    producer.init()
    request = AddOffsetsToTxnRequest(
        transactional_id="t",
        producer_id=producer.producer_id,
        producer_epoch=epoch,
        group_id="g",
    )
    assert producer.client.ask(request, version).error_code == code
    place = "__consumer_offsets", broker.node.groups.partition_for("g")
    assert broker.node.metadata.image.topic("__consumer_offsets") is None  # as with Kafka
    has_it = place in broker.node.transactions.describe("t").partitions
    assert has_it == (code == ErrorCode.NONE)


def test_its_clients_know_no_rising_epochs(broker: BrokerDriver) -> None:
    """Those that do (KIP-890) add offsets by TxnOffsetCommit; what is stored tells them apart."""
    producer = TransactionalProducer(broker)
    producer.init()
    request = AddOffsetsToTxnRequest(
        transactional_id="t",
        producer_id=producer.producer_id,
        producer_epoch=producer.epoch,
        group_id="g",
    )
    producer.client.ask(request, 4)

    assert stored(broker)[-1].client_transaction_version == 0
