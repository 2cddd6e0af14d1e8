"""
Editions: everything that is published at one moment, and how the next one follows.

`revise` is the heart of it. Given what was published and what the sources say now, it
decides which events change, and only those get a new SEQUENCE and LAST-MODIFIED.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from releasecal.catalogue import Catalogue
from releasecal.changes import Change, ChangeKind, classify
from releasecal.dates import PartialDate
from releasecal.history import remember, weave
from releasecal.models import (
    SEQUEL,
    WORLD,
    Certainty,
    Film,
    Release,
    ReleaseKey,
    ReleaseKind,
    Revision,
    SeriesPlace,
    Source,
    Status,
)
from releasecal.settling import Pending, settle
from releasecal.windows import derive

_MOVES = (ChangeKind.DELAYED, ChangeKind.BROUGHT_FORWARD)

_TICK = timedelta(seconds=1)  # iCalendar's time has no fractions


@dataclass(frozen=True, slots=True)
class Facts:
    """
    Everything that an event shows; when it differs, the event has changed.

    Attributes:
        release: With everything ever published about it as its history.
        title: The film's title.
        follows: Id of the film this one is a sequel to; empty for other releases.
        titles: (id, title) of every other film the event mentions, sorted.
        related: Releases it belongs with, which `RELATED-TO` names.
        sources: Those its history, its window and what contests it cite, in that order,
            each once.
    """

    release: Release
    title: str
    follows: str = ""
    series: tuple[SeriesPlace, ...] = ()
    titles: tuple[tuple[str, str], ...] = ()
    related: tuple[ReleaseKey, ...] = ()
    sources: tuple[Source, ...] = ()

    @property
    def is_sequel(self) -> bool:
        """Whether this is the theatrical release of a film that follows another."""
        return bool(self.follows)


@dataclass(frozen=True, slots=True)
class Entry:
    """
    A release in an edition.

    Attributes:
        sequence: Counts changes of date or status; never falls (RFC 5545 § 3.8.7.4).
        created: When it was first published, UTC.
        revised: When what it shows was last changed by news, UTC.
        look: Digest of what its event shows, by which a change is told from none.
        marked_until: The civil day from which it is no longer marked as moved.
        leaves: The civil day from which it is shown no more; None while it is to happen.
    """

    facts: Facts
    sequence: int
    created: datetime
    revised: datetime
    look: str = ""
    marked_until: date | None = None
    leaves: date | None = None

    @property
    def key(self) -> ReleaseKey:
        """What identifies it."""
        return self.facts.release.key

    @property
    def current(self) -> Revision:
        """The revision in force."""
        return self.facts.release.history[-1]

    @property
    def categories(self) -> tuple[str, ...]:
        """What it is, for people: the kind's name, and Sequel where it is one."""
        names = (self.facts.release.kind.category,)
        return (*names, SEQUEL.capitalize()) if self.facts.is_sequel else names

    @property
    def is_off(self) -> bool:
        """Whether the day it is shown on is one it no longer happens on."""
        current = self.current
        return current.when is None or not current.when.day or current.status.is_over

    @property
    def shown(self) -> PartialDate | None:
        """
        The date it stands under: the current one, or where subscribers last saw it.

        A release that was published for a day and has none any more keeps that day, so
        that the event everybody has can say so.
        """
        if not self.is_off:
            return self.current.when
        for past in reversed(self.facts.release.history):
            if past.seen and _has_day(past):
                return past.when
        return self.current.when

    @property
    def moved_from(self) -> Revision | None:
        """From where subscribers saw it move to its current day; None if they did not."""
        history = self.facts.release.history
        return moved_from([*(past for past in history[:-1] if past.seen), history[-1]])

    @property
    def overdue_from(self) -> date | None:
        """The civil day from which a coarse date is in the past, and so overdue."""
        current = self.current
        if current.when is None or current.when.day or current.status.is_over:
            return None
        return current.when.after

    def is_marked(self, today: date) -> bool:
        """Whether it is said on the civil day *today* that it has moved."""
        return self.marked_until is not None and today < self.marked_until

    def is_overdue(self, today: date) -> bool:
        """Whether all the days it was announced for had passed before *today*."""
        return self.overdue_from is not None and self.overdue_from <= today

    def changed(self, today: date) -> datetime:
        """
        Return when what it shows on the civil day *today* last changed, UTC.

        That is DTSTAMP and LAST-MODIFIED: news changes it, and so does the midnight on
        which a mark goes or a date becomes overdue.
        """
        overdue_from = self.overdue_from
        if self.marked_until is None and overdue_from is None:
            return self.revised
        turns = [day for day in (self.marked_until, overdue_from) if day and day <= today]
        if not turns:
            return self.revised
        return max(self.revised, datetime.combine(max(turns), time(), UTC))


