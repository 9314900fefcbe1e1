"""The system's Firefox, without a driver: it speaks WebDriver BiDi itself, over a socket that it opens if asked to."""

from __future__ import annotations

import json
import queue
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

NAMES = ("firefox-esr", "firefox")
LISTENS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
# Nothing of its own is fetched, shown or asked.
SETTINGS = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.aboutwelcome.enabled": False,
    "browser.newtabpage.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "browser.search.update": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disablePrefetch": True,
    "network.prefetch-next": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}
MISSING = "no Firefox on the PATH: `apt-get install firefox-esr` (Debian) for these tests"
PATIENCE = 120  # seconds


def path() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Firefox:
    """A headless Firefox with one page, and what that page logged as an error."""

    def __init__(self, profile: Path) -> None:
        import websocket  # not at the top: without a Firefox none is needed

        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in SETTINGS.items()]
        (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
        program = [path() or NAMES[0], "--headless", "--no-remote", "--profile", str(profile)]
        self.process = subprocess.Popen(
            [*program, "--remote-debugging-port=0", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        try:
            address = self.listening()
            self.socket = websocket.create_connection(f"{address}/session", timeout=PATIENCE, suppress_origin=True)
            self.asked = 0
            self.errors: list[str] = []
            self.ask("session.new", capabilities={})
            self.ask("session.subscribe", events=["log.entryAdded"])
            self.context = self.ask("browsingContext.getTree")["contexts"][0]["context"]
        except BaseException:
            self.process.kill()
            raise

    def listening(self) -> str:
        """The address of its socket, which it writes when it is there."""
        said: queue.Queue[str] = queue.Queue()

        def read() -> None:
            assert self.process.stderr is not None
            for line in self.process.stderr:
                said.put(line)

        self.reader = threading.Thread(target=read, daemon=True)
        self.reader.start()
        late = time.monotonic() + PATIENCE
        while time.monotonic() < late:
            if found := LISTENS.search(said.get(timeout=PATIENCE)):
                return found[1]
        raise TimeoutError("Firefox opened no socket")

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        self.asked += 1
        self.socket.send(json.dumps({"id": self.asked, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("method") == "log.entryAdded" and answer["params"]["level"] == "error":
                self.errors.append(str(answer["params"].get("text")))
            if answer.get("id") == self.asked:
                if answer["type"] == "error":
                    raise RuntimeError(f"{method}: {answer['message']}")
                result: dict[str, Any] = answer["result"]
                return result

    def goto(self, url: str) -> None:
        self.ask("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """The value of an expression of JavaScript: a string, a number, a truth value, or None."""
        target = {"context": self.context}
        answer = self.ask("script.evaluate", expression=expression, target=target, awaitPromise=True)
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """A key, as the BiDi protocol names it, pressed in what has the focus."""
        actions = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        source = {"type": "key", "id": "keyboard", "actions": actions}
        self.ask("input.performActions", context=self.context, actions=[source])

    def until(self, wanted: Callable[[], bool], seconds: float = PATIENCE) -> None:
        late = time.monotonic() + seconds
        while not wanted():
            assert time.monotonic() < late, "it did not happen"
            time.sleep(0.1)

    def close(self) -> None:
        self.socket.close()
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.reader.join(20)
        if self.process.stderr is not None:
            self.process.stderr.close()
