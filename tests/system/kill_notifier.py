"""
Kills a process that refreshes and tells others, whose receivers fail, hang and double.

A program run by hand:

    .venv/bin/python tests/system/kill_notifier.py            # 200 kills
    .venv/bin/python tests/system/kill_notifier.py 20 7       # 20, with another seed

Each round moves some films, and kills a process that publishes them and sends the news. A receiver
accepts half of what it is sent, a part of that without saying so; it refuses, hangs or hangs up
else. At the end each change on record has been accepted once by each target: one by one, and in one
message an edition.
"""

import logging
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from releasecal.errors import RefreshRunning
from releasecal.notify import webhook
from releasecal.notify.news_target import NewsTarget
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.notifier import Notifier
from releasecal.refresh.publisher import Publisher
from releasecal.sources.remote import Secret
from releasecal.sources.remote.pace import Pace
from releasecal.store import Store, change_log, outbox
from support.clock import Clock
from support.database import database_url
from support.faulty_server import FAULTS, status
from support.kill_arguments import kills_and_seed
from support.moving_films import MovingFilms
from support.receiver import SECRET, Receiver

SITE = SiteSettings(public_url="https://films.example")
FILMS, EACH = 40, 4  # ten of them move in a round
FAILS = [
    *(FAULTS[name][0] for name in ("silence", "closed at once", "503", "418")),
    status(429, Retry_After="20"),
]


class Unreliable(Receiver):
    """A receiver that has a fault, or loses what it accepts, by *dice*."""

    def __init__(self, dice):
        super().__init__()
        self.dice = dice
        self.is_ill = True
        self.loses = lambda _: self.is_ill and dice.random() < 0.3

    def next_fault(self):
        return self.dice.choice(FAILS) if self.is_ill and self.dice.random() < 0.4 else None


def opened(folder, data, clock, receivers):
    """Return a publisher and a notifier, as a process has them."""
    targets = [
        NewsTarget(
            name,
            "webhook",
            Secret(f"{receiver.address}/hook"),
            most=most,
            secret=Secret(SECRET),
        )
        for (name, most), receiver in zip((("single", 99), ("digest", 3)), receivers, strict=True)
    ]
    store = Store.open(database_url(folder / "releasecal.db"))
    publisher = Publisher(store, [str(data)], SITE, clock)
    publisher.told = frozenset(target.name for target in targets)
    return publisher, Notifier(store, targets, SITE, clock)


def work(publisher, notifier, clock):
    """Refresh, and send what is due."""
    for step in (publisher.refresh, notifier.round):
        try:
            step()
        except RefreshRunning:  # the lease of one that was killed
            clock.now += timedelta(minutes=1)
    clock.now += timedelta(seconds=10)


def killed(dice, folder, data, clock, receivers):
    """Work in a process of its own, and kill that at some moment, often while it sends."""
    asked = sum(len(each.asked) for each in receivers)
    child = os.fork()
    if child == 0:
        publisher, notifier = opened(folder, data, clock, receivers)
        while True:
            work(publisher, notifier, clock)
    wanted = asked + dice.choice([0, 0, 0, 1, 2, 4, 8, 16])
    ends = time.monotonic() + 5
    while sum(len(each.asked) for each in receivers) < wanted and time.monotonic() < ends:
        time.sleep(0.001)
    time.sleep(dice.uniform(0, 0.5 if wanted == asked else 0.03))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def main(kills, seed):
    """Kill so many processes, and print what became of the news."""
    logging.disable()
    webhook.PACE = Pace(pause=timedelta(seconds=0.2), patience=timedelta(seconds=0.3))
    dice, clock = random.Random(seed), Clock()
    with (
        tempfile.TemporaryDirectory() as name,
        Unreliable(random.Random(seed + 1)) as single,
        Unreliable(random.Random(seed + 2)) as digest,
    ):
        folder, films = Path(name), MovingFilms(Path(name) / "films.json", FILMS, EACH)
        films.write(0)
        publisher, notifier = opened(folder, films.path, clock, (single, digest))
        publisher.refresh()
        publisher.store.close()
        for turn in range(1, kills + 1):
            films.write(turn)
            clock.now += timedelta(minutes=2)  # by when the lease of the last one is over
            killed(dice, folder, films.path, clock, (single, digest))
        single.is_ill = digest.is_ill = False
        publisher, notifier = opened(folder, films.path, clock, (single, digest))
        while True:
            clock.now += timedelta(hours=1)
            work(publisher, notifier, clock)
            states = publisher.store.ask(outbox.states)
            if not any(state.waiting for state in states.values()):
                break
        told = sorted(
            record.id for record in publisher.store.ask(logged).records if record.edition > 1
        )
        publisher.store.close()
    assert all(state.given_up == 0 for state in states.values())
    for receiver in (single, digest):
        assert sorted(receiver.changes) == told, Counter(receiver.changes) - Counter(told)
    again = sum(count - 1 for each in (single, digest) for count in each.attempts.values())
    asked = len(single.asked) + len(digest.asked)
    sys.stdout.write(
        f"{kills} kills, {len(told)} changes, each accepted once by either target: "
        f"{len(single.accepted)} messages of one, {len(digest.accepted)} of many; "
        f"{asked} requests, {again} of which came again after they had been accepted\n"
    )


def logged(connection):
    """Return the whole log of changes but for new films."""
    return change_log.log(connection, change_log.ChangeQuery(), site=SITE, most=1_000_000)


if __name__ == "__main__":
    main(*kills_and_seed(__doc__))
