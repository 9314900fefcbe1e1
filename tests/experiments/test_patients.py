"""The clinic: every specimen of the zoo as a program that is ill, and that its family's text heals."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import pytest
from experiments import clinic, zoo, zoo_verdicts
from experiments.stored import load

NUMBERS = range(1, len(zoo.SPECIMENS) + 1)
BY_NAME = {specimen.name: number for number, specimen in enumerate(zoo.SPECIMENS, 1)}
UNTRAINED = [name for name in zoo.CHECKS if name not in clinic.TRAINED]
every_patient = pytest.mark.parametrize("number", NUMBERS, ids=[specimen.name for specimen in zoo.SPECIMENS])


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """What a broken program warns of is not the tests' matter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def complaints(number: int, code: str, names: list[str]) -> set[str]:
    said = [value for value in clinic.examine(number, code, names) if "check" in value]
    assert [value["check"] for value in said] == names
    return {value["check"] for value in said if zoo.caught(value["verdict"] or None)}


@every_patient
def test_a_patient_as_drawn_is_not_healed(number: int) -> None:
    assert not clinic.healed(number, clinic.program(number))


# Families that differ in what is changed alone have one text, and that is tried once.
HEALTHY = {clinic.healthy_program(number): number for number in NUMBERS}


@pytest.mark.parametrize("code", HEALTHY, ids=[str(number) for number in HEALTHY.values()])
def test_the_code_of_its_family_heals_it(code: str) -> None:
    assert clinic.healed(HEALTHY[code], code)


def test_every_patient_has_a_healthy_text() -> None:
    assert {clinic.healthy_program(number) for number in NUMBERS} == set(HEALTHY)
    assert len(HEALTHY) >= len(zoo.FAMILIES)


@pytest.fixture(scope="module")
def verdicts() -> np.ndarray:
    """Which check sees which specimen of the zoo: as stored, which the page zoo finds again whenever it is executed."""
    return load(zoo_verdicts)["seen"]


@every_patient
def test_what_sees_the_bug_in_the_zoo_sees_it_here(number: int, verdicts: np.ndarray) -> None:
    # but for whole trainings, where the last digit can decide
    wanted = {name for name, seen in zip(zoo.CHECKS, verdicts[number - 1], strict=True) if seen and name in UNTRAINED}
    assert complaints(number, clinic.program(number), UNTRAINED) == wanted


@every_patient
def test_a_program_does_not_tell_what_is_wrong_with_it(number: int) -> None:
    chosen, code = zoo.SPECIMENS[number - 1], clinic.program(number)
    assert chosen.broken.__name__ not in code and chosen.says not in code
    told = clinic.diagnosis(number)
    assert told["name"] == chosen.name and told["says"] == chosen.says
    taken = [line[1:] for line in told["changes"] if line.startswith("-")]
    given = [line[1:] for line in told["changes"] if line.startswith("+")]
    assert 1 <= len(taken) + len(given) <= 30
    assert all(line in code.splitlines() for line in taken)
    assert all(line in clinic.healthy_program(number).splitlines() for line in given)


def test_a_change_that_does_not_fit_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(clinic.EDITS, "wrong sign", [("no such line", "")])
    with pytest.raises(ValueError, match="wrong sign: 'no such line' stands in it 0 times"):
        clinic.program(BY_NAME["wrong sign"])


@pytest.mark.parametrize("number", [0, -1, len(zoo.SPECIMENS) + 1])
def test_a_patient_that_is_not_there(number: int) -> None:
    with pytest.raises(ValueError, match=f"specimens 1 to 42, not {number}"):
        clinic.specimen(number)


# --- another network is no cure ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "old", "new", "found"),
    [
        ("slope of z", "hidden=Tanh", "hidden=nnlib.ReLU", "hidden"),
        ("diagonal softmax", "last=Softmax,\n    loss=CrossEntropy", "loss=nnlib.SoftmaxCrossEntropy", "loss"),
        ("frozen statistics", "    norm=BatchNorm,\n", "", "norm"),
        ("half decay", "    penalty=L2(0.001),\n", "", "penalty"),
        ("half decay", "L2(0.001)", "L2(0)", "penalty"),
        ("used copy", "optimizer=Adam", "optimizer=nnlib.SGD", "optimizer"),
        ("accumulated", "rate=0.3", "rate=0.001", "rate"),
    ],
)
def test_another_network_is_no_cure(name: str, old: str, new: str, found: str) -> None:
    number = BY_NAME[name]
    code = clinic.healthy_program(number)
    assert code.count(old) == 1
    code = code.replace(old, new)
    assert next(clinic.examine(number, code)) == {"stranger": f"{found} is another"}
    assert not clinic.healed(number, code)


