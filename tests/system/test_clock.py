"""The clock set back and forward, and put right again: refreshes go on, and nothing is told wrong."""

import logging
import math
import shutil
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from types import SimpleNamespace

import pytest

from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.refresh.scheduler import WATCH, Scheduler
from releasecal.store import LEASE, Store, lease
from releasecal.telemetry.logs import OnceAMinute
from support.clock import Clock
from support.data_files import FILM
from support.database import database_url
from support.live import FAKETIME, fake_clock
from support.paths import BENCHMARKS
from support.site import DELIVERY, app_of

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
JUMPS = [timedelta(seconds=3), DAY, 365 * DAY]
SOON = 10  # seconds: some of the server's intervals


class Counting:
    """A publisher that counts its refreshes."""

    def __init__(self):
        self.runs = 0

    def refresh(self):
        self.runs += 1
        return SimpleNamespace(problems=())


def until(is_so, what, longest=SOON):
    deadline = time.monotonic() + longest
    while not is_so():
        assert time.monotonic() < deadline, f"not yet: {what}"
        time.sleep(0.05)


@pytest.fixture
def ticks():
    """Seconds that nobody sets but this test, in a list of one."""
    return [100.0]


@pytest.fixture
def scheduler(ticks):
    scheduler = Scheduler(Counting(), HOUR, ticks=lambda: ticks[0])
    scheduler.start()
    until(lambda: math.isfinite(scheduler._due.get("refresh", math.inf)), "the first refresh")
    yield scheduler
    scheduler.stop()


def test_a_clock_set_back_stops_no_refresh(scheduler, ticks):
    """Once an interval has passed by a clock that is never set, the sources are read."""
    # A day ahead of the wall clock is where a run stands after that was set back by a day.
    scheduler._scheduler.modify_job("refresh", next_run_time=datetime.now(UTC) + DAY)
    ticks[0] += HOUR.total_seconds() + WATCH.total_seconds()

    until(lambda: scheduler._publisher.runs == 2, "a refresh in spite of the clock")

    job = scheduler._scheduler.get_job("refresh")
    assert abs(job.next_run_time - datetime.now(UTC) - HOUR) < timedelta(minutes=1)


def test_no_run_comes_early(scheduler, ticks):
    """Within the interval nothing runs, however often one looks."""
    ticks[0] += HOUR.total_seconds() - 1
    for _ in range(10):
        scheduler._wake_if_late()

    assert scheduler._publisher.runs == 1


def test_a_clock_set_forward_is_one_run(scheduler):
    """A year of missed runs is one run and no work to count them."""
    trigger = scheduler._scheduler.get_job("refresh").trigger
    now = datetime.now(UTC)

    assert trigger.get_next_fire_time(now - 365 * DAY, now) == now + HOUR


@pytest.mark.parametrize("jump", [sign * jump for jump in JUMPS for sign in (1, -1)])
def test_a_lease_of_another_clock_ends(tmp_path, jump):
    """Whatever the clock was set to when a holder died, its lease ends in twice its length."""
    store = Store.open(database_url(tmp_path / "releasecal.db"))
    now = datetime(2030, 1, 1, tzinfo=UTC)
    assert lease.acquire(store, "dead", now=now + jump)

    assert lease.acquire(store, "next", now=now + 2 * LEASE)
    store.close()


@pytest.mark.parametrize("jump", [sign * jump for jump in JUMPS for sign in (1, -1)])
def test_the_age_of_the_data_is_true_whatever_the_clock_says(tmp_path, ticks, jump):
    """``age_seconds`` counts real seconds, and all is well as long as refreshes come in time."""
    (tmp_path / "films.yaml").write_text(FILM.format(when="2031-07-14"))
    store, clock = Store.open(database_url(tmp_path / "releasecal.db")), Clock()
    publisher = Publisher(store, [str(tmp_path / "films.yaml")], SiteSettings(), clock)
    publisher.ticks = lambda: ticks[0]
    publisher.refresh()
    client = app_of(publisher, delivery=replace(DELIVERY, every=HOUR)).test_client()

    ticks[0] += 60
    clock.now += jump
    ready = client.get("/readyz").json
    assert (ready["status"], ready["age_seconds"]) == ("ok", 60)
    clock.now -= jump
    assert client.get("/readyz").json["age_seconds"] == 60

    ticks[0] += 4 * HOUR.total_seconds()
    assert client.get("/readyz").json["status"] == "degraded"
    store.close()


@pytest.mark.parametrize("seconds", [1, 10, 3_600])
def test_a_running_refresh_is_no_silence(tmp_path, ticks, seconds):
    """At any interval, a long refresh in another process is not told as a fault of this one."""
    (tmp_path / "films.yaml").write_text(FILM.format(when="2031-07-14"))
    store, clock = Store.open(database_url(tmp_path / "releasecal.db")), Clock()
    publisher = Publisher(store, [str(tmp_path / "films.yaml")], SiteSettings(), clock)
    publisher.ticks = lambda: ticks[0]
    publisher.refresh()
    client = app_of(
        publisher, delivery=replace(DELIVERY, every=timedelta(seconds=seconds))
    ).test_client()
    ticks[0] += max(3 * seconds, seconds + 60)
    assert client.get("/readyz").json["status"] == "ok"
    ticks[0] += 1
    assert client.get("/readyz").json["status"] == "degraded"

    lease.acquire(store, "another process", now=clock())

    assert client.get("/readyz").json["status"] == "ok"
    store.close()


def test_equal_lines_are_logged_once_a_minute(ticks, caplog):
    """A trouble that lasts fills no disk; another one is logged at once, and so is an old one."""
    logger = logging.getLogger("releasecal.test")
    caplog.handler.addFilter(OnceAMinute(lambda: ticks[0]))
    for _ in range(100):
        logger.error("the %s fails", "disk")
    logger.error("the %s fails", "clock")
    ticks[0] += 60
    logger.error("the disk fails")

    assert caplog.messages == ["the disk fails", "the clock fails", "the disk fails"]


# ── A real process ─────────────────────────────────────────────────────────────────────────


@contextmanager
def served(folder, clock):
    """Give a server whose wall clock is off by what the file *clock* says, such as ``-1d``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        servers = import_module("servers")
        with servers.Releasecal(folder, settings={"REFRESH_EVERY": "2s"}) as server:
            fake_clock(server, clock)
            server.start()
            yield server


def test_a_server_goes_on_whatever_its_clock_is_set_to(require, tmp_path):
    """News arrives within some intervals after each setting, and /readyz has no complaint."""
    require("faketime", found=bool(FAKETIME), remedy="apt-get install faketime")
    clock, data = tmp_path / "clock", tmp_path / "data" / "films.yaml"
    data.parent.mkdir()
    clock.write_text("+0\n")
    data.write_text(FILM.format(when="2031-01-01"))
    with served(tmp_path, clock) as server:
        settings = ["-5", "+0", "+5", "-1d", "+0", "+1d", "-365d", "+0", "+365d", "+0"]
        for number, setting in enumerate(settings, start=1):
            clock.write_text(f"{setting}\n")
            new = data.with_suffix(".new")
            new.write_text(FILM.format(when=f"2031-02-{number:02}"))
            shutil.move(new, data)
            until(partial(is_well_with, server, f"203102{number:02}"), f"news at {setting}")


def is_well_with(server, day):
    """Whether the feed has an event on *day*, YYYYMMDD; all is well before and after."""
    ready = server.get("/readyz").body.decode()
    assert '"status":"ok"' in ready
    assert '"age_seconds":-' not in ready
    return f"DTSTART;VALUE=DATE:{day}".encode() in server.get("/calendar.ics").body
