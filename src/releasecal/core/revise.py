"""The revision of an edition: from the published one and a catalogue to the next one."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache, partial
from itertools import chain, count

from releasecal.core.catalogue import Catalogue
from releasecal.core.changes import Change, ChangeKind, classify
from releasecal.core.debounce import Pending, Published, debounce, title_key
from releasecal.core.derived_releases import derive
from releasecal.core.editions import Edition, Entry, Facts
from releasecal.core.film_identity import Renames
from releasecal.core.history_merge import remember, weave
from releasecal.core.models import (
    UNKNOWN,
    WORLD,
    Certainty,
    Film,
    Manner,
    Release,
    ReleaseKey,
    ReleaseKind,
    Revision,
    Status,
    in_order,
)
from releasecal.core.namesakes import distinctions
from releasecal.core.release_merge import is_outlived
from releasecal.core.renaming import with_present_ids
from releasecal.core.rerelease_or_correction import has_come_out, is_correction
from releasecal.core.value_classes import dataclass, replace

_TICK = timedelta(seconds=1)  # iCalendar's times have no fractions
_OPENING = ReleaseKind.THEATRICAL  # Python 3.11 is slow to look a member up in its enumeration


def _as_texts(several: Sequence[Facts]) -> Sequence[str]:
    return list(map(str, several))


@dataclass(frozen=True, slots=True)
class Policy:
    """
    The settings of publication that shape an event beside its facts.

    Attributes:
        rendering: Name of the code and settings that show in events' bytes.
        event_digests: Function from the facts of several events to a digest of each one's text,
            without stamps and marks. After a change of *rendering* it finds the events that look different.
        mark: Time for which a SUMMARY mentions a move.
        keep: Minimum time for which a release that is over or undated stays visible.
    """

    rendering: str = ""
    event_digests: Callable[[Sequence[Facts]], Sequence[str]] = _as_texts
    mark: timedelta = timedelta(days=14)
    keep: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Scope:
    """
    The films of a part of an edition, and what the part lacks of the whole.

    The edition and the catalogue of the part have these films, their entries and pending changes,
    and the films that they mention.

    Attributes:
        films: Ids of the films to revise; None for all.
        judged: Ids of those whose entries the edition has; None if it has those of all films.
        apart: `distinctions` of *films*; None if the catalogue has all their namesakes.
        uids_elsewhere: UIDs of other entries that may stand in the way of a new one.
        claimed: Ids that other films had and that films told of have now; None if the catalogue
            tells.
    """

    films: Collection[str] | None = None
    judged: Collection[str] | None = None
    apart: Mapping[str, str] | None = None
    uids_elsewhere: Collection[str] = ()
    claimed: Collection[str] | None = None

    def has(self, key: ReleaseKey) -> bool:
        """Whether the release is of a film to revise."""
        return self.films is None or key.film in self.films


_EVERYTHING = Scope()


def revise(
    edition: Edition,
    catalogue: Catalogue,
    *,
    now: datetime,
    policy: Policy,
    scope: Scope = _EVERYTHING,
) -> tuple[Edition, tuple[Change, ...]]:
    """
    Return the edition after *edition*, and the changes that subscribers see.

    Without any difference, the result is *edition* itself; with a difference in pending
    changes only, it has the same number. Time never runs backwards, even if *now* (UTC)
    does: each edition is later than the last by at least a second, and so is LAST-MODIFIED
    of each entry whose event changes.

    Films outside *scope* stay as they are.
    """
    look, now = now, max(now.replace(microsecond=0), edition.published + _TICK)
    known = with_present_ids(edition, catalogue.renames)
    settled, pending = debounce(catalogue, published_in(known), look, scope.judged)
    known, told = _told(known, settled, scope)
    entries = {key: entry for key, entry in known.entries.items() if not scope.has(key)}
    changes: list[Change] = []
    keys = sorted({*known.entries, *told.keys} - entries.keys(), key=in_order)
    revised: list[tuple[ReleaseKey, Entry | None, Facts, bool]] = []
    # All facts first: the code of one step has room near the processor, that of both has not.
    for key in keys:
        before = known.entries.get(key)
        facts = _revised(told.facts(key), before, pending, now)
        revised.append((key, before, facts, _is_news(facts, before, edition, policy)))
    digests = iter(policy.event_digests([facts for _, _, facts, is_news in revised if is_news]))
    withheld = {key for key, each in known.pending.items() if each.withheld and key not in pending}
    for key, before, facts, is_news in revised:
        if before and not is_news:
            entries[key] = before
            continue
        entries[key] = _entry(facts, before, now, policy, uid=told.uid, digest=next(digests))
        changes += _changes(before, facts, now, withheld=key in withheld)
    all_films = {**_past(known.films, settled.films), **settled.films}
    films = _with_own_ids(all_films, catalogue.films, scope.claimed)
    sources = dict(sorted({**edition.sources, **catalogue.sources}.items()))
    following = Edition(
        edition.number + 1, now, policy.rendering, entries, films, sources, pending, edition.uids
    )
    waiting = replace(edition, pending=pending)
    if replace(following, number=edition.number, published=edition.published) == waiting:
        return (edition if waiting == edition else waiting), ()
    return following, tuple(changes)


def _is_news(facts: Facts, before: Entry | None, edition: Edition, policy: Policy) -> bool:
    """
    Whether an event with *facts* is not published as it is.

    *before* is its entry in *edition*, under the present ids.
    """
    if before is None or facts is not before.facts or policy.rendering != edition.rendering:
        return True
    return before is not edition.entries.get(before.key)


def _past(known: Mapping[str, Film], told: Mapping[str, Film]) -> Mapping[str, Film]:
    """Return those of the *known* films that are not *told*, as such."""
    return {id_: replace(known[id_], told_by=()) for id_ in known.keys() - told.keys()}


def _told(known: Edition, settled: Catalogue, scope: Scope) -> tuple[Edition, "_ToldFacts"]:
    """Return *known* under the keys that its releases have now, and the facts that are *settled*."""
    told = _ToldFacts(settled, scope, _uids(known, scope))
    if renames := _with_channels(known, told):
        known = with_present_ids(known, Renames(releases=renames))
        told = _ToldFacts(settled, scope, _uids(known, scope))
    return known, told


def _with_channels(known: Edition, told: "_ToldFacts") -> Mapping[ReleaseKey, Release]:
    """
    Return by its key what each derived release without a channel is *told* as with one now.

    Their events go on as those of the channels: the day that is announced has the UID of the
    estimate.
    """
    found: dict[ReleaseKey, Release] = {}
    keys = told.keys if known.entries else ()
    for key in sorted(key for key in keys if key.channel and key not in known.entries):
        derived, release = replace(key, channel="", number=1), told.releases[key]
        before = known.entries.get(derived)
        is_gone = before and derived not in told.releases
        is_open = before and is_gone and before.current.certainty is Certainty.DERIVED
        is_dated = release.current.when is not None and not release.current.status.is_over
        if before and is_open and is_dated and not before.current.status.is_over:
            found.setdefault(derived, release)
    return found


def _with_own_ids(
    films: Mapping[str, Film], told: Mapping[str, Film], claimed: Collection[str] | None
) -> Mapping[str, Film]:
    """
    Return *films*, sorted; of its other ids each one has those that none of *told* has now.

    *claimed* are those that films told have, where *told* is not all of them; else None.
    """
    silent = [film for id_, film in films.items() if film.other_ids and id_ not in told]
    if not silent:
        return dict(sorted(films.items()))
    taken = claimed
    if taken is None:
        taken = {id_ for film in told.values() for id_ in (film.id, *film.other_ids)}
    own = {
        film.id: replace(film, other_ids=tuple(id_ for id_ in film.other_ids if id_ not in taken))
        for film in silent
    }
    return dict(sorted({**films, **own}.items()))


def _uids(edition: Edition, scope: Scope) -> Callable[[ReleaseKey], str]:
    """
    Return a function from a key to the UID that its release has after *edition*.

    A new release has the UID of its key, unless another release has had that: one whose key
    was mended keeps its UID.
    """

    @cache
    def taken() -> frozenset[str]:
        had = chain.from_iterable(entry.uids for entry in edition.entries.values())
        return frozenset((*had, *edition.uids.values(), *scope.uids_elsewhere))

    def uid(key: ReleaseKey) -> str:
        known = edition.uid(key)
        if known:
            return known
        new = key.uid
        if new not in taken():
            return new
        others = (f"{new}._again{number or ''}" for number in count())
        return next(other for other in others if other not in taken())

    return uid


def published_in(edition: Edition) -> Published:
    """Return *edition* as far as `debounce` needs it."""
    releases = {key: entry.facts.release for key, entry in edition.entries.items()}
    return Published(releases, edition.films, edition.sources, edition.pending)


def _entry(  # noqa: PLR0913 - facts, what was published, and all that shapes the event beside
    facts: Facts,
    before: Entry | None,
    now: datetime,
    policy: Policy,
    *,
    uid: Callable[[ReleaseKey], str],
    digest: str,
) -> Entry:
    """Return the entry with *facts* after *before*; *uid* returns that of a new one."""
    moves = len(facts.release.history) - 1
    if before is None:
        uids = (uid(facts.release.key),)
        entry = Entry(facts, moves, created=now, revised=now, uids=uids, event_digest=digest)
        leaves = _leave(entry, policy)
        return replace(entry, leaves=leaves) if leaves else entry
    has_moved = facts.release.current.statement != before.current.statement
    check_began_or_ended = facts.is_being_checked != before.facts.is_being_checked
    entry = replace(
        before,
        facts=facts,
        # Google and Evolution want another SEQUENCE for another STATUS.
        sequence=max(before.sequence + (has_moved or check_began_or_ended), moves),
        event_digest=digest,
    )
    mark = _mark(entry, policy) if has_moved else entry.marked_until
    entry = replace(entry, marked_until=mark, leaves=_leave(entry, policy))
    if _shows(entry) == _shows(before):
        return entry
    return replace(entry, revised=max(now, before.changed(now.date()) + _TICK))


def _shows(entry: Entry) -> tuple[object, ...]:
    """Return everything that determines the event's bytes, except its stamps."""
    return entry.event_digest, entry.sequence, entry.marked_until


