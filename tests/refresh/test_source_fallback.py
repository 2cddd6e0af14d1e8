"""Sources in trouble: each stays as it was last read well, and stops no other one."""

import json
import logging
import shutil
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select, update

from releasecal import sources
from releasecal.errors import DataError, SourceError
from releasecal.formats import ics
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.store import (
    SourceState,
    Store,
    answering_queries,
    last_good_files,
    newest_edition,
    schema,
)
from support.clock import NOW, Clock
from support.conformance import problems, unfaithful
from support.database import database_url, rows

pytestmark = pytest.mark.slow

MACHINE = {"id": "tmdb", "machine": True}


@pytest.fixture
def clock():
    return Clock()


def film(id_, when, **facts):
    release = {"kind": "theatrical", "region": "US", "when": when}
    return {"id": id_, "title": id_.title(), "releases": [release] if when else [], **facts}


class Site:
    """A file that people keep, and the export of a machine, each of eight films, published."""

    def __init__(self, folder, clock):
        self.folder, self.clock = folder, clock
        self.own, self.export = folder / "own.json", folder / "export.json"
        self.days = {
            f"{name}-{n}": f"2031-03-0{n}" for name in ("own", "film") for n in range(1, 9)
        }
        self.store = Store.open(database_url(folder / "releasecal.db"))
        self.publisher = self.process()

    def process(self, **site):
        """Return a publisher in another process: it shares nothing but the database."""
        addresses = [str(self.own), str(self.export)]
        return Publisher(self.store, addresses, SiteSettings(**site), self.clock)

    def write(self, name, *lists, **days):
        """Write the file of people ("own") or of the machine ("film"), with other days."""
        self.days.update({id_.replace("_", "-"): day for id_, day in days.items()})
        machine = {"source": "tmdb"} if name == "film" else {}
        films = [
            film(id_, day, **machine)
            for id_, day in self.days.items()
            if id_.startswith(name) and day != "gone"
        ]
        declared = {"sources": [MACHINE]} if machine else {}
        path = self.export if machine else self.own
        path.write_text(json.dumps({**declared, "films": [*films, *lists]}, indent=1))

    def shown(self):
        """Return the published days by film."""
        feed = self.feed()
        return {
            entry.key.film: str(entry.shown) for entry in feed.entries if not entry.is_off_its_day
        }

    def feed(self, query=EVERYTHING):
        today = self.clock().date()
        return self.store.ask(
            answering_queries.feed, query, path="/calendar", site=SiteSettings(), today=today
        )

    def states(self):
        return [status.state for status in self.publisher.status.sources]


@pytest.fixture
def site(tmp_path, clock):
    made = Site(tmp_path, clock)
    made.write("own")
    made.write("film")
    made.publisher.refresh()
    clock.now += timedelta(hours=1)
    yield made
    made.store.close()


def break_(site, name, how):
    path = site.own if name == "own" else site.export
    if how is SourceState.BROKEN:
        path.write_text("films: [soon")
    elif how is SourceState.UNREADABLE:
        path.unlink()
    else:
        first = "own" if name == "own" else "film"
        site.write(name, **{f"{first}_{number}": None for number in range(1, 6)})


TROUBLES = [SourceState.BROKEN, SourceState.UNREADABLE, SourceState.HELD]


@pytest.mark.parametrize("how", TROUBLES)
@pytest.mark.parametrize("when", ["in one process", "in another one"])
def test_people_go_on_while_a_machine_is_in_trouble(site, clock, how, when, caplog):
    """A machine that is broken, away or held keeps its last good dates, and people's edits count."""
    before = site.shown()
    break_(site, "film", how)
    if how is SourceState.HELD:
        site.publisher.refresh()
        clock.now += timedelta(days=60)  # its losses have lasted
    site.write("own", own_1="2031-05-05")
    if when == "in another one":
        site.publisher = site.process()

    report = site.publisher.refresh()

    assert report.counts == {"delayed": 1}
    assert site.shown() == {**before, "own-1": "2031-05-05"}
    assert site.states() == [SourceState.OK, how]
    assert [status.address for status in report.sources] == [str(site.own), str(site.export)]
    assert str(site.export) in report.as_json["problems"][0]
    assert site.publisher.status.problems == report.problems
    assert site.publisher.status.is_held is (how is SourceState.HELD)
    assert f"source {site.export} is {how.value}, its last good state stays" in caplog.text


