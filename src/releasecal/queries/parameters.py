"""Query parameters: one row each in `PARAMETERS`; its reader has the messages."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import date, timedelta
from difflib import get_close_matches
from enum import Enum
from types import MappingProxyType

from releasecal.core.durations import MAX_DAYS, Period, parse_offset
from releasecal.core.graphemes import cut
from releasecal.core.languages import LANGUAGES
from releasecal.core.models import SEQUEL, ReleaseKind, slugify
from releasecal.core.suggestions import NICKNAMES, nearest
from releasecal.core.value_classes import dataclass
from releasecal.errors import SelectionError
from releasecal.queries.title_words import title_words

_MAX_VALUES = 100  # of one parameter
_MAX_ALARMS = 5
_MAX_WORDS = 20  # each is looked up in an index
_ON = ("1", "true", "yes")
_OFF = ("", "0", "false", "no")
# Common names for our parameters; none that a mailer, cache or tracker adds (id, source).
_SYNONYMS = {
    "country": "region",
    "language": "lang",
    "locale": "lang",
    "movie": "film",
    "reminder": "alarm",
    "type": "kind",
}

_ESCAPED = re.compile("^(amp;)+")
_DAYS = "past and future count from today, as in past=30&future=P1Y"

INSTEAD: Mapping[str, str] = {
    "change": "it narrows changes, as in /changes?change=delayed",
    "from": _DAYS,
    "month": _DAYS,
    "status": (
        "cancelled=hide leaves out what no longer happens, and certainty=announced what is"
        " derived or estimated"
    ),
    "to": _DAYS,
    "window": f"kind=streaming-eligible has what follows from windows; {_DAYS}",
    "year": _DAYS,
}
"""Remedies by names that look like a selection of a feed and are none."""

Known = Callable[[str], bool]
"""A test whether a value names something that is published."""


class Undated(Enum):
    """Places of an entry without a day: none, all days of its coarse date, or the last one."""

    HIDE = "hide"
    SPAN = "span"
    END = "end"


class Cancelled(Enum):
    """
    Looks of an entry on a day it no longer happens on.

    Struck through, by its STATUS; without a STATUS, since Google hides a cancelled event; or
    hidden.
    """

    STRIKE = "strike"
    KEEP = "keep"
    HIDE = "hide"


class AskedCertainty(Enum):
    """Certainties of dates: any, or those that were announced, not derived and not estimated."""

    ANY = "any"
    ANNOUNCED = "announced"


class Limit(Enum):
    """Sizes of a feed: as large as clients take, or everything that is selected."""

    USUAL = "usual"
    NONE = "none"


def given(
    pairs: Iterable[tuple[str, str]],
    ours: Collection[str],
    instead: Mapping[str, str] = MappingProxyType({}),
) -> Mapping[str, str]:
    """
    Return by name the values in *pairs*, (name, value) in any order, of parameters of *ours*.

    Values of a repeated parameter are joined by commas: a longer list, or no valid value.
    Foreign parameters are ignored, unless the name is almost one of ours, a synonym, or one
    that *instead* has a remedy for. A name is read without ``amp;`` before it: in HTML a ``&``
    between two parameters is written ``&amp;``, and some copy it so.

    Raises:
        SelectionError: With a message that names the likely parameter.
    """
    found: dict[str, str] = {}
    for written, value in pairs:
        name = _ESCAPED.sub("", written)
        if name in ours:
            found[name] = f"{found[name]},{value}" if name in found else value
        elif hint := _hint_at(name, ours, instead):
            raise SelectionError(f"unknown parameter {name!r} ({hint})")
    return found


def _hint_at(name: str, ours: Collection[str], instead: Mapping[str, str]) -> str:
    """Return a hint at the parameter that *name* stands for; empty for a foreign name."""
    meant = _SYNONYMS.get(name.casefold())
    if meant in ours:
        return f"did you mean {meant}?"
    return instead.get(name.casefold(), "") or _slip(name, ours)


def _slip(name: str, ours: Collection[str]) -> str:
    """Return a hint at the one of *ours* that *name* is a slip of; empty for a foreign name."""
    cutoff = 0.75 if len(name) > 3 else 0.85  # ours without one letter, or less than a letter
    is_slip = len(name) > 2 and get_close_matches(name.casefold(), ours, n=1, cutoff=cutoff)
    return nearest(name, ours) if is_slip else ""


DOWNLOAD = "download"
"""The parameter for a response with Content-Disposition; it selects nothing."""


def wants_download(pairs: Iterable[tuple[str, str]]) -> bool:
    """
    Whether *pairs*, (name, value) in any order, ask for a download.

    Raises:
        SelectionError: The value is neither yes nor no, or there are two.
    """
    return switch(DOWNLOAD, given(pairs, (*PARAMETERS, DOWNLOAD), INSTEAD).get(DOWNLOAD, ""))


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    A query parameter.

    Attributes:
        read: Reads a value, from the parameter's name, the text, and a test of names.
        text: A line for people, without a capital and a full stop, with a field for *values*.
        is_flag: Whether the option at the terminal takes no value.
        values: Those that it can have, if the line names them.
        is_of_calendars: Whether it is for calendars alone, and says nothing to a list of releases.
        schema: JSON Schema of its values, without which it is any text; an array is written as a
            list divided by commas.
    """

    read: Callable[[str, str, Known], object]
    text: str
    is_flag: bool = False
    values: str = ""
    is_of_calendars: bool = False
    schema: Mapping[str, object] = field(default_factory=dict)

    @property
    def help(self) -> str:
        """The line for people, in English."""
        return self.text.format(values=self.values)


