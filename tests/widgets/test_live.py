"""What Python in the page is given, and how it answers; without a page."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import live_runs
import numpy as np
import pytest
from widgets import Explorer, choice, slider
from widgets.explorer import explorer
from widgets.live import arrays, bridge, source
from widgets.live.bridge import WAIT, Call

# --- a function as a program -------------------------------------------------------------------------------


def written(monkeypatch: pytest.MonkeyPatch, *cells: str) -> source.Program:
    """The program of `run`, which was defined in the last of these cells of a notebook."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in cells:
        exec(cell, names)
    monkeypatch.setattr(source, "_texts", lambda run: list(cells))
    return source.program(names["run"])


def ran(program: source.Program, *values: Any) -> Any:
    """What a program's function returns, where nothing else is there."""
    names = {"__name__": "alone", **program.given}
    exec(program.source, names)
    return names[program.run](*values)


USES = [
    ("a constant", ["A = 3\nB = 4", "def run():\n    return A"], 3, ["A = 3"]),
    ("the last of two", ["A = 3", "A = 4", "def run():\n    return A"], 4, ["A = 4"]),
    ("a helper's helper", ["def f(): return 2\ndef g(): return f()", "def run():\n    return g()"], 2, ["def f()"]),
    ("a name in a comprehension", ["A = [1, 2]", "def run():\n    return [A[0] for _ in A]"], [1, 1], ["A = [1, 2]"]),
    ("a nested function's", ["A = 3", "def run():\n    def f(): return A\n    return f()"], 3, ["A = 3"]),
    ("a default", ["A = 3", "def run(a=A):\n    return a"], 3, ["A = 3"]),
    (
        "a decorator",
        ["def twice(f): return lambda: 2 * f()", "@twice\ndef g():\n    return 2", "def run():\n    return g()"],
        4,
        ["@twice"],
    ),
    ("a class and its base", ["class A: x = 1\nclass B(A): y = 2", "def run():\n    return B().x"], 1, ["class A"]),
    ("a module", ["import math", "def run():\n    return math.floor(1.5)"], 1, ["import math"]),
    ("under another name", ["import numpy as np", "def run():\n    return int(np.sum([1, 2]))"], 3, ["numpy as np"]),
    ("one of several", ["from math import ceil, floor", "def run():\n    return floor(1.5)"], 1, ["import floor"]),
    ("a table of functions", ["T = {'a': lambda: 7}", "def run():\n    return T['a']()"], 7, ["lambda: 7"]),
    ("a comprehension's own", ["N = {k: float for k in 'ab'}", "def run():\n    return N['a'](1)"], 1.0, ["for k in"]),
]


@pytest.mark.parametrize(("cells", "result", "holds"), [row[1:] for row in USES], ids=[row[0] for row in USES])
def test_a_program_holds_what_its_function_uses(
    monkeypatch: pytest.MonkeyPatch, cells: list[str], result: Any, holds: list[str]
) -> None:
    program = written(monkeypatch, *cells)
    assert ran(program) == result
    assert all(text in program.source for text in holds)


def test_a_program_holds_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = "import math, json\nA = 1\nx = 2\ndef f(): pass", "def run(x):\n    A = 3\n    return math.floor(x) + A"
    program = written(monkeypatch, *cells)
    assert program.source == "import math\n\n\ndef run(x):\n    A = 3\n    return math.floor(x) + A\n"
    assert program.given == {}


def test_what_was_computed_goes_along_as_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = "import numpy as np\nw = np.arange(3.0) / 7\np = [(w, 'a')]\nk = 1 + 1", "def run():\n    return p, k"
    program = written(monkeypatch, *cells)
    assert program.source.startswith("def run")
    assert set(program.given) == {"p", "k"}
    assert program.given["p"][0][0].tolist() == [0, 1 / 7, 2 / 7]


