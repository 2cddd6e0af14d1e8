"""TMDB: which films it follows, what it asks for, and how its releases are read."""

import json
import zlib
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
import stamina

from releasecal.core.catalogue import merge
from releasecal.core.films_on_record import FilmsOnRecord
from releasecal.errors import FetchFailed
from releasecal.sources import no_progress, snapshot_editing, snapshot_parts
from releasecal.sources.remote import (
    KINDS,
    Client,
    Secret,
    SourceSettings,
    fetch,
    problems,
    remembered_films,
    tmdb,
)
from releasecal.sources.remote.pace import Pace
from releasecal.sources.remote.tmdb import memory, tmdb_snapshot
from releasecal.sources.snapshot import JSON, Snapshot
from releasecal.sources.validate import validate
from support.clock import Clock
from support.faulty_server import Answer, FaultyServer
from support.looks import look_again
from support.tmdb import Replay, movie, recorded

TOKEN = "a-token-that-nobody-may-see"
FAST = Pace(rate=10_000)
TMDB = KINDS["tmdb"]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def replay():
    return Replay(token=TOKEN)


@pytest.fixture
def server(replay):
    with FaultyServer(replay) as server:
        yield server


@pytest.fixture
def opened():
    """Names of the parts that looks have opened."""
    return []


@pytest.fixture
def look(server, clock, opened):
    """Take a look with these options, at what the last one has left."""

    def look(before=None, regions=(), **options):
        given = SourceSettings(
            "tmdb", "tmdb", server.address, Secret(TOKEN), regions=regions, options=options
        )
        assert problems(given) == []
        with stamina.set_testing(True, attempts=1), Client(given, clock, FAST) as client:
            return look_again(given, before, client, opened.append)

    return look


def read(fetched, **facts):
    """Return the catalogue of a snapshot."""
    result = validate([Snapshot("tmdb", JSON, fetched.data)], (), no_progress)
    assert not result.problems
    return merge([result.reading], **facts)


def releases(fetched):
    """Return what a snapshot tells: (kind, region, channel, label, day) of each release."""
    return {
        (
            release.kind.slug,
            release.key.region,
            release.channel,
            release.label,
            str(release.current.when),
        )
        for film in read(fetched).films.values()
        for release in film.releases
    }


def seen(*told):
    """Return the film "Film" with releases, each a country, type, day and note."""
    return movie(1, "Film", *told)


