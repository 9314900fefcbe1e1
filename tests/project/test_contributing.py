"""CONTRIBUTING's examples: each step has its place. `make test-contributing` follows them."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import contributing
import pytest

from tools import notebooks

EXAMPLES = contributing.examples((contributing.ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
STEPS = [step for todo in EXAMPLES.values() for step in todo]
NEW = "book/13-softplus.ipynb"  # which the first example makes
TEXT = """# Contributing

## Examples

### One

Put as `a.md`:

````md
### not a heading
```{code-cell}
1
```
````

In `b.py`, put `two` in place of
`one`, and `four` in place of `three`. Put into `b.py`, after `four`:

```python
five
```

```sh
cat b.py
false
```

It fails.

```text
two
```

## After
"""


def test_there_is_an_example_of_each_kind() -> None:
    assert [name.split()[-1] for name in EXAMPLES] == ["chapter", "equation", "explorer", "itself", "erratum", "layer"]
    assert all(todo[-1].kind == "run" for todo in EXAMPLES.values())


@pytest.mark.parametrize("step", [step for step in STEPS if step.kind != "run"], ids=str)
def test_what_is_put_has_its_place_and_is_python_where_it_says_so(step: contributing.Step) -> None:
    if step.file.endswith(".py") and step.kind == "write":
        ast.parse(step.text)
    elif step.kind == "write":
        cells = notebooks.cells_of(step.text)
        assert cells
        for cell in cells:
            if cell["cell_type"] == "code":
                ast.parse(cell["source"])
    elif step.file != NEW:
        assert (contributing.ROOT / step.file).read_text(encoding="utf-8").count(step.place) == 1


def test_the_words_say_what_is_done(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text("one\nthree\nend\n")
    parts = contributing.examples(TEXT)
    assert list(parts) == ["One"]
    assert [step.kind for step in parts["One"]] == ["write", "swap", "swap", "add", "run"]
    for step in parts["One"]:
        assert contributing.follow(step, tmp_path, dict(os.environ)) == ""
    assert (tmp_path / "b.py").read_text() == "two\nfour\nfive\nend\n"
    assert (tmp_path / "a.md").read_text().startswith("### not a heading\n```{code-cell}")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("false", "true", "ended with 0"),
        ("text\ntwo", "text\nseven", "not printed: ['seven']"),
        ("`three`", "`thirteen`", "b.py has 'thirteen' 0 times"),
    ],
)
def test_a_step_that_does_not_do_what_is_said_is_reported(tmp_path: Path, old: str, new: str, problem: str) -> None:
    (tmp_path / "b.py").write_text("one\nthree\nfour\nend\n" if "three" in new else "one\nthree\nend\n")
    todo = contributing.examples(TEXT.replace(old, new))["One"]
    assert problem in next(filter(None, (contributing.follow(s, tmp_path, dict(os.environ)) for s in todo)), "")


def test_a_block_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing says where this goes"):
        contributing.examples(TEXT.replace("Put as `a.md`:", "So:"))


def test_cells_written_as_text_are_added_where_they_belong(tmp_path: Path) -> None:
    path = tmp_path / "new.ipynb"
    notebooks.add(path, 'First words.\n\n+++ {"id": "last"}\n\nLast words.\n')
    notebooks.add(path, "```{code-cell}\n:tags: [hide-input]\n:id: middle\n1 + 1\n```\n", before="last")
    notebooks.add(path, "At the end.")
    cells = notebooks.read(path)["cells"]
    assert [cell["id"] for cell in cells] == ["first-words", "middle", "last", "at-the-end"]
    assert [notebooks.text(cell["source"]) for cell in cells] == ["First words.", "1 + 1", "Last words.", "At the end."]
    assert cells[1]["metadata"] == {"tags": ["hide-input"]}
    assert path.read_text(encoding="utf-8") == notebooks.canonical_text(notebooks.read(path))
    with pytest.raises(ValueError, match=re.escape("new.ipynb: no cell 'lost' among ['first-words', ")):
        notebooks.add(path, "Nowhere.", before="lost")
    assert len(notebooks.read(path)["cells"]) == 4


def test_the_command_adds_or_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "draft.md").write_text("Words.\n")
    path, draft = str(tmp_path / "new.ipynb"), str(tmp_path / "draft.md")
    assert notebooks.main(["add", path, draft]) == 0
    assert [cell["id"] for cell in notebooks.read(Path(path))["cells"]] == ["words"]
    lost = [path, draft, "--before", "x"]
    for arguments, problem in ([path], "a notebook and a draft expected"), (lost, "no cell 'x'"):
        with pytest.raises(SystemExit):
            notebooks.main(["add", *arguments])
        assert problem in capsys.readouterr().err
