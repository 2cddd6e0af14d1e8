"""
Thousands of idle connections, and bodies that never arrive, beside a subscriber who polls.

A program run by hand:

    .venv/bin/python tests/system/idle.py               # 5,000 connections, 200 bodies
    .venv/bin/python tests/system/idle.py 1500 20       # 1,500, 20

The connections are held for as long as the server lets them: some say nothing, some send a
header in small pieces, some have had an answer. Meanwhile a subscriber polls, and a refresh is
asked for. The bodies are of refreshes with the right token, and stop in the middle.
"""

import argparse
import resource
import shutil
import socket
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
from support.live import benchmarks, percentile, until
from support.paths import DATA

POLLS = 200
CLOSED = 30.0  # seconds after which an idle connection is closed by the server; it says 20
BEGINNINGS = (b"", b"GET /calendar.ics HT", b"GET /healthz HTTP/1.1\r\nHost: a.example\r\n\r\n")


def opened(port: int, beginning: bytes) -> socket.socket:
    """Return a connection on which *beginning* was sent, and nothing else is."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.sendall(beginning)
    return connection


def is_closed(connection: socket.socket) -> bool:
    """Whether the server has closed *connection*; an answer that lies there is read."""
    connection.setblocking(False)
    try:
        while connection.recv(65_536):
            pass
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def stalled(port: int, token: str) -> socket.socket:
    """Return a connection with a refresh whose body stops in the middle."""
    lines = ("POST /refresh HTTP/1.1", "Host: a.example", f"Authorization: Bearer {token}")
    head = "\r\n".join((*lines, "Content-Length: 40", "", "{"))
    return opened(port, head.encode())


def status(connection: socket.socket) -> int:
    """Return the status of the answer on *connection*, once it is there."""
    connection.settimeout(60)
    return int(connection.recv(65_536).split()[1])


def poll(server: Any) -> list[float]:
    """Return the times of polls, of which each is answered."""
    answers = [server.get("/calendar.ics") for _ in range(POLLS)]
    assert {answer.status for answer in answers} == {200}
    return [answer.seconds for answer in answers]


def refresh(server: Any, body: bytes | None) -> int:
    """Return the status of a refresh."""
    headers = {"Authorization": f"Bearer {server.token()}"}
    found: int = server.get("/refresh", headers, method="POST", body=body).status
    return found


def main(idle: int, bodies: int) -> None:
    """Hold *idle* connections and stall *bodies*, and print the times of polls."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory(prefix="releasecal-") as name:
        shutil.copytree(DATA, Path(name) / "data")
        with benchmarks("servers").Releasecal(Path(name), workers=2) as server:
            server.start()
            began = time.monotonic()
            held = [opened(server.port, BEGINNINGS[n % 3]) for n in range(idle)]
            took = poll(server)
            left = sum(not is_closed(connection) for connection in held)
            report = [f"{left} of {idle} idle connections were held, and {tell(took)}"]
            assert refresh(server, None) == 200
            until(lambda: all(map(is_closed, held)), "the end of idle connections", CLOSED)
            report.append(f"the last of them was closed after {time.monotonic() - began:.0f} s")

            token = server.token()
            waiting = [stalled(server.port, token) for _ in range(bodies)]
            report.append(f"with {bodies} stalled bodies {tell(poll(server))}")
            assert refresh(server, None) == 200
            found = Counter(map(status, waiting))
            assert {*found} <= {408, 503}, found
            report.append("they got " + ", ".join(f"{n} × {s}" for s, n in found.items()))
            assert all(refresh(server, b'{"accept_loss": false}') == 200 for _ in range(4))
    sys.stdout.write("\n".join(report) + "\n")


def tell(took: list[float]) -> str:
    """Return the times of polls in words."""
    return (
        f"{POLLS} polls were answered, the 99th percentile in {percentile(took, 99) * 1_000:.1f} ms"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().partition("\n")[0])
    parser.add_argument("idle", nargs="?", type=int, default=5_000, help="idle connections")
    parser.add_argument("bodies", nargs="?", type=int, default=200, help="bodies that stall")
    given = parser.parse_args()
    main(given.idle, given.bodies)
