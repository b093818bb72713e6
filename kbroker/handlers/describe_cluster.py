"""DescribeCluster: the cluster's id and its brokers.

v1 asks for an endpoint's type (a controller's answer is not to be had at a broker's listener),
v2 for fenced brokers.
"""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.metadata.authorized_operations import ALL_CLUSTER_OPERATIONS, NOT_ASKED
from kbroker.metadata.brokers import BrokerRegistration
from wire.errors import ErrorCode
from wire.messages.describe_cluster import (
    DescribeClusterBroker,
    DescribeClusterRequest,
    DescribeClusterResponse,
)

BROKERS, CONTROLLERS = 1, 2


def handle(ctx: RequestContext, request: DescribeClusterRequest) -> DescribeClusterResponse:
    if request.endpoint_type == CONTROLLERS:
        return _refused(
            ErrorCode.MISMATCHED_ENDPOINT_TYPE,
            "The request was sent to an endpoint of type BROKER, "
            "but we wanted an endpoint of type CONTROLLER",
        )
    if request.endpoint_type != BROKERS:
        return _refused(
            ErrorCode.UNSUPPORTED_ENDPOINT_TYPE,
            f"Unsupported endpoint type {request.endpoint_type}",
        )
    node = ctx.node
    image = node.metadata.image
    brokers = image.live_brokers
    if request.include_fenced_brokers:
        brokers = [image.brokers[broker_id] for broker_id in image.registered_broker_ids()]
    return DescribeClusterResponse(
        error_code=0,
        cluster_id=node.cluster_id,
        controller_id=image.controller_id,
        brokers=[_described(ctx, broker) for broker in brokers],
        cluster_authorized_operations=ALL_CLUSTER_OPERATIONS
        if request.include_cluster_authorized_operations
        else NOT_ASKED,
    )


def _described(ctx: RequestContext, broker: BrokerRegistration) -> DescribeClusterBroker:
    host, port = ctx.node.advertised_addresses.choose(broker, ctx.connection)
    return DescribeClusterBroker(
        broker_id=broker.broker_id, host=host, port=port, rack=broker.rack, is_fenced=broker.fenced
    )


def _refused(code: ErrorCode, message: str | None) -> DescribeClusterResponse:
    return DescribeClusterResponse(
        error_code=code, error_message=message, cluster_id="", brokers=[]
    )


def error_response(_request: DescribeClusterRequest, code: ErrorCode) -> DescribeClusterResponse:
    return _refused(code, None)
