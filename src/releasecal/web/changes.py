"""What moved, newest first: a page for people, Atom for readers, JSON for programs."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import partial
from http import HTTPStatus
from itertools import groupby
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, request

from releasecal.dates import PartialDate, timestamp
from releasecal.errors import SelectionError, StoreError, nearest
from releasecal.feeds import PARAMETERS
from releasecal.formats import atom
from releasecal.models import Revision
from releasecal.regions import regions
from releasecal.store import Log, LogSpec, Record
from releasecal.web.calendars import DocumentResponse
from releasecal.web.pages import answer, render
from releasecal.web.pages.shelf import Moment, Shelf
from releasecal.web.site import Site

_MOST = 200  # changes in an answer; it names the address of the next ones
_MOST_DIGITS = 15  # of a number that every database can compare

Known = Callable[[str], bool]

_log = logging.getLogger(__name__)


def blueprint(site: Site) -> Blueprint:
    """Return ``/changes``, ``/changes.atom`` and ``/changes.json``."""
    routes = Blueprint("changes", __name__)
    shelf = Shelf(site)

    @routes.get("/changes")
    def page() -> Response:
        spec = _spec(site.publisher.known)
        return answer(site, shelf, f"/changes?{_query(spec)}", partial(_page, site, spec))

    @routes.get("/changes.atom")
    def atom_() -> Response:
        return _answer(site, shelf, _atom, atom.CONTENT_TYPE)

    @routes.get("/changes.json")
    def json_() -> Response:
        return _answer(site, shelf, _json, "application/json")

    return routes


def _spec(known: Mapping[str, Known]) -> LogSpec:
    """
    Return what the request asks for.

    Raises:
        SelectionError: With a message that says what would do.
    """
    given: dict[str, list[str]] = {}
    for name, value in request.args.items(multi=True):
        if name in _READERS:
            given.setdefault(name, []).append(value)
        elif name in PARAMETERS:
            raise SelectionError(f"{name}: narrows calendars, not changes (try {_NAMES})")
        elif len(name) > 3 and get_close_matches(name.casefold(), _READERS, n=1, cutoff=0.75):
            raise SelectionError(f"unknown parameter {name!r} ({nearest(name, _READERS)})")
    values = {
        name: _READERS[name](name, ",".join(texts), known.get(name, bool))
        for name, texts in given.items()
    }
    return LogSpec(**values)  # type: ignore[arg-type]  # the readers fit the fields


def _before(name: str, text: str, _: Known) -> int:
    if not _is_number(text):
        raise SelectionError(f"{name}: not the id of a change: {text[:40]!r} (as in {name}=100)")
    return int(text)


def _since(name: str, text: str, _: Known) -> int | datetime:
    if _is_number(text):
        return int(text)
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))  # as a plus in a query arrives
        if moment.tzinfo:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # told below, with what would do
    raise SelectionError(
        f"{name}: neither a moment with its zone nor the number of an edition: {text[:40]!r} "
        f"(as in {name}=2026-11-22T09:30:00Z or {name}=12)"
    )


def _added(name: str, text: str, _: Known) -> bool:
    if text not in ("0", "1"):
        raise SelectionError(f"{name}: neither 1 nor 0: {text[:40]!r} (as in {name}=1)")
    return text == "1"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


_READERS: Mapping[str, Callable[[str, str, Known], object]] = {
    **{name: PARAMETERS[name].read for name in ("film", "series", "region")},
    "before": _before,
    "since": _since,
    "added": _added,
}
"""The parameters of changes, by name: each a field of `LogSpec`, and how it is read."""

_NAMES = ", ".join(_READERS)


def _query(spec: LogSpec) -> str:
    """Return the canonical query: sorted, without what is not limited."""
    texts = {name: _text(value) for name, value in sorted(asdict(spec).items())}
    return urlencode(
        {name: text for name, text in texts.items() if text}, safe=",", quote_via=quote
    )


def _text(value: object) -> str:
    match value:
        case tuple():
            return ",".join(value)
        case datetime():
            return timestamp(value)
        case bool():
            return "1" if value else ""
        case _:
            return "" if value is None else str(value)


def _older(spec: LogSpec, log: Log) -> str:
    """Return the query of the changes before those in *log*; empty if there are none."""
    return _query(replace(spec, before=log.records[-1].id)) if log.has_more else ""


def _narrowed(site: Site, spec: LogSpec) -> list[str]:
    """Return the names of what *spec* selects; empty for everything."""
    facts = site.publisher.store
    titles = [*facts.titles(spec.film).values()] if spec.film else []
    titles += [facts.series(id_) or id_ for id_ in spec.series]
    return titles + [regions().get(code, code) for code in spec.region]


def _page(site: Site, spec: LogSpec, moment: Moment) -> str:
    log = site.publisher.store.log(spec, most=_MOST)
    days = groupby(log.records, lambda record: record.change.at.date())
    return render(
        site,
        moment,
        "changes.html",
        days=[(PartialDate.of_day(day), list(records)) for day, records in days],
        of=_narrowed(site, spec),
        narrowed=_selection(spec),
        older=_older(spec, log),
        sources=log.sources,
    )


def _selection(spec: LogSpec) -> Mapping[str, str]:
    lists = {"film": spec.film, "series": spec.series, "region": spec.region}
    return {name: ",".join(values) for name, values in lists.items() if values}


def _atom(site: Site, spec: LogSpec, moment: Moment) -> bytes:
    imprint = site.publisher.imprint
    log = site.publisher.store.log(spec, most=_MOST)
    changes = tuple((record.id, record.change) for record in log.records)
    return atom.render(
        atom.Bulletin(
            imprint,
            title=" · ".join([f"{imprint.name}: changes", *_narrowed(site, spec)]),
            query=_query(spec),
            changes=changes,
            sources=log.sources,
            updated=changes[0][1].at if changes else moment.head.published,
            older=_older(spec, log),
        )
    )


def _json(site: Site, spec: LogSpec, _: Moment) -> bytes:
    log = site.publisher.store.log(spec, most=_MOST)
    address = f"{site.publisher.imprint.url}/changes.json"
    query, older = _query(spec), _older(spec, log)
    document = {
        "url": f"{address}?{query}" if query else address,
        "next": f"{address}?{older}" if older else None,
        "changes": [_item(site, record) for record in log.records],
    }
    return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"


def _item(site: Site, record: Record) -> Mapping[str, object]:
    change, imprint = record.change, site.publisher.imprint
    return {
        "id": record.id,
        "edition": record.edition,
        "at": timestamp(change.at),
        "release": imprint.uid(change.key),
        "film": change.key.film,
        "title": change.title,
        "change": change.kind.value,
        "in_words": change.in_words,
        "old": _edtf(change.old),
        "new": _edtf(change.new),
        "reason": change.new.reason or None,
        "source": change.new.source or None,
        "url": imprint.page(change.key.film),
    }


def _edtf(revision: Revision | None) -> str | None:
    return revision.when.edtf if revision and revision.when else None


def _answer(
    site: Site,
    shelf: Shelf,
    make: Callable[[Site, LogSpec, Moment], bytes],
    content_type: str,
) -> Response:
    spec = _spec(site.publisher.known)
    try:
        key = request.path, _query(spec)
        document = shelf.get(key, content_type, partial(make, site, spec))
    except StoreError as error:
        _log.error("%s", error)  # its details are nobody else's
        return _unavailable()
    response = DocumentResponse(document.body, content_type=content_type)
    response.set_etag(document.etag)
    response.last_modified = document.changed
    response.cache_control.public = True
    response.cache_control.max_age = site.max_age
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.make_conditional(request)
    return response


def _unavailable() -> Response:
    """Return that there is no database, as plain text whatever the client would like to read."""
    text = "The database cannot be used now. Please try again in a minute.\n"
    response = Response(
        text, HTTPStatus.SERVICE_UNAVAILABLE, content_type="text/plain; charset=utf-8"
    )
    response.cache_control.no_store = True
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Retry-After"] = "60"
    return response
