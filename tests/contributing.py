"""Follow CONTRIBUTING's examples word for word, in a copy of the project, and see that each ends as it says.

    python tests/contributing.py             all examples
    python tests/contributing.py layer       those whose name has one of the words (the equation, the explorer and the
                                             exercise go into the chapter of the first)
    python tests/contributing.py --list      what would be done, step by step

In the part "Examples", a block of text is written where the words before it say: "Put as `file`:" makes the file anew,
"Put into `file`, after `words`:" adds below the one line that has these words. "In `file`, put `new` in place of `old`"
is done as it reads. A block `sh` is run. If a block `text` comes next, the last command must fail, and must have
printed its lines.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PART = re.compile(r"^## Examples.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
BLOCK = re.compile(r"^(?P<fence>`{3,})(?P<kind>\w+)\n(?P<body>.*?)^(?P=fence)\n", re.DOTALL | re.MULTILINE)
WHOLE = re.compile(r"Put\s+as\s+`(\S+)`:\s*\Z")
AFTER = re.compile(r"Put\s+into\s+`(\S+)`,\s+after\s+`([^`]+)`:\s*\Z")
IN = re.compile(r"In\s+`([^`]+)`,\s+put\s+")
SWAP = re.compile(r"`([^`]+)`\s+in\s+place\s+of\s+`([^`]+)`")


@dataclass(frozen=True)
class Step:
    """One thing to do: `kind` is "write", "add", "swap" or "run"."""

    kind: str
    file: str = ""
    text: str = ""
    place: str = ""
    expected: tuple[str, ...] = ()

    def __str__(self) -> str:
        what = self.text.strip() if self.kind in ("run", "swap") else f"{len(self.text.splitlines())} lines"
        return " ".join(filter(None, [self.kind, self.file, self.place and f"at {self.place!r}", what]))


def examples(text: str) -> dict[str, list[Step]]:
    """The steps of each example, by its heading. ValueError: a block that the words before it do not place."""
    blank = BLOCK.sub(lambda block: re.sub(r"[^\n]", "~", block[0]), text)  # a heading inside a block is none
    part = PART.search(blank)
    if part is None:
        raise ValueError("no part 'Examples'")
    heads = [*re.compile(r"^### (.+)$", re.MULTILINE).finditer(blank, *part.span())]
    ends = [*(head.start() for head in heads[1:]), part.end()]
    return {head[1]: [*steps(text[head.end() : end])] for head, end in zip(heads, ends, strict=True)}


def steps(text: str) -> Iterator[Step]:
    blocks = [*BLOCK.finditer(text)]
    at = 0
    for number, block in enumerate(blocks):
        words, at = re.sub(r"<!--.*?-->", "", text[at : block.start()]), block.end()
        yield from swaps(words)
        kind, body = block["kind"], block["body"]
        if kind == "text":
            if not (number and blocks[number - 1]["kind"] == "sh"):
                raise ValueError(f"says what no command prints: {body!r}")
        elif kind == "sh":
            following = blocks[number + 1] if number + 1 < len(blocks) else None
            said = following["body"].splitlines() if following and following["kind"] == "text" else []
            yield Step("run", text=body, expected=tuple(said))
        elif whole := WHOLE.search(words):
            yield Step("write", whole[1], body)
        elif after := AFTER.search(words):
            yield Step("add", after[1], body, after[2])
        else:
            raise ValueError(f"nothing says where this goes: {body[:60]!r}")
    yield from swaps(text[at:])


def swaps(words: str) -> Iterator[Step]:
    _, *parts = IN.split(words)
    for file, what in zip(parts[::2], parts[1::2], strict=True):
        for new, old in SWAP.findall(what):
            yield Step("swap", file, new, old)


def follow(step: Step, root: Path, environment: dict[str, str]) -> str:
    """Do it; what went wrong, or nothing."""
    path = root / step.file
    if step.kind == "write":
        path.write_text(step.text, encoding="utf-8")
        return ""
    if step.kind == "run":
        done = subprocess.run(
            ["bash", "-e"],
            cwd=root,
            env=environment,
            input=step.text,
            text=True,
            encoding="utf-8",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        missing = [line for line in step.expected if line not in done.stdout]
        if missing or bool(done.returncode) != bool(step.expected):
            return f"{done.stdout}\nended with {done.returncode}; not printed: {missing}"
        return ""
    old = path.read_text(encoding="utf-8")
    if old.count(step.place) != 1:
        return f"{step.file} has {step.place!r} {old.count(step.place)} times"
    if step.kind == "swap":
        path.write_text(old.replace(step.place, step.text), encoding="utf-8")
    else:
        end = old.index("\n", old.index(step.place)) + 1
        path.write_text(old[:end] + step.text + old[end:], encoding="utf-8")
    return ""


def copied(root: Path) -> None:
    """The project as it is here, its environment as a link; with its times, so that make finds that up to date."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
    (root / ".venv").symlink_to((ROOT / ".venv").resolve())


def main() -> int:
    parts = examples((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    if "--list" in sys.argv:
        for name, todo in parts.items():
            print(name, *todo, sep="\n    ")
        return 0
    # Else the copy's first make would bring it up to date, and tie it to the copy.
    if subprocess.run(["make", "--question", ".venv/.made"], cwd=ROOT, check=False).returncode:
        print("The environment is older than what it is made from: make test-contributing brings it up to date first.")
        return 1
    words = sys.argv[1:]
    parts = {name: todo for name, todo in parts.items() if not words or any(word in name for word in words)}
    with tempfile.TemporaryDirectory(prefix="contributing-") as folder:
        root = Path(folder)
        copied(root)
        # the environment knows the project by its place; here the copy comes first
        environment = os.environ | {"PYTHONPATH": f"{root}:{root / 'book'}"}
        for name, todo in parts.items():
            start = time.perf_counter()
            for step in todo:
                if problem := follow(step, root, environment):
                    print(f"{name}: {step}\n{problem}")
                    return 1
            print(f"{name}: {len(todo)} steps, {time.perf_counter() - start:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
