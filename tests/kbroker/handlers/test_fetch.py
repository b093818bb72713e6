"""Fetch: limits, waiting and errors (as a running 4.3.1 answers)."""

from __future__ import annotations

from typing import Any

import pytest

from storage import NotHereYet
from tests.drivers import BrokerDriver, batch
from tests.kbroker.handlers.fetching import BIG, data_of, partition, produce, request, values_in
from tests.transactions import TransactionalProducer
from wire.errors import ErrorCode
from wire.messages.fetch import (
    FetchPartition,
    FetchRequest,
    FetchTopic,
    NodeEndpoint,
    ReplicaState,
)


@pytest.mark.parametrize("version", range(4, 13))
def test_records_come_back(topic: BrokerDriver, version: int) -> None:
    """What was produced, with where the log begins and ends."""
    produce(topic, b"a", b"b")
    produce(topic, b"c")
    (data,) = data_of(topic.connect().ask(request(partition()), version))

    assert values_in(data) == [b"a", b"b", b"c"]
    assert (data.high_watermark, data.last_stable_offset) == (3, 3)


@pytest.fixture
def topic(broker: BrokerDriver) -> BrokerDriver:
    broker.create_topic("t", 3)
    return broker


@pytest.mark.parametrize("version", range(13, 19))
def test_by_topic_id(topic: BrokerDriver, version: int) -> None:
    """v13 and later name topics by id only."""
    produce(topic, b"a")
    image = topic.node.metadata.image.topic("t")
    assert image is not None
    known = FetchTopic(topic_id=image.topic_id, partitions=[partition()])
    unknown = FetchTopic(topic_id=bytes(15) + b"\x07", partitions=[partition()])
    answer = topic.connect().ask(
        FetchRequest(max_wait_ms=0, min_bytes=1, topics=[known, unknown]), version
    )

    assert [data.error_code for data in data_of(answer)] == [0, ErrorCode.UNKNOWN_TOPIC_ID]


def test_from_the_middle_of_a_batch(topic: BrokerDriver) -> None:
    """The batch that holds the offset comes whole; the client skips what it did not ask for."""
    produce(topic, b"a", b"b", b"c")
    (data,) = data_of(topic.connect().ask(request(partition(offset=2)), 11))

    assert values_in(data) == [b"a", b"b", b"c"]


def test_limits_cut_within_a_batch(topic: BrokerDriver) -> None:
    """Kafka answers exactly as many bytes as it may, but always one whole batch (KIP-74)."""
    size = len(batch(b"x" * 100))
    produce(topic, b"x" * 100)
    produce(topic, b"y" * 100)

    def fetched(partition_max_bytes: int, max_bytes: int = BIG) -> int:
        wanted = request(partition(max_bytes=partition_max_bytes), max_bytes=max_bytes)
        (data,) = data_of(topic.connect().ask(wanted, 11))
        return len(data.records)

    assert fetched(size + 10) == size + 10
    assert fetched(BIG, max_bytes=size + 10) == size + 10
    assert fetched(0) == fetched(1) == fetched(BIG, max_bytes=0) == size


def test_only_the_first_partition_may_exceed_the_limits(topic: BrokerDriver) -> None:
    """Later ones get what is left, and are listed all the same."""
    for index in range(3):
        produce(topic, b"x" * 100, index=index)
    wanted = request(*(partition(index) for index in range(3)), max_bytes=1)
    answer = data_of(topic.connect().ask(wanted, 11))

    assert [len(data.records) > 0 for data in answer] == [True, False, False]


def test_an_empty_partition_does_not_use_up_the_exception(topic: BrokerDriver) -> None:
    """The first partition that has records exceeds the limits; else its reader would be stuck."""
    produce(topic, b"x" * 100, index=1)
    wanted = request(partition(0), partition(1, max_bytes=1), max_bytes=1)
    answer = data_of(topic.connect().ask(wanted, 11))

    assert [len(data.records) > 0 for data in answer] == [False, True]


