"""Fetch with sessions (KIP-227), as a running 4.3.1 answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.drivers import BrokerDriver, Client
from tests.kbroker.handlers.fetching import data_of, partition, produce, request
from wire.errors import ErrorCode
from wire.messages.fetch import (
    FetchPartition,
    FetchRequest,
    FetchTopic,
    ForgottenTopic,
)


class Sessions:
    """A client with an incremental session (KIP-227) over partitions 0 to 2."""

    def __init__(self, broker: BrokerDriver) -> None:
        self.client: Client = broker.connect()
        answer = self.client.ask(
            request(*(partition(index) for index in range(3)), session_epoch=0), 11
        )
        self.id: int = answer.session_id
        self.epoch = 0

    def ask(self, *partitions: FetchPartition, **fields: Any) -> Any:
        self.epoch += 1
        fields = {"session_id": self.id, "session_epoch": self.epoch} | fields
        return self.client.ask(request(*partitions, **fields), 11)


@pytest.fixture
def topic(broker: BrokerDriver) -> BrokerDriver:
    broker.create_topic("t", 3)
    return broker


def test_sessions_answer_only_news(topic: BrokerDriver) -> None:
    """What has not changed is left out; what comes is what the session remembers to want."""
    session = Sessions(topic)
    assert session.id > 0
    assert data_of(session.ask()) == []
    produce(topic, b"a", index=1)

    assert [data.partition_index for data in data_of(session.ask())] == [1]
    assert data_of(session.ask(partition(1, offset=1))) == []


def test_sessions_tell_of_a_partition_that_is_added(broker: BrokerDriver) -> None:
    """Though it is empty, and its offsets are 0."""
    broker.create_topic("t", 4)
    session = Sessions(broker)
    assert [data.partition_index for data in data_of(session.ask(partition(3)))] == [3]
    assert data_of(session.ask(partition(3))) == []


def test_sessions_tell_of_a_moved_log_start(topic: BrokerDriver) -> None:
    """Though there is nothing to read."""
    produce(topic, b"a", index=1)
    produce(topic, b"b", index=1)
    session = Sessions(topic)
    assert data_of(session.ask(partition(1, offset=2))) == []
    found = topic.node.replicas.find("t", 1)
    assert found is not None
    found.delete_records(1)
    (data,) = data_of(session.ask())

    assert (data.partition_index, data.log_start_offset) == (1, 1)
    assert data_of(session.ask()) == []


def test_sessions_serve_in_turns(topic: BrokerDriver) -> None:
    """A partition that was served goes to the end, so a small limit starves nobody."""
    session = Sessions(topic)
    for index in range(3):
        produce(topic, b"x" * 100, index=index)
    served = []
    for _ in range(3):
        answer = session.ask(max_bytes=1)
        served += [data.partition_index for data in data_of(answer) if data.records]

    assert sorted(served) == [0, 1, 2]


def test_forgotten_partitions(topic: BrokerDriver) -> None:
    """What a session forgets comes no more; an empty session is closed."""
    session = Sessions(topic)
    produce(topic, b"a", index=1)
    answer = session.ask(forgotten_topics_data=[ForgottenTopic(topic="t", partitions=[1])])
    assert data_of(answer) == []
    answer = session.ask(forgotten_topics_data=[ForgottenTopic(topic="t", partitions=[0, 2])])

    assert answer.session_id == 0
    assert session.ask().error_code == ErrorCode.FETCH_SESSION_ID_NOT_FOUND


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"session_epoch": 5}, ErrorCode.INVALID_FETCH_SESSION_EPOCH),
        ({"session_id": 123456}, ErrorCode.FETCH_SESSION_ID_NOT_FOUND),
        ({"session_id": 0, "session_epoch": 5}, ErrorCode.FETCH_SESSION_ID_NOT_FOUND),
    ],
)
def test_session_errors(topic: BrokerDriver, fields: dict[str, int], code: ErrorCode) -> None:
    """They concern the request as a whole."""
    answer = Sessions(topic).ask(**fields)

    assert (answer.error_code, answer.session_id, answer.responses) == (code, 0, [])


def test_sessions_do_not_mix_names_and_ids(topic: BrokerDriver) -> None:
    """A session is by name or by id, as it was opened."""
    session = Sessions(topic)
    wanted = request(session_id=session.id, session_epoch=1)
    answer = session.client.ask(wanted, 13)

    assert answer.error_code == ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR


def test_a_session_that_goes_on_with_a_version_that_cannot_tell_a_divergence(
    topic: BrokerDriver,
) -> None:
    wanted = partition(offset=3, last_fetched_epoch=0)
    client = topic.connect()
    opened = client.ask(request(wanted, session_epoch=0), 12)
    answer = client.ask(request(session_id=opened.session_id, session_epoch=1), 11)

    assert answer.error_code == ErrorCode.UNSUPPORTED_VERSION


def test_a_deleted_topic_of_a_session(topic: BrokerDriver) -> None:
    """Its partition is unknown, not its id, as long as the session remembers it."""
    image = topic.node.metadata.image.topic("t")
    assert image is not None
    client = topic.connect()
    wanted = [FetchTopic(topic_id=image.topic_id, partitions=[partition()])]
    opened = client.ask(
        FetchRequest(max_wait_ms=0, min_bytes=1, session_epoch=0, topics=wanted), 13
    )
    topic.node.metadata.delete_topics([image])
    topic.settle()
    answers = [
        client.ask(request(session_id=opened.session_id, session_epoch=epoch), 13)
        for epoch in (1, 2)
    ]

    assert [data_of(answer)[0].error_code for answer in answers] == [3, 3]


def test_a_full_request_closes_the_session_it_names(topic: BrokerDriver) -> None:
    """With epoch 0 it opens another, with -1 none."""
    session = Sessions(topic)
    again = session.client.ask(request(partition(), session_id=session.id, session_epoch=0), 11)
    last = session.client.ask(
        request(partition(), session_id=again.session_id, session_epoch=-1), 11
    )

    assert again.session_id not in (0, session.id)
    assert last.session_id == 0
    assert len(topic.node.replicas.fetch_sessions) == 0


def test_slots(topic: BrokerDriver) -> None:
    """When all are taken, a session in use keeps its own and the newcomer does without."""
    small = BrokerDriver(max_incremental_fetch_session_cache_slots="1")
    small.create_topic("t", 3)
    first = Sessions(small)
    assert Sessions(small).id == 0
    small.advance(120_001)
    second = Sessions(small)

    assert second.id > 0
    assert first.ask().error_code == ErrorCode.FETCH_SESSION_ID_NOT_FOUND


def test_a_failed_request_tells_its_session(topic: BrokerDriver) -> None:
    """Also the id of none, which nothing can be looked for with."""
    for wrong in (-(2**31), 2**31 - 1):
        answer = topic.connect().ask(request(partition(), session_id=wrong, session_epoch=-1), 11)
        assert (answer.error_code, answer.session_id) == (-1, wrong)


def test_a_topic_of_a_session_that_was_made_again(topic: BrokerDriver) -> None:
    """A session by id knows the old one, also when it names it again; one by name the new one. A
    full request by the old id knows nothing."""
    image = topic.node.metadata.image.topic("t")
    assert image is not None
    client, version = topic.connect(), 13

    def ask(session_id: int, epoch: int, *wanted: FetchTopic) -> Any:
        fields = {"session_id": session_id, "session_epoch": epoch}
        asked = FetchRequest(max_wait_ms=0, min_bytes=1, topics=list(wanted), **fields)
        return client.ask(asked, version)

    by_id = FetchTopic(topic_id=image.topic_id, partitions=[partition()])
    by_name = Sessions(topic)
    opened = ask(0, 0, by_id).session_id
    topic.node.metadata.delete_topics([image])
    topic.create_topic("t", 3)
    answers = [ask(opened, 1), ask(opened, 2, by_id), ask(0, -1, by_id)]

    assert [data_of(answer)[0].error_code for answer in answers] == [
        ErrorCode.INCONSISTENT_TOPIC_ID,
        ErrorCode.INCONSISTENT_TOPIC_ID,
        ErrorCode.UNKNOWN_TOPIC_ID,
    ]
    assert [data.error_code for data in data_of(by_name.ask())] in ([], [0])


SHARD = (1 << 31) // 8


@pytest.mark.parametrize(
    ("session_id", "code"),
    [
        (-SHARD + 1, ErrorCode.UNKNOWN_SERVER_ERROR),
        (-SHARD + 2, ErrorCode.FETCH_SESSION_ID_NOT_FOUND),
        (8 * (SHARD - 1) - 1, ErrorCode.FETCH_SESSION_ID_NOT_FOUND),
        (8 * (SHARD - 1), ErrorCode.UNKNOWN_SERVER_ERROR),
    ],
)
def test_ids_that_belong_to_no_cache(topic: BrokerDriver, session_id: int, code: ErrorCode) -> None:
    """Kafka divides all ids among eight, rounds towards zero, and finds no cache for the rest."""
    asked = request(partition(), session_id=session_id, session_epoch=1)
    assert topic.connect().ask(asked, 11).error_code == code


def test_a_session_may_begin_with_nothing(topic: BrokerDriver) -> None:
    """Its partitions come later."""
    client = topic.connect()
    begun = client.ask(request(session_epoch=0), 11)
    asked = request(partition(), session_id=begun.session_id, session_epoch=1)

    assert begun.session_id > 0
    assert len(data_of(client.ask(asked, 11))) == 1


def test_followers_keep_their_sessions() -> None:
    """Those of consumers make room for them, and not the other way round."""
    broker = BrokerDriver(max_incremental_fetch_session_cache_slots="1")
    broker.create_topic("t", 2)
    client = broker.connect()

    def begins(*indexes: int, **fields: int) -> bool:
        asked = request(*map(partition, indexes), session_epoch=0, **fields)
        return bool(client.ask(asked, 11).session_id)

    assert [begins(0), begins(0, replica_id=0), begins(0, 1)] == [True, True, False]