def _mark(entry: Entry, policy: Policy) -> date | None:
    """Return the end of the mark of *entry* as moved, or None if it has not moved."""
    seen = entry.current.seen
    return (seen + policy.mark).date() if seen and entry.moved_from else None


def _leave(entry: Entry, policy: Policy) -> date | None:
    """Return the day on which *entry* leaves, after its old day; None if it stays."""
    shown = entry.shown if entry.is_off_its_day else None
    if shown is None or not shown.is_day:
        return None
    since = entry.current.seen or entry.revised
    return max((since + policy.keep).date(), shown.after)


def _changes(
    before: Entry | None, facts: Facts, now: datetime, *, withheld: bool
) -> Iterable[Change]:
    """
    Yield the changes of a release: of its date first, then the others.

    Its coming out is told now if that was *withheld* while a change was pending.
    """
    if before and facts is before.facts and not withheld:  # only the rendering is another one
        return
    make = partial(Change, now, facts.release.key, title=facts.title)
    new, old = facts.release.current, before.current if before else None
    if old is None or old.statement != new.statement:
        kind = classify(old, new)
        by = facts.source_titles.get(new.source, "") if kind is ChangeKind.TAKEN_OVER else ""
        yield make(kind, new=new, old=old, other=by)
    if before and old:
        if before.facts.title != facts.title:
            yield make(ChangeKind.RETITLED, new=new, old=old, other=before.facts.title)
        yield from _slots(before.facts, facts, make)
        was_told = has_come_out(old, now.date()) and not withheld
        if has_come_out(new, now.date()) and not was_told:
            yield make(ChangeKind.RELEASED, new=new)
    known = {other.statement for other in before.facts.release.contested} if before else ()
    for other in facts.release.contested:
        if other.statement not in known:
            yield make(ChangeKind.CONFLICT, new=other, old=new)


