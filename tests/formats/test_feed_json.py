"""JSON: the facts of releases and their films, for programs."""

import json
from datetime import date

import pytest

from releasecal.core.catalogue import Reading, merge
from releasecal.core.editions import NOTHING
from releasecal.core.models import (
    Bound,
    Certainty,
    Note,
    Production,
    ReleaseKind,
    Role,
    SeriesPlace,
    Source,
    Status,
    Window,
)
from releasecal.core.revise import revise
from releasecal.formats import feed_json
from releasecal.queries.feed_query import EVERYTHING
from releasecal.queries.results import Feed
from releasecal.queries.site_settings import SiteSettings
from support.build import NOW, POLICY, film, opening, publish, release, revision

WINDOW = Window(
    ReleaseKind.STREAMING,
    days=45,
    channel="Paramount+",
    bound=Bound.ABOUT,
    disputed=True,
    note="The studio has not said so",
)


def document(*films):
    """Return the JSON of all entries of *films*, read again."""
    return rendered(publish(*films))


def rendered(edition):
    """Return the JSON of all entries of *edition*, read again."""
    dated = tuple(entry for entry in edition.entries.values() if entry.shown)
    undated = tuple(entry for entry in edition.entries.values() if not entry.shown)
    feed = Feed(
        SiteSettings(),
        EVERYTHING,
        "Films",
        "/calendar",
        NOW.date(),
        dated,
        NOW,
        undated=undated,
        films=edition.films,
    )
    return json.loads(feed_json.render(feed))


def test_a_condition_of_a_window_is_told():
    """In words, where there is one; the length in its unit."""
    window = Window(ReleaseKind.DIGITAL, months=4, bound=Bound.AT_MOST, condition="if it was cheap")
    releases = document(opening("2027-07-14", windows=(window,)))["releases"]
    (told,) = (each["window"] for each in releases if each["window"])

    assert (told["length"], told["bound"], told["condition"]) == (
        "4 months",
        "at-most",
        "if it was cheap",
    )


def test_a_derived_release_has_its_window():
    """Length, bound, dispute and note, and the day it is counted from."""
    releases = document(opening("2027-07-14", windows=(WINDOW,)))["releases"]

    assert {each["kind"]: each["window"] for each in releases} == {
        "theatrical": None,
        "streaming-eligible": {
            "from": "theatrical",
            "to": "streaming",
            "region": None,
            "channel": "Paramount+",
            "length": "45 days",
            "bound": "about",
            "disputed": True,
            "note": "The studio has not said so",
            "source": None,
            "counted_from": "2027-07-14",
            "counted_from_certainty": "confirmed",
        },
    }


def test_films_have_their_other_facts():
    """Each film of a release once, with all facts that are none of a release."""
    told = film(
        "film",
        release("film", "2027-07-14"),
        release("film", "", kind=ReleaseKind.TV),
        distributor="Big Pictures",
        genres=("spy",),
        series=(SeriesPlace("saga", "Saga", 2),),
        refs=(("imdb", "tt1"),),
        production=Production("filming", note="In Norway"),
        cast=(
            Role("Ann", undisclosed=True),
            Role("Bob", "The spy", same_as=("https://x.example/1",)),
        ),
        notes=(Note("Filmed in Norway.", as_of=date(2026, 1, 2)),),
    )
    plain = opening("2027-07-15", id_="plain")

    films = document(told, plain)["films"]

    assert films["plain"] == {"title": "Plain"}
    unknown = {"description": None, "note": None}
    assert films["film"] == {
        "title": "Film",
        "distributor": "Big Pictures",
        "genres": ["spy"],
        "series": [{"id": "saga", "title": "Saga", "ordinal": 2}],
        "refs": {"imdb": "tt1"},
        "production": {
            "status": "filming",
            "wrapped": None,
            "note": "In Norway",
            "source": None,
            "as_of": None,
        },
        "cast": [
            {"name": "Ann", "role": None, "undisclosed": True, **unknown},
            {
                "name": "Bob",
                "role": "The spy",
                "undisclosed": False,
                **unknown,
                "same_as": ["https://x.example/1"],
            },
        ],
        "notes": [{"text": "Filmed in Norway.", "source": None, "as_of": "2026-01-02"}],
    }


def accounts(*days):
    """Return the JSON of a film's opening as two sources, first and second, date it."""
    sources = (Source("first"), Source("second"))
    readings = [
        Reading((opening(revision(day, source=source.id)),), sources)
        for day, source in zip(days, sources, strict=True)
    ]
    edition, _ = revise(NOTHING, merge(readings), now=NOW, policy=POLICY)
    (found,) = [each for part in ("releases", "undated") for each in rendered(edition)[part]]
    return found


def test_a_date_that_another_source_makes_exact_names_both():
    """The year and the day stand in the history, each with its source, and nothing differs."""
    found = accounts("2027", "2027-07-14")

    told = [(each["when"], each["source"]) for each in found["history"]]
    assert told == [("2027", "first"), ("2027-07-14", "second")]
    assert (found["when"], found["conflicts"]) == ("2027-07-14", [])


@pytest.mark.parametrize("first", ["", "2027-08-01"])
def test_what_another_source_says_otherwise_is_a_conflict(first):
    """Also where the first source says that there is no date."""
    found = accounts(first, "2027-07-14")

    assert found["when"] == (first or None)
    assert found["conflicts"] == [
        {
            "when": "2027-07-14",
            "status": "scheduled",
            "certainty": "confirmed",
            "source": "second",
        }
    ]


@pytest.mark.parametrize(
    ("current", "certainty"),
    [
        (revision("2027-07-14"), "confirmed"),
        (revision("2027-07-14", certainty=Certainty.TENTATIVE), "tentative"),
        (revision("2027-07", certainty=Certainty.ESTIMATED), "estimated"),
        (revision("2027-07"), "tentative"),
        (revision(""), None),
        (revision("2027-07-14", status=Status.CANCELLED), None),
    ],
)
def test_only_a_day_that_is_to_happen_is_confirmed(current, certainty):
    """A coarse date is tentative, and no date and a cancelled one have no certainty."""
    told = document(opening(current))
    (found,) = told["releases"] + told["undated"]

    assert found["certainty"] == certainty
    assert found["history"][-1]["certainty"] == certainty


def test_the_notices_that_sources_demand_are_there():
    """Each once; without any there is no such field."""
    owed = [Source(id_, attribution="Uses the TMDB API.") for id_ in ("tmdb", "again")]
    told = film(
        "film",
        release("film", revision("2027-07-14", source="tmdb")),
        release("film", revision("2027-07-15", source="again"), region="DE"),
    )

    assert rendered(publish(told, sources=tuple(owed)))["attribution"] == ["Uses the TMDB API."]
    assert "attribution" not in document(opening("2027-07-14"))


def test_what_else_is_told_of_a_release_and_its_film_is_there():
    """Place, time and the like where they are told, and nothing where they are not."""
    premiere = release("film", "2027-07-14", place="Palace", time="19:30", until=date(2027, 7, 18))
    told = film("film", premiere, runtime=154, poster="https://images.example/a.jpg")
    found = document(told)

    (only,) = found["releases"]
    assert (only["place"], only["time"], only["until"]) == ("Palace", "19:30", "2027-07-18")
    assert "label" not in only
    assert found["films"]["film"]["runtime"] == 154
    assert found["films"]["film"]["poster"] == "https://images.example/a.jpg"
