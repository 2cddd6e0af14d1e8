"""
Debouncing: a change in a machine source counts once it has lasted.

Databases kept by many hands jitter: of 36 moves that one of them showed in ten weeks, 14
were of a single day, and several were taken back. So another date, status or title from a
source marked ``machine`` is pending for a while: the further away the day, the longer, for
nobody needs to know at once about a day that is a year off. A file kept by hand counts at
once.

Time decides, not the number of reads: looking twice as often makes nothing count earlier.
Silence is the weakest of all words. It never takes back a film that came out, and says nothing
of days that a source does not list anyway (`Source.covers`).
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

from releasecal.core.catalogue import Catalogue
from releasecal.core.changes import date_in_words
from releasecal.core.dates import PartialDate, midnight
from releasecal.core.models import (
    WORLD,
    Certainty,
    Film,
    Release,
    ReleaseKey,
    Revision,
    Source,
    Status,
)
from releasecal.core.release_merge import is_outlived
from releasecal.core.rerelease_or_correction import (
    REPEAT_AFTER,
    has_come_out,
    is_repeat,
    is_told_apart,
)
from releasecal.core.value_classes import dataclass, replace
from releasecal.core.window_rules import WindowRules

JITTER = timedelta(days=7)
"""A day that moves by more than this is no jitter."""

WEEK = timedelta(days=7)
"""So near to a day, one confirming look is enough."""

LONGEST_WAIT = timedelta(days=14)
"""The longest wait of a change that is no loss."""

SHARE_OF_LEAD = 10
"""The wait is the lead divided by this, the lead being the time to the nearer of two dates."""

ONE_LOOK = timedelta(minutes=10)
"""Looks closer together are one look: several processes may look at nearly the same time."""

SHORTEST_LOSS = timedelta(days=1)
"""The shortest wait before a date or a release is gone."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""Due moment of a change that waits for a person."""

Statement = tuple[PartialDate | None, Status, Certainty]


@dataclass(frozen=True, slots=True)
class Claim:
    """
    The content of a change in a machine source.

    Attributes:
        statement: The release's new statement; None if the source does not list it any more.
        contested: Statements of machine sources against the one in force.
        title: The film's new title, for a change of title only.
        repeats: The day on which the release came out, if *statement* may be a repeat of it; such
            a change counts once a person has said so.
    """

    statement: Statement | None = None
    contested: tuple[Statement, ...] = ()
    title: str = ""
    repeats: PartialDate | None = None

    @property
    def is_loss(self) -> bool:
        """Whether the release has no date after it, or is gone."""
        return not self.title and (self.statement is None or self.statement[0] is None)


@dataclass(frozen=True, slots=True)
class Pending:
    """
    A change that does not count yet: of a machine source, or one for a person to confirm.

    Attributes:
        since: First look at which the source said so, UTC.
        due: The change counts at the first look from then on that still says so, UTC; `NEVER`
            for a repeat.
        withheld: The release's day has come meanwhile, and nobody was told that it came out.
        accepted: A person has agreed to it (see `loss_guard`).
        paused: Address of its source, if it is due and waits for a look at that; else empty.
    """

    claim: Claim
    since: datetime
    due: datetime
    withheld: bool = False
    accepted: bool = False
    paused: str = ""

    def is_near(self, when: PartialDate | None) -> bool:
        """Whether it is still pending within a week of *when*, if that is a day."""
        return when is not None and when.is_day and _distance(self.due, [when]) <= WEEK


@dataclass(frozen=True, slots=True)
class Published:
    """
    The published edition, as far as debouncing needs it.

    Attributes:
        releases: With all that was ever published about them as their history.
        films: As their sources told them, with the releases told then.
        sources: All that were ever cited.
        pending: By release; a title's is under `title_key`.
    """

    releases: Mapping[ReleaseKey, Release]
    films: Mapping[str, Film]
    sources: Mapping[str, Source]
    pending: Mapping[ReleaseKey, Pending]


def title_key(film: str) -> ReleaseKey:
    """Return the key under which a change of the title of *film* is pending."""
    return ReleaseKey(film, "title", WORLD)  # no kind of release is called so


