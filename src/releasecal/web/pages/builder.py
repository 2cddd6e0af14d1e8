"""The builder: a form of plain fields for every part of a feed's query, filled in from one."""

from collections.abc import Iterable, Mapping
from itertools import chain
from types import MappingProxyType
from typing import Self

from releasecal.core.durations import offset_text
from releasecal.core.languages import LANGUAGES
from releasecal.core.models import SEQUEL, ReleaseKind
from releasecal.core.value_classes import dataclass
from releasecal.formats import FORMATS
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.parameters import Cancelled, Undated
from releasecal.queries.results import Feed
from releasecal.store import Choices
from releasecal.web.pages.template_filters import capital, region
from releasecal.web.pages.translations import gettext, msgid, ngettext, page_language

_SHOWN = 8  # boxes of a group that are not folded away

_ALARMS = {
    "-P7D": msgid("a week before"),
    "-P1D": msgid("the day before"),
    "PT9H": msgid("at 9 on the day"),
}
_AHEAD = {
    "": msgid("all that is announced"),
    "P1M": msgid("the next month"),
    "P3M": msgid("the next 3 months"),
}
_AHEAD |= {"P6M": msgid("the next 6 months"), "P1Y": msgid("the next year")}
_BACK = {
    "": msgid("everything"),
    "0": msgid("nothing"),
    "30": msgid("the last 30 days"),
    "P1Y": msgid("the last year"),
}
_UNDATED = {
    Undated.HIDE: msgid("leave it out until it has a day"),
    Undated.SPAN: msgid("show it over its whole month or quarter"),
    Undated.END: msgid("show it on the last day it can be"),
}
_CANCELLED = {
    Cancelled.STRIKE: msgid("struck through"),
    Cancelled.KEEP: msgid("plain, for Google hides what is struck through"),
    Cancelled.HIDE: msgid("not at all"),
}


@dataclass(frozen=True, slots=True)
class Option:
    """
    A value of a field.

    Attributes:
        count: Number of releases or films with it; None where that says nothing.
    """

    value: str
    label: str
    is_chosen: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """
    A field of the form.

    Attributes:
        name: The query parameter.
        shown: Options that are always seen: the chosen ones, and the most frequent.
        folded: The others.
    """

    name: str
    label: str
    shown: tuple[Option, ...]
    folded: tuple[Option, ...] = ()

    @property
    def more(self) -> str:
        """The number of options that are folded away, in words."""
        count = len(self.folded)
        return ngettext("{count} more", "{count} more", count).format(count=count)


def events_of(feed: Feed) -> int:
    """Return the number of events of *feed*, without notices."""
    return feed.count


