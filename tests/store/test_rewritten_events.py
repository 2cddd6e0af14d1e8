"""Another address of the site: rows stay but for what differs, and are as if all had been written."""

from contextlib import closing
from functools import partial

import pytest
from sqlalchemy import text

from releasecal.core.models import ReleaseKind, SeriesPlace, Status
from releasecal.core.revise import Policy, revise
from releasecal.core.slips import slip_of
from releasecal.formats import ics
from releasecal.queries.site_settings import SiteSettings, without_stamp
from releasecal.store import (
    Inputs,
    Store,
    codec,
    edition_difference,
    edition_rows,
    film_index,
    lease,
    newest_edition,
    write,
)
from releasecal.store.rows_on_record import Differing, RowsOnRecord
from support.build import DAY, NOW, catalogue, film, opening, release, revision
from support.database import asked, database_url, rows

SAGA = (SeriesPlace("saga", "Saga"),)
MOVING = ("2027-03-01", "2027-04-01", "2027-05-01")  # of one film, by edition
ONE, OTHER = (SiteSettings(public_url=f"https://{name}.example") for name in ("one", "other"))
CODE, NEWER = "1.0 30 days", "1.1 30 days"
NOTED = {"editions", "choice_counts", "lease", "refresh_state", "source_states", "snapshots"}
"""The tables of which rows are written whatever the news."""


def told(when):
    """Return films of all looks, the first of which opens on the day *when*."""
    return catalogue(
        opening(when, id_="moving", series=SAGA),
        film(
            "other",
            release("other", "2026-10", kind=ReleaseKind.DIGITAL),  # overdue
            release("other", "2043-01-01", region="DE"),  # in no feed
            release("other", "", kind=ReleaseKind.TV),
            follows="moving",
            series=SAGA,
        ),
        opening(
            "2027-01-01",
            revision("2027-01-01", status=Status.CANCELLED),
            id_="gone",
            genres=("spy",),
        ),
    )


def publish(store, films, site, now, code=CODE, digests=ics.event_digests):  # noqa: PLR0917
    """Publish *films* at *site*, as the *code* of that name renders them, with these *digests*."""
    policy = Policy(rendering=f"{site.stamp} {code}", event_digests=partial(digests, site=site))
    before = store.ask(newest_edition.edition)
    edition, changes = revise(before, films, now=now, policy=policy)
    inputs = Inputs("digest", events=partial(ics.prerender, site=site))
    assert lease.acquire(store, "me", now=NOW)
    write.save(store, edition, before, changes, inputs=inputs, holder="me")
    lease.release(store, "me")


def contents(store):
    """Return all rows of *store*, those of events below their entries instead of the ids of these."""
    found = rows(store)
    bodies = {id_: rest for id_, *rest in found.pop("events")}
    with store._engine.connect() as connection:
        names = connection.execute(text("SELECT * FROM entries")).keys()
    place = [*names].index("event")
    ids = {each[0]: each[place] for each in found["entries"]}
    events = {key: [rest for id_, rest in sorted(bodies.items()) if rest[0] == key] for key in ids}
    assert all(id_ is None or bodies[id_] == events[key][0] for key, id_ in ids.items())
    found["entries"] = [(*each[:place], *each[place + 1 :]) for each in found["entries"]]
    return found | {"events": events}


@pytest.fixture
def stores(tmp_path):
    with (
        closing(Store.open(database_url(tmp_path / "one.db"))) as one,
        closing(Store.open(database_url(tmp_path / "other.db"))) as other,
    ):
        for store in (one, other):
            publish(store, told(MOVING[0]), ONE, NOW)
            publish(store, told(MOVING[1]), ONE, NOW + DAY)
        yield one, other


@pytest.mark.parametrize("when", MOVING[1:], ids=["nothing-else", "a-move"])
def test_what_stays_is_as_if_it_had_been_written_again(stores, monkeypatch, when):
    """Whatever else is new, and however many looks an event has."""
    one, other = stores
    before = contents(one)
    publish(one, told(when), OTHER, NOW + 2 * DAY)
    monkeypatch.setattr(edition_difference, "without_stamp", lambda _: "")
    publish(other, told(when), OTHER, NOW + 2 * DAY)

    assert contents(one) == contents(other)
    events = [body for each in contents(one)["events"].values() for *_, body in each if body]
    assert len(events) == sum(len(each) for each in before["events"].values()) - 1
    assert all(b"https://other.example/" in body for body in events)


def test_another_address_writes_no_row_anew(stores):
    """But that of the edition, and of what is noted with each."""
    store, _ = stores
    with asked(store) as statements:
        publish(store, told(MOVING[1]), OTHER, NOW + 2 * DAY)

    written = [each for each in statements if each.startswith(("INSERT", "DELETE"))]
    tables = {each.split()[2].strip('"') for each in written}
    assert tables <= NOTED


def test_other_code_that_makes_the_same_rows_writes_none(stores):
    """But for an event that is marked as moved, whose look no digest tells of."""
    store, _ = stores
    before = rows(store)
    with asked(store) as statements:
        publish(store, told(MOVING[1]), ONE, NOW + 2 * DAY, code=NEWER)

    written = {each.split()[2].strip('"') for each in statements if each.startswith("INSERT")}
    assert written <= {*NOTED, "entries", "events"}
    after = rows(store)
    assert {name for name in after if after[name] != before[name]} == {"editions", "choice_counts"}


def all_of(_, __, edition):
    """Say that all rows of *edition* differ."""
    ids = list(edition.films)
    return Differing(ids, ids, ids, list(edition.entries.values()), ())


def newer_digests(several, site):
    return [f"newer {digest}" for digest in ics.event_digests(several, site)]


@pytest.fixture
def newer_code(stores, monkeypatch):
    """The stores, and after what they have other words of films, letters and slips, and of a move another remark."""

    def slip(history):
        return DAY if history[-1].status is Status.CANCELLED else slip_of(history)

    event, words, letter = ics.event, edition_rows.film_words, film_index.letter
    monkeypatch.setattr(edition_rows, "film_words", lambda film: {*words(film), film.id, "newer"})
    monkeypatch.setattr(
        film_index, "letter", lambda text: "n" if text == "moving" else letter(text)
    )
    monkeypatch.setattr(
        ics, "event", lambda *given: event(*given).replace(b"moved from", b"later than")
    )
    monkeypatch.setattr(codec, "slip_of", slip)
    return stores


@pytest.mark.parametrize("digests", [ics.event_digests, newer_digests])
@pytest.mark.parametrize("when", MOVING[1:], ids=["nothing-else", "a-move"])
def test_what_other_code_makes_is_as_if_it_had_written_all(newer_code, monkeypatch, when, digests):
    """Whether it only makes other rows, or other events as well."""
    if digests is newer_digests:
        event = ics.event
        monkeypatch.setattr(ics, "event", lambda *given: event(*given).replace(b"TRANSP:", b"X:"))
    for store in newer_code:
        publish(store, told(when), ONE, NOW + 2 * DAY, code=NEWER, digests=digests)
        monkeypatch.setattr(RowsOnRecord, "differing", all_of)

    one, other = map(contents, newer_code)
    assert one == other
    assert any(b"later than" in body for each in one["events"].values() for *_, body in each)
    assert all(("n" in row) == ("moving" in row) for row in one["film_index"])


def test_a_rendering_without_its_stamp_is_the_code():
    """Old ones have no code, which is unlike any other."""
    assert without_stamp(f"{ONE.stamp} {CODE}") == CODE
    assert [without_stamp(each) for each in ("", "one", ONE.stamp)] == ["", "", ""]
