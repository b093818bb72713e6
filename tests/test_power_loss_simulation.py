"""What was acknowledged survives a power failure with fsync, and not without.

A schedule can be played again by its seed: ``PowerLossSimulation(seed, BATCH).run()``;
``make soak`` plays many more.
"""

from __future__ import annotations

import pytest

from kbroker.replicas.durability import NO_FSYNC, FsyncMode, FsyncPolicy
from tests.power_loss_simulation import PowerLossSimulation
from tests.transaction_simulation import play

BATCH, ALWAYS = FsyncPolicy(FsyncMode.BATCH), FsyncPolicy(FsyncMode.ALWAYS)


def play_with(fsync: FsyncPolicy, seeds: range) -> None:
    play(lambda seed: PowerLossSimulation(seed, fsync), seeds)


def test_nothing_acknowledged_is_lost() -> None:
    play_with(BATCH, range(100))


def test_nor_with_a_sync_for_each_append() -> None:
    play_with(ALWAYS, range(10_000, 10_050))


def test_without_fsync_some_is_lost() -> None:
    """The model is real."""
    with pytest.raises(AssertionError, match="seed"):
        play_with(NO_FSYNC, range(100))
