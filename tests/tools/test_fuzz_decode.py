"""The decoders raise nothing but their own errors, on every input that fuzzing ever found."""

from __future__ import annotations

import random

import pytest

from tools.fuzz_decode import CORPUS, fuzz_one, read_corpus, seeds


@pytest.mark.parametrize("data", read_corpus(CORPUS), ids=lambda data: data[:8].hex())
def test_corpus(data: bytes) -> None:
    """Inputs that reach branches of their own; some were defects once."""
    fuzz_one(data)


def test_damaged_seeds() -> None:
    """A few thousand more, always the same ones."""
    generator = random.Random(1)
    for seed in seeds():
        for _ in range(8):
            damaged = bytearray(seed[: generator.randrange(1, len(seed) + 1)])
            for _ in range(generator.randrange(4)):
                damaged[generator.randrange(len(damaged))] = generator.randrange(256)
            fuzz_one(bytes(damaged))