@dataclass(frozen=True, slots=True)
class FeedSize:
    """
    The size of a feed, for people.

    Attributes:
        left_out: Number of events that calendar programs have no room for.
        octets: Size of the iCalendar file before any coding.
        is_about: Whether *octets* is that of the same events in plain English.
    """

    events: int
    left_out: int
    octets: int
    is_about: bool = False

    @classmethod
    def of(cls, feed: Feed, *, is_about: bool = False) -> Self:
        """Return the size of *feed*."""
        events = events_of(feed)
        return cls(events, feed.left_out, len(FORMATS["ics"].render(feed)), is_about)

    @property
    def in_words(self) -> str:
        """The size, without what is left out: ``43 events, 12 KB``."""
        kilobytes = -(-self.octets // 1000)
        events = ngettext("{count} event", "{count} events", self.events)
        size = gettext("about {size} KB") if self.is_about else "{size} KB"
        return f"{events.format(count=self.events)}, {size.format(size=kilobytes)}"


@dataclass(frozen=True, slots=True)
class Builder:
    """
    The form for a query.

    Attributes:
        words: The text of ``q``.
        boxes: Fields of which any number of options can be chosen.
        selects: Fields of which one option is chosen.
        is_announced: Whether derived and estimated dates are left out.
        has_emoji: Whether titles begin with an emoji.
    """

    words: str
    boxes: tuple[Field, ...]
    selects: tuple[Field, ...]
    is_announced: bool
    has_emoji: bool


def builder(
    query: FeedQuery,
    choices: Choices,
    titles: Mapping[str, str],
    films: Mapping[str, str] = MappingProxyType({}),
    own: str = "",
) -> Builder:
    """
    Return the form for *query*; *titles* are those of its films and series, by id.

    *films* are others that are offered, and *own* is the visitor's region, which stands first.
    A form that is sent unchanged asks for all of *query* again.
    """
    boxes = _boxes(query, choices, titles, films, own)
    return Builder(
        words=", ".join(query.q),
        boxes=tuple(field for field in boxes if field.shown),
        selects=tuple(_selects(query)),
        is_announced=query.certainty.value == "announced",
        has_emoji=query.emoji,
    )


def _boxes(
    query: FeedQuery,
    choices: Choices,
    titles: Mapping[str, str],
    films: Mapping[str, str],
    own: str,
) -> Iterable[Field]:
    language = page_language()
    kinds = {kind.slug: capital(language.word(kind.phrase)) for kind in ReleaseKind} | {
        SEQUEL: gettext("Sequels")
    }
    series = {id_: title for id_, (title, _) in choices.series.items()} | dict(titles)
    counts = {id_: count for id_, (_, count) in choices.series.items()}
    yield _field("kind", gettext("What"), query.kind, choices.kinds, kinds)
    yield _regions(query, choices, own)
    alarms = [offset_text(offset) for offset in query.alarm]
    yield _field(
        "alarm",
        gettext("Remind me"),
        alarms,
        {},
        {**{alarm: alarm for alarm in alarms}, **_said(_ALARMS)},
    )
    yield _field("genre", gettext("Genres"), query.genre, choices.genres, _named(choices.genres))
    yield _field("series", gettext("Series"), query.series, counts, series)
    named = {id_: title for id_, title in titles.items() if id_ in query.film}
    yield _field("film", gettext("Films"), query.film, {}, named | dict(films))
    channels = {slug: name for slug, (name, _) in choices.channels.items()}
    yield _field(
        "channel",
        gettext("Channels"),
        query.channel,
        {slug: count for slug, (_, count) in choices.channels.items()},
        channels,
    )


def _regions(query: FeedQuery, choices: Choices, own: str) -> Field:
    """Return the field of regions, that of the visitor first, who is told why."""
    places = {
        code: region(code) or gettext("Worldwide only")
        for code in (*choices.regions, *query.region)
    }
    counts = dict(choices.regions)
    if own in counts:
        counts = {own: counts[own], **counts}
        places[own] = gettext("{region} (by your browser’s language)").format(region=places[own])
    return _field("region", gettext("Where"), query.region, counts, places)


def _field(
    name: str,
    label: str,
    chosen: Iterable[str],
    counts: Mapping[str, int],
    labels: Mapping[str, str],
) -> Field:
    """Return a field of the *chosen* values and of those with *counts*, or else with *labels*."""
    chosen = tuple(chosen)
    usual = [value for value in (counts or labels) if value not in chosen]
    shown = usual if name == "kind" else usual[: max(0, _SHOWN - len(chosen))]

    def options(values: Iterable[str]) -> tuple[Option, ...]:
        return tuple(
            Option(value, labels.get(value, value), value in chosen, counts.get(value))
            for value in values
        )

    in_order = [value for value in (counts or labels) if value in (*shown, *chosen)]
    rest = [value for value in chosen if value not in in_order]
    return Field(
        name,
        label,
        options(chain(in_order, rest)),
        options(value for value in usual if value not in shown),
    )


def _named(slugs: Iterable[str]) -> Mapping[str, str]:
    """Return slugs as words: ``science-fiction`` is "Science fiction"."""
    return {slug: slug.replace("-", " ").capitalize() for slug in slugs}


def _selects(query: FeedQuery) -> Iterable[Field]:
    ahead, back = ("" if each is None else str(each) for each in (query.future, query.past))
    yield _select("future", gettext("Ahead"), ahead, _said(_AHEAD))
    yield _select("past", gettext("Of the past"), back, _said(_BACK))
    yield _select("undated", gettext("What has no day yet"), query.undated.value, _valued(_UNDATED))
    yield _select(
        "cancelled", gettext("What was cancelled"), query.cancelled.value, _valued(_CANCELLED)
    )
    yield _select(
        "lang", gettext("Language"), query.lang, {code: LANGUAGES[code].name for code in LANGUAGES}
    )


def _valued(labels: Mapping[Undated, str] | Mapping[Cancelled, str]) -> Mapping[str, str]:
    return {choice.value: gettext(label) for choice, label in labels.items()}


def _said(labels: Mapping[str, str]) -> Mapping[str, str]:
    """Return *labels* in the language of the page."""
    return {value: gettext(label) for value, label in labels.items()}


def _select(name: str, label: str, chosen: str, labels: Mapping[str, str]) -> Field:
    values = labels if chosen in labels else {chosen: chosen, **labels}
    return Field(
        name, label, tuple(Option(each, text, each == chosen) for each, text in values.items())
    )
