"""Wikidata's query service as a server on this machine answers for it: rows of its replies."""

import re
from collections.abc import Mapping, Sequence

from support.faulty_server import Answer, Asked


def row(film: str, *, lang: str = "en", **values: str) -> dict:
    """Return a row about *film*, its label in *lang*; entities are named by their ids."""
    found = {"film": {"type": "uri", "value": entity(film)}}
    for name, value in values.items():
        found[name] = {"type": "literal", "value": value}
    if "label" in found:
        found["label"]["xml:lang"] = lang
    return found


def entity(id_: str) -> str:
    """Return the address of the entity *id_*."""
    return f"http://www.wikidata.org/entity/{id_}"


class Service:
    """
    A query service that knows films, and when each was edited.

    Attributes:
        films: Rows of facts by id of the film; one that is not there has no facts.
        edited: The moment of the last edit, by id.
        series: By id: the ids of the films in it.
        asked: Ids of the films whose facts were asked for.
        tells_edits: Whether it answers questions about edits.
    """

    def __init__(self, **films: Sequence[Mapping[str, object]]) -> None:
        self.films = dict(films)
        self.edited = dict.fromkeys(films, "2030-11-01T00:00:00Z")
        self.series: dict[str, Sequence[str]] = {}
        self.asked: list[str] = []
        self.tells_edits = True

    def __call__(self, asked: Asked) -> Answer:
        """Return the answer to *asked*."""
        query = asked.query["query"]
        ids = re.findall(r"wd:(Q\d+)", query)
        if "?what" in query:
            self.asked += ids
            rows = [told for id_ in ids for told in self.films.get(id_, ())]
        elif "?edited ." in query and not self.tells_edits:
            return Answer(b"QueryTimeoutException", 400)
        else:
            found = ids if "VALUES ?film" in query else self.members(ids)
            rows = [self.member(id_, query) for id_ in found]
        return Answer.of({"results": {"bindings": [told for told in rows if told]}})

    def members(self, ids: Sequence[str]) -> Sequence[str]:
        """Return the films of the series with *ids*."""
        return sorted({film for id_ in ids for film in self.series.get(id_, ())})

    def member(self, id_: str, query: str) -> Mapping[str, object] | None:
        """Return a row about the film *id_*, with its last edit if *query* wants that; None if there is none."""
        if "?edited ." not in query:
            return row(id_)
        if id_ not in self.edited:
            return None if "VALUES ?film" in query else row(id_)
        return row(id_, edited=self.edited[id_])

    def edit(self, id_: str, *rows: Mapping[str, object]) -> None:
        """Have the film *id_* say *rows* after an edit."""
        self.films[id_] = rows
        self.edited[id_] = f"2030-12-{len(self.asked) % 28 + 1:02}T00:00:00Z"
