"""AddRaftVoter: the voters of a quorum with kraft.version 0 never change (KIP-853)."""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.metadata.voters import refusal
from wire.errors import ErrorCode, KafkaError
from wire.messages.add_raft_voter import AddRaftVoterRequest, AddRaftVoterResponse, Listener

CONTROLLER = "CONTROLLER"


def handle(ctx: RequestContext, request: AddRaftVoterRequest) -> AddRaftVoterResponse:
    cluster_id, directory_id = request.cluster_id, request.voter_directory_id
    error = refusal("Add", ctx.node.cluster_id, cluster_id, request.voter_id, directory_id)
    if error.code is ErrorCode.UNSUPPORTED_VERSION:  # which is looked at last
        error = _missing_endpoint(request.listeners) or error
    return AddRaftVoterResponse(error_code=error.code, error_message=error.message)


def _missing_endpoint(listeners: list[Listener]) -> KafkaError | None:
    """A voter has to be reached by the listener of the others, whose names are in capitals."""
    endpoints = {one.name.upper(): f"{one.host}/<unresolved>:{one.port}" for one in listeners}
    if CONTROLLER in endpoints:
        return None
    told = ", ".join(f"ListenerName({name})={where}" for name, where in endpoints.items())
    return KafkaError(
        ErrorCode.INVALID_REQUEST,
        f"Add voter request didn't include the endpoint (Endpoints(endpoints={{{told}}})) "
        f"for the default listener ListenerName({CONTROLLER})",
    )


def error_response(_request: AddRaftVoterRequest, code: ErrorCode) -> AddRaftVoterResponse:
    return AddRaftVoterResponse(error_code=code, error_message=None)
