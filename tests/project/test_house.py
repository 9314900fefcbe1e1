"""What stands in two places agrees: versions, make targets, the lock, the workflows. Each would drift unseen."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PYTHONS = [c.rpartition(" ")[2] for c in PROJECT["project"]["classifiers"] if re.search(r":: 3\.\d+$", c)]
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
LOCK = (ROOT / "requirements.txt").read_text()
# name, version, marker or None, hashes
LOCKED = [
    (canonicalize_name(name), version, marker, re.findall(r"--hash=sha256:([0-9a-f]{64})\b", hashes))
    for name, version, marker, hashes in re.findall(
        r"^([\w.-]+)==([^\s;]+)(?: ; ([^\\\n]+))? \\\n((?: +--hash=.*\n)+)", LOCK, re.MULTILINE
    )
]


def workflow(name: str) -> dict:
    return yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text())


WORKFLOWS = {path.stem: workflow(path.stem) for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))}
JOBS = [pytest.param(job, id=f"{name}-{key}") for name, w in WORKFLOWS.items() for key, job in w["jobs"].items()]


def commands(job: dict) -> str:
    return "\n".join(step["run"] for step in job["steps"] if "run" in step)


def test_at_the_top_stands_what_the_readme_says_and_nothing_left_behind() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone: what belongs to the project is not known")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    top = {file.partition("/")[0] for file in listed.splitlines() if not file.startswith(".")}
    folders = {name for name in top if (ROOT / name).is_dir()}
    layout = (ROOT / "README.md").read_text("utf-8").partition("## Layout")[2].split("```")[1]
    assert folders == {name.partition("/")[0] for name in re.findall(r"^\S+", layout, re.MULTILINE)}
    written = {".md", ".cff", ".toml", ".txt", ".yml", ".py", ""}
    assert {name for name in top - folders if Path(name).suffix not in written} == set()


def test_every_change_is_tested_on_every_python() -> None:
    job = WORKFLOWS["test"]["jobs"]["everything"]
    assert job["strategy"]["matrix"]["python"] == PYTHONS
    assert commands(job) == ".ci/run"
    assert job["steps"][-1]["env"] == {"PYTHON": "python${{ matrix.python }}"}  # or it would take Debian's
    assert "if" not in job
    assert {"push", "pull_request"} <= WORKFLOWS["test"][True].keys()  # YAML reads `on` so


def test_nnlib_is_tested_on_the_other_systems_with_locked_packages() -> None:
    job = WORKFLOWS["test"]["jobs"]["systems"]
    assert {system.partition("-")[0] for system in job["strategy"]["matrix"]["system"]} == {"macos", "windows"}
    assert job["strategy"]["matrix"]["python"] == [PYTHONS[0], PYTHONS[-1]]
    assert "pip install --no-deps --no-compile --require-hashes -r requirements.txt" in commands(job)
    assert "pytest tests/nnlib" in commands(job)


def test_what_takes_too_long_runs_each_week() -> None:
    assert WORKFLOWS["test"][True]["schedule"]
    matrix = WORKFLOWS["test"]["jobs"]["weekly"]["strategy"]["matrix"]
    parts = {*matrix["part"], *(more["part"] for more in matrix["include"])}
    (needs,) = re.findall(r"^test-all: ([^#\n]+)", MAKEFILE, re.MULTILINE)
    assert parts == set(needs.split())
    versions = {more["part"]: more["python"] for more in matrix["include"]}
    assert versions == {"test-oldest": PYTHONS[0], "test-newest": PYTHONS[-1]}


def test_the_book_is_published_from_where_it_is_built() -> None:
    steps = WORKFLOWS["publish"]["jobs"]["build"]["steps"]
    (path,) = [step["with"]["path"] for step in steps if "upload-pages-artifact" in step.get("uses", "")]
    assert path == "_build/html"
    assert any("deploy-pages" in step.get("uses", "") for step in WORKFLOWS["publish"]["jobs"]["deploy"]["steps"])
    assert "book" in TARGETS
    assert WORKFLOWS["publish"][True]["push"]["branches"] == ["main"]


@pytest.mark.parametrize("job", JOBS)
def test_a_job_names_supported_pythons_known_targets_and_pinned_actions(job: dict) -> None:
    matrix = job.get("strategy", {}).get("matrix", {})
    wanted = [step["with"]["python-version"] for step in job["steps"] if "setup-python" in step.get("uses", "")]
    for version in wanted:
        assert version in PYTHONS or version == "${{ matrix.python }}"
    assert set(matrix.get("python", [])) <= set(PYTHONS)
    assert set(re.findall(r"\bmake ([a-z-]+)", commands(job))) <= TARGETS
    for step in job["steps"]:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step.get("uses", f"a/b@{40 * '0'}"))


def test_the_oldest_python_is_the_same_everywhere() -> None:
    oldest = PYTHONS[0]
    assert PROJECT["project"]["requires-python"] == f">={oldest}"
    assert PROJECT["tool"]["mypy"]["python_version"] == oldest
    assert PROJECT["tool"]["ruff"]["target-version"] == "py" + oldest.replace(".", "")
    assert f"--python-version {oldest} " in MAKEFILE
    assert f"Python {oldest} or newer is needed" in (ROOT / "tools" / "environment.sh").read_text()
    assert f"Python {oldest} or newer" in (ROOT / "README.md").read_text()


def test_each_supported_python_is_looked_for() -> None:
    environment = (ROOT / "tools" / "environment.sh").read_text()
    assert re.findall(r"python(3\.\d+)(?= )", re.search(r"for candidate in (.*);", environment)[1]) == PYTHONS[::-1]
    assert re.findall(r"\(call releases,([\d. ]+),", MAKEFILE) == [PYTHONS[0], PYTHONS[-1]]


def test_the_lock_has_hashes_and_names_no_host() -> None:
    assert len(LOCKED) == len(re.findall(r"^[\w.-]+", LOCK, re.MULTILINE)) > 100
    assert all(hashes for *_, hashes in LOCKED)
    assert not re.search(r"://|^-", LOCK, re.MULTILINE)
    assert "pip --require-hashes -r requirements.txt" in (ROOT / "tools" / "environment.sh").read_text()


@pytest.mark.parametrize("extra", ["", "book", "paper", "unit", "cluster", "test"])
def test_the_lock_fits_the_project(extra: str) -> None:
    project = PROJECT["project"]
    for text in project["optional-dependencies"][extra] if extra else project["dependencies"]:
        wanted = Requirement(text)
        if wanted.name == project["name"]:
            assert wanted.extras <= {"book", "paper", "unit", "cluster"}
            continue
        versions = [version for name, version, *_ in LOCKED if name == canonicalize_name(wanted.name)]
        assert versions, f"{text} is not in requirements.txt: make lock"
        assert all(wanted.specifier.contains(version, prereleases=True) for version in versions), text


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_the_commands_and_paths_that_a_page_names_exist(page: str) -> None:
    text = (ROOT / page).read_text()
    named = set(re.findall(r"(?:^|`)make (?:[A-Z]+=\S+ )?([a-z-]+)", text, re.MULTILINE))
    assert len(named) > 3
    assert named <= TARGETS
    assert not [name for name in re.findall(r"`((?:tests|tools|book|benchmarks|nnlib)/[\w./-]+)`", text)
                if not re.search("NN|NAME|softplus", name) and not (ROOT / name).exists()]  # fmt: skip


def test_the_readme_names_every_target_that_make_help_lists() -> None:
    listed = set(re.findall(r"^([a-z-]+):.*##", MAKEFILE, re.MULTILINE)) - {"help"}
    assert listed <= set(re.findall(r"make ([a-z-]+)", (ROOT / "README.md").read_text()))


def test_pre_commit_runs_the_lint() -> None:
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    (hook,) = repository["hooks"]
    assert repository["repo"] == "local"
    assert (hook["entry"], hook["language"], hook["pass_filenames"]) == ("make lint", "system", False)


def test_coverage_takes_no_folder_of_tests_for_its_own() -> None:
    """`--cov tests/nnlib` measures that folder, and runs every test there is."""
    assert "--cov" in MAKEFILE
    assert re.findall(r"--cov +[^-\s]\S*", MAKEFILE) == []
