"""
Feeds: what can be asked for, and what answers it.

`FeedSpec.parse` is the only way from a query to a selection. `PARAMETERS` has a row for
each parameter; messages, help texts and canonical addresses are made from the rows.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from enum import Enum
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, urlencode

from releasecal.durations import MOST_DAYS, Period, offset_text, parse_offset
from releasecal.editions import Entry
from releasecal.errors import SelectionError, nearest
from releasecal.languages import ENGLISH, LANGUAGES, Language
from releasecal.models import NICKNAMES, SEQUEL, ReleaseKey, ReleaseKind, slugify

_MOST_VALUES = 100  # of one parameter
_MOST_ALARMS = 5
_A_DAY = timedelta(days=1)
_ON = ("1", "true", "yes")
_OFF = ("", "0", "false", "no")


@dataclass(frozen=True, slots=True)
class Limits:
    """
    How large a feed may be: calendar programs fail on what is larger.

    Attributes:
        events: How many it has at most, notices aside.
        octets: How long it is at most.
        may_be_lifted: Whether ``limit=none`` may ask for all there is.
    """

    events: int = 1_000
    octets: int = 1_000_000
    may_be_lifted: bool = False


@dataclass(frozen=True, slots=True)
class Imprint:
    """
    Who publishes: the settings that show in documents.

    Attributes:
        url: Address of the site, without a slash at the end.
        uid_domain: What stands behind the ``@`` of a UID.
        refresh_every: How often a client should ask again.
        stale_after: How long the sources may be out of reach before each feed says so.
        limits: How large a feed may be.
    """

    name: str = "Film releases"
    url: str = "http://localhost:8000"
    uid_domain: str = "releasecal"
    refresh_every: timedelta = timedelta(hours=12)
    stale_after: timedelta = timedelta(days=7)
    limits: Limits = Limits()

    @property
    def stamp(self) -> str:
        """What of it shows in events."""
        return f"{self.url} {self.uid_domain}"

    def stamped(self, rendering: str) -> "Imprint":
        """
        Return it with the stamp that an edition's *rendering* begins with, if it has one.

        What an edition was published with stays until the next one: an address that changed
        in between would be news that no LAST-MODIFIED tells of.
        """
        url, uid_domain, *rest = [*rendering.split(" ", 2), "", ""]
        return replace(self, url=url, uid_domain=uid_domain) if rest[0] else self

    def uid(self, key: ReleaseKey) -> str:
        """Return the UID of a release: the same for ever, whatever is announced of it."""
        return f"{key}@{self.uid_domain}"

    def page(self, film: str) -> str:
        """Return the address of a film's page."""
        return f"{self.url}/films/{_quoted(film)}"


_quoted = lru_cache(maxsize=16_384)(quote)


class Undated(Enum):
    """Where what has no day yet is shown: nowhere, on all its days, on the last of them."""

    HIDE = "hide"
    SPAN = "span"
    END = "end"


class Cancelled(Enum):
    """
    How what no longer happens on its day is shown there.

    Struck through, by STATUS; without a STATUS, for Google hides what is cancelled; not.
    """

    STRIKE = "strike"
    KEEP = "keep"
    HIDE = "hide"


