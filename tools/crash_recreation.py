"""A topic that the crash loop deletes and makes again, and whose records it deletes.

Its records are written and counted by the loop itself, one request after the other, so that it is
known at each kill what must be there after the next start.
"""

from __future__ import annotations

import random
import time

from kbroker.cli.raw_client import RawClient
from tools.topic_requests import create_topic, delete_topic, produce_request
from wire.messages.delete_records import (
    DeleteRecordsPartition,
    DeleteRecordsRequest,
    DeleteRecordsTopic,
)
from wire.messages.list_offsets import (
    ListOffsetsPartition,
    ListOffsetsRequest,
    ListOffsetsTopic,
)

TOPIC = "made-again"
EARLIEST, LATEST = -2, -1
MOST_RECORDS = 9
SHARE_MADE_AGAIN = 0.4
SHARE_RECORDS_DELETED = 0.3
SETTLE_S = 30


class RecreatedTopic:
    """``problems`` says in words which records were lost, or came back from an older topic."""

    def __init__(self, bootstrap: str, seed: int) -> None:
        self._bootstrap = bootstrap
        self._rng = random.Random(seed)
        self._acknowledged = 0
        self._deleted_before = 0
        self.made_again = 0
        self.problems: list[str] = []

    def create(self) -> None:
        client = RawClient(self._bootstrap)
        create_topic(client, TOPIC)
        client.close()

    def before_the_kill(self) -> None:
        """Deletes the topic and makes it again, or deletes records; then writes some."""
        client = RawClient(self._bootstrap)
        chance = self._rng.random()
        if chance < SHARE_MADE_AGAIN:
            delete_topic(client, TOPIC)
            create_topic(client, TOPIC)
            self._acknowledged = self._deleted_before = 0
            self.made_again += 1
        elif chance < SHARE_MADE_AGAIN + SHARE_RECORDS_DELETED:
            self._delete_records(client)
        values = [b"x"] * self._rng.randint(1, MOST_RECORDS)
        answer = client.ask(produce_request(TOPIC, values, round(time.time() * 1000)), 9)
        (partition,) = answer.responses[0].partition_responses
        if partition.error_code or partition.base_offset != self._acknowledged:
            self.problems.append(
                f"{TOPIC}: records {self._acknowledged} and on were answered with error "
                f"{partition.error_code} and offset {partition.base_offset}"
            )
        self._acknowledged += len(values)
        client.close()

    def _delete_records(self, client: RawClient) -> None:
        offset = self._rng.randint(self._deleted_before, self._acknowledged)
        partition = DeleteRecordsPartition(partition_index=0, offset=offset)
        topic = DeleteRecordsTopic(name=TOPIC, partitions=[partition])
        client.ask(DeleteRecordsRequest(topics=[topic], timeout_ms=10_000), 2)
        self._deleted_before = offset

    def after_the_start(self) -> None:
        """What was deleted since the last checkpoint may have come back; nothing else has gone."""
        start, end = self._offset(EARLIEST), self._offset(LATEST)
        if end != self._acknowledged:
            self.problems.append(f"{TOPIC}: {self._acknowledged} records, but it ends at {end}")
        if start > self._deleted_before:
            self.problems.append(
                f"{TOPIC}: records before {self._deleted_before} were deleted, but it starts at "
                f"{start}"
            )
        self._acknowledged = end
        self._deleted_before = max(start, min(self._deleted_before, end))

    def _offset(self, timestamp: int) -> int:
        asked = ListOffsetsPartition(partition_index=0, timestamp=timestamp)
        request = ListOffsetsRequest(
            replica_id=-1, topics=[ListOffsetsTopic(name=TOPIC, partitions=[asked])]
        )
        deadline = time.monotonic() + SETTLE_S
        client = RawClient(self._bootstrap)
        try:
            while time.monotonic() < deadline:
                (partition,) = client.ask(request, 3).topics[0].partitions
                if not partition.error_code:
                    offset: int = partition.offset
                    return offset
                time.sleep(0.05)
        finally:
            client.close()
        raise TimeoutError(f"{TOPIC} cannot be asked within {SETTLE_S} s")
