"""The authorized operations of a resource, a bit for each AclOperation (KIP-430). Without an
authorizer they are all operations of the resource."""

from __future__ import annotations

NOT_ASKED = -(1 << 31)
ALL_TOPIC_OPERATIONS = sum(1 << operation for operation in (3, 4, 5, 6, 7, 8, 10, 11))
ALL_GROUP_OPERATIONS = sum(1 << operation for operation in (3, 6, 8, 10, 11))
ALL_CLUSTER_OPERATIONS = sum(1 << operation for operation in (5, 7, 8, 9, 10, 11, 12))
