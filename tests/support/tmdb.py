"""TMDB as a server on this machine answers for it: details, lists, queries and changes."""

import json
from collections.abc import Mapping, Sequence
from functools import cache

from support.faulty_server import Answer, Asked
from support.paths import REPLAYS

FOLDER = REPLAYS / "tmdb"


@cache
def recorded(name: str) -> Mapping[str, object]:
    """Return the recording called *name*."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def movie(id_: int, title: str, *releases: tuple[str, int, str, str], **facts: object) -> dict:
    """Return a film; each release is a country, a type, a day and a note."""
    countries: dict[str, list[object]] = {}
    for country, type_, day, note in releases:
        told = {"type": type_, "release_date": f"{day}T00:00:00.000Z", "note": note}
        countries.setdefault(country, []).append(told)
    results = [
        {"iso_3166_1": country, "release_dates": told} for country, told in countries.items()
    ]
    return {"id": id_, "title": title, "release_dates": {"results": results}, **facts}


class Replay:
    """
    Answers of TMDB, made of films and of lists of their ids.

    Attributes:
        films: By id.
        queries: By region: the ids that a query for it lists.
        collections: By id: the ids of its films.
        edited: Ids of the films that were edited of late.
        token: The one that is accepted.
    """

    def __init__(self, *films: Mapping[str, object], token: str) -> None:
        self.films = {film["id"]: film for film in films}
        self.queries: dict[str, Sequence[int]] = {}
        self.collections: dict[int, Sequence[int]] = {}
        self.edited: Sequence[int] = ()
        self.token = token

    def __call__(self, asked: Asked) -> Answer:
        """Return the answer to *asked*."""
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return Answer(json.dumps(recorded("error_401")).encode(), 401)
        page = int(asked.query.get("page", 1))
        match asked.path.split("/")[2:]:
            case ["movie", "changes"]:
                return Answer.of(self.page(self.edited, page, 100))
            case ["discover", "movie"]:
                return Answer.of(self.page(self.queries[asked.query["region"]], page, 20))
            case ["collection", id_] if int(id_) in self.collections:
                return Answer.of({"parts": [{"id": each} for each in self.collections[int(id_)]]})
            case ["movie", id_] if int(id_) in self.films:
                return Answer.of(self.films[int(id_)])
        return Answer(json.dumps(recorded("error_404")).encode(), 404)

    def page(self, ids: Sequence[int], number: int, size: int) -> Mapping[str, object]:
        """Return a page of *ids*."""
        pages = max(1, -(-len(ids) // size))
        found = ids[(number - 1) * size : number * size]
        return {
            "page": number,
            "results": [{"id": each} for each in found],
            "total_pages": pages,
            "total_results": len(ids),
        }
