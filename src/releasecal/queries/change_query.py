"""A client's query for changes."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from releasecal.core.changes import ChangeKind
from releasecal.core.dates import timestamp
from releasecal.core.graphemes import cut
from releasecal.core.languages import ENGLISH, LANGUAGES, Language
from releasecal.core.value_classes import dataclass
from releasecal.errors import SelectionError
from releasecal.queries.parameters import (
    A_SWITCH,
    PARAMETERS,
    Known,
    Parameter,
    given,
    one_or_more_of,
    switch,
)

_SINCE = "since begins at a moment, as in since=2026-11-22T09:30:00Z"
_INSTEAD = dict.fromkeys(("from", "month", "year"), _SINCE)
_MAX_DIGITS = 15  # of a number that every database can compare


@dataclass(frozen=True, slots=True)
class ChangeQuery:
    """
    A query for changes. All conditions hold at once; an empty one does not limit.

    Attributes:
        region: Regions; a worldwide release answers for them as in `FeedQuery`.
        kind: Slugs of kinds of release, or `SEQUEL`; a derived one is of the kind that it has
            once it is announced.
        change: Slugs of kinds of change.
        before: Only those with a lower id than this.
        since: Only those after this edition, or after this moment (UTC).
        added: Whether releases that are new to the catalogue count as changes.
        lang: Code of the language of all texts.
    """

    film: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    change: tuple[str, ...] = ()
    before: int | None = None
    since: int | datetime | None = None
    added: bool = False
    lang: str = ENGLISH.code

    @classmethod
    def parse(cls, pairs: Iterable[tuple[str, str]], known: Mapping[str, Known]) -> "ChangeQuery":
        """
        Read a query, as (name, value) pairs in any order.

        *known* and foreign parameters are as in `FeedQuery.parse`.

        Raises:
            SelectionError: With a message that names a remedy.
        """
        texts = given(pairs, (*FILTERS, *PARAMETERS), _INSTEAD)
        for name in texts:
            if name not in FILTERS:
                raise SelectionError(f"{name}: narrows calendars, not changes (try {_NAMES})")
        values = {
            name: FILTERS[name].read(name, text, known.get(name, bool))
            for name, text in texts.items()
        }
        return cls(**values)  # type: ignore[arg-type]  # the rows' readers fit the fields

    @property
    def limits(self) -> Mapping[str, str]:
        """The canonical parameters, sorted, without empty ones."""
        values = {column.name: getattr(self, column.name) for column in fields(self)}
        texts = {name: _text(value) for name, value in values.items() if value != ENGLISH.code}
        return {name: text for name, text in sorted(texts.items()) if text}

    @property
    def changes(self) -> tuple[ChangeKind, ...]:
        """The kinds of change that it names, in the order of their enumeration."""
        return tuple(kind for kind in ChangeKind if kind.slug in self.change)

    @property
    def language(self) -> Language:
        """The language of all texts."""
        return LANGUAGES[self.lang]

    @property
    def canonical(self) -> str:
        """The canonical query, ready for an address."""
        return urlencode(self.limits, safe=",", quote_via=quote)


def _before(name: str, text: str, _: Known) -> int:
    if not _is_number(text):
        raise SelectionError(
            f"{name}: not the id of a change: {cut(text, 40)!r} (as in {name}=100)"
        )
    return int(text)


def _since(name: str, text: str, _: Known) -> int | datetime:
    if _is_number(text):
        return int(text)
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))  # as a plus in a query arrives
        if moment.tzinfo:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # the error below names a remedy
    raise SelectionError(
        f"{name}: neither a moment with its zone nor the number of an edition: {cut(text, 40)!r} "
        f"(as in {name}=2026-11-22T09:30:00Z or {name}=12)"
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS


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


_CHANGES = tuple(kind.slug for kind in ChangeKind)

FILTERS: Mapping[str, Parameter] = {
    "film": Parameter(PARAMETERS["film"].read, "film ids", schema=PARAMETERS["film"].schema),
    "series": PARAMETERS["series"],
    "region": PARAMETERS["region"],
    "kind": Parameter(
        PARAMETERS["kind"].read,
        "kinds of release; derived dates count as announced",
        schema=PARAMETERS["kind"].schema,
    ),
    "change": Parameter(
        one_or_more_of(_CHANGES),
        "kinds of change, of {values}",
        values=", ".join(_CHANGES),
        schema={"type": "array", "items": {"enum": list(_CHANGES)}, "minItems": 1},
    ),
    "since": Parameter(_since, "only what came after a moment, or after an edition, by its number"),
    "before": Parameter(_before, "only what came before a change, by its id"),
    "lang": PARAMETERS["lang"],
    "added": Parameter(switch, "what is new to the catalogue, too", is_flag=True, schema=A_SWITCH),
}
"""The parameters of changes, by name: each a field of `ChangeQuery`."""


_NAMES = ", ".join(FILTERS)
