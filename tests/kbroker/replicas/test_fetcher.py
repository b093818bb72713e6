"""The limits of one request; what else a Fetch does is in tests/kbroker/handlers/test_fetch.py."""

from __future__ import annotations

import pytest

from tests.drivers import BrokerDriver, batch
from tests.kbroker.handlers.fetching import data_of, partition, produce, request, values_in


@pytest.fixture
def topic(broker: BrokerDriver) -> BrokerDriver:
    broker.create_topic("t")
    return broker


def test_the_broker_has_a_limit_too(topic: BrokerDriver) -> None:
    """fetch.max.bytes, whatever the client would take."""
    topic.node.settings.set("fetch.max.bytes", "1024")
    for _ in range(2):
        produce(topic, b"x" * 900)
    (data,) = data_of(topic.connect().ask(request(partition()), 11))

    assert len(data.records) == 1024


def test_does_not_wait_for_more_than_it_may_answer(topic: BrokerDriver) -> None:
    """min_bytes is no greater than max_bytes."""
    produce(topic, b"a")
    size = len(batch(b"a"))
    wanted = request(partition(), max_bytes=size, min_bytes=size + 1, max_wait_ms=500)
    (data,) = data_of(topic.connect().ask(wanted, 11))

    assert values_in(data) == [b"a"]