class TestFilms:
    def test_a_recorded_film_has_its_dates_everywhere(self, look, replay):
        """The recording of a film in 66 countries: each date by country and type, as a day."""
        replay.films = {47964: recorded("movie_47964")}
        fetched = look(ids=[47964])

        (film,) = read(fetched).films.values()
        told = releases(fetched)
        assert len({region for _, region, *_ in told}) == 66
        assert fetched.releases == len(told) == 74
        assert told >= {
            ("theatrical", "DE", "", "", "2013-02-14"),
            ("physical", "DE", "", "", "2013-06-28"),
            ("theatrical", "KR", "", "", "2013-02-06"),
            ("theatrical", "US", "", "", "2013-02-14"),
            ("streaming", "FR", "Disney+", "", "2021-02-23"),
            ("physical", "FR", "", "DVD & Blu-Ray", "2013-06-26"),
            ("theatrical", "RU", "", "«Twentieth Century Fox CIS» IMAX", "2013-02-14"),
            ("tv", "NL", "Veronica", "", "2017-08-30"),
        }
        assert film.id == "tmdb-47964"
        assert dict(film.refs) == {"imdb": "tt1606378", "tmdb": "47964"}
        assert film.runtime == 98
        assert film.genres == ("Action", "Thriller")
        assert film.production.status == "finished"
        assert film.series[0].title == "Die Hard"
        ratings = {(each.region, each.rating) for each in film.certifications}
        assert ratings >= {("DE", "16"), ("US", "R")}
        assert film.poster == "https://image.tmdb.org/t/p/w500/qJ0csDXAVFMsNn0cRcjy6W6PxAK.jpg"
        assert film.links[0].url.startswith("https://www.20thcenturystudios.com/")
        titles = {(each.kind, each.region): each.title for each in film.titles}
        assert titles["regional", "DE"] == "Stirb langsam - Ein guter Tag zum Sterben"
        assert titles["working", "US"] == "Die Hard 5: A Good Day to Die Hard"

    def test_regions_and_kinds_are_kept_at_the_door(self, look, replay):
        """Only releases in the regions and of the kinds of the settings are in the snapshot."""
        replay.films = {47964: recorded("movie_47964")}
        fetched = look(ids=[47964], regions=("DE", "FR"), kinds=["theatrical", "streaming"])

        assert releases(fetched) == {
            ("theatrical", "DE", "", "", "2013-02-14"),
            ("theatrical", "FR", "", "", "2013-02-20"),
            ("streaming", "FR", "Disney+", "", "2021-02-23"),
        }
        (film,) = read(fetched).films.values()
        assert {each.region for each in film.certifications} == {"DE", "FR"}

    def test_the_first_release_anywhere_is_no_date(self, look, replay):
        """A film's own release date, the first one anywhere, is nobody's."""
        replay.films = {575264: recorded("movie_575264")}

        told = {(region, day) for _, region, _, _, day in releases(look(ids=[575264]))}
        assert ("US", "2023-07-12") in told
        assert "2023-07-08" not in {day for _, day in told}

    @pytest.mark.parametrize(
        ("told", "expected"),
        [
            (("US", 4, "2027-05-01", "Netflix"), ("streaming", "US", "Netflix", "")),
            (("US", 4, "2027-05-01", "Paramount Plus"), ("streaming", "US", "Paramount+", "")),
            (("US", 4, "2027-05-01", "Disney+ (Star)"), ("streaming", "US", "Disney+", "")),
            (("US", 4, "2027-05-01", "Max"), ("streaming", "US", "HBO Max", "")),
            (("US", 4, "2027-05-01", "Mad Max box"), ("digital", "US", "", "Mad Max box")),
            (("US", 4, "2027-05-01", "iTunes"), ("digital", "US", "", "iTunes")),
            (("US", 4, "2027-05-01", ""), ("digital", "US", "", "")),
            (("FR", 4, "2027-05-01", "Festival de Cannes"), ("premiere", "FR", "", "Festival de Cannes")),
            (("US", 1, "2027-05-01", "Tribeca Film Festival"), ("premiere", "US", "", "Tribeca Film Festival")),
            (("US", 2, "2027-05-01", "IMAX"), ("theatrical-limited", "US", "", "IMAX")),
            (("US", 6, "2027-05-01", "HBO"), ("tv", "US", "HBO", "")),
        ],
    )  # fmt: skip
    def test_notes_tell_what_a_type_means(self, look, replay, told, expected):
        """A service makes a digital release a streaming one, and a festival makes it a premiere."""
        replay.films = {1: seen(told)}

        assert releases(look(ids=[1])) == {(*expected, "2027-05-01")}

    def test_another_opening_a_year_later_is_a_re_release(self, look, replay):
        """The first opening keeps its identity, whatever comes back to cinemas later."""
        again = ("US", 3, "2030-05-04", "4K restoration")
        replay.films = {1: seen(("US", 3, "1999-05-04", ""), again)}

        assert releases(look(ids=[1])) == {
            ("theatrical", "US", "", "", "1999-05-04"),
            ("re-release", "US", "", "4K restoration", "2030-05-04"),
        }

    def test_a_repeat_in_between_moves_no_other(self, look, replay):
        """Repeats are told apart by their notes: one more among them leaves the others alone."""
        told = [("FR", 1, "2027-05-14", "Cannes"), ("FR", 1, "2027-09-05", "Deauville")]
        others = [("FR", 1, "2027-02-01", "Gérardmer"), ("FR", 1, "2027-01-07", "")]

        def films(*told, published):
            replay.films = {1: seen(*told)}
            return read(look(ids=[1]), published=FilmsOnRecord(published)).films

        def keys(films):
            return {release.label: release.key for release in films["tmdb-1"].releases}

        before = films(*told, published={})
        after = films(told[1], *others, told[0], published=before)
        assert keys(before).items() < keys(after).items()
        assert len(set(keys(after).values())) == 4

    def test_the_release_without_a_note_moves_as_one(self, look, replay):
        """Also where others with notes were there before it."""
        cannes = ("FR", 1, "2027-05-14", "Cannes")
        published = {}
        for told in (
            [cannes],
            [cannes, ("FR", 1, "2027-06-01", "")],
            [cannes, ("FR", 1, "2027-06-08", "")],
        ):
            replay.films = {1: seen(*told)}
            before, published = (
                published,
                read(look(ids=[1]), published=FilmsOnRecord(published)).films,
            )

        keys = [
            {each.key for each in films["tmdb-1"].releases if not each.label}
            for films in (before, published)
        ]
        assert keys[0] == keys[1]

    def test_a_label_needs_no_number(self, look, replay):
        """It tells a release from others; what shares one, or has none, has a number by it."""
        replay.films = {
            1: seen(
                ("FR", 1, "2027-05-14", "Cannes"),
                ("FR", 1, "2027-06-01", ""),
                ("FR", 1, "2027-09-05", "Deauville"),
                ("DE", 1, "2027-02-14", "Berlinale"),
                ("DE", 1, "2027-02-20", "Berlinale"),
            )
        }
        (film,) = json.loads(look(ids=[1]).data)["films"]

        told = [
            (each["region"], each.get("label"), "number" in each)
            for each in film["releases"]
            if each["kind"] == "premiere"
        ]
        assert sorted(told, key=repr) == [
            ("DE", "Berlinale", True),
            ("DE", "Berlinale", True),
            ("FR", "Cannes", False),
            ("FR", "Deauville", False),
            ("FR", None, False),
        ]

    def test_a_first_of_january_is_the_year_unless_another_country_has_it(self, look, replay):
        """TMDB asks for a 1 January where only the year is known; two of them are a day."""
        replay.films = {
            1: movie(1, "Year", ("US", 3, "2027-01-01", "")),
            2: movie(2, "Day", ("US", 3, "2027-01-01", ""), ("DE", 3, "2027-01-01", "")),
        }

        def days(**options):
            films = read(look(ids=[1, 2], **options)).films.values()
            return {film.title: str(film.releases[0].current.when) for film in films}

        assert days() == {"Year": "2027", "Day": "2027-01-01"}
        assert days(regions=("US",)) == {"Year": "2027", "Day": "2027-01-01"}

    def test_odd_countries_types_and_dates_are_left_out_with_a_note(self, look, replay):
        """A country that is no more, a type 999 and a date that is none stop nothing."""
        replay.films = {
            1: seen(
                ("SU", 3, "1985-05-01", ""),
                ("XC", 3, "1985-05-01", ""),
                ("US", 999, "1985-05-01", ""),
                ("US", 3, "soon", ""),
                ("XK", 3, "1985-05-02", ""),
            ),
            2: movie(2, "Other", ("SU", 3, "1986-05-01", "")),
        }
        fetched = look(ids=[1, 2])

        assert releases(fetched) == {("theatrical", "XK", "", "", "1985-05-02")}
        assert [problem.what for problem in fetched.notes] == [
            "no country has the code 'SU', 2 times",
            "no country has the code 'XC'",
            "not a date: 'soonT00:00:00.000Z'",
            "there is no type 999 of release",
        ]

    def test_texts_of_strangers_harm_nothing(self, look, replay):
        """Control characters, endless texts and empty ones leave a film that is right."""
        replay.films = {
            1: movie(
                1,
                "A\x00B\nC ",
                ("US", 3, "2027-05-01", "x" * 10_000),
                ("US", 6, "2027-05-01", "???"),
                overview="word " * 1_000,
                poster_path=None,
                homepage="javascript:alert(1)",
                runtime=0,
                imdb_id="",
                belongs_to_collection={"id": 1, "name": None},
            )
        }
        fetched = look(ids=[1])

        (film,) = read(fetched).films.values()
        assert film.title == "AB C"
        assert fetched.notes == ()
        assert len(film.releases) == 2

    def test_the_notice_that_tmdb_asks_for_is_there(self, look, replay):
        """The source of each date bears TMDB's notice, and is a database."""
        replay.films = {1: seen(("US", 3, "2027-05-01", ""))}

        (source,) = read(look(ids=[1])).sources.values()
        assert source.attribution == TMDB.attribution
        assert source.machine


