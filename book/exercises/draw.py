"""What several exercises draw their cases from."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

Params = list[tuple[np.ndarray, np.ndarray]]


def params(rng: np.random.Generator, widths: Sequence[int]) -> Params:
    """Weights ``(n_in, n_out)`` and biases ``(n_out,)`` for each layer."""
    return [
        (rng.standard_normal(shape), rng.standard_normal(shape[1]))
        for shape in pairwise(widths)
    ]


def sizes(n: int, widths: Sequence[int]) -> str:
    """ "6 samples and widths 2-5-4" """
    return f"{n} sample{'s' * (n > 1)} and widths {'-'.join(map(str, widths))}"
