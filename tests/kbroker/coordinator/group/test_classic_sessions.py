"""How long a member may be silent."""

from __future__ import annotations

import pytest

from kbroker.coordinator.group.classic_sessions import NEW_MEMBER_JOIN_TIMEOUT_MS
from tests.kbroker.coordinator.group_driver import SESSION_MS, GroupDriver
from wire.errors import ErrorCode


def test_a_silent_member_goes_after_its_own_time() -> None:
    driver = GroupDriver()
    [joined] = driver.stable_group(session_ms=SESSION_MS * 2)
    driver.advance(SESSION_MS * 2 - 1)
    assert driver.heartbeat(joined.member_id, joined.generation_id) == ErrorCode.NONE
    driver.advance(SESSION_MS * 2)

    code = driver.heartbeat(joined.member_id, joined.generation_id)
    assert code == ErrorCode.UNKNOWN_MEMBER_ID


@pytest.mark.parametrize("verb", ["heartbeat", "commit"])
def test_what_a_member_sends_renews_its_session(verb: str) -> None:
    driver = GroupDriver()
    driver.create_topic("topic")
    [joined] = driver.stable_group()
    for _ in range(3):
        driver.advance(SESSION_MS - 1)
        if verb == "heartbeat":
            code = driver.heartbeat(joined.member_id, joined.generation_id)
        else:
            code = driver.commit_code(member_id=joined.member_id, generation=joined.generation_id)
        assert code == ErrorCode.NONE


def test_an_id_that_nobody_uses_is_forgotten() -> None:
    """It was given out with MEMBER_ID_REQUIRED (KIP-394)."""
    driver = GroupDriver()
    member_id = driver.member()
    driver.advance(SESSION_MS)

    assert driver.join(member_id).get().error_code == ErrorCode.UNKNOWN_MEMBER_ID


def test_a_new_member_waits_longer_for_its_first_generation() -> None:
    """Its client cannot send heartbeats yet; but one that is gone does not stay for ever."""
    driver = GroupDriver(group__initial__rebalance__delay__ms=0)
    [first] = driver.stable_group(rebalance_ms=2 * NEW_MEMBER_JOIN_TIMEOUT_MS)
    second = driver.join(driver.member(), rebalance_ms=2 * NEW_MEMBER_JOIN_TIMEOUT_MS)
    step_ms = SESSION_MS // 2
    for _ in range(NEW_MEMBER_JOIN_TIMEOUT_MS // step_ms - 1):
        driver.advance(step_ms)
        driver.heartbeat(first.member_id, first.generation_id)
    driver.advance(step_ms - 1)
    assert not second.is_there
    driver.advance(1)

    assert second.get().error_code == ErrorCode.UNKNOWN_MEMBER_ID


def test_who_does_not_come_back_with_its_id_ends_the_initial_delay() -> None:
    """Where everybody else has joined; nobody is waited for any longer."""
    driver = GroupDriver(group__initial__rebalance__delay__ms=60_000)
    driver.member()
    joined = driver.join(version=3)
    driver.advance(SESSION_MS - 1)
    assert not joined.is_there
    driver.advance(1)

    assert joined.get().generation_id == 1


def test_a_new_member_that_goes_ends_the_initial_delay() -> None:
    delay_ms = 2 * NEW_MEMBER_JOIN_TIMEOUT_MS
    driver = GroupDriver(group__initial__rebalance__delay__ms=delay_ms)
    first = driver.join(version=3, rebalance_ms=delay_ms)
    driver.advance(1)
    second = driver.join(version=3, rebalance_ms=delay_ms)
    driver.advance(NEW_MEMBER_JOIN_TIMEOUT_MS - 1)

    assert first.get().error_code == ErrorCode.UNKNOWN_MEMBER_ID
    assert second.get().generation_id == 1
