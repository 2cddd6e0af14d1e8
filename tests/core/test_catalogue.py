"""The catalogue: several sources as one, by precedence."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.core.catalogue import Reading, merge
from releasecal.core.models import ReleaseKind, Source, Status
from releasecal.errors import DataError, Place
from support.build import catalogue, film, opening, release, revision


def history(merged, id_="film"):
    (only,) = merged.films[id_].releases
    return [str(each.when) for each in only.history]


def test_films_of_all_sources_are_sorted_by_id():
    """The films of all sources are there, sorted, independent of the order of the sources."""
    one = Reading((film("b"), film("a")), (Source("s", "First"),))
    other = Reading((film("c"),), (Source("s", "Second"), Source("r")))

    merged = merge([one, other])

    assert list(merged.films) == ["a", "b", "c"]
    assert merged.sources == {"r": Source("r"), "s": Source("s", "First")}


def test_precedence_decides_fact_by_fact():
    """The first source with a fact decides it; the next ones fill the gaps."""
    own = opening("2023-07-14", title="Ours", distributor="Paramount", refs=(("imdb", "tt1"),))
    theirs = opening(
        "2023-07-14", title="Theirs", genres=("spy",), refs=(("imdb", "tt2"), ("tmdb", "5"))
    )

    merged = merge([Reading((own,)), Reading((theirs,))]).films["film"]

    assert (merged.title, merged.distributor, merged.genres) == ("Ours", "Paramount", ("spy",))
    assert merged.refs == (("imdb", "tt1"), ("tmdb", "5"))


def test_another_source_improves_the_days_of_announcement():
    """Equal histories become one, with the earlier "announced by" of both."""
    article = opening(
        *(revision(day, as_of=date(2022, 3, 25)) for day in ("2021-07-23", "2023-07-14"))
    )
    press = opening(
        revision("2021-07-23", as_of=date(2019, 2, 1)),
        revision("2022-09-30", as_of=date(2021, 9, 1)),
        revision("2023-07-14", as_of=date(2022, 1, 21)),
    )

    merged = merge([Reading((article,)), Reading((press,))])

    assert history(merged) == ["2021-07-23", "2022-09-30", "2023-07-14"]
    (only,) = merged.films["film"].releases
    assert only.current.as_of == date(2022, 1, 21)
    assert merged.conflicts == ()


def test_another_date_is_a_conflict_and_changes_nothing():
    """Of two different days the first source's stands, and the conflict names both."""
    own = opening(revision("2023-07-14", as_of=date(2022, 3, 25)))
    theirs = opening(revision("2023-07-12", as_of=date(2023, 4, 27), source="press"))

    merged = merge([Reading((own,)), Reading((theirs,))])

    assert history(merged) == ["2023-07-14"]
    assert [str(each) for each in merged.conflicts] == [
        "film.theatrical.us: 14 Jul 2023 stands, another source says 12 Jul 2023 (press)"
    ]


@pytest.mark.parametrize("other", ["2023-07", "2023", "2023-Q3", "2023-summer", ""])
def test_a_coarser_date_is_no_conflict(other):
    """A month around the day, or no date at all, contradicts nothing."""
    merged = merge([Reading((opening("2023-07-14"),)), Reading((opening(other),))])

    assert history(merged) == ["2023-07-14"]
    assert merged.conflicts == ()


def test_a_former_date_is_no_conflict():
    """A source with a former date has not heard of the change, and contradicts nothing."""
    merged = merge([Reading((opening("2022", "2023-07-14"),)), Reading((opening("2022"),))])

    assert merged.conflicts == ()


def test_a_cancellation_elsewhere_is_a_conflict():
    """A cancellation by a second source is a conflict, and the first source's date stands."""
    theirs = opening(revision("2023-07-14", status=Status.CANCELLED))

    merged = merge([Reading((opening("2023-07-14"),)), Reading((theirs,))])

    assert str(merged.conflicts[0]).endswith("another source says cancelled (14 Jul 2023)")


