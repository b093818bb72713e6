"""The steps of a transactional id, with Kafka's checks in Kafka's order."""

from __future__ import annotations

import pytest

from kbroker.coordinator.shard import Result
from kbroker.coordinator.transaction.states import TransactionState
from kbroker.coordinator.transaction.transaction import LAST_EPOCH, Transaction, forgotten_record
from kbroker.coordinator.transaction.transaction_shard import Producer, TransactionShard
from kbroker.settings.broker_settings import BrokerSettings
from tests.drivers import NOW_MS, ManualClock
from wire.errors import ErrorCode, KafkaError

PLACES = frozenset({("t", 0)})
WEEK_MS = 7 * 24 * 3_600_000


class Bench:
    """A shard whose results are written at once, and never committed."""

    def __init__(self, **known: object) -> None:
        ids = iter(range(100, 200))
        self.shard = TransactionShard(BrokerSettings(), ManualClock(), lambda: next(ids), lambda: 2)
        if known:
            fields = {"producer_id": 7, "timeout_ms": 60, "last_update_ms": 0} | known
            self.shard.transactions["id"] = Transaction(**fields)  # type: ignore[arg-type]

    def write(self, result: Result[Transaction]) -> Transaction:
        for record in result.records:
            self.shard.replay(record, -1)
        if result.replayed is not None:
            result.replayed()
        return result.response

    def end(self, producer_id: int, epoch: int, commit: bool, version: int = 2) -> Transaction:
        return self.write(self.shard.end("id", Producer(producer_id, epoch), commit, version))


def code_of(attempt: object, *arguments: object) -> ErrorCode:
    with pytest.raises(KafkaError) as raised:
        attempt(*arguments)  # type: ignore[operator]
    return raised.value.code


def test_a_new_id_gets_a_producer_id_at_epoch_0() -> None:
    new = Bench().shard.initialise("id", 60, None).response
    assert (new.producer_id, new.producer_epoch, new.state) == (100, 0, TransactionState.EMPTY)


def test_a_producer_whose_id_was_forgotten_may_go_on() -> None:
    new = Bench().shard.initialise("id", 60, Producer(7, 3)).response
    assert (new.producer_id, new.producer_epoch) == (100, 0)


@pytest.mark.parametrize(
    ("producer_id", "epoch", "is_fenced"),
    [(7, 3, False), (7, 2, False), (7, 1, True), (8, 3, True), (6, 3, True), (6, LAST_EPOCH, True)],
)
def test_who_may_go_on(producer_id: int, epoch: int, is_fenced: bool) -> None:
    """Whoever has the newest epoch or the one before (KIP-360)."""
    bench = Bench(producer_epoch=3, last_producer_epoch=2, previous_producer_id=6)
    expected = Producer(producer_id, epoch)
    if is_fenced:
        code = code_of(bench.shard.initialise, "id", 60, expected)
        assert code == ErrorCode.PRODUCER_FENCED
    else:
        bench.write(bench.shard.initialise("id", 60, expected))


def test_nobody_else_may_go_on_from_epoch_0() -> None:
    bench = Bench(producer_epoch=0)
    expected = Producer(8, 0)
    assert code_of(bench.shard.initialise, "id", 60, expected) == ErrorCode.PRODUCER_FENCED


@pytest.mark.parametrize(
    ("expected", "last_epoch"), [(None, -1), (Producer(7, LAST_EPOCH), LAST_EPOCH)]
)
def test_an_exhausted_epoch_brings_a_new_id(expected: Producer | None, last_epoch: int) -> None:
    """A producer that goes on may ask again with the epoch that it has."""
    bench = Bench(producer_epoch=LAST_EPOCH)
    result = bench.shard.initialise("id", 60, expected)
    assert result.response.last_producer_epoch == last_epoch
    new = bench.write(result)
    assert (new.producer_id, new.producer_epoch, new.previous_producer_id) == (100, 0, 7)


