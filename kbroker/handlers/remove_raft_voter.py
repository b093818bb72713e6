"""RemoveRaftVoter: the voters of a quorum with kraft.version 0 never change (KIP-853)."""

from __future__ import annotations

from kbroker.context import RequestContext
from wire.errors import ErrorCode, KafkaError
from wire.messages.remove_raft_voter import RemoveRaftVoterRequest, RemoveRaftVoterResponse
from wire.schema import ZERO_UUID


def handle(ctx: RequestContext, request: RemoveRaftVoterRequest) -> RemoveRaftVoterResponse:
    try:
        ctx.node.check_cluster_id(request.cluster_id)
    except KafkaError as error:
        return RemoveRaftVoterResponse(error_code=error.code, error_message=error.message)
    if request.voter_id < 0 or request.voter_directory_id == ZERO_UUID:
        return RemoveRaftVoterResponse(
            error_code=ErrorCode.INVALID_REQUEST,
            error_message="Remove voter request didn't include a valid voter",
        )
    return RemoveRaftVoterResponse(
        error_code=ErrorCode.UNSUPPORTED_VERSION,
        error_message=(
            "Cluster doesn't support removing voter because the kraft.version feature is 0"
        ),
    )


def error_response(_request: RemoveRaftVoterRequest, code: ErrorCode) -> RemoveRaftVoterResponse:
    return RemoveRaftVoterResponse(error_code=code, error_message=None)
