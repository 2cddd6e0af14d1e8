"""
Matching of releases: which announcement is of which release, and the key that each has now.

A film has premieres at several festivals of a country, and comes back to cinemas more than once.
A repeat is the one on record with its place or label, and keeps that one's number, whatever
stands before it in a list. The id of an event in somebody's calendar tells that before they do.
Where nothing of that is known, the numbers of the data decide. A source may say what a release
was called before (`was`): then its former key leads to the present one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count

from releasecal.core.models import Film, Release, ReleaseKey, slugify
from releasecal.core.value_classes import replace

_Base = tuple[str, str, str]
"""Kind, region and channel, which repeats have in common."""


def marks(release: Release) -> tuple[str, str]:
    """Return what tells *release* from repeats, in a form to compare: its place and its label."""
    return slugify(release.place), slugify(release.label)


def numbered(
    accounts: Sequence[Film], known: Sequence[Film]
) -> tuple[Sequence[Film], Mapping[ReleaseKey, Release]]:
    """
    Return *accounts*, of one film by precedence, with the numbers that their repeats have.

    *known* is the films on record that are this one, with all their releases; the one with its
    present id is first. The second result is the releases of the other ones whose number is
    another now, by their keys on record.
    """
    releases = chain.from_iterable(film.releases for film in (*accounts, *known))
    bases = {_base(release) for release in releases if release.event or any(marks(release))}
    if not bases:
        return accounts, {}
    told = [
        [_Told(source, release) for release in film.releases]
        for source, film in enumerate(accounts)
    ]
    moved: dict[ReleaseKey, Release] = {}
    for base in sorted(bases):
        repeats = _Repeats(
            [each for film in known for each in film.releases if _base(each) == base]
        )
        repeats.assign([each for some in told for each in some if _base(each.release) == base])
        moved |= {old.key: _of(accounts[0].id, old, number) for old, number in repeats.moved}
    renumbered = [
        replace(film, releases=tuple(_of(film.id, each.release, each.number) for each in some))
        for film, some in zip(accounts, told, strict=True)
    ]
    return renumbered, moved


def _of(film: str, release: Release, number: int) -> Release:
    """Return *release* as the one of *film* with that *number*; 0 is the number that it has."""
    key = replace(release.key, film=film, number=number or release.key.number)
    return release if key == release.key else replace(release, key=key)


def _base(release: Release) -> _Base:
    return release.key.kind, release.key.region, release.key.channel


@dataclass(slots=True)
class _Told:
    """
    A release as a source tells of it.

    Attributes:
        source: Number of the source.
        number: The number that it has; 0 for none yet.
    """

    source: int
    release: Release
    number: int = 0


@dataclass(slots=True)
class _Repeat:
    """
    A repeat under its number.

    Attributes:
        like: It as it was told last.
        is_waiting: Whether it is on record, and nobody has told of it yet.
        sources: Numbers of those who tell of it.
    """

    number: int
    like: Release
    is_waiting: bool = False
    sources: set[int] = field(default_factory=set)


_Test = Callable[[Release, _Repeat], bool]


def _is_its_event(told: Release, repeat: _Repeat) -> bool:
    return bool(told.event) and told.event == repeat.like.event


def _is_as_before(told: Release, repeat: _Repeat) -> bool:
    is_numbered = told.key.number == repeat.number
    return is_numbered and marks(told) == marks(repeat.like) and not _are_two_events(told, repeat)


def _has_its_marks(told: Release, repeat: _Repeat) -> bool:
    is_like = any(marks(told)) and marks(told) == marks(repeat.like)
    return is_like and not _are_two_events(told, repeat)


def _agrees(told: Release, repeat: _Repeat) -> bool:
    """Whether both have a place or a label in common, and none that differs."""
    pairs = zip(marks(told), marks(repeat.like), strict=True)
    return any(one and one == other for one, other in pairs) and not _differ(told, repeat)


def _are_two_events(told: Release, repeat: _Repeat) -> bool:
    """Whether one calendar has both as events with other UIDs."""
    one, other = told.event, repeat.like.event
    return one != other and one.rpartition("-")[0] == other.rpartition("-")[0] != ""


def _differ(told: Release, repeat: _Repeat) -> bool:
    return _have_other_marks(told, repeat) or _are_two_events(told, repeat)


def _have_other_marks(told: Release, repeat: _Repeat) -> bool:
    pairs = zip(marks(told), marks(repeat.like), strict=True)
    return any(one and other and one != other for one, other in pairs)


def _has_its_date(told: Release, repeat: _Repeat) -> bool:
    return _is_that_day(told, repeat) and not _have_other_marks(told, repeat)


def _has_its_number(told: Release, repeat: _Repeat) -> bool:
    return told.key.number == repeat.number and not _differ(told, repeat)


def _has_as_little(told: Release, repeat: _Repeat) -> bool:
    """Whether both have neither place nor label, and the first no number: its day may have moved."""
    has_nothing = not any((*marks(told), *marks(repeat.like))) and told.key.number == 1
    return has_nothing and repeat.is_waiting and not _are_two_events(told, repeat)


def _takes_its_date(told: Release, repeat: _Repeat) -> bool:
    """Whether it is on the date of a repeat on record that nobody calls as before."""
    return repeat.is_waiting and _is_that_day(told, repeat)


def _is_that_day(told: Release, repeat: _Repeat) -> bool:
    return told.current.when is not None and told.current.when == repeat.like.current.when


_IN_TURN: Sequence[_Test] = (
    _is_its_event,
    _is_as_before,
    _has_its_marks,
    _agrees,
    _has_its_date,
    _has_its_number,
    _has_as_little,
    _takes_its_date,
)
"""Signs that a release is a repeat that is known already, the surest first."""


class _Repeats:
    """
    The repeats of one kind, region and channel.

    Attributes:
        moved: Releases on record with the other numbers that they have now.
    """

    def __init__(self, known: Iterable[Release]) -> None:
        """Take those on record of one film after the other; those of the first keep numbers."""
        self._repeats: list[_Repeat] = []
        self.moved: list[tuple[Release, int]] = []
        films: dict[str, list[_Told]] = defaultdict(list)
        for release in known:
            films[release.key.film].append(_Told(-1, release))
        for some in films.values():
            self.assign(some)
            self.moved += [
                (each.release, each.number)
                for each in some
                if each.number != each.release.key.number
            ]
            for repeat in self._repeats:
                repeat.is_waiting = True
                repeat.sources.clear()

    def assign(self, told: Sequence[_Told]) -> None:
        """Give each of *told* its number, each number once to a source."""
        for each in (each for each in told if each.release.was):  # its key is said outright
            if not self._find(each, lambda one, repeat: one.key.number == repeat.number):
                self._add(each)
        for test in _IN_TURN:
            for each in told:
                self._find(each, test)
        for each in told:
            if not any(self._find(each, test) for test in _IN_TURN):
                self._add(each)

    def _find(self, each: _Told, test: _Test) -> bool:
        """Give *each* the number of a repeat that passes *test*, and return if it has one."""
        likely = [
            repeat
            for repeat in self._repeats
            if each.source not in repeat.sources and test(each.release, repeat)
        ]
        if likely and not each.number:
            number = each.release.key.number
            self._tell(each, min(likely, key=lambda one: (one.number != number, one.number)))
        return bool(each.number)

    def _add(self, each: _Told) -> None:
        """Give *each* its own number, or the first one that is free."""
        taken = {repeat.number for repeat in self._repeats}
        numbers = chain([each.release.key.number], count(1))
        number = next(number for number in numbers if number not in taken)
        self._repeats.append(_Repeat(number, each.release))
        self._tell(each, self._repeats[-1])

    def _tell(self, each: _Told, repeat: _Repeat) -> None:
        each.number, repeat.is_waiting = repeat.number, False
        repeat.sources.add(each.source)
        place = each.release.place or repeat.like.place
        label = each.release.label or repeat.like.label
        event = each.release.event or repeat.like.event
        repeat.like = replace(each.release, place=place, label=label, event=event)


def have_other_keys(films: Iterable[Film]) -> bool:
    """Whether a release of *films* may have another key than it says, once it is compared."""
    releases = (release for film in films for release in film.releases)
    return any(release.was or release.place or release.label for release in releases)


def with_present_keys(
    accounts: Sequence[Film], known: Sequence[Film]
) -> tuple[Sequence[Film], Mapping[ReleaseKey, Release]]:
    """
    Return *accounts*, of one film by precedence, with their releases under their present keys.

    *known* is as in `numbered`. The second result is releases by their former keys, under which
    the film or another one of *known* had them.
    """
    if not have_other_keys([*accounts, *known]):
        return accounts, {}
    accounts, moved = numbered(accounts, known)
    former = _former(accounts)
    return [_with_present_keys(film, former) for film in accounts], {**moved, **former}


def _former(accounts: Sequence[Film]) -> Mapping[ReleaseKey, Release]:
    """Return by former key the releases that *accounts*, of one film by precedence, say had it."""
    found: dict[ReleaseKey, Release] = {}
    for release in (release for film in accounts for release in film.releases):
        for old in release.was:
            if _last(release, found).key != old:  # or they would exchange their keys for ever
                found.setdefault(old, release)
    return {old: replace(_last(release, found), was=()) for old, release in found.items()}


def _last(release: Release, found: Mapping[ReleaseKey, Release]) -> Release:
    while release.key in found:
        release = found[release.key]
    return release


def _with_present_keys(film: Film, former: Mapping[ReleaseKey, Release]) -> Film:
    """
    Return *film*, an account, with its releases under the keys that they have now.

    *former* has releases by former keys. A source that tells of both means two releases.
    """
    if not former:
        return film
    releases = {release.key: replace(release, was=()) for release in film.releases}
    for old, now in former.items():
        if old in releases and now.key not in releases:
            release = releases.pop(old)
            releases[now.key] = replace(release, key=now.key, kind=now.kind, channel=now.channel)
    return replace(film, releases=tuple(releases.values()))