@pytest.mark.parametrize(
    ("epoch", "asked"), [(LAST_EPOCH, LAST_EPOCH - 1), (LAST_EPOCH + 1, LAST_EPOCH)]
)
def test_a_used_up_epoch_cannot_be_asked_for_again(epoch: int, asked: int) -> None:
    """Kafka fails, however valid the epoch before would be."""
    bench = Bench(producer_epoch=epoch, last_producer_epoch=asked)
    code = code_of(bench.shard.initialise, "id", 60, Producer(7, asked))
    assert code == ErrorCode.UNKNOWN_SERVER_ERROR


def test_a_new_id_that_was_not_received_is_told_again() -> None:
    bench = Bench(producer_epoch=LAST_EPOCH)
    for _ in range(2):
        new = bench.write(bench.shard.initialise("id", 60, Producer(7, LAST_EPOCH)))
        assert (new.producer_id, new.producer_epoch) == (100, 0)


def test_an_exhausted_epoch_ends_with_a_new_id() -> None:
    """And a repetition of that end is known by the old one."""
    bench = Bench(producer_epoch=LAST_EPOCH, state=TransactionState.ONGOING, partitions=PLACES)
    bench.end(7, LAST_EPOCH, True)
    complete = bench.write(bench.shard.complete("id"))
    assert (complete.producer_id, complete.producer_epoch) == (100, 0)
    assert bench.end(7, LAST_EPOCH, True) == complete
    assert code_of(bench.end, 7, LAST_EPOCH, False) == ErrorCode.INVALID_TXN_STATE
    fenced = code_of(bench.end, 7, LAST_EPOCH + 1, True)
    assert fenced == ErrorCode.INVALID_PRODUCER_ID_MAPPING


@pytest.mark.parametrize("state", [TransactionState.PREPARE_COMMIT, TransactionState.PREPARE_ABORT])
def test_what_is_decided_has_to_be_finished_first(state: TransactionState) -> None:
    bench = Bench(producer_epoch=1, state=state, partitions=PLACES)
    me = Producer(7, 1)
    codes = {
        code_of(bench.shard.initialise, "id", 60, None),
        code_of(bench.shard.add_partitions, "id", me, PLACES, 2),
        code_of(bench.shard.missing_partitions, "id", me, PLACES),
        code_of(bench.end, 7, 0, state is TransactionState.PREPARE_COMMIT),
        code_of(bench.end, 7, 1, state is TransactionState.PREPARE_COMMIT, 0),
    }
    assert codes == {ErrorCode.CONCURRENT_TRANSACTIONS}
    assert bench.shard.prepared_ids() == ["id"]


def test_who_is_fenced_does_not_wait_for_the_end() -> None:
    bench = Bench(producer_epoch=1, state=TransactionState.PREPARE_COMMIT, partitions=PLACES)
    fenced = Producer(7, 0)
    codes = {
        code_of(bench.shard.add_partitions, "id", fenced, PLACES, 2),
        code_of(bench.shard.missing_partitions, "id", fenced, PLACES),
        code_of(bench.shard.initialise, "id", 60, Producer(8, 1)),
        code_of(bench.end, 7, 1, True),  # with the epoch of the end, which it cannot know yet
    }
    assert codes == {ErrorCode.PRODUCER_FENCED}


def test_what_is_in_there_is_not_written_again() -> None:
    bench = Bench(producer_epoch=1, state=TransactionState.ONGOING, partitions=PLACES)
    assert bench.shard.add_partitions("id", Producer(7, 1), PLACES, 2).records == []


def test_a_transaction_may_start_without_partitions() -> None:
    bench = Bench(producer_epoch=1)
    bench.write(bench.shard.add_partitions("id", Producer(7, 1), frozenset(), 2))
    assert bench.shard.transactions["id"].state is TransactionState.ONGOING


