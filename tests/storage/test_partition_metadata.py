"""Topic ids in the folders of logs."""

from __future__ import annotations

from tests.storage.conftest import (
    TOPIC_ID,
    Workbench,
    folder_of,
)


class TestTopics:
    def test_folders_of_logs(self, bench: Workbench) -> None:
        bench.log(topic="a-b.c_d", partition=7)
        bench.log(topic="plain")
        bench.filesystem.make_folders("/data/no-number-x")
        bench.filesystem.make_folders("/data/nothing")
        assert set(bench.log_dir.topic_partitions()) == {
            ("a-b.c_d", 7, TOPIC_ID),
            ("plain", 0, TOPIC_ID),
        }

    def test_is_kafkas_format(self, bench: Workbench) -> None:
        path = f"{folder_of(bench.log())}/partition.metadata"
        text = b"version: 0\ntopic_id: AAECAwQFBgcICQoLDA0ODw"
        assert bench.filesystem.read(path) == text

    def test_an_id_that_is_missing_or_damaged(self, bench: Workbench) -> None:
        log = bench.log()
        path = f"{folder_of(log)}/partition.metadata"
        for text in (b"version: 0\n", b"topic_id: A", b"topic_id: !!", b"topic_id: AAAA"):
            bench.filesystem.replace(path, text)
            assert list(bench.log_dir.topic_partitions()) == [("t", 0, None)]
        bench.filesystem.remove(path)
        bench.reopen(log)
        assert list(bench.log_dir.topic_partitions()) == [("t", 0, TOPIC_ID)]
