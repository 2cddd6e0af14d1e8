"""A proxy before a server, which stops and goes on: a network that hangs and breaks no connection."""

import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self


class StoppingProxy:
    """
    A TCP proxy before a server's Unix socket; it accepts connections also while it is stopped.

    Attributes:
        port: Its port at 127.0.0.1.
    """

    def __init__(self, behind: Path) -> None:
        """Listen, and forward what comes to the socket *behind*."""
        self._behind = behind
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._flows = threading.Event()
        self._flows.set()
        self._open: list[socket.socket] = [self._listening]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        """Hold all that comes, in both directions."""
        self._flows.clear()

    def go_on(self) -> None:
        """Forward what was held, and what comes."""
        self._flows.set()

    def _accept(self) -> None:
        with suppress(OSError):  # it is closed
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(str(self._behind))
                self._open += [client, server]
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=self._forward, args=ends, daemon=True).start()

    def _forward(self, from_: socket.socket, to: socket.socket) -> None:
        with suppress(OSError):
            while data := from_.recv(65_536):
                self._flows.wait()
                to.sendall(data)
            self._flows.wait()
            to.shutdown(socket.SHUT_WR)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._flows.set()
        for each in self._open:
            each.close()
