"""A file on the web: a data file in YAML or JSON, such as /data.json of another releasecal."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import blake2b
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from releasecal import __version__
from releasecal.errors import DataError, FetchFailed
from releasecal.sources.remote.client import Client, Pace, Reply
from releasecal.sources.remote.failures import Failure
from releasecal.sources.remote.fetched import Fetched, SourceSettings
from releasecal.sources.remote.film_lines import FilmLines, file_lines
from releasecal.sources.remote.kind import SourceKind, unknown_options
from releasecal.sources.snapshot import JSON, NOTATIONS, YAML, Notation, Snapshot
from releasecal.sources.validate import no_progress, validate

_OCTETS = 16


def _problems(settings: SourceSettings) -> Sequence[str]:
    missing = [] if settings.address else ['no address (write address = "https://…")']
    return [*missing, *unknown_options(settings, ())]


def _fetch(settings: SourceSettings, before: Fetched | None, client: Client) -> Fetched:
    """
    Return the file at the address of *settings*, all of it right.

    Raises:
        FetchFailed: It did not come, or a part of it is wrong: all problems, each at its place.
    """
    form = _digest(__version__, settings.regions, settings.covers, settings.machine)
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
    lines = _lines(
        settings, Snapshot(settings.id, _notation(settings, reply), reply.data), reply, client
    )
    fetched = lines.fetched(before, client.clock(), covers=settings.covers, memory=memory)
    return replace(fetched, validators=reply.validators, next_look=reply.fresh_until)


def _lines(settings: SourceSettings, snapshot: Snapshot, reply: Reply, client: Client) -> FilmLines:
    try:
        top = snapshot.parse()
    except DataError as error:
        if client.is_page(reply) or not reply.data.strip():
            raise client.error(Failure.NOT_DATA, f"{client.came(reply)} came") from error
        raise FetchFailed(*error.problems, failure=Failure.INVALID.slug) from error
    if not isinstance(top, dict):
        raise client.error(Failure.NOT_DATA, f"{client.came(reply)} came")
    result = validate([snapshot], (), no_progress)
    if result.problems:
        raise FetchFailed(*sorted(result.problems), failure=Failure.INVALID.slug)
    return replace(file_lines(settings, top), notes=tuple(result.reading.notes))


def _notation(settings: SourceSettings, reply: Reply) -> Notation:
    """Return the notation of *reply*: by the address, what the server says, how it begins."""
    ending = PurePosixPath(urlsplit(settings.address).path).suffix.lower()
    if ending in NOTATIONS:
        return NOTATIONS[ending]
    is_json = reply.media_type.endswith("json") or reply.data.lstrip()[:1] == b"{"
    return JSON if is_json else YAML


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
