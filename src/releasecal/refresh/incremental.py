"""
Increments, in the shell: the next edition from the few films that have changed.

A catalogue of a hundred thousand films in which one date has moved is read, merged and
compared in that one film. The outcome is the same as of a whole read, which a property test
holds it to; wherever that is not certain, there is none, and everything is read.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain

from releasecal import sources
from releasecal.core.catalogue import Catalogue, merge, references
from releasecal.core.changes import Change
from releasecal.core.editions import Edition
from releasecal.core.loss_guard import losses
from releasecal.core.models import Film
from releasecal.core.revise import Policy, revise
from releasecal.errors import DataError
from releasecal.sources import Part
from releasecal.store import Store

_MAX_FILMS = 5_000  # with those around; more are not looked up at once


@dataclass(frozen=True, slots=True)
class Step:
    """
    From one edition to the next.

    Attributes:
        before: The edition that is up, all of it or as much as is looked at.
        edition: The next one, as much of it.
        catalogue: What the sources say of that.
        outlines: Of the files that were read, by address and name.
        is_whole: Whether all of it was looked at.
    """

    before: Edition
    edition: Edition
    changes: tuple[Change, ...]
    catalogue: Catalogue
    outlines: Mapping[tuple[str, str], bytes]
    is_whole: bool


def known(store: Store) -> sources.Outlines:
    """Return the outlines in *store*, as `sources.compare` wants them."""
    found: dict[str, dict[str, sources.Outline]] = {}
    for (address, name), data in store.outlines().items():
        outline = sources.decode_outline(data)
        if outline:
            found.setdefault(address, {})[name] = outline
    return found


def increment(
    store: Store, parts: Sequence[Part], *, now: datetime, today: date, policy: Policy
) -> Step | None:
    """
    Return the step to the next edition, or None if only a whole read can tell.

    *parts* have what each address tells of differently; *now* is UTC, *today* the civil day
    that the sources are read on.
    """
    touched = frozenset(chain(*(part.touched for part in parts)))
    touched |= {key.film for key in store.pending()}
    readings = [part.read(touched) for part in parts]
    told = [reading for reading in readings if reading is not None]
    if len(touched) > _MAX_FILMS or len(told) < len(parts):
        return None
    dependent = store.mentioning(touched)
    removed = touched - {film.id for reading in told for film in reading.films}
    scope = touched | dependent
    around = _around(store, touched, told, dependent)
    if len(scope) + len(around) > _MAX_FILMS or not _is_one_series(store, told):
        return None
    before = store.load_part(scope, around)
    # No source has changed, or a whole read would be due.
    told[0] = replace(told[0], sources=tuple(before.sources.values()))
    try:
        catalogue = merge(told, today, {id_: around[id_] for id_ in around if id_ not in removed})
    except DataError:  # which a whole read knows the place of
        return None
    edition, changes = revise(before, catalogue, now=now, policy=policy, scope=scope)
    addresses = [part.address for part in parts]
    if losses(before, edition, addresses, today, is_part=True):  # which only a whole read can tell
        return None
    outlines = {
        (part.address, name): sources.encode(part.outlines[name])
        for part in parts
        for name in part.changed
    }
    return Step(before, edition, changes, catalogue, outlines, is_whole=False)


def _around(
    store: Store,
    touched: Collection[str],
    told: Sequence[sources.Reading],
    dependent: Collection[str],
) -> Mapping[str, Film]:
    """
    Return the films that are not touched and that something leads to.

    That is the *dependent* ones, which mention one that is touched, what all these mention,
    and the way back to the first film of each series.
    """
    found: dict[str, Film] = {}
    films = [film for reading in told for film in reading.films]
    ahead = {other for film in films for _, other in references(film)} | set(dependent)
    while ahead := ahead - found.keys() - set(touched):
        fetched = store.told(ahead)
        found |= fetched
        if len(found) > _MAX_FILMS:
            break
        ahead = {film.follows for film in fetched.values()} - {""}
        ahead |= {
            other
            for id_ in fetched.keys() & set(dependent)
            for _, other in references(fetched[id_])
        }
    return found


def _is_one_series(store: Store, told: Sequence[sources.Reading]) -> bool:
    """Whether each series has the title that everybody else gives it."""
    for reading in told:
        for film in reading.films:
            for place in film.series:
                if store.series_titles(place.id) - {place.title}:
                    return False
    return True
