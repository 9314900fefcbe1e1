"""JupyterLab for a test, as a reader starts it, but with settings of its own."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def lab_server(folder: Path, own: Path, **environment: str) -> Iterator[Callable[[str], str]]:
    """JupyterLab on `folder`, its settings and log in `own`: a function from a notebook to its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_urlsafe(32)
    inside = {
        "JUPYTER_CONFIG_DIR": str(own / "config"),
        "JUPYTER_DATA_DIR": str(own / "data"),
        "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"),
        "IPYTHONDIR": str(own / "ipython"),
        # In the environment, not on the command line, which every user of the machine can read.
        "JUPYTER_TOKEN": token,
    }
    settings = own / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false", "checkForUpdates": false}')
    outside = {k: v for k, v in os.environ.items() if k not in ("NNLIB_EXPLORER", "PYTHONPATH")}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
    command += ["--LabApp.extension_manager=readonly", f"--ServerApp.root_dir={folder}"]
    command += ["--KernelManager.transport=ipc"]  # as in tools/kernels.py
    # The sockets lie in the runtime folder, and the name of one is at most some hundred letters.
    with tempfile.TemporaryDirectory() as runtime, open(own / "lab.log", "w") as log:
        environment |= {"JUPYTER_RUNTIME_DIR": runtime}
        server = subprocess.Popen(command, env=outside | inside | environment, stdout=log, stderr=log, cwd=folder)
        try:
            for _ in range(480):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=5).close()
                    break
                except OSError:
                    assert server.poll() is None, (own / "lab.log").read_text()
                    time.sleep(0.25)
            with pytest.raises(urllib.error.HTTPError, match="403"):  # not without the token
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api/kernels", timeout=30)
            yield lambda path: f"http://127.0.0.1:{port}/lab/tree/{path}?reset&token={token}"
        finally:
            server.terminate()
            server.wait(30)
