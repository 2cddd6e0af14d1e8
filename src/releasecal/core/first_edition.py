"""
The first edition, in parts: a film is revised by itself, so a large catalogue needs no room at once.

Without an edition before, a release depends on its film and on the films that this one mentions;
namesakes are told apart before. A part has some films with all their entries; all parts, one after the other, are
what `revise` makes of the whole catalogue.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice

from releasecal.core.catalogue import Catalogue, references
from releasecal.core.changes import Change
from releasecal.core.editions import NOTHING, Edition
from releasecal.core.models import Film
from releasecal.core.namesakes import distinctions
from releasecal.core.revise import Policy, revise
from releasecal.core.values import replace

FILMS = 1_000
"""Films of a part."""


def head(catalogue: Catalogue, *, now: datetime, policy: Policy) -> Edition:
    """Return the first edition of *catalogue* at *now*, UTC, without films and entries."""
    edition, _ = revise(NOTHING, replace(catalogue, films={}), now=now, policy=policy)
    return edition


def parts(
    catalogue: Catalogue, *, now: datetime, policy: Policy, most: int = FILMS
) -> Iterator[tuple[Edition, Sequence[Change]]]:
    """
    Yield the first edition of *catalogue* at *now*, UTC, in parts of at most *most* films.

    With each comes what has changed, by key; both are in the order of the films.
    """
    films = catalogue.films
    apart = distinctions(films)
    rest = iter(films)
    while ids := dict.fromkeys(islice(rest, most)):
        part = replace(catalogue, films=_with_mentioned(ids, films))
        edition, changes = revise(NOTHING, part, now=now, policy=policy, scope=ids, apart=apart)
        yield replace(edition, films={id_: edition.films[id_] for id_ in ids}), changes


def _with_mentioned(ids: Collection[str], films: Mapping[str, Film]) -> Mapping[str, Film]:
    """Return those of *films* with *ids*, or that these mention; sorted."""
    found = {*ids, *(other for id_ in ids for _, other in references(films[id_]))}
    return {id_: films[id_] for id_ in sorted(found) if id_ in films}
