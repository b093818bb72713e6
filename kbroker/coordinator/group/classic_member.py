"""One member of a classic group."""

from __future__ import annotations

from kbroker.pending import Pending
from wire.internal.consumer_offsets import MemberMetadata
from wire.messages.join_group import JoinGroupRequestProtocol, JoinGroupResponse
from wire.messages.sync_group import SyncGroupResponse


class ClassicGroupMember:
    """A member: its ids, protocols, assignment, and the answers that it waits for.

    ``protocols`` are in the member's order of preference. After a restart only the metadata of the
    group's chosen protocol is known, as in Kafka: the log holds no other.
    """

    __slots__ = (
        "assignment",
        "awaiting_join",
        "awaiting_sync",
        "client_host",
        "client_id",
        "group_instance_id",
        "is_new",
        "member_id",
        "protocols",
        "rebalance_timeout_ms",
        "session_timeout_ms",
    )

    def __init__(
        self,
        *,
        member_id: str,
        group_instance_id: str | None,
        client_id: str,
        client_host: str,
        rebalance_timeout_ms: int,
        session_timeout_ms: int,
        protocols: list[JoinGroupRequestProtocol],
        assignment: bytes = b"",
    ) -> None:
        self.member_id = member_id
        self.group_instance_id = group_instance_id
        self.client_id = client_id
        self.client_host = client_host  # in Java's form: a slash, then the address
        self.rebalance_timeout_ms = rebalance_timeout_ms
        self.session_timeout_ms = session_timeout_ms
        self.protocols = protocols
        self.assignment = assignment
        self.awaiting_join: Pending[JoinGroupResponse] | None = None
        self.awaiting_sync: Pending[SyncGroupResponse] | None = None
        self.is_new = False  # has not yet been through a rebalance

    @classmethod
    def from_stored(cls, stored: MemberMetadata, protocol_name: str | None) -> ClassicGroupMember:
        member = cls(
            member_id=stored.member_id,
            group_instance_id=stored.group_instance_id,
            client_id=stored.client_id,
            client_host=stored.client_host,
            rebalance_timeout_ms=stored.rebalance_timeout,
            session_timeout_ms=stored.session_timeout,
            protocols=[],
        )
        member.apply(stored, protocol_name)
        return member

    def apply(self, stored: MemberMetadata, protocol_name: str | None) -> None:
        """Takes over the stored values; keeps the protocols if the stored one agrees."""
        self.assignment = stored.assignment
        self.session_timeout_ms = stored.session_timeout
        # Version 0 of the stored value has no rebalance timeout.
        if stored.rebalance_timeout == -1:
            self.rebalance_timeout_ms = stored.session_timeout
        else:
            self.rebalance_timeout_ms = stored.rebalance_timeout
        if self.metadata(protocol_name) != stored.subscription:
            self.protocols = [
                JoinGroupRequestProtocol(name=protocol_name or "", metadata=stored.subscription)
            ]

    def to_stored(self, protocol_name: str | None, assignment: bytes) -> MemberMetadata:
        metadata = self.metadata(protocol_name)
        assert metadata is not None, "a group's protocol is one of all its members"
        return MemberMetadata(
            member_id=self.member_id,
            group_instance_id=self.group_instance_id,
            client_id=self.client_id,
            client_host=self.client_host,
            rebalance_timeout=self.rebalance_timeout_ms,
            session_timeout=self.session_timeout_ms,
            subscription=metadata,
            assignment=assignment,
        )

    def metadata(self, protocol_name: str | None) -> bytes | None:
        """The metadata that the member sent for a protocol."""
        for protocol in self.protocols:
            if protocol.name == protocol_name:
                return protocol.metadata
        return None

    def renamed(self, member_id: str) -> ClassicGroupMember:
        """The same member under another id, waiting for nothing."""
        return ClassicGroupMember(
            member_id=member_id,
            group_instance_id=self.group_instance_id,
            client_id=self.client_id,
            client_host=self.client_host,
            rebalance_timeout_ms=self.rebalance_timeout_ms,
            session_timeout_ms=self.session_timeout_ms,
            protocols=self.protocols,
            assignment=self.assignment,
        )

    @property
    def has_satisfied_heartbeat(self) -> bool:
        """Whether a session timeout is ignored, because the member waits for an answer.

        A new member does not know its id yet and cannot rejoin, so it times out also while it
        waits.
        """
        if self.is_new:
            return False
        return self.awaiting_join is not None or self.awaiting_sync is not None

    def complete_sync(self, response: SyncGroupResponse) -> bool:
        """Answers the SyncGroup that waits; whether there was one."""
        pending, self.awaiting_sync = self.awaiting_sync, None
        if pending is None:
            return False
        pending.complete(response)
        return True
