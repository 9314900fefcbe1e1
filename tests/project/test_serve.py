"""The server of `make serve`: what it says of readers who leave, of errors, and of a port that somebody has."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tools import serve

LARGE = 20_000_000  # bytes, more than a socket holds


@contextmanager
def serving(folder: Path) -> Iterator[serve.Server]:
    """At the end every request has been answered, or given up."""
    with serve.server(0, folder) as http:
        http.daemon_threads = False  # closing waits for them
        threading.Thread(target=http.serve_forever, args=[0.01]).start()
        yield http
        http.shutdown()


def begin(http: serve.Server) -> bytes:
    """Ask for a large file, and leave with its first bytes."""
    with socket.create_connection(("127.0.0.1", http.server_port)) as asking:
        asking.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return asking.recv(12)


def test_a_reader_who_leaves_is_no_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "large").write_bytes(bytes(LARGE))
    with serving(tmp_path) as http:
        assert begin(http) == b"HTTP/1.0 200"
    assert capfd.readouterr() == ("", "")


def test_any_other_error_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(serve.Handler, "do_GET", lambda handler: 1 / 0)
    with serving(tmp_path) as http:
        assert begin(http) == b""
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_a_port_that_is_in_use_is_told(tmp_path: Path) -> None:
    with serve.server(0, tmp_path) as http:
        said = serve.main(http.server_port)
    assert said == f"Port {http.server_port} is in use. Name another: make serve PORT={http.server_port + 1}"