def test_releases_of_all_sources_are_there():
    """A release of only one source is in the catalogue."""
    digital = release("film", "2023-10-10", kind=ReleaseKind.DIGITAL)

    merged = merge([Reading((opening("2023-07-14"),)), Reading((film("film", digital),))])

    kinds = [each.kind for each in merged.films["film"].releases]
    assert kinds == [ReleaseKind.THEATRICAL, ReleaseKind.DIGITAL]


def test_references_to_missing_films_are_all_reported():
    """Each reference to a film that no source has is a problem; all are reported at once."""
    reading = Reading(
        (
            opening("2023", id_="mission-8", follows="mission-07"),
            opening(revision("2023", slot_to="maverick"), id_="mission-7"),
        ),
        places={("mission-8", "follows"): Place("films.yaml", 3, 5)},
    )

    with pytest.raises(DataError) as caught:
        merge([reading])

    assert list(map(str, caught.value.problems)) == [
        "films.yaml:3:5: follows leads nowhere: there is no film 'mission-07' (did you mean mission-7?)",
        "mission-7: slot_to leads nowhere: there is no film 'maverick' (add that film, or take the line out)",
    ]


def test_references_may_lead_to_another_source():
    """A film can follow a film of another source."""
    assert merge([Reading((film("b", follows="a"),)), Reading((film("a"),))]).films


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_circle_of_sequels_is_reported_once(length):
    """A circle of sequels is one problem, also where other films lead into it."""
    ids = [f"film-{i}" for i in range(length)]
    circle = [film(id_, follows=ids[i - 1]) for i, id_ in enumerate(ids)]

    with pytest.raises(DataError) as caught:
        catalogue(*circle, film("a-follower", follows="film-0"))

    (problem,) = caught.value.problems
    assert problem.what.startswith("follows goes in a circle: film-")
    assert problem.what.count("→") == length


@pytest.mark.slow
def test_a_long_chain_is_no_circle():
    """A chain of 30,000 sequels is no circle, and each film is visited once."""
    films = [film(f"f{number}", follows=f"f{number + 1}") for number in range(30_000)]
    merged = catalogue(*films, film("f30000"))

    assert len(merged.films) == 30_001


def test_a_long_circle_has_a_short_message():
    """The message about a circle of many films fits on a line."""
    with pytest.raises(DataError) as caught:
        catalogue(*(film(f"f{i:03}", follows=f"f{(i + 1) % 500:03}") for i in range(500)))

    (problem,) = caught.value.problems
    assert problem.what.startswith("follows goes in a circle: f000 → f001 → ")
    assert problem.what.endswith(" → f008 → … → f499 → f000")


def test_problems_are_limited_and_counted():
    """Twenty problems have a suggestion, a thousand are listed, the rest are counted."""
    films = [film(f"film-{number:04}", follows=f"fillm-{number:04}") for number in range(4_000)]
    with pytest.raises(DataError) as caught:
        merge(
            [Reading(tuple(films), places={(each.id, "id"): Place("a.json", 1) for each in films})]
        )

    rest, *told = map(str, caught.value.problems)
    assert rest == ("a.json: 3,000 more like the 1,000 of which this tells (mend these first)")
    assert len(told) == 1_000
    assert told[0].endswith("there is no film 'fillm-0000' (did you mean film-0000?)")
    assert sum("did you mean" in line for line in told) == 20


@given(st.permutations(range(5)))
def test_order_of_films_changes_nothing(order):
    """Any order of the films makes the same catalogue."""
    films = [opening("2023-07-14", id_=f"film-{i}", genres=(str(i),)) for i in range(5)]

    assert catalogue(*(films[i] for i in order)) == catalogue(*films)


def test_merging_a_source_with_itself_adds_nothing():
    """A reading merged with itself is the same catalogue."""
    reading = Reading((opening("2021", "2022-07", "2023-07-14"),))

    twice, once = merge([reading, reading]), merge([reading])
    assert twice.films["film"].releases == once.films["film"].releases
