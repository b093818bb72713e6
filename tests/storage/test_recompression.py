"""What a batch keeps when its codec changes."""

from __future__ import annotations

import pytest

from storage.recompression import recompressed
from storage.results import AppendOrigin
from storage.validator import validate
from tests.log_configs import log_config
from tests.storage.conftest import NOW, Build
from wire.records import RecordBatch
from wire.records.compression import Compression


@pytest.mark.parametrize("transactional", [False, True])
def test_only_the_codec_changes(build: Build, transactional: bool) -> None:
    fields = {"producer_id": 9, "producer_epoch": 1, "base_sequence": 4}
    sent = RecordBatch(build(3, is_transactional=transactional, **fields))
    stored = recompressed(sent, log_config(compression_type=Compression.GZIP), 1 << 20)

    assert (sent.compression, stored.compression) == (Compression.NONE, Compression.GZIP)
    for name in ("producer_id", "producer_epoch", "base_sequence", "is_transactional"):
        assert getattr(stored, name) == getattr(sent, name)
    assert [(one.timestamp, one.key, one.value) for one in stored] == [
        (NOW + index, b"k", b"v" * 10) for index in range(3)
    ]


@pytest.mark.parametrize(
    ("target", "changed"), [(None, False), (Compression.NONE, False), (Compression.GZIP, True)]
)
def test_when_it_changes(build: Build, target: Compression | None, changed: bool) -> None:
    sent = RecordBatch(build())
    stored = validate(sent, log_config(compression_type=target), AppendOrigin.CLIENT, NOW, "t-0")

    assert (stored is not sent) is changed