def debounce(
    catalogue: Catalogue,
    published: Published,
    now: datetime,
    scope: Collection[str] | None = None,
) -> tuple[Catalogue, Mapping[ReleaseKey, Pending]]:
    """
    Return *catalogue* with unsettled changes undone, and those changes, at the look *now* (UTC).

    A release that silence cannot withdraw is in the catalogue, too, as it was before. With a
    *scope*, only the films with those ids are looked at.
    """
    machines = {id_ for id_, source in catalogue.sources.items() if source.machine}
    is_new = not (published.films or published.releases)
    if is_new and machines.isdisjoint(published.sources):
        return catalogue, {}  # nothing is undone by what a source says for the first time
    catalogue = _without_echoes(catalogue, published)
    told = {
        release.key: release
        for film in catalogue.films.values()
        if scope is None or film.id in scope
        for release in film.releases
    }
    judge = _Judge(catalogue, published, machines, now)
    releases = published.releases.items()
    staying = {key for key, release in releases if judge.stays(release, told.get(key))}
    unread = {key for key, release in releases if judge.is_unread(release, told.get(key))}
    judged = {*staying, *unread}
    keys = dict.fromkeys(key for key in (*told, *published.releases) if key not in judged)
    found = ((key, judge.change(published.releases.get(key), told.get(key))) for key in keys)
    changes = {key: change for key, change in found if change}
    changes |= judge.titles() if machines else {}
    pending = {
        key: waiting
        for key, change in sorted(changes.items())
        if (waiting := judge.wait(key, change))
    }
    return _undone(catalogue, published, {*pending, *unread}, staying), pending


def _without_echoes(catalogue: Catalogue, published: Published) -> Catalogue:
    """Return *catalogue* without the conflicts of sources that have not heard of a change yet."""
    films = {
        film.id: replace(
            film,
            releases=tuple(
                _without_echo(release, published.releases.get(release.key))
                for release in film.releases
            ),
        )
        for film in catalogue.films.values()
        if any(release.contested for release in film.releases)
    }
    return replace(catalogue, films={**catalogue.films, **films}) if films else catalogue


def _without_echo(release: Release, before: Release | None) -> Release:
    """Return *release* without conflicts with a former date, published *before*, of its source."""
    current = release.current
    if not release.contested or not before or current.when is None:
        return release
    if before.told_by[:1] != release.told_by[:1]:  # sources need not have ids
        return release
    former = {
        past.statement for past in before.history if past.seen and past.source == current.source
    }
    others = (other for other in release.contested if other.statement not in former)
    return replace(release, contested=tuple(others))


