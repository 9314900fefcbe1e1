"""Serve the built book on this machine alone, until Ctrl-C: python tools/serve.py [port]"""

from __future__ import annotations

import errno
import functools
import sys
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HTML = Path(__file__).resolve().parents[1] / "_build" / "html"


class Handler(SimpleHTTPRequestHandler):
    """Static files, never stale, with the types that scripts insist on whatever the system's table says; no log.

    What is not there is answered as a static host does it, by the book's 404.html.
    """

    extensions_map = SimpleHTTPRequestHandler.extensions_map | dict.fromkeys((".js", ".mjs"), "text/javascript")
    extensions_map[".wasm"] = "application/wasm"

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = Path(self.directory, "404.html")
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            return super().send_error(code, message, explain)
        body = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

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
