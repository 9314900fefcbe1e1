"""Many runs that do not wait for one another, on as many processors or machines as the caller names.

    losses = sweep(loss_at, optimizer=["SGD", "Adam"], rate=[0.01, 0.1], seed=range(5))  # (2, 2, 5)

does them one after the other. Inside a `with`, the same line does them on

    with parallel_config("loky", n_jobs=4):                           four processes of this machine
    with Client("tcp://ADDRESS:8786"), parallel_config("dask"):       the workers of a Dask cluster

and so on: `parallel_config` is joblib's, `Client` that of the package distributed. A run whose worker is lost is done
again on another. What a run returns should follow from its arguments alone, its seed among them: then the results are
the same wherever it is done, to the bit on processors of one kind.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from joblib import Parallel, delayed


def sweep(
    run: Callable[..., Any],
    /,
    *,
    progress: bool = False,
    **axes: Iterable[Any],
) -> np.ndarray:
    """Return what `run` returns at every point of a grid: an axis for each keyword, then those of a result.

    `run` and the values are sent to the workers: they can be pickled, or are functions of a notebook. Results are
    numbers, or arrays of one shape. `progress` shows a bar, by tqdm. An error of a run is raised, and ends the rest.
    """
    values = {name: list(some) for name, some in axes.items()}
    shape = [len(some) for some in values.values()]
    points = [
        dict(zip(values, point, strict=True))
        for point in itertools.product(*values.values())
    ]
    # No backend is named here: joblib takes the caller's, and without one this process.
    results: Iterable[Any] = Parallel(return_as="generator")(
        delayed(run)(**point) for point in points
    )
    if progress:
        from tqdm import tqdm

        results = tqdm(results, total=len(points), unit="run")
    found = np.array(list(results))
    return found.reshape(*shape, *found.shape[1:])