def test_waits_for_enough_bytes(topic: BrokerDriver) -> None:
    """A fetch is parked until min_bytes are there, and answered in the turn of the append."""
    client = topic.connect()
    size = len(batch(b"a"))
    client.send(request(partition(), max_wait_ms=500, min_bytes=size + 1), 11)
    produce(topic, b"a")
    assert client.answers() == []
    produce(topic, b"b")

    (answer,) = client.answers()
    assert values_in(data_of(answer)[0]) == [b"a", b"b"]


def test_does_not_wait_where_more_will_not_come(topic: BrokerDriver) -> None:
    """An answer ends with its segment, and that one is full."""
    produce(topic, b"a")
    topic.node.replicas.find("t", 0).log.roll(0)
    produce(topic, b"b")
    client = topic.connect()
    wanted = {"min_bytes": 10_000, "max_wait_ms": 500}
    answer = client.ask(request(partition(), **wanted), 11)
    client.send(request(partition(offset=1), **wanted), 11)

    assert values_in(data_of(answer)[0]) == [b"a"]
    assert client.answers() == []


def test_an_open_transaction_does_not_end_the_wait(topic: BrokerDriver) -> None:
    """What ends with a full segment is not the same at both isolation levels: to read_committed
    consumers it ends before the open transaction, in the segment where they are."""
    producer = TransactionalProducer(topic)
    producer.init()
    produce(topic, b"a")
    producer.add(0)
    producer.write(b"open")
    topic.node.replicas.find("t", 0).log.roll(0)
    produce(topic, b"b")
    answered = []
    for isolation_level in (0, 1):
        client = topic.connect()
        wanted = {"min_bytes": 10_000, "max_wait_ms": 500, "isolation_level": isolation_level}
        client.send(request(partition(), **wanted), 11)
        answered.append(len(client.answers()))

    assert answered == [1, 0]


def test_waits_no_longer_than_it_may(topic: BrokerDriver) -> None:
    """After max_wait_ms comes what there is."""
    client = topic.connect()
    client.send(request(partition(), max_wait_ms=500), 11)
    topic.advance(499)
    assert client.answers() == []
    topic.advance(1)

    (answer,) = client.answers()
    assert [bytes(data.records) for data in data_of(answer)] == [b""]


def test_deleting_a_topic_answers_who_waits_for_it(topic: BrokerDriver) -> None:
    """They learn of it at once."""
    client = topic.connect()
    client.send(request(partition(), max_wait_ms=500), 11)
    image = topic.node.metadata.image.topic("t")
    assert image is not None
    topic.node.metadata.delete_topics([image])
    topic.settle()

    (answer,) = client.answers()
    assert data_of(answer)[0].error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (partition(offset=2), ErrorCode.OFFSET_OUT_OF_RANGE),
        (partition(offset=-1), ErrorCode.OFFSET_OUT_OF_RANGE),
        (partition(index=9), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        (partition(current_leader_epoch=1), ErrorCode.UNKNOWN_LEADER_EPOCH),
        (partition(current_leader_epoch=-2), 0),
        (partition(last_fetched_epoch=5), ErrorCode.OFFSET_OUT_OF_RANGE),
        (partition(max_bytes=-1), ErrorCode.UNKNOWN_SERVER_ERROR),
    ],
)
def test_errors(topic: BrokerDriver, wanted: FetchPartition, code: int) -> None:
    """Every partition has its own, and an error does not wait."""
    produce(topic, b"a")
    (data,) = data_of(topic.connect().ask(request(wanted, max_wait_ms=500), 12))

    assert data.error_code == code
    if code:
        assert (data.high_watermark, data.last_stable_offset, len(data.records)) == (-1, -1, 0)