@dataclass(frozen=True, slots=True)
class Names:
    """
    A test of names that can list them, for a "did you mean".

    Attributes:
        all: In any order; cut off at a number that is too large for guesses.
        present: Returns the present name of a thing by any name that it has or had.
    """

    has: Callable[[str], bool]
    all: Callable[[], Iterable[str]]
    present: Callable[[str], str] = str

    def __call__(self, text: str) -> bool:
        """Whether *text* is a name."""
        return self.has(text)


def present(name: str, known: Known) -> str:
    """Return the present form of *name*, one of *known*, which may be a former name."""
    return known.present(name) if isinstance(known, Names) else name


def is_anything(_: str) -> bool:
    """Return True: the test for a parameter without a list of names."""
    return True


def _words(text: str) -> list[str]:
    return sorted({word.strip() for word in text.split(",")} - {""})


def one_or_more_of(slugs: Sequence[str]) -> Callable[[str, str, Known], tuple[str, ...]]:
    """Return the reader of a parameter whose values are of *slugs*, sorted in its value."""

    def read(name: str, text: str, _: Known) -> tuple[str, ...]:
        words = [word.casefold() for word in _words(text)]
        for word in words:
            if word not in slugs:
                raise SelectionError(f"{name}: there is no {name} {word!r} ({_hint(word, slugs)})")
        return _some(name, words, f"try {name}={slugs[0]}")

    return read


def _regions(name: str, text: str, is_known: Known) -> tuple[str, ...]:
    codes = [word.upper() for word in _words(text)]
    for code in codes:
        if not is_known(code):
            meant = NICKNAMES.get(code.casefold())
            hint = f"did you mean {meant}?" if meant else "ISO 3166-1 alpha-2 such as US, or 001"
            raise SelectionError(f"{name}: there is no region {code!r} ({hint})")
    return _some(name, codes, f"try {name}=US")


def _names(name: str, text: str, is_known: Known) -> tuple[str, ...]:
    ids = list(_some(name, _words(text), f"an id such as {name}=mission-impossible"))
    for id_ in ids:
        if not is_known(id_):
            likely = nearest(id_, is_known.all()) if isinstance(is_known, Names) else ""
            hint = likely or "the addresses of pages have the ids"
            raise SelectionError(f"{name}: there is no {name} {id_!r} ({hint})")
    return tuple(sorted({present(id_, is_known) for id_ in ids}))


def _channels(name: str, text: str, is_known: Known) -> tuple[str, ...]:
    # A plus in a query is a space: "Paramount+" arrives as "Paramount ".
    words = [f"{word.rstrip()}+" if word.endswith(" ") else word for word in text.split(",")]
    slugs = _some(
        name, sorted({slugify(word) for word in words} - {""}), f"try {name}=paramount-plus"
    )
    for slug in slugs:
        if not is_known(slug):
            raise SelectionError(f"{name}: there is no channel {slug!r} (as in paramount-plus)")
    return slugs


