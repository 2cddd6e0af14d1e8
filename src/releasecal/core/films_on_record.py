"""Films on record: what `merge` asks of published films, whether all are in memory or none is."""

from collections.abc import Iterator, Mapping, Sequence

from releasecal.core.models import Film


class FilmsOnRecord(Mapping[str, Film]):
    """
    Published films by id; those with repeats have all their releases on record.

    To look one up may take a while, to iterate over the ids does not.
    """

    def __init__(self, films: Mapping[str, Film]) -> None:
        """Take *films*, which are in memory."""
        self._films = films

    def __getitem__(self, id_: str) -> Film:
        return self._films[id_]

    def __contains__(self, id_: object) -> bool:
        return id_ in self._films

    def __iter__(self) -> Iterator[str]:
        return iter(self._films)

    def __len__(self) -> int:
        return len(self._films)

    def other_ids(self, id_: str) -> Sequence[str]:
        """Return the other ids of the film *id_*, without looking it up where that takes long."""
        return self._films[id_].other_ids

    def has(self, film: Film) -> bool:
        """Whether *film* is on record just as it is, without looking it up where that takes long."""
        return self.get(film.id) == film

    def may_repeat(self, id_: str) -> bool:
        """Whether the film *id_* may have releases with a place or a label, which tell repeats apart."""
        return any(each.place or each.label for each in self._films[id_].releases)


NONE = FilmsOnRecord({})
"""No film at all."""