class TestFollowing:
    def test_the_work_is_seen_to_go_on(self, server, replay, clock):
        """A look that takes minutes tells how many of its films it has."""
        replay.films = {id_: movie(id_, f"Film {id_}") for id_ in range(1, 9)}
        given = SourceSettings(
            "tmdb", "tmdb", server.address, Secret(TOKEN), options={"ids": list(replay.films)}
        )
        seen = []
        fetch(given, None, clock, lambda *told: seen.append(told))

        assert seen == [("tmdb", number, 8) for number in range(1, 9)]

    def test_films_collections_and_queries_are_followed(self, look, replay, server):
        """What any part of the settings names is followed, each film once."""
        replay.films = {id_: movie(id_, f"Film {id_}") for id_ in range(1, 60)}
        replay.collections = {7: [2, 3]}
        replay.queries = {"DE": range(3, 50)}
        discover = {"region": "DE", "release_type": [2, 3], "days_ahead": 400, "with_genres": "28"}
        fetched = look(ids=[1], collections=[7], discover=discover)

        assert fetched.films == 49
        query = next(asked.query for asked in server.asked if asked.path == "/3/discover/movie")
        assert query == {
            "include_adult": "false",
            "region": "DE",
            "release_date.gte": "2030-10-01",
            "release_date.lte": "2031-12-31",
            "sort_by": "primary_release_date.asc",
            "with_genres": "28",
            "with_release_type": "2|3",
        }

    def test_a_quiet_day_costs_what_changed(self, look, replay, server, clock):
        """A later look asks for changes, and for the films that changed."""
        replay.films = {id_: movie(id_, f"Film {id_}") for id_ in range(1, 400)}
        replay.queries = {"DE": range(1, 400)}
        first = look(discover={"region": "DE"})
        asked_first = len(server.asked)
        clock.now += timedelta(days=1)
        replay.edited = [5, 10_000]
        replay.films[5] = movie(5, "Film Five")
        server.asked.clear()
        second = look(first, discover={"region": "DE"})

        assert asked_first == 1 + 20 + 399
        assert sorted(asked.path for asked in server.asked) == [
            "/3/discover/movie",
            "/3/movie/5",
            "/3/movie/changes",
        ]
        assert b"Film Five" in second.data
        assert second.films == 399

    def test_changes_are_asked_for_from_the_last_look_on(self, look, replay, server, clock):
        """A look after five weeks asks for all days in between, 14 at a time."""
        replay.films = {id_: movie(id_, f"Film {id_}") for id_ in range(1, 9)}
        first = look(ids=list(replay.films))
        clock.now += timedelta(days=35)
        server.asked.clear()
        look(first, ids=list(replay.films))

        spans = [
            (asked.query["start_date"], asked.query["end_date"])
            for asked in server.asked
            if asked.path == "/3/movie/changes"
        ]
        assert spans == [
            ("2030-11-22", "2030-12-05"),
            ("2030-12-06", "2030-12-19"),
            ("2030-12-20", "2030-12-27"),
        ]

    def test_many_changes_are_not_leafed_through_for_few_films(self, look, replay, server, clock):
        """Where the films are fewer than the pages of changes, they are asked for directly."""
        replay.films = {id_: movie(id_, f"Film {id_}") for id_ in (1, 2)}
        first = look(ids=[1, 2])
        clock.now += timedelta(days=1)
        replay.edited = range(1_000, 9_000)
        server.asked.clear()
        look(first, ids=[1, 2])

        assert sorted(asked.path for asked in server.asked) == [
            "/3/movie/1", "/3/movie/2", "/3/movie/changes",
        ]  # fmt: skip

    def test_what_a_query_lists_no_more_is_followed_on(self, look, replay, clock):
        """A film that has opened leaves the query and stays in the snapshot for half a year."""
        replay.films = {1: movie(1, "One"), 2: movie(2, "Two")}
        replay.queries = {"DE": [1, 2]}
        fetched = look(discover={"region": "DE"})
        replay.queries = {"DE": [2]}
        counts = []
        for days in (100, 50, 50):
            clock.now += timedelta(days=days)
            fetched = look(fetched, discover={"region": "DE"})
            counts.append(fetched.films)

        assert counts == [2, 2, 1]

    def test_what_the_settings_name_no_more_is_gone(self, look, replay):
        """Films of a collection or a query that is taken out of the settings leave with it."""
        replay.films = {id_: movie(id_, f"Film {id_}") for id_ in (1, 2, 3)}
        replay.collections = {7: [2]}
        replay.queries = {"DE": [3]}
        first = look(ids=[1], collections=[7], discover={"region": "DE"})

        assert first.films == 3
        assert look(first, ids=[1]).films == 1

    def test_nothing_is_kept_longer_than_the_terms_allow(self, look, replay, server, clock):
        """Each film is asked for again within six months, although nobody edited it."""
        replay.films = {1: movie(1, "One")}
        first = look(ids=[1])
        clock.now += timedelta(days=151)
        server.asked.clear()
        look(first, ids=[1])

        assert "/3/movie/1" in {asked.path for asked in server.asked}

    def test_a_film_that_tmdb_has_no_more_stops_nothing(self, look, replay):
        """The others are there, and a note tells of an id that was named and leads nowhere."""
        replay.films = {1: movie(1, "One")}
        fetched = look(ids=[1, 2])

        assert fetched.films == 1
        assert [problem.what for problem in fetched.notes] == ["TMDB has no film 2"]

    def test_another_language_asks_for_all_again(self, look, replay, server):
        """Titles in another language are other texts, which no change would tell of."""
        replay.films = {1: movie(1, "One")}
        first = look(ids=[1])
        server.asked.clear()
        look(first, ids=[1], language="de-DE")

        assert [asked.query["language"] for asked in server.asked] == ["de-DE"]

    def test_regions_can_be_changed_without_asking(self, look, replay, server):
        """More regions come from what is known."""
        replay.films = {47964: recorded("movie_47964")}
        first = look(ids=[47964], regions=("DE",))
        server.asked.clear()
        second = look(first, ids=[47964], regions=("DE", "FR"))

        assert {asked.path for asked in server.asked} <= {"/3/movie/changes", "/3/movie/47964"}
        assert {region for _, region, *_ in releases(second)} == {"DE", "FR"}


