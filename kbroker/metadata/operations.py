"""What a client may do with a resource, as bits: without an authorizer, everything there is."""

from __future__ import annotations

NOT_ASKED = -(1 << 31)
ALL_TOPIC_OPERATIONS = sum(1 << operation for operation in (3, 4, 5, 6, 7, 8, 10, 11))
ALL_CLUSTER_OPERATIONS = sum(1 << operation for operation in (5, 7, 8, 9, 10, 11, 12))
