"""The clinic: each specimen of the zoo as a program that a reader can edit, with the zoo's checks.

A patient has the number of its specimen in the zoo, from 1. Its program is its family's, made
of the parts in `healthy.py`, with the changes that `bugs.py` has for it. It ends with a `Kit`,
which the zoo trains and checks.
"""

from __future__ import annotations

import contextlib
import difflib
import inspect
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np

from experiments import zoo
from experiments.clinic import healthy
from experiments.clinic.bugs import EDITS, PARTS

Json = dict[str, Any]
HEAD = "import numpy as np\n\nimport nnlib\nfrom experiments.zoo import Kit\n"
# The parts of a kit that a program shows, in their order; a part is named after the class of nnlib that it inherits.
SHOWN = "dense", "middle", "hidden", "norm", "last", "loss", "penalty", "network"
SHOWN += "optimizer", "batches"
TRAINED = "loss falls", "accuracy", "three seeds", "alone"  # checks of whole trainings


def specimen(number: int) -> zoo.Specimen:
    """The zoo's specimen of this number. ValueError: there is none."""
    if not 1 <= number <= len(zoo.SPECIMENS):
        raise ValueError(
            f"the zoo has specimens 1 to {len(zoo.SPECIMENS)}, not {number}"
        )
    return zoo.SPECIMENS[number - 1]


# --- programs -----------------------------------------------------------------------------


def parts(number: int) -> dict[str, str]:
    """The names of the healthy parts that a patient's program is made of."""
    chosen = specimen(number)
    family = zoo.FAMILIES[chosen.family]
    made = family.optimizer(family.rate)
    found = {
        "dense": "Dense",
        "hidden": family.hidden.__name__,
        "loss": family.loss.__name__,
        "network": "Network",
        "optimizer": type(made).__name__,
        "batches": "batches",
    }
    for name in "norm", "last":
        if part := getattr(family, name):
            found[name] = part.__name__
    if family.penalty:
        found["penalty"] = type(family.penalty).__name__
    return found | PARTS.get(chosen.name, {})


@cache
def source(name: str) -> str:
    """The text of a healthy part."""
    return inspect.getsource(getattr(healthy, name))


def healthy_program(number: int) -> str:
    """The program of a patient's family."""
    found, family = parts(number), zoo.FAMILIES[specimen(number).family]
    names = [found[part] for part in SHOWN if part in found]
    texts = [source(name) for name in dict.fromkeys(names)]
    values = {part: found[part] for part in SHOWN if part in found}
    if family.penalty:
        values["penalty"] += f"({family.penalty.lam:g})"
    values["rate"] = f"{family.rate:g}"
    if family.outputs != 2:
        values["outputs"] = str(family.outputs)
    kit = "".join(f"    {name}={value},\n" for name, value in values.items())
    return "\n\n".join([HEAD, *texts, f"kit = Kit(\n{kit})\n"])


def program(number: int) -> str:
    """A patient's program, with its bug. ValueError: a change does not fit."""
    name, text = specimen(number).name, healthy_program(number)
    for right, wrong in EDITS[name]:
        if text.count(right) != 1:
            raise ValueError(
                f"{name}: {right!r} stands in it {text.count(right)} times"
            )
        text = text.replace(right, wrong)
    return text


def kit_of(code: str) -> zoo.Kit:
    """The kit that a program ends with. TypeError: it is none."""
    from widgets.live.bridge import namespace

    kit = namespace(code).get("kit")
    if not isinstance(kit, zoo.Kit):
        raise TypeError("the program must end with `kit = Kit(…)`")
    return kit