@dataclass(frozen=True, slots=True)
class Edition:
    """
    All that is published at one moment.

    Attributes:
        number: 0 for the empty edition before the first.
        published: UTC, whole seconds.
        rendering: Names whatever else shapes an event's bytes: our own code, settings.
        entries: By key, sorted; those long gone too, for what is past stays on record.
        films: By id, sorted; those no source tells of any more too.
        pending: Changes that machine sources tell of and that do not count yet.
    """

    number: int
    published: datetime
    rendering: str
    entries: Mapping[ReleaseKey, Entry] = field(default_factory=dict)
    films: Mapping[str, Film] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    pending: Mapping[ReleaseKey, Pending] = field(default_factory=dict)


NOTHING = Edition(0, datetime(1970, 1, 1, tzinfo=UTC), "")
"""What had been published before the first edition."""


@dataclass(frozen=True, slots=True)
class Policy:
    """
    How we publish: what shapes an event beside its facts.

    Attributes:
        rendering: Names our own code and the settings that show in events' bytes.
        look: Gives a digest of what an event with some facts shows, its stamps and
            marks aside; where *rendering* is another, it finds out what looks different.
        mark: How long a SUMMARY says that the release has moved.
        keep: How long, at least, a release that is over or undated stays visible as such.
    """

    rendering: str = ""
    look: Callable[[Facts], str] = str
    mark: timedelta = timedelta(days=14)
    keep: timedelta = timedelta(days=30)


def revise(
    edition: Edition,
    catalogue: Catalogue,
    *,
    now: datetime,
    policy: Policy,
    scope: Collection[str] | None = None,
) -> tuple[Edition, tuple[Change, ...]]:
    """
    Return the edition after *edition*, and what changed for subscribers.

    Where nothing changed, the edition returned is *edition* itself. Time never runs
    backwards here, even if *now* (UTC) does: each edition is later than the last, by a
    second at least, and so is LAST-MODIFIED of each entry whose event changes. An edition
    with the same number differs only in what is pending.

    With a *scope*, *edition* and *catalogue* need to have no more than the films with those
    ids, their entries, and the films that those mention; all that is pending is of them.
    """
    now = max(now.replace(microsecond=0), edition.published + _TICK)
    published = {key: entry.facts.release for key, entry in edition.entries.items()}
    settled, pending = settle(catalogue, published, edition.films, edition.pending)
    told = _facts(settled, scope)
    entries: dict[ReleaseKey, Entry] = {}
    changes: list[Change] = []
    for key in sorted({*edition.entries, *told}):
        before = edition.entries.get(key)
        facts = _with_ledger(told.get(key), before, now)
        if before and facts == before.facts and policy.rendering == edition.rendering:
            entries[key] = before
            continue
        entries[key] = _entry(facts, before, now, policy)
        changes += _changes(before, facts, now)
    known = {id_: replace(film, told_by=()) for id_, film in edition.films.items()}
    films = dict(sorted({**known, **settled.films}.items()))
    sources = dict(sorted({**edition.sources, **catalogue.sources}.items()))
    following = Edition(edition.number + 1, now, policy.rendering, entries, films, sources, pending)
    waiting = replace(edition, pending=pending)
    if replace(following, number=edition.number, published=edition.published) == waiting:
        return (edition if waiting == edition else waiting), ()
    return following, tuple(changes)