@pytest.mark.parametrize("how", TROUBLES)
def test_a_machine_goes_on_while_people_mend_their_file(site, how):
    """A mistake in the file that people keep does not stop what a machine says."""
    before = site.shown()
    break_(site, "own", how)
    site.write("film", film_1="2031-05-05")

    site.publisher.refresh()
    site.clock.now += timedelta(days=14)
    report = site.publisher.refresh()

    assert report.counts == {"delayed": 1}
    assert site.shown() == {**before, "film-1": "2031-05-05"}
    assert site.states() == [how, SourceState.OK]


@pytest.mark.parametrize("how", TROUBLES)
def test_a_source_that_is_put_right_counts_again(site, how, caplog):
    """Once it is right, what it says is published, and nothing tells of trouble any more."""
    break_(site, "own", how)
    site.publisher.refresh()
    assert site.states() == [how, SourceState.OK]
    caplog.set_level(logging.INFO)

    numbers = {f"own_{number}": f"2031-04-0{number}" for number in range(1, 9)}
    site.write("own", **numbers)
    report = site.publisher.refresh()

    assert report.counts == {"delayed": 8}
    assert (report.problems, site.publisher.status.problems) == ((), ())
    assert site.states() == [SourceState.OK] * 2
    assert rows(site.store)["last_failure"] == []
    assert f"source {site.own} is well again" in caplog.messages


@pytest.mark.parametrize("how", TROUBLES)
def test_what_was_refused_is_not_read_again(site, how, monkeypatch):
    """Neither by a later look, nor by another process, nor when another source has news."""
    break_(site, "own", how)
    site.publisher.refresh()
    read_ = []
    one = sources.read_one
    monkeypatch.setattr(
        sources, "read_one", lambda address, *rest: read_.append(address) or one(address, *rest)
    )

    assert not site.publisher.refresh().was_read
    site.publisher = site.process()
    assert not site.publisher.refresh().was_read
    site.write("film", film_1="2032-01-01")
    assert site.publisher.refresh().was_read
    assert site.process().refresh().problems

    assert read_ == []


def test_an_unchanged_look_reads_no_octet(site, monkeypatch):
    """While a source is broken, a look at files that seem unchanged hashes nothing."""
    break_(site, "own", SourceState.BROKEN)
    site.publisher.refresh()
    monkeypatch.setattr(sources, "digests", None)

    report = site.publisher.refresh()

    assert [status.state for status in report.sources] == [SourceState.BROKEN, SourceState.OK]


def test_a_source_that_comes_back_unseen_is_found(site, monkeypatch):
    """What could not be read is tried at each look, though no file looks different."""
    digests, stats = sources.digests, sources.stats([str(site.own), str(site.export)])
    gone = sources.Contents(str(site.own), {}, digests([str(site.folder / "gone")])[0].problems)
    is_gone = [True]
    monkeypatch.setattr(sources, "stats", lambda _: stats)
    monkeypatch.setattr(
        sources,
        "digests",
        lambda addresses: tuple(
            gone if is_gone[0] and contents.address == gone.address else contents
            for contents in digests(addresses)
        ),
    )
    site.publisher = site.process()
    site.publisher.refresh()
    assert site.states() == [SourceState.UNREADABLE, SourceState.OK]
    assert not site.publisher.refresh().was_read

    is_gone[0] = False
    site.publisher.refresh()

    assert site.states() == [SourceState.OK] * 2


@pytest.mark.parametrize("text", ["films: [soon", None])
def test_a_source_that_was_never_read_counts_as_absent(tmp_path, clock, text, caplog):
    """At the first refresh the others are published, and it is told loudly."""
    site = Site(tmp_path, clock)
    site.write("film")
    if text:
        site.own.write_text(text)

    report = site.publisher.refresh()

    assert report.counts == {"added": 8}
    assert report.problems
    assert [status.read for status in site.publisher.status.sources] == [None, NOW]
    assert "it was never read" in caplog.text
    site.write("own")
    assert site.publisher.refresh().counts == {"added": 8}
    site.store.close()


def test_a_first_refresh_without_any_source_fails(tmp_path, clock):
    """Where every source is broken nothing is published, and each is named."""
    site = Site(tmp_path, clock)
    site.own.write_text("films: [soon")

    with pytest.raises(DataError) as caught:
        site.publisher.refresh()

    origins = {problem.place.origin for problem in caught.value.problems}
    assert origins == {str(site.own), str(site.export)}
    assert site.store.ask(newest_edition.head).number == 0
    assert site.states() == [SourceState.BROKEN, SourceState.UNREADABLE]
    site.store.close()


def test_a_wrong_address_withdraws_nothing(site):
    """A source that is renamed wrongly in the settings is no decision to do without it."""
    before = site.shown()
    site.publisher.addresses = (str(site.folder / "owm.json"), str(site.export))

    with pytest.raises(SourceError) as caught:
        site.publisher.refresh()

    assert "owm.json: does not exist" in str(caught.value)
    assert "all wait for" in str(caught.value)
    assert site.shown() == before


