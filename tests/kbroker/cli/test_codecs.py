"""Commands read and write every codec without kafka-python's libraries for them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from kafka.record import default_records, legacy_records

from kbroker.cli.codecs import use_own_codecs

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


@pytest.mark.parametrize("codec", ["snappy", "lz4", "zstd"])
def test_records_of_every_format(codec: str) -> None:
    """A log may have kept old ones."""
    use_own_codecs()
    for records in (default_records, legacy_records):
        encode, decode = (getattr(records, f"{codec}_{what}") for what in ("encode", "decode"))
        assert bytes(decode(encode(b"a" * 99))) == b"a" * 99
        assert encode.func.__module__ == "wire.records.compression"