def test_followers_are_sent_away(topic: BrokerDriver) -> None:
    """No partition has any, so whoever says it is one is told the leader (KIP-951)."""
    old = topic.connect().ask(request(partition(), replica_id=5), 11)
    image = topic.node.metadata.image.topic("t")
    assert image is not None
    new = topic.connect().ask(
        FetchRequest(
            max_wait_ms=0,
            min_bytes=1,
            replica_state=ReplicaState(replica_id=5),
            topics=[FetchTopic(topic_id=image.topic_id, partitions=[partition()])],
        ),
        16,
    )

    assert [data.error_code for data in data_of(old) + data_of(new)] == [6, 6]
    assert data_of(new)[0].current_leader.leader_id == 1
    assert new.node_endpoints == []


def test_the_epoch_of_a_follower_is_looked_at_first(topic: BrokerDriver) -> None:
    wanted = partition(current_leader_epoch=9)
    answer = topic.connect().ask(request(wanted, replica_id=5), 11)
    assert [data.error_code for data in data_of(answer)] == [ErrorCode.UNKNOWN_LEADER_EPOCH]


def test_consumers_with_an_old_epoch_are_told_the_leader_and_its_address() -> None:
    """KIP-951; the broker is named once."""
    broker = BrokerDriver(endpoints={"PLAINTEXT": ("10.0.0.1", 9092)})
    topic_id = broker.create_topic("t", 2)
    broker.restart()  # leader epochs rise
    old = [partition(index, current_leader_epoch=0) for index in range(2)]
    topics = [FetchTopic(topic_id=topic_id, partitions=old)]
    answer = broker.connect().ask(FetchRequest(max_wait_ms=0, min_bytes=1, topics=topics), 16)

    told = [(data.error_code, data.current_leader.leader_id) for data in data_of(answer)]
    assert told == [(ErrorCode.FENCED_LEADER_EPOCH, 1)] * 2
    assert answer.node_endpoints == [NodeEndpoint(node_id=1, host="10.0.0.1", port=9092)]


def test_what_is_cut_off_has_no_aborted_transactions(topic: BrokerDriver) -> None:
    """Not even an empty list: Kafka replaces what does not fit by nothing at all."""
    for index in range(2):
        produce(topic, b"a", index=index)
    wanted = request(partition(), partition(1, max_bytes=1), isolation_level=1)
    whole, cut = data_of(topic.connect().ask(wanted, 12))

    assert (whole.aborted_transactions, cut.aborted_transactions) == ([], None)


def test_aborted_transactions_are_told_up_to_what_was_read(topic: BrokerDriver) -> None:
    """As near as the index tells where that is."""
    producer = TransactionalProducer(topic)
    for _ in range(3):
        producer.init()
        producer.write(b"x" * 5000)
        producer.end(False)

    def told(max_bytes: int) -> int:
        wanted = request(partition(max_bytes=max_bytes), isolation_level=1)
        return len(data_of(topic.connect().ask(wanted, 11))[0].aborted_transactions)

    assert [told(limit) for limit in (6000, 12_000, BIG)] == [2, 3, 3]


def test_where_no_room_is_left_nothing_is_cut_off(topic: BrokerDriver) -> None:
    """Kafka does not even look then, and tells of no aborted transaction."""
    for index in range(2):
        produce(topic, b"a", index=index)
    wanted = request(partition(), partition(1, max_bytes=1), isolation_level=1, max_bytes=1)
    data = data_of(topic.connect().ask(wanted, 12))

    assert [one.aborted_transactions for one in data] == [[], []]


def test_unknown_isolation_level(topic: BrokerDriver) -> None:
    """Kafka has no better code than UNKNOWN_SERVER_ERROR."""
    asked = request(partition(), isolation_level=2)
    asked.topics.append(FetchTopic(topic="", partitions=[partition()]))
    answer = topic.connect().ask(asked, 11)

    assert (answer.error_code, [data.error_code for data in data_of(answer)]) == (-1, [-1, -1])


