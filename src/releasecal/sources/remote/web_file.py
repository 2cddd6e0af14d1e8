"""
A file on the web: a data file, such as /data.json of another releasecal, or a table.

A Google sheet that is published as CSV is one, too. Of a table the bad rows are left out; what
they may have told stays as it was. Calendars are read in the same way (`calendar`).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from hashlib import blake2b
from itertools import chain
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from releasecal import __version__
from releasecal.errors import DataError, FetchFailed, Place
from releasecal.sources.notation.clean_text import utf_8
from releasecal.sources.notation.films_from_calendar import calendar_name
from releasecal.sources.read_result import ReadResult, no_progress
from releasecal.sources.remote.check_of_changed_films import (
    LineOf,
    Marks,
    changes_if_right,
    marks_of,
)
from releasecal.sources.remote.client import Client
from releasecal.sources.remote.failures import Failure
from releasecal.sources.remote.fetched import Fetched, FetchedParts, SnapshotChange
from releasecal.sources.remote.http_messages import Reply
from releasecal.sources.remote.kind import SourceKind, unknown_options
from releasecal.sources.remote.pace import Pace
from releasecal.sources.remote.snapshot_format import (
    FilmLines,
    Raw,
    encode,
    file_lines,
    film_lines,
    films_in,
    sound_lines,
    source_row,
)
from releasecal.sources.remote.source_settings import SourceSettings
from releasecal.sources.schema import messages
from releasecal.sources.schema.base_record import Record
from releasecal.sources.schema.calendar_layout_record import CalendarRecord
from releasecal.sources.schema.table_layout_record import TableRecord
from releasecal.sources.snapshot import (
    CSV,
    ICS,
    JSON,
    NOTATIONS,
    SHEETS,
    YAML,
    Notation,
    Snapshot,
)
from releasecal.sources.validate import sound_film, validate

_OCTETS = 16
_ID = re.compile("[a-z0-9]+(-[a-z0-9]+)*")
_KEY = ("kind", "region", "channel", "number", "label", "place", "event")  # of a release

_MEDIA_TYPES = (
    ("json", JSON),
    ("yaml", YAML),
    ("csv", CSV),
    ("tab-separated-values", CSV),
    ("spreadsheet", SHEETS),
    ("excel", SHEETS),
    ("calendar", ICS),
)
"""Notations by a part of the media type."""


def _problems(settings: SourceSettings) -> Sequence[str]:
    missing = [] if settings.address else ['no address (write address = "https://…")']
    found = [*missing, *unknown_options(settings, ("table",))]
    if "docs.google.com/spreadsheets" in settings.address and "/edit" in settings.address:
        remedy = "File > Share > Publish to web, as CSV, gives one that can be read"
        found.append(f"address: people edit the sheet there ({remedy})")
    told = problems_of_layout(TableRecord, "table", settings.options.get("table", {}))
    return [*found, *(f"table: {problem}" for problem in told)]


def problems_of_layout(shape: type[Record], name: str, given: object) -> Iterator[str]:
    """Yield the problems of the layout *given*, of that *shape* and in the field *name* of files."""
    try:
        shape.model_validate(given)
    except ValidationError as error:
        place = Place(name)
        for each in error.errors(include_url=False):
            told = messages.problem(each, (name,), lambda *_, **__: place)
            yield f"{told.what} ({told.remedy})"


def fetch_file(
    settings: SourceSettings,
    before: Fetched | None,
    client: Client,
    notation: Notation | None = None,
) -> Fetched:
    """
    Return the file at the address of *settings*, all of it right.

    Its notation is *notation*, or else told by its address, its media type or its contents.

    Raises:
        FetchFailed: It did not come, or a part of it is wrong: all problems, each at its place.
    """
    form = _form(settings)
    is_known = before is not None and before.memory[:_OCTETS] == form
    reply = _reply(settings, before.validators if before and is_known else {}, client)
    if before and _is_same(before, reply, form + _digest(reply.data)):
        return _seen_again(before, reply, client)
    snapshot = _snapshot(settings, reply, client, notation)
    return _news(settings, before, reply, client, snapshot)


def fetch_changed_file(
    settings: SourceSettings,
    before: Fetched,
    known: FetchedParts,
    client: Client,
    notation: Notation | None = None,
) -> Fetched | None:
    """
    Return what `fetch_file` does, as differences if these are few; None if the settings are others.

    Raises:
        FetchFailed: As `fetch_file` does.
    """
    form = _form(settings)
    if before.memory[:_OCTETS] != form:
        return None
    reply = _reply(settings, before.validators, client)
    memory = form + _digest(reply.data)
    if _is_same(before, reply, memory):
        return replace(_seen_again(before, reply, client), change=SnapshotChange())
    snapshot = _snapshot(settings, reply, client, notation)
    frame, changed = before.memory[2 * _OCTETS :], None
    line_of = _line_of(settings, known, snapshot)
    if line_of:
        now = client.clock()
        changed = changes_if_right(settings, before, known, frame, snapshot, line_of, now)
    if changed is None:
        return _news(settings, known.whole(before), reply, client, snapshot)
    return replace(
        changed,
        validators=reply.validators,
        memory=memory + frame,
        next_look=reply.fresh_until,
    )


def _line_of(settings: SourceSettings, known: FetchedParts, snapshot: Snapshot) -> LineOf | None:
    """Return how a film of *snapshot* is written down; None if the snapshot has to be made anew for another reason."""
    if not snapshot.notation.is_table:
        return None if _is_shaped(settings) else encode
    try:
        top = snapshot.parse()
    except DataError:
        return None
    is_same = isinstance(top, dict) and known.snapshot.top() == encode(
        {"sources": _table_sources(settings, snapshot, top)}
    )
    return partial(_table_line, settings) if is_same else None


def _is_shaped(settings: SourceSettings) -> bool:
    """Whether the snapshot of a data file is another file than the one that came."""
    return bool(settings.regions or settings.covers or settings.machine is not None)


def _table_line(settings: SourceSettings, film: Raw) -> bytes | None:
    sound, _ = sound_film(film, settings.id)
    told = sound_lines(settings, [sound] if sound.get("releases") else [], ()).lines
    return next(iter(told.values()), None)


def _reply(settings: SourceSettings, validators: Mapping[str, str], client: Client) -> Reply:
    secrets = settings.token.bearer
    return client.get(settings.address, secrets=secrets, validators=validators, limit=JSON.limit)


def _is_same(before: Fetched, reply: Reply, memory: bytes) -> bool:
    """Whether *reply*, of which a look would keep this *memory*, is what came *before*."""
    return reply.is_same or before.memory[: len(memory)] == memory


def _seen_again(before: Fetched, reply: Reply, client: Client) -> Fetched:
    """Return the outcome *before*, seen to be so again in *reply*."""
    return replace(
        before,
        validated=client.clock().replace(microsecond=0),
        validators=reply.validators or before.validators,
        next_look=reply.fresh_until,
    )


def _news(
    settings: SourceSettings,
    before: Fetched | None,
    reply: Reply,
    client: Client,
    snapshot: Snapshot,
) -> Fetched:
    """Return the outcome of a look that makes all of *snapshot* anew."""
    lines, marks = _lines(settings, before, snapshot, reply, client)
    memory = _form(settings) + _digest(reply.data) + marks.frame
    fetched = lines.fetched(before, client.clock(), covers=settings.covers, memory=memory)
    return replace(
        fetched,
        remembered=marks.films,
        validators=reply.validators,
        next_look=reply.fresh_until,
    )


def _form(settings: SourceSettings) -> bytes:
    """Return a digest of what shapes a snapshot beside the octets that came."""
    options = sorted(settings.options.items())
    shaping = (settings.id, settings.regions, settings.covers, settings.machine, options)
    return _digest(__version__, *shaping)


def _snapshot(
    settings: SourceSettings, reply: Reply, client: Client, notation: Notation | None
) -> Snapshot:
    """
    Return *reply* as it is to be read.

    Raises:
        FetchFailed: It is none of what we read.
    """
    if client.is_page(reply) or not reply.data.strip():
        raise client.error(Failure.NOT_DATA, f"{client.came(reply)} came")
    snapshot = _laid_out(settings, reply, notation or _notation(settings, reply))
    if snapshot.notation is ICS and notation is None:
        raise client.error(Failure.NOT_DATA, "a calendar came", 'type = "ics" reads it')
    return snapshot


def _lines(
    settings: SourceSettings,
    before: Fetched | None,
    snapshot: Snapshot,
    reply: Reply,
    client: Client,
) -> tuple[FilmLines, Marks]:
    try:
        top = snapshot.parse()
    except DataError as error:
        raise FetchFailed(*error.problems, failure=Failure.INVALID.slug) from error
    if not isinstance(top, dict):
        raise client.error(Failure.NOT_DATA, f"{client.came(reply)} came")
    if snapshot.notation.is_table:
        lines = _table_lines(settings, before, snapshot, top)
        return lines, Marks() if lines.notes else marks_of(snapshot, top)
    result = _right([snapshot])
    lines = replace(file_lines(settings, top), notes=tuple(result.reading.notes))
    return lines, Marks() if _is_shaped(settings) else marks_of(snapshot, top)


def _laid_out(settings: SourceSettings, reply: Reply, notation: Notation) -> Snapshot:
    """Return *reply* in *notation*, to be read as *settings* declare."""
    snapshot = Snapshot(settings.id, notation, reply.data)
    if notation is ICS:
        calendar = CalendarRecord.model_validate(settings.options).layout()
        return replace(snapshot, calendar=replace(calendar, source=settings.id))
    if notation.is_table:
        declared = TableRecord.model_validate(settings.options.get("table", {}))
        return replace(snapshot, layout=replace(declared.layout(), source=settings.id))
    return snapshot


def _table_lines(
    settings: SourceSettings, before: Fetched | None, snapshot: Snapshot, top: Mapping[str, Any]
) -> FilmLines:
    """Return the good parts of a table and, if there are bad ones, what was known before."""
    sources = _table_sources(settings, snapshot, top)
    declared = json.dumps({"sources": [{"id": source["id"]} for source in sources]}).encode()
    result = _right([snapshot, Snapshot("settings", JSON, declared)])
    sound = (sound_film(each, settings.id)[0] for each in top["films"])
    films: list[Raw] = [film for film in sound if film.get("releases")]
    if result.reading.left_out and before:
        films = _with_missing(films, films_in(before))
    notes = (*result.reading.left_out, *result.reading.notes)
    return replace(film_lines(settings, sources, films, before), notes=notes)


def _table_sources(
    settings: SourceSettings, snapshot: Snapshot, top: Mapping[str, Any]
) -> Sequence[Raw]:
    """Return the sources of a table: its own, and those that it cites."""
    own = source_row(settings, machine=FILE.machine, title=_title(snapshot))
    cited = sorted({settings.id, *_cited(top)})
    return [own if id_ == settings.id else {"id": id_} for id_ in cited]


def _right(snapshots: Sequence[Snapshot]) -> ReadResult:
    """
    Return the facts of *snapshots*.

    Raises:
        FetchFailed: They break the rules.
    """
    result = validate(snapshots, (), no_progress)
    if result.problems:
        raise FetchFailed(*sorted(result.problems), failure=Failure.INVALID.slug)
    return result


def _title(snapshot: Snapshot) -> str:
    """Return the name that a calendar gives itself; a table has none."""
    if snapshot.notation is not ICS:
        return ""
    return calendar_name(utf_8(snapshot.data, snapshot.origin), snapshot.origin)


def _cited(part: object) -> Iterator[str]:
    """Yield the ids of the sources that *part* of a table cites."""
    if isinstance(part, list):
        yield from chain.from_iterable(map(_cited, part))
    elif isinstance(part, dict):
        if _ID.fullmatch(str(part.get("source", ""))):
            yield str(part["source"])
        yield from chain.from_iterable(map(_cited, part.values()))


def _with_missing(films: Sequence[Raw], before: Iterable[Raw]) -> list[Raw]:
    """
    Return *films* with the releases *before* that they lack, of which a bad part may tell.

    An event of a calendar is the same one, whatever else has changed.
    """
    found = {film["id"]: film for film in films}
    events = {each["event"] for film in films for each in film["releases"] if "event" in each}
    for film in before:
        now = found.get(film["id"], {**film, "releases": (), "was": ()})
        keys = set(map(_key, now["releases"]))
        lacking = [
            each
            for each in film.get("releases", ())
            if _key(each) not in keys and each.get("event") not in events
        ]
        if lacking:
            merged = {**now, "releases": [*now["releases"], *lacking]}
            had = [old for old in film.get("was", ()) if old not in events]
            was = list(dict.fromkeys([*now.get("was", ()), *had]))
            found[film["id"]] = merged | ({"was": was} if was else {})
    return list(found.values())


def _key(release: Raw) -> tuple[object, ...]:
    return tuple(release.get(name) for name in _KEY)


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
    fetch=fetch_file,
    problems=_problems,
    every=timedelta(minutes=15),
    machine=False,
    pace=Pace(patience=timedelta(minutes=10)),
    fetch_changes=fetch_changed_file,
)
"""Data files on the web."""
