"""One random stream for each purpose, so that turning one option leaves every other draw as it was."""

from zlib import crc32

import numpy as np


def stream(seed: int, purpose: str) -> np.random.Generator:
    """The generator of one named purpose: independent of the others, the same for the same seed and name."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(crc32(purpose.encode()),)))
