"""librdkafka's own test suite, built from Debian's source package.

    python -m compat_tests.suites.librdkafka HOST:PORT [TEST...]

Every test is a process of the suite's runner by itself: one that aborts takes no other with it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from compat_tests.brokers import NotRunError
from compat_tests.reference import VERSION as KAFKA_VERSION
from compat_tests.suites import CACHE, PASSED, Outcomes

BUILD = Path(__file__).parent / "build-librdkafka"
LIMIT_S = 60
# They wait more than they work.
AT_ONCE = 4

# Those that ask something of a single broker that creates topics by itself, and that end in half a
# minute.  Left out: security, and what needs no broker at all or several (as 0103_transactions).
SELECTION = """
    0001_multiobj 0002_unkpart 0003_msgmaxsize 0005_order 0007_autotopic 0008_reqacks
    0011_produce_batch 0012_produce_consume 0013_null_msgs 0014_reconsume_191 0015_offsets_seek
    0016_client_swname 0017_compression 0019_list_groups 0020_destroy_hang 0021_rkt_destroy
    0022_consume_batch 0026_consume_pause 0029_assign_offset 0030_offset_commit 0031_get_offsets
    0034_offset_reset 0036_partial_fetch 0038_performance 0039_event_dr 0040_io_event
    0041_fetch_max_bytes 0042_many_topics 0044_partition_cnt 0048_partitioner 0050_subscribe_adds
    0051_assign_adds 0054_offset_time 0055_producer_latency 0056_balanced_group_mt
    0057_invalid_topic 0059_bsearch 0060_op_prio 0061_consumer_lag 0063_clusterid 0065_yield
    0067_empty_topic 0069_consumer_add_parts 0070_null_empty 0073_headers 0075_retry 0083_cb_event
    0084_destroy_flags 0085_headers 0086_purge_remote 0089_max_poll_interval 0090_idempotence
    0099_commit_metadata 0102_static_group_rebalance 0112_assign_unknown_part
    0113_cooperative_rebalance 0114_sticky_partitioning 0122_buffer_cleaning_after_rebalance
    0125_immediate_flush 0130_store_offsets 0132_strategy_ordering 0137_barrier_batch_consume
"""
TESTS = SELECTION.split()


def fetch() -> Path:
    """The folder of the built runner; NotRunError says what is missing for it."""
    folder = CACHE / "librdkafka"
    if not (folder / "tests" / "test-runner").exists():
        for program in ("apt-get", "cc", "make"):
            if shutil.which(program) is None:
                raise NotRunError(f"no {program}: librdkafka's tests cannot be built")
        done = subprocess.run([BUILD, folder], capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotRunError(f"librdkafka's tests cannot be built: {done.stderr[-300:]}")
    return folder


def run(bootstrap: str, names: list[str] = TESTS) -> Outcomes:
    """What became of every one of the named tests on this broker."""
    with tempfile.TemporaryDirectory() as work, ThreadPoolExecutor(AT_ONCE) as pool:
        settings = Path(work) / "test.conf"
        # The suite's own time limits are those of an idle machine; LIMIT_S stays above them.
        settings.write_text(
            f"bootstrap.servers={bootstrap}\ntest.topic.random=true\ntest.timeout.multiplier=3\n"
        )
        told = pool.map(partial(outcome, folder=fetch(), settings=settings), names)
        return dict(zip(names, told, strict=True))


def outcome(name: str, folder: Path, settings: Path) -> str:
    environment = os.environ | {
        "TESTS": name,
        "TEST_KAFKA_VERSION": KAFKA_VERSION,
        "RDKAFKA_TEST_CONF": str(settings),
        "LD_LIBRARY_PATH": f"{folder / 'src'}:{folder / 'src-cpp'}",
    }
    try:
        done = subprocess.run(
            [folder / "tests" / "test-runner", "-Q", "-p1"], cwd=folder / "tests", env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            timeout=LIMIT_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"not done within {LIMIT_S} s"
    if done.returncode == 0:
        return PASSED if f"Test {name} PASSED" in done.stdout else "skipped"
    said = done.stdout.partition('" failed at ')[2].partition("\x1b")[0] or done.stdout[-300:]
    return f"failed at {' '.join(said.split())[:300]}"


if __name__ == "__main__":
    found = run(sys.argv[1], sys.argv[2:] or TESTS)
    sys.stdout.writelines(f"{test}  {told}\n" for test, told in found.items())
