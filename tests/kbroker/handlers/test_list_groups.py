"""Groups by state and type."""

from __future__ import annotations

import pytest

from kbroker.handlers import list_groups
from tests.kbroker.coordinator.group_driver import GroupDriver
from wire.messages.list_groups import ListGroupsRequest


@pytest.fixture
def driver() -> GroupDriver:
    driver = GroupDriver()
    driver.create_topic("topic", 2)
    return driver


def listed(driver: GroupDriver, *, states: list[str], types: list[str]) -> list[str]:
    request = ListGroupsRequest(states_filter=states, types_filter=types)
    return sorted(group.group_id for group in driver.call(list_groups, request, 5).get().groups)


@pytest.mark.parametrize(
    ("states", "types", "expected"),
    [
        ([], [], ["busy", "simple"]),
        (["stable"], [], ["busy"]),
        ([" EMPTY "], ["Classic"], ["simple"]),
        (["Dead"], [], []),
        ([], [" classic"], []),
        ([], ["consumer"], []),
    ],
)
def test_groups_are_filtered_by_state_and_type(
    driver: GroupDriver, states: list[str], types: list[str], expected: list[str]
) -> None:
    """Whatever the case of the filters; of spaces Kafka takes care in states only."""
    driver.stable_group(group="busy")
    driver.commit(group="simple")
    assert listed(driver, states=states, types=types) == expected
