"""Quotas are found again."""

from __future__ import annotations

import pytest

from tests.drivers import BrokerDriver
from tests.kbroker.handlers.test_alter_client_quotas import RATE, alter
from wire.errors import ErrorCode
from wire.messages.alter_client_quotas import (
    AlterClientQuotasRequest,
    EntityData,
    EntryData,
    OpData,
)
from wire.messages.describe_client_quotas import (
    ComponentData,
    DescribeClientQuotasRequest,
    DescribeClientQuotasResponse,
)

EXACT = 0


def find(broker: BrokerDriver, kind: str, name: str, version: int) -> DescribeClientQuotasResponse:
    component = ComponentData(entity_type=kind, match_type=EXACT, match=name)
    request = DescribeClientQuotasRequest(components=[component], strict=False)
    answer: DescribeClientQuotasResponse = broker.connect().ask(request, version)
    return answer


@pytest.mark.parametrize("version", [0, 1])
def test_values_are_told(broker: BrokerDriver, version: int) -> None:
    alter(broker, 5.0)
    (entry,) = find(broker, "user", "alice", version).entries or ()
    assert [(value.key, value.value) for value in entry.values] == [(RATE, 5.0)]
    assert find(broker, "user", "bob", version).entries == []


def test_a_wrong_filter_finds_nothing_at_all(broker: BrokerDriver) -> None:
    answer = find(broker, "group", "g", 1)
    assert answer.error_code == ErrorCode.UNSUPPORTED_VERSION
    assert answer.entries is None


def test_in_the_order_of_their_names(broker: BrokerDriver) -> None:
    """Not that of a hash, which is another one in each process."""
    names = [None, *(f"u{number}" for number in range(9))]
    entries = [
        EntryData(
            entity=[EntityData(entity_type="user", entity_name=name)],
            ops=[OpData(key=RATE, value=1.0, remove=False)],
        )
        for name in reversed(names)
    ]
    broker.connect().ask(AlterClientQuotasRequest(entries=entries, validate_only=False), 1)
    request = DescribeClientQuotasRequest(components=[], strict=False)
    found = broker.connect().ask(request, 1).entries

    assert [entry.entity[0].entity_name for entry in found] == names
