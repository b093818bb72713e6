"""AddRaftVoter: the voters of a quorum with kraft.version 0 never change (KIP-853)."""

from __future__ import annotations

from kbroker.context import RequestContext
from wire.errors import ErrorCode, KafkaError
from wire.messages.add_raft_voter import AddRaftVoterRequest, AddRaftVoterResponse
from wire.schema import ZERO_UUID


def handle(ctx: RequestContext, request: AddRaftVoterRequest) -> AddRaftVoterResponse:
    try:
        ctx.node.check_cluster_id(request.cluster_id)
    except KafkaError as error:
        return AddRaftVoterResponse(error_code=error.code, error_message=error.message)
    if request.voter_id < 0 or request.voter_directory_id == ZERO_UUID:
        return AddRaftVoterResponse(
            error_code=ErrorCode.INVALID_REQUEST,
            error_message="Add voter request didn't include a valid voter",
        )
    return AddRaftVoterResponse(
        error_code=ErrorCode.UNSUPPORTED_VERSION,
        error_message="Cluster doesn't support adding voter because the kraft.version feature is 0",
    )


def error_response(_request: AddRaftVoterRequest, code: ErrorCode) -> AddRaftVoterResponse:
    return AddRaftVoterResponse(error_code=code, error_message=None)
