"""Whose directory it is."""

from __future__ import annotations

import pytest

from storage import (
    LogDir,
    MetaProperties,
    UnsupportedFormat,
)
from tests.storage.conftest import IDENTITY, Workbench


class TestIdentity:
    def test_the_first_one_stays(self, bench: Workbench) -> None:
        bench.stop()
        log_dir = LogDir(bench.path, bench.filesystem)
        log_dir.open(MetaProperties("other", 2, "other"))
        assert log_dir.meta.cluster_id == IDENTITY.cluster_id
        assert log_dir.meta.node_id == 1
        assert log_dir.meta.directory_id == IDENTITY.directory_id

    def test_comments_and_values_with_an_equals_sign(self, bench: Workbench) -> None:
        text = b"#a=b\n# no value\n\nversion=1\nnode.id=3\ncluster.id=AA==\n"
        bench.filesystem.replace("/data/other", text)
        found = MetaProperties.read(bench.filesystem, "/data/other")
        assert found is not None
        assert (found.node_id, found.cluster_id, found.directory_id) == (3, "AA==", "")

    @pytest.mark.parametrize(
        "text",
        [
            b"version=2\nnode.id=1\ncluster.id=c",
            b"version=1",
            b"version=1\nnode.id=x",
            b"",
            b"\xff",
        ],
    )
    def test_an_unknown_format(self, bench: Workbench, text: bytes) -> None:
        bench.stop()
        bench.filesystem.replace("/data/meta.properties", text)
        with pytest.raises(UnsupportedFormat, match="meta"):
            LogDir(bench.path, bench.filesystem).open(IDENTITY)
