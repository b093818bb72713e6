"""What a case of the benchmark gets of the broker that it measures."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from kbroker.cli.raw_client import RawClient
from tools.process_costs import Meter
from tools.topic_requests import create_topic


@dataclass
class Run:
    """One measurement. The case enters ``meter`` for the time that it measures. Where the broker
    stores nothing, there are no topics to create and no contents to check."""

    bootstrap: str
    meter: Meter
    stores: bool

    def new_topic(self, partitions: int = 1) -> str:
        name = f"bench-{uuid.uuid4().hex[:8]}"
        if self.stores:
            with RawClient(self.bootstrap) as client:
                create_topic(client, name, partitions)
        return name