def test_what_is_not_in_there_is_added() -> None:
    bench = Bench(producer_epoch=1, state=TransactionState.ONGOING, partitions=PLACES)
    added = bench.write(bench.shard.add_partitions("id", Producer(7, 1), frozenset({("u", 0)}), 2))
    assert added.partitions == PLACES | {("u", 0)}


@pytest.mark.parametrize(("version", "epoch"), [(0, 1), (0, LAST_EPOCH), (2, 1)])
def test_other_ends_keep_the_producer_id(version: int, epoch: int) -> None:
    bench = Bench(producer_epoch=epoch, state=TransactionState.ONGOING, partitions=PLACES)
    bench.end(7, epoch, True, version)
    assert bench.write(bench.shard.complete("id")).producer_id == 7


def test_an_unlimited_transaction_does_not_time_out() -> None:
    """Two-phase commits wait for their coordinator (KIP-939)."""
    bench = Bench(state=TransactionState.ONGOING, timeout_ms=(1 << 31) - 1, start_ms=0)
    assert bench.shard.timed_out_ids() == []
    bench = Bench(state=TransactionState.ONGOING, start_ms=0)
    assert bench.shard.timed_out_ids() == ["id"]


def test_the_time_of_a_transaction_counts_from_its_start() -> None:
    """However lately it was written to."""
    bench = Bench(state=TransactionState.ONGOING, start_ms=NOW_MS - 61, last_update_ms=NOW_MS)
    assert bench.shard.timed_out_ids() == ["id"]
    bench = Bench(state=TransactionState.ONGOING, start_ms=NOW_MS - 60, last_update_ms=0)
    assert bench.shard.timed_out_ids() == []


@pytest.mark.parametrize(("unused_ms", "is_forgotten"), [(WEEK_MS - 1, False), (WEEK_MS, True)])
def test_an_id_is_forgotten_after_transactional_id_expiration_ms(
    unused_ms: int, is_forgotten: bool
) -> None:
    bench = Bench(last_update_ms=NOW_MS - unused_ms)
    assert len(bench.shard.forget_expired().records) == is_forgotten


@pytest.mark.parametrize("state", TransactionState)
def test_only_an_id_without_a_transaction_is_forgotten(state: TransactionState) -> None:
    """Else what was decided would never get its markers."""
    bench = Bench(state=state)
    is_open = state is TransactionState.ONGOING or state.is_prepared
    assert bool(bench.shard.forget_expired().records) is not is_open


@pytest.mark.parametrize("known", [{}, {"producer_epoch": 1}])
def test_nothing_changes_before_the_replay(known: dict[str, int]) -> None:
    bench = Bench(**known)
    before = dict(bench.shard.transactions)
    result = bench.shard.initialise("id", 60, None)
    assert result.records
    assert bench.shard.transactions == before


def test_a_tombstone_may_be_all_that_compaction_left_of_an_id() -> None:
    bench = Bench()
    bench.shard.replay(forgotten_record("id"), -1)
    assert bench.shard.transactions == {}


def test_the_broker_aborts_with_the_version_of_the_cluster() -> None:
    """Not with the version of the client, which did not ask for the abort (KIP-890)."""
    bench = Bench(producer_epoch=3, state=TransactionState.ONGOING, start_ms=0, version=0)
    timed_out = bench.shard.fence("id").response
    replaced = bench.shard.initialise("id", 60, None).response
    for fenced in (timed_out, replaced):
        assert (fenced.state, fenced.version) == (TransactionState.PREPARE_ABORT, 2)
        assert fenced.last_producer_epoch == 3


def test_an_old_id_cannot_repeat_an_end_that_has_no_markers_yet() -> None:
    """The next id comes with the completion, so nobody has seen epoch 0 of it before."""
    bench = Bench(
        producer_epoch=0, previous_producer_id=6, state=TransactionState.PREPARE_COMMIT, version=2
    )
    assert code_of(bench.end, 6, LAST_EPOCH, True) == ErrorCode.PRODUCER_FENCED