def _slots(before: Facts, facts: Facts, make: Callable[..., Change]) -> Iterable[Change]:
    """Yield a change for each date taken from or lost to another film since *before*."""
    titles = dict(facts.titles)
    taken = {(past.statement, past.slot_from) for past in before.release.history}
    lost = {(past.statement, past.slot_to) for past in before.release.history}
    new = facts.release.current
    if new.slot_from and (new.statement, new.slot_from) not in taken:
        yield make(ChangeKind.SLOT_TAKEN, new=new, other=titles.get(new.slot_from, new.slot_from))
    for past in facts.release.history:
        # A revision that was never published is background and no news.
        if past.slot_to and past.seen and (past.statement, past.slot_to) not in lost:
            to = titles.get(past.slot_to, past.slot_to)
            yield make(ChangeKind.SLOT_LOST, new=new, old=past, other=to)


def released(
    entries: Iterable[Entry], after: date, today: date, now: datetime
) -> tuple[Change, ...]:
    """
    Return a change for each of *entries* out on the civil days after *after*, up to *today*.

    Only a date that is confirmed and a day counts: no other one says that a release is out.
    A release that is announced after its day is a change from `revise`.
    """
    out = [
        (when.first, entry)
        for entry in entries
        if has_come_out(entry.current, today)
        and (when := entry.current.when)
        and when.first > after
    ]
    return tuple(
        Change(now, entry.key, ChangeKind.RELEASED, entry.facts.title, entry.current)
        for _, entry in sorted(out, key=lambda each: (each[0], each[1].key))
    )


