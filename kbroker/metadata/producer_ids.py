"""Producer ids (KIP-730), from blocks that the catalog allocates."""

from __future__ import annotations

from kbroker.metadata.catalog import Catalog


class ProducerIds:
    __slots__ = ("_block", "_catalog")

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._block = iter(range(0))

    def next_id(self) -> int:
        """An id that was never given to a producer, also not before a restart."""
        for producer_id in self._block:
            return producer_id
        self._block = iter(self._catalog.next_producer_ids())
        return next(self._block)
