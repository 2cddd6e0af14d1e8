"""Settling: what a machine says counts once it has lasted; what people say, at once."""

import csv
from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime

import pytest

from releasecal.core.catalogue import Reading, merge
from releasecal.core.changes import ChangeKind
from releasecal.core.debounce import JITTER
from releasecal.core.editions import NOTHING
from releasecal.core.models import ReleaseKind, Source, Status, Window
from releasecal.core.revise import revise
from support.build import DAY, NOW, POLICY, catalogue, film, opening, publish, release, revision
from support.paths import REPLAYS

MACHINE = (Source("tmdb", machine=True),)


def said(when, status=Status.SCHEDULED):
    return opening(revision(when, source="tmdb", status=status))


def read_as(name, *films):
    """Return what one read told of, which has a name."""
    reads = {film.id: name for film in films}
    told = tuple(replace(film, told_in=("export.json",)) for film in films)
    return merge([Reading(told, MACHINE, reads=reads, states={"export.json": name})])


def read(*tellings, names=None):
    """Revise once a telling (a film, or None for an empty source); return all changes."""
    edition, found = NOTHING, []
    for number, told in enumerate(tellings):
        films = [film("other"), *([told] if told else [])]
        edition, changes = revise(
            edition,
            read_as(names[number] if names else str(number), *films),
            now=NOW + number * DAY,
            policy=POLICY,
        )
        found += [
            (number, change.kind) for change in changes if change.kind is not ChangeKind.ADDED
        ]
    return edition, found


def shown(edition):
    (entry,) = edition.entries.values()
    return str(entry.current.when)


def test_one_read_is_not_enough():
    """Another day waits for a second read that says the same."""
    edition, found = read(said("2027-07-14"), said("2027-07-15"))

    assert found == []
    assert shown(edition) == "2027-07-14"
    assert len(edition.pending) == 1


def test_two_reads_are():
    """What lasts is published at the second read, and nothing is pending any more."""
    edition, found = read(said("2027-07-14"), said("2027-07-15"), said("2027-07-15"))

    assert found == [(2, ChangeKind.DELAYED)]
    assert shown(edition) == "2027-07-15"
    assert edition.pending == {}


def test_what_is_taken_back_never_was():
    """A day that reverts is not announced, however often it flickers."""
    edition, found = read(*(said(f"2027-07-1{4 + number % 2}") for number in range(7)))

    assert found == []
    assert edition.number == 1


def test_a_third_opinion_starts_anew():
    """Two reads have to say the same."""
    _, found = read(said("2027-07-14"), said("2027-07-15"), said("2027-07-16"), said("2027-07-16"))

    assert found == [(3, ChangeKind.DELAYED)]


def test_the_same_read_counts_once():
    """Looking again at the same state of the same file is no second read."""
    tellings = [said("2027-07-14"), *[said("2027-07-15")] * 5]

    edition, found = read(*tellings, names=["a", "b", "b", "b", "b", "b"])

    assert found == []
    assert next(iter(edition.pending.values())).reads == 1


def test_a_large_move_counts_at_once():
    """More than a week is too far for jitter."""
    a_week = date(2027, 7, 14) + JITTER

    _, within = read(said("2027-07-14"), said(a_week.isoformat()))
    _, beyond = read(said("2027-07-14"), said((a_week + DAY).isoformat()))

    assert within == []
    assert beyond == [(1, ChangeKind.DELAYED)]


@pytest.mark.parametrize(
    ("after", "kind", "reads"),
    [
        (said(""), ChangeKind.UNDATED, 3),
        (None, ChangeKind.WITHDRAWN, 3),
        (said("2027-07-14", Status.CANCELLED), ChangeKind.CANCELLED, 2),
        (said("2027"), ChangeKind.BLURRED, 2),
    ],
)
def test_losing_a_date_takes_longer(after, kind, reads):
    """A third read before a date or a release is gone."""
    _, too_early = read(said("2027-07-14"), *[after] * (reads - 1))
    _, found = read(said("2027-07-14"), *[after] * reads)

    assert too_early == []
    assert found == [(reads, kind)]


def test_people_count_at_once():
    """A file kept by hand says it once."""
    first = publish(opening("2027-07-14"))

    _, found = revise(first, catalogue(opening("2027-07-15")), now=NOW + DAY, policy=POLICY)

    assert [change.kind for change in found] == [ChangeKind.DELAYED]


