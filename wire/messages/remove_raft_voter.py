"""RemoveRaftVoter: a controller leaves the voters of the metadata quorum (KIP-853)."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, int16, int32, string, uuid


class RemoveRaftVoterRequest(Message, api=ApiKey.REMOVE_RAFT_VOTER):
    cluster_id: str | None = string(null_since=0)
    voter_id: int = int32()
    voter_directory_id: bytes = uuid()


class RemoveRaftVoterResponse(Message, api=ApiKey.REMOVE_RAFT_VOTER):
    throttle_time_ms: int = int32(default=0)
    error_code: int = int16()
    error_message: str | None = string(null_since=0, default="")
