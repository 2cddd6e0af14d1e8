"""
Clients that ask for ever new selections, beside a subscriber who polls: nobody starves.

A program run by hand, for it makes a large catalogue first:

    .venv/bin/python tests/system/starving.py              # 30,000 films, 16 clients, a minute
    .venv/bin/python tests/system/starving.py 3000 8 5     # 3,000, 8, five seconds

Each client has an address of its own for each request, as trusted proxies would name it, so
that no limit by client helps; with ``--few`` it keeps its address. A subscriber polls a known
feed and ``/healthz`` in turn: their 99th percentiles are to keep a goal, which the exit status
tells. A client may be answered, refused, or told to come back later, and nothing else.
"""

import argparse
import http.client
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
from support.live import benchmarks, percentile

FEED = "/calendar.ics"
ALLOWED = {"200", "400", "404", "429", "503"}


def selection(chance: random.Random) -> str:
    """Return an address that nobody has asked for."""
    day = date(2000, 1, 1) + timedelta(days=chance.randrange(9_000))
    past, future = chance.randrange(36_000), chance.randrange(36_000)
    region = chance.choice(["US", "DE", "FR", "GB,IE", "001"])
    return chance.choice(
        [
            f"/calendar.json?as-of={day}",
            f"/?as-of={day}",
            f"/calendar.json?as-of={day}&q=the",
            f"/calendar.ics?undated=span&past={past}",
            f"/calendar.json?past={past}&future={future}",
            f"/calendar.ics?region={region}&past={past}&future={future}&lang=de",
            f"/calendar.ics?q=the&emoji=1&past={past}",
            f"/undo.ics?region={region}&kind=tv&alarm=-P{past % 300}D",
            f"/calendar.ics?film=nobody-{past}",
            f"/calendar.ics?undated=end&cancelled=keep&future={future}&q=of,the,a",
            f"/changes.json?before={past}",
            f"/films/none-{past}",
        ]
    )


def attack(port: int, number: int, seconds: float, *, is_few: bool) -> None:
    """Ask for new selections for so many *seconds*, and print how often each status came."""
    os.nice(10)  # attackers have machines of their own
    chance, found = random.Random(number), Counter[str]()
    numbers = count(number * 1_000_000)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        client = number if is_few else next(numbers)
        headers = {"X-Forwarded-For": f"2001:db8:{client >> 16:x}:{client & 0xFFFF:x}::1"}
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("GET", selection(chance), headers=headers)
            answer = connection.getresponse()
            answer.read()
            is_polite = answer.status not in (429, 503) or answer.headers["Retry-After"]
            found[str(answer.status) if is_polite else f"{answer.status} without Retry-After"] += 1
        except OSError as error:
            found[repr(error)] += 1
        finally:
            connection.close()
    sys.stdout.write(json.dumps(found))


def attackers(port: int, clients: int, seconds: float, *, is_few: bool) -> list[Any]:
    """Start *clients* processes that attack."""
    options = ["--few"] if is_few else []
    return [
        subprocess.Popen(
            [
                sys.executable,
                __file__,
                "0",
                str(number),
                str(seconds),
                "--port",
                str(port),
                *options,
            ],
            stdout=subprocess.PIPE,
        )
        for number in range(clients)
    ]


def poll(server: Any, processes: list[Any]) -> dict[str, list[float]]:
    """Return how long each poll took while the attack lasted, by path."""
    took: dict[str, list[float]] = {FEED: [], "/healthz": []}
    etag = server.get(FEED).headers["ETag"]
    while any(process.poll() is None for process in processes):
        for path, seconds in took.items():
            answer = server.get(path, {"If-None-Match": etag})
            assert answer.status == (304 if path == FEED else 200), (path, answer.status)
            seconds.append(answer.seconds)
        time.sleep(0.02)
    return took


def main(films: int, clients: int, seconds: float, goal: int, *, is_few: bool) -> int:
    """Attack a server of two workers; print the times and return whether they are too long."""
    measuring, servers = benchmarks("measuring"), benchmarks("servers")
    with tempfile.TemporaryDirectory(prefix="releasecal-") as name:
        folder = measuring.copy(measuring.published(measuring.CACHE, films), Path(name) / "site")
        settings = {"TRUSTED_PROXIES": "127.0.0.1"}
        with servers.Releasecal(folder, workers=2, settings=settings) as server:
            server.start()
            for _ in range(20):  # both workers know it then
                server.get(FEED)
            processes = attackers(server.port, clients, seconds, is_few=is_few)
            took = poll(server, processes)
    found: Counter[str] = Counter()
    for process in processes:
        found.update(json.loads(process.communicate()[0]))
    lines = [
        f"{path}: {len(times)} polls, p50 {percentile(times, 50) * 1_000:.1f} ms, "
        f"p99 {percentile(times, 99) * 1_000:.1f} ms, longest {max(times) * 1_000:.0f} ms"
        for path, times in took.items()
    ]
    lines.append(f"{clients} clients: " + ", ".join(f"{n} × {s}" for s, n in found.most_common()))
    sys.stdout.write("\n".join(lines) + "\n")
    assert {*found} <= ALLOWED, found
    longest = max(percentile(times, 99) for times in took.values())
    return int(0 < goal < longest * 1_000)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().partition("\n")[0])
    parser.add_argument("films", nargs="?", type=int, default=30_000, help="size of the catalogue")
    parser.add_argument("clients", nargs="?", type=int, default=16, help="how many attack")
    parser.add_argument("seconds", nargs="?", type=float, default=60, help="how long")
    parser.add_argument("--goal", type=int, default=50, help="milliseconds; 0 for none")
    parser.add_argument("--few", action="store_true", help="each client keeps its address")
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)  # of the server: one attacker
    given = parser.parse_args()
    if given.port:
        attack(given.port, given.clients, given.seconds, is_few=given.few)
    else:
        sys.exit(main(given.films, given.clients, given.seconds, given.goal, is_few=given.few))
