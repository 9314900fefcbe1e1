"""Break each widget's script in some ways, and see that the tests notice: `python tests/widgets/mutants.py [WORD]`.

A mutant is a text of one script, what stands in its place, and the tests that must fail then (pytest's -k). The same
tests must pass on the scripts as they are. With a word, only the mutants whose name has it,
or those of this folder.
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
        "await globalThis.formulas?.there;",
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
        "      else serve();\n    }",
        "      serve();\n    }",
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
STEPPER = [
    Mutant(
        "a mark inside a mark is lost",
        "stepper/pure.js",
        "parts: parse(inside)",
        "parts: [inside]",
        "marks_are_parsed or no_mark_is_left",
    ),
    Mutant(
        "an old weight beside the new one",
        "stepper/pure.js",
        "step < until",
        "step <= until",
        "what_is_seen or no_text_covers",
    ),
    Mutant(
        "texts wider than their slots",
        "stepper/pure.js",
        "width > slot ? (size * slot) / width : size",
        "width > slot ? size : size",
        "what_fits or wide_font",
    ),
    Mutant(
        "a line of labels too near to the next",
        "stepper/layout.py",
        "NEAR, FAR, LINE = 24, 68, 17",
        "NEAR, FAR, LINE = 24, 68, 12",
        "no_slot_reaches or no_text_covers",
    ),
    Mutant(
        "labels of crossing edges over one another",
        "stepper/layout.py",
        "ASIDE, NARROW = 38, 98",
        "ASIDE, NARROW = 60, 98",
        "no_slot_reaches or no_text_covers",
    ),
    Mutant(
        "subscripts that pull down what follows",
        "stepper/stepper.js",
        "lift = down;",
        "lift = 0;",
        "symbols_are_set",
    ),
    Mutant(
        "the wrong parts marked",
        "stepper/stepper.js",
        "on.includes(at)",
        "on.includes(at + 1)",
        "computed_now_is_marked",
    ),
    Mutant(
        "the first numbers marked as new",
        "stepper/stepper.js",
        "text.since === at && at > 0",
        "text.since === at",
        "computed_now_is_marked",
    ),
    Mutant(
        "the focus lost at the end",
        "stepper/stepper.js",
        "if (held === next && next.disabled) previous.focus();",
        "",
        "keyboard_walks",
    ),
    Mutant(
        "a silent step",
        "stepper/stepper.js",
        "said.textContent = spoken(steps, at);",
        "said.textContent ||= spoken(steps, at);",
        "keyboard_walks",
    ),
    Mutant(
        "a slider without a name",
        "stepper/stepper.js",
        '"aria-label": "step"',
        '"data-label": "step"',
        "serves_everyone or drawing_fills",
    ),
    Mutant(
        "the way back in the colors of the way forward",
        "stepper/stepper.js",
        'root.classList.toggle("backward", steps[at].way === "backward");',
        "",
        "computed_now_is_marked",
    ),
    Mutant(
        "keys that a notebook takes",
        "stepper/stepper.js",
        "event.stopPropagation();",
        "event.type;",
        "stepper_page and notebook_the_same_script",
    ),
    Mutant(
        "a figure that was hidden stays unfitted",
        "stepper/stepper.js",
        "return theme.watch(root, fit);",
        "return () => {};",
        "hidden_figure",
    ),
    Mutant(
        "all steps at once",
        "stepper/stepper.css",
        "      visibility: hidden;",
        "      visibility: visible;",
        "keyboard_walks or drawing_fills",
    ),
    Mutant(
        "a label's ground over a number",
        "stepper/stepper.js",
        '(kind.includes("label") ? shape(svg, "rect", { class: "ground" }) : null));',
        '(kind.includes("label") ? shape(svg, "rect", { class: "ground" }) : null));'
        " setTimeout(() => grounds.forEach((ground) => ground && svg.append(ground)));",
        "no_text_covers",
    ),
]
PAD = [
    Mutant(
        "weights read column by column",
        "digit_pad/pure.js",
        "W[j * columns + k]",
        "W[k * rows + j]",
        "answers_as_the_network or answers_as_nnlib",
    ),
    Mutant(
        "exponentials that overflow",
        "digit_pad/pure.js",
        "Math.exp(z - top)",
        "Math.exp(z)",
        "large_logits",
    ),
    Mutant(
        "the least similar image",
        "digit_pad/pure.js",
        "if (distance < least) [found, least] = [image, distance];",
        "if (distance > 0) [found, least] = [image, distance];",
        "nearest_image",
    ),
    Mutant(
        "gaps in a fast stroke",
        "digit_pad/pure.js",
        "x0 + ((x1 - x0) * n) / steps, y0 + ((y1 - y0) * n) / steps",
        "x1, y1",
        "fast_stroke",
    ),
    Mutant(
        "ink upon ink",
        "digit_pad/pure.js",
        "Math.max(level, counts[n])",
        "level + counts[n]",
        "ink_counts",
    ),
    Mutant(
        "down for right",
        "digit_pad/pure.js",
        "- down, (n % SIDE) - right",
        "- right, (n % SIDE) - down",
        "moves_out or drawing_moves",
    ),
    Mutant(
        "a first stroke over the example",
        "digit_pad/digit_pad.js",
        "return afresh ? ink.map(() => 0) : ink;",
        "return ink;",
        "first_stroke or by_keyboard_too",
    ),
    Mutant(
        "a chosen image cleared by a stroke",
        "digit_pad/digit_pad.js",
        "      isExample = false;\n      show(true);",
        "      show(true);",
        "chosen_is_drawn_upon",
    ),
    Mutant(
        "an eraser that clears",
        "digit_pad/digit_pad.js",
        "isExample && !isErasing()",
        "isExample",
        "chosen_is_drawn_upon",
    ),
    Mutant(
        "a stroke of points",
        "digit_pad/digit_pad.js",
        "        stroke.last = place;",
        "",
        "the_mouse_draws or first_stroke",
    ),
    Mutant(
        "a stroke that never ends",
        "digit_pad/digit_pad.js",
        'for (const end of ["pointerup", "pointercancel"])',
        'for (const end of ["pointerup"])',
        "pointer_that_is_lost",
    ),
    Mutant(
        "strange for similar",
        "digit_pad/digit_pad.js",
        "distance > spec.far",
        "distance < spec.far",
        "can_be_strange",
    ),
    Mutant(
        "a cursor that is not told",
        "digit_pad/digit_pad.js",
        'board.setAttribute("aria-activedescendant", cell.id);',
        "",
        "the_keyboard_draws",
    ),
    Mutant(
        "a small picture in the other theme's colors",
        "digit_pad/digit_pad.js",
        "return theme.watch(root, (how) => drawImage(canvas, closest.ink, how));",
        "return () => {};",
        "small_picture_follows",
    ),
    Mutant(
        "keys of the pad that a notebook takes",
        "digit_pad/digit_pad.js",
        "event.stopPropagation();",
        "event.type;",
        "digit_pad_page and notebook_the_same_script",
    ),
    Mutant(
        "a page that scrolls under a finger",
        "digit_pad/digit_pad.css",
        "touch-action: none;",
        "",
        "finger_draws",
    ),
    Mutant(
        "full ink in every cell",
        "digit_pad/digit_pad.css",
        "opacity: var(--level);",
        "opacity: 1;",
        "what_is_kept",
    ),
    Mutant(
        "the other mouse buttons draw",
        "digit_pad/digit_pad.js",
        "if (event.button !== 0) return;",
        "",
        "other_buttons",
    ),
    Mutant(
        "the browser's shortcuts taken",
        "digit_pad/digit_pad.js",
        "if (event.ctrlKey || event.metaKey || event.altKey) return;",
        "",
        "shortcuts_of_the_browser",
    ),
]
EXERCISE = [
    Mutant(
        "a check that is deaf",
        "exercise/exercise.js",
        'check.addEventListener("click", run);',
        "",
        "from_starter_to_right",
    ),
    Mutant(
        "an answer that is lost",
        "exercise/exercise.js",
        "timer = setTimeout(keep, PAUSE);",
        "timer = 0;",
        "kept_in_the_browser",
    ),
    Mutant(
        "solved that is not remembered",
        "exercise/exercise.js",
        "      keep(true);\n",
        "",
        "from_starter_to_right",
    ),
    Mutant(
        "a line that is not marked",
        "exercise/exercise.js",
        "editor.markLine(verdict.line ?? null);",
        "",
        "error_marks_its_line",
    ),
    Mutant(
        "a mark that stays",
        "exercise/exercise.js",
        "    function changed() {\n      editor.markLine(null);\n",
        "    function changed() {\n",
        "error_marks_its_line",
    ),
    Mutant(
        "a stop that does nothing",
        "exercise/exercise.js",
        'if (live.state === "ready") live.stop();',
        'if (live.state === "ready") live.state;',
        "endless_loop",
    ),
    Mutant(
        "a cancel that stops nothing",
        "exercise/exercise.js",
        "else live.cancel();",
        "else live.state;",
        "can_be_cancelled",
    ),
    Mutant(
        "all hints at once",
        "exercise/exercise.js",
        "      shown += 1;\n",
        "      shown = hints.length;\n",
        "hints_come_one_by_one",
    ),
    Mutant(
        "a reset for good",
        "exercise/exercise.js",
        "former = back === null && editor.text !== spec.starter ? editor.text : null;",
        "former = null;",
        "reset_and_back",
    ),
    Mutant(
        "prints that pile up",
        "exercise/exercise.js",
        'text = more === null ? "" : widgets',
        "text = more === null ? text : widgets",
        "printed_is_shown_and_goes",
    ),
    Mutant(
        "each print is shown at once",
        "exercise/exercise.js",
        "        if (waits) return;\n",
        "        show();\n",
        "prints_and_prints",
    ),
    Mutant(
        "every point of a long curve is drawn",
        "explorer/draw.js",
        "trace(g, thinned(line));",
        "trace(g, line);",
        "long_noisy_run",
    ),
    Mutant(
        "a long curve loses its peaks",
        "explorer/pure.js",
        "if (line[end][1] < line[low][1]) low = end;",
        "",
        "all_that_can_be_seen",
    ),
    Mutant(
        "a wrong number leaves the digits on the way to it",
        "playground/controls.js",
        "      if (wrong && last() !== before) changed(before);\n",
        "",
        "takes_whole_numbers",
    ),
    Mutant(
        "the focus lost",
        "exercise/exercise.js",
        "        if (lost) check.focus();\n",
        "",
        "endless_loop",
    ),
    Mutant(
        "the code beside its editor",
        "exercise/exercise.css",
        ".cell:has(.nnlib-exercise[data-open]) > .cell_input {",
        ".cell:has(.nnlib-exercise[data-never]) > .cell_input {",
        "takes_the_cells_place",
    ),
]
PLAYGROUND = [
    Mutant(
        "an address that is taken as it comes",
        "playground/pure.js",
        "widths.every((n) => n >= 1 && n <= control.widest)",
        "widths.every((n) => n <= control.widest)",
        "no_value_is_refused",
    ),
    Mutant(
        "what is refused is not said",
        "playground/playground.js",
        "if (refused.length) fail(",
        "if (refused.length > 99) fail(",
        "hostile_address",
    ),
    Mutant(
        "a program without its penalty",
        "playground/pure.js",
        's.penalty === "none" ? [] :',
        's.penalty !== "L2" ? [] :',
        "program_that_the_page_shows",
    ),
    Mutant(
        "a program with another seed",
        "playground/pure.js",
        "default_rng(${s.seed})",
        "default_rng(0)",
        "program_that_the_page_shows",
    ),
    Mutant(
        "a saddle cut the other way",
        "playground/pure.js",
        "middle !== above[0]",
        "middle === above[0]",
        "at_a_saddle",
    ),
    Mutant(
        "weights of another unit",
        "playground/pure.js",
        "theta[places[layer] + k * nOut + index]",
        "theta[places[layer] + k + nIn * index]",
        "weights_are_its_column",
    ),
    Mutant(
        "a pause that does not pause",
        "playground/playground.js",
        "    function pause() {\n      if (!playing) return;\n      playing = false;",
        "    function pause() {\n      if (!playing) return;",
        "by_steps_by_epochs or keyboard_is_enough",
    ),
    Mutant(
        "a link that runs at once",
        "playground/playground.js",
        "      pause();\n      change(wanted, false);",
        "      playing = true;\n      change(wanted, false);",
        "hostile_address",
    ),
    Mutant(
        "settings that do not begin anew",
        "playground/playground.js",
        'if (phase === "ready") begin();',
        'if (phase === "never") begin();',
        "every_setting_stands",
    ),
    Mutant(
        "a stale picture passed off as the settings'",
        "playground/playground.js",
        'stage.classList.toggle("pl-stale", stale || !now.frame);',
        "",
        "before_it_is_started",
    ),
    Mutant(
        "motion where less of it is asked for",
        "playground/playground.js",
        "playing = !theme.prefersStill();",
        "playing = true;",
        "less_motion",
    ),
    Mutant(
        "arrow keys that stay in a layer",
        "playground/playground.js",
        "ArrowDown: () => across(layer + 1),",
        "ArrowDown: () => from,",
        "keyboard_is_enough",
    ),
    Mutant(
        "the light palette kept in the dark",
        "playground/draw.js",
        "pen.fillStyle = colors.paper;\n    pen.fillRect(0, 0, width, height);\n    const epochs",
        'pen.fillStyle = "#ffffff";\n    pen.fillRect(0, 0, width, height);\n    const epochs',
        "fits_and_is_open",
    ),
]
CLINIC = [
    Mutant(
        "a program that is lost",
        "clinic/clinic.js",
        "timer = setTimeout(keep, PAUSE);",
        "timer = 0;",
        "program_is_kept",
    ),
    Mutant(
        "a program of another patient",
        "clinic/clinic.js",
        "      const { text } = recordOf(number);\n",
        "      const { text } = recordOf(1);\n",
        "program_is_kept",
    ),
    Mutant(
        "a patient that was begun and is forgotten",
        "clinic/clinic.js",
        "asked || pure.begun(records(), count) || ",
        "asked || ",
        "program_is_kept",
    ),
    Mutant(
        "a reset that cannot be undone",
        "clinic/clinic.js",
        "putAside(back === null && editor.text !== original() ? editor.text : null);",
        "putAside(null);",
        "program_is_kept",
    ),
    Mutant(
        "a cure that is not remembered",
        "clinic/clinic.js",
        "        keep(true);\n",
        "",
        "examined_and_healed",
    ),
    Mutant(
        "a curve that comes at the end",
        "clinic/clinic.js",
        "        edited = value.curve;\n",
        '        if (typeof value.curve.accuracy !== "number") return;\n        edited = value.curve;\n',
        "drawn_while_it_trains",
    ),
    Mutant(
        "buttons that go while something runs",
        "clinic/clinic.js",
        '!["ready", "busy"].includes(state)',
        'state !== "ready"',
        "drawn_while_it_trains",
    ),
    Mutant(
        "a verdict of another program",
        "clinic/clinic.js",
        "      verdicts.clear();\n",
        "",
        "examined_and_healed or another_network",
    ),
    Mutant(
        "any network a cure",
        "clinic/pure.js",
        'stranger === "" && ',
        "",
        "another_network",
    ),
    Mutant(
        "the healed drawn again",
        "clinic/pure.js",
        "const from = left.length ? left : all;",
        "const from = all;",
        "not_healed_is_drawn_first",
    ),
]
GUESS = [
    Mutant(
        "an answer told before the reader tries",
        "guess/guess.js",
        "keep(input.place, false);",
        "keep(input.place, true);",
        "locked_in",
    ),
    Mutant(
        "an empty paragraph in an answer",
        "guess/guess.js",
        "if (now?.told) answer",
        "if (answer) answer",
        "told_nothing",
    ),
    Mutant(
        "a guess that cannot be changed",
        "guess/guess.js",
        "progress.set(KIND, spec.id, undefined);",
        "",
        "can_be_changed",
    ),
    Mutant(
        "too high said of what is too low",
        "guess/pure.js",
        "said < value",
        "said > value",
        "how_far_off",
    ),
]
TALLY = [
    Mutant(
        "exercises that were begun counted as done",
        "tally/pure.js",
        "value?.done === true",
        "value",
        "its_own_counts",
    ),
    Mutant(
        "a clear that does not ask",
        "tally/tally.js",
        "      ask(true);\n",
        "      progress.clear();\n",
        "asked_twice",
    ),
]
MUTANTS = EXPLORER + STEPPER + PAD + EXERCISE + PLAYGROUND + CLINIC + GUESS + TALLY


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
    chosen = [mutant for mutant in MUTANTS if word in mutant.name or mutant.file.startswith(f"{word}/")]
    survivors = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in ("book", "nnlib", "tests", "tools"):
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
