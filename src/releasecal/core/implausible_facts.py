"""
Plausibility: facts that can hardly all be true, and facts that reach no subscriber.

Each becomes a note for the person who keeps the data. None of them stops a refresh: a
database that nobody here can mend is full of them, and its right facts are published.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import chain

from releasecal.core.dates import FEED_DAYS, PartialDate
from releasecal.core.derived_releases import counting
from releasecal.core.films_on_record import FilmsOnRecord
from releasecal.core.models import Certainty, Film, Release, ReleaseKind, Status
from releasecal.core.namesakes import folded
from releasecal.core.value_classes import dataclass

# Somebody east of us may have a day that has not come here.
_AHEAD = timedelta(days=1)
_SUNDAY = 6
_CHRISTMAS = (12, 25)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """
    Something in the data that a person should look at.

    Attributes:
        id: Of the film, or of the source.
        field: Its part, as `Reading.places` names it.
        first: Id of a film that has the same part; empty where there is no such one.
    """

    id: str
    field: str
    what: str
    remedy: str
    first: str = ""


def contradictions(film: Film, today: date | None) -> Iterator[Contradiction]:
    """Yield the doubtful facts of *film*; without *today*, a civil day, none that depend on it."""
    yield from _cancelled(film)
    yield from _windows(film)
    for release in film.releases:
        yield from _unseen(release)
        if today:
            yield from chain(_from_the_future(release, today), _on_sunday(release, today))


def undone_sources(
    days: Mapping[tuple[str, str], date], today: date | None
) -> Iterator[Contradiction]:
    """Yield each of *days*, those of `Reading.days`, that has not come by *today*, a civil day."""
    for (id_, field), day in days.items():
        if today and day > today + _AHEAD:
            what = f"{field.removeprefix('source ')}: {day} has not come yet"
            yield Contradiction(id_, field, what, "check the year")


def is_cancelled_and_dated(film: Film, release: Release) -> bool:
    """Whether *film* is not made any more, and *release* is confirmed for a date all the same."""
    if film.production is None or film.production.status != "cancelled":
        return False
    current = release.current
    is_dated = current.when is not None and current.status is Status.SCHEDULED
    return is_dated and current.certainty is Certainty.CONFIRMED


CANCELLED_AND_DATED = "the film's production is cancelled, and this date is confirmed"
MEND_CANCELLED = "add status: cancelled to the release, or mend production"


def _cancelled(film: Film) -> Iterator[Contradiction]:
    for release in film.releases:
        if is_cancelled_and_dated(film, release):
            yield _of_release(release, CANCELLED_AND_DATED, MEND_CANCELLED)


def _unseen(release: Release) -> Iterator[Contradiction]:
    """Yield the date that no feed has: calendars refuse other years."""
    when = release.current.when
    if when and not is_in_feeds(when):
        remedy = "check the year" if when.first > FEED_DAYS[0] else "pages and JSON have it"
        yield _of_release(release, f"{when} is in no feed: they hold 1970 to 2037", remedy)


def is_in_feeds(when: PartialDate) -> bool:
    """Whether all of *when* is within the days that feeds hold."""
    first, after = FEED_DAYS
    return first <= when.first and when.after <= after


def _from_the_future(release: Release, today: date) -> Iterator[Contradiction]:
    latest = max((said.as_of for said in release.history if said.as_of), default=date.min)
    if latest > today + _AHEAD:
        what = f"as_of: {latest} has not come yet, and nothing is known by then"
        yield Contradiction(release.key.film, f"{release.key} as_of", what, "check the year")


def _on_sunday(release: Release, today: date) -> Iterator[Contradiction]:
    when = release.current.when
    if release.kind is not ReleaseKind.THEATRICAL or release.key.region != "US" or not when:
        return
    is_usual = when.first.weekday() != _SUNDAY or (when.part, when.day) == _CHRISTMAS
    if when.is_day and when.first > today and not is_usual:
        what = f"{when} is a Sunday, and wide releases in the US open from Wednesday to Friday"
        yield _of_release(release, what, "check the day")


def _of_release(release: Release, what: str, remedy: str) -> Contradiction:
    return Contradiction(release.key.film, str(release.key), what, remedy)


def _windows(film: Film) -> Iterator[Contradiction]:
    """Yield the windows that count from nothing, directly or through other windows."""
    if not film.windows or not film.releases:  # not even one without a date: all is to come
        return
    found = counting(film.windows, film.releases)
    for number, window in enumerate(film.windows):
        if number in found:
            continue
        where = f" in {window.region}" if window.region else ""
        what = f"this window gives no date: the film has no {window.origin.slug} release{where}"
        remedy = "add that release, or mend from and region of the window"
        yield Contradiction(film.id, f"windows {number}", what, remedy)


def twins(films: Iterable[Film]) -> Iterator[Contradiction]:
    """Yield each film that has an outside id of another one, whose dates are all told twice."""
    firsts: dict[tuple[str, str], str] = {}
    for film in films:
        for name, id_ in film.refs:
            first = firsts.setdefault((name, id_), film.id)
            if first != film.id:
                what = f"{name}: the film '{first}' has {id_}, too"
                remedy = "join the two films, or mend the id of one"
                yield Contradiction(film.id, f"refs {name}", what, remedy, first)


def likely_renames(
    films: Mapping[str, Film], published: FilmsOnRecord, renamed: Collection[str] = ()
) -> Mapping[str, Contradiction]:
    """
    Return by the id of each *published* film that is gone the one of *films* that seems to be it.

    Those with the ids *renamed* are known to be others. A likely one has an id elsewhere of it; or it is the only one of its title, and is new or, once both
    have been published, has a date in common with it.
    """
    missing = [published[id_] for id_ in published if id_ not in films and id_ not in renamed]
    owners: dict[tuple[str, str], list[Film]] = {
        part: [] for gone in missing for part in _parts(gone)
    }
    for film in films.values() if missing else ():
        for part in owners.keys() & _parts(film):
            owners[part].append(film)
    found: dict[str, Contradiction] = {}
    for gone in missing:
        for part in _parts(gone):
            heirs, is_title = owners[part], part[0] == _TITLE
            if not heirs:
                continue
            heir = heirs[0]
            if not is_title or (len(heirs) == 1 and _is_likely(heir, gone, published)):
                what = f"the film '{gone.id}' is gone, and this one has its {part[0]}"
                remedy = f"was: [{gone.id}] lets its events go on, if it is the same film"
                found.setdefault(gone.id, Contradiction(heir.id, "id", what, remedy))
    return found


def kept_ids(kept: Mapping[str, str]) -> Iterator[Contradiction]:
    """Yield each film that goes on under its published id. *kept* is new ids by published ones."""
    for id_, new in kept.items():
        what = f"the film '{new}' goes on as '{id_}', by which it is published"
        yield Contradiction(id_, "id", what, f"was: [{id_}] gives it the new id")


def different_refs(accounts: Mapping[str, Sequence[Film]]) -> Iterator[Contradiction]:
    """Yield each id elsewhere of which the *accounts* of a film, by its id, tell two."""
    for id_, films in accounts.items():
        if len(films) == 1:
            continue
        firsts: dict[str, str] = {}
        for name, other in (ref for film in films for ref in film.refs):
            if (first := firsts.setdefault(name, other)) != other:
                what = f"{name}: another source of this film has {other}, and not {first}"
                yield Contradiction(id_, f"refs {name}", what, "mend one of them")


_TITLE = "title"


def _parts(film: Film) -> Sequence[tuple[str, str]]:
    """Return the distinguishing facts of *film*: its ids elsewhere, then its title."""
    return (*film.refs, (_TITLE, folded(film.title)))


def _is_likely(film: Film, gone: Film, published: FilmsOnRecord) -> bool:
    """Whether *film*, which has the title of the published film that is *gone*, may be that."""
    if gone.told_by:
        return film.id not in published
    dates, others = (
        {(each.kind, each.key.region, each.current.when) for each in some.releases}
        for some in (film, gone)
    )
    return any(when for *_, when in dates & others)