class Limit(Enum):
    """Whether a feed is kept as small as all are, or has everything that was selected."""

    USUAL = "usual"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """
    What somebody asks for. All conditions hold at once; an empty one does not limit.

    Most fields select entries. *emoji* and *lang* shape what an entry's event says, and
    *undated* and *cancelled* do both; `is_plain` tells whether they leave it as it is. *alarm*
    only adds to it.

    Attributes:
        kind: Slugs of kinds, or `SEQUEL`; sorted, each once, like all lists here.
        film: Film ids; a film's sequel opening counts as the film's own.
        channel: Channel slugs.
        undated: Where what has no day is shown.
        cancelled: How what no longer happens on its day is shown.
        as_of: The civil day whose knowledge is asked for; None for what is known now.
        past: How far back from today (civil, UTC) is shown; None for all.
        future: How far ahead of today is shown; None for all.
        alarm: How long after its day begins each event rings; sorted.
        emoji: Whether a kind's emoji stands before a SUMMARY.
        lang: Code of the language that all of it is in.
        limit: Whether what is farthest from today goes where the feed would be too large.
    """

    kind: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    film: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    undated: Undated = Undated.HIDE
    cancelled: Cancelled = Cancelled.STRIKE
    as_of: date | None = None
    past: Period | None = None
    future: Period | None = None
    alarm: tuple[timedelta, ...] = ()
    emoji: bool = False
    lang: str = ENGLISH.code
    limit: Limit = Limit.USUAL

    @classmethod
    def parse(
        cls, query: Iterable[tuple[str, str]], known: Mapping[str, Callable[[str], bool]]
    ) -> "FeedSpec":
        """
        Read a query, as (name, value) pairs in any order.

        *known* says of ``region``, ``film``, ``series`` and ``channel`` whether a value
        names one; where it says nothing, everything does.
        What is given twice, and what is foreign, is as `given` has it.

        Raises:
            SelectionError: With a message that says what would do.
        """
        texts = given(query, (*PARAMETERS, DOWNLOAD))
        values = {
            name.replace("-", "_"): PARAMETERS[name].read(name, text, known.get(name, _is_anything))
            for name, text in texts.items()
            if name != DOWNLOAD
        }
        return cls(**values)  # type: ignore[arg-type]  # the rows' readers fit the fields

    @property
    def query(self) -> str:
        """The canonical query: sorted, without what is as always, ready for an address."""
        limits = {
            column.name.replace("_", "-"): _written(getattr(self, column.name))
            for column in sorted(fields(self), key=lambda column: column.name)
            if getattr(self, column.name) != column.default
        }
        return urlencode(limits, safe=",", quote_via=quote)

    @property
    def is_plain(self) -> bool:
        """Whether each event is, but for alarms, as without a query; its bytes can be shared."""
        return (
            self.undated is Undated.HIDE
            and self.cancelled is not Cancelled.KEEP
            and not self.emoji
            and self.lang == ENGLISH.code
        )

    @property
    def language(self) -> Language:
        """The language that all of it is in."""
        return LANGUAGES[self.lang]

    @property
    def is_daily(self) -> bool:
        """Whether the answer depends on the civil day by its own terms."""
        return self.past is not None or self.future is not None

    def matches(self, entry: Entry) -> bool:
        """Whether *entry* is of what is asked for, whatever its date."""
        key, facts = entry.key, entry.facts
        names = {facts.release.kind.slug, *([SEQUEL] if facts.is_sequel else [])}
        series = {place.id for place in facts.series}
        return (
            (not self.kind or not names.isdisjoint(self.kind))
            and (not self.region or key.region in self.region)
            and (not self.channel or key.channel in self.channel)
            and (not self.film or key.film in self.film or facts.follows in self.film)
            and (not self.series or not series.isdisjoint(self.series))
        )

    def place(self, entry: Entry) -> tuple[date, date, bool]:
        """
        Return where *entry* is shown: on the days from the first, up to before the second.

        The third says whether it is shown on a day it no longer happens on.

        Raises:
            ValueError: It is on none; a feed has no such entries.
        """
        current = entry.current
        when, is_off = current.when, False
        if when is None or not when.day or current.status.is_over:
            is_off = not self._is_coarse(entry)
            when = entry.shown if is_off else when
        if when is None:
            raise ValueError(f"{entry.key} is on no day")
        first = when.first
        if when.day:
            return first, first + _A_DAY, is_off
        after = when.after
        return (after - _A_DAY if self.undated is Undated.END else first), after, is_off

    def span_of(self, entry: Entry) -> tuple[date, date]:
        """Return the half-open span of days on which *entry* is shown; see `place`."""
        first, after, _ = self.place(entry)
        return first, after

    def _is_coarse(self, entry: Entry) -> bool:
        """Whether *entry* is shown by a date that is no day."""
        return entry.overdue_from is not None and self.undated is not Undated.HIDE

    def span(self, today: date) -> tuple[date, date]:
        """Return the half-open span of days asked for."""
        first = date.min if self.past is None else self.past.before(today)
        if self.future is None:
            return first, date.max
        return first, replace(self.future, days=self.future.days + 1).after(today)


def _written(value: object) -> str:
    """Return the value of a field as an address has it."""
    if isinstance(value, tuple):
        return ",".join(map(_written, value))
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, timedelta):
        return offset_text(value)
    return str(int(value)) if isinstance(value, bool) else str(value)


EVERYTHING = FeedSpec()
"""The selection that leaves nothing out."""


class Ready(NamedTuple):
    """
    An event that lies ready.

    Attributes:
        after: The civil day after the last on which it is shown.
        body: As `ics.event` made it.
    """

    after: date
    body: bytes


