"""
Answers of a server whose first edition is being read: that it is.

Reading may take minutes, and fetching hours. It is done before there are workers, so that a start
ends with the reasons if nothing can be published. Meanwhile clients are told to come again, and
probes that the process is alive.
"""

import socket
import threading
from collections.abc import Callable
from typing import Any, Self
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from releasecal.clock import ticks
from releasecal.server import listening_socket

_THREADS = 4
_PATIENCE = 5.0  # seconds for a client to send something, and at the end for all to be answered
_TICK = 0.2  # seconds between two looks whether it is over


class _QuietHandler(WSGIRequestHandler):
    """A handler that hangs up on a client that says nothing, and writes no log."""

    timeout = _PATIENCE

    def log_message(self, *_: object) -> None:
        """Leave the log to the application."""


class _FirstServer(WSGIServer):
    """A server of *app* on the socket *listening*, of which several threads take requests."""

    timeout = _TICK

    def __init__(self, listening: socket.socket, app: Callable[..., Any]) -> None:
        address = listening.getsockname()
        super().__init__(address, _QuietHandler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.server_name, self.server_port = address[:2]
        self.setup_environ()
        self.set_app(app)

    def handle_error(self, *_: object) -> None:
        """Forget a client that has hung up or says nothing; the application logs its errors."""


class FirstAnswers:
    """
    Answers as long as the context lasts, from `DELAY` on.

    Attributes:
        listening: The socket, on which workers may go on; None if it was not needed.
    """

    DELAY = 2.0
    """Seconds for which nothing is answered: most first editions are there by then."""

    def __init__(self, make: Callable[[], Callable[..., Any]], host: str, port: int) -> None:
        """Open nothing yet; *make* returns the WSGI application that answers on *host* and *port*."""
        self.listening: socket.socket | None = None
        self._make, self._address = make, (host, port)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._begin, name="first answers", daemon=True)

    def __enter__(self) -> Self:
        """Begin to wait."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Take no more requests; what waits on the socket is for others, unless there was an error."""
        self._is_over.set()
        self._thread.join()
        if kind and self.listening:
            self.listening.close()

    def _begin(self) -> None:
        """Answer, if the first edition takes long."""
        if self._is_over.wait(self.DELAY):
            return
        app = self._make()
        try:
            self.listening = listening_socket(*self._address)
        except OSError:
            return  # whoever opens it for good tells that
        server = _FirstServer(self.listening, app)
        threads = [
            threading.Thread(target=self._answer, args=(server,), name="first answers", daemon=True)
            for _ in range(_THREADS)
        ]
        for thread in threads:
            thread.start()
        self._is_over.wait()
        end = ticks() + _PATIENCE
        for thread in threads:  # one whose client sends octet by octet is left to that client
            thread.join(max(0.0, end - ticks()))

    def _answer(self, server: _FirstServer) -> None:
        while not self._is_over.is_set():
            server.handle_request()
