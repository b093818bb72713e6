"""Quotas: who may have which, and what filters find."""

from __future__ import annotations

import pytest

from kbroker.metadata.client_quotas import (
    CLIENT_ID,
    DEFAULT,
    EXACT,
    IP,
    SPECIFIED,
    USER,
    Alteration,
    Component,
    find_quotas,
    plan_alterations,
)
from wire.errors import ErrorCode, KafkaError

RATE = "producer_byte_rate"
ALICE, ALICE_AT_HOME, ALICE_ELSEWHERE, CLIENTS = (
    ((USER, "alice"),),
    ((CLIENT_ID, "home"), (USER, "alice")),
    ((CLIENT_ID, None), (USER, "alice")),
    ((CLIENT_ID, "home"),),
)
QUOTAS = {entity: {RATE: 1.0} for entity in (ALICE, ALICE_AT_HOME, ALICE_ELSEWHERE, CLIENTS)}


def error_of(entity: tuple[tuple[str, str | None], ...], key: str, value: float) -> str | None:
    """The message; records come only without one."""
    records, outcome = plan_alterations([Alteration(entity, [(key, value)])], {})
    error = outcome[entity]
    assert bool(records) == (error is None)
    return error and error.message


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("10.0.0.1", True), ("1.2.3", True), ("12", True), ("::1", True), ("[::1]", True),
        ("host-1.example", True), ("300.1.1.1", False), ("1.2.3.4.0", False), ("4294967296", False),
        ("not a host", False),
        ("256", True), ("1.2.300", True), ("[::1", False),
        ("1:2", False), ("fe80::1%eth0", False), ("1..2", False),
    ],
)  # fmt: skip
def test_addresses_are_those_of_java(text: str, good: bool) -> None:
    assert (error_of(((IP, text),), "connection_creation_rate", 1.0) is None) == good


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (RATE, 0.0, "must be greater than 0"),
        (RATE, 1.5, "cannot be a fractional value"),
        (RATE, 1e19, "too large for a LONG"),
        (RATE, float("inf"), "too large for a LONG"),
        ("connection_creation_rate", 1.0, "Invalid configuration key"),
    ],
)
def test_values_are_checked(key: str, value: float, message: str) -> None:
    assert message in (error_of(ALICE, key, value) or "")


def test_of_several_wrong_keys_the_first_in_kafka_s_order_is_told() -> None:
    """A HashMap's, as large as there are operations."""
    wrong: list[tuple[str, float | None]] = [("request_percentage", 0.0), ("", 1.0)]
    for ops in (wrong, wrong[::-1]):
        _, outcome = plan_alterations([Alteration(ALICE, ops)], {})
        error = outcome[ALICE]
        assert error is not None
        assert error.message == "Invalid configuration key "


def test_fractions_suit_shares() -> None:
    assert error_of(ALICE, "request_percentage", 0.5) is None


def test_only_changes_are_written() -> None:
    wanted: list[tuple[str, float | None]] = [
        (RATE, 1.0), ("request_percentage", 2.0), ("consumer_byte_rate", None)
    ]  # fmt: skip
    records, outcome = plan_alterations([Alteration(ALICE, wanted)], QUOTAS)
    assert [record.key for record in records] == ["request_percentage"]
    assert outcome == {ALICE: None}


def test_the_first_of_two_for_one_entity_counts() -> None:
    """And the second is told, as Kafka's map of outcomes has it."""
    twice = [Alteration(ALICE, [(RATE, 2.0)]), Alteration(ALICE, [(RATE, 3.0)])]
    records, outcome = plan_alterations(twice, {})
    assert [record.value for record in records] == [2.0]
    assert outcome[ALICE] is not None


