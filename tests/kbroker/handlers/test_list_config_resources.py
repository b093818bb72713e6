"""What can have settings of its own."""

from __future__ import annotations

import pytest

from tests.drivers import BrokerDriver
from tests.kbroker.handlers.test_incremental_alter_configs import change
from wire.errors import ErrorCode
from wire.messages.list_config_resources import ListConfigResourcesRequest

TOPIC, BROKER, LOGGER, METRICS, GROUP = 2, 4, 8, 16, 32


@pytest.mark.parametrize(
    ("kinds", "found"),
    [
        ([], [(TOPIC, "t"), (BROKER, "1"), (LOGGER, "1"), (METRICS, "m"), (GROUP, "g")]),
        ([TOPIC], [(TOPIC, "t")]),
        ([BROKER, BROKER], [(BROKER, "1")]),
        ([GROUP], [(GROUP, "g")]),
        ([LOGGER, METRICS], [(LOGGER, "1"), (METRICS, "m")]),
    ],
)
def test_kinds(kinds: list[int], found: list[tuple[int, str]]) -> None:
    broker = BrokerDriver()
    broker.create_topic("t")
    change(broker, BROKER, "1", "log.retention.ms", "1000")
    change(broker, GROUP, "g", "share.isolation.level", "read_committed")
    change(broker, METRICS, "m", "interval.ms", "1000")
    answer = broker.connect().ask(ListConfigResourcesRequest(resource_types=kinds), 1)
    listed = [(one.resource_type, one.resource_name) for one in answer.config_resources]
    assert sorted(listed) == found


def test_the_first_version_asks_for_client_metrics() -> None:
    broker = BrokerDriver()
    change(broker, METRICS, "m", "interval.ms", "1000")
    change(broker, METRICS, "n", "interval.ms", "1000")
    change(broker, METRICS, "n", "interval.ms", None)
    found = broker.connect().ask(ListConfigResourcesRequest(), 0).config_resources
    assert [one.resource_name for one in found] == ["m"]


def test_in_the_order_of_their_names() -> None:
    """Not that of a hash, which is another one in each process."""
    broker = BrokerDriver()
    names = [f"m{number}" for number in range(9)]
    for name in reversed(names):
        change(broker, METRICS, name, "interval.ms", "1000")
    found = broker.connect().ask(ListConfigResourcesRequest(), 0).config_resources
    assert [one.resource_name for one in found] == names


def test_an_unknown_kind() -> None:
    request = ListConfigResourcesRequest(resource_types=[TOPIC, 64])
    answer = BrokerDriver().connect().ask(request, 1)
    assert answer.error_code == ErrorCode.UNSUPPORTED_VERSION