SAGA, EPIC = ({"id": 1, "name": name} for name in ("Saga Collection", "Epic Collection"))
OTHER = {"id": 2, "name": "Other Collection"}
MOVIES = {
    1: movie(1, "One", ("US", 3, "2031-05-14", ""), ("XX", 3, "2031-05-14", "")),
    2: movie(2, "Two", ("DE", 3, "soon", ""), belongs_to_collection=SAGA),
    3: movie(3, "Three", ("DE", 3, "2031-06-01", ""), belongs_to_collection=SAGA),
    4: movie(4, "Four", ("US", 4, "2031-07-01", "Netflix"), belongs_to_collection=OTHER),
    5: movie(5, "Five " * 200, ("US", 3, "2031-08-01", "")),
    6: movie(6, "Six"),
}
"""Films of which some have parts that are left out, and some are of a series."""

QUIET_DAYS = {
    "nothing": {},
    "a date moves": {1: movie(1, "One", ("US", 3, "2031-05-21", ""), ("XX", 3, "2031-05-21", ""))},
    "an odd country goes": {1: movie(1, "One", ("US", 3, "2031-05-14", ""))},
    "a series has another name": {3: {**MOVIES[3], "belongs_to_collection": EPIC}},
    "a film leaves its series": {3: {**MOVIES[3], "belongs_to_collection": None}},
    "a film comes to a series": {6: {**MOVIES[6], "belongs_to_collection": EPIC}},
    "a film goes to another series": {4: {**MOVIES[4], "belongs_to_collection": EPIC}},
    "a title that is too long goes": {5: movie(5, "Five", ("US", 3, "2031-08-01", ""))},
    "a title becomes too long": {6: movie(6, "Six " * 200)},
    "a film goes": {3: None},
}


