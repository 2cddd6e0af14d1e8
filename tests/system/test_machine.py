"""
The promises to subscribers hold through any events in any order.

A state machine edits a file that people keep and one that a machine keeps, breaks, empties
and loses them, moves the clock to and fro, changes settings, restarts, and refreshes. It
looks at three feeds after each step, as subscribers do. A few hundred steps each time the
tests run; many more by hand:

    RELEASECAL_STEPS=10000 .venv/bin/python -m pytest tests/system/test_machine.py
"""

import json
import os
import shutil
import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from releasecal.core.dates import PartialDate
from releasecal.core.debounce import JITTER, has_come_out
from releasecal.core.editions import NOTHING
from releasecal.core.models import ReleaseKey, Status
from releasecal.core.revise import Policy
from releasecal.errors import DataError, RefreshHeld, ReleasecalError, SourceError
from releasecal.formats import ics
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.store import Store, answering_queries, change_log, newest_edition
from support.build import DAY
from support.conformance import Document, problems, unfaithful
from support.database import database_url

STEPS = int(os.environ.get("RELEASECAL_STEPS", "300"))
AN_EXAMPLE = 50  # steps
QUERIES = ("", "undated=span", "cancelled=keep")
PEOPLE, MACHINE = "people", "machine"
FILMS = {PEOPLE: [f"p{number}" for number in range(7)], MACHINE: [f"m{n}" for n in range(7)]}
WHENS = (None, "2030", "2030-Q2", "2030-05", "2030-05-02", "2030-05-05", "2030-06-20", "2031-01-31")
SPANS = [timedelta(), timedelta(seconds=1), timedelta(hours=7), DAY, 14 * DAY, 31 * DAY]
BROKEN = ("", "{", '{"films": [{"id": "p0"}]}', None)

names = st.sampled_from([PEOPLE, MACHINE])
numbers = st.integers(0, 6)
whens = st.sampled_from(WHENS)


