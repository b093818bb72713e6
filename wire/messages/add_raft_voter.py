"""AddRaftVoter: a controller joins the voters of the metadata quorum (KIP-853).

v1 can answer before the change is committed (KIP-1186)."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, Struct, array, boolean, int16, int32, string, uint16, uuid


class Listener(Struct):
    name: str = string()
    host: str = string()
    port: int = uint16()


class AddRaftVoterRequest(Message, api=ApiKey.ADD_RAFT_VOTER):
    cluster_id: str | None = string(null_since=0)
    timeout_ms: int = int32()
    voter_id: int = int32()
    voter_directory_id: bytes = uuid()
    listeners: list[Listener] = array(Listener)
    ack_when_committed: bool = boolean(since=1, default=True)


class AddRaftVoterResponse(Message, api=ApiKey.ADD_RAFT_VOTER):
    throttle_time_ms: int = int32(default=0)
    error_code: int = int16()
    error_message: str | None = string(null_since=0, default="")