class TestQuietDays:
    @pytest.fixture(autouse=True)
    def small_parts(self, monkeypatch):
        """Keep two films in a part, on average."""
        monkeypatch.setattr(snapshot_parts, "PART", 2)
        for module in (snapshot_parts, snapshot_editing):
            monkeypatch.setattr(module, "MAX_WHOLE", 2)

    @pytest.mark.parametrize("second", QUIET_DAYS)
    @pytest.mark.parametrize("first", QUIET_DAYS)
    def test_what_is_kept_is_as_if_all_were_made_anew(self, look, replay, clock, first, second):
        """Whatever happens on two days, a look has the outcome of one that makes every film anew."""
        replay.films = dict(MOVIES)
        fetched = look(ids=[*MOVIES])
        for happened in (QUIET_DAYS[first], QUIET_DAYS[second]):
            clock.now += timedelta(days=1)
            replay.films = {
                id_: each for id_, each in (replay.films | happened).items() if each is not None
            }
            replay.edited = [*happened]
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(tmdb, "film_lines", None)  # which a look at changes does not use
                kept = look(fetched, ids=[*MOVIES])
            assert kept == look(forgetful(fetched), ids=[*MOVIES])
            fetched = kept

    def test_a_film_alone_is_made_anew(self, look, replay, clock, monkeypatch, opened):
        """Of many films the one that was edited is worked out, and those of which parts are left out."""
        monkeypatch.setattr(snapshot_parts, "PART", 20)
        replay.films = {id_: movie(id_, f"Film {id_}") for id_ in range(10, 400)} | {5: MOVIES[5]}
        first = look(ids=[*replay.films])
        made, film_of = [], tmdb_snapshot.film_of
        monkeypatch.setattr(
            tmdb_snapshot,
            "film_of",
            lambda each, *given: made.append(each.id) or film_of(each, *given),
        )
        clock.now += timedelta(days=1)
        replay.edited, replay.films[77] = [77], movie(77, "Film Again")
        opened.clear()
        second = look(first, ids=[*replay.films])
        assert made == [5, 77]
        assert b"Film Again" in second.data
        names = {name for name in opened if name.rstrip("#~") != "tmdb"}
        assert {name.startswith("tmdb#~") for name in names} == {True, False}
        assert len(names) <= 4
        assert len(snapshot_parts.split("tmdb", first.data)) > 10

        look(second, ids=[*replay.films], kinds=["theatrical"])
        assert len(made) == 2 + len(replay.films)

    @pytest.mark.parametrize("kept", [[], [1, 2], [1, 4, 5, 6]])
    def test_films_that_are_remembered_no_more_are_asked_for(self, look, replay, clock, kept):
        """Whatever part of the memory is gone: no film is lost, and a series keeps one title."""
        replay.films = dict(MOVIES)
        first = look(ids=[*MOVIES])
        told = remembered_films.films_of(first.remembered, memory.Known)
        some = remembered_films.file_of(each for each in told.values() if each.movie.id in kept)
        clock.now += timedelta(days=1)
        replay.films[3], replay.edited = {**MOVIES[3], "belongs_to_collection": EPIC}, [3]

        second = look(replace(first, remembered=some), ids=[*MOVIES])
        assert second.data == look(first, ids=[*MOVIES]).data
        assert remembered_films.films_of(second.remembered, memory.Known).keys() == told.keys()

    def test_the_memory_of_a_former_version_is_read(self, look, replay, server, clock):
        """A memory that has all films in it: nothing is asked for anew, and the next one is in parts."""
        replay.films = dict(MOVIES)
        first = look(ids=[*MOVIES])
        told = msgspec.json.decode(zlib.decompress(first.memory), type=memory.Memory)
        films = {
            str(film["movie"]["id"]): {name: film[name] for name in film.keys() - {"id"}}
            for film in json.loads(first.remembered)["films"]
        }
        former = {
            "form": 1,
            "language": told.language,
            "changes": told.changes.isoformat(),
            "films": films,
            "queries": {},
            "shaped": told.shaped,
        }
        packed = zlib.compress(json.dumps(former).encode())
        server.asked.clear()
        clock.now += timedelta(days=1)

        second = look(replace(first, memory=packed, remembered=b""), ids=[*MOVIES])
        assert {asked.path for asked in server.asked} == {"/3/movie/changes"}
        assert second == look(first, ids=[*MOVIES])


