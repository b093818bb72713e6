"""ListTransactions: which ids its filters let through."""

from __future__ import annotations

from typing import Any

import pytest

from tests.drivers import BrokerDriver
from tests.transactions import TransactionalProducer
from wire.errors import ErrorCode
from wire.messages.list_transactions import ListTransactionsRequest


@pytest.fixture
def known(broker: BrokerDriver) -> BrokerDriver:
    """``open`` has lasted for 1,000 ms, ``idle`` has never begun."""
    broker.create_topic("t")
    for name in ("open", "idle"):
        TransactionalProducer(broker, name).init()
    producer = TransactionalProducer(broker, "open")
    producer.init()
    producer.add(0)
    broker.advance(1000)
    return broker


def listed(broker: BrokerDriver, **filters: Any) -> Any:
    fields = {"state_filters": [], "producer_id_filters": []} | filters
    return broker.connect().ask(ListTransactionsRequest(**fields), 2)


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, {"open", "idle"}),
        ({"state_filters": ["Ongoing"]}, {"open"}),
        ({"state_filters": ["CompleteCommit"]}, set()),
        ({"state_filters": ["no", "Empty"]}, {"idle"}),
        ({"producer_id_filters": [0]}, {"open"}),
        ({"producer_id_filters": [77]}, set()),
        ({"duration_filter": 999, "state_filters": ["Ongoing"]}, {"open"}),
        ({"duration_filter": 1000, "state_filters": ["Ongoing"]}, set()),
        ({"transactional_id_pattern": "o.*"}, {"open"}),
        ({"transactional_id_pattern": "o"}, set()),
        ({"transactional_id_pattern": ""}, {"open", "idle"}),
    ],
)
def test_filters(known: BrokerDriver, filters: dict[str, Any], names: set[str]) -> None:
    answer = listed(known, **filters)
    assert answer.error_code == 0
    assert {found.transactional_id for found in answer.transaction_states} == names


def test_a_duration_of_nothing_is_a_filter_too(broker: BrokerDriver) -> None:
    """It leaves out what has begun in this very millisecond."""
    broker.create_topic("t")
    producer = TransactionalProducer(broker, "new")
    producer.init()
    producer.add(0)
    at_once = listed(broker, duration_filter=0).transaction_states
    broker.advance(1)
    later = listed(broker, duration_filter=0).transaction_states

    assert (len(at_once), len(later)) == (0, 1)


def test_what_cannot_be_filtered_by(known: BrokerDriver) -> None:
    assert listed(known, state_filters=["no", "Dead", "no"]).unknown_state_filters == ["no"]
    pattern = listed(known, transactional_id_pattern="(")
    assert pattern.error_code == ErrorCode.INVALID_REGULAR_EXPRESSION
