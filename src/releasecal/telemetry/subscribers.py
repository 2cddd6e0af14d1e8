"""
Subscribers of a day: how many there are of each family of calendar programs, and of nobody who.

A subscriber is an address and a program's User-Agent. Both enter a hash whose key is made at the
start of the server, is in memory only and differs from day to day; the hash enters a HyperLogLog
of that day, which holds no hash. So nothing on disk or in memory tells an address, nothing ties
two days together, and the memory is the same for ten subscribers and for ten million.
"""

import multiprocessing
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from releasecal.clock import Ticks
from releasecal.telemetry import hyperloglog

FAMILIES = (
    ("google", ("Google-Calendar",)),
    ("apple", ("dataaccessd", "CalendarAgent", "accountsd", "remindd", "iCal/", "CalDAV")),
    ("outlook", ("Microsoft", "Outlook", "Exchange", "MSOffice")),
    ("thunderbird", ("Thunderbird", "Lightning")),
    ("android", ("ICSx5", "ICSdroid", "DAVx5", "okhttp")),
    ("nextcloud", ("Nextcloud", "ownCloud")),
    ("homeassistant", ("HomeAssistant", "Home Assistant", "python-httpx")),
    ("gnome", ("Evolution",)),
    ("kde", ("akonadi", "KIO/")),
    ("yahoo", ("Yahoo",)),
    ("proton", ("Proton",)),
    ("script", ("vdirsyncer", "python-", "curl/", "Wget/", "node", "open-web-calendar", "Go-http")),
    ("browser", ("Mozilla/",)),
    ("other", ()),
)
"""Families of calendar programs, with words of their User-Agent; the first that is found counts."""

_OTHER = len(FAMILIES) - 1
_SIZE = len(FAMILIES) * hyperloglog.REGISTERS
_LOOK = 1.0  # seconds between two looks at the clock
_SEEN = 16_384  # requests of today that are remembered as counted, by a number of this process


@lru_cache(1_024)
def family_of(user_agent: str) -> int:
    """Return the position in `FAMILIES` of a *user_agent*."""
    told = user_agent[:400]
    found = (
        number for number, (_, words) in enumerate(FAMILIES) if any(word in told for word in words)
    )
    return next(found, _OTHER)


@dataclass(frozen=True, slots=True)
class SubscriberMemory:
    """
    Memory of the subscribers that one process at a time has seen today.

    Attributes:
        registers: Those of each family, one after the other.
        day: Ordinal of the day they are of.
    """

    registers: Any
    day: Any

    @classmethod
    def shared(cls) -> "SubscriberMemory":
        """Return an empty memory that processes share which are started from now on."""
        return cls(multiprocessing.RawArray("B", _SIZE), multiprocessing.RawArray("d", 1))

    def read(self, today: date) -> bytes:
        """Return the registers, all zero if they are of another day."""
        if self.day[0] != today.toordinal():
            return bytes(_SIZE)
        return bytes(memoryview(self.registers).cast("B"))


def counts(memories: Sequence[SubscriberMemory], today: date) -> dict[str, int]:
    """Return how many subscribers there were *today*, about, by family."""
    registers = hyperloglog.joined([memory.read(today) for memory in memories])
    size = hyperloglog.REGISTERS
    return {
        name: hyperloglog.estimate(registers[number * size : (number + 1) * size])
        for number, (name, _) in enumerate(FAMILIES)
    }


class Subscribers:
    """The subscribers that this process sees; safe to use from any thread."""

    def __init__(
        self, memory: SubscriberMemory, secret: bytes, today: Callable[[], date], ticks: Ticks
    ) -> None:
        """Go on with what is in *memory*; *secret* is that of all processes of this server."""
        self._memory = memory
        self._registers = memoryview(memory.registers).cast("B")
        self._secret = secret
        self._today = today
        self._ticks = ticks
        self._lock = threading.Lock()
        self._seen: set[int] = set()
        self._day = -1
        self._until = float("-inf")  # when to look again which day it is, in ticks

    def count(self, environ: Mapping[str, Any], name: Callable[[Mapping[str, Any]], str]) -> None:
        """
        Count the request *environ* (PEP 3333).

        *name* returns the client's address; it is asked the first time only.
        """
        agent = environ.get("HTTP_USER_AGENT", "")
        told = environ.get("REMOTE_ADDR"), environ.get("HTTP_X_FORWARDED_FOR"), agent
        number = hash(told)  # by a key of this process
        if self._ticks() >= self._until:
            self._look_at_the_day()
        if number in self._seen:
            return
        salt = blake2b(str(self._day).encode(), key=self._secret).digest()
        text = f"{name(environ)}\n{agent}".encode(errors="surrogateescape")
        hashed = int.from_bytes(blake2b(text, key=salt, digest_size=8).digest())
        start = family_of(agent) * hyperloglog.REGISTERS
        with self._lock:
            if len(self._seen) >= _SEEN:
                self._seen.clear()
            self._seen.add(number)
            hyperloglog.add(self._registers, start, hashed)

    def _look_at_the_day(self) -> None:
        """Begin anew if it is another day."""
        with self._lock:
            self._until = self._ticks() + _LOOK
            day = self._today().toordinal()
            if day != self._memory.day[0]:
                self._registers[:] = bytes(_SIZE)
                self._memory.day[0] = day
            if day != self._day:
                self._day = day
                self._seen.clear()
