"""Every refusal of storage has a code."""

from __future__ import annotations

import storage
from kbroker.replicas import storage_errors

NEVER_SEEN_BY_CLIENTS = {
    storage.StorageError,  # the root, never raised itself
    storage.LogDirLocked,
    storage.UnsupportedFormat,
}


def test_all_are_mapped() -> None:
    """A new class of error cannot be forgotten."""
    classes = {
        found
        for found in vars(storage).values()
        if isinstance(found, type) and issubclass(found, Exception)
    }

    assert classes - NEVER_SEEN_BY_CLIENTS == set(storage_errors._CODES)