def _genres(name: str, text: str, is_known: Known) -> tuple[str, ...]:
    words = {slugify(word) for word in text.split(",")} - {""}
    slugs = _some(name, sorted(words), f"try {name}=science-fiction")
    for slug in slugs:
        if not is_known(slug):
            likely = nearest(slug, is_known.all()) if isinstance(is_known, Names) else ""
            raise SelectionError(
                f"{name}: there is no genre {slug!r} ({likely or 'as in science-fiction'})"
            )
    return slugs


def _title_words(name: str, text: str, _: Known) -> tuple[str, ...]:
    texts = {" ".join(title_words(some)) for some in text.split(",")} - {""}
    found = _some(name, sorted(texts), f"words of a title such as {name}=mission impossible")
    count = sum(len(some.split()) for some in found)
    if count > _MAX_WORDS:
        raise SelectionError(f"{name}: {count} words, at most {_MAX_WORDS} will do")
    return found


def _period(name: str, text: str, _: Known) -> Period:
    try:
        return Period.parse(text)
    except ValueError:
        raise SelectionError(
            f"{name}: not a number of days or months: {cut(text, 40)!r}"
            f" (0 to {MAX_DAYS} as in {name}=365, or as in {name}=P6M, P1Y or P2W)"
        ) from None


def _alarms(name: str, text: str, _: Known) -> tuple[timedelta, ...]:
    offsets = set()
    for word in _words(text):
        try:
            offsets.add(parse_offset(word))
        except ValueError:
            raise SelectionError(
                f"{name}: not a time before or after a day begins: {cut(word, 40)!r} (a year at most,"
                f" as in {name}=-P7D,-P1D,PT9H: a week, a day before, and at nine on the day)"
            ) from None
    if len(offsets) > _MAX_ALARMS:
        raise SelectionError(f"{name}: {len(offsets)} alarms, at most {_MAX_ALARMS} will do")
    if not offsets:
        raise SelectionError(f"{name}: is empty (try {name}=-P1D, or leave it out)")
    return tuple(sorted(offsets))


def _day(name: str, text: str, _: Known) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise SelectionError(
            f"{name}: not a day: {cut(text, 40)!r} (as in {name}=2022-03-25)"
        ) from None


def switch(name: str, text: str, _: Known = is_anything) -> bool:
    """
    Return whether *text*, the value of the parameter *name*, means yes.

    Raises:
        SelectionError: It means neither yes nor no.
    """
    word = text.strip().casefold() or text  # empty means no, as a form has it; a blank nothing
    if word not in (*_ON, *_OFF):
        raise SelectionError(f"{name}: neither 1 nor 0: {cut(text, 40)!r} (as in {name}=1)")
    return word in _ON


def _language(name: str, text: str, _: Known) -> str:
    code = re.split("[-_]", text.strip())[0].casefold()  # de-AT is German
    if code not in LANGUAGES:
        raise SelectionError(
            f"{name}: there is no language {cut(text, 40)!r} (one of {', '.join(LANGUAGES)})"
        )
    return code


def _limit(name: str, text: str, is_known: Known) -> Limit:
    limit = _choice(Limit)(name, text, is_known)
    assert isinstance(limit, Limit)
    if not is_known(limit.value):
        raise SelectionError(
            f"{name}: cannot be {limit.value!r} here, for calendar programs fail on what is too"
            " large (narrow the selection, as in region=US&past=30&future=P1Y)"
        )
    return limit


def _choice(choices: type[Enum]) -> Callable[[str, str, Known], Enum]:
    """Return the reader of a parameter whose values are *choices*."""

    def read(name: str, text: str, _: Known) -> Enum:
        word = text.strip().casefold()
        known = [choice.value for choice in choices]
        if word not in known:
            raise SelectionError(f"{name}: cannot be {cut(text, 40)!r} (one of {', '.join(known)})")
        return choices(word)

    return read


