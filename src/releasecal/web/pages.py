"""Pages for people."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from ipaddress import ip_address
from itertools import groupby
from urllib.parse import quote, urlencode, urlsplit

from flask import Blueprint, Response, abort, render_template, request, url_for

from releasecal.changes import Change, ChangeKind, date_in_words, describe, tell
from releasecal.config import Settings
from releasecal.dates import PartialDate, Precision
from releasecal.editions import Entry
from releasecal.feeds import EVERYTHING, PARAMETERS, Feed, FeedSpec
from releasecal.models import WORLD, Certainty, Film, ReleaseKind, Revision, Source, Status
from releasecal.regions import regions
from releasecal.store import Store
from releasecal.web.site import Site

_MOST = 100  # lines of a list on a page; the feed has them all
_MOST_CHANGES = 8
_CHANGES_LOOKED_AT = 200  # a film that is new is no change of a date
_RECENT = 8  # lines of what is past that are not folded away

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)

_OPEN = {
    Certainty.TENTATIVE: "Tentative",
    Certainty.ESTIMATED: "Estimated",
    Certainty.DERIVED: "Derived, not announced",
}
_OVER = {
    Status.CANCELLED: "Cancelled",
    Status.WITHDRAWN: "Withdrawn",
    Status.SCHEDULED: "No longer on this day",
}


@dataclass(frozen=True, slots=True)
class Subscription:
    """
    The ways to subscribe to the feed at *https*, an absolute address.

    Attributes:
        name: What the calendar is to be called.
    """

    https: str
    name: str

    @property
    def webcal(self) -> str:
        """Opens the subscribe sheet on Apple's systems, and Thunderbird."""
        return "webcal:" + self.https.partition(":")[2]

    @property
    def google(self) -> str:
        """Adds it to Google Calendar on a desktop; Google wants *webcal* inside."""
        return f"https://calendar.google.com/calendar/r?cid={quote(self.webcal, safe='')}"

    @property
    def google_by_hand(self) -> str:
        """Where Google Calendar takes an address that was copied."""
        return "https://calendar.google.com/calendar/u/0/r/settings/addbyurl"

    @property
    def outlook_live(self) -> str:
        """Adds it to Outlook.com."""
        return self._outlook("outlook.live.com")

    @property
    def outlook_office(self) -> str:
        """Adds it to Outlook of Microsoft 365."""
        return self._outlook("outlook.office.com")

    @property
    def download(self) -> str:
        """A copy that does not follow when dates move."""
        return f"{self.https}{'&' if urlsplit(self.https).query else '?'}download=1"

    @property
    def is_private(self) -> bool:
        """Whether only this machine or network reaches it, and Google's does not."""
        host = urlsplit(self.https).hostname or ""
        try:
            return ip_address(host).is_private
        except ValueError:
            return "." not in host or host.endswith((".local", ".lan", ".internal"))

    def _outlook(self, host: str) -> str:
        query = urlencode({"url": self.https, "name": self.name}, quote_via=quote)
        return f"https://{host}/calendar/0/addfromweb?{query}"


@dataclass(frozen=True, slots=True)
class Line:
    """
    An entry where a page lists it.

    Attributes:
        when: What it stands under; None where no date is known.
        is_off: Whether *when* is a day it no longer happens on.
        marks: What is not certain about it, in words.
    """

    entry: Entry
    when: PartialDate | None
    is_off: bool
    marks: tuple[str, ...]

    @classmethod
    def all(cls, feed: Feed) -> "tuple[Line, ...]":
        """Return the dated entries of *feed*, each under the day its event has, then the vague."""
        dated = [
            cls(entry, entry.shown, entry.is_off, _notices(entry, feed.today))
            for entry in feed.entries
        ]
        vague = [
            cls(entry, entry.current.when, is_off=False, marks=_marks(entry, feed.today))
            for entry in feed.undated
        ]
        return (*dated, *vague)

    @property
    def is_dated(self) -> bool:
        """Whether it stands under a day."""
        return self.when is not None and self.when.is_day


@dataclass(frozen=True, slots=True)
class Group:
    """The *lines* of one month or year, which is *when*; never empty."""

    when: PartialDate
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """
    A feed as people read it.

    Attributes:
        coming: By month, next first; today counts.
        undated: Those without a day, the best known first.
        recent: What is past, by year, latest first.
        earlier: What is past beyond that, in the same order.
        left_out: How many lines are in none of these, for the page would get too long.
    """

    coming: tuple[Group, ...]
    undated: tuple[Line, ...]
    recent: tuple[Group, ...]
    earlier: tuple[Group, ...]
    left_out: int

    @classmethod
    def of(cls, feed: Feed) -> "Timeline":
        """Sort the entries of *feed* as seen on its day."""
        lines = sorted(Line.all(feed), key=_vagueness)
        past = [line for line in lines if _is_past(line, feed.today)][::-1]
        ahead = [line for line in lines if not _is_past(line, feed.today)]
        coming = [line for line in ahead if line.is_dated]
        undated = [line for line in ahead if not line.is_dated]
        return cls(
            coming=_grouped(coming[:_MOST], Precision.MONTH),
            undated=tuple(undated[:_MOST]),
            recent=_grouped(past[:_RECENT], Precision.YEAR),
            earlier=_grouped(past[_RECENT:_MOST], Precision.YEAR),
            left_out=sum(max(0, len(lines) - _MOST) for lines in (coming, undated, past)),
        )


