"""Groups that go, and those that cannot."""

from __future__ import annotations

import pytest

from kbroker.handlers import delete_groups
from tests.kbroker.coordinator.group_driver import GROUP, GroupDriver
from wire.errors import ErrorCode
from wire.messages.delete_groups import DeleteGroupsRequest


@pytest.fixture
def driver() -> GroupDriver:
    driver = GroupDriver()
    driver.create_topic("topic", 2)
    return driver


def deleted(driver: GroupDriver, *groups: str) -> list[tuple[str, int]]:
    response = driver.call(delete_groups, DeleteGroupsRequest(groups_names=list(groups)), 2).get()
    return [(result.group_id, result.error_code) for result in response.results]


def test_an_empty_group_goes_with_its_offsets(driver: GroupDriver) -> None:
    """And does not come back with the next start."""
    driver.commit(7)
    assert deleted(driver, GROUP, GROUP) == [(GROUP, ErrorCode.NONE)]
    driver.restart()
    assert driver.committed() == -1
    assert deleted(driver, GROUP) == [(GROUP, ErrorCode.GROUP_ID_NOT_FOUND)]


def test_groups_that_cannot_be_deleted(driver: GroupDriver) -> None:
    """One that has members, and one that is not there."""
    driver.stable_group()
    assert deleted(driver, GROUP, "nobody") == [
        (GROUP, ErrorCode.NON_EMPTY_GROUP),
        ("nobody", ErrorCode.GROUP_ID_NOT_FOUND),
    ]
