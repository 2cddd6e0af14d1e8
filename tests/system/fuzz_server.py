"""
Fuzz: requests that no client should send, to a real server, direct and through nginx.

A program run by hand:

    .venv/bin/python tests/system/fuzz_server.py              # 100,000 requests, by six seeds
    .venv/bin/python tests/system/fuzz_server.py 2000 7       # 2,000, by six seeds from 7 on

Every request must be answered, or its connection be closed, within a minute, and no answer may
be that the server failed (5xx). Afterwards the same workers must answer the same feed.
"""

import argparse
import http.client
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
from support.fuzz import DATA, IDS, Attempt, attempts
from support.live import benchmarks, children, until

SEEDS = 6
FEED = "/calendar.ics"
PATIENCE = 60  # seconds


class Sender:
    """Sends requests to *port*, on one connection as long as the server keeps it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connection: socket.socket | None = None
        self.statuses: Counter[int] = Counter()
        self.failures: list[str] = []

    def run(self, several: Iterable[Attempt]) -> None:
        """Send *several* requests and note their answers."""
        for attempt in several:
            status = self.ask(attempt)
            self.statuses[status] += 1
            if status >= 500:
                self.failures.append(f"{status}: {attempt}"[:500])

    def ask(self, attempt: Attempt) -> int:
        """Return the status of an answer; 0 if the server hung up instead, twice if need be."""
        for is_fresh in (self.connection is None, True):
            if self.connection is None:
                self.connection = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
            try:
                self.connection.sendall(attempt.octets)
                answer = http.client.HTTPResponse(self.connection, method=attempt.method)
                answer.begin()
                answer.read()
            except (ConnectionError, http.client.HTTPException):
                self.hang_up()  # a connection that was kept may just have been closed
                if is_fresh:
                    return 0
                continue
            if answer.will_close:
                self.hang_up()
            return answer.status
        return 0

    def hang_up(self) -> None:
        """Close the connection."""
        if self.connection:
            self.connection.close()
            self.connection = None


def fuzz(ports: dict[str, int], count: int, seed: int, token: str) -> dict[str, Sender]:
    """Send *count* requests by each of the `SEEDS`, and return the senders by the way they took."""
    senders: dict[str, Sender] = {}
    for way, port in ports.items():
        senders[way] = Sender(port)
        for number in range(SEEDS):
            senders[way].run(attempts(seed + number, count, IDS, token))
    return senders


def main(count: int, seed: int) -> int:
    """Send *count* requests, print the statuses, and return whether any was a failure."""
    servers = benchmarks("servers")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="releasecal-") as name:
        folder = Path(name)
        (folder / "data").mkdir()
        (folder / "data" / "films.yaml").write_text(DATA)
        settings = {"TRUSTED_PROXIES": "127.0.0.1"}
        with servers.Releasecal(folder, workers=2, settings=settings) as server:
            server.start()
            until(lambda: len(children(server.pid)) == 2, "two workers")
            with servers.Nginx.shipped(server.port) as nginx:
                nginx.start()
                workers, feed, token = children(server.pid), server.get(FEED).body, server.token()
                each = -(-count // (2 * SEEDS))
                with ThreadPoolExecutor(2) as pool:
                    jobs = [
                        pool.submit(fuzz, {way: at.port}, each, seed, token)
                        for way, at in (("direct", server), ("through nginx", nginx))
                    ]
                    senders = {way: sender for job in jobs for way, sender in job.result().items()}
                assert children(server.pid) == workers
                assert server.get(FEED).body == nginx.get(FEED).body == feed
    return report(senders, time.monotonic() - began)


def report(senders: dict[str, Any], seconds: float) -> int:
    """Print the statuses by way, and return whether any was a failure."""
    for way, sender in senders.items():
        told = ", ".join(
            f"{count} × {status or 'hung up'}" for status, count in sorted(sender.statuses.items())
        )
        sys.stdout.write(f"{way}: {sender.statuses.total()} requests, {told}\n")
    failures = [failure for sender in senders.values() for failure in sender.failures]
    sys.stdout.write(
        "\n".join([f"{len(failures)} failures in {seconds:.0f} s", *failures[:20]]) + "\n"
    )
    return int(bool(failures))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().partition("\n")[0])
    parser.add_argument("requests", nargs="?", type=int, default=100_000, help="how many in all")
    parser.add_argument("seed", nargs="?", type=int, default=1, help="the first of six seeds")
    given = parser.parse_args()
    sys.exit(main(given.requests, given.seed))