def blueprint(site: Site) -> Blueprint:
    """Return the pages."""
    routes = Blueprint("pages", __name__)
    for name, function in _FILTERS.items():
        routes.add_app_template_filter(function, name)
    routes.app_context_processor(lambda: {"name": site.publisher.imprint.name})
    routes.after_app_request(_guarded)
    store = site.publisher.store

    @routes.get("/")
    def index() -> Response:
        feed = _feed(site, "/calendar", EVERYTHING)
        return _page(
            site,
            "index.html",
            feed,
            changes=_moves(store.changes(limit=_CHANGES_LOOKED_AT)),
            sources=_cited(feed),
            parameters=PARAMETERS,
        )

    @routes.get("/films/<film_id>")
    def film(film_id: str) -> Response:
        found = store.film(film_id)
        if found is None:
            abort(404, f"There is no film {film_id!r} here.")
        feed = _feed(site, f"/films/{film_id}", FeedSpec(film=(film_id,)))
        own, others = _divided(feed, film_id)
        return _page(
            site,
            "film.html",
            feed,
            film=found,
            follows=store.titles([found.follows]),
            sequels=store.sequels(film_id),
            own=own,
            openings=others,
            sources=_sources(store, found, own),
            movie=_movie(found, own),
        )

    @routes.get("/series/<series_id>")
    def series(series_id: str) -> Response:
        title = store.series(series_id)
        if title is None:
            abort(404, f"There is no series {series_id!r} here.")
        feed = _feed(site, f"/series/{series_id}", FeedSpec(series=(series_id,)))
        return _page(site, "series.html", feed, title=title, sources=_cited(feed))

    @routes.get("/robots.txt")
    def robots() -> Response:
        # Google Calendar obeys it: feeds must be allowed.
        return Response("User-agent: *\nAllow: /\n", content_type="text/plain; charset=utf-8")

    return routes


def _feed(site: Site, path: str, spec: FeedSpec) -> Feed:
    publisher = site.publisher
    today = publisher.clock().date()
    return publisher.store.select(spec, path=path, imprint=publisher.imprint, today=today)


def _page(site: Site, template: str, feed: Feed, **values: object) -> Response:
    response = Response(
        render_template(
            template,
            feed=feed,
            timeline=Timeline.of(feed),
            subscription=Subscription(_address(site, feed), feed.title),
            problems=site.publisher.health.problems,
            **values,
        ),
        content_type="text/html; charset=utf-8",
    )
    response.add_etag()
    response.cache_control.no_cache = True
    response.make_conditional(request)
    return response


def _guarded(response: Response) -> Response:
    """Return *response*; a page, an error's too, may load nothing that is not ours."""
    if response.mimetype == "text/html":
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _address(site: Site, feed: Feed) -> str:
    """
    Return the feed's address as this visitor can reach it.

    An operator who has set the public address knows it; otherwise it is where the
    visitor found the page, on the home network perhaps.
    """
    url = site.publisher.imprint.url
    if url == Settings().public_url:
        url = request.host_url.rstrip("/")
    return f"{url}{quote(feed.path)}.ics"  # its path selects all that a page's feed has


def _divided(feed: Feed, film: str) -> tuple[list[Entry], list[Line]]:
    """Return the entries of *film*, each once, and the lines of what follows it."""
    own = {
        entry.key: entry
        for entry in (*feed.entries, *feed.undated)
        if entry.key.film == film  # a day that fell through is listed with the undated too
    }
    return list(own.values()), [line for line in Line.all(feed) if line.entry.key not in own]


def _is_past(line: Line, today: date) -> bool:
    return line.when is not None and line.when.after <= today


def _vagueness(line: Line) -> tuple[date, timedelta]:
    """Sort by the last day that is meant, of equals the best known first; no date is last."""
    when = line.when
    return (when.after, date.max - when.first) if when else (date.max, timedelta.max)


def _grouped(lines: Iterable[Line], precision: Precision) -> tuple[Group, ...]:
    """Return *lines*, which have dates, under their months or years, in the same order."""

    def heading(line: Line) -> PartialDate:
        assert line.when is not None
        part = line.when.part if precision is Precision.MONTH else 0
        return PartialDate(line.when.year, precision, part)

    return tuple(Group(when, tuple(some)) for when, some in groupby(lines, heading))


def _moves(changes: Iterable[Change]) -> list[Change]:
    """Return those of *changes* that moved something which was known."""
    return [change for change in changes if change.kind is not ChangeKind.ADDED][:_MOST_CHANGES]


