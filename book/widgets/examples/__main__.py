"""Write the page of examples: `python -m widgets.examples [FOLDER]`, from book/."""

from __future__ import annotations

import sys
from pathlib import Path

from . import collect, write

ROOT = Path(__file__).resolve().parents[3]

folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "_build" / "widgets"
print(write(folder, collect()).as_uri())
