"""Run by IPython at its start, so that a browser's kernel does what other kernels do.

What a cell sets in its context lasts for the cells after it: Pyodide runs each cell in a context of its own, and NumPy
keeps there how it prints and what it warns of. And who asks joblib for processes is not told at each call that here
there is but one.
"""


def last() -> None:
    import contextvars

    from IPython import get_ipython

    kept = contextvars.copy_context()

    def restore(*_: object) -> None:
        for variable, value in kept.items():
            variable.set(value)

    def keep(*_: object) -> None:
        nonlocal kept
        kept = contextvars.copy_context()

    events = get_ipython().events
    events.register("pre_run_cell", restore)
    events.register("post_run_cell", keep)


def no_processes() -> None:
    import warnings

    warnings.filterwarnings("ignore", "joblib backend 'loky' is not available", UserWarning)


last()
no_processes()
del last, no_processes
