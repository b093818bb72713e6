"""What was acknowledged survives a power failure with fsync, and not without.

A schedule can be played again by its seed: ``PowerLossSimulation(seed, BATCH).run(STEPS)``.
"""

from __future__ import annotations

import pytest

from kbroker.replicas.durability import NO_FSYNC, FsyncMode, FsyncPolicy
from tests.power_loss_simulation import PowerLossSimulation

STEPS, CHUNK = 12, 200
BATCH, ALWAYS = FsyncPolicy(FsyncMode.BATCH), FsyncPolicy(FsyncMode.ALWAYS)


def play(seeds: range, fsync: FsyncPolicy) -> None:
    for seed in seeds:
        try:
            PowerLossSimulation(seed, fsync).run(STEPS)
        except BaseException as error:
            raise AssertionError(f"seed {seed}: {error!r}") from error


@pytest.mark.parametrize("first", range(0, 1_000, CHUNK))
def test_nothing_acknowledged_is_lost(first: int) -> None:
    play(range(first, first + CHUNK), BATCH)


def test_nor_with_a_sync_for_each_append() -> None:
    play(range(10_000, 10_000 + CHUNK), ALWAYS)


def test_without_fsync_some_is_lost() -> None:
    """The model is real."""
    with pytest.raises(AssertionError, match="seed"):
        play(range(CHUNK), NO_FSYNC)
