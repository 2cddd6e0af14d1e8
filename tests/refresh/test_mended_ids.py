"""Mended ids: what is published under another id, with its log, its addresses and its undo."""

import json
import re
from datetime import timedelta

import pytest
import yaml

from releasecal.core.models import ReleaseKey
from releasecal.errors import DataError, RefreshHeld
from releasecal.formats import FORMATS, UNDO
from releasecal.queries.change_query import ChangeQuery
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.store import (
    Store,
    answering_queries,
    change_log,
    film_ids,
    newest_edition,
    vocabulary,
)
from support.clock import NOW, Clock
from support.database import database_url, rows

pytestmark = pytest.mark.slow


class Calendar:
    """A calendar of one data file under a clock that is set by hand."""

    def __init__(self, folder):
        self.path = folder / "films.yaml"
        self.clock = Clock()
        self.store = Store.open(database_url(folder / "releasecal.db"))
        self.publisher = Publisher(self.store, [str(self.path)], SiteSettings(), self.clock)

    def publish(self, *films, accept_loss=False, **data):
        """Write *films* and *data* an hour later, and refresh."""
        self.path.write_text(yaml.safe_dump({"films": list(films), **data}, allow_unicode=True))
        self.clock.now += timedelta(hours=1)
        return self.publisher.refresh(accept_loss=accept_loss)

    def feed(self, query=EVERYTHING, form="ics"):
        """Return the feed of *query* in the format *form*."""
        undo = form == "undo"
        found = self.store.ask(
            answering_queries.undo if undo else answering_queries.feed,
            query,
            path="/calendar",
            site=SiteSettings(),
            today=NOW.date(),
        )
        return (UNDO if undo else FORMATS[form]).render(found).decode()

    def uids(self, *args):
        return re.findall(r"\r\nUID:(.*)@releasecal\r\n", self.feed(*args))

    def log(self, query):
        found = ChangeQuery.parse(query.items(), vocabulary(self.store, SiteSettings()))
        log = self.store.ask(change_log.log, found, site=SiteSettings(), most=100)
        return [(record.change.key.film, record.change.kind.value) for record in log.records]

    def query(self, **pairs):
        return FeedQuery.parse(pairs.items(), vocabulary(self.store, SiteSettings()))


@pytest.fixture
def calendar(tmp_path):
    made = Calendar(tmp_path)
    yield made
    made.store.close()


def film(id_, day="2031-07-14", **facts):
    release = {"kind": "theatrical", "region": "US", "when": day}
    return {"id": id_, "title": "Film", "releases": [release], **facts}


def test_an_event_goes_on_under_a_mended_id(calendar):
    """The event keeps UID, history and SEQUENCE, and is newer, for its address is another."""
    calendar.publish(film("old", "2031-07-07"))
    calendar.publish(film("old"))
    before = json.loads(calendar.feed(form="json"))["releases"][0]

    report = calendar.publish(film("new", was=["old"]))

    after = json.loads(calendar.feed(form="json"))["releases"][0]
    assert (report.is_news, report.changes, report.notes) == (True, (), ())
    for same in ("uid", "sequence", "history", "created", "shown"):
        assert after[same] == before[same], same
    assert after["film"] == "new"
    assert after["revised"] > before["revised"]
    assert calendar.uids() == ["old.theatrical.us"]
    assert "URL:http://localhost:8000/films/new\r\n" in calendar.feed()


def test_nothing_is_left_of_the_old_id_but_that_it_leads_on(calendar):
    """No row has the old id any more, except the one that leads to the new one."""
    calendar.publish(
        film("old", genres=["spy"], series=[{"id": "saga", "title": "Saga"}]),
        film("two", follows="old"),
    )
    calendar.publish(
        film("new", was=["old"], genres=["spy"], series=[{"id": "saga", "title": "Saga"}]),
        film("two", follows="old"),
    )

    tables = rows(calendar.store)
    assert tables["other_ids"] == [("new", "old")]
    assert len(tables["events"]) == len(tables["entries"]) == 2
    assert [row[0] for row in tables["entries"]] == ["new.theatrical.us", "two.theatrical.us"]
    for table in ("films", "series", "genres", "words", "mentions"):
        assert {row[0] for row in tables[table]} <= {"new", "two"}
    assert ("two", "new") in tables["mentions"]