@dataclass(frozen=True, slots=True)
class Feed:
    """
    What answers a selection.

    Attributes:
        title: The calendar's name, which says what was selected.
        path: Where it is on the site, without a format's ending: ``/calendar``.
        today: The civil day (UTC) it answers for.
        entries: Those with a day to show, by day, then key.
        ready: The events of those, in the same order, where they all lie ready and were asked
            for; *entries* is empty then. The spec is plain.
        undated: Those without, by what is known of their date, then key; empty where they
            were not asked for.
        changed: When the answer last changed, at the latest, UTC.
        news: When anything that it may count was last news, UTC; None for *changed*.
        stale_since: When the sources were last read well, UTC, if that is too long ago.
        left_out: How many more entries there would be without its limits.
        left_out_undated: How many more without a day.
    """

    imprint: Imprint
    spec: FeedSpec
    title: str
    path: str
    today: date
    entries: tuple[Entry, ...]
    changed: datetime
    undated: tuple[Entry, ...] = ()
    stale_since: datetime | None = None
    ready: tuple[Ready, ...] | None = None
    news: datetime | None = None
    left_out: int = 0
    left_out_undated: int = 0

    @property
    def most_octets(self) -> int | None:
        """How long a document of it may be; None for as long as it is."""
        return self.imprint.limits.octets if self.spec.limit is Limit.USUAL else None

    def address(self, extension: str) -> str:
        """Return the canonical address of the document with *extension*."""
        spec = self.spec
        if self.path.startswith("/films/"):  # which selects the film already
            spec = replace(spec, film=())
        elif self.path.startswith("/series/"):
            spec = replace(spec, series=())
        query = f"?{spec.query}" if spec.query else ""
        return f"{self.imprint.url}{self.path}.{extension}{query}"


def by_nearness(afters: Sequence[date], today: date) -> list[int]:
    """
    Return the places of *afters*, each the day after something ends, the nearest first.

    What is coming is nearer than what is past on the civil day *today*; of what ends on one
    day, that which stands first.
    """
    coming = [at for at, after in enumerate(afters) if after > today]
    past = [at for at, after in enumerate(afters) if after <= today]
    coming.sort(key=lambda at: afters[at])
    past.sort(key=lambda at: -afters[at].toordinal())
    return coming + past


def name(imprint: Imprint, spec: FeedSpec, titles: Mapping[str, str]) -> str:
    """
    Return a calendar's name: the publisher's, then what was selected.

    *titles* has the titles of the films and series selected. Clients show commas,
    semicolons and backslashes badly here, and some cut at 100 characters.
    """
    ids = (*spec.film, *spec.series)
    kinds = spec.language.kinds
    parts = [titles.get(id_, id_) for id_ in ids]
    parts += [", ".join(kinds.get(slug, slug) for slug in spec.kind)] if spec.kind else []
    parts += [", ".join(spec.region)] if spec.region else []
    parts += [", ".join(spec.channel)] if spec.channel else []
    text = " · ".join([imprint.name, *parts])
    for char, instead in ((", ", " + "), (",", " "), (";", " "), ("\\", " ")):
        text = text.replace(char, instead)
    text = " ".join(text.split())
    return text if len(text) <= 100 else text[:99].rstrip() + "…"


_CALLED = {
    "country": "region",
    "language": "lang",
    "locale": "lang",
    "movie": "film",
    "reminder": "alarm",
    "type": "kind",
}
"""What people call ours. What a mailer, a cache or a tracker might add (id, source) is not here."""


def given(query: Iterable[tuple[str, str]], ours: Collection[str]) -> Mapping[str, str]:
    """
    Return by name what *query*, (name, value) pairs in any order, says of what is *ours*.

    A repeated parameter has all its values, with commas between: a longer list, or no value.
    Foreign ones are left alone, unless they are almost one of ours or a common word for it.

    Raises:
        SelectionError: With a message that says what was likely meant.
    """
    found: dict[str, str] = {}
    for name, value in query:
        if name in ours:
            found[name] = f"{found[name]},{value}" if name in found else value
        else:
            meant = _CALLED.get(name.casefold())
            hint = f"did you mean {meant}?" if meant in ours else _slip(name, ours)
            if hint:
                raise SelectionError(f"unknown parameter {name!r} ({hint})")
    return found