@pytest.mark.parametrize(
    ("components", "strict", "found"),
    [
        ([], False, list(QUOTAS)),
        ([], True, []),
        ([(USER, EXACT, "alice")], False, [ALICE, ALICE_AT_HOME, ALICE_ELSEWHERE]),
        ([(USER, EXACT, "alice")], True, [ALICE]),
        ([(CLIENT_ID, DEFAULT, None)], False, [ALICE_ELSEWHERE]),
        ([(CLIENT_ID, SPECIFIED, None)], True, [CLIENTS]),
        (
            [(USER, SPECIFIED, None), (CLIENT_ID, SPECIFIED, None)],
            True,
            [ALICE_AT_HOME, ALICE_ELSEWHERE],
        ),
    ],
)
def test_filters(
    components: list[tuple[str, int, str | None]],
    strict: bool,
    found: list[tuple[tuple[str, str | None], ...]],
) -> None:
    wanted = [Component(*one) for one in components]
    assert [entity for entity, _ in find_quotas(wanted, QUOTAS, strict=strict)] == found


@pytest.mark.parametrize(
    ("components", "code"),
    [
        ([("", EXACT, "a")], ErrorCode.INVALID_REQUEST),
        ([("group", EXACT, "a")], ErrorCode.UNSUPPORTED_VERSION),
        ([(USER, EXACT, None)], ErrorCode.INVALID_REQUEST),
        ([(USER, SPECIFIED, "a")], ErrorCode.INVALID_REQUEST),
        ([(USER, 3, None)], ErrorCode.INVALID_REQUEST),
        ([(USER, EXACT, "a"), (USER, EXACT, "b")], ErrorCode.INVALID_REQUEST),
        ([(USER, EXACT, "a"), (IP, EXACT, "b")], ErrorCode.INVALID_REQUEST),
    ],
)
def test_wrong_filters(components: list[tuple[str, int, str | None]], code: ErrorCode) -> None:
    with pytest.raises(KafkaError) as caught:
        find_quotas([Component(*one) for one in components], {}, strict=False)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("entity", "message"),
    [
        ((("group", ""),), "Unhandled client quota entity type: group"),
        (((IP, "1.1.1.1"), (USER, "a")), "Invalid quota entity combination, IP entity shouldnot "
         "be combined with User or ClientId"),
    ],
)  # fmt: skip
def test_entities_that_cannot_be(entity: tuple[tuple[str, str | None], ...], message: str) -> None:
    assert error_of(entity, RATE, 1.0) == message


def test_an_unknown_key_is_told_before_its_value() -> None:
    assert error_of(ALICE, "rate", 0.0) == "Invalid configuration key rate"


@pytest.mark.parametrize("value", [2147483647.0, 1.0000001])
def test_values_at_their_limit(value: float) -> None:
    """The greatest INT, and a fraction so small that Kafka rounds it. The default address is one
    that has no name."""
    assert error_of(((IP, None),), "connection_creation_rate", value) is None


def test_a_key_that_is_named_twice() -> None:
    """Nothing is altered, and the default user is shown as Java shows it."""
    entity = ((USER, None),)
    records, outcome = plan_alterations([Alteration(entity, [(RATE, 1.0), (RATE, 2.0)])], {})
    error = outcome[entity]
    assert error is not None
    assert error.message == "Ignoring duplicate entity ClientQuotaEntity(entries={user=null})"
    assert not records


def test_a_removal_has_no_value() -> None:
    records, _ = plan_alterations([Alteration(ALICE, [(RATE, None)])], QUOTAS)
    assert [(record.value, record.remove) for record in records] == [(0.0, True)]


def test_an_empty_name_may_be_looked_for() -> None:
    assert find_quotas([Component(USER, EXACT, "")], QUOTAS, strict=False) == []


def test_the_order_of_parts_does_not_make_another_entity() -> None:
    """It is that of a HashMap whose size the request decides."""
    parts = ALICE_AT_HOME[::-1]
    twice = [Alteration(ALICE_AT_HOME, [(RATE, 5.0)]), Alteration(parts, [(RATE, 3.0)])]
    _, outcome = plan_alterations(twice, {})
    assert list(outcome) == [ALICE_AT_HOME]
    assert outcome[ALICE_AT_HOME] is not None

    (record,), _ = plan_alterations([Alteration(parts, [(RATE, 7.0)])], {ALICE_AT_HOME: {RATE: 1}})
    named = tuple((part.entity_type, part.entity_name) for part in record.entity)
    assert named == ALICE_AT_HOME
