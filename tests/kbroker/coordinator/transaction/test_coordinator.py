"""Transactions from the first epoch to the last marker, time-outs and crashes included."""

from __future__ import annotations

import pytest

from kbroker.coordinator.transaction.transaction import LAST_EPOCH
from kbroker.replicas.coordinator_log import InternalTopicLog
from kbroker.replicas.partition import Partition
from tests.drivers import BrokerDriver
from tests.faulty_filesystem import Killed
from tests.transactions import KEEPS_EPOCH, RISES, TransactionalProducer, fetch, values
from wire.errors import ErrorCode, KafkaError
from wire.integers import MAX_INT32

VERSIONS = [KEEPS_EPOCH, RISES]
MINUTE_MS = 60_000


@pytest.fixture
def producer(broker: BrokerDriver) -> TransactionalProducer:
    broker.create_topic("t", 2)
    found = TransactionalProducer(broker)
    assert found.init() == 0
    return found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("commit", [True, False])
def test_all_or_nothing_in_every_partition(
    broker: BrokerDriver, producer: TransactionalProducer, version: int, commit: bool
) -> None:
    producer.add(0, 1)
    producer.write(b"a", 0)
    producer.sequence = 0
    producer.write(b"b", 1)
    before = values(broker, 0), values(broker, 1)

    assert producer.end(commit, version) == 0

    assert before == ([], [])
    expected = ([b"a"], [b"b"]) if commit else ([], [])
    assert (values(broker, 0), values(broker, 1)) == expected
    assert fetch(broker, committed=True).last_stable_offset == 2


@pytest.mark.parametrize("version", VERSIONS)
def test_a_new_producer_aborts_what_the_old_one_left(
    broker: BrokerDriver, producer: TransactionalProducer, version: int
) -> None:
    """It comes twice (CONCURRENT_TRANSACTIONS), and the old one is fenced (KIP-98)."""
    producer.add(0)
    producer.write(b"a")
    other = TransactionalProducer(broker)

    assert other.init() == ErrorCode.CONCURRENT_TRANSACTIONS
    assert other.init() == 0

    assert other.epoch == producer.epoch + 2
    assert producer.end(True, version) == ErrorCode.PRODUCER_FENCED
    assert values(broker) == []


def test_a_transaction_that_takes_too_long_is_aborted(
    broker: BrokerDriver, producer: TransactionalProducer
) -> None:
    producer.write(b"a")
    broker.advance(MINUTE_MS)
    was = producer.state()
    broker.advance(10_000)

    assert (was, producer.state()) == ("Ongoing", "CompleteAbort")
    assert producer.end(True) == ErrorCode.INVALID_TXN_STATE  # it might be a repetition
    assert producer.write(b"b") == ErrorCode.INVALID_PRODUCER_EPOCH


