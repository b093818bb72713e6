"""ListPartitionReassignments: with one node nothing is ever under way (KIP-455)."""

from __future__ import annotations

from kbroker.context import RequestContext
from wire.errors import ErrorCode
from wire.messages.list_partition_reassignments import (
    ListPartitionReassignmentsRequest,
    ListPartitionReassignmentsResponse,
)


def handle(
    _ctx: RequestContext, request: ListPartitionReassignmentsRequest
) -> ListPartitionReassignmentsResponse:
    return error_response(request, ErrorCode.NONE)


def error_response(
    _request: ListPartitionReassignmentsRequest, code: ErrorCode
) -> ListPartitionReassignmentsResponse:
    return ListPartitionReassignmentsResponse(error_code=code, error_message=None, topics=[])
