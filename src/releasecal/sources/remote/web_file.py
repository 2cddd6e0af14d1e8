"""
A file on the web: a data file, such as /data.json of another releasecal, or a table.

A Google sheet that is published as CSV is one, too. Of a table the bad rows are left out; what
they may have told stays as it was.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import blake2b
from itertools import chain
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from releasecal import __version__
from releasecal.errors import DataError, FetchFailed, Place
from releasecal.sources.notation.tables import PLAIN
from releasecal.sources.remote.client import Client, Pace, Reply
from releasecal.sources.remote.failures import Failure
from releasecal.sources.remote.fetched import Fetched, SourceSettings
from releasecal.sources.remote.film_lines import (
    FilmLines,
    Raw,
    file_lines,
    film_lines,
    films_in,
    source_row,
)
from releasecal.sources.remote.kind import SourceKind, unknown_options
from releasecal.sources.schema import messages
from releasecal.sources.schema.table_record import TableRecord
from releasecal.sources.snapshot import CSV, JSON, NOTATIONS, SHEETS, YAML, Notation, Snapshot
from releasecal.sources.validate import no_progress, sound_film, validate

_OCTETS = 16
_ID = re.compile("[a-z0-9]+(-[a-z0-9]+)*")


_MEDIA_TYPES = (
    ("json", JSON),
    ("yaml", YAML),
    ("csv", CSV),
    ("tab-separated-values", CSV),
    ("spreadsheet", SHEETS),
    ("excel", SHEETS),
)
"""Notations by a part of the media type."""


def _problems(settings: SourceSettings) -> Sequence[str]:
    missing = [] if settings.address else ['no address (write address = "https://…")']
    found = [*missing, *unknown_options(settings, ("table",))]
    if "docs.google.com/spreadsheets" in settings.address and "/edit" in settings.address:
        remedy = "File > Share > Publish to web, as CSV, gives one that can be read"
        found.append(f"address: people edit the sheet there ({remedy})")
    try:
        TableRecord.model_validate(settings.options.get("table", {}))
    except ValidationError as error:
        place = Place("table")
        for each in error.errors(include_url=False):
            told = messages.problem(each, ("table",), lambda *_, **__: place)
            found.append(f"table: {told.what} ({told.remedy})")
    return found


def _fetch(settings: SourceSettings, before: Fetched | None, client: Client) -> Fetched:
    """
    Return the file at the address of *settings*, all of it right.

    Raises:
        FetchFailed: It did not come, or a part of it is wrong: all problems, each at its place.
    """
    form = _digest(__version__, *_shaping(settings))
    is_known = before is not None and before.memory[:_OCTETS] == form
    reply = client.get(
        settings.address,
        secrets=settings.token.bearer,
        validators=before.validators if before and is_known else {},
        limit=JSON.limit,
    )
    memory = form + _digest(reply.data)
    if before and (reply.is_same or before.memory == memory):
        return replace(
            before,
            validated=client.clock().replace(microsecond=0),
            validators=reply.validators or before.validators,
            next_look=reply.fresh_until,
        )
    lines = _lines(settings, before, reply, client)
    fetched = lines.fetched(before, client.clock(), covers=settings.covers, memory=memory)
    return replace(fetched, validators=reply.validators, next_look=reply.fresh_until)


def _shaping(settings: SourceSettings) -> Sequence[object]:
    """Return the settings that shape a snapshot beside the octets that came."""
    table = settings.options.get("table")
    return settings.id, settings.regions, settings.covers, settings.machine, table


def _lines(
    settings: SourceSettings, before: Fetched | None, reply: Reply, client: Client
) -> FilmLines:
    if client.is_page(reply) or not reply.data.strip():
        raise client.error(Failure.NOT_DATA, f"{client.came(reply)} came")
    notation, layout = _notation(settings, reply), PLAIN
    if notation.is_table:
        declared = TableRecord.model_validate(settings.options.get("table", {}))
        layout = replace(declared.layout(), source=settings.id)
    snapshot = Snapshot(settings.id, notation, reply.data, layout)
    try:
        top = snapshot.parse()
    except DataError as error:
        raise FetchFailed(*error.problems, failure=Failure.INVALID.slug) from error
    if not isinstance(top, dict):
        raise client.error(Failure.NOT_DATA, f"{client.came(reply)} came")
    if notation.is_table:
        return _table_lines(settings, before, snapshot, top)
    result = validate([snapshot], (), no_progress)
    if result.problems:
        raise FetchFailed(*sorted(result.problems), failure=Failure.INVALID.slug)
    return replace(file_lines(settings, top), notes=tuple(result.reading.notes))


def _table_lines(
    settings: SourceSettings, before: Fetched | None, snapshot: Snapshot, top: Mapping[str, Any]
) -> FilmLines:
    """Return the good rows of a table and, if there are bad ones, what was known before."""
    cited = sorted({settings.id, *_cited(top)})
    declared = json.dumps({"sources": [{"id": id_} for id_ in cited]}).encode()
    result = validate([snapshot, Snapshot("settings", JSON, declared)], (), no_progress)
    if result.problems:
        raise FetchFailed(*sorted(result.problems), failure=Failure.INVALID.slug)
    sound = (sound_film(each, settings.id)[0] for each in top["films"])
    films: list[Raw] = [film for film in sound if film.get("releases")]
    if result.reading.left_out and before:
        films = _with_missing(films, films_in(before))
    own = source_row(settings, machine=FILE.machine)
    sources = [own if id_ == settings.id else {"id": id_} for id_ in cited]
    notes = (*result.reading.left_out, *result.reading.notes)
    return replace(film_lines(settings, sources, films, before), notes=notes)


def _cited(part: object) -> Iterator[str]:
    """Yield the ids of the sources that *part* of a table cites."""
    if isinstance(part, list):
        yield from chain.from_iterable(map(_cited, part))
    elif isinstance(part, dict):
        if _ID.fullmatch(str(part.get("source", ""))):
            yield str(part["source"])
        yield from chain.from_iterable(map(_cited, part.values()))


def _with_missing(films: Sequence[Raw], before: Iterable[Raw]) -> list[Raw]:
    """Return *films* with the releases *before* that they lack, of which a bad row may tell."""
    found = {film["id"]: film for film in films}
    for film in before:
        now = found.get(film["id"])
        if now is None:
            found[film["id"]] = film
            continue
        keys = set(map(_key, now["releases"]))
        lacking = [each for each in film.get("releases", ()) if _key(each) not in keys]
        found[film["id"]] = {**now, "releases": [*now["releases"], *lacking]}
    return list(found.values())


def _key(release: Raw) -> tuple[object, ...]:
    return tuple(release.get(name) for name in ("kind", "region", "channel", "number", "label"))


def _notation(settings: SourceSettings, reply: Reply) -> Notation:
    """Return the notation of *reply*: by the address, what the server says, how it begins."""
    ending = PurePosixPath(urlsplit(settings.address).path).suffix.lower()
    if ending in NOTATIONS:
        return NOTATIONS[ending]
    for part, notation in _MEDIA_TYPES:
        if part in reply.media_type:
            return notation
    return JSON if reply.data.lstrip()[:1] == b"{" else YAML


def _digest(*parts: object) -> bytes:
    text = b"".join(part if isinstance(part, bytes) else repr(part).encode() for part in parts)
    return blake2b(text, digest_size=_OCTETS).digest()


FILE = SourceKind(
    name="file",
    recognises=lambda address: address.startswith(("https://", "http://")),
    fetch=_fetch,
    problems=_problems,
    every=timedelta(minutes=15),
    machine=False,
    pace=Pace(patience=timedelta(minutes=10)),
)
"""Data files on the web."""