def test_a_cure_of_ones_own_counts() -> None:
    number = BY_NAME["no slope"]
    code = clinic.program(number).replace("return g\n", "return (1 - self.a) * (1 + self.a) * g\n")
    assert code != clinic.program(number) and clinic.healed(number, code)
    assert clinic.healed(number, clinic.program(number).replace("hidden=Tanh", "hidden=nnlib.Tanh"))


# --- whatever a reader writes -----------------------------------------------------------------------


def test_a_program_without_a_kit_is_refused() -> None:
    with pytest.raises(TypeError, match=r"must end with `kit = Kit\(…\)`"):
        clinic.kit_of("kit = 3")


def test_an_error_of_the_readers_code_is_a_complaint_with_its_line() -> None:
    number = BY_NAME["no slope"]
    code = clinic.program(number).replace("return g\n", "return g / slope\n")
    line = next(n for n, text in enumerate(code.splitlines(), 1) if "g / slope" in text)
    said = list(clinic.examine(number, code, ["gradient", "census"]))
    assert said[1:] == [
        {"check": "gradient", "verdict": "NameError: name 'slope' is not defined", "line": line},
        {"check": "census", "verdict": "", "line": None},
    ]


def test_a_training_is_told_as_plain_numbers() -> None:
    told = [value["curve"] for value in clinic.train(clinic.program(BY_NAME["upward"]))]
    assert [len(curve["loss"]) for curve in told] == [*range(1, zoo.EPOCHS + 1), zoo.EPOCHS]
    assert all(
        curve == {"loss": told[-1]["loss"][: len(curve["loss"])], "stopped": "", "accuracy": None}
        for curve in told[:-1]
    )
    assert set(told[-1]) == {"loss", "stopped", "accuracy"} and told[-1]["loss"][-1] > told[-1]["loss"][0]
    assert told[-1] == clinic.curve(zoo.train_kit(clinic.kit_of(clinic.program(BY_NAME["upward"]))))
    *_, last = clinic.train(clinic.program(BY_NAME["empty velocity"]))
    assert last["curve"]["loss"] == [] and last["curve"]["stopped"].startswith("ValueError")


def test_checks_tell_how_the_training_goes_and_train_once(monkeypatch: pytest.MonkeyPatch) -> None:
    trained = []
    training = zoo.training
    monkeypatch.setattr(zoo, "training", lambda kit, seed=0: trained.append(seed) or training(kit, seed, 2))
    said = list(clinic.examine(BY_NAME["no slope"], clinic.program(BY_NAME["no slope"]), ["loss falls", "accuracy"]))
    curves = [len(value["curve"]["loss"]) for value in said if "curve" in value]
    assert trained == [*zoo.SEEDS] and curves[:3] == [1, 2, 2]
    assert [value["check"] for value in said if "check" in value] == ["loss falls", "accuracy"]


def test_a_training_that_raises_is_a_complaint_of_its_check() -> None:
    code = clinic.program(BY_NAME["no slope"]).replace("return g\n", "return g / slope\n")
    said = list(clinic.examine(BY_NAME["no slope"], code, ["loss falls"]))
    assert [set(value) for value in said] == [{"stranger"}, {"check", "verdict", "line"}]
    assert said[1]["verdict"].startswith("NameError")


def test_what_the_page_stores_is_each_program_once(monkeypatch: pytest.MonkeyPatch) -> None:
    run = zoo.train_kit(zoo.FAMILIES["plain"], epochs=2)
    monkeypatch.setattr(zoo, "train_kit", lambda kit: run)  # the notebook runs them all
    stored = clinic.records()
    for number, patient in enumerate(stored["patients"], 1):
        assert "\n\n\n".join(stored["texts"][k] for k in patient["code"]) == clinic.program(number)
        assert patient["was"] == clinic.diagnosis(number)
    assert [check["name"] for check in stored["checks"]] == list(zoo.CHECKS)
    assert all(check["asks"].endswith(".") for check in stored["checks"])
