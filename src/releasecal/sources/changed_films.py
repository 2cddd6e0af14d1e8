"""
Changed films: which films differ from last time, so that a large file is read in those only.

An outline keeps a few octets for each film of a file. It never decides whether a file is
right: where it cannot tell for certain, the answer is None and everything is read again.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from hashlib import blake2b
from typing import Any, Self

import msgspec

from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import DataError
from releasecal.sources.notation.clean_text import clean_id, decode
from releasecal.sources.notation.json import parse
from releasecal.sources.snapshot import JSON, Snapshot, Spot

MAX_CHANGED = 2_000
"""Films; where more have changed, reading everything is as good."""

_OCTETS = 16  # of a film's digest
_ESCAPED_NAME = re.compile(rb'\\u[0-9a-fA-F]{4}[^"]*"\s*:')


@dataclass(frozen=True, slots=True)
class Outline:
    """
    The films of a file that was read and found right.

    Attributes:
        digest: Hash of the file's octets, hexadecimal.
        frame: Digest of all that is not films; empty for a file without an outline.
        ids: Ids of its films, in their order.
        films: A digest of each film, one after the other.
        declares: Ids of the sources that it declares.
        corrects: Ids of the films that it overrides.
        is_partial: Whether rows of it were left out, of which every read is to tell.
        windows: Its windows of many films, as JSON; empty for none.
    """

    digest: str
    frame: str = ""
    ids: tuple[str, ...] = ()
    films: bytes = b""
    declares: tuple[str, ...] = ()
    corrects: tuple[str, ...] = ()
    is_partial: bool = False
    windows: bytes = b""

    @property
    def rules(self) -> list[Any]:
        """Its windows of many films as plain values."""
        return list(json.loads(self.windows)) if self.windows else []

    @property
    def digests(self) -> list[bytes]:
        """The digest of each film, in their order."""
        return [self.films[at : at + _OCTETS] for at in range(0, len(self.films), _OCTETS)]


def encode_outline(outline: Outline) -> bytes:
    """Return *outline* as `decode_outline` takes it."""
    return msgspec.msgpack.encode(outline)


def decode_outline(data: bytes) -> Outline | None:
    """Return the outline encoded as *data*, or None if another releasecal encoded it."""
    try:
        return msgspec.msgpack.decode(data, type=Outline)
    except msgspec.MsgspecError:
        return None


Outlines = Mapping[str, Mapping[str, Outline]]
"""By address: the outline of each file, by its name."""


@dataclass(frozen=True, slots=True)
class CutFile:
    """
    A file cut into films that are not parsed yet.

    Attributes:
        frame: Digest of all that is not films.
        films: A digest of each film, in their order.
        film: Returns a film by its number as plain values, or raises DataError.
        rest: The lists at its top that are not films, as JSON, by name; of a JSON file only.
        ids: Returns the id of each film, right or wrong; of a JSON file only.
    """

    frame: str
    films: Sequence[bytes]
    film: Callable[[int], object]
    rest: Mapping[str, bytes] = field(default_factory=dict)
    ids: Callable[[], Sequence[object]] = list


class _TopLevel(msgspec.Struct, forbid_unknown_fields=True):
    """A data file in JSON, its parts not parsed."""

    films: msgspec.Raw = msgspec.Raw(b"[]")
    sources: msgspec.Raw = msgspec.Raw(b"[]")
    overrides: msgspec.Raw = msgspec.Raw(b"[]")
    table: msgspec.Raw = msgspec.Raw(b"null")
    calendar: msgspec.Raw = msgspec.Raw(b"null")
    windows: msgspec.Raw = msgspec.Raw(b"[]")

    @classmethod
    def of(cls, data: bytes) -> Self:
        """
        Return the file *data*.

        Raises:
            msgspec.MsgspecError: It is none; nor is it for UnicodeDecodeError and RecursionError.
        """
        return msgspec.json.decode(data, type=cls)

    def each_film(self) -> list[msgspec.Raw]:
        """Return its films; raises as `of` does."""
        return msgspec.json.decode(self.films, type=list[msgspec.Raw])

    @property
    def rest(self) -> dict[str, bytes]:
        """All that is not films, by name."""
        names = ("sources", "overrides", "table", "calendar", "windows")
        return {name: bytes(getattr(self, name)) for name in names}


class NamedFilm(msgspec.Struct):
    """A film of which nothing but the id is parsed."""

    id: Any = None


def cut_file(snapshot: Snapshot) -> CutFile | None:
    """Return *snapshot* cut into its films, or None if only a whole read can tell."""
    if snapshot.notation is JSON:
        return _cut_json(snapshot)
    try:
        value = snapshot.parse()
        slips = snapshot.slips()
    except DataError:
        return None
    if slips:  # which a whole read tells
        return None
    return cut_values(value) if isinstance(value, dict) else None


def _cut_json(snapshot: Snapshot) -> CutFile | None:
    data = snapshot.data
    if _ESCAPED_NAME.search(data):
        return None
    try:
        file = _TopLevel.of(data)
        films = file.each_film()
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if _has_twins(data, file):
        return None
    frame = blake2b(digest_size=_OCTETS)
    for part in file.rest.values():
        frame.update(b"%d " % len(part) + part)

    def film(number: int) -> object:
        return _parsed(films[number], snapshot.origin)

    def ids() -> Sequence[object]:
        return [msgspec.json.decode(raw, type=NamedFilm).id for raw in films]

    digests = [_digest(raw) for raw in films]
    return CutFile(frame.hexdigest(), digests, film, file.rest, ids)


def _parsed(film: msgspec.Raw, origin: str) -> object:
    """
    Return *film*, of the JSON file called *origin*, as plain values.

    Raises:
        DataError: It cannot be parsed; the places are not those in the file.
    """
    return parse(decode(bytes(film), origin, JSON.wording.empty), origin)


class FilmsToParse(Collection[object]):
    """
    The films of a large JSON file, parsed one after the other: as values all are large.

    Attributes:
        frame: Digest of all that is not films.
        ids: Ids of its films, in their order.
        digests: A digest of each film, one after the other.
    """

    def __init__(self, snapshot: Snapshot, cut: CutFile, ids: Iterable[str]) -> None:
        """Take the films of *snapshot*, of which *cut* was made, with *ids*, right or wrong."""
        self._snapshot = snapshot
        self.frame, self.digests = cut.frame, b"".join(cut.films)
        self.ids = tuple(map(clean_id, ids))

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, film: object) -> bool:
        return any(each == film for each in self)

    def __iter__(self) -> Iterator[object]:
        origin = self._snapshot.origin
        films = _TopLevel.of(self._snapshot.data).each_film()
        return (_parsed(film, origin) for film in films)


def film_by_film(snapshot: Snapshot) -> Mapping[str, Any] | None:
    """
    Return *snapshot* as plain values but for its `FilmsToParse`.

    None if only parsing all of it can tell what is in it, or at which place it is wrong.
    """
    cut = _cut_json(snapshot) if snapshot.notation is JSON else None
    if cut is None or not cut.films:
        return None
    try:
        rest = {name: replace(snapshot, octets=part).parse() for name, part in cut.rest.items()}
        ids = [id_ for id_ in cut.ids() if isinstance(id_, str)]
    except (DataError, msgspec.MsgspecError):
        return None
    if len(ids) < len(cut.films):
        return None
    return {name: part for name, part in rest.items() if part} | {
        "films": FilmsToParse(snapshot, cut, ids)
    }


def _has_twins(data: bytes, file: _TopLevel) -> bool:
    """Whether a field may be twice at the top of *data*, of which *file* has the last one only."""
    before, _, after = data.partition(file.films)  # where any name may be often
    for each in _TopLevel.__struct_fields__:
        name = b'"%s"' % each.encode()
        found = before.count(name) + after.count(name)
        # Inside of another part the name may be, too: a rule has windows.
        if found > 1 and found - sum(part.count(name) for part in file.rest.values()) > 1:
            return True
    return False


def cut_values(value: Mapping[str, Any]) -> CutFile | None:
    """Return the data file *value*, parsed already, cut into its films, or None if it has no list of these."""
    films = value.get("films", [])
    if not isinstance(films, list):
        return None
    rest = {name: part for name, part in value.items() if name != "films"}
    digests = [_digest(_as_octets(film)) for film in films]
    return CutFile(_digest(_as_octets(rest)).hex(), digests, films.__getitem__)


def _as_octets(value: object) -> bytes:
    """Return plain *value* as octets; two values never have the same."""
    return json.dumps(value, default=repr).encode(errors="surrogatepass")


def _digest(data: bytes | msgspec.Raw) -> bytes:
    return blake2b(data, digest_size=_OCTETS).digest()


def outline_of(snapshot: Snapshot, lists: Mapping[str, Collection[Any]]) -> Outline:
    """Return the outline of *snapshot*, which has the *lists* at its top."""

    def ids(name: str, owner: str) -> tuple[str, ...]:
        raws = (raw for raw in lists.get(name, ()) if isinstance(raw, dict))
        return tuple(clean_id(raw.get(owner)) for raw in raws)

    declares, corrects = ids("sources", "id"), ids("overrides", "film")
    told = lists.get("films")
    if isinstance(told, FilmsToParse):
        frame, films, digests = told.frame, told.ids, told.digests
    else:
        pieces = _cut_json(snapshot) if snapshot.notation is JSON else cut_values(lists)
        films = ids("films", "id")
        if pieces is None or len(pieces.films) != len(films):
            return Outline(snapshot.digest, declares=declares, corrects=corrects)
        frame, digests = pieces.frame, b"".join(pieces.films)
    rules = lists.get("windows")
    windows = json.dumps(rules).encode() if rules else b""
    return Outline(snapshot.digest, frame, films, digests, declares, corrects, windows=windows)


class _FileChangedError(Exception):
    """A file is not any more as it was a moment ago."""


@dataclass(frozen=True, slots=True)
class ChangedFilms:
    """
    The films of an address that differ from last time, and its files.

    Attributes:
        touched: Ids of the films that are new, gone or not as they were.
        outlines: Outlines of all files as they are now, by name.
        changed: Names of the files that are not as they were.
        open: Returns a file by its name, or raises DataError or OSError.
        cuts: Files that are open already.
        address: Their place, as the operator named it.
        gone: Names of the files that are there no more.
        others: Returns the outlines of further files that films with given ids may be in.
    """

    touched: frozenset[str]
    outlines: Mapping[str, Outline]
    changed: frozenset[str]
    open: Callable[[str], Snapshot]
    cuts: Mapping[str, tuple[Snapshot, CutFile]]
    address: str = ""
    gone: frozenset[str] = frozenset()
    others: Callable[[Collection[str]], Mapping[str, Outline]] = lambda _: {}

    def raw_films(self, ids: Collection[str]) -> Sequence[tuple[Spot, object]] | None:
        """
        Return the films with *ids* as plain values, or None if only a whole read can tell.

        Films that are corrected here take a whole read.
        """
        wanted = set(ids)
        found = {**self.outlines, **self.others(wanted)}
        if any(not each.frame or wanted.intersection(each.corrects) for each in found.values()):
            return None
        try:
            return [film for name in sorted(found) for film in self._films(name, found, wanted)]
        except (DataError, OSError, _FileChangedError):
            return None

    def _films(
        self, name: str, outlines: Mapping[str, Outline], wanted: set[str]
    ) -> Iterator[tuple[Spot, object]]:
        numbers = [at for at, id_ in enumerate(outlines[name].ids) if id_ in wanted]
        if not numbers:
            return
        snapshot, pieces = self.cuts.get(name) or self._open(name, outlines[name])
        for number in numbers:
            yield Spot(snapshot, ("films", number)), pieces.film(number)

    def _open(self, name: str, outline: Outline) -> tuple[Snapshot, CutFile]:
        snapshot = self.open(name)
        pieces = cut_file(snapshot)
        if pieces is None or list(pieces.films) != outline.digests:
            raise _FileChangedError  # since the digest was taken
        return snapshot, pieces


def compare_files(
    known: Mapping[str, Outline],
    digests: Mapping[str, str],
    open_: Callable[[str], Snapshot],
) -> ChangedFilms | None:
    """
    Return how files differ from the outlines *known*, or None if only a whole read can tell.

    Outlines and *digests* (of octets, as they are now) are by name.

    Raises:
        DataError: A file is of a sort or size that we do not read.
        OSError: A file cannot be read.
    """
    if any(outline.is_partial for outline in known.values()):
        return None
    outlines = dict(known)
    touched: set[str] = set()
    cuts = {}
    for name in [name for name in known if digests[name] != known[name].digest]:
        snapshot = open_(name)
        pieces = cut_file(snapshot)
        compared = difference(known[name], pieces) if pieces else None
        if pieces is None or compared is None:
            return None
        ids, differing = compared
        touched |= differing
        cuts[name] = snapshot, pieces
        films = b"".join(pieces.films)
        outlines[name] = replace(known[name], digest=digests[name], ids=ids, films=films)
    had = sum(len(outline.ids) for outline in known.values())
    has = Counter(id_ for outline in outlines.values() for id_ in outline.ids)
    # A whole read knows how to complain, and who has to agree if all is gone.
    if len(touched) > MAX_CHANGED or has.total() > len(has) or (had and not has):
        return None
    return ChangedFilms(frozenset(touched), outlines, frozenset(cuts), open_, cuts)


def difference(before: Outline, now: CutFile) -> tuple[tuple[str, ...], set[str]] | None:
    """Return the ids of all films of *now*, and of those that differ, or None if unsure."""
    had, has = dict(zip(before.digests, before.ids, strict=True)), set(now.films)
    if not before.frame or before.frame != now.frame or len(has) < len(now.films):
        return None
    ids = [had.get(digest) or film_id(now, number) for number, digest in enumerate(now.films)]
    if "" in ids or len(set(ids)) < len(ids):
        return None
    added = {id_ for id_, digest in zip(ids, now.films, strict=True) if digest not in had}
    return tuple(ids), added | {id_ for digest, id_ in had.items() if digest not in has}


def film_id(cut: CutFile, number: int) -> str:
    """Return the id of a film, or "" for one without a fitting id."""
    try:
        film = cut.film(number)
    except DataError:
        return ""
    id_ = film.get("id") if isinstance(film, dict) else None
    return clean_id(id_) if isinstance(id_, str | int) else ""
