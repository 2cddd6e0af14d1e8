"""Announcements: one revision is added to a data file, and all else in it stays as it stands."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from releasecal.core.dates import PartialDate
from releasecal.core.models import ReleaseKey, slugify
from releasecal.core.reading_date_phrases import read_date
from releasecal.core.suggestions import nearest
from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import DataError, Place, Problem
from releasecal.sources.notation.clean_text import Steps, shown
from releasecal.sources.notation.films_from_table import film_id, folded
from releasecal.sources.notation.yaml_edit import with_field, with_item, with_list
from releasecal.sources.read_result import no_progress
from releasecal.sources.schema import messages
from releasecal.sources.schema.records import ReleaseRecord, RevisionRecord, SourceRecord
from releasecal.sources.snapshot import YAML, Snapshot
from releasecal.sources.validate import validate

_OF_A_REVISION = tuple(RevisionRecord.model_fields)


@dataclass(frozen=True, slots=True)
class Announcement:
    """
    A date that was announced.

    Attributes:
        film: Id or title of the film.
        title: Title of a film that is new; empty for one that is known.
        when: The date as it is written in a data file; empty for no date.
        as_of: The day by which it was announced, likewise.
        address: Where that can be read; may be empty, like all that follow.
        quote: The announced wording.
        reason: Why the date moved.
    """

    film: str
    kind: str
    region: str
    when: str
    as_of: str
    title: str = ""
    channel: str = ""
    address: str = ""
    quote: str = ""
    reason: str = ""

    @property
    def release(self) -> dict[str, str]:
        """Kind, region and channel, as they are written in a data file."""
        said = {"kind": self.kind, "region": self.region, "channel": self.channel}
        return {name: value for name, value in said.items() if value}

    @property
    def revision(self) -> dict[str, str | None]:
        """The revision without its source, as it is written in a data file."""
        said = {"reason": self.reason, "text": self.quote}
        given = {name: value for name, value in said.items() if value}
        return {"when": _notation(self.when) or None, "as_of": self.as_of, **given}

    def problems(self) -> Sequence[Problem]:
        """Return what is wrong with it by itself, each at the option that says so."""
        fields = {**self.release, **self.revision}
        found = _problems(ReleaseRecord, ("films", 0, "releases", 0), fields)
        if self.address:
            found += _problems(SourceRecord, ("sources", 0), {"id": "x", "url": self.address})
        return found


_OPTIONS = {"text": "quote", "url": "address", "as_of": "as-of"}


def _problems(
    record: type[ReleaseRecord] | type[SourceRecord], top: Steps, fields: Mapping[str, object]
) -> list[Problem]:
    def place(*steps: str | int, **_: object) -> Place:
        name = str(steps[0]) if steps else ""
        return Place(f"--{_OPTIONS.get(name, name)}")

    try:
        record.model_validate(fields)
    except ValidationError as error:
        return [messages.problem(each, top, place) for each in error.errors(include_url=False)]
    return []


def problem_with(name: str, value: str) -> str:
    """Return what is wrong with the *value* of the field *name*, as a line; "" for nothing."""
    right = Announcement("x", "theatrical", "US", "", "2027-01-01")
    given: Any = {name: value}
    found = replace(right, **given).problems()
    return str(found[0]).removeprefix(f"{found[0].place}: ") if found else ""


def file_of(snapshots: Sequence[Snapshot], film: str, *, is_new: bool) -> Snapshot:
    """
    Return which of *snapshots* has the film with this id or title, or is to have a new one.

    Raises:
        DataError: None has it, or it is not clear which one is to have it.
    """
    known: list[str] = []
    homes: list[Snapshot] = []
    for snapshot in snapshots:
        top = snapshot.parse()
        films = top.get("films") if isinstance(top, dict) else None
        if films is None:
            continue
        if _film(films, film) is not None:
            return snapshot
        known += (str(each.get("id")) for each in films if isinstance(each, dict))
        homes += [snapshot] if snapshot.notation is YAML else []
    if not is_new:
        raise _unknown(film, known)
    if len(homes) == 1:
        return homes[0]
    names = ", ".join(each.origin for each in homes) or "none in YAML"
    problem = Problem(Place("--file"), "a new film needs a file", f"there are: {names}")
    raise DataError([problem])


def _unknown(film: str, known: Sequence[str]) -> DataError:
    hint = nearest(film, known) or "give it a title, if it is a new one"
    return DataError([Problem(Place("--film"), f"there is no film {shown(film)}", hint)])


def _notation(when: str) -> str:
    """Return the date *when*, if it is in words, in notation."""
    if not when[:1].isalpha():
        return when
    try:
        return str(read_date(when))
    except ValueError:
        return when


def date_before(snapshot: Snapshot, said: Announcement) -> PartialDate | None:
    """Return the date in *snapshot* of the release that is *said*; None for none."""
    for film in validate([snapshot], (), no_progress).reading.films:
        if film.id == said.film or folded(film.title) == folded(said.film):
            key = ReleaseKey(film.id, said.kind, said.region, slugify(said.channel))
            return next((each.current.when for each in film.releases if each.key == key), None)
    return None


def with_announcement(snapshot: Snapshot, said: Announcement, today: date) -> str:
    """
    Return the text of *snapshot*, a data file in YAML, with one revision more.

    The announcement was made by *today*, a civil day, or a day later, for somewhere that day has
    begun.

    Comments, order and layout stay as they are. The result is read again, and has
    the facts of before, the revision, and its source.

    Raises:
        DataError: The announcement is wrong, says nothing new, or the file is none to write in.
    """
    if snapshot.notation is not YAML:
        what = f"a file in {snapshot.notation.name} is not written into"
        raise _refused(snapshot, what, "releasecal import, or your program, makes YAML of it")
    if problems := said.problems():
        raise DataError(problems)
    if date.fromisoformat(said.as_of) > today + timedelta(days=1):
        what = f"{said.as_of} has not come yet"
        raise DataError([Problem(Place("--as-of"), what, "say the day of the announcement")])
    draft = _Draft.of(snapshot)
    try:
        draft.tell(said)
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise _refused(snapshot, "no place for it can be found", "write it by hand") from error
    result = draft.result(snapshot)
    after = replace(snapshot, octets=result.encode())
    try:
        is_same = after.parse() == draft.top
    except DataError:
        is_same = False
    if not is_same:  # an alias, or a layout that nobody has thought of
        raise _refused(snapshot, "its layout leaves no place for it", "write it by hand")
    if new := _new_problems(snapshot, after):
        raise DataError(new)
    return result


def _refused(snapshot: Snapshot, what: str, remedy: str) -> DataError:
    return DataError([Problem(Place(snapshot.origin), what, remedy)])


def _new_problems(before: Snapshot, after: Snapshot) -> Sequence[Problem]:
    """Return what is wrong with *after*, and was not with *before*."""
    old = Counter(each.what for each in validate([before], (), no_progress).problems)
    found = []
    for problem in validate([after], (), no_progress).problems:
        old[problem.what] -= 1
        if old[problem.what] < 0:
            found.append(replace(problem, place=Place(before.origin)))
    return found


@dataclass(slots=True)
class _Draft:
    """A text, and the values that it is to have: each change is made to both."""

    text: str
    top: Any

    @classmethod
    def of(cls, snapshot: Snapshot) -> "_Draft":
        """Return the draft of *snapshot* as it is."""
        text = snapshot.data.decode("utf-8-sig")
        text = text.replace("\r\n", "\n") if _has_crlf(text) else text
        return cls(text, _apart(snapshot.parse()))

    def result(self, snapshot: Snapshot) -> str:
        """Return the text with the line ends and the byte order mark of *snapshot*."""
        before = snapshot.data.decode()
        mark = "\ufeff" if before.startswith("\ufeff") else ""
        return mark + (self.text.replace("\n", "\r\n") if _has_crlf(before) else self.text)

    def tell(self, said: Announcement) -> None:
        """Add what is *said*."""
        films = self.top.get("films") or []
        number = _film(films, said.film)
        if number is None and not said.title:
            raise _unknown(said.film, [str(film.get("id")) for film in films])
        source = {"source": self._source(said)} if said.address else {}
        revision = {**said.revision, **source}
        if number is None:
            id_ = said.film if film_id(said.film) == said.film else film_id(said.title)
            film = {"id": id_, "title": said.title, "releases": [{**said.release, **revision}]}
            self._add((), "films", film)
            return
        releases = films[number].get("releases") or []
        at = _release(releases, said)
        if at is None:
            self._add(("films", number), "releases", {**said.release, **revision})
            return
        if "revisions" not in releases[at]:
            self._gather(("films", number, "releases", at))
        self._add(("films", number, "releases", at), "revisions", revision)

    def _source(self, said: Announcement) -> str:
        """Return the id of the source at the address, which is declared if it is not yet."""
        sources = self.top.get("sources") or []
        for source in sources:
            if source.get("url") == said.address:
                return str(source["id"])
        host = slugify((urlsplit(said.address).hostname or "").removeprefix("www."))
        known = {str(source.get("id")) for source in sources}
        names = (f"{host}-{said.as_of}" + (f"-{n}" if n > 1 else "") for n in range(1, 1_000))
        id_ = next(name for name in names if name not in known)
        self._add((), "sources", {"id": id_, "url": said.address, "published": said.as_of})
        return id_

    def _add(self, steps: Steps, name: str, value: object) -> None:
        """Add *value* to the list called *name* of the mapping at *steps*, or make that list."""
        held = self._at(steps)
        if isinstance(held.get(name), list):
            self.text = with_item(self.text, (*steps, name), value)
            held[name].append(value)
        else:
            self.text = with_field(self.text, steps, name, [value])
            held[name] = [value]

    def _gather(self, steps: Steps) -> None:
        """Make a list of revisions, with one in it, of the release at *steps*."""
        release = self._at(steps)
        self.text = with_list(self.text, steps, "revisions", _OF_A_REVISION)
        moved = {name: release.pop(name) for name in _OF_A_REVISION if name in release}
        release["revisions"] = [moved]

    def _at(self, steps: Steps) -> Any:
        value = self.top
        for step in steps:
            value = value[step]
        return value


def _apart(value: Any) -> Any:
    """Return a copy of *value* whose parts are each there once, also those that aliases repeat."""
    match value:
        case dict():
            return {name: _apart(part) for name, part in value.items()}
        case list():
            return list(map(_apart, value))
        case _:
            return value


def _has_crlf(text: str) -> bool:
    """Whether all lines of *text* end as on Windows."""
    return "\n" in text and text.count("\n") == text.count("\r\n")


def _film(films: Sequence[Any], said: str) -> int | None:
    """Return the number of the film with this id, or else with this title; None for none."""
    tests: tuple[Callable[[Any], bool], ...] = (
        lambda film: str(film.get("id")) == said,
        lambda film: folded(str(film.get("title"))) == folded(said),
    )
    for is_it in tests:
        for number, film in enumerate(films):
            if isinstance(film, dict) and is_it(film):
                return number
    return None


def _release(releases: Sequence[Any], said: Announcement) -> int | None:
    """Return the number of the release that is *said*, the first of its kind; None for none."""
    for number, release in enumerate(releases):
        is_same = (release.get("kind"), str(release.get("region"))) == (said.kind, said.region)
        channel = slugify(str(release.get("channel") or ""))
        if is_same and channel == slugify(said.channel) and release.get("number", 1) == 1:
            return number
    return None
