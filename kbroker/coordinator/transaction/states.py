"""The states of a transaction, the allowed changes between them, and the outcomes of EndTxn.

Rules: Kafka's TransactionState and TransactionCoordinator.endTransaction. Kafka has two more
states, which are never stored: Dead, of an id that is being forgotten, and PrepareEpochFence,
between the decision to fence a producer and the abort that follows; both happen in one step here.
"""

from __future__ import annotations

from enum import IntEnum

from wire.errors import ErrorCode


class TransactionState(IntEnum):
    """Values as stored in ``__transaction_state``."""

    EMPTY = 0  # an id without a transaction so far
    ONGOING = 1
    PREPARE_COMMIT = 2  # decided: markers follow in any case
    PREPARE_ABORT = 3
    COMPLETE_COMMIT = 4  # every partition has its marker
    COMPLETE_ABORT = 5

    @property
    def label(self) -> str:
        """The name that clients see."""
        return self.name.title().replace("_", "")

    @property
    def is_prepared(self) -> bool:
        return self in (TransactionState.PREPARE_COMMIT, TransactionState.PREPARE_ABORT)


EMPTY, ONGOING, PREPARE_COMMIT, PREPARE_ABORT, COMPLETE_COMMIT, COMPLETE_ABORT = TransactionState
_AT_REST = frozenset({EMPTY, COMPLETE_COMMIT, COMPLETE_ABORT})

ALLOWED_FROM: dict[TransactionState, frozenset[TransactionState]] = {
    EMPTY: _AT_REST,
    ONGOING: _AT_REST | {ONGOING},
    PREPARE_COMMIT: frozenset({ONGOING}),
    # Under KIP-890 a producer that does not know its state may abort in any state.
    PREPARE_ABORT: _AT_REST | {ONGOING},
    COMPLETE_COMMIT: frozenset({PREPARE_COMMIT}),
    COMPLETE_ABORT: frozenset({PREPARE_ABORT}),
}

COMPLETED = {PREPARE_COMMIT: COMPLETE_COMMIT, PREPARE_ABORT: COMPLETE_ABORT}

# The outcome of EndTxn: the next state, or the answer. Missing keys mean INVALID_TXN_STATE.
Outcome = TransactionState | ErrorCode

# By (state, whether to commit), for producers that keep their epoch (EndTxn v0 to v4).
OUTCOMES: dict[tuple[TransactionState, bool], Outcome] = {
    (ONGOING, True): PREPARE_COMMIT,
    (ONGOING, False): PREPARE_ABORT,
    (PREPARE_COMMIT, True): ErrorCode.CONCURRENT_TRANSACTIONS,
    (PREPARE_ABORT, False): ErrorCode.CONCURRENT_TRANSACTIONS,
    (COMPLETE_COMMIT, True): ErrorCode.NONE,
    (COMPLETE_ABORT, False): ErrorCode.NONE,
}

# By (state, whether to commit, whether the request repeats the last EndTxn), for producers whose
# epoch rises with every end (EndTxn v5, KIP-890).
OUTCOMES_OF_RISING_EPOCHS: dict[tuple[TransactionState, bool, bool], Outcome] = {
    (EMPTY, False, False): PREPARE_ABORT,
    (ONGOING, True, False): PREPARE_COMMIT,
    (ONGOING, False, False): PREPARE_ABORT,
    (PREPARE_COMMIT, True, True): ErrorCode.CONCURRENT_TRANSACTIONS,
    (PREPARE_ABORT, False, True): ErrorCode.CONCURRENT_TRANSACTIONS,
    (COMPLETE_COMMIT, True, True): ErrorCode.NONE,
    (COMPLETE_COMMIT, False, False): PREPARE_ABORT,
    (COMPLETE_ABORT, False, True): ErrorCode.NONE,
    (COMPLETE_ABORT, False, False): PREPARE_ABORT,
}
