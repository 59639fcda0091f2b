"""Settings for all tests: one BLAS thread, a seeded generator, hypothesis without a clock."""

import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("course", deadline=None, max_examples=30, derandomize=True, database=None)
settings.load_profile("course")


@pytest.fixture
def rng():
    return np.random.default_rng(1997)
