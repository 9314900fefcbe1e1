"""Hold each specimen of the zoo against each of its checks, and store which of them see it.

    python -m experiments.zoo_verdicts

Most of the specimens are trained from three seeds: some five seconds on one core. The chapter 05-gradient-checking
loads the verdicts; the page zoo gives them again, and compares.
"""

from pathlib import Path

import numpy as np

from experiments import zoo


def results():
    """Return the array that is stored, by its name: whether a check sees a specimen, (specimens, checks)."""
    found = [zoo.examine(specimen.kit).values() for specimen in zoo.SPECIMENS]
    return {"seen": np.array([list(map(zoo.caught, verdicts)) for verdicts in found])}


if __name__ == "__main__":
    from experiments.stored import store

    store(Path(__file__), results)