def _entry(facts: Facts, before: Entry | None, now: datetime, policy: Policy) -> Entry:
    moves = len(facts.release.history) - 1
    if before is None:
        has_moved = False
        entry = Entry(facts, moves, created=now, revised=now, look=policy.look(facts))
    else:
        has_moved = facts.release.current.statement != before.current.statement
        entry = replace(
            before,
            facts=facts,
            sequence=max(before.sequence + has_moved, moves),
            look=policy.look(facts),
        )
    mark = _mark(entry, policy) if has_moved else entry.marked_until
    entry = replace(entry, marked_until=mark, leaves=_leave(entry, policy))
    if before is None or _shows(entry) == _shows(before):
        return entry
    return replace(entry, revised=max(now, before.changed(now.date()) + _TICK))


def _shows(entry: Entry) -> tuple[object, ...]:
    """Return what an event's bytes follow from, its stamps aside."""
    return entry.look, entry.sequence, entry.marked_until


def _mark(entry: Entry, policy: Policy) -> date | None:
    """Return until when *entry* is marked as moved, or None if it has not moved."""
    seen = entry.current.seen
    return (seen + policy.mark).date() if seen and entry.moved_from else None


def moved_from(history: Sequence[Revision]) -> Revision | None:
    """
    Return from where the last revision of *history* moves the release to another day, if it does.

    That is what was announced last, or the day on which calendars still have it, where that
    has become a month or no date in between. What has no day any more has not moved: it says
    so as long as it lasts. What was off is back, which is no move either.
    """
    *earlier, current = history
    if not earlier or earlier[-1].status.is_over or not _has_day(current):
        return None
    last_days = [past for past in earlier if _has_day(past)][-1:]
    candidates = [earlier[-1], *last_days]
    return next((past for past in candidates if classify(past, current) in _MOVES), None)


def _has_day(revision: Revision) -> bool:
    """Whether *revision* says that the release is to happen on a day."""
    return not revision.status.is_over and revision.when is not None and revision.when.is_day


def _leave(entry: Entry, policy: Policy) -> date | None:
    """Return when *entry* leaves: not before its old day has passed."""
    shown = entry.shown
    if not entry.is_off or shown is None or not shown.is_day:
        return None
    since = entry.current.seen or entry.revised
    return max((since + policy.keep).date(), shown.after)


def _changes(before: Entry | None, facts: Facts, now: datetime) -> Iterable[Change]:
    """Return what is news about a release: its date's first, then what goes with that."""
    make = partial(Change, now, facts.release.key, title=facts.title)
    new, old = facts.release.current, before.current if before else None
    if old is None or old.statement != new.statement:
        yield make(classify(old, new), new=new, old=old)
    if before and old:
        if before.facts.title != facts.title:
            yield make(ChangeKind.RETITLED, new=new, old=old, other=before.facts.title)
        yield from _slots(before.facts, facts, make)
        if _is_out(new, now.date()) and not _is_out(old, now.date()):
            yield make(ChangeKind.RELEASED, new=new)
    known = {other.statement for other in before.facts.release.contested} if before else ()
    for other in facts.release.contested:
        if other.statement not in known:
            yield make(ChangeKind.CONFLICT, new=other, old=new)


def _slots(before: Facts, facts: Facts, make: Callable[..., Change]) -> Iterable[Change]:
    """Return whose day a release has taken, and who has taken its own, since *before*."""
    titles = dict(facts.titles)
    taken = {(past.statement, past.slot_from) for past in before.release.history}
    lost = {(past.statement, past.slot_to) for past in before.release.history}
    new = facts.release.current
    if new.slot_from and (new.statement, new.slot_from) not in taken:
        yield make(ChangeKind.SLOT_TAKEN, new=new, other=titles.get(new.slot_from, new.slot_from))
    for past in facts.release.history:
        # What is told of the time before we published anything is history and no news.
        if past.slot_to and past.seen and (past.statement, past.slot_to) not in lost:
            to = titles.get(past.slot_to, past.slot_to)
            yield make(ChangeKind.SLOT_LOST, new=new, old=past, other=to)


def _is_out(revision: Revision, today: date) -> bool:
    """Whether *revision* says for certain that a release came out by the civil day *today*."""
    when = revision.when
    is_sure = revision.certainty is Certainty.CONFIRMED and not revision.status.is_over
    return is_sure and when is not None and when.is_day and when.first <= today


