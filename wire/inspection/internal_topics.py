"""The constructs of each internal topic's keys and values."""

from __future__ import annotations

from wire.inspection import (
    classic_groups,
    consumer_groups,
    share_group_state,
    share_groups,
    streams_groups,
    transaction_state,
)
from wire.inspection.coordinator_records import CoordinatorRecords

INTERNAL_TOPICS = {
    "__consumer_offsets": CoordinatorRecords(
        classic_groups.KINDS | consumer_groups.KINDS | share_groups.KINDS | streams_groups.KINDS
    ),
    "__transaction_state": CoordinatorRecords(transaction_state.KINDS),
    "__share_group_state": CoordinatorRecords(share_group_state.KINDS),
}