def test_taking_the_word_out_changes_no_row(calendar):
    """Once it is published, `was` can be removed: no edition, and no row but the file's digest."""
    calendar.publish(film("old"))
    calendar.publish(film("new", was=["old"]), film("two", follows="old"))
    before = rows(calendar.store)

    report = calendar.publish(film("new"), film("two", follows="old"))

    assert not report.is_news
    after = rows(calendar.store)
    for noted in ("refresh_state", "snapshots"):
        assert after.pop(noted) != before.pop(noted)
    assert after == before


def test_the_log_goes_on_under_both_ids(calendar):
    """Changes from before are found by the new id and by the old one, as those after are."""
    calendar.publish(film("old", "2031-07-07"))
    calendar.publish(film("old", "2031-07-14"))
    calendar.publish(film("new", "2031-07-14", was=["old"]))
    calendar.publish(film("new", "2031-07-21"))

    told = [("new", "delayed"), ("new", "delayed"), ("new", "added")]
    for id_ in ("old", "new", "old,new"):
        assert calendar.log({"film": id_, "added": "1"}) == told


def test_a_chain_leads_to_the_present_id(calendar):
    """Every id that a film has had selects it, and it is one selection."""
    calendar.publish(film("a"))
    calendar.publish(film("b", was=["a"]))
    calendar.publish(film("c", was=["b"]))

    queries = {calendar.query(film=id_) for id_ in ("a", "b", "c", "a,b,c")}
    assert queries == {FeedQuery(film=("c",))}
    assert calendar.uids(calendar.query(film="a")) == ["a.theatrical.us"]
    assert calendar.store.ask(film_ids.present_ids, ["a", "b", "c", "d"]) == dict.fromkeys(
        "abc", "c"
    )


def test_undo_has_the_uid_that_was_published(calendar):
    """What takes a copy out again takes out the event by the UID that the copy has."""
    calendar.publish(film("old"))
    calendar.publish(film("new", was=["old"]))

    uids = calendar.uids(calendar.query(film="old"), "undo")
    assert [uid for uid in uids if not uid.startswith("notice.")] == ["old.theatrical.us"]


def test_a_late_word_joins_both_events(calendar):
    """Where both ids were published, the older event goes on, and undo takes out both."""
    calendar.publish(film("old"))
    calendar.publish(film("new"), accept_loss=True)
    assert sorted(calendar.uids()) == ["new.theatrical.us", "old.theatrical.us"]

    report = calendar.publish(film("new", was=["old"]))

    assert report.changes == ()
    assert calendar.uids() == ["old.theatrical.us"]
    undone = calendar.uids(EVERYTHING, "undo")
    assert {"new.theatrical.us", "old.theatrical.us"} <= set(undone)
    assert [kind for _, kind in calendar.log({"film": "new", "added": "1"})] == ["withdrawn", "added", "added"]  # fmt: skip


def test_a_day_in_the_past_has_the_film_too(calendar):
    """As of a day before, the film stands with what was known then, by either id."""
    calendar.publish(film("old", "2031-07-07"))
    calendar.clock.now += timedelta(days=3)
    calendar.publish(film("old"))
    calendar.publish(film("new", was=["old"]))

    for id_ in ("old", "new"):
        then = calendar.query(**{"film": id_, "as-of": NOW.date().isoformat()})
        (told,) = json.loads(calendar.feed(then, "json"))["releases"]
        assert (told["film"], told["when"]) == ("new", "2031-07-07")
        assert told["uid"] == "old.theatrical.us@releasecal"


def test_an_override_of_the_old_id_holds(calendar):
    """A correction by hand goes on to hold when its film gets another id."""
    fix = {"film": "old", "by": "Anna", "why": "knows"}
    fix["releases"] = [{"kind": "theatrical", "region": "US", "when": "2031-08-01"}]
    calendar.publish(film("old"), overrides=[fix])

    report = calendar.publish(film("new", was=["old"]), overrides=[fix])

    assert (report.changes, report.notes) == ((), ())
    assert "DTSTART;VALUE=DATE:20310801" in calendar.feed()


def test_an_id_that_still_exists_stops_the_refresh(calendar):
    """The refresh names the place, and what is published stays."""
    calendar.publish(film("old"), film("new", "2030-01-01"))
    before = calendar.feed()

    with pytest.raises(DataError, match=r"films\.yaml:9:5: was: there still is a film 'old'"):
        calendar.publish(film("new", "2030-01-01", was=["old"]), film("old"))

    assert calendar.feed() == before


