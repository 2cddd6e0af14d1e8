"""Subscribers: about right at any number, nobody found out, a new count each day."""

import itertools
from datetime import date, timedelta
from functools import partial

import pytest

from releasecal.telemetry import hyperloglog
from releasecal.telemetry.subscribers import (
    FAMILIES,
    SubscriberMemory,
    Subscribers,
    counts,
    family_of,
)

TODAY = date(2030, 11, 22)
SECRET = b"a key of thirty-two octets or so"
GOOGLE = "Google-Calendar-Importer"
AGENTS = {
    GOOGLE: "google",
    "iOS/17.1 (21B74) dataaccessd/1.0": "apple",
    "macOS/14.1 (23B74) CalendarAgent/1000": "apple",
    "Microsoft.Exchange/15.20": "outlook",
    "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Thunderbird/153.7.0": "thunderbird",
    "ICSx5/2.2 (2024/01/01; okhttp/4.12.0) Android/14": "android",
    "Nextcloud Webcal Service": "nextcloud",
    "HomeAssistant/2026.1 httpx/0.28": "homeassistant",
    "Evolution/3.46.4": "gnome",
    "Mozilla/5.0 (X11; Linux x86_64) KIO/5.103 akonadi_ical_resource_0/5.22.3": "kde",
    "vdirsyncer/0.21.0": "script",
    "open-web-calendar": "script",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0": "browser",
    "": "other",
    "\xff" * 5_000: "other",
}


class Day:
    """A day that a test sets."""

    def __init__(self):
        self.now = TODAY

    def __call__(self):
        return self.now


def seconds():
    """Return ticks that are a second apart, so that each request looks at the clock."""
    return partial(next, itertools.count())


@pytest.mark.parametrize("agent", AGENTS)
def test_each_program_has_its_family(agent):
    """Each User-Agent that calendar programs are known to send belongs to its family."""
    assert FAMILIES[family_of(agent)][0] == AGENTS[agent]


def ask(subscribers, address, agent=GOOGLE):
    environ = {"REMOTE_ADDR": address, "HTTP_USER_AGENT": agent}
    subscribers.count(environ, lambda environ: environ["REMOTE_ADDR"])


@pytest.mark.parametrize("number", [0, 1, 7, 300, 5_000, 40_000])
def test_the_number_is_about_right(number):
    """Whoever asks twice, of two workers too, counts once; numbers are right to within 5 %."""
    memories = [SubscriberMemory.shared() for _ in range(2)]
    workers = [Subscribers(memory, SECRET, Day(), seconds()) for memory in memories]
    for one in range(number):
        for worker in workers if one % 3 else workers[:1]:
            ask(worker, f"198.51.{one >> 8}.{one & 255}")

    found = counts(memories, TODAY)
    assert found.pop("google") == pytest.approx(number, rel=0.05)
    assert set(found.values()) == {0}


def test_each_day_begins_with_nobody():
    """At midnight all are counted anew, also those that were remembered as counted."""
    day = Day()
    subscribers = Subscribers(memory := SubscriberMemory.shared(), SECRET, day, seconds())
    for address in ("198.51.100.1", "198.51.100.2"):
        ask(subscribers, address)
    tomorrow = TODAY + timedelta(days=1)
    assert counts([memory], tomorrow)["google"] == 0

    day.now = tomorrow
    ask(subscribers, "198.51.100.1")

    assert counts([memory], tomorrow)["google"] == 1
    assert counts([memory], TODAY)["google"] == 0


def registers(secret, day):
    """Return the registers of one subscriber."""
    memory = SubscriberMemory.shared()
    ask(Subscribers(memory, secret, lambda: day, seconds()), "198.51.100.1")
    return memory.read(day)


def test_no_two_days_or_servers_can_be_compared():
    """The same subscriber leaves another trace each day, and with each start of a server."""
    first = registers(SECRET, TODAY)

    assert registers(SECRET, TODAY) == first
    assert registers(SECRET, TODAY + timedelta(days=1)) != first
    assert registers(SECRET[::-1], TODAY) != first


def test_the_memory_is_that_of_registers():
    """It is the same for one subscriber and for many, and no octet of it is more than a small number."""
    subscribers = Subscribers(memory := SubscriberMemory.shared(), SECRET, Day(), seconds())
    for number in range(30_000):
        ask(subscribers, f"10.{number >> 8}.{number & 255}.1")

    octets = memory.read(TODAY)
    assert len(octets) == len(FAMILIES) * hyperloglog.REGISTERS
    assert max(octets) <= 53
    assert len(subscribers._seen) <= 16_384
