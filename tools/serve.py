"""Serve the built book on this machine alone, until Ctrl-C: python tools/serve.py [port]"""

from __future__ import annotations

import errno
import functools
import sys
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HTML = Path(__file__).resolve().parents[1] / "_build" / "html"

# What a page of the book may load and run: its own files, WebAssembly, pictures that stand in a style sheet, and styles
# in the page, which formulas have. No script in a page, and no other host. README tells whoever hosts the book.
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'self'"
)
# JupyterLite, in the folder lite, makes scripts and workers in the page; from other hosts it may load nothing, either.
LITE = "/lite/"
LITE_POLICY = (
    "default-src 'self' data: blob:; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; worker-src 'self' blob:; "
    "style-src 'self' 'unsafe-inline'; base-uri 'self'; form-action 'self'"
)


class Handler(SimpleHTTPRequestHandler):
    """Static files, never stale, under the policy, with types that scripts insist on whatever the system says; no log.

    What is not there is answered as a static host does it, by the book's 404.html.
    """

    extensions_map = SimpleHTTPRequestHandler.extensions_map | dict.fromkeys((".js", ".mjs"), "text/javascript")
    extensions_map[".wasm"] = "application/wasm"

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Content-Security-Policy", LITE_POLICY if LITE in self.path else POLICY)
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


class Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        # A reader who leaves a page, or presses Cancel, while its files are on their way is no error.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def server(port: int, root: Path = HTML) -> Server:
    """A server of `root`; port 0 takes a free one. OSError if the port is in use."""
    return Server(("127.0.0.1", port), functools.partial(Handler, directory=str(root)))


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
