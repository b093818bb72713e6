"""Commands read and write every codec without kafka-python's libraries for them."""

from __future__ import annotations

import subprocess
import sys

import pytest

# In a process of its own: it lacks the libraries that a plain installation lacks.
PLAIN = """
import sys
for library in ("lz4", "lz4.frame", "lz4f", "lz4framed", "snappy", "zstandard"):
    sys.modules[library] = None
from kbroker.cli import run
codec, address = sys.argv[1:]
for words in ("topic create {}", "produce {} -z {}", "consume {} -e"):
    assert run([*words.format(codec, codec).split(), "--bootstrap", address]) == 0, words
"""


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_a_plain_installation_produces_and_consumes(bootstrap: str, codec: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PLAIN, codec, bootstrap],
        input="one\ntwo\n", capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("one\ntwo\n")
