"""Make the stored runs anew: those named, or all that the present code did not make.

In book/: python -m experiments [NAME ...]
"""

from __future__ import annotations

import argparse
import time
from importlib import import_module

from experiments.stored import FOLDER, StaleError, all_runs, read, store


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m experiments", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(all_runs()))
    names = parser.parse_args(argv).names
    if unknown := set(names) - set(all_runs()):
        parser.error(f"no stored run is called {', '.join(sorted(unknown))}")
    for name in names or all_runs():
        module = FOLDER / f"{name}.py"
        if not names:
            try:
                read(module)
            except StaleError as reason:
                print(str(reason).partition(". ")[0], flush=True)
            else:
                print(f"{name}.npz was made by the present code", flush=True)
                continue
        start = time.perf_counter()
        store(module, import_module(f"experiments.{name}").results)
        print(f"{name}.npz: {time.perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
