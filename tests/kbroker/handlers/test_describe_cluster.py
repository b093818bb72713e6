"""The cluster as its clients see it."""

from __future__ import annotations

import pytest

from tests.drivers import BrokerDriver
from wire.errors import ErrorCode
from wire.messages.describe_cluster import DescribeClusterRequest


def test_one_broker_controls_itself() -> None:
    broker = BrokerDriver()
    request = DescribeClusterRequest(include_cluster_authorized_operations=False)
    answer = broker.connect().ask(request, 2)
    assert answer.cluster_id == broker.node.cluster_id
    assert [one.broker_id for one in answer.brokers] == [answer.controller_id]


@pytest.mark.parametrize(
    ("kind", "code"),
    [(2, ErrorCode.MISMATCHED_ENDPOINT_TYPE), (3, ErrorCode.UNSUPPORTED_ENDPOINT_TYPE)],
)
def test_other_endpoints(kind: int, code: ErrorCode) -> None:
    request = DescribeClusterRequest(
        include_cluster_authorized_operations=False, endpoint_type=kind
    )
    assert BrokerDriver().connect().ask(request, 1).error_code == code
