"""
Tables: rows of cells become films, a row a release, by the names of their columns.

What a cell says is taken as it stands: a date is one of ours, of a spreadsheet's own type, or in
the one form that the table's layout declares. No order of day and month is ever guessed. Rows
that make no sense are left out and told; values that are merely wrong are left to the schema.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from datetime import datetime, time
from itertools import chain, islice, zip_longest

from releasecal.core.models import WORLD, slugify
from releasecal.core.reading_date_phrases import read_date
from releasecal.core.value_classes import dataclass
from releasecal.errors import DataError, Place, Problem
from releasecal.sources.notation.clean_text import shown
from releasecal.sources.notation.placed_values import Node, Placed, Table, line_of, plain

_MAX_BEFORE = 20  # rows above the names of the columns
_MAX_ID = 72  # characters of an id

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("film id", "slug", "key"),
    "title": ("film", "film title", "movie", "movie title", "name", "titel", "filmtitel"),
    "kind": ("type", "release type", "art"),
    "region": ("country", "territory", "market", "country code", "land"),
    "when": (
        *("date", "day", "release date", "release day", "release", "released", "opening"),
        *("opening date", "opens", "kinostart", "starttermin", "start", "datum", "year", "jahr"),
    ),
    "channel": ("platform", "service", "network", "provider", "plattform", "sender"),
    "number": (),
    "status": (),
    "certainty": (),
    "reason": ("grund",),
    "note": ("notes", "comment", "comments", "remark", "remarks", "bemerkung"),
    "as_of": ("announced", "announced on", "known by", "stand"),
    "source": ("source id", "quelle"),
    "distributor": ("studio", "verleih"),
    "genres": ("genre",),
    "imdb": ("imdb id",),
    "tmdb": ("tmdb id",),
    "wikidata": ("wikidata id", "qid"),
    "eidr": ("eidr id",),
}
"""The columns of a table, and other names by which each is known; the first one found counts."""

_OF_FILM = ("distributor", "genres")
_REFS = ("imdb", "tmdb", "wikidata", "eidr")
_OF_REVISION = ("when", "status", "certainty", "reason", "as_of", "source")
_OF_RELEASE = ("kind", "region", "channel", "number", "note")
_KEY = ("kind", "region", "channel", "number")  # equal in all announcements of a release

Cell = object
"""The content of a cell: a text, a number, a date or a time; "" for nothing."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """
    A row of a table.

    Attributes:
        line: Its line in the file, or its number in the sheet; 1-based.
        broken: Why its cells cannot be told apart; empty if they can.
    """

    line: int
    cells: Sequence[Cell]
    broken: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """
    The layout of a table, as far as the table does not say it itself.

    Attributes:
        dates: The form of its dates beside ours: ``D.M.YYYY``, ``MMM D, YYYY``; empty for none.
        kind: Kind of the releases in rows without one; likewise *region*, *channel*.
        source: Id of the source of its rows.
        as_of: The day by which all was known that names no day itself.
        sheet: Name of the sheet; empty for the first one.
        columns: Its name of each column that is not called by one of our names.
    """

    dates: str = ""
    kind: str = ""
    region: str = ""
    channel: str = ""
    source: str = ""
    as_of: str = ""
    sheet: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


PLAIN = Layout()
"""The layout of a table that says everything itself."""


def _said(value: object) -> str:
    """Return *value* of a cell for messages."""
    return shown(", ".join(map(str, value)) if isinstance(value, list) else value)


def read(
    rows: Iterable[TableRow], origin: str, layout: Layout, notes: Sequence[Problem] = ()
) -> Table:
    """
    Return the table of *rows*; *notes* are about what is not among them.

    Raises:
        DataError: No row has the names of the columns, or a column is missing.
    """
    rest = iter(rows)
    header = _header(rest, origin, layout)
    reader = _Reader(origin, layout, header, [*notes, *header.remarks(origin)])
    for row in rest:
        reader.take(row)
    return reader.table()


def folded(name: str) -> str:
    """Return *name* as columns are compared: without accents, marks and capitals."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(re.findall(r"[^\W_]+", kept))


@dataclass(frozen=True, slots=True)
class _Header:
    """
    The row with the names of the columns.

    Attributes:
        names: Our name of each column, in their order; empty for one that is not read.
    """

    row: TableRow
    names: Sequence[str]

    def remarks(self, origin: str) -> Iterator[Problem]:
        """Yield a note if there are columns that are not read."""
        pairs = zip(self.row.cells, self.names, strict=True)
        unread = [shown(str(cell)) for cell, name in pairs if not name and str(cell).strip()]
        if unread:
            what = f"columns that are not read: {', '.join(unread)}"
            yield Problem(Place(origin, self.row.line, 1), what)