def test_nothing_to_read_has_no_wrong_limit(topic: BrokerDriver) -> None:
    """As in Kafka, which looks at the limit when it cuts records."""
    (data,) = data_of(topic.connect().ask(request(partition(max_bytes=-1)), 12))

    assert data.error_code == 0


def test_an_empty_partition_has_an_epoch(topic: BrokerDriver) -> None:
    """Whoever has read on in it has read what is gone (KIP-595)."""
    wanted = partition(offset=3, last_fetched_epoch=0)
    (data,) = data_of(topic.connect().ask(request(wanted, isolation_level=1), 12))

    assert (data.error_code, data.aborted_transactions) == (0, None)
    assert (data.diverging_epoch.epoch, data.diverging_epoch.end_offset) == (0, 0)


def test_who_has_read_an_epoch_to_its_end_reads_on(broker: BrokerDriver) -> None:
    broker.create_topic("t")
    produce(broker, b"a")
    broker.restart()
    produce(broker, b"b")
    wanted = partition(offset=1, last_fetched_epoch=0)
    (data,) = data_of(broker.connect().ask(request(wanted), 12))

    assert data.diverging_epoch.epoch == -1
    assert values_in(data) == [b"b"]


def test_nobody_looks_at_the_isolation_level_of_nothing(topic: BrokerDriver) -> None:
    answer = topic.connect().ask(request(partition(), topic="nope", isolation_level=2), 11)

    assert (answer.error_code, data_of(answer)[0].error_code) == (0, 3)


def test_unknown_ids_come_first(topic: BrokerDriver) -> None:
    image = topic.node.metadata.image.topic("t")
    assert image is not None
    ids = (image.topic_id, b"unknown".ljust(16))
    topics = [FetchTopic(topic_id=one, partitions=[partition(9)]) for one in ids]
    answer = topic.connect().ask(FetchRequest(max_wait_ms=0, min_bytes=1, topics=topics), 13)

    assert [data.error_code for data in data_of(answer)] == [100, 3]


@pytest.mark.parametrize(("indexes", "codes"), [((0,), [0, 100]), ((0, 9), None)])
def test_an_id_of_zeros(
    topic: BrokerDriver, indexes: tuple[int, ...], codes: list[int] | None
) -> None:
    """Where Kafka has to compare it with what is told next, it fails for want of a name."""
    image = topic.node.metadata.image.topic("t")
    assert image is not None
    topics = [
        FetchTopic(topic_id=image.topic_id, partitions=[partition(index) for index in indexes]),
        FetchTopic(topic_id=bytes(16), partitions=[partition()]),
    ]
    answer = topic.connect().ask(FetchRequest(max_wait_ms=0, min_bytes=0, topics=topics), 13)

    if codes is None:
        assert (answer.error_code, answer.responses) == (-1, [])
    else:
        assert [data.error_code for data in data_of(answer)] == codes


@pytest.mark.parametrize("wakes", [True, False])
def test_bytes_that_are_still_being_brought(
    topic: BrokerDriver, monkeypatch: pytest.MonkeyPatch, wakes: bool
) -> None:
    """They are nothing to read yet: the fetch waits, and is tried again when the partition changes;
    when its time is up the answer has none."""
    produce(topic, b"a")
    found = topic.node.replicas.find("t", 0)
    assert found is not None
    brought = False
    read = type(found.log).read

    def read_when_brought(*arguments: Any, **options: Any) -> Any:
        if not brought:
            raise NotHereYet
        return read(*arguments, **options)

    monkeypatch.setattr(type(found.log), "read", read_when_brought)
    client = topic.connect()
    client.send(request(partition(), max_wait_ms=500), 12)
    assert client.answers() == []
    brought = wakes
    topic.node.replicas.purgatory.changed(found)
    topic.settle()
    if not wakes:
        assert client.answers() == []
        topic.advance(500)
    (data,) = data_of(client.answers()[0])

    assert (data.error_code, data.high_watermark) == (0, 1)
    assert values_in(data) == ([b"a"] if wakes else [])
