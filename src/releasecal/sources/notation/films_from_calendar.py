"""
Calendars: a VEVENT is a release of a film, by rules of words.

A festival or a cinema writes for people: "Premiere: Harbour Light (OmU)". Rules tell which words
mean which kind, country or channel, and words that a rule finds are no part of the title. Words
are compared as whole words, without capitals; they are lists, for a pattern of one character too
many would empty a calendar. A UID is the identity of an event, whatever its day and its title.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from functools import cache
from hashlib import blake2b
from html import unescape
from pathlib import PurePath

from releasecal.core.graphemes import cut
from releasecal.core.models import UNKNOWN, slugify
from releasecal.core.value_classes import dataclass
from releasecal.errors import Place, Problem
from releasecal.sources.notation.calendar_events import (
    CalendarEvent,
    day_of,
    last_day,
    read,
    zone_of,
)
from releasecal.sources.notation.clean_text import shown, tidy
from releasecal.sources.notation.films_from_table import film_id
from releasecal.sources.notation.placed_values import Node, Placed, Table, plain

FIELDS = ("kind", "region", "channel", "label", "version", "film")
"""The facts that rules, and a calendar's layout as a whole, can give to an event."""

WHERE: Mapping[str, str] = {
    "summary": "SUMMARY",
    "categories": "CATEGORIES",
    "location": "LOCATION",
    "description": "DESCRIPTION",
}
"""The properties in which rules look for words, by their names in settings."""

