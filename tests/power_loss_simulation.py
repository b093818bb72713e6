"""The simulation of transactions and plain clients on a machine that loses power.

Between any two changes of the disk the power may go; of what was not synced a random part survives.
With fsync the rules of transaction_simulation.py must hold.
"""

from __future__ import annotations

import random

from kbroker.replicas.durability import FsyncPolicy
from tests.drivers import BrokerDriver
from tests.faulty_filesystem import Killed
from tests.power_loss import PowerLossFilesystem
from tests.transaction_simulation import SETTINGS, Actor, Simulation


class PowerLossSimulation(Simulation):
    """One schedule, made by its seed, with commits as ``fsync`` says."""

    def __init__(self, seed: int, fsync: FsyncPolicy) -> None:
        self.fsync = fsync
        self.seed = seed
        super().__init__(seed)

    def make_broker(self) -> BrokerDriver:
        self.disk = PowerLossFilesystem(random.Random(self.seed))
        return BrokerDriver(filesystem=self.disk, fsync=self.fsync, **SETTINGS)

    def arm(self, _actor: Actor) -> None:
        self.disk.kill_at = self.disk.operations + self.random.randint(0, 40)

    def disarm(self) -> None:
        self.disk.kill_at = None

    def start_again(self, clean: bool) -> None:
        """After a stop, or in the middle of one, the power is gone as well."""
        if clean:
            try:
                self.broker.node.close(clean=True)
            except Killed:
                pass
        self.disk.power_failure()
        self.broker.start()
