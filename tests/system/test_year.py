"""
A year in the life of a calendar: 300 films by three sources, under a clock that tests set.

The sources are real files, the publisher and its database are real, too. One year each time the
tests run, by a seed that a failure prints, with most changes every other day; by hand more of
them, whose changes come as often, daily or every six hours:

    RELEASECAL_YEARS=20 .venv/bin/python -m pytest tests/system/test_year.py
"""

import json
import os
import random
import tempfile
from collections import defaultdict
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from releasecal.core.changes import ASIDE, ChangeKind
from releasecal.formats import ics
from releasecal.queries.feed_query import EVERYTHING
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.store import Store, answering_queries, change_log, newest_edition
from support.conformance import problems, unfaithful
from support.database import database_url
from support.year import (
    A_DAY,
    COMING,
    DATABASE,
    LOOKS,
    PEOPLE,
    WINDOW,
    Year,
    iso,
    moment,
)

YEARS = int(os.environ.get("RELEASECAL_YEARS", "1"))
SOURCES = (PEOPLE, DATABASE, COMING)
SITE = SiteSettings()


class Life:
    """A calendar that lives through *year*, in *folder*."""

    def __init__(self, year, folder, dice):
        self.year, self.folder, self.dice = year, folder, dice
        self.look, self.written = 0, {}
        self.store = self.publisher = self.document = None
        self.start()

    def start(self):
        """Begin, or go on in another process."""
        if self.store:
            self.store.close()
        self.store = Store.open(database_url(self.folder / "releasecal.db"))
        addresses = [str(self.folder / f"{name}.json") for name in SOURCES]
        self.publisher = Publisher(self.store, addresses, SITE, lambda: moment(self.look))

    def live(self):
        looks = {0} | self.year.busy | {LOOKS - 1}
        quiet = {*range(LOOKS // A_DAY)} - {look // A_DAY for look in looks}
        looks |= {day * A_DAY + self.dice.randrange(A_DAY) for day in quiet}
        for self.look in sorted(looks):
            self.write()
            if self.dice.random() < 0.01:
                self.start()
            self.refresh()
            if self.look % (45 * A_DAY) == 0:
                self.follow()

    def write(self):
        """Write the files that say something else, cut off where that is their fate."""
        for name in SOURCES:
            text = json.dumps(self.year.file(name, self.look))
            if self.year.is_out(name, self.look):
                text = text[: len(text) // 2]
            if self.written.get(name) != text:
                (self.folder / f"{name}.json").write_text(text)
                self.written[name] = text

    def refresh(self):
        """Refresh: what is held or in trouble is what was cut off, and nothing else."""
        report = self.publisher.refresh()
        out = [name for name in SOURCES if self.year.is_out(name, self.look)]
        found = {Path(each.address).stem: each.problems for each in report.sources if each.problems}
        assert sorted(found) == sorted(out), found

    def follow(self):
        """Fetch the feed as a subscriber does."""
        feed = self.store.ask(
            answering_queries.feed,
            EVERYTHING,
            path="/calendar",
            site=SITE,
            today=moment(self.look).date(),
        )
        document = ics.render(feed)
        assert problems(document, now=moment(self.look)) == []
        # What changed and changed back since has new stamps.
        assert [
            each for each in unfaithful(self.document or document, document) if "38" not in each
        ] == []
        self.document = document


def log_of(store):
    """Return the log by (film, kind, region): (change, when, status, moment, title), oldest first."""
    log = defaultdict(list)
    for change in reversed(store.ask(change_log.newest, limit=1_000_000)):
        when = str(change.new.when or "")
        told = change.kind, when, change.new.status.value, change.at, change.title
        log[change.key.film, change.key.kind, change.key.region].append(told)
    return log


def check(year, store):
    """Hold the log, and what is published in the end, against what was to be told."""
    log = log_of(store)
    derived = {key: log.pop(key) for key in [*log] if key[1] == "streaming"}
    assert derived.keys() == {(echo.film, "streaming", echo.region) for echo in year.echoes}
    for (film, _, region), told in derived.items():
        followed = [iso(day + WINDOW) for day in year.stories[film, region].days]
        assert [when for _, when, *_ in told] == followed, (film, told)
    assert log.keys() == {(film, "theatrical", region) for film, region in year.stories}
    entries = store.ask(newest_edition.edition).entries
    current = {(key.film, key.kind, key.region): entry.current for key, entry in entries.items()}
    for story in year.stories.values():
        key = story.film, "theatrical", story.region
        assert not any(kind is ChangeKind.CONFLICT for kind, *_ in log[key]), (story, log[key])
        told = [(when, status) for kind, when, status, *_ in log[key] if kind not in ASIDE]
        assert told == story.told, (story, log[key])
        out = [each for each in log[key] if each[0] is ChangeKind.RELEASED]
        days = [] if story.released is None else [iso(story.released)]
        assert [when for _, when, *_ in out] == days, (story, log[key])
        assert all(f"{at.date()}" == when for _, when, _, at, _ in out), (story, log[key])
        titles = [title for kind, *_, title in log[key] if kind is ChangeKind.RETITLED]
        assert titles == year.retitled[key[0]], (story, log[key])
        assert (str(current[key].when or ""), current[key].status.value) == story.told[-1]


@given(st.integers(0, 2**32))
@settings(
    max_examples=YEARS,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # a smaller seed is no smaller year
    suppress_health_check=list(HealthCheck),
)
def test_a_year_is_told_as_it_was(seed):
    """
    Every lasting change is told once, and nothing else.

    Nothing is withdrawn that came out, nothing told that was taken back within its wait, and
    the loss guard lets every honest edition through.
    """
    dice = random.Random(seed)
    year = Year.of(seed, 2 * A_DAY if YEARS == 1 else dice.choice([2 * A_DAY, A_DAY, 1]))
    with tempfile.TemporaryDirectory(prefix="releasecal-") as folder:
        life = Life(year, Path(folder), dice)
        try:
            life.live()
            check(year, life.store)
        finally:
            life.store.close()
