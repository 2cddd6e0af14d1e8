"""Renaming: the rows of films and releases that have another identity in the next edition."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, bindparam, delete, select, update

from releasecal.core.editions import Edition
from releasecal.core.models import ReleaseKey
from releasecal.core.value_classes import dataclass, replace
from releasecal.store import codec, schema

_PARTS = (
    *(schema.series, schema.mentions, schema.genres, schema.words, schema.other_ids),
    schema.film_index,
)
_AT_ONCE = 500  # values in one statement

_change, _entry = schema.changes.c, schema.entries.c


@dataclass(frozen=True, slots=True)
class Renamed:
    """
    Films and releases of an edition that have another identity in the next one.

    Attributes:
        films: Ids that are no film's any more.
        keys: Present keys of releases by former ones.
    """

    films: Sequence[str]
    keys: Mapping[ReleaseKey, ReleaseKey]


def renamed(before: Edition, edition: Edition) -> Renamed:
    """Return the films and releases of *before* that *edition* renames; releases are known by UID."""
    films = [id_ for id_ in before.films if id_ not in edition.films]
    gone = [key for key in before.entries if key not in edition.entries]
    if not gone:
        return Renamed(films, {})
    keys = {uid: key for key, entry in edition.entries.items() for uid in entry.uids}
    return Renamed(films, {key: keys[before.entries[key].uid] for key in gone})


def rename(connection: Connection, moved: Renamed) -> None:
    """
    Delete the films and entries under former identities, and give their changes the present ones.

    The events of those entries have to be deleted before, and all are written anew after it.
    """
    for first in range(0, len(moved.films), _AT_ONCE):
        some = moved.films[first : first + _AT_ONCE]
        connection.execute(delete(schema.films).where(schema.films.c.id.in_(some)))
        for table in _PARTS:
            connection.execute(delete(table).where(table.c.film.in_(some)))
    former = sorted(map(str, moved.keys))
    for first in range(0, len(former), _AT_ONCE):
        some = former[first : first + _AT_ONCE]
        connection.execute(delete(schema.entries).where(_entry.key.in_(some)))
    _rename_changes(connection, moved.keys)


def _rename_changes(connection: Connection, keys: Mapping[ReleaseKey, ReleaseKey]) -> None:
    """Give the changes on record of releases with former *keys* the present ones."""
    found = []
    for film in sorted({key.film for key in keys}):
        statement = select(_change.id, _change.edition, _change.data).where(_change.film == film)
        for row in connection.execute(statement):
            change = codec.CHANGE.validate_json(row.data)
            if change.key in keys:
                written = codec.change_row(replace(change, key=keys[change.key]), row.edition)
                found.append({"number": row.id, **{name: written[name] for name in _WRITTEN}})
    if found:
        fitting = update(schema.changes).where(_change.id == bindparam("number"))
        connection.execute(fitting.values({name: bindparam(name) for name in _WRITTEN}), found)


_WRITTEN = ("film", "region", "release_kind", "channel", "data")