def test_a_vanished_film_is_told_with_its_heir(calendar):
    """Where a film gives way to one of its title, `was` is proposed, be the refresh held or not."""
    calendar.publish(film("old"), *(film(f"film-{number}", title="X") for number in range(9)))
    told = f"{calendar.path}:2:7: the film 'old' is gone, and this one has its title"

    (note,) = calendar.publish(
        film("new"), *(film(f"film-{number}", title="X") for number in range(9))
    ).notes

    assert note.startswith(told)
    with pytest.raises(RefreshHeld) as caught:
        calendar.publish(film("newer", "2031-07-14", title="Film"))
    assert [str(each).startswith(told.replace("'old'", "'new'")) for each in caught.value.problems] == [
        False, True, False,
    ]  # fmt: skip


def test_kind_region_and_channel_can_be_mended(calendar):
    """A release that was filed under the wrong kind, region or channel keeps its event."""
    calendar.publish(film("film"))
    mended = {"kind": "tv", "region": "CA", "channel": "CBC", "when": "2031-07-14"}
    mended["was"] = [{"kind": "theatrical", "region": "US", "channel": None}]

    report = calendar.publish(film("film", releases=[mended]))

    assert (report.is_news, report.changes) == (True, ())
    assert calendar.uids() == ["film.theatrical.us"]
    (key,) = calendar.store.ask(newest_edition.edition).entries
    assert key == ReleaseKey("film", "tv", "CA", "cbc")
    assert calendar.log({"region": "CA", "added": "1"}) == [("film", "added")]
    del mended["was"]
    assert not calendar.publish(film("film", releases=[mended])).is_news


def test_the_day_on_a_channel_takes_over_the_estimate(calendar):
    """A window names no channel: the announced day of one has the estimate's UID and history."""
    opening = film("film")["releases"][0]
    windows = [{"to": "streaming", "days": 45}]
    there = {"kind": "streaming", "region": "US", "channel": "Netflix", "when": "2031-09-01"}
    estimates = FeedQuery(kind=("streaming-eligible",))
    calendar.publish(film("film", windows=windows), film("two"))
    assert calendar.uids(estimates) == ["film.streaming.us"]

    report = calendar.publish(film("film", windows=windows, releases=[opening, there]), film("two"))

    assert [change.in_words for change in report.changes] == [
        "Set for 1 Sep 2031 (calculated before: 28 Aug 2031)"
    ]
    assert calendar.uids(estimates) == calendar.uids(FeedQuery(channel=("netflix",)))
    assert calendar.uids(estimates) == ["film.streaming.us"]
    assert "DTSTART;VALUE=DATE:20310901\r\n" in calendar.feed(estimates)
    assert sorted(row[0] for row in rows(calendar.store)["entries"]) == [
        "film.streaming.us.netflix",
        "film.theatrical.us",
        "two.theatrical.us",
    ]
    then = FeedQuery(as_of=calendar.clock().date(), kind=("streaming",))
    assert len(json.loads(calendar.feed(then, "json"))["releases"]) == 1


def test_of_several_channels_one_takes_over_the_estimate(calendar):
    """The others are events of their own, and a window that gets a channel goes on as well."""
    opening, windows = film("film")["releases"][0], [{"to": "streaming", "days": 45}]
    streams = [
        {"kind": "streaming", "region": "US", "channel": name, "when": "2031-09-01"}
        for name in ("Netflix", "Hulu")
    ]
    calendar.publish(film("film", windows=windows))
    calendar.publish(film("film", windows=[{**windows[0], "channel": "Peacock"}]))
    assert calendar.uids() == ["film.theatrical.us", "film.streaming.us"]
    assert {str(key) for key in calendar.store.ask(newest_edition.edition).entries} == {
        "film.theatrical.us",
        "film.streaming.us.peacock",
    }

    calendar.publish(film("one", windows=windows), film("film"))
    calendar.publish(film("one", windows=windows, releases=[opening, *streams]), film("film"))
    found = {
        str(key): entry.uid
        for key, entry in calendar.store.ask(newest_edition.edition).entries.items()
    }
    assert found["one.streaming.us.hulu"] == "one.streaming.us"
    assert found["one.streaming.us.netflix"] == "one.streaming.us.netflix"
