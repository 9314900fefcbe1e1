#!/bin/sh
# Make .venv from requirements.txt, with nnlib in it as it stands here; bring an existing one up to date.
#
#     tools/environment.sh [python]
#
# With a name, that Python and no other; without, the first on the PATH that will do.
set -eu
cd "$(dirname "$0")/.."

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

version() { # "3.12", or nothing: a version manager may put a name on the PATH that only prints an error
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || :
}

usable() {
    case $(version "$1") in
        '' | 2.* | 3.? | 3.10) return 1 ;;
    esac
}

python=
for candidate in ${1:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
    if usable "$candidate"; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || fail \
    "Python 3.11 or newer is needed; ${1:-python3} is $(version "${1:-python3}" | grep . || echo 'not a Python that runs')." \
    "Install one (Debian, Ubuntu: apt-get install python3 python3-venv), or name it: make PYTHON=python3.12 ..."
wanted=$(version "$python")

"$python" -c 'import ensurepip, venv' 2>/dev/null || fail \
    "Python $wanted has no venv module, which makes the environment." \
    "Install it (Debian, Ubuntu: apt-get install python$wanted-venv) and run make again."

# Kept, unless it is broken, or was made with another Python than the one asked for.
if ! .venv/bin/python -m pip --version >/dev/null 2>&1 || { [ -n "${1:-}" ] && [ "$(version .venv/bin/python)" != "$wanted" ]; }; then
    echo "Making the environment in .venv with Python $wanted: about 1 GB, a minute or two."
    rm -rf .venv
    "$python" -m venv .venv
fi
# Errors alone. Compiling every module beforehand would take as long as installing them; Python does it as it needs one.
pip() {
    .venv/bin/python -m pip -qq --disable-pip-version-check install --no-deps --no-compile "$@"
}
pip --require-hashes -r requirements.txt
# jsonschema does without it, and is imported by all that has to do with notebooks: a second of processor each time, for
# a check of addresses that nothing here asks for.
.venv/bin/python -m pip -qq --disable-pip-version-check uninstall --yes rfc3987-syntax
pip --no-build-isolation --editable .
# Modules of the book are found from anywhere, and the benchmarks from chapter 12, whose working folder is book.
.venv/bin/python - <<'PYTHON'
import pathlib, sysconfig

here = pathlib.Path.cwd()
(pathlib.Path(sysconfig.get_path("purelib")) / "project.pth").write_text(f"{here}\n{here / 'book'}\n", encoding="utf-8")
PYTHON
