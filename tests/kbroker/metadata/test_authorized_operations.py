"""The bits of what a client may do, as a running 4.3.1 without an authorizer tells them."""

from __future__ import annotations

from kbroker.metadata.authorized_operations import ALL_CLUSTER_OPERATIONS, ALL_TOPIC_OPERATIONS


def test_bits() -> None:
    assert (ALL_TOPIC_OPERATIONS, ALL_CLUSTER_OPERATIONS) == (3576, 8096)