def _header(rows: Iterator[TableRow], origin: str, layout: Layout) -> _Header:
    """Return the first of *rows* that names a column of films, and take it and those before."""
    for row in islice(rows, _MAX_BEFORE):
        names = _named(row.cells, layout)
        if "title" in names or "id" in names:
            header = _Header(row, names)
            missing = list(_missing(header, origin, layout))
            if missing:
                raise DataError(missing)
            return header
    what = "no row has the names of the columns"
    remedy = "title, kind, region and when, or put a dot before the name of a file of other data"
    raise DataError([Problem(Place(origin), what, remedy)])


def _named(cells: Sequence[Cell], layout: Layout) -> Sequence[str]:
    """Return our name for each of *cells*, "" for none; each of our names is used once."""
    given = [folded(str(cell)) for cell in cells]
    names = [""] * len(given)
    for name, others in COLUMNS.items():
        declared = layout.columns.get(name)
        known = [folded(declared)] if declared else [folded(name), *others]
        free = (at for one in known for at, said in enumerate(given) if said == one)
        at = next((at for at in free if not names[at]), None)
        if at is not None:
            names[at] = name
    return names


def _missing(header: _Header, origin: str, layout: Layout) -> Iterator[Problem]:
    """Yield a problem for each column that the table needs and lacks."""
    place = Place(origin, header.row.line, 1)
    given = [str(cell).strip() for cell in header.row.cells if str(cell).strip()]
    for name, declared in layout.columns.items():
        if name not in header.names:
            remedy = f"there are {', '.join(map(shown, given))}"
            yield Problem(place, f"there is no column {shown(declared)} for {name}", remedy)
    if "when" not in header.names and "when" not in layout.columns:
        yield Problem(place, "no column has the dates", "call it when, date or release date")
    for name in ("kind", "region"):
        if name not in header.names and not getattr(layout, name):
            remedy = f"add one, or say {name} under table in {origin}.yaml"
            yield Problem(place, f"no column has the {name}", remedy)


class _Reader:
    """Takes rows one by one, and keeps films, notes and the rows that are left out."""

    def __init__(
        self, origin: str, layout: Layout, header: _Header, remarks: list[Problem]
    ) -> None:
        self._origin = origin
        self._layout = layout
        self._names = header.names
        self._remarks = remarks
        self._slips: list[Problem] = []
        self._films: dict[object, dict[str, Node]] = {}
        self._releases: dict[object, dict[object, list[dict[str, Node]]]] = {}

    def take(self, row: TableRow) -> None:
        """Add what *row* says."""
        if row.broken:
            self._slip(row.line, row.broken)
            return
        cells = enumerate(zip_longest(self._names, row.cells, fillvalue=""), start=1)
        said: dict[str, Placed] = {}
        for column, (name, cell) in cells:
            text = _as_told(cell)
            if text == "":
                continue
            if column > len(self._names):
                self._slip(row.line, f"{shown(text)} stands in a cell under no name", column)
                return
            if name:
                said[name] = Placed(_CELLS.get(name, _same)(text, self._layout), row.line, column)
        if said:
            self._add(row, said)

    def _slip(self, line: int, what: str, column: int = 1, remedy: str = "") -> None:
        self._slips.append(Problem(Place(self._origin, line, column), what, remedy))

    def _add(self, row: TableRow, said: dict[str, Placed]) -> None:
        title = said.get("title")
        id_ = said.get("id") or (
            title and Placed(film_id(str(title.value)), row.line, title.column)
        )
        if not id_ or not id_.value:
            what = (
                "a row without a film"
                if not title
                else f"no id can be made of {shown(title.value)}"
            )
            remedy = (
                "fill in title, or id" if not title else "fill in the column id, in a-z and 0-9"
            )
            self._slip(row.line, what, title.column if title else 1, remedy)
            return
        film = self._films.setdefault(id_.value, {"id": id_})
        facts = {name: said[name] for name in ("title", *_OF_FILM) if name in said}
        self._learn(film, facts)
        refs = {name: said[name] for name in _REFS if name in said}
        if refs:
            known = film.setdefault("refs", {})
            assert isinstance(known, dict)
            self._learn(known, refs)
        self._tell(id_.value, row, said)

    def _learn(self, known: dict[str, Node], facts: Mapping[str, Placed]) -> None:
        """Add *facts* of a film; the first row that has one decides, and others are noted."""
        for name, fact in facts.items():
            first = known.setdefault(name, fact)
            if plain(first) != fact.value:
                where = Place(self._origin, fact.line, fact.column)
                line = line_of(first)
                what = f"{name}: what stands in line {line} counts, and not {_said(fact.value)}"
                self._remarks.append(Problem(where, what, "say the same in all rows of a film"))

    def _tell(self, film: object, row: TableRow, said: Mapping[str, Placed]) -> None:
        """Add the release of *row*: the next announcement of one that is there, or another."""
        defaults = {name: getattr(self._layout, name) for name in ("kind", "region", "channel")}
        told = {name: Placed(value, row.line) for name, value in defaults.items() if value}
        told |= {name: said[name] for name in (*_OF_RELEASE, *_OF_REVISION) if name in said}
        at = self._names.index("when") + 1
        told.setdefault("when", Placed(None, row.line, at))
        key = tuple(told[name].value if name in told else None for name in _KEY)
        self._releases.setdefault(film, {}).setdefault(key, []).append(dict(told))

    def table(self) -> Table:
        """Return the table of all rows that were taken."""
        for id_, film in self._films.items():
            told = self._releases[id_].values()
            film["releases"] = list(chain.from_iterable(map(_joined, told)))
            for name in ("source", "as_of"):
                if getattr(self._layout, name):
                    film[name] = Placed(getattr(self._layout, name), line_of(film))
        return Table(list(self._films.values()), self._remarks, self._slips)