def forgetful(fetched):
    """Return *fetched* with a memory that no longer tells what was made of each film."""
    told = msgspec.json.decode(zlib.decompress(fetched.memory), type=memory.Memory)
    told.shaped = ""
    return replace(fetched, memory=told.packed())


class TestPages:
    def shifting(self, replay, times):
        """Have a film leave the first page while the second one is read, *times* over."""
        lists = [0]

        def answer(asked):
            if asked.path == "/3/discover/movie":
                if asked.query.get("page", "1") == "1":
                    lists[0] += 1
                elif lists[0] - 1 <= times:
                    return Answer.of(
                        {"results": [{"id": each} for each in range(22, 41)], "total_pages": 2,
                         "total_results": 39}
                    )  # fmt: skip
            return replay(asked)

        return answer

    def test_pages_that_shift_lose_no_film(self, look, replay, server):
        """A list that changes while it is read is read again."""
        replay.films = {id_: movie(id_, f"Film {id_}") for id_ in range(1, 41)}
        replay.queries = {"DE": range(1, 41)}
        server.answer = self.shifting(replay, times=1)

        assert look(discover={"region": "DE"}).films == 40

    def test_pages_that_never_hold_still_are_a_failure(self, look, replay, server):
        """After three times nothing of it is believed."""
        replay.films = {id_: movie(id_, f"Film {id_}") for id_ in range(1, 41)}
        replay.queries = {"DE": range(1, 41)}
        server.answer = self.shifting(replay, times=9)

        with pytest.raises(FetchFailed) as error:
            look(discover={"region": "DE"})
        assert error.value.failure == "shifted"

    def test_an_empty_page_is_a_failure(self, look, replay):
        """A page without films before the last one is no end of the list."""
        replay.queries = {"DE": range(1, 61)}
        page = replay.page
        replay.page = lambda ids, number, size: {
            **page(ids, number, size),
            **({"results": []} if number == 2 else {}),
        }

        with pytest.raises(FetchFailed) as error:
            look(discover={"region": "DE"})
        assert error.value.failure == "shifted"

    def test_a_collection_that_is_not_there_is_named(self, look):
        """The message says which of the lists leads nowhere."""
        with pytest.raises(FetchFailed) as error:
            look(collections=[999])
        assert str(error.value) == "tmdb: /collection/999: nothing is there (check address and ids)"