def test_if_all_are_in_trouble_the_refresh_fails(site):
    """Then nothing was looked at: all is as it was, and the states tell what is wrong with each."""
    before = rows(site.store)
    break_(site, "own", SourceState.HELD)
    break_(site, "film", SourceState.UNREADABLE)

    for process in (site.publisher, site.process()):
        with pytest.raises(SourceError) as caught:
            process.refresh()

        assert "5 of its 8 upcoming releases" in str(caught.value)
        assert "does not exist" in str(caught.value)
    assert site.states() == [SourceState.HELD, SourceState.UNREADABLE]
    untold = {"last_failure": [], "source_states": []}
    assert {**rows(site.store), **untold} == {**before, **untold}
    site.write("own", **{f"own_{number}": f"2031-03-0{number}" for number in range(1, 9)})
    site.write("film")
    assert not site.publisher.refresh().is_news
    assert site.states() == [SourceState.OK] * 2


def test_a_loss_is_accepted_for_the_source_that_is_held(site):
    """Another source in trouble stays as it was last good."""
    break_(site, "own", SourceState.HELD)
    break_(site, "film", SourceState.BROKEN)
    with pytest.raises(DataError):
        site.publisher.refresh()

    report = site.publisher.refresh(accept_loss=True)

    assert report.counts == {"withdrawn": 5}
    assert site.states() == [SourceState.OK, SourceState.BROKEN]


def test_a_loss_is_judged_anew_each_day(site):
    """What is held is let go when the days that would be lost have passed."""
    break_(site, "own", SourceState.HELD)
    site.publisher.refresh()
    site.clock.now += timedelta(hours=1)
    assert not site.publisher.refresh().was_read
    site.clock.now += timedelta(days=1)
    assert site.publisher.refresh().was_read
    assert not site.publisher.refresh().was_read
    assert site.states() == [SourceState.HELD, SourceState.OK]

    site.clock.now += timedelta(days=104)
    report = site.publisher.refresh()

    assert report.counts == {"released": 14}
    assert site.states() == [SourceState.OK] * 2


def test_a_machine_in_trouble_settles_nothing(site):
    """A pending change counts at a look that still says so, and its last good state is none."""
    site.write("film", film_1="2031-03-03")
    site.publisher.refresh()
    kept = site.export.read_text()
    site.export.unlink()
    for number in range(1, 9):
        site.clock.now += timedelta(days=3)
        site.write("own", own_1=f"2031-04-0{number}")
        assert site.publisher.refresh().counts == {"delayed": 1}
    assert site.shown()["film-1"] == "2031-03-01"

    site.export.write_text(kept)

    assert site.publisher.refresh().counts == {"delayed": 1}
    assert site.shown()["film-1"] == "2031-03-03"


def test_a_machine_may_follow_nobody(site):
    """A film of a machine that follows one that is nowhere is published, and a note says so."""
    sequel = film("sequel", "2031-06-06", source="tmdb", follows="nobody")
    site.write("film", sequel)

    site.publisher.refresh()
    site.clock.now += timedelta(days=1)
    report = site.process().refresh()

    assert site.states() == [SourceState.OK] * 2
    assert site.shown()["sequel"] == "2031-06-06"
    (entry,) = site.feed(FeedQuery(film=("sequel",))).entries
    assert not entry.facts.is_sequel
    assert report.problems == ()


def test_a_link_to_nowhere_is_noted(tmp_path, clock):
    """The note has the place of the link, and what it leads to."""
    site = Site(tmp_path, clock)
    site.write("own")
    site.write("film", film("sequel", "2031-06-06", source="tmdb", follows="nobody"))

    (note,) = [note for note in site.publisher.refresh().notes if "follows" in note]

    assert note.startswith(f"{site.export}:")
    assert "follows leads nowhere: no source has a film 'nobody' now" in note
    site.store.close()


def test_what_a_machine_drops_stops_no_file_that_mentions_it(site):
    """A film that people's file follows goes away: their edits go on, and the link stays."""
    site.write("own", film("sequel", "2031-06-06", follows="film-1"))
    site.publisher.refresh()
    site.write("film", film_1="gone")
    site.clock.now += timedelta(hours=1)

    for number in range(1, 9):
        site.write("own", film("sequel", f"2031-07-0{number}", follows="film-1"))
        report = site.publisher.refresh()
        assert report.counts["delayed"] == 1
        assert report.problems == ()
        site.clock.now += timedelta(days=10)
    assert "film-1" not in site.shown()
    (entry,) = site.feed(FeedQuery(film=("sequel",))).entries
    assert entry.facts.is_sequel