def released(
    entries: Iterable[Entry], after: date, today: date, now: datetime
) -> tuple[Change, ...]:
    """
    Return which of *entries* came out on the civil days after *after*, up to *today*.

    Only what was announced for certain and for a day: nobody announces the others as out.
    What is announced only afterwards, `revise` tells of.
    """
    out = [
        (when.first, entry)
        for entry in entries
        if _is_out(entry.current, today) and (when := entry.current.when) and when.first > after
    ]
    return tuple(
        Change(now, entry.key, ChangeKind.RELEASED, entry.facts.title, entry.current)
        for _, entry in sorted(out, key=lambda each: (each[0], each[1].key))
    )


def _with_ledger(told: Facts | None, before: Entry | None, now: datetime) -> Facts:
    """
    Return what is to be shown: *told* now, with all that was published before.

    What a source tells of the past may be corrected or taken back. What we published
    as current stays in the history, whatever becomes of the file it came from.
    """
    ledger = before.facts.release.history if before else ()
    if told is None:
        assert before is not None  # a key is from one of the two
        facts = before.facts
        current = replace(ledger[-1], status=Status.WITHDRAWN, reason="", source="", slot_to="")
        history = ledger
        if current.certainty is Certainty.DERIVED:  # no source has ever listed it
            announced = {past.source for past in ledger if past.certainty is not Certainty.DERIVED}
            cited = tuple(source for source in facts.sources if source.id in announced)
            facts = replace(facts, sources=cited)
    else:
        facts = told
        *background, current = told.release.history
        statements = {revision.statement for revision in told.release.history}
        # What is told still keeps its place, so that what is not is found to belong after it.
        kept = [past for past in ledger if past.seen or past.statement in statements]
        is_same = bool(kept) and kept[-1].statement == current.statement
        history = weave(told.release.history if is_same else background, kept, remember)
    if not history or history[-1].statement != current.statement:
        history += (replace(current, seen=now),)
    # A film that nobody tells of any more keeps the title that it had.
    titles = {**(dict(before.facts.titles) if before else {}), **dict(facts.titles)}
    mentioned = sorted(_mentioned(facts.follows, history))
    return replace(
        facts,
        release=replace(facts.release, history=history),
        titles=tuple((id_, titles[id_]) for id_ in mentioned if id_ in titles),
    )


def _mentioned(follows: str, history: Iterable[Revision]) -> set[str]:
    """Return the ids of all other films that an event with *history* mentions."""
    slots = {slot for revision in history for slot in (revision.slot_from, revision.slot_to)}
    return {follows, *slots} - {""}


def _facts(catalogue: Catalogue, scope: Collection[str] | None) -> dict[ReleaseKey, Facts]:
    releases = {
        release.key: release for film in catalogue.films.values() for release in derive(film)
    }
    return {
        key: _facts_of(release, catalogue.films[key.film], catalogue, releases)
        for key, release in releases.items()
        if scope is None or key.film in scope
    }


def _facts_of(
    release: Release,
    film: Film,
    catalogue: Catalogue,
    releases: Mapping[ReleaseKey, Release],
) -> Facts:
    is_opening = release.kind is ReleaseKind.THEATRICAL
    follows = film.follows if is_opening else ""
    cited = [revision.source for revision in release.history]
    if release.derivation:
        cited.append(release.derivation.window.source)
    cited += [other.source for other in release.contested]
    films, sources = catalogue.films, catalogue.sources
    return Facts(
        release=release,
        title=film.title,
        follows=follows,
        series=film.series,
        titles=tuple(
            (id_, films[id_].title)
            for id_ in sorted(_mentioned(follows, release.history))
            if id_ in films
        ),
        related=tuple(_related(release, follows, releases)),
        sources=tuple(sources[id_] for id_ in dict.fromkeys(cited) if id_ in sources),
    )


def _related(
    release: Release, follows: str, releases: Mapping[ReleaseKey, Release]
) -> Iterable[ReleaseKey]:
    """Name what *release* belongs with: its film's opening, its predecessor's opening."""
    opening = ReleaseKind.THEATRICAL.identity
    films = [follows] if release.kind is ReleaseKind.THEATRICAL else [release.key.film]
    for film in filter(None, films):
        for region in (release.key.region, WORLD):
            key = ReleaseKey(film, opening, region)
            if key in releases and key != release.key:
                yield key
                break
