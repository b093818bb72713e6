"""Quotas are stored."""

from __future__ import annotations

import pytest

from tests.drivers import COMMITS_AT_ONCE, BrokerDriver
from wire.errors import ErrorCode
from wire.messages.alter_client_quotas import (
    AlterClientQuotasRequest,
    AlterClientQuotasResponse,
    EntityData,
    EntryData,
    OpData,
)

RATE = "producer_byte_rate"
ALICE = (("user", "alice"),)


def alter(
    broker: BrokerDriver,
    value: float | None,
    *,
    key: str = RATE,
    validate_only: bool = False,
    version: int = 1,
) -> AlterClientQuotasResponse:
    """One quota of Alice; None removes it."""
    entry = EntryData(
        entity=[EntityData(entity_type=kind, entity_name=name) for kind, name in ALICE],
        ops=[OpData(key=key, value=value or 0.0, remove=value is None)],
    )
    request = AlterClientQuotasRequest(entries=[entry], validate_only=validate_only)
    answer: AlterClientQuotasResponse = broker.connect().ask(request, version)
    return answer


@pytest.mark.parametrize("version", [0, 1])
def test_quotas_come_back_with_the_broker(broker: BrokerDriver, version: int) -> None:
    assert alter(broker, 5.0, version=version).entries[0].error_code == ErrorCode.NONE
    broker.restart()
    assert dict(broker.node.metadata.image.quotas) == {ALICE: {RATE: 5.0}}


def test_an_entity_without_quotas_is_none(broker: BrokerDriver) -> None:
    alter(broker, 5.0)
    alter(broker, None)
    assert dict(broker.node.metadata.image.quotas) == {}
    broker.restart()
    assert dict(broker.node.metadata.image.quotas) == {}


def test_only_looking_changes_nothing(broker: BrokerDriver) -> None:
    assert alter(broker, 5.0, validate_only=True).entries[0].error_code == ErrorCode.NONE
    assert dict(broker.node.metadata.image.quotas) == {}


def test_what_is_wrong_is_told_of_the_entity(broker: BrokerDriver) -> None:
    (entry,) = alter(broker, -1.0).entries
    assert entry.error_code == ErrorCode.INVALID_REQUEST
    assert [(part.entity_type, part.entity_name) for part in entry.entity] == list(ALICE)


def quotas_of_users(count: int, *, validate_only: bool) -> AlterClientQuotasRequest:
    entries = [
        EntryData(
            entity=[EntityData(entity_type="user", entity_name=str(number))],
            ops=[OpData(key=RATE, value=1.0, remove=False)],
        )
        for number in range(count)
    ]
    return AlterClientQuotasRequest(entries=entries, validate_only=validate_only)


@COMMITS_AT_ONCE
def test_too_many_records(broker: BrokerDriver) -> None:
    """One request may write 10,000; the text is that of the code."""
    answers = broker.connect().ask(quotas_of_users(10_001, validate_only=False), 1).entries

    assert {(answer.error_code, answer.error_message) for answer in answers} == {
        (
            ErrorCode.POLICY_VIOLATION,
            "Request parameters do not satisfy the configured policy.",
        )
    }
    assert len(broker.node.metadata.image.quotas) == 0


@COMMITS_AT_ONCE
def test_as_many_records_as_there_may_be(broker: BrokerDriver) -> None:
    answers = broker.connect().ask(quotas_of_users(10_000, validate_only=True), 1).entries

    assert {answer.error_code for answer in answers} == {ErrorCode.NONE}


def test_other_quotas_of_the_entity_stay(broker: BrokerDriver) -> None:
    alter(broker, 5.0)
    alter(broker, 7.0, key="consumer_byte_rate")
    assert dict(broker.node.metadata.image.quotas) == {
        ALICE: {RATE: 5.0, "consumer_byte_rate": 7.0}
    }