def damaged(_):
    return b"nonsense"


def another(data):
    return last_good_files.pack(last_good_files.unpack(data).replace(b"2031", b"2041"))


@pytest.mark.parametrize("change", [damaged, another])
def test_a_damaged_copy_loses_nothing(site, change):
    """A file in trouble whose last good octets are others now holds all, and is known again once it is well."""
    site.write("own", film("film-1", None, runtime=90))
    site.publisher.refresh()
    before, good = site.shown(), site.own.read_bytes()
    with site.store.writing() as connection:
        copy = schema.snapshots.c
        kept = connection.execute(select(copy.data).where(copy.address == str(site.own)))
        changed = {"data": change(kept.scalar_one())}
        connection.execute(update(schema.snapshots).where(copy.address == str(site.own)), changed)
    break_(site, "own", SourceState.BROKEN)
    site.write("film", film_1="2031-05-05")

    for process in (site.publisher, site.process()):
        with pytest.raises(DataError, match="whose last good state is not known"):
            process.refresh()
    assert site.shown() == before

    site.own.write_bytes(good)
    assert not site.publisher.refresh().problems
    break_(site, "own", SourceState.BROKEN)
    site.clock.now += timedelta(days=30)
    assert site.publisher.refresh().counts == {"delayed": 1}
    assert site.shown() == {**before, "film-1": "2031-05-05"}


def test_a_film_that_never_was_is_a_mistake_of_who_mentions_it(site):
    """A misspelt id in people's file holds up that file alone."""
    site.write("own", film("sequel", "2031-06-06", follows="flim-1"))
    site.write("film", film_1="2031-05-05")

    report = site.publisher.refresh()

    assert site.states() == [SourceState.BROKEN, SourceState.OK]
    assert "follows leads nowhere: there is no film 'flim-1'" in str(report.problems[0])


def test_only_feeds_of_a_stale_source_say_so(site):
    """After a week the feeds with its films have the notice, and no others."""
    plain = ics.render(site.feed(FeedQuery(film=("own-1",))))
    site.export.unlink()
    for _ in range(8):
        site.publisher.refresh()
        site.clock.now += timedelta(days=1)

    assert ics.render(site.feed(FeedQuery(film=("own-1",)))) == plain
    for query in (EVERYTHING, FeedQuery(film=("film-1",))):
        stale = ics.render(site.feed(query))
        assert stale.count(b"UID:notice.stale@") == 1
        assert b"not checked since 22 Nov 2030" in stale
        assert problems(stale) == []


def test_the_notice_stays_while_another_source_is_read_again(site):
    """It tells of the oldest look: one from the same day that is made up for changes nothing."""
    site.clock.now += timedelta(days=10)  # without a refresh: both are stale
    before = ics.render(site.feed())
    site.own.unlink()
    site.clock.now += timedelta(minutes=5)
    site.publisher.refresh()
    after = ics.render(site.feed())

    assert site.states() == [SourceState.UNREADABLE, SourceState.OK]
    assert b"not checked since 22 Nov 2030" in before
    assert b"not checked since 22 Nov 2030" in after
    assert unfaithful(before, after) == []


def test_the_notice_is_newer_whenever_it_is_another(site):
    """Also within a day: when the public address changes, and when one of two sources is back."""
    query = FeedQuery()
    third = site.folder / "third.json"
    third.write_text(json.dumps({"films": [film("third", "2031-01-01")]}))
    addresses = (str(site.own), str(site.export), str(third))
    site.publisher.addresses = addresses
    site.publisher.refresh()
    kept = site.export.read_text()
    site.export.unlink()
    site.clock.now += timedelta(days=1)
    site.publisher.refresh()
    shutil.move(third, third.with_suffix(".away"))
    site.clock.now += timedelta(days=9)
    site.publisher.refresh()
    documents = [ics.render(site.feed(query))]

    site.clock.now += timedelta(minutes=5)
    site.publisher = site.process(public_url="https://films.example")
    site.publisher.addresses = addresses
    site.publisher.refresh()
    documents.append(ics.render(site.feed(query)))
    site.clock.now += timedelta(minutes=5)
    site.export.write_text(kept)
    site.publisher.refresh()
    documents.append(ics.render(site.feed(query)))

    assert [b"since 22 Nov" in each for each in documents] == [True, True, False]
    assert all(b"UID:notice.stale@" in each for each in documents)
    for before, after in pairwise(documents):
        assert before != after
        assert unfaithful(before, after) == []
