"""DescribeCluster: the cluster's id and its brokers.

v1 asks for an endpoint's type (a controller's answer is not to be had at a broker's listener),
v2 for fenced brokers (this one never is).
"""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.metadata.operations import ALL_CLUSTER_OPERATIONS, NOT_ASKED
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
    host, port = node.endpoint(ctx.connection)
    return DescribeClusterResponse(
        error_code=0,
        cluster_id=node.cluster_id,
        controller_id=node.node_id,
        brokers=[DescribeClusterBroker(broker_id=node.node_id, host=host, port=port)],
        cluster_authorized_operations=ALL_CLUSTER_OPERATIONS
        if request.include_cluster_authorized_operations
        else NOT_ASKED,
    )


def _refused(code: ErrorCode, message: str | None) -> DescribeClusterResponse:
    return DescribeClusterResponse(
        error_code=code, error_message=message, cluster_id="", brokers=[]
    )


def error_response(_request: DescribeClusterRequest, code: ErrorCode) -> DescribeClusterResponse:
    return _refused(code, None)
