"""What builds keep outside the project: files that were fetched, and what was made of sources that seldom change."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MONTH = 30 * 24 * 3600  # seconds


def home() -> Path:
    """The project's folder in the user's cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "neural-network-by-hand"


@contextmanager
def room(parent: Path) -> Iterator[Path]:
    """A folder beside what will be kept, so that a finished file only has to be renamed."""
    work = Path(tempfile.mkdtemp(prefix="fetching-", dir=parent))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def kept(folder: str, data: bytes, make: Callable[[bytes], bytes], how: bytes) -> bytes:
    """What `make`, which `how` describes, makes of these bytes: from this folder of the cache, where it is there.

    What no build has asked for in a month goes when something new comes.
    """
    path = home() / folder / hashlib.sha256(hashlib.sha256(how).digest() + data).hexdigest()[:32]
    try:
        os.utime(path)
        return path.read_bytes()
    except OSError:
        made = make(data)
    with suppress(OSError):  # where nothing can be kept, it is made each time
        path.parent.mkdir(parents=True, exist_ok=True)
        with room(path.parent) as work:
            (work / "part").write_bytes(made)
            (work / "part").replace(path)
        for old in path.parent.iterdir():
            if old.is_file() and time.time() - old.stat().st_mtime > MONTH:
                old.unlink(missing_ok=True)
    return made