class Promises(RuleBasedStateMachine):
    """
    The world, the documents that subscribers have seen, and the invariants of both.

    Attributes:
        films: By file, then film id: title, tellings of the opening, whether a window is known.
        broken: By file: the text in its place; None for no file.
        shelf: By feed: the last document, and the civil day it was of.
        seen: By (feed, UID, LAST-MODIFIED): the event's lines.
        newest: By (feed, UID): the highest SEQUENCE and LAST-MODIFIED.
        latest: The latest moment of a look.
    """

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="releasecal-"))
        self.now = self.latest = datetime(2030, 3, 1, 9, tzinfo=UTC)
        self.films = {
            name: {
                id_: {"title": "Film", "told": [{"when": f"2030-05-0{1 + number}"}], "window": None}
                for number, id_ in enumerate(ids)
            }
            for name, ids in FILMS.items()
        }
        self.broken, self.cut = {}, set()
        self.site, self.policy = SiteSettings(), Policy()
        self.shelf, self.seen, self.newest = {}, {}, {}
        self.ledger, self.lines = {}, ()
        self.store = self.publisher = self.glance = None
        self.write(PEOPLE)
        self.write(MACHINE)
        self.restart()
        assert self.publisher.refresh().is_news
        self.check_ledger(NOTHING, self.store.ask(newest_edition.edition))

    def teardown(self):
        assert self.shelf  # somebody has looked
        self.store.close()
        shutil.rmtree(self.folder)

    # ── the world ────────────────────────────────────────────────────────────────────

    def path(self, name):
        return self.folder / f"{name}.json"

    def write(self, name):
        """Write a file as it is now; each time is a new state of it."""
        if name in self.broken:
            if self.broken[name] is None:
                self.path(name).unlink(missing_ok=True)
            else:
                self.path(name).write_text(self.broken[name])
            return
        films = list(self.told(name).items())
        source = {"id": name, "title": name, "machine": name == MACHINE}
        data = {"sources": [source], "films": [self.film(name, *film) for film in films]}
        self.path(name).write_text(json.dumps(data))

    def told(self, name):
        """Return the films in a file, which may be cut off in the middle."""
        films = self.films[name]
        return dict(list(films.items())[:2]) if name in self.cut else films

    @staticmethod
    def film(name, id_, facts):
        release = {"kind": "theatrical", "region": "US", "revisions": facts["told"]}
        window = {"to": "streaming", "days": facts["window"]}
        return {
            "id": id_,
            "title": facts["title"],
            "source": name,
            "releases": [release],
            "windows": [window] if facts["window"] else [],
        }

    def existing(self, name, number):
        """Return the facts of the film with *number*, added if it is not there."""
        new = {"title": "Film", "told": [{"when": "2030-05-02"}], "window": None}
        return self.films[name].setdefault(FILMS[name][number], new)

    @rule(name=names, number=numbers, when=whens, is_history=st.booleans())
    def announce(self, name, number, when, is_history):
        """Announce another date, or the same; with the history, or instead of it."""
        film = self.existing(name, number)
        story = film["told"][-4:] if is_history else []
        if not story or story[-1] != {"when": when}:
            film["told"] = [*story, {"when": when}]
        self.write(name)

    @rule(name=names, number=numbers)
    def doubt(self, name, number):
        """Say that the date is not sure; an announcement after that confirms it."""
        film = self.existing(name, number)
        film["told"] = [{"when": film["told"][-1]["when"], "certainty": "tentative"}]
        self.write(name)

    @rule(name=names, number=numbers, is_history=st.booleans())
    def cancel(self, name, number, is_history):
        """Call a film off; an announcement after that restores it."""
        film = self.existing(name, number)
        last = film["told"][-1]
        if last.get("status") != "cancelled":
            story = film["told"][-4:] if is_history else []
            film["told"] = [*story, {"when": last["when"], "status": "cancelled"}]
        self.write(name)

    @rule(name=names, number=numbers)
    def withdraw(self, name, number):
        """Remove a film; an announcement after that restores it."""
        if len(self.films[name]) > 1:
            self.films[name].pop(FILMS[name][number], None)
        self.write(name)

    @rule(name=names, number=numbers, title=st.sampled_from(["Film", "Movie"]))
    def retitle(self, name, number, title):
        self.existing(name, number)["title"] = title
        self.write(name)

    @rule(name=names, number=numbers, days=st.sampled_from([None, 17, 45]))
    def open_window(self, name, number, days):
        """Change or remove a window: the derived releases follow."""
        self.existing(name, number)["window"] = days
        self.write(name)

    @rule(name=names, text=st.sampled_from(BROKEN))
    def break_file(self, name, text):
        """Break a file, empty it, or take it away."""
        self.broken[name] = text
        self.write(name)

    @rule(name=names)
    def cut_off(self, name):
        """Leave but the beginning of a file, well-formed."""
        self.broken.pop(name, None)
        self.cut.add(name)
        self.write(name)

    @rule()
    def mend(self):
        """Put all files right."""
        self.broken.clear()
        self.cut.clear()
        self.write(PEOPLE)
        self.write(MACHINE)

    @rule(span=st.sampled_from(SPANS))
    def pass_time(self, span):
        self.now += span

    @rule(span=st.sampled_from(SPANS[1:4]))
    def set_clock_back(self, span):
        self.now -= span

    @rule()
    def restart(self):
        """Go on in another process."""
        if self.store:
            self.store.close()
        self.store = Store.open(database_url(self.folder / "releasecal.db"))
        addresses = [str(self.path(PEOPLE)), str(self.path(MACHINE))]
        self.publisher = Publisher(self.store, addresses, self.site, lambda: self.now, self.policy)

    @rule(
        url=st.sampled_from(["http://localhost:8000", "https://films.example"]),
        mark=st.sampled_from([3, 14]),
        keep=st.sampled_from([10, 30]),
    )
    def set(self, url, mark, keep):
        """Restart with other settings."""
        self.site = replace(self.site, public_url=url)
        self.policy = replace(self.policy, mark=mark * DAY, keep=keep * DAY)
        self.restart()

    # ── what follows ─────────────────────────────────────────────────────────────────

    @rule(times=st.integers(1, 3), is_rewritten=st.booleans(), accept_loss=st.booleans())
    def refresh(self, times, is_rewritten, accept_loss):
        """Refresh, and find the told state or the state before."""
        self.latest = max(self.latest, self.now)
        for _ in range(times):
            if is_rewritten:
                self.write(MACHINE)
            before, rows = self.store.ask(newest_edition.edition), self.changes()
            try:
                report = self.publisher.refresh(accept_loss=accept_loss)
            except ReleasecalError as error:
                failure = type(error)
            else:
                failure = None
            event(failure.__name__ if failure else "news" if report.is_news else "no news")
            troubled = self.troubled()
            assert set(self.broken) <= troubled
            if failure:
                assert failure in ((DataError, SourceError) if self.broken else (RefreshHeld,))
                assert troubled == set(FILMS)
                assert not (accept_loss and failure is RefreshHeld)
                assert self.store.ask(newest_edition.edition) == before
                assert self.changes() == rows
                continue
            after = self.store.ask(newest_edition.edition)
            assert troubled != set(FILMS)
            assert after.number == report.edition
            # Releases that came out make an edition of their own.
            is_out = "released" in report.counts
            assert after.number - before.number in (range(1, 2 + is_out) if report.is_news else [0])
            assert (after.published > before.published) is report.is_news
            self.check_ledger(before, after)
            if PEOPLE not in troubled:
                self.check_people()
            if MACHINE not in troubled:
                self.check_machine(before, after)
            self.check_troubled(troubled, before, after)
            if not accept_loss:
                self.check_loss_guard(before, after)
        if self.is_up_to_date and not self.publisher.store.ask(newest_edition.head).has_pending:
            assert len(self.troubled()) == len(FILMS) or not self.again()

    @rule(name=names, number=numbers, when=whens)
    def hear(self, name, number, when):
        """Announce another date and refresh at once."""
        self.announce(name, number, when, is_history=True)
        self.refresh(times=1, is_rewritten=False, accept_loss=False)

    @rule(name=names, number=numbers)
    def drop(self, name, number):
        """Withdraw a film and refresh for long enough."""
        self.withdraw(name, number)
        for _ in range(3):
            self.refresh(times=1, is_rewritten=True, accept_loss=False)
            self.look()
            self.now += 14 * DAY

    @rule()
    def recover(self):
        """Correct all files and refresh at once, as often as needed."""
        self.mend()
        self.refresh(times=1, is_rewritten=False, accept_loss=True)

    def again(self):
        """Refresh once more, where nothing has happened; return whether that is news."""
        try:
            return self.publisher.refresh().is_news
        except RefreshHeld:
            return False

    def troubled(self):
        """Return the names of the files in trouble at the last refresh."""
        sources = self.publisher.status.sources
        return {Path(each.address).stem for each in sources if not each.is_ok}

    def changes(self):
        return self.store.ask(change_log.newest, limit=100_000)

    @property
    def is_up_to_date(self):
        """Whether the edition that is up was made with the settings in force."""
        return self.store.ask(newest_edition.head).rendering == self.publisher.builder.rendering

    def check_ledger(self, before, after):
        """Published revisions stay, in their order, each once."""
        for key, entry in after.entries.items():
            history = entry.facts.release.history
            ledger = [(each.statement, each.seen) for each in history if each.seen]
            known = self.ledger.get(key, [])
            assert ledger[: len(known)] == known
            assert len(ledger) - len(known) <= 1
            assert ledger[-1][0] == entry.current.statement
            assert all(one != other for (one, _), (other, _) in pairwise(ledger))
            self.ledger[key] = ledger
            assert entry.sequence >= len(history) - 1
        assert before.entries.keys() <= after.entries.keys() == self.ledger.keys()
        lines = self.changes()
        assert lines[len(lines) - len(self.lines) :] == self.lines
        assert len({(line.key, line.kind, line.at) for line in lines}) == len(lines)
        self.lines = lines

    def check_people(self):
        """News from people counts at once: date, status, title, and the dates derived from them."""
        entries = self.store.ask(newest_edition.edition).entries
        for id_ in FILMS[PEOPLE]:
            key = ReleaseKey(id_, "theatrical", "US")
            facts = self.told(PEOPLE).get(id_)
            if facts is None:
                assert key not in entries or self.is_gone_or_out(entries[key])
                continue
            assert entries[key].current.statement[:2] == _statement(facts)
            assert entries[key].facts.title == facts["title"]
            when, status = _statement(facts)
            if facts["window"] and when and when.is_day and not status.is_over:
                derived = entries[ReleaseKey(id_, "streaming", "US")].current
                assert derived.when.first - when.first == facts["window"] * DAY

    def check_machine(self, before, after):
        """What a machine says counts when it has lasted, or is pending; what is out stays."""
        for id_ in FILMS[MACHINE]:
            key = ReleaseKey(id_, "theatrical", "US")
            old, new = before.entries.get(key), after.entries.get(key)
            facts = self.told(MACHINE).get(id_)
            if new is None:
                assert key in after.pending or not facts
                continue
            if facts is None:
                assert self.is_gone_or_out(new) or key in after.pending
            else:
                assert new.current.statement[:2] == _statement(facts) or key in after.pending
            if old and old.current != new.current:
                days = [each.current.when for each in (old, new)]
                is_far = all(when and when.is_day for when in days) and (
                    abs(days[1].first - days[0].first) > JITTER
                )
                is_near = any(when and _is_near(when, self.latest) for when in days)
                assert key in before.pending or (is_near and (is_far or _is_back(old)))
        assert all(each.due > self.now for each in after.pending.values() if not each.paused)

    def check_troubled(self, troubled, before, after):
        """What a file in trouble said last stays, and nothing of it that is pending counts."""
        for name in troubled:
            for key, entry in before.entries.items():
                if key.film in FILMS[name]:
                    assert after.entries[key].current == entry.current

    def is_gone_or_out(self, entry):
        """Whether *entry* is withdrawn, or came out before silence could withdraw it."""
        current = entry.current
        return current.status is Status.WITHDRAWN or has_come_out(current, self.latest.date())

    def check_loss_guard(self, before, after):
        """Of what is to come one may go at once, or less than a half and a fifth; never all."""
        for name, ids in FILMS.items():
            upcoming = [
                key
                for key, entry in before.entries.items()
                if key.film in ids and _is_upcoming(entry, self.now.date())
            ]
            gone = [key for key in upcoming if not _is_kept(after.entries[key])]
            assert len(gone) < 2 or 2 * len(gone) < len(upcoming), name
            assert len(gone) < 5 or 5 * len(gone) < len(upcoming), name

    @invariant()
    def look(self):
        """Fetch each feed as its subscribers do."""
        if not self.is_up_to_date:
            return  # other settings show as soon as there is a good refresh
        glance = self.publisher, self.store.ask(newest_edition.head), self.now.date()
        if glance == self.glance:
            return
        self.glance = glance
        for query in QUERIES:
            document = self.render(query)
            assert document == self.render(query)
            assert problems(document) == []
            before, day = self.shelf.get(query, (document, date.min))
            is_onward = day <= self.now.date()
            if is_onward:
                assert unfaithful(before, document) == []
                self.shelf[query] = document, self.now.date()
            for each in Document.take_apart(document).events:
                self.check_event(query, each, is_onward=is_onward)

    def check_event(self, query, each, *, is_onward):
        """LAST-MODIFIED and bytes move together, and neither it nor SEQUENCE goes back."""
        uid, modified = each.value("UID"), each.value("LAST-MODIFIED")
        if uid.startswith("notice."):
            return
        assert self.seen.setdefault((query, uid, modified), each.source) == each.source
        key = uid.partition("@")[0].split(".")
        assert key[0] in FILMS[PEOPLE] + FILMS[MACHINE]
        newest = self.newest.get((query, uid), (0, ""))
        now = int(each.value("SEQUENCE")), modified
        assert now[0] >= newest[0]
        assert now[1] >= newest[1] or not is_onward
        self.newest[query, uid] = max(now[0], newest[0]), max(now[1], newest[1])

    def render(self, query):
        query = FeedQuery.parse([tuple(query.split("="))] if query else [], {})
        feed = self.store.ask(
            answering_queries.feed, query, path="/calendar", site=self.site, today=self.now.date()
        )
        return ics.render(feed)


def _statement(facts):
    last = facts["told"][-1]
    when = PartialDate.parse(last["when"]) if last["when"] else None
    return when, Status(last.get("status", "scheduled"))


def _is_upcoming(entry, today):
    when = entry.current.when
    return not entry.current.status.is_over and when is not None and when.after > today


def _is_near(when, now):
    return abs(datetime.combine(when.after - DAY, time(), UTC) - now) <= 7 * DAY


def _is_back(old):
    return old.current.status is Status.WITHDRAWN


def _is_kept(entry):
    return entry.current.status is not Status.WITHDRAWN and entry.current.when is not None


TestPromises = Promises.TestCase
TestPromises.settings = settings(
    max_examples=max(1, STEPS // AN_EXAMPLE),
    stateful_step_count=AN_EXAMPLE,
    derandomize="RELEASECAL_STEPS" not in os.environ,
    suppress_health_check=list(HealthCheck),
)