def _slip(name: str, ours: Collection[str]) -> str:
    """Return which of *ours* was meant, if *name* is a slip; shorter ones are somebody else's."""
    cutoff = 0.75 if len(name) > 3 else 0.85  # ours without one letter, or less than a letter
    is_slip = len(name) > 2 and get_close_matches(name.casefold(), ours, n=1, cutoff=cutoff)
    return nearest(name, ours) if is_slip else ""


DOWNLOAD = "download"
"""A parameter of the answer, not of the selection: whether it comes as a file."""


def wants_download(query: Iterable[tuple[str, str]]) -> bool:
    """
    Whether *query*, (name, value) pairs in any order, asks for a file.

    Raises:
        SelectionError: It says so neither by yes nor by no, or more than once.
    """
    return switch(DOWNLOAD, given(query, (*PARAMETERS, DOWNLOAD)).get(DOWNLOAD, ""))


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    A query parameter: how its value is read, and what to tell people about it.

    Attributes:
        is_flag: Whether at the terminal its name alone stands for 1.
    """

    read: Callable[[str, str, Callable[[str], bool]], object]
    help: str
    is_flag: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """
    Says whether a text is a name, and gives all names, for who has misspelt one.

    Attributes:
        all: In any order; it may stop beyond so many that no guess is made of them.
    """

    has: Callable[[str], bool]
    all: Callable[[], Iterable[str]]

    def __call__(self, text: str) -> bool:
        """Whether *text* is a name."""
        return self.has(text)


def _is_anything(_: str) -> bool:
    """Whether a name is known where nobody keeps a list of them: it is."""
    return True


def _words(text: str) -> list[str]:
    return sorted({word.strip() for word in text.split(",")} - {""})


def _kinds(name: str, text: str, _: Callable[[str], bool]) -> tuple[str, ...]:
    slugs = [word.casefold() for word in _words(text)]
    for slug in slugs:
        if slug not in KINDS:
            raise SelectionError(
                f"{name}: there is no kind {slug!r} ({_hint(slug, KINDS)})",
            )
    return _some(name, slugs, f"try {name}={KINDS[0]}")


def _regions(name: str, text: str, is_known: Callable[[str], bool]) -> tuple[str, ...]:
    codes = [word.upper() for word in _words(text)]
    for code in codes:
        if not is_known(code):
            meant = NICKNAMES.get(code.casefold())
            hint = f"did you mean {meant}?" if meant else "ISO 3166-1 alpha-2 such as US, or 001"
            raise SelectionError(f"{name}: there is no region {code!r} ({hint})")
    return _some(name, codes, f"try {name}=US")


def _names(name: str, text: str, is_known: Callable[[str], bool]) -> tuple[str, ...]:
    ids = list(_some(name, _words(text), f"an id such as {name}=mission-impossible"))
    for id_ in ids:
        if not is_known(id_):
            likely = nearest(id_, is_known.all()) if isinstance(is_known, Names) else ""
            hint = likely or "the addresses of pages have the ids"
            raise SelectionError(f"{name}: there is no {name} {id_!r} ({hint})")
    return tuple(ids)


def _channels(name: str, text: str, is_known: Callable[[str], bool]) -> tuple[str, ...]:
    # A plus in a query is a space: "Paramount+" arrives as "Paramount ".
    words = [f"{word.rstrip()}+" if word.endswith(" ") else word for word in text.split(",")]
    slugs = _some(
        name, sorted({slugify(word) for word in words} - {""}), f"try {name}=paramount-plus"
    )
    for slug in slugs:
        if not is_known(slug):
            raise SelectionError(f"{name}: there is no channel {slug!r} (as in paramount-plus)")
    return slugs


def _period(name: str, text: str, _: Callable[[str], bool]) -> Period:
    try:
        return Period.parse(text)
    except ValueError:
        raise SelectionError(
            f"{name}: not a number of days or months: {text[:40]!r}"
            f" (0 to {MOST_DAYS} as in {name}=365, or as in {name}=P6M, P1Y or P2W)"
        ) from None


def _alarms(name: str, text: str, _: Callable[[str], bool]) -> tuple[timedelta, ...]:
    offsets = set()
    for word in _words(text):
        try:
            offsets.add(parse_offset(word))
        except ValueError:
            raise SelectionError(
                f"{name}: not a time before or after a day begins: {word[:40]!r} (a year at most,"
                f" as in {name}=-P7D,-P1D,PT9H: a week, a day before, and at nine on the day)"
            ) from None
    if len(offsets) > _MOST_ALARMS:
        raise SelectionError(f"{name}: {len(offsets)} alarms, at most {_MOST_ALARMS} will do")
    if not offsets:
        raise SelectionError(f"{name}: is empty (try {name}=-P1D, or leave it out)")
    return tuple(sorted(offsets))


def _day(name: str, text: str, _: Callable[[str], bool]) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise SelectionError(
            f"{name}: not a day: {text[:40]!r} (as in {name}=2022-03-25)"
        ) from None


def switch(name: str, text: str, _: Callable[[str], bool] = _is_anything) -> bool:
    """
    Return whether *text*, the value of the parameter *name*, switches something on.

    Raises:
        SelectionError: It says neither yes nor no.
    """
    if text.strip().casefold() not in (*_ON, *_OFF):
        raise SelectionError(f"{name}: neither 1 nor 0: {text[:40]!r} (as in {name}=1)")
    return text.strip().casefold() in _ON


def _language(name: str, text: str, _: Callable[[str], bool]) -> str:
    code = re.split("[-_]", text.strip())[0].casefold()  # de-AT is German
    if code not in LANGUAGES:
        raise SelectionError(
            f"{name}: there is no language {text[:40]!r} (one of {', '.join(LANGUAGES)})"
        )
    return code


def _limit(name: str, text: str, is_known: Callable[[str], bool]) -> Limit:
    limit = _choice(Limit)(name, text, is_known)
    assert isinstance(limit, Limit)
    if not is_known(limit.value):
        raise SelectionError(
            f"{name}: cannot be {limit.value!r} here, for calendar programs fail on what is too"
            " large (narrow the selection, as in region=US&past=30&future=P1Y)"
        )
    return limit


def _choice(choices: type[Enum]) -> Callable[[str, str, Callable[[str], bool]], Enum]:
    """Return what reads the value of one of *choices*."""

    def read(name: str, text: str, _: Callable[[str], bool]) -> Enum:
        word = text.strip().casefold()
        known = [choice.value for choice in choices]
        if word not in known:
            raise SelectionError(f"{name}: cannot be {text[:40]!r} (one of {', '.join(known)})")
        return choices(word)

    return read


def _some(name: str, words: list[str], remedy: str) -> tuple[str, ...]:
    if len(words) > _MOST_VALUES:
        raise SelectionError(f"{name}: {len(words)} values, at most {_MOST_VALUES} will do")
    if not words:
        raise SelectionError(f"{name}: is empty ({remedy}, or leave it out)")
    return tuple(sorted(set(words)))


def _hint(word: str, known: Iterable[str]) -> str:
    return nearest(word, known) or "one of " + ", ".join(known)


KINDS = (*(kind.slug for kind in ReleaseKind), SEQUEL)
"""What ``kind=`` can name."""

PARAMETERS: Mapping[str, Parameter] = {
    "kind": Parameter(_kinds, f"kinds of release, of {', '.join(KINDS)}"),
    "region": Parameter(_regions, "countries, ISO 3166-1 alpha-2 (US), or 001 for the world"),
    "film": Parameter(_names, "film ids; a film's sequel counts with it"),
    "series": Parameter(_names, "series ids"),
    "channel": Parameter(_channels, "channels, as in paramount-plus"),
    "undated": Parameter(
        _choice(Undated), "what has no day yet: hide it, span all its days, or show it on the end"
    ),
    "cancelled": Parameter(
        _choice(Cancelled), "what no longer happens: strike it through, keep it plain, or hide it"
    ),
    "as-of": Parameter(
        _day, "what had been announced by a day; for JSON, pages and releasecal show"
    ),
    "past": Parameter(_period, "how far back from today: days (30), or as in P6M and P1Y"),
    "future": Parameter(_period, "how far ahead of today: days (30), or as in P6M and P1Y"),
    "alarm": Parameter(_alarms, "when each event rings, counted from its day: -P7D,-P1D,PT9H"),
    "emoji": Parameter(switch, "an emoji for its kind before each title", is_flag=True),
    "lang": Parameter(_language, f"the language of it all: {', '.join(LANGUAGES)}"),
    "limit": Parameter(
        _limit,
        "how much it has: usual, what fits into a feed, the nearest to today first; or none, all"
        " there is, where the operator allows that",
    ),
}
"""The parameters of every feed, by name."""
