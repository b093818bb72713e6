"""Commands read and write every codec without kafka-python's libraries for them."""

from __future__ import annotations

import subprocess
import sys

import pytest

# What a plain installation lacks.
WITHOUT = """
import sys
for library in ("lz4", "lz4.frame", "lz4f", "lz4framed", "snappy", "zstandard"):
    sys.modules[library] = None
from kbroker.cli import run
sys.exit(run(sys.argv[1:]))
"""


def plain(bootstrap: str, *words: str, given: str = "") -> str:
    command = [sys.executable, "-c", WITHOUT, *words, "--bootstrap", bootstrap]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_a_plain_installation_produces_and_consumes(bootstrap: str, codec: str) -> None:
    plain(bootstrap, "topic", "create", codec)
    plain(bootstrap, "produce", codec, "-z", codec, given="one\ntwo\n")

    assert plain(bootstrap, "consume", codec, "-e") == "one\ntwo\n"
