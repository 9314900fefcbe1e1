"""Serve the built book on this machine alone, until Ctrl-C: python tools/serve.py [port]"""

from __future__ import annotations

import errno
import functools
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HTML = Path(__file__).resolve().parents[1] / "_build" / "html"


class Handler(SimpleHTTPRequestHandler):
    """Static files, never stale, with the types that scripts insist on whatever the system's table says; no log."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | dict.fromkeys((".js", ".mjs"), "text/javascript")
    extensions_map[".wasm"] = "application/wasm"

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def server(port: int, root: Path = HTML) -> ThreadingHTTPServer:
    """A server of `root`; port 0 takes a free one. OSError if the port is in use."""
    return ThreadingHTTPServer(("127.0.0.1", port), functools.partial(Handler, directory=str(root)))


def main(port: int = 8000) -> str | None:
    try:
        http = server(port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return f"Port {port} is in use. Name another: make serve PORT={port + 1}"
    with http:
        print(f"The book is at http://localhost:{http.server_port}/ (Ctrl-C ends it)", flush=True)
        try:
            http.serve_forever()
        except KeyboardInterrupt:
            print()
    return None


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
