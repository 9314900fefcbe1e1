"""nnlib beside its peers: ``python -m benchmarks``, or ``make bench``. See README.md."""

import os

# Before anything imports NumPy: one thread for every library, so that all do the same work on the same core.
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