def test_what_is_derived_waits_as_well():
    """A streaming date does not run ahead of the opening it is counted from."""
    window = Window(ReleaseKind.STREAMING, days=45)

    def told(when):
        return film("film", release("film", revision(when, source="tmdb")), windows=(window,))

    edition, found = read(told("2027-07-14"), told("2027-07-15"))
    assert found == []
    assert {str(entry.current.when) for entry in edition.entries.values()} == {
        "2027-07-14",
        "2027-08-28",
    }
    _, found = read(told("2027-07-14"), told("2027-07-15"), told("2027-07-15"))
    assert found == [(2, ChangeKind.DELAYED)] * 2


def test_a_confirmation_settles_as_well():
    """Until the announced streaming date has lasted, the derived one stays."""
    window = Window(ReleaseKind.STREAMING, days=45)
    theatrical = release("film", "2027-07-14")

    def told(*days):
        streaming = [
            release("film", revision(day, source="tmdb"), kind=ReleaseKind.STREAMING)
            for day in days
        ]
        return film("film", theatrical, *streaming, windows=(window,))

    _, found = read(told(), told("2027-08-30"))
    assert found == []
    _, found = read(told(), told("2027-08-30"), told("2027-08-30"))
    assert found == [(2, ChangeKind.CONFIRMED)]


def history():
    """Yield (moment, the day of each film then), as a public database told it in 2026."""
    path = REPLAYS / "uk_2026.csv"
    looks = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            looks[row["observed"]].append((row["film"], date.fromisoformat(row["opens"])))
    state = {}
    for moment in sorted(looks):
        state.update(looks[moment])
        yield datetime.fromisoformat(moment), dict(state)


def test_a_real_history():
    """
    Ten weeks of 29 real films: what lasted is announced within two reads, nothing else is.

    The expectation is worked out film by film from the looks themselves.
    """
    looks = list(history())
    edition, announced = NOTHING, []
    for number, (moment, state) in enumerate(looks):
        films = [
            film(
                f"f{id_}", release(f"f{id_}", revision(day.isoformat(), source="tmdb"), region="GB")
            )
            for id_, day in state.items()
        ]
        edition, changes = revise(edition, read_as(str(number), *films), now=moment, policy=POLICY)
        announced += [
            (number, change.key.film[1:], change.new.when.first)
            for change in changes
            if change.kind is not ChangeKind.ADDED
        ]

    expected, jitter = [], 0
    for id_ in looks[-1][1]:
        days = [(number, state[id_]) for number, (_, state) in enumerate(looks) if id_ in state]
        public = days[0][1]
        for (number, day), after in zip(days[1:], [*days[2:], None], strict=True):
            if day == public:
                continue
            earlier = dict(days).get(number - 1)
            if abs(day - public) > JITTER or earlier == day:
                expected.append((number, id_, day))
                public = day
            elif after is not None and after[1] != day:
                jitter += 1
    assert sorted(announced) == sorted(expected)
    assert len(announced) >= 20
    assert jitter >= 1

    fast_forever = [day for _, id_, day in announced if id_ == "755679"]
    assert fast_forever == []  # 16, 17, 16 March 2028
    pending = {key.film for key in edition.pending}
    lasting = {id_ for id_, day in looks[-1][1].items() if looks[-2][1].get(id_, day) == day}
    for id_ in lasting - {film_id[1:] for film_id in pending}:
        (entry,) = (e for key, e in edition.entries.items() if key.film == f"f{id_}")
        assert entry.current.when.first == looks[-1][1][id_]


def test_what_waits_may_mention_a_film_that_is_gone():
    """A film whose date was taken keeps its title in the words of one that waits for a read."""

    def told(day, *others, slot=""):
        return film("film", release("film", revision(day, source="tmdb", slot_from=slot))), *others

    rival = film("rival", title="The Rival")
    first, _ = revise(
        NOTHING, read_as("1", *told("2027-07-14", rival, slot="rival")), now=NOW, policy=POLICY
    )
    second, changes = revise(first, read_as("2", *told("2027-07-15")), now=NOW + DAY, policy=POLICY)

    assert changes == ()
    assert len(second.pending) == 1
    assert shown(second) == "2027-07-14"
    (entry,) = second.entries.values()
    assert entry.facts.titles == (("rival", "The Rival"),)
