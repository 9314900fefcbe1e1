"""Run by IPython at its start: what a cell sets in its context lasts for the cells after it, as in other kernels.

Pyodide runs each cell in a context of its own. NumPy keeps in the context how it prints and what it warns of.
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


last()
del last
