"""AddRaftVoter: the voters of a quorum with kraft.version 0 never change (KIP-853)."""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.metadata.voters import refusal
from wire.errors import ErrorCode
from wire.messages.add_raft_voter import AddRaftVoterRequest, AddRaftVoterResponse


def handle(ctx: RequestContext, request: AddRaftVoterRequest) -> AddRaftVoterResponse:
    cluster_id, directory_id = request.cluster_id, request.voter_directory_id
    error = refusal("Add", ctx.node.cluster_id, cluster_id, request.voter_id, directory_id)
    return AddRaftVoterResponse(error_code=error.code, error_message=error.message)


def error_response(_request: AddRaftVoterRequest, code: ErrorCode) -> AddRaftVoterResponse:
    return AddRaftVoterResponse(error_code=code, error_message=None)