def _with_ledger(told: Facts | None, before: Entry | None, now: datetime) -> Facts:
    """
    Return the facts of the next entry: *told* now, with all that was published before.

    A source can correct or remove the background that it tells. A revision that was published
    as current stays in the history, even if its source drops it later.
    """
    if before is None:
        assert told is not None  # a key is from one of the two
        return _first(told, now)
    ledger = before.facts.release.history
    if told is None:
        facts = replace(before.facts, pending=(), is_being_checked=False)
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
        # Revisions still told anchor the alignment, so that the published ones follow them.
        kept = [past for past in ledger if past.seen or past.statement in statements]
        is_same = bool(kept) and kept[-1].statement == current.statement
        history = weave(told.release.history if is_same else background, kept, remember)
    if not history or history[-1].statement != current.statement:
        manner = _manner(before.facts.release, facts.release, now.date())
        history += (replace(current, seen=now, manner=manner),)
    titles = _titles(facts, before.facts)
    # A film that no source has is followed only where subscribers know it.
    follows = facts.follows if facts.follows in titles else ""
    return replace(
        facts,
        release=replace(facts.release, history=history),
        follows=follows,
        titles=tuple((id_, titles[id_]) for id_ in _mentioned(follows, history) if id_ in titles),
        former_title=_former(facts, before.facts),
    )


def _first(told: Facts, now: datetime) -> Facts:
    """Return the facts of a new entry, of which nothing was published: *told*, seen *now*."""
    *background, current = told.release.history
    history = tuple(background)
    if not history or history[-1].statement != current.statement:
        history += (replace(current, seen=now),)
    release = replace(told.release, history=history)
    if told.follows and told.follows not in dict(told.titles):  # a film that no source has
        return replace(told, release=release, follows="")
    return replace(told, release=release)


def _revised(
    told: Facts | None, before: Entry | None, pending: Mapping[ReleaseKey, Pending], now: datetime
) -> Facts:
    """
    Return the facts of the next entry; see `_with_ledger`.

    They are those of *before* if they are equal: two of one value need twice the room.
    """
    facts = _with_ledger(_doubted(told, pending), before, now)
    return before.facts if before and facts == before.facts else facts


def _manner(old: Release, new: Release, today: date) -> Manner:
    """Return how *new* takes the place of *old*, which is published, on the civil day *today*."""
    if is_outlived(old, new):
        return Manner.TAKEN_OVER
    is_derived = [each.current.certainty is Certainty.DERIVED for each in (old, new)]
    if len({*is_derived}) == 1 and is_correction(old.current, new.current, today):
        return Manner.CORRECTED
    return Manner.ANNOUNCED


def _titles(facts: Facts, before: Facts) -> Mapping[str, str]:
    """
    Return the titles of other films by id: the first that subscribers saw, as of its time.

    The film that is followed has its present title, or the last one if no source has it now.
    """
    present, past = dict(facts.titles), dict(before.titles)
    followed = {id_: present[id_] for id_ in (facts.follows,) if id_ in present}
    return {**present, **past, **followed}


def _former(facts: Facts, before: Facts) -> str:
    """Return the title that subscribers saw before the one in *facts*, or ""."""
    return before.former_title if before.title == facts.title else before.title


