"""Kernels whose channels are Unix sockets, so that several can start at once.

jupyter_client looks for five free TCP ports and gives them back, and the kernel takes them half a second later.
Meanwhile another kernel, or a connection of a browser's, may have one of them. Then the kernel dies or its client
waits for ever: with three starting at a time, about one start in two hundred.
"""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path

from jupyter_client.manager import KernelManager
from traitlets import default


class SocketKernelManager(KernelManager):
    """A KernelManager that needs no ports; its sockets lie in the folder for temporary files, until it shuts down."""

    @default("transport")
    def _sockets(self) -> str:
        return "ipc"

    @default("ip")
    def _where_they_begin(self) -> str:
        return str(Path(tempfile.gettempdir()) / f"nnlib-{uuid.uuid4().hex}")
