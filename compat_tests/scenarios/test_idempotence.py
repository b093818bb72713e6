"""Idempotent producing: through clients, and by hand where no client would go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from compat_tests.brokers import Broker
from compat_tests.clients import base
from compat_tests.clients.base import Client, Rec
from compat_tests.clients.raw import KafkaPythonRequests
from compat_tests.parity.batches import Rec as RawRec
from compat_tests.scenarios.test_error_codes import produce_request

OUT_OF_ORDER_SEQUENCE, INVALID_PRODUCER_EPOCH = 45, 47


def test_each_record_once_and_in_order(client: Client, admin: Client, name: str) -> None:
    admin.create_topic(name, partitions=3)
    records = [Rec(b"%d" % number, partition=number % 3) for number in range(600)]
    records.sort(key=lambda rec: rec.partition or 0)  # kcat makes one run for each stretch
    client.produce(name, records, idempotent=True, batch_bytes=1000)
    for partition in range(3):
        expected = [rec.value for rec in records if rec.partition == partition]
        assert client.offsets(name, partition) == (0, 200)
        assert [got.value for got in client.consume(name, partition, 0, 200)] == expected


class Sequencer:
    """Sends batches of one producer id, by hand."""

    def __init__(self, raw: KafkaPythonRequests, topic: str, producer_id: int) -> None:
        self._raw = raw
        self._topic = topic
        self._producer_id = producer_id

    def send(self, sequence: int, count: int = 1, epoch: int = 0) -> tuple[int, int]:
        """Error code and base offset."""
        batch: dict[str, Any] = {
            "records": [RawRec(b"%d" % sequence)] * count,
            "producer_id": self._producer_id,
            "producer_epoch": epoch,
            "sequence": sequence,
        }
        answer = self._raw.ask(produce_request(self._topic, **batch))
        result = answer.responses[0].partition_responses[0]
        return int(result.error_code), int(result.base_offset)


@pytest.fixture
def sequencer(raw: KafkaPythonRequests, admin: Client, name: str) -> Sequencer:
    admin.create_topic(name)
    return Sequencer(raw, name, 7000)


def test_a_duplicate_gets_the_old_offset(sequencer: Sequencer, admin: Client, name: str) -> None:
    assert [sequencer.send(sequence, 2) for sequence in (0, 2, 4)] == [(0, 0), (0, 2), (0, 4)]
    assert sequencer.send(2, 2) == (0, 2)
    assert sequencer.send(0, 2) == (0, 0)
    assert sequencer.send(6) == (0, 6)
    assert admin.offsets(name, 0) == (0, 7)


def test_five_batches_are_remembered(sequencer: Sequencer) -> None:
    for sequence in range(6):
        assert sequencer.send(sequence) == (0, sequence)
    assert sequencer.send(1) == (0, 1)
    assert sequencer.send(0)[0] == OUT_OF_ORDER_SEQUENCE


def test_a_gap_is_refused(sequencer: Sequencer, admin: Client, name: str) -> None:
    assert sequencer.send(0) == (0, 0)
    assert sequencer.send(2)[0] == OUT_OF_ORDER_SEQUENCE
    assert sequencer.send(1) == (0, 1)
    assert admin.offsets(name, 0) == (0, 2)


def test_an_old_epoch_is_fenced(sequencer: Sequencer) -> None:
    assert sequencer.send(0, epoch=5) == (0, 0)
    assert sequencer.send(1, epoch=4)[0] == INVALID_PRODUCER_EPOCH
    assert sequencer.send(1, epoch=6)[0] == OUT_OF_ORDER_SEQUENCE
    assert sequencer.send(0, epoch=6) == (0, 1)


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_sequences_outlive_the_broker(
    own_broker: Callable[..., Broker], name: str, ending: str
) -> None:
    from compat_tests.clients.kafka_python_adapter import KafkaPythonClient

    broker = own_broker()
    client = KafkaPythonClient(broker.bootstrap)
    client.create_topic(name)
    raw = KafkaPythonRequests(broker.bootstrap)
    before = Sequencer(raw, name, 7000)
    assert [before.send(sequence) for sequence in range(3)] == [(0, 0), (0, 1), (0, 2)]
    raw.close()
    client.close()
    getattr(broker, ending)()
    broker.restart()
    client = KafkaPythonClient(broker.bootstrap)
    client.create_topic(f"{name}-settled")
    raw = KafkaPythonRequests(broker.bootstrap)
    after = Sequencer(raw, name, 7000)
    assert after.send(2) == (0, 2)
    assert after.send(4)[0] == OUT_OF_ORDER_SEQUENCE
    assert after.send(3) == (0, 3)
    assert client.offsets(name, 0) == (0, 4)
    raw.close()
    client.close()


@pytest.mark.needs(base.ADMIN)
def test_new_producers_follow_one_another(client: Client, name: str) -> None:
    client.create_topic(name)
    for number in range(3):
        client.produce(name, [Rec(b"%d" % number, partition=0)], idempotent=True)
    assert [got.value for got in client.consume(name, 0, 0, 3)] == [b"0", b"1", b"2"]
