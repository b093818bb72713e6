"""Producer ids (KIP-730): taken one by one from blocks that the catalog hands out."""

from __future__ import annotations

from kbroker.metadata.catalog import Catalog


class ProducerIds:
    __slots__ = ("_block", "_catalog")

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._block = iter(range(0))

    def next_id(self) -> int:
        """An id that no producer was ever given, also not before a restart."""
        for producer_id in self._block:
            return producer_id
        self._block = iter(self._catalog.next_producer_ids())
        return next(self._block)