class TestSettings:
    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({}, "follows nothing"),
            ({"ids": ["1"]}, "ids is a list of numbers"),
            ({"ids": [0]}, "ids is a list of numbers"),
            ({"discover": "DE"}, "discover is a table"),
            ({"discover": {"region": "Germany"}}, "discover: region"),
            ({"discover": {"release_type": [7]}}, "discover: release_type"),
            ({"discover": {"days_ahead": "400"}}, "discover: days_ahead"),
            ({"discover": {"colour": "red"}}, "discover: colour"),
            ({"ids": [1], "language": "German"}, "language"),
            ({"ids": [1], "kinds": ["cinema"]}, "kinds"),
        ],
    )
    def test_wrong_settings_are_told_with_a_remedy(self, options, words):
        """Each wrong setting is a problem of its own, with what would do."""
        given = SourceSettings("tmdb", "tmdb", token=Secret(TOKEN), options=options)
        (problem,) = problems(given)

        assert words in problem
        assert problem.endswith(")")

    @pytest.mark.parametrize("token", ["", "0123456789abcdef0123456789abcdef"])
    def test_a_token_is_needed_and_no_key(self, token):
        """TMDB's short API key works in addresses only, where no key may stand."""
        given = SourceSettings("tmdb", "tmdb", token=Secret(token), options={"ids": [1]})
        (problem,) = problems(given)

        assert "API Read Access Token" in problem
        assert not token or token not in problem

    def test_a_revoked_token_is_told(self, look, replay):
        """A token that is refused says so, and what to do."""
        replay.token = "another"

        with pytest.raises(FetchFailed) as error:
            look(ids=[1])
        assert str(error.value) == (
            "tmdb: the token is refused (401) (renew it, and check token_env or token_file)"
        )