def _some(name: str, words: list[str], remedy: str) -> tuple[str, ...]:
    if len(words) > _MAX_VALUES:
        raise SelectionError(f"{name}: {len(words)} values, at most {_MAX_VALUES} will do")
    if not words:
        raise SelectionError(f"{name}: is empty ({remedy}, or leave it out)")
    return tuple(sorted(set(words)))


def _hint(word: str, known: Iterable[str]) -> str:
    return nearest(word, known) or "one of " + ", ".join(known)


KINDS = (*(kind.slug for kind in ReleaseKind), SEQUEL)
"""Values of ``kind=``."""


A_SWITCH: Mapping[str, object] = {"enum": [*_ON, *_OFF]}
"""JSON Schema of the values of `switch`."""

_A_NAME: Mapping[str, object] = {"type": "string", "minLength": 1}
_A_PERIOD: Mapping[str, object] = {
    "type": "string",
    "pattern": "^([0-9]{1,4}|P[1-9][0-9]?[DWMY])$",
}


def _list_of(item: Mapping[str, object]) -> Mapping[str, object]:
    return {"type": "array", "items": item, "minItems": 1}


def _one_of(choices: type[Enum]) -> Mapping[str, object]:
    return {"enum": [choice.value for choice in choices]}


PARAMETERS: Mapping[str, Parameter] = {
    "kind": Parameter(
        one_or_more_of(KINDS),
        "kinds of release, of {values}; streaming has derived dates, too, and"
        " streaming-eligible those that are derived or were until they were announced",
        values=", ".join(KINDS),
        schema=_list_of({"enum": list(KINDS)}),
    ),
    "region": Parameter(
        _regions,
        "countries, ISO 3166-1 alpha-2 (US), with what is worldwide where they have no own"
        " release of that kind and channel, and what is somewhere (ZZ) where nothing better is"
        " known; or 001 for what is worldwide",
        schema=_list_of({"type": "string", "pattern": "^([A-Z]{2}|001)$"}),
    ),
    "film": Parameter(_names, "film ids; a film's sequel counts with it", schema=_list_of(_A_NAME)),
    "series": Parameter(_names, "series ids", schema=_list_of(_A_NAME)),
    "channel": Parameter(_channels, "channels, as in paramount-plus", schema=_list_of(_A_NAME)),
    "genre": Parameter(_genres, "genres, as in science-fiction", schema=_list_of(_A_NAME)),
    "q": Parameter(
        _title_words,
        "words in a film's titles, without accents if need be: all of mission impossible, or,"
        " behind a comma, all of others",
    ),
    "certainty": Parameter(
        _choice(AskedCertainty),
        "announced, to leave out dates that are derived or estimated; or any",
        schema=_one_of(AskedCertainty),
    ),
    "undated": Parameter(
        _choice(Undated),
        "what has no day yet: hide it, span all its days, or show it on the end",
        schema=_one_of(Undated),
    ),
    "cancelled": Parameter(
        _choice(Cancelled),
        "what no longer happens: strike it through, keep it plain, or hide it",
        schema=_one_of(Cancelled),
    ),
    "as-of": Parameter(
        _day,
        "what had been announced by a day; for JSON, CSV, pages and releasecal show",
        schema={"type": "string", "format": "date"},
    ),
    "past": Parameter(
        _period, "how far back from today: days (30), or as in P6M and P1Y", schema=_A_PERIOD
    ),
    "future": Parameter(
        _period, "how far ahead of today: days (30), or as in P6M and P1Y", schema=_A_PERIOD
    ),
    "alarm": Parameter(
        _alarms,
        "when each event rings, counted from its day: -P7D,-P1D,PT9H",
        is_of_calendars=True,
    ),
    "emoji": Parameter(
        switch,
        "an emoji for its kind before each title",
        is_flag=True,
        is_of_calendars=True,
        schema=A_SWITCH,
    ),
    "lang": Parameter(
        _language,
        "the language of it all: {values}",
        values=", ".join(LANGUAGES),
        schema={"enum": list(LANGUAGES)},
    ),
    "limit": Parameter(
        _limit,
        "how much it has: usual, what fits into a feed, the nearest to today first; or none, all"
        " there is, where the operator allows that",
        is_of_calendars=True,
        schema=_one_of(Limit),
    ),
}
"""The parameters of every feed, by name."""