@dataclass(frozen=True, slots=True)
class _Change:
    """
    A change that does not count at once.

    Attributes:
        wait: For how long it has to last; None for a claim that a person has to confirm.
        by: Ids of the sources that make it.
    """

    claim: Claim
    wait: timedelta | None
    by: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Judge:
    """Comparison of *catalogue* with the edition *published*; *machines* are ids of machine sources."""

    catalogue: Catalogue
    published: Published
    machines: set[str]
    now: datetime

    def stays(self, old: Release, new: Release | None) -> bool:
        """
        Whether *old* stays in place of any *new*.

        The source of its date may be silent where silence says nothing, or *new* is a repeat that
        is listed on its own.
        """
        if new is not None and old.current.statement == new.current.statement:
            return False
        if new is not None and not is_outlived(old, new):
            return self._is_listed_apart(old, new)
        current, today = old.current, self.now.date()
        if current.status.is_over or current.certainty is Certainty.DERIVED:
            return False
        if has_come_out(current, today):
            return new is None or _is_nothing_new(old, new)
        source = self.catalogue.sources.get(current.source)
        covers = source.covers if source else None
        return covers is not None and not covers.includes(current.when, today)

    def _is_listed_apart(self, old: Release, new: Release) -> bool:
        """Whether the date of *new* is that of a repeat, which is a release of its own."""
        releases = self.catalogue.films[new.key.film].releases
        return self._may_repeat(old, new) and is_told_apart(new.current, new, releases)

    def is_unread(self, old: Release, new: Release | None) -> bool:
        """Whether *old* stays, for its source is silent now, and a part of that was unreadable."""
        if old.current.status.is_over or old.current.certainty is Certainty.DERIVED:
            return False
        is_silent = new is None or is_outlived(old, new)
        return is_silent and not self.catalogue.left_out.keys().isdisjoint(old.told_by)

    def wait(self, key: ReleaseKey, change: _Change) -> Pending | None:
        """Return *change* as pending, or None if it counts now."""
        before = self.published.pending.get(key)
        address, look = self._look(key.film, change)
        if before is None or before.claim != change.claim:
            withheld = before is not None and before.withheld
            since = look or self.now
            due = NEVER if change.wait is None else since + change.wait
            before = Pending(change.claim, since, due, withheld=withheld)
        is_seen = look is not None and look >= before.due
        is_paused = not is_seen and self.now >= before.due
        return None if is_seen else replace(before, paused=address if is_paused else "")

    def change(self, old: Release | None, new: Release | None) -> _Change | None:
        """Return the change of a release by a machine source, or None if there is none."""
        if old is None or _is_withdrawn(old):
            return self._appearance(new) if new else None
        if new is None:
            return self._silence(old) if self._is_last_word(old) else None
        if new.current.statement == old.current.statement:
            return self._dispute(old, new)
        if self._may_repeat(old, new):
            claim = Claim(new.current.statement, repeats=old.current.when)
            return _Change(claim, None, frozenset({new.current.source}))
        return self._move(old, new) if self._is_by_machine(old, new) else None

    def _may_repeat(self, old: Release, new: Release) -> bool:
        """Whether *new* may be a repeat of *old*, and nobody has said that it is none."""
        if not is_repeat(old.current, new.current, self.now.date()):
            return False
        is_by_machine = new.current.source in self.machines
        told = () if is_by_machine else new.history[:-1]  # a person who lists both knows
        is_told = any(past.statement == old.current.statement for past in told)
        return not is_told and new.key not in self.catalogue.overridden

    def _is_by_machine(self, old: Release, new: Release) -> bool:
        """Whether a machine makes the change: a person's word, and its end, count at once."""
        is_old = old.current.source in self.machines or old.derivation is not None
        is_new = new.current.source in self.machines
        if is_old and is_new:
            return True
        if is_new:  # beside what a person still says
            is_met = new.current.source in self.published.sources
            return is_met and _word(old.current) in self._words(new)
        # A machine has left what a person has said all along.
        return is_old and _word(new.current) in self._words(old)

    def _words(self, release: Release) -> set[tuple[str, Statement]]:
        """Return all statements about *release* by people: in force, refined or contested."""
        said = (*release.refined, release.current, *release.contested)
        return {_word(each) for each in said if each.source not in self.machines}

    def _look(self, film: str, change: _Change) -> tuple[str, datetime | None]:
        """
        Return the address of the source that makes *change* of *film*, and the last look at it.

        The address is empty for one that was looked at just now, the look None for one in trouble.
        """
        looks = self.catalogue.looks
        if not looks:
            return "", self.now
        accounts = (films.get(film) for films in (self.catalogue.films, self.published.films))
        addresses = {address for each in accounts if each for address in each.told_by}
        found = [
            (address, at)
            for (address, id_), at in looks.items()
            if address in addresses and id_ in change.by
        ]
        address, at = min(found, key=lambda each: each[1] or _LONG_AGO, default=("", self.now))
        return address, min(at, self.now) if at else None

    def _move(self, old: Release, new: Release) -> _Change:
        """Return that *new* has another date, status or certainty than *old*."""
        claim = Claim(new.current.statement, self._contested(new))
        by = frozenset({new.current.source})
        if is_outlived(old, new):
            silence = self._silence(old)
            return _Change(claim, silence.wait, by | silence.by)
        days = old.current.when, new.current.when
        if _is_large(*days):
            return _Change(claim, self._one_look(*days), by)
        is_loss = claim.is_loss and old.current.when is not None
        return _Change(claim, self._twice(*days) if is_loss else self._usual(*days), by)

    def _dispute(self, old: Release, new: Release) -> _Change | None:
        """Return that machines contest *new* otherwise than *old*, if they do."""
        contested = self._contested(new)
        if contested == self._contested(old):
            return None
        days = [old.current.when, *(when for when, *_ in contested)]
        by = {other.source for other in (*old.contested, *new.contested)} & self.machines
        return _Change(Claim(new.current.statement, contested), self._usual(*days), frozenset(by))

    def titles(self) -> Mapping[ReleaseKey, _Change]:
        """Return the changes of titles from one machine's word to another."""
        films = self.published.films
        new = {
            film.id: film
            for film in self.catalogue.films.values()
            if film.id in films
            and films[film.id].title != film.title
            and self.machines.issuperset(map(_title_source, (film, films[film.id])))
        }
        days: dict[str, list[PartialDate | None]] = {id_: [] for id_ in new}
        for key, release in self.published.releases.items() if new else ():
            if key.film in new:
                days[key.film].append(release.current.when)
        return {
            title_key(id_): _Change(
                Claim(title=film.title), self._usual(*days[id_]), frozenset({_title_source(film)})
            )
            for id_, film in new.items()
        }

    def _appearance(self, new: Release) -> _Change | None:
        """Return *new* as a change, unless a person or a source met for the first time has it."""
        source, when = new.current.source, new.current.when
        if source not in self.machines or source not in self.published.sources:
            return None
        return _Change(Claim(new.current.statement), self._one_look(when), frozenset({source}))

    def _silence(self, old: Release) -> _Change:
        """Return that *old* is gone; if its day comes first, that ends the wait: it is out."""
        current, wait = old.current, self._twice(old.current.when)
        if current.when and has_come_out(current, date.max):
            wait = min(wait, midnight(current.when.first) - self.now)
        return _Change(Claim(None), wait, frozenset(past.source for past in old.history))

    def _is_last_word(self, release: Release) -> bool:
        """Whether the date of *release* is a machine source's, overrides aside."""
        if release.derivation:
            return False
        if release.current.source in self.machines:
            return True
        is_corrected = release.key in self.catalogue.overridden
        return is_corrected and any(past.source in self.machines for past in release.history)

    def _contested(self, release: Release) -> tuple[Statement, ...]:
        return tuple(
            other.statement for other in release.contested if other.source in self.machines
        )

    def _usual(self, *dates: PartialDate | None) -> timedelta:
        """Return the wait of a change between *dates*: a tenth of the lead, within bounds."""
        lead = _distance(self.now, dates)
        return max(ONE_LOOK, min(LONGEST_WAIT, lead / SHARE_OF_LEAD, lead - WEEK))

    def _twice(self, *dates: PartialDate | None) -> timedelta:
        """Return the wait of a loss."""
        return max(SHORTEST_LOSS, 2 * self._usual(*dates))

    def _one_look(self, *dates: PartialDate | None) -> timedelta:
        """Return the wait of a change that is no jitter: one look, or none if a day is near."""
        return timedelta() if _distance(self.now, dates) <= WEEK else ONE_LOOK


