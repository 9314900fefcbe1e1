"""Break each widget's script in ten ways, and see that the tests notice: `python tests/widgets/mutants.py [WORD]`.

A mutant is a text of one script, what stands in its place, and the tests that must fail then (pytest's -k). The same
tests must pass on the scripts as they are. With a word, only the mutants whose name has it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Mutant:
    name: str
    file: str
    old: str
    new: str
    tests: str


EXPLORER = [
    Mutant(
        "a dead slider",
        "explorer/explorer.js",
        'input.addEventListener("input", () => {',
        'input.addEventListener("never", () => {',
        "each_key_moves",
    ),
    Mutant(
        "a frozen drawing",
        "explorer/explorer.js",
        "      now = { result, heading };",
        "      now ??= { result, heading };",
        "each_key_moves",
    ),
    Mutant(
        "a frozen output",
        "explorer/explorer.js",
        "      output.textContent = result.text",
        "      output.textContent ||= result.text",
        "each_key_moves",
    ),
    Mutant(
        "the controls' order mixed up",
        "explorer/pure.js",
        "index * controls[k].values.length + place",
        "index + place * controls[k].values.length",
        "last_control_moves_fastest or several_controls",
    ),
    Mutant(
        "a link that forgets its values",
        "explorer/explorer.js",
        "if (place >= 0) c.place = place;",
        "if (place > 1e9) c.place = place;",
        "a_link_opens_a_state",
    ),
    Mutant(
        "a link that lands before the maths is set",
        "explorer/explorer.js",
        "await globalThis.MathJax?.startup?.promise;",
        "",
        "after_the_maths",
    ),
    Mutant(
        "a path that cannot be hidden",
        "explorer/draw.js",
        "if (hidden.has(panel.names[k]) || !path.length) return;",
        "if (!path.length) return;",
        "hidden_and_shown",
    ),
    Mutant(
        "a player that never stops",
        "explorer/explorer.js",
        "if (c.place === last) pause();",
        "",
        "plays_its_positions",
    ),
    Mutant(
        "motion where less is asked for",
        "theme.js",
        'matchMedia("(prefers-reduced-motion: reduce)").matches',
        "false",
        "less_motion",
    ),
    Mutant(
        "the light palette in the dark",
        "theme.css",
        'html[data-theme="dark"]',
        'html[data-theme="night"]',
        "follows_the_theme",
    ),
    Mutant(
        "a diverged run drawn as any other",
        "explorer/explorer.js",
        "result.diverged ? `diverged at ${heading}`",
        "result.nothing ? `diverged at ${heading}`",
        "diverged_run",
    ),
    Mutant(
        "a last finite boundary where none is drawn",
        "explorer/draw.js",
        'panel.lines.length ? "the last finite boundary"',
        'panel.lines ? "the last finite boundary"',
        "says_which_boundary",
    ),
    Mutant(
        "no mark where a curve leaves the picture",
        "explorer/draw.js",
        "      drawExits(pen, found, g.fillStyle, box);",
        "",
        "leaves_the_picture_is_marked",
    ),
    Mutant(
        "a queue of old requests",
        "explorer/explorer.js",
        "if (!busy) serve();",
        "serve();",
        "latest_request",
    ),
    Mutant(
        "an error that stays",
        "explorer/explorer.js",
        "      alert.hidden = true;",
        "",
        "error_is_shown_until",
    ),
    Mutant(
        "ids used twice",
        "mount.js",
        "root.id = free;",
        "root.id = id;",
        "ids_are_unique",
    ),
]
MUTANTS = EXPLORER


def run(folder: Path, tests: str, tell: bool = False) -> bool:
    """Whether these tests pass in a copy of the project; with `tell`, what they print if not."""
    paths = [
        str(path) for path in sorted((folder / "tests" / "widgets").glob("test_*.py")) if path.name != "test_lab.py"
    ]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", tests, *paths]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"CI": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode not in (0, 1):  # 1: a test failed
        raise RuntimeError(f"-k {tests!r} could not be run:\n{done.stdout}{done.stderr}")
    if tell and done.returncode:
        print(done.stdout)
    return done.returncode == 0


def main(word: str = "") -> int:
    chosen = [mutant for mutant in MUTANTS if word in mutant.name]
    survivors = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in ("book/widgets", "tests/widgets", "nnlib", "tools"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "conftest.py"):
            shutil.copy(ROOT / name, folder / name)
        if not run(folder, " or ".join(f"({mutant.tests})" for mutant in chosen), tell=True):
            print("the tests fail on the scripts as they are")
            return 1
        for mutant in chosen:
            path = folder / "book" / "widgets" / mutant.file
            source = path.read_text("utf-8")
            if source.count(mutant.old) != 1:
                raise ValueError(f"{mutant.name}: its text stands {source.count(mutant.old)} times in {mutant.file}")
            path.write_text(source.replace(mutant.old, mutant.new), "utf-8")
            survives = run(folder, mutant.tests)
            path.write_text(source, "utf-8")
            print(f"{'SURVIVES' if survives else 'noticed '}  {mutant.name}", flush=True)
            survivors += [mutant.name] * survives
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} were noticed")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