def _joined(told: list[dict[str, Node]]) -> Iterator[dict[str, Node]]:
    """Yield one release with all announcements if each has its day, or else each by itself."""
    if len(told) == 1 or not all("as_of" in row for row in told):
        yield from told
        return
    release = {name: part for name, part in told[0].items() if name in _OF_RELEASE}
    revisions: list[dict[str, Node]] = []
    for row in sorted(told, key=lambda row: str(plain(row["as_of"]))):
        revision = {name: part for name, part in row.items() if name in _OF_REVISION}
        if not revisions or _statement(revision) != _statement(revisions[-1]):  # or said before
            revisions.append(revision)
    yield {**release, "revisions": list(revisions)}


def _statement(revision: Mapping[str, Node]) -> Sequence[object]:
    return [plain(revision[name]) for name in ("when", "status", "certainty") if name in revision]


def film_id(title: str) -> str:
    """Return the id of a film that has none but this *title*."""
    letters = unicodedata.normalize("NFKD", slugify(title)).encode("ascii", "ignore").decode()
    words = "-".join(filter(None, letters.split("-")))
    return words if len(words) <= _MAX_ID else words[: _MAX_ID + 1].rpartition("-")[0]


def _as_told(cell: Cell) -> str | int:
    """Return *cell* as a person reads it: a text without outer space, or a whole number."""
    match cell:
        case datetime():
            is_day = cell.time() == time()
            return cell.date().isoformat() if is_day else cell.isoformat(" ", "minutes")
        case bool():
            return str(cell).upper()
        case float() if cell.is_integer():
            return int(cell)
        case int():
            return cell
        case _:
            return str(cell).strip()


def _same(text: str | int, _layout: Layout) -> object:
    return text


def _word(text: str | int, _layout: Layout) -> object:
    return "-".join(str(text).casefold().split())


def _region(text: str | int, _layout: Layout) -> object:
    # A spreadsheet makes the number 1 of 001.
    said = str(text).casefold()
    return (
        WORLD if said in ("1", "world", "worldwide") else said.upper() if len(said) == 2 else text
    )


def _whole(text: str | int, _layout: Layout) -> object:
    is_number = isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 10
    return int(text) if is_number else text


def _list(text: str | int, _layout: Layout) -> object:
    return [part.strip() for part in re.split("[,;|]", str(text)) if part.strip()]


def _date(text: str | int, layout: Layout) -> object:
    """Return the date in *text*, as we write it, if it is ours or in the form of *layout*."""
    for said in (str(text), _in_form(str(text), layout.dates)):
        with suppress(ValueError):
            return str(read_date(said))
    return text


_CELLS: Mapping[str, Callable[[str | int, Layout], object]] = {
    "kind": _word,
    "status": _word,
    "certainty": _word,
    "region": _region,
    "number": _whole,
    "genres": _list,
    "when": _date,
    "as_of": _date,
}
"""By column: what a cell that is not empty says; the schema judges it."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TOKENS: Mapping[str, str] = {
    "YYYY": r"(?P<year>\d{4})",
    "MMMM": r"(?P<name>[a-z]{3,9})\.?",
    "MMM": r"(?P<name>[a-z]{3,9})\.?",
    "MM": r"(?P<month>\d{1,2})",
    "M": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d{1,2})",
    "D": r"(?P<day>\d{1,2})",
}
_TOKEN = re.compile("Y+|M+|D+|[A-Z]|[^A-Z]+")


def date_form(form: str) -> re.Pattern[str] | None:
    """Return the pattern of dates in *form* (``D.M.YYYY``); None if it does not tell them apart."""
    tokens = _TOKEN.findall(form.strip().upper())
    letters = [token for token in tokens if token.isalpha()]
    if sorted(token[0] for token in letters) != ["D", "M", "Y"] or any(
        token not in _TOKENS for token in letters
    ):
        return None
    parts = (_TOKENS.get(token) or re.escape(token.casefold()) for token in tokens)
    return re.compile("".join(parts))


def _in_form(text: str, form: str) -> str:
    """Return the day that *text* has in *form*, or ""."""
    pattern = date_form(form) if form else None
    found = pattern.fullmatch(text.casefold()) if pattern else None
    if not found:
        return ""
    said = found.groupdict()
    name = str(said.get("name") or "")
    if name and name[:3] not in _MONTHS:
        return ""
    month = _MONTHS.index(name[:3]) + 1 if name else int(said["month"])
    return f"{said['year']}-{month:02}-{int(said['day']):02}"