def test_definitions_of_a_module_that_a_page_cannot_import_go_along(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = (
        "from experiments.batchnorm_training import deep_network",
        "def run():\n    return deep_network(True, 0).n_params",
    )
    program = written(monkeypatch, *cells)
    assert "def deep_network" in program.source
    assert "sklearn" not in program.source and "datasets" not in program.source
    assert ran(program) > 0


CANNOT = [
    ("another package", ["from sklearn.datasets import make_moons", "def run():\n    return make_moons(9)"], "sklearn"),
    ("a module of it", ["import sklearn.datasets as d", "def run():\n    return d.make_moons(9)"], "sklearn"),
    ("drawing", ["from nnlib import plot_history", "def run():\n    return plot_history"], "plot_history"),
    ("what needs it", ["from experiments import datasets", "def run():\n    return datasets.few_moons(0)"], "datasets"),
    ("an object of two names", ["a, b = object(), 1", "def run():\n    return a"], "a, a object"),
    ("no source", ["globals()['f'] = abs", "def run():\n    return f(1)"], "f, a builtin"),
]


@pytest.mark.parametrize(("cells", "says"), [row[1:] for row in CANNOT], ids=[row[0] for row in CANNOT])
def test_what_a_page_does_not_have_cannot_move(monkeypatch: pytest.MonkeyPatch, cells: list[str], says: str) -> None:
    with pytest.raises(source.CannotMoveError, match=says):
        written(monkeypatch, *cells)


def test_two_things_of_one_name_cannot_move(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = "from experiments.moons_per_sample import moons_network\ndef fan_out(): return 1"
    with pytest.raises(source.CannotMoveError, match="two things of the name fan_out"):
        written(monkeypatch, cells, "def run():\n    return moons_network(fan_out())")


def test_a_function_without_text_cannot_move() -> None:
    names: dict[str, Any] = {"__name__": "nowhere"}
    exec("def run(): return 1", names)
    with pytest.raises(source.CannotMoveError, match="source of run"):
        source.program(names["run"])


def test_a_function_of_a_module_is_found_in_its_file() -> None:
    program = source.program(live_runs.power)
    assert program.source.startswith("from widgets import Curves, View\n\nSCALES = ")
    assert "def scaled" in program.source and "def points" not in program.source


# --- plain data --------------------------------------------------------------------------------------------

VALUES: list[Any] = [
    None,
    True,
    3,
    0.1,
    float("inf"),
    "text",
    [1, (2.5, "a")],
    {"a": {"array": [1]}, "dict": None},
    np.linspace(0, 1, 7) / 3,
    np.arange(6, dtype="i1").reshape(2, 3),
    np.array([[1, 2], [3, 4]], dtype=">f4", order="F"),
    np.array([True, False]),
    np.array([]),
    np.array([np.nan, -np.inf, -0.0]),
]


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_plain_data_come_back_to_the_bit(value: Any) -> None:
    assert arrays.is_plain(value)
    back = arrays.decode(json.loads(json.dumps(arrays.encode(value), allow_nan=False)))
    if isinstance(value, np.ndarray):
        assert back.dtype == value.dtype.newbyteorder("=") and back.shape == value.shape
        assert back.tobytes() == value.astype(back.dtype).tobytes()
        back[...] = 0  # it can be written to
    else:
        assert back == value and type(back) is type(value)


@pytest.mark.parametrize(
    "value",
    [{1: 2}, {3}, object(), np.array(["a"]), [len], 1j, np.array([None])],
    ids=["number as key", "set", "object", "array of text", "function", "complex", "array of objects"],
)
def test_other_things_are_not_plain(value: Any) -> None:
    assert not arrays.is_plain(value)


# --- calls -------------------------------------------------------------------------------------------------


@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType("called")
    monkeypatch.setitem(sys.modules, "called", module)
    return module


def steps(call: Call, *messages: Any) -> list[dict[str, Any]]:
    """All that a call says, with these messages from its second step on."""
    found = [call.step()]
    for message in messages:
        found.append(call.step(message))
    while found[-1]["state"] == "yield":
        found.append(call.step())
    return found


def test_a_function_is_called_and_its_result_is_plain(functions: ModuleType) -> None:
    functions.f = lambda a, b: {"sum": np.float64(a + b), "x": np.arange(4).reshape(2, 2), "on": np.array([True])}
    [answer] = steps(Call("called:f", {"a": 1, "b": 2}))
    assert answer["state"] == "done" and answer["value"]["sum"] == 3.0 and type(answer["value"]["sum"]) is float
    assert answer["value"]["x"].dtype == np.float64 and answer["value"]["x"].tolist() == [0, 1, 2, 3]
    assert answer["value"]["on"].dtype == np.uint8


def test_a_generator_yields_waits_and_is_told(functions: ModuleType) -> None:
    def talk() -> Iterator[Any]:
        got = yield 1
        while got != "end":
            got = yield WAIT if got is None else [got]
        return "bye"

    functions.talk = talk
    told = steps(Call("called:talk", {}), None, "a", "end")
    assert [answer["state"] for answer in told] == ["yield", "wait", "yield", "done"]
    assert [answer.get("value") for answer in told] == [1, None, ["a"], "bye"]


def test_what_a_page_cannot_have_is_an_error(functions: ModuleType) -> None:
    functions.f = object
    [answer] = steps(Call("called:f", {}))
    assert answer["state"] == "error" and answer["value"]["message"].startswith(
        "TypeError: a page cannot have a object"
    )


def test_what_is_printed_without_a_new_line_is_said_by_the_step_that_printed_it(
    functions: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(file))
    functions.f = lambda text: print(text, end="")
    steps(Call("called:f", {"text": "a"}))
    assert file.getvalue() == b"a"
    monkeypatch.setattr(sys, "stdout", None)
    assert steps(Call("called:f", {"text": "a"}))[0]["state"] == "done"


def test_closing_ends_a_generator_whatever_it_does_then(functions: ModuleType) -> None:
    ended = []

    def talk() -> Iterator[int]:
        try:
            yield 1
        finally:
            ended.append(True)
            raise ValueError

    functions.talk = talk
    call = Call("called:talk", {})
    call.step()
    call.close()
    assert ended == [True]
    Call("called:talk", {}).close()  # before its first step


CODE = "def f(n):\n    return inner(n)\n\ndef inner(n):\n    return 1 / n\n"


def test_an_error_says_the_line_of_the_readers_code() -> None:
    [answer] = steps(Call("widgets.live.bridge:run", {"code": CODE, "name": "f", "n": 0}))
    error = answer["value"]
    assert (error["message"], error["line"]) == ("ZeroDivisionError: division by zero", 5)
    assert error["traceback"].count("File") == 2 and "bridge" not in error["traceback"]
    assert "return 1 / n" in error["traceback"]


def test_an_error_inside_nnlib_says_the_readers_line() -> None:
    code = "import nnlib\n\nnnlib.SGD(-1)\n"
    [answer] = steps(Call("widgets.live.bridge:run", {"code": code}))
    assert answer["value"]["line"] == 3 and answer["value"]["message"].startswith("ValueError: SGD")


@pytest.mark.parametrize(("code", "line"), [("x = 1\ndef f(:\n", 2), ("if True:\nx = 1\n", 2), ("'abc", 1)])
def test_what_is_no_python_is_an_error_with_its_line(code: str, line: int) -> None:
    [answer] = steps(Call("widgets.live.bridge:run", {"code": code}))
    assert answer["value"]["line"] == line and "Error: " in answer["value"]["message"]


def test_an_error_elsewhere_has_no_line() -> None:
    [answer] = steps(Call("widgets.live.bridge:nothing", {}))
    assert answer["value"]["line"] is None and answer["value"]["message"].startswith("AttributeError")


@pytest.mark.parametrize("code", ["exit()", "raise KeyboardInterrupt", "def f(): return f()\nf()"])
def test_no_error_gets_away(code: str) -> None:
    [answer] = steps(Call("widgets.live.bridge:run", {"code": code}))
    assert answer["state"] == "error"


def test_each_run_of_code_has_a_namespace_of_its_own() -> None:
    given = {"a": [1]}
    first = bridge.namespace("a.append(2)\nb = 3", given)
    second = bridge.namespace("a.append(4)", given)
    assert (given, first["a"], second["a"]) == ({"a": [1]}, [1, 2], [1, 4])
    assert "b" not in second


def test_the_pages_arrays_become_numpys() -> None:
    got = bridge.arrays({"a": [memoryview(np.arange(3.0)), "x"], "b": None})
    assert isinstance(got["a"][0], np.ndarray) and got["a"][0].tolist() == [0, 1, 2] and got["b"] is None


# --- explorers ---------------------------------------------------------------------------------------------


def program_of(made: Explorer) -> dict[str, Any]:
    program: dict[str, Any] = made._repr_mimebundle_()[explorer.LIVE]
    return program


def opened(made: Explorer) -> str:
    """The explorer as Python in the page knows it; returns its code."""
    program = json.loads(json.dumps(program_of(made)))
    bridge.open_explorer(made.id, json.dumps(program))
    return "".join(program["source"])


def explored(id: str, code: str, **values: Any) -> list[dict[str, Any]]:
    return steps(Call("widgets.live.bridge:explore", {"id": id, "source": code, "values": values}))


def test_an_explorer_draws_at_any_value_what_its_run_does() -> None:
    power, descent = live_runs.kept()
    code = opened(power)
    [drawn, end] = explored("power", code, exponent=2.5, scale="twice")
    assert drawn["value"] == power.reply(exponent=2.5, scale="twice")
    assert end["state"] == "done"
    assert explored("power", code)[0]["value"] == power.reply()
    answers = explored("descent", opened(descent), lr=0.3)
    assert [a["value"] for a in answers[:-1]] == [explorer.encode_views([v]) for v in descent.views(lr=0.3)]


def test_values_have_the_types_that_the_controls_gave_them(capsys: pytest.CaptureFixture[str]) -> None:
    controls = {name: slider(0, 2, default=1, steps=3, integer=name == "b") for name in "ab"}
    code = opened(Explorer(live_runs.kinds, data={}, id="kinds", **controls, c=choice(0.5, 1.0, default=1.0)))
    capsys.readouterr()
    explored("kinds", code, a=1, b=2.0, c=1)  # as JavaScript has them
    assert capsys.readouterr().out == "float int float\n"


def test_a_value_out_of_reach_is_refused() -> None:
    power = live_runs.kept()[0]
    code = opened(power)
    for values in {"exponent": 5}, {"exponent": "1"}, {"exponent": None}, {"scale": "thrice"}:
        [answer] = explored("power", code, **values)
        assert answer["state"] == "error" and next(iter(values)) in answer["value"]["message"]


def test_edited_code_is_run_and_its_data_cannot_be_changed() -> None:
    power = live_runs.kept()[0]
    code = opened(power)
    edited = explored("power", code.replace("SCALES[scale] *", "10 * SCALES[scale] *"))
    assert edited[0]["value"]["results"][0]["text"] == "sum 777.777778"
    assert "read-only" in explored("power", code.replace("    y =", "    x[0] = 9\n    y ="))[0]["value"]["message"]
    assert "no longer defines power" in explored("power", "x = 1")[0]["value"]["message"]
    assert "must return a View" in explored("power", "def power(**all): return 1")[0]["value"]["message"]
    assert explored("power", code)[0]["value"] == power.reply()


def test_code_that_raises_is_run_again() -> None:
    opened(live_runs.kept()[0])
    code = "print('run')\n1 / 0\n"
    assert [explored("power", code)[0]["value"]["line"] for _ in range(2)] == [2, 2]


def test_a_run_that_cannot_move_still_makes_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(run: Any) -> None:
        raise source.CannotMoveError("no")

    monkeypatch.setattr(explorer, "program", cannot)
    bundle = live_runs.explorers()[0]._repr_mimebundle_()
    assert "text/html" in bundle and explorer.LIVE not in bundle