_REPEATING = ("RRULE", "RDATE", "RECURRENCE-ID")
_WITH_TICKETS = ("premiere", "preview")
_MAX_NAME, _MAX_NOTE, _MAX_ADDRESS = 200, 1_000, 2_000  # characters
_MAX_PREFIX = 40
_MAX_FORMER = 50  # ids of a film
_MAX_LINKS = 5
_EDGES = " \t-–—:|,;/·•*+~"  # which stand between a title and a word that was taken out
_EMPTY_BRACKETS = re.compile(r"\(\s*[-–,;/·&+\s]*\)|\[\s*[-–,;/·&+\s]*\]")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_REFS = {
    "imdb": re.compile(r"imdb\.com/(?:[a-z]{2}/)?title/(tt[0-9]{7,10})(?![0-9])"),
    "tmdb": re.compile(r"themoviedb\.org/movie/([1-9][0-9]{0,9})(?![0-9])"),
    "wikidata": re.compile(r"wikidata\.org/(?:wiki|entity)/(Q[1-9][0-9]{0,11})(?![0-9])"),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """
    A rule: an event with one of *words* has these facts.

    Attributes:
        where: The properties, of `WHERE`, in which they are looked for.
        facts: By name, of `FIELDS`.
        skip: Whether such an event is no release at all.
    """

    words: tuple[str, ...]
    where: tuple[str, ...] = ("summary", "categories")
    facts: Mapping[str, str] = field(default_factory=dict)
    skip: bool = False


@dataclass(frozen=True, slots=True)
class CalendarLayout:
    """
    The way in which a calendar tells of films.

    Attributes:
        facts: Of events for which no rule has them, by name.
        zone: Of instants in UTC and of times without a zone; empty for the calendar's own.
        source: Id of the source of its events; films without an id are called after it.
        title_after: Words after which the title begins.
        title_before: Words before which it ends.
        rules: The first one that has a fact decides it.
    """

    facts: Mapping[str, str] = field(default_factory=dict)
    zone: str = ""
    source: str = ""
    title_after: tuple[str, ...] = ()
    title_before: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()


ANY_CALENDAR = CalendarLayout()
"""The layout of a calendar of which nothing is known."""


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Return the pattern of whole *words*, in which any white space is like any other."""

    def one(word: str) -> str:
        text = r"\s+".join(map(re.escape, word.split()))
        before = r"(?<!\w)" if word[:1].isalnum() else ""
        return before + text + (r"(?!\w)" if word[-1:].isalnum() else "")

    return re.compile("|".join(map(one, sorted(words, key=len, reverse=True))), re.IGNORECASE)


def read_calendar(text: str, origin: str, layout: CalendarLayout) -> Table:
    """
    Return the films that the calendar in *text* tells of.

    Raises:
        DataError: It is no calendar, or it is cut short.
    """
    head, events = read(text, origin)
    reader = _EventReader(origin, layout, head)
    for event in events:
        reader.take(event)
    return reader.table()


def calendar_name(text: str, origin: str) -> str:
    """Return the name that the calendar in *text* gives itself; empty if it has none."""
    head, _ = read(text, origin)
    return cut(tidy(head.text("NAME") or head.text("X-WR-CALNAME")), _MAX_NAME)


class _BadEventError(Exception):
    """An event is left out; its arguments are a line, what is wrong, and a remedy."""


class _EventReader:
    """Takes events one by one, and keeps films, notes and the events that are left out."""

    def __init__(self, origin: str, layout: CalendarLayout, head: CalendarEvent) -> None:
        self._origin = origin
        self._layout = layout
        self._zone = layout.zone or zone_of(head.text("X-WR-TIMEZONE"))
        stem = slugify(PurePath(origin).stem).encode("ascii", "ignore").decode().strip("-")
        self._prefix = (layout.source or stem or "calendar")[:_MAX_PREFIX].strip("-")
        self._films: dict[str, dict[str, Node]] = {}
        self._lines: dict[str, int] = {}  # of events, by their ids
        self._slips: list[Problem] = []
        self._remarks: list[Problem] = []
        self._unruled: list[Problem] = []

    def take(self, event: CalendarEvent) -> None:
        """Add the release that *event* is, if it is one."""
        summary = tidy(event.text("SUMMARY"))
        if repeating := next((name for name in _REPEATING if name in event.properties), ""):
            self._refuse_repeating(event, repeating, summary)
            return
        said, title = _by_rules(event, summary, self._layout)
        if said and "kind" in said:
            self._take_release(event, summary, title, said)
        elif said is not None:
            what = f"no rule gives a kind: {shown(summary)}"
            self._unruled.append(self._problem(event.line, what))

    def _take_release(
        self, event: CalendarEvent, summary: str, title: str, said: Mapping[str, str]
    ) -> None:
        try:
            self._check(event, summary, title)
            dates = self._dates(event)
        except _BadEventError as error:
            self._slips.append(self._problem(*error.args))
        except (ValueError, OverflowError) as error:  # OverflowError: beyond the year 9999
            what = f"{shown(summary)}: {error}"
            self._slips.append(self._problem(event.line, what, "see DTSTART and DTEND"))
        else:
            id_ = self._event_id(event)
            film = self._film(event, title, said.get("film", ""))
            self._tell(event, film, {**_details(event, said), **dates, "event": id_})

    def _check(self, event: CalendarEvent, summary: str, title: str) -> None:
        """
        Do nothing, if *event* has a title and is the first one with its UID.

        Raises:
            _BadEventError: It has none, is not, or a line of it is no property.
        """
        if event.broken:
            what = f"{shown(summary)}: this line is no property"
            raise _BadEventError(event.broken, what, "a folded line begins with a space")
        if not title:
            what = f"no title is left of {shown(summary)}"
            raise _BadEventError(event.line, what, "see the words of the rules")
        id_ = self._event_id(event)
        first = self._lines.setdefault(id_, event.line) if id_ else event.line
        if first != event.line:
            what = f"{shown(summary)} has the UID of another event"
            raise _BadEventError(event.line, what, f"the one in line {first} counts")

    def _problem(self, line: int, what: str, remedy: str = "") -> Problem:
        return Problem(Place(self._origin, line, 1), what, remedy)

    def _refuse_repeating(self, event: CalendarEvent, name: str, summary: str) -> None:
        line = event.properties[name][0].line
        what = f"{name}: {shown(summary)} repeats, and a release does not"
        self._remarks.append(self._problem(line, what, "left out; an event of its own is read"))

    def _event_id(self, event: CalendarEvent) -> str:
        """Return the id of *event*, made of its UID; empty if it has none."""
        uid = event.text("UID")
        digest = blake2b(uid.encode(), digest_size=8).hexdigest()
        return f"{self._prefix}-{digest}" if uid else ""

    def _dates(self, event: CalendarEvent) -> Mapping[str, str]:
        """
        Return the fields of a release that tell when *event* is.

        Raises:
            ValueError: It has no day.
        """
        starts = event.properties.get("DTSTART")
        if not starts:
            raise ValueError("it has no DTSTART")
        first = day_of(starts[0], self._zone)
        until = last_day(event, first, self._zone)
        return {
            "when": str(first.day),
            "time": first.time,
            "zone": first.zone,
            "until": str(until) if until else "",
        }

    def _film(self, event: CalendarEvent, title: str, id_: str) -> dict[str, Node]:
        """Return the film that *event* is about, with what it tells of that."""
        event_id = self._event_id(event)
        made = id_ or _joined(self._prefix, film_id(title) or event_id.rpartition("-")[2])
        first = {"id": made, "title": title, "source": self._layout.source}
        placed: dict[str, Node] = {
            name: Placed(value, event.line) for name, value in first.items() if value
        }
        film = self._films.setdefault(made, placed)
        if event_id and not id_:
            _add(film, "was", Placed(event_id, event.line), _MAX_FORMER)
        refs = film.setdefault("refs", {})
        assert isinstance(refs, dict)
        for name, number in _refs(event):
            refs.setdefault(name, Placed(number, event.line))
        return film

    def _tell(
        self, event: CalendarEvent, film: dict[str, Node], release: Mapping[str, str]
    ) -> None:
        """Add *release* to *film*, and the address of *event*, if it is not one for tickets."""
        if (address := _address(event)) and not release["tickets"]:
            _add(film, "links", {"url": Placed(address, event.line)}, _MAX_LINKS)
        told = {name: Placed(value, event.line) for name, value in release.items() if value}
        releases = film.setdefault("releases", [])
        assert isinstance(releases, list)
        releases.append(dict(told))

    def table(self) -> Table:
        """Return the films of all events that were taken."""
        films = [
            {name: part for name, part in film.items() if part != {}}
            for film in self._films.values()
        ]
        if self._unruled:
            first, count = self._unruled[0], len(self._unruled)
            what = f"{first.what}, and {count - 1:,} more" if count > 1 else first.what
            remedy = "left out; kind gives one to all, rules to some"
            self._remarks.append(Problem(first.place, what, remedy))
        return Table(list(films), self._remarks, self._slips)


def _add(film: dict[str, Node], name: str, part: Node, most: int) -> None:
    """Add *part* to the list called *name* of *film*, unless it is there or that is full."""
    listed = film.setdefault(name, [])
    assert isinstance(listed, list)
    if len(listed) < most and plain(part) not in map(plain, listed):
        listed.append(part)


def _details(event: CalendarEvent, said: Mapping[str, str]) -> Mapping[str, str]:
    """Return the fields of a release that *event* and the facts *said* of it give, but dates."""
    status = event.text("STATUS").upper()
    return {
        **{name: said.get(name, "") for name in FIELDS if name != "film"},
        "region": said.get("region", UNKNOWN),
        "place": cut(tidy(event.text("LOCATION")), _MAX_NAME),
        "status": "cancelled" if status == "CANCELLED" else "",
        "certainty": "tentative" if status == "TENTATIVE" else "",
        "tickets": _address(event) if said["kind"] in _WITH_TICKETS else "",
        "note": cut(_plain_text(event.text("DESCRIPTION")), _MAX_NOTE),
    }


def _by_rules(
    event: CalendarEvent, summary: str, layout: CalendarLayout
) -> tuple[dict[str, str] | None, str]:
    """Return the facts of *event* and its title; None for an event that is no release."""
    texts = {where: _all_of(event, name) for where, name in WHERE.items()} | {"summary": summary}
    said: dict[str, str] = {}
    found: list[Rule] = []
    for rule in layout.rules:
        if any(_pattern(rule.words).search(texts[where]) for where in rule.where):
            if rule.skip:
                return None, ""
            said = {**rule.facts, **said}
            found.append(rule)
    return {**layout.facts, **said}, _title(summary, found, layout)


def _all_of(event: CalendarEvent, name: str) -> str:
    return tidy(" , ".join(each.text for each in event.properties.get(name, ())))


def _title(summary: str, found: Iterable[Rule], layout: CalendarLayout) -> str:
    """Return the title in *summary*, without the words of the rules *found* in it."""
    title = summary
    if layout.title_after and (start := _pattern(layout.title_after).search(title)):
        title = title[start.end() :]
    if layout.title_before and (end := _pattern(layout.title_before).search(title)):
        title = title[: end.start()]
    for rule in found:
        if "summary" in rule.where:
            title = _pattern(rule.words).sub(" ", title)
    if title == summary:
        return title
    return " ".join(_EMPTY_BRACKETS.sub(" ", title).split()).strip(_EDGES)


def _joined(prefix: str, name: str) -> str:
    return f"{prefix}-{name}"[:72].strip("-")


def _address(event: CalendarEvent) -> str:
    """Return the address of *event* on the web; empty if it has none."""
    raw = next((each.raw.strip() for each in event.properties.get("URL", ())), "")
    is_web = raw.startswith(("https://", "http://")) and raw.isprintable() and " " not in raw
    return raw if is_web and len(raw) <= _MAX_ADDRESS else ""


def _plain_text(text: str) -> str:
    """Return *text* in one line, without the tags and entities that some calendars have in it."""
    if _TAG.search(text):
        text = unescape(_TAG.sub(" ", text))
    return tidy(text)


def _refs(event: CalendarEvent) -> Iterator[tuple[str, str]]:
    """Yield the ids elsewhere that *event* has links to, one of a database at most."""
    text = "\n".join((_address(event), event.text("DESCRIPTION")))
    for name, pattern in _REFS.items():
        ids: Sequence[str] = list(dict.fromkeys(pattern.findall(text)))
        with suppress(ValueError):
            (number,) = ids
            yield name, number