def repeats(pending: Mapping[ReleaseKey, Pending]) -> tuple[str, ...]:
    """Return a note for each of the changes *pending* that wait for a person."""
    return tuple(
        f"{key}: {date_in_words(when)} is more than {REPEAT_AFTER.days} days after "
        f"{date_in_words(each.claim.repeats)}, when it came out, and waits for a person (for a "
        "repeat, add a release of its own, with number: 2 or as re-release; if it is none, write "
        f"an override, or put {each.claim.repeats} before it in revisions)"
        for key, each in pending.items()
        if each.claim.repeats and each.claim.statement and (when := each.claim.statement[0])
    )


def _is_nothing_new(old: Release, new: Release) -> bool:
    """Whether the date of *new* agrees with that of *old*, or was told beside or before it."""
    said, was = new.current, old.current.when
    if said.when and was and said.when.contains(was):
        return True
    told = (*old.history, *old.refined, *old.contested)
    return any(said.statement == each.statement for each in told)


def _word(revision: Revision) -> tuple[str, Statement]:
    """Return the source and the statement of *revision*."""
    return revision.source, revision.statement


def _distance(now: datetime, dates: Iterable[PartialDate | None]) -> timedelta:
    """Return the time between *now* and the nearest of *dates*, by the last day each can mean."""
    last_days = [date_.after - timedelta(days=1) for date_ in dates if date_]
    return min((abs(midnight(day) - now) for day in last_days), default=timedelta.max / 2)


def _is_large(old: PartialDate | None, new: PartialDate | None) -> bool:
    """Whether *new* is a day so far from the one before that it is no jitter."""
    if not (old and new and old.is_day and new.is_day):
        return False
    return abs(new.first - old.first) > JITTER


def _title_source(film: Film) -> str:
    return film.title_source or film.source


def _is_withdrawn(release: Release) -> bool:
    return release.current.status is Status.WITHDRAWN


def _undone(
    catalogue: Catalogue,
    published: Published,
    waiting: Collection[ReleaseKey],
    staying: Collection[ReleaseKey],
) -> Catalogue:
    """
    Return *catalogue* with titles and releases that are *waiting* or *staying* as before.

    Of a film that stays only because its day has passed, no source tells any more.
    """
    keys = sorted({*waiting, *staying})
    if not keys:
        return catalogue
    films = dict(catalogue.films)
    rules = WindowRules(catalogue.rules)
    told = {key.film for key in waiting}
    for key in keys:
        before = published.films.get(key.film)
        told_by = before.told_by if before and key.film in told else ()
        film = films.get(key.film) or (
            before and replace(before, releases=(), told_by=told_by)  # which no source tells of
        )
        assert film is not None  # told now or before
        if key == title_key(key.film):
            assert before is not None  # or the title would be no change
            films[key.film] = replace(film, title=before.title)
        else:
            was_up = key in published.releases and not _is_withdrawn(published.releases[key])
            releases = _as_before(key, film, before if was_up else None)
            films[key.film] = rules.applied(replace(film, releases=tuple(releases)))
    sources = {**published.sources, **catalogue.sources}
    return replace(
        catalogue, films=dict(sorted(films.items())), sources=dict(sorted(sources.items()))
    )


def _as_before(key: ReleaseKey, film: Film, before: Film | None) -> Iterable[Release]:
    """Return the releases of *film*, the one with *key* as *before* had it, if it had it."""
    yield from (release for release in film.releases if release.key != key)
    if before:
        yield from (release for release in before.releases if release.key == key)
