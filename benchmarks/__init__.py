"""nnlib beside its peers: ``python -m benchmarks``, or ``make bench``. See README.md."""

import os

# Before anything imports NumPy or JAX: one thread for every library, so that all do the same work on the same core.
# XLA has its own pool of threads; its size is PJRT_NPROC.
os.environ |= dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "PJRT_NPROC"], "1")