def test_an_abort_that_could_not_be_written_is_tried_again(
    broker: BrokerDriver, producer: TransactionalProducer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as refusing:
        producer.write(b"a")
        refusing.setattr(InternalTopicLog, "append", refuse)
        broker.advance(MINUTE_MS + 10_000)
    assert producer.state() == "Ongoing"
    broker.advance(10_000)
    assert producer.state() == "CompleteAbort"


def test_writing_on_does_not_put_off_the_time_out(
    broker: BrokerDriver, producer: TransactionalProducer
) -> None:
    producer.write(b"a")
    broker.advance(50_000)
    assert producer.add(1) == [0]
    broker.advance(20_000)

    assert producer.state() == "CompleteAbort"


def producers(broker: BrokerDriver) -> list[TransactionalProducer]:
    """Two with an open transaction."""
    broker.create_topic("t", 2)
    found = [TransactionalProducer(broker, name) for name in ("a", "b")]
    for one in found:
        one.init()
        assert one.add(0) == [0]
    return found


PARTITION_COUNTS = pytest.mark.parametrize("partitions", ["1", "50"])


@PARTITION_COUNTS
def test_all_transactions_that_take_too_long_are_aborted(partitions: str) -> None:
    """Those of one partition of the coordinator, and those of several."""
    broker = BrokerDriver(transaction_state_log_num_partitions=partitions)
    found = producers(broker)
    broker.advance(MINUTE_MS + 10_000)
    assert [one.state() for one in found] == ["CompleteAbort"] * 2


@PARTITION_COUNTS
def test_all_that_was_decided_is_finished_by_the_next_start(
    partitions: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = BrokerDriver(transaction_state_log_num_partitions=partitions)
    found = producers(broker)
    with monkeypatch.context() as refusing:
        refusing.setattr(type(broker.node.markers), "write", refuse)
        assert [one.end(True) for one in found] == [0, 0]
    broker.restart()
    broker.settle()
    states = [TransactionalProducer(broker, one.transactional_id).state() for one in found]
    assert states == ["CompleteCommit"] * 2


def test_after_a_start_producers_have_an_interval_to_come_back(
    broker: BrokerDriver, producer: TransactionalProducer
) -> None:
    """Only then transactions that took too long are aborted."""
    producer.write(b"a")
    broker.clock.elapsed_ms += 2 * MINUTE_MS
    broker.restart()
    again = TransactionalProducer(broker)
    broker.advance(9_999)
    assert again.state() == "Ongoing"
    broker.advance(1)
    assert again.state() == "CompleteAbort"


def test_the_answer_to_the_end_of_the_last_epoch_has_the_new_id(
    broker: BrokerDriver, producer: TransactionalProducer
) -> None:
    """The producer goes on with it, though the markers still carry the old one."""
    old_id = producer.producer_id
    shard = broker.node.transactions._runtime.read("t")
    known = shard.transactions["t"]
    shard.transactions["t"] = known._replace(producer_epoch=LAST_EPOCH)
    producer.epoch = LAST_EPOCH
    assert producer.write(b"a") == 0
    assert producer.end(True) == 0
    assert (producer.producer_id, producer.epoch) == (old_id + 1, 0)
    assert producer.write(b"b") == 0


def refuse(*_: object) -> Partition:
    raise KafkaError(ErrorCode.KAFKA_STORAGE_ERROR)


@pytest.mark.parametrize("commit", [True, False])
def test_markers_that_could_not_be_written_are_tried_again(
    broker: BrokerDriver,
    producer: TransactionalProducer,
    monkeypatch: pytest.MonkeyPatch,
    commit: bool,
) -> None:
    """The decision stands; every round tries until all partitions have their marker."""
    producer.write(b"a")
    with monkeypatch.context() as refusing:
        refusing.setattr(type(broker.node.markers), "write", refuse)
        assert producer.end(commit) == 0
        for _ in range(2):
            broker.advance(10_000)
            assert producer.state() == ("PrepareCommit" if commit else "PrepareAbort")
            assert fetch(broker, committed=True).last_stable_offset == 0
    broker.advance(10_000)

    assert producer.state() == ("CompleteCommit" if commit else "CompleteAbort")
    assert values(broker) == ([b"a"] if commit else [])
    assert fetch(broker, committed=True).last_stable_offset == 2


def test_an_id_that_nobody_uses_is_forgotten(
    broker: BrokerDriver, producer: TransactionalProducer
) -> None:
    open_one = TransactionalProducer(broker, "open")
    open_one.init(timeout_ms=900_000)
    broker.advance(7 * 24 * 60 * MINUTE_MS - 1)
    open_one.init(timeout_ms=900_000)
    broker.advance(60 * MINUTE_MS)

    assert (producer.state(), open_one.state()) == ("", "Empty")


def test_more_ids_are_forgotten_than_fit_into_one_batch() -> None:
    broker = BrokerDriver(message_max_bytes="1500", transaction_state_log_num_partitions="1")
    for number in range(20):
        TransactionalProducer(broker, "x" * 100 + str(number)).init()
    broker.advance(7 * 24 * 60 * MINUTE_MS)
    assert list(broker.node.transactions.all()) == []


@pytest.mark.parametrize("clean", [True, False])
def test_an_open_transaction_goes_on_after_a_restart(
    broker: BrokerDriver, producer: TransactionalProducer, clean: bool
) -> None:
    producer.write(b"a")
    broker.restart(clean=clean)
    again = TransactionalProducer(broker)
    again.producer_id, again.epoch, again.sequence = producer.producer_id, producer.epoch, 1

    assert again.write(b"b") == 0
    assert again.end(True) == 0
    assert values(broker) == [b"a", b"b"]


@pytest.mark.parametrize("commit", [True, False])
@pytest.mark.parametrize("written", [0, 1, 2])
def test_what_was_decided_is_finished_after_a_crash(
    broker: BrokerDriver,
    producer: TransactionalProducer,
    monkeypatch: pytest.MonkeyPatch,
    commit: bool,
    written: int,
) -> None:
    """Wherever between the decision and the completion it came."""
    producer.add(0, 1)
    producer.write(b"a", 0)
    producer.sequence = 0
    producer.write(b"b", 1)
    write = broker.node.markers.write
    left = [written]

    def crash(*arguments: object) -> Partition:
        if not left[0]:
            raise Killed
        left[0] -= 1
        return write(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(type(broker.node.markers), "write", lambda _self, *args: crash(*args))
    if written == 2:
        complete = "kbroker.coordinator.transaction.transaction_shard.TransactionShard.complete"
        monkeypatch.setattr(complete, lambda *_: (_ for _ in ()).throw(Killed()))
    with pytest.raises(Killed):
        producer.end(commit)
    monkeypatch.undo()
    broker.restart(clean=False)
    broker.settle()

    assert (values(broker, 0), values(broker, 1)) == (([b"a"], [b"b"]) if commit else ([], []))
    state = "CompleteCommit" if commit else "CompleteAbort"
    assert TransactionalProducer(broker).state() == state
    end = fetch(broker, committed=True)
    assert end.last_stable_offset == end.high_watermark


def test_an_end_whose_markers_were_refused_is_tried_again(
    broker: BrokerDriver, producer: TransactionalProducer, monkeypatch: pytest.MonkeyPatch
) -> None:
    producer.write(b"a")
    with monkeypatch.context() as patch:
        patch.setattr(type(broker.node.markers), "write", refuse)
        producer.end(True)
    assert values(broker) == []
    broker.advance(10_000)
    assert (values(broker), producer.state()) == ([b"a"], "CompleteCommit")


def test_a_deleted_topic_does_not_hold_up_a_transaction(
    broker: BrokerDriver, producer: TransactionalProducer
) -> None:
    broker.create_topic("u")
    producer.add(0)
    producer.add(0, topic="u")
    producer.write(b"a")
    broker.node.metadata.delete_topics([broker.node.metadata.image.topic("u")])  # type: ignore[list-item]

    assert producer.end(True) == 0
    assert values(broker) == [b"a"]


@pytest.mark.parametrize(("timeout_ms", "stays"), [(MAX_INT32 - 1, False), (MAX_INT32, True)])
def test_the_longest_time_out_is_none(timeout_ms: int, stays: bool) -> None:
    """Kafka takes it for a transaction in two phases, which waits for a decision from outside."""
    broker = BrokerDriver(transaction_max_timeout_ms=str(MAX_INT32))
    broker.create_topic("t", 2)
    producer = TransactionalProducer(broker)
    producer.init(timeout_ms)
    producer.write(b"a")
    broker.advance(MAX_INT32 + MINUTE_MS)
    assert (producer.state() == "Ongoing") is stays


@pytest.mark.parametrize(
    ("timeout_ms", "code"),
    [
        (0, ErrorCode.INVALID_TRANSACTION_TIMEOUT),
        (900_001, ErrorCode.INVALID_TRANSACTION_TIMEOUT),
        (900_000, 0),
        (1, 0),
    ],
)
def test_timeouts_have_limits(broker: BrokerDriver, timeout_ms: int, code: int) -> None:
    assert TransactionalProducer(broker).init(timeout_ms) == code