def stranger(kit: zoo.Kit, number: int) -> str:
    """What makes a kit another network than the patient's family, which would be no cure; "" if nothing does."""
    family = zoo.FAMILIES[specimen(number).family]
    kinds = {
        "hidden": (kit.hidden, family.hidden),
        "loss": (kit.loss, family.loss),
        "optimizer": (type(kit.optimizer(kit.rate)), type(family.optimizer(1.0))),
        "norm": (kit.norm, family.norm),
        "penalty": (
            kit.penalty and type(kit.penalty),
            family.penalty and type(family.penalty),
        ),
    }
    for name, (has, wanted) in kinds.items():
        if (has is None) != (wanted is None) or (has and not issubclass(has, wanted)):
            return f"{name} is another"
    if family.penalty and kit.penalty and kit.penalty.lam != family.penalty.lam:
        return "penalty is another"
    for name in "rate", "outputs":
        if getattr(kit, name) != getattr(family, name):
            return f"{name} is another"
    return ""


# --- what the page shows without running anything ---------------------------------------------


def records() -> Json:
    """All that the page stores: each patient's program and curve, and what the checks ask."""
    texts: list[str] = []
    patients = []
    for number in range(1, len(zoo.SPECIMENS) + 1):
        pieces = program(number).split("\n\n\n")
        for piece in pieces:
            if piece not in texts:
                texts.append(piece)
        run = zoo.train_kit(kit_of(program(number)))
        patients.append(
            {
                "code": [texts.index(piece) for piece in pieces],
                **curve(run),
                "was": diagnosis(number),
            }
        )
    checks = [{"name": name, "asks": asks(check)} for name, check in zoo.CHECKS.items()]
    return {
        "texts": texts,
        "patients": patients,
        "checks": checks,
        "epochs": zoo.EPOCHS,
    }


def asks(check: Any) -> str:
    return (check.__doc__ or "").partition("\n")[0]


def curve(run: zoo.Run) -> Json:
    """The losses that a training has printed, of four digits, as far as they are numbers; and how it ended, if it has."""
    losses = run.loss[np.isfinite(run.loss)]
    return {
        "loss": [float(f"{value:.4g}") for value in losses],
        "stopped": run.stopped or "",
        "accuracy": None if np.isnan(run.accuracy) else round(run.accuracy, 3),
    }


# --- what runs in the page ----------------------------------------------------------------------


def train(code: str) -> Iterator[Json]:
    """{"curve": that of the reader's program from the first seed}, after each epoch and at the end."""
    for run in zoo.training(kit_of(code)):
        yield {"curve": curve(run)}


def examine(number: int, code: str, names: Sequence[str] = ()) -> Iterator[Json]:
    """Run checks on the reader's program, all or those named, and yield each verdict as it comes.

    {"check", "verdict": a complaint, "" for none, or the zoo's sign for "cannot be asked", "line": of an error in the
    reader's code}. First comes {"stranger": what makes it another network, or ""}; while it is trained, {"curve": …}.
    """
    from widgets.live.bridge import explain

    specimen(number)
    kit = kit_of(code)
    yield {"stranger": stranger(kit, number)}
    for name in names or zoo.CHECKS:
        if name in TRAINED:
            with contextlib.suppress(Exception):  # the check says it
                for run in zoo.watch(kit):
                    yield {"curve": curve(run)}
        line = None
        with zoo.quiet():
            try:
                verdict = zoo.CHECKS[name](kit) or ""
            except (
                Exception
            ) as error:  # whatever the reader's code raises is a complaint
                told = explain(error)
                verdict, line = told["message"], told["line"]
        yield {"check": name, "verdict": verdict, "line": line}


def healed(number: int, code: str) -> bool:
    """Whether the program is of the patient's family, and passes every check that the family passes."""
    # those that train take longest
    names = sorted(zoo.CHECKS, key=lambda name: name in TRAINED)
    return not any(
        value.get("stranger") or zoo.caught(value.get("verdict") or None)
        for value in examine(number, code, names)
    )


def diagnosis(number: int) -> Json:
    """What a patient had: its name, what the zoo says of it, and the lines that differ from its family's."""
    chosen = specimen(number)
    lines = difflib.unified_diff(
        program(number).splitlines(),
        healthy_program(number).splitlines(),
        lineterm="",
        n=1,
    )
    changes = [line for line in lines if not line.startswith(("---", "+++"))]
    return {
        "name": chosen.name,
        "says": chosen.says,
        "origin": chosen.origin,
        "changes": changes,
    }
