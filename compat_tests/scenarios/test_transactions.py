"""Transactions of unmodified clients: all or nothing, fencing, time-outs, and offsets in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from compat_tests.brokers import Broker, wait_until
from compat_tests.clients import base, client_classes
from compat_tests.clients.base import Client, MemberOptions, Rec, RefusedError, poll_until

pytestmark = pytest.mark.needs(base.TRANSACTIONS)

PARTITIONS = (0, 1)
SCAN = "transaction.abort.timed.out.transaction.cleanup.interval.ms"


@pytest.fixture
def topic(admin: Client, name: str) -> str:
    admin.create_topic(name, len(PARTITIONS))
    return name


def one_each(text: str) -> list[Rec]:
    return [Rec(f"{text}-{partition}".encode(), partition=partition) for partition in PARTITIONS]


def read(client: Client, topic: str, count: int, *, committed: bool) -> list[list[bytes | None]]:
    """The values in each partition, as many as there should be."""
    return [
        [
            record.value
            for record in client.consume(
                topic, partition, 0, count, auto_reset="earliest", read_committed=committed
            )
        ]
        for partition in PARTITIONS
    ]


def written(*texts: str) -> list[list[bytes]]:
    return [[f"{text}-{partition}".encode() for text in texts] for partition in PARTITIONS]


def test_committed_or_not_at_all(client: Client, topic: str) -> None:
    """Readers of committed data see whole transactions; others see everything."""
    producer = client.transactions(topic)
    for text in ("first", "dropped", "last"):
        producer.begin()
        producer.send(topic, one_each(text))
        (producer.abort if text == "dropped" else producer.commit)()
    producer.close()

    assert read(client, topic, 2, committed=True) == written("first", "last")
    assert read(client, topic, 3, committed=False) == written("first", "dropped", "last")


def test_who_comes_later_fences(client: Client, topic: str) -> None:
    """The transaction of the former producer is aborted, and it cannot go on."""
    former = client.transactions(topic)
    former.begin()
    former.send(topic, one_each("former"))
    latter = client.transactions(topic)
    latter.begin()
    latter.send(topic, one_each("latter"))
    with pytest.raises(RefusedError):
        former.commit()
    latter.commit()
    latter.close()

    assert read(client, topic, 1, committed=True) == written("latter")


@pytest.mark.parametrize("commit", [True, False])
def test_offsets_follow_the_transaction(client: Client, topic: str, commit: bool) -> None:
    """Consume, transform, produce: what was read counts as read if what was made of it is there."""
    client.produce(topic, one_each("input"))
    group = f"{topic}-group"
    member = client.member(group, [topic], MemberOptions(auto_reset="earliest"))
    consumed = poll_until(member, len(PARTITIONS))
    producer = client.transactions(topic)
    producer.begin()
    producer.send(topic, one_each("output"))
    offsets = {record.partition: record.offset + 1 for record in consumed}
    producer.send_offsets(member, topic, offsets)
    (producer.commit if commit else producer.abort)()
    producer.close()
    member.close()

    expected = dict.fromkeys(PARTITIONS, 1 if commit else None)
    # Kafka answers the commit before the group hears of it.
    wait_until(lambda: client.committed(group, topic, PARTITIONS) == expected, 10, "offsets move")


@pytest.fixture
def impatient(own_broker: Callable[..., Broker], client: Client, name: str) -> Iterator[Client]:
    """The same client on a broker that looks often for transactions that take too long."""
    bootstrap = own_broker(settings={SCAN: "200"}).bootstrap
    maker = client_classes()["kafka-python"](bootstrap)
    maker.create_topic(name, len(PARTITIONS))
    maker.close()
    one = client_classes()[client.name](bootstrap)
    yield one
    one.close()


def test_a_transaction_that_takes_too_long_is_aborted(impatient: Client, name: str) -> None:
    slow = impatient.transactions(name, timeout_ms=1000)
    slow.begin()
    slow.send(name, one_each("slow"))

    def is_over() -> bool:
        return impatient.offsets(name, 0)[1] == 2  # the record, and the marker of its abort

    wait_until(is_over, 20, "the transaction is aborted")
    with pytest.raises(RefusedError):
        slow.commit()
    later = impatient.transactions(name)
    later.begin()
    later.send(name, one_each("later"))
    later.commit()
    later.close()
    assert read(impatient, name, 1, committed=True) == written("later")
