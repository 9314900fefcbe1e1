"""Serve the built book on this machine, for a reader (`make serve`) and for the browser tests.

python tools/serve.py [port]           serve _build/html until Ctrl-C
python tools/serve.py --probe [port]   only say whether the port is free
"""

from __future__ import annotations

import argparse
import errno
import functools
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

HTML = Path(__file__).resolve().parents[1] / "_build" / "html"


class Handler(SimpleHTTPRequestHandler):
    """Static files, with the types that module scripts and WebAssembly insist on, never stale, no log."""

    extensions_map: ClassVar = {
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the address is what the reader should see."""


def server(port: int, root: Path = HTML) -> ThreadingHTTPServer:
    """A server of `root` on this machine alone; port 0 takes a free one. OSError if the port is in use."""
    return ThreadingHTTPServer(("127.0.0.1", port), functools.partial(Handler, directory=str(root)))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("port", nargs="?", type=int, default=8000)
    parser.add_argument("--probe", action="store_true", help="only say whether the port is free")
    args = parser.parse_args()
    try:
        http = server(args.port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        print(f"Port {args.port} is in use. Name another: make serve PORT={args.port + 1}", file=sys.stderr)
        return 1
    with http:
        if args.probe:
            return 0
        print(f"The book is at http://localhost:{http.server_port}/ (Ctrl-C ends it)", flush=True)
        try:
            http.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
