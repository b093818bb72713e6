"""An error of the operating system makes the log directory fail, wherever it strikes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from storage import AppendOrigin, FetchData, Log, LogDirFailed, MemoryFilesystem, only_batch
from tests.log_configs import log_config
from tests.storage.conftest import NOW, Build, Workbench
from tests.storage.log_steps import append, read
from wire.records.control import ControlRecordType, EndTransactionMarker

ABORT = EndTransactionMarker(ControlRecordType.ABORT, 0)

CALLS: dict[str, Callable[[Log, FetchData], object]] = {
    "roll": lambda log, _found: log.roll(NOW),
    "read": lambda log, _found: read(log, 2),
    "bound of": lambda log, found: log.bound_of(found),
    "first batch": lambda log, _found: log.last_stable_offset(log.log_end_offset),
    "aborted transactions": lambda log, _found: log.aborted_transactions(0, 9),
    "offset for timestamp": lambda log, _found: log.offset_for_timestamp(NOW, 9),
    "offset of max timestamp": lambda log, _found: log.offset_of_max_timestamp(),
    "truncate to": lambda log, _found: log.truncate_to(3, NOW),
    "truncate fully": lambda log, _found: log.truncate_fully_and_start_at(0, NOW),
    "delete before": lambda log, _found: log.delete_before(4),
    "apply retention": lambda log, _found: log.apply_retention(NOW + 2, log.log_end_offset),
    "prepare flush": lambda log, _found: log.prepare_flush(snapshot=True),
    "close": lambda log, _found: log.close(),
}


def broken(*_arguments: object) -> object:
    raise OSError(5, "Input/output error")


@pytest.mark.parametrize("doing", CALLS)
def test_of_a_log(
    bench: Workbench, build: Build, monkeypatch: pytest.MonkeyPatch, doing: str
) -> None:
    """The log has an aborted transaction, one whose first records were deleted, and two segments;
    nothing of it is in memory."""
    log = bench.log(log_config(index_interval_bytes=0, retention_ms=1))
    for producer_id in (1, 2):
        fields = {"producer_id": producer_id, "producer_epoch": 0, "base_sequence": 0}
        append(log, build(1, is_transactional=True, **fields))
    marker = only_batch(ABORT.batch(1, 0, NOW))
    log.append(marker, leader_epoch=0, now_ms=NOW, origin=AppendOrigin.COORDINATOR)
    log.delete_before(2)
    log.roll(NOW)
    append(log, build(2))
    found = read(log, 2)
    log = bench.reopen(log)
    append(log, build())
    bench.log_dir._caches.indexes.capacity = bench.log_dir._caches.files.capacity = 0
    bench.log(topic="other").append(
        only_batch(build()), leader_epoch=0, now_ms=NOW, origin=AppendOrigin.CLIENT
    )
    with monkeypatch.context() as failing:
        for name in ("open", "read", "replace", "rename"):
            failing.setattr(MemoryFilesystem, name, broken)
        with pytest.raises(LogDirFailed, match=f"{doing}.*t-0.*Input/output error"):
            CALLS[doing](log, found)
    assert isinstance(bench.log_dir.failed, LogDirFailed)