def _mentioned(follows: str, history: Iterable[Revision]) -> Sequence[str]:
    """Return the ids of the other films in an event with *history*, sorted."""
    found = {follows}
    for revision in history:
        found |= {revision.slot_from, revision.slot_to}
    return sorted(found - {""})


def _doubted(told: Facts | None, pending: Mapping[ReleaseKey, Pending]) -> Facts | None:
    """Return what is *told* with the changes that are *pending*: of the release, then of the title."""
    return _doubt(told, pending) if told and pending else told


def _doubt(facts: Facts, pending: Mapping[ReleaseKey, Pending]) -> Facts:
    key, current = facts.release.key, facts.release.current
    found = [pending[each] for each in (key, title_key(key.film)) if each in pending]
    claims = tuple(each.claim for each in found)
    is_sure = current.certainty is Certainty.CONFIRMED and not current.status.is_over
    is_being_checked = is_sure and key in pending and pending[key].is_near(current.when)
    return replace(facts, pending=claims, is_being_checked=is_being_checked) if found else facts


class _ToldFacts:
    """
    The facts that a catalogue tells of releases.

    Those of each are made when they are asked for, and not kept: those of a large catalogue are as
    large as the edition.

    Attributes:
        keys: Of the releases in scope, of which facts may be asked for.
        releases: All that are told or derived, by key.
        uid: Returns the UID that the release with a key has or will have.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        scope: Scope,
        uid: Callable[[ReleaseKey], str],
    ) -> None:
        """Take the facts of *catalogue*."""
        self._catalogue, self.uid = catalogue, uid
        self.releases = {
            release.key: release for film in catalogue.films.values() for release in derive(film)
        }
        self.keys = list(filter(scope.has, self.releases))
        apart = scope.apart
        self._apart = distinctions(catalogue.films.values()) if apart is None else apart

    def facts(self, key: ReleaseKey) -> Facts | None:
        """Return the facts of the release with *key*; None if it is not told."""
        release = self.releases.get(key)
        if release is None:
            return None
        film = self._catalogue.films[key.film]
        return _facts_of(
            release,
            film,
            self._catalogue,
            related=tuple(map(self.uid, _related(release, film, self.releases))),
            distinction=self._apart.get(key.film, ""),
        )


def _facts_of(
    release: Release,
    film: Film,
    catalogue: Catalogue,
    *,
    related: tuple[str, ...],
    distinction: str,
) -> Facts:
    follows = film.follows if release.kind is _OPENING else ""
    cited = [revision.source for revision in release.history]
    if release.derivation:
        cited.append(release.derivation.window.source)
    cited += [other.source for other in release.contested]
    films, sources = catalogue.films, catalogue.sources
    mentioned = _mentioned(follows, release.history)
    return Facts(
        release=release,
        title=film.title,
        follows=follows,
        series=film.series,
        titles=tuple([(id_, films[id_].title) for id_ in mentioned if id_ in films]),
        related=related,
        sources=tuple([sources[id_] for id_ in dict.fromkeys(cited) if id_ in sources]),
        genres=film.genres,
        names=_names(film, release.key.region),
        distinction=distinction,
        poster=film.poster,
        synopsis=film.synopsis,
        runtime=film.runtime,
        certification=_certification(film, release.key.region),
    )


def _names(film: Film, region: str) -> tuple[tuple[str, str], ...]:
    """Return (language or "", title) of the regional titles of *film* that count in *region*."""
    if not film.titles:
        return ()
    regional = [
        title for title in film.titles if title.kind == "regional" and (title.region or title.lang)
    ]
    own = [title for title in regional if title.region == region]
    anywhere = [title for title in regional if not title.region]
    return tuple((title.lang, title.title) for title in (*own, *anywhere))


def _certification(film: Film, region: str) -> str:
    """Return the age rating of *film* in *region*, or ""."""
    return next((each.rating for each in film.certifications if each.region == region), "")


def _related(
    release: Release, film: Film, releases: Mapping[ReleaseKey, Release]
) -> Iterable[ReleaseKey]:
    """Yield the keys for RELATED-TO: the film's opening, or the opening of the film before."""
    other = film.follows if release.kind is _OPENING else film.id
    if not other:
        return
    for region in (release.key.region, WORLD, UNKNOWN):
        key = ReleaseKey(other, _OPENING.identity, region)
        if key in releases and key != release.key:
            yield key
            break