def _cited(feed: Feed) -> Sequence[Source]:
    """Return the sources that *feed* cites, each once, by title."""
    cited = {
        source.id: source
        for entry in (*feed.entries, *feed.undated)
        for source in entry.facts.sources
    }
    return sorted(cited.values(), key=lambda source: (source.title, source.id))


def _sources(store: Store, film: Film, own: Iterable[Entry]) -> Mapping[str, Source]:
    """Return by id what *film* and its entries cite, in the order of the page."""
    ids = [source.id for entry in own for source in entry.facts.sources]
    ids += [window.source for window in film.windows]
    ids += [film.production.source] if film.production else []
    ids += [note.source for note in film.notes]
    ids += [title.source for title in film.titles]
    ids += [film.source]
    found = {id_: store.source(id_) for id_ in dict.fromkeys(ids) if id_}
    return {id_: source for id_, source in found.items() if source}


def _movie(film: Film, own: Iterable[Entry]) -> Mapping[str, object]:
    """Return *film* as schema.org's Movie, with what has been announced of its releases."""
    return {
        "@context": "https://schema.org",
        "@type": "Movie",
        "name": film.title,
        "alternateName": [title.title for title in film.titles],
        "genre": list(film.genres),
        "actor": [{"@type": "Person", "name": role.name} for role in film.cast],
        "isPartOf": [{"@type": "MovieSeries", "name": place.title} for place in film.series],
        "releasedEvent": [_event(entry) for entry in own if _is_announced(entry)],
    }


def _is_announced(entry: Entry) -> bool:
    """Whether there is a date that schema.org can say: ISO 8601 knows no seasons."""
    current = entry.current
    is_said = bool(current.when and _machine(current.when))
    return is_said and not current.status.is_over and current.certainty is Certainty.CONFIRMED


def _event(entry: Entry) -> Mapping[str, object]:
    place = _region(entry.key.region)
    return {
        "@type": "PublicationEvent",
        "name": entry.facts.release.kind.category,
        "startDate": str(entry.current.when),
        **({"location": {"@type": "Country", "name": place}} if place else {}),
    }


def _machine(when: PartialDate) -> str:
    """Return what ``<time datetime>`` takes; nothing for quarters and seasons."""
    is_iso = when.precision in (Precision.DAY, Precision.MONTH, Precision.YEAR)
    return str(when) if is_iso else ""


def _region(code: str) -> str:
    """Return what people call a region; nothing for the world."""
    return "" if code == WORLD else regions().get(code, code)


def _story(entry: Entry) -> tuple[str, ...]:
    """Return an entry's history, newest first."""
    return tell(entry.facts.release.history, dict(entry.facts.titles))[::-1]


def _news(entry: Entry) -> tuple[str, ...]:
    """Return an entry's history, newest first; nothing if it only repeats the date."""
    story = _story(entry)
    if len(story) > 1:
        return story
    is_plain = story == (describe(None, entry.current),)
    return () if is_plain or entry.current.certainty is Certainty.DERIVED else story


def _marks(entry: Entry, today: date) -> tuple[str, ...]:
    """Return what is to be known about *entry*'s date on the civil day *today*, in words."""
    if entry.current.status.is_over:
        return (_OVER[entry.current.status],)
    derivation = entry.facts.release.derivation
    marks = {
        "Moved": entry.is_marked(today),
        "Overdue, no day known": entry.is_overdue(today),
        "Disputed": derivation is not None and derivation.window.disputed,
    }
    return (*_doubts(entry.current), *(mark for mark, is_so in marks.items() if is_so))


def _notices(entry: Entry, today: date) -> tuple[str, ...]:
    """Return the marks of *entry* where it stands under a day, which may be off."""
    return (_OVER[entry.current.status],) if entry.is_off else _marks(entry, today)


def _doubts(revision: Revision) -> list[str]:
    """Return how *revision* is uncertain, in words; empty if it is not."""
    return [_OPEN[revision.certainty]] if revision.certainty in _OPEN else []


def _standing(entry: Entry) -> PartialDate | None:
    """Return the date that is in force, or the one that fell through."""
    return entry.shown if entry.current.status.is_over else entry.current.when


def _capital(text: str) -> str:
    """Return *text* with a capital first letter, and the rest as it is."""
    return text[:1].upper() + text[1:]


def _followed(entry: Entry) -> str:
    """Return the title of the film that *entry*'s follows."""
    return dict(entry.facts.titles).get(entry.facts.follows, entry.facts.follows)


def _is_link(url: str) -> bool:
    """Whether *url* leads to a page, and does not run anything."""
    return url.startswith(("https://", "http://"))


def _path(film: str) -> str:
    return url_for("pages.film", film_id=film)


_FILTERS: Mapping[str, Callable[..., object]] = {
    "capital": _capital,
    "date_in_words": date_in_words,
    "doubts": _doubts,
    "film_path": _path,
    "followed": _followed,
    "is_link": _is_link,
    "kind": ReleaseKind.from_slug,
    "machine": _machine,
    "marks": _marks,
    "news": _news,
    "region": _region,
    "standing": _standing,
    "story": _story,
}
