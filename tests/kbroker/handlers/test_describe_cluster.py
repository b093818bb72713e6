"""The cluster as its clients see it."""

from __future__ import annotations

import pytest

from kbroker.metadata.brokers import BrokerRegistration
from tests.drivers import BrokerDriver
from wire.errors import ErrorCode
from wire.messages.describe_cluster import DescribeClusterRequest
from wire.messages.metadata import MetadataRequest


def test_one_broker_controls_itself() -> None:
    broker = BrokerDriver()
    request = DescribeClusterRequest(include_cluster_authorized_operations=False)
    answer = broker.connect().ask(request, 2)
    assert (answer.error_code, answer.cluster_id) == (ErrorCode.NONE, broker.node.cluster_id)
    assert [one.broker_id for one in answer.brokers] == [answer.controller_id]


def test_operations_are_told_to_those_who_ask(broker: BrokerDriver) -> None:
    """Without an authorizer everything is allowed."""
    told = [
        broker.connect().ask(DescribeClusterRequest(include_cluster_authorized_operations=asked), 2)
        for asked in (True, False)
    ]
    operations = [answer.cluster_authorized_operations for answer in told]

    assert operations == [0b1_1111_1010_0000, -(1 << 31)]


@pytest.mark.parametrize(
    ("kind", "code"),
    [(2, ErrorCode.MISMATCHED_ENDPOINT_TYPE), (3, ErrorCode.UNSUPPORTED_ENDPOINT_TYPE)],
)
def test_other_endpoints(kind: int, code: ErrorCode) -> None:
    request = DescribeClusterRequest(
        include_cluster_authorized_operations=False, endpoint_type=kind
    )
    assert BrokerDriver().connect().ask(request, 1).error_code == code


def test_fenced_brokers_are_for_those_who_ask(broker: BrokerDriver) -> None:
    """Metadata never lists them."""
    catalog = broker.node.metadata
    fenced = BrokerRegistration(2, {"PLAINTEXT": ("other", 9092)}, rack="r", fenced=True)
    catalog.image = catalog.image.with_broker(fenced, catalog.image.quorum)
    listed = []
    for wants_fenced in (False, True):
        request = DescribeClusterRequest(
            include_cluster_authorized_operations=False, include_fenced_brokers=wants_fenced
        )
        answer = broker.connect().ask(request, 2)
        listed.append([(one.broker_id, one.host, one.is_fenced) for one in answer.brokers])
    metadata = broker.connect().ask(MetadataRequest(topics=[]), 12)

    assert listed == [
        [(1, "10.0.0.1", False)],
        [(1, "10.0.0.1", False), (2, "other", True)],
    ]
    assert [one.node_id for one in metadata.brokers] == [1]
