"""Identity: which accounts are of one film, and which id it has."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.core.catalogue import Reading, merge
from releasecal.core.film_identity import identify
from releasecal.core.films_on_record import NONE, FilmsOnRecord
from releasecal.core.models import ReleaseKind, Source, Window
from releasecal.core.overrides import Override
from releasecal.errors import DataError, Place
from support.build import film, opening, release, revision


def renamed(id_, *was, **facts):
    return opening("2027-07-14", id_=id_, other_ids=was, **facts)


def published(*films):
    """Return the films on record after *films* were published."""
    return FilmsOnRecord(merge([Reading(films)]).films)


def merged(*sources, known=()):
    """Return the catalogue of *sources*, lists of films, after the films *known* were published."""
    return merge([Reading(tuple(films)) for films in sources], published=published(*known))


def problems(*sources):
    with pytest.raises(DataError) as caught:
        merged(*sources)
    return [str(problem) for problem in caught.value.problems]


class TestFormerIds:
    def test_a_published_film_has_the_id_that_its_source_gives_it(self):
        """`was` gives a published film its new id."""
        catalogue = merged([renamed("new", "old")], known=[opening("2027-07-14", id_="old")])

        assert list(catalogue.films) == ["new"]
        assert catalogue.films["new"].other_ids == ("old",)
        assert catalogue.renames.films == {"old": "new"}

    @pytest.mark.parametrize("is_known", [True, False])
    @pytest.mark.parametrize("is_first", [True, False])
    def test_another_source_may_go_on_with_the_old_id(self, is_known, is_first):
        """An account under the old id, whatever its precedence, is of the film with the new one."""
        old = opening("2027-07-14", id_="old", genres=("spy",))
        sources = [[renamed("new", "old")], [old]]

        catalogue = merged(*sources[:: 1 if is_first else -1], known=[old] if is_known else [])

        assert list(catalogue.films) == ["new"]
        assert catalogue.films["new"].genres == ("spy",)
        assert [each.key.film for each in catalogue.films["new"].releases] == ["new"]

    def test_sources_that_contradict_each_other_change_no_id(self):
        """Where each of two sources calls the other's id the former one, the published id stays."""
        told = [[renamed("a", "b")], [renamed("b", "a")]]

        for known in ("a", "b"):
            catalogue = merged(*told, known=[opening("2027-07-14", id_=known)])
            assert list(catalogue.films) == [known]

    def test_an_id_given_once_stays_without_the_word_of_a_source(self):
        """Without `was`, a film that was mended keeps the id, and the one before leads to it."""
        catalogue = merged(
            [opening("2027-07-14", id_="new"), film("sequel", follows="old")],
            known=[renamed("new", "old")],
        )

        assert catalogue.films["new"].other_ids == ("old",)
        assert catalogue.films["sequel"].follows == "new"
        assert catalogue.renames.films == {}

    @pytest.mark.parametrize("was", [("a", "b"), ("b", "a"), ("b",)])
    def test_a_chain_of_ids_leads_to_the_last_one(self, was):
        """What was a, then b, then c, is c, by each of its ids."""
        first = published(opening("2027-07-14", id_="a"))
        second = merge([Reading((renamed("b", "a"),))], published=first).films

        third = merge([Reading((renamed("c", *was),))], published=FilmsOnRecord(second))

        assert list(third.films) == ["c"]
        assert third.films["c"].other_ids == ("a", "b")
        assert third.renames.films == {"b": "c"}

    def test_two_published_films_become_one(self):
        """A film that was published under both ids is one under the new one."""
        both = [opening("2027-07-14", id_=id_) for id_ in ("new", "old")]

        catalogue = merged([renamed("new", "old")], known=both)

        assert list(catalogue.films) == ["new"]
        assert catalogue.renames.films == {"old": "new"}

    def test_an_id_that_is_free_again_may_be_another_film(self):
        """A film of the same source under an id that another one had is a film of its own."""
        sources = [[opening("2027-07-14", id_="new"), opening("1984-12-14", id_="old")]]

        catalogue = merged(*sources, known=[renamed("new", "old")])

        assert list(catalogue.films) == ["new", "old"]
        assert catalogue.renames.films == {}

    @given(order=st.permutations(range(3)), known=st.booleans())
    def test_the_order_of_films_in_a_source_does_not_matter(self, order, known):
        """The films, their ids and their former ids do not depend on the order within a source."""
        films = [renamed("new", "old"), renamed("c", "a", "b"), film("x", follows="old")]
        before = published(opening("2027", id_="old"), opening("2027", id_="b")) if known else NONE

        found = identify([[films[at] for at in order]], before)

        assert {id_: each[0].other_ids for id_, each in found.accounts.items()} == {
            "c": ("a", "b"),
            "new": ("old",),
            "x": (),
        }
        assert found.renamed == ({"old": "new", "b": "c"} if known else {})


class TestClaims:
    def test_an_id_that_still_exists_is_an_error_with_its_place(self):
        """A film cannot have had an id that another film of its source has now."""
        films = (renamed("new", "old"), film("old"))
        places = {("new", "was old"): Place("a.yaml", 3, 8), ("old", "id"): Place("a.yaml", 7, 9)}

        with pytest.raises(DataError) as caught:
            merge([Reading(films, places=places)])

        assert str(caught.value) == (
            "a.yaml:3:8: was: there still is a film 'old' at a.yaml:7:9 "
            "(take it out of was, or join the two films)"
        )

    def test_another_source_may_have_both(self):
        """Where another source tells of both as two films, they cannot be one."""
        (told,) = problems([renamed("new", "old")], [film("new"), film("old")])

        assert told.startswith("new: was: there still is a film 'old'")

    @pytest.mark.parametrize("is_one_source", [True, False])
    def test_two_films_cannot_claim_one_id(self, is_one_source):
        """An id that two films claim is an error, whether in one source or in two."""
        one, other = renamed("one", "old"), renamed("two", "old")

        told = problems([one, other]) if is_one_source else problems([one], [other])

        assert told == [
            "two: was: the film 'one' was 'old', too, at one (leave it with one of them)"
        ]

    def test_two_films_cannot_exchange_their_ids(self):
        """Each of two films claims the id of the other: both are told."""
        assert len(problems([renamed("a", "b"), renamed("b", "a")])) == 2


def known_as(id_, title="", day="2027-07-14", **refs):
    """Return a film with *refs*, ids by database."""
    return opening(day, id_=id_, title=title, refs=tuple(sorted(refs.items())))


def ids(*sources, known=()):
    """Return the ids of the films of *sources*, each with its other ids."""
    films = merged(*sources, known=known).films
    return {id_: film.other_ids for id_, film in films.items()}


class TestRefs:
    @pytest.mark.parametrize("database", ["tmdb", "imdb", "wikidata", "eidr"])
    def test_films_of_two_sources_with_one_id_elsewhere_are_one(self, database):
        """An id in a database that both sources give makes their films one, whatever their titles."""
        own = known_as("dune", "Dune", **{database: "1"})
        theirs = known_as("tmdb-1", "Der Wüstenplanet", "2027-07-21", **{database: "1"})

        merged_ = merged([own], [theirs])

        assert list(merged_.films) == ["dune"]
        assert merged_.films["dune"].title == "Dune"
        assert [conflict.key.film for conflict in merged_.conflicts] == ["dune"]

    def test_a_title_alone_joins_nothing(self):
        """Films of one title, year and day in two sources are two."""
        assert len(ids([known_as("heat", "Heat")], [known_as("tmdb-1", "Heat", tmdb="1")])) == 2

    def test_an_id_stays_although_a_source_with_another_comes_first_later(self):
        """The id by which a film was published is its id, and that of the new source leads to it."""
        theirs, own = known_as("tmdb-1", tmdb="1"), known_as("dune", tmdb="1")

        assert ids([own], [theirs], known=[theirs]) == {"tmdb-1": ("dune",)}
        assert ids([own], [theirs]) == {"dune": ("tmdb-1",)}

    def test_an_id_stays_although_its_source_is_gone(self):
        """The film of a source that takes the place of another goes on under its published id."""
        theirs, own = known_as("tmdb-1", tmdb="1"), known_as("dune", tmdb="1")
        assert ids([own], known=[theirs]) == {"tmdb-1": ("dune",)}
        both = merged([own], [theirs]).films

        (film_,) = merge(
            [Reading((replace(theirs, refs=()),))], published=FilmsOnRecord(both)
        ).films.values()
        assert (film_.id, film_.other_ids) == ("dune", ("tmdb-1",))

    def test_was_gives_a_film_its_own_id(self):
        """A film that a database named first gets the id that its keeper wants."""
        theirs, own = known_as("tmdb-1", tmdb="1"), renamed("dune", "tmdb-1")

        assert ids([own], [theirs], known=[theirs]) == {"dune": ("tmdb-1",)}

    def test_films_that_turn_out_to_be_one_are_joined(self):
        """Two published films become one once a source says that they are: the first one's id."""
        own, theirs = known_as("dune"), known_as("tmdb-1", tmdb="1")

        catalogue = merged([known_as("dune", tmdb="1")], [theirs], known=[own, theirs])

        assert list(catalogue.films) == ["dune"]
        assert catalogue.renames.films == {"tmdb-1": "dune"}

    def test_a_wrong_ref_that_is_mended_parts_the_films(self):
        """Once the ids elsewhere differ, each film has its own id again."""
        joined = merged([known_as("dune", tmdb="1")], [known_as("tmdb-1", tmdb="1")]).films

        parted = merge(
            [Reading((known_as("dune", tmdb="2"),)), Reading((known_as("tmdb-1", tmdb="1"),))],
            published=FilmsOnRecord(joined),
        )

        assert list(parted.films) == ["dune", "tmdb-1"]
        assert parted.renames.films == {}

    def test_the_first_database_that_both_have_decides(self):
        """TMDB decides before IMDb: another id there tells films apart, and the same joins them."""
        assert (
            len(ids([known_as("a", tmdb="1", imdb="t")], [known_as("b", tmdb="2", imdb="t")])) == 2
        )
        assert (
            len(ids([known_as("a", tmdb="1", imdb="t")], [known_as("b", tmdb="1", imdb="u")])) == 1
        )
        assert len(ids([known_as("a", imdb="t")], [known_as("b", tmdb="2", imdb="t")])) == 1

    def test_a_third_source_can_join_two(self):
        """A source that knows both ids elsewhere joins the films that have one of them each."""
        found = ids(
            [known_as("a", tmdb="1")],
            [known_as("b", imdb="t")],
            [known_as("c", tmdb="1", imdb="t")],
        )

        assert found == {"a": ("b", "c")}

    def test_two_films_of_one_source_are_two(self):
        """A source that gives two of its films one id elsewhere has two films still, and is told."""
        catalogue = merged(
            [known_as("a", tmdb="1"), known_as("b", tmdb="1")], [known_as("c", tmdb="1")]
        )

        assert {id_: film.other_ids for id_, film in catalogue.films.items()} == {
            "a": ("c",), "b": (),
        }  # fmt: skip
        assert "tmdb: the film 'a' has 1, too" in catalogue.notes[0]

    def test_ids_elsewhere_that_differ_are_told(self):
        """Two sources of one film that give it different ids elsewhere are told."""
        catalogue = merged([known_as("a", tmdb="1", imdb="t")], [known_as("b", tmdb="1", imdb="u")])

        assert catalogue.notes == (
            "a: imdb: another source of this film has u, and not t (mend one of them)",
        )

    def test_references_by_any_source_lead_to_the_film(self):
        """Each source follows a film by its own id of it."""
        one = [known_as("dune", tmdb="1"), film("two", follows="dune")]
        other = [known_as("tmdb-1", tmdb="1"), film("three", follows="tmdb-1")]

        films = merged(one, other).films

        assert {films[id_].follows for id_ in ("two", "three")} == {"dune"}

    @given(
        order=st.permutations(range(4)),
        known=st.lists(st.sampled_from(["a", "b", "c", "d"]), unique=True),
    )
    def test_the_next_look_says_the_same(self, order, known):
        """What was published of the sources keeps its ids at every further look."""
        pool = [
            known_as("a", tmdb="1"),
            known_as("b", tmdb="1", imdb="t"),
            known_as("c", imdb="t"),
            renamed("d", "a"),
        ]
        readings = [Reading((pool[at],)) for at in order]
        before = published(*(opening("2027", id_=id_) for id_ in known))

        first = merge(readings, published=before)
        gone = {id_: each for id_, each in before.items() if id_ not in first.renames.films}
        second = merge(readings, published=FilmsOnRecord({**gone, **first.films}))

        assert second.films == first.films
        assert second.renames.films == {}


class TestReferences:
    def test_what_refers_to_the_old_id_means_the_new_one(self):
        """`follows`, slots and overrides under an old id are of the film that has a new one."""
        sequel = opening(revision("2028", slot_from="old", slot_to="old"), follows="old", id_="two")
        fix = Override(
            "old", "Anna", "knows", Source("override:anna"), Place("o.yaml"), title="Better",
            releases=(release("old", "2027-08-01"),),
        )  # fmt: skip

        catalogue = merge([Reading((renamed("new", "old"), sequel), overrides=(fix,))])

        assert catalogue.films["two"].follows == "new"
        (told,) = catalogue.films["two"].releases
        assert (told.current.slot_from, told.current.slot_to) == ("new", "new")
        assert catalogue.films["new"].title == "Better"
        assert [str(each.current.when) for each in catalogue.films["new"].releases] == [
            "2027-08-01"
        ]
        assert {key.film for key in catalogue.overridden} == {"new"}
        assert catalogue.notes == ()

    def test_a_reference_to_no_film_is_an_error_still(self):
        """An id that nothing ever had leads nowhere."""
        (told,) = problems([renamed("new", "old"), film("sequel", follows="older")])

        assert "there is no film 'older'" in told


class TestFormerReleases:
    def test_another_source_may_go_on_with_the_old_key(self):
        """A release that another source calls by the old kind and channel is the same one."""
        former = release("film", "2027-07-21", kind=ReleaseKind.THEATRICAL_LIMITED, channel="IMAX")
        now = replace(release("film", "2027-07-14"), was=(former.key,))

        for sources in (
            ([film("film", now)], [film("film", former)]),
            (
                [film("film", former)],
                [film("film", now)],
            ),
        ):
            (only,) = merged(*sources).films["film"].releases

            assert (only.key, only.kind, only.channel) == (now.key, ReleaseKind.THEATRICAL, "")
            assert len(only.contested) == 1
            assert only.was == ()

    def test_a_source_with_both_tells_of_two_releases(self):
        """Where another source has both, they are two, and nothing is renamed."""
        former = release("film", "2027-07-07", kind=ReleaseKind.THEATRICAL_LIMITED)
        now = replace(release("film", "2027-07-14"), was=(former.key,))

        catalogue = merged([film("film", now)], [film("film", now, former)])

        assert len(catalogue.films["film"].releases) == 2
        assert catalogue.renames.releases == {}

    def test_a_key_that_a_window_leads_to_is_in_use(self):
        """A derived release goes on under its key, also if an announced one claims to have had it."""
        later = release("film", "", kind=ReleaseKind.STREAMING, channel="Max")
        claimed = replace(later.key, channel="")
        window = Window(to=ReleaseKind.STREAMING, days=45)
        told = film(
            "film", release("film", "2027-07-14"), replace(later, was=(claimed,)), windows=(window,)
        )

        assert merged([told]).renames.releases == {}
        assert merged([replace(told, windows=())]).renames.releases.keys() == {claimed}

    def test_keys_of_two_sources_that_point_at_each_other_end(self):
        """Two sources of which each calls the other's key the former one are no endless chain."""
        one = release("film", "2027-07-14")
        other = release("film", "2027-07-14", region="CA")

        (only,) = (
            merged(
                [film("film", replace(one, was=(other.key,)))],
                [film("film", replace(other, was=(one.key,)))],
            )
            .films["film"]
            .releases
        )

        assert only.key == one.key


class TestProposals:
    OLD = opening("2027-07-14", id_="old", title="Heat", refs=(("imdb", "tt1"),))

    def notes(self, *films, known=None):
        return merged(films, known=known or [self.OLD]).notes

    def test_a_film_that_vanishes_while_one_of_its_title_appears_is_told(self):
        """`was` is proposed where a film is gone and another one has its title."""
        assert self.notes(opening("2028", id_="new", title="HEAT")) == (
            (
                "new: the film 'old' is gone, and this one has its title "
                "(was: [old] lets its events go on, if it is the same film)"
            ),
        )

    def test_a_film_with_an_id_elsewhere_of_another_that_is_gone_is_told(self):
        """Where both have been published, `was` is proposed by an id elsewhere, too."""
        twin = opening("2028", id_="new", refs=(("imdb", "tt1"),))

        assert self.notes(twin, known=[self.OLD, twin])[0].startswith(
            "new: the film 'old' is gone, and this one has its imdb (was: [old] "
        )

    def test_a_film_that_goes_on_under_its_published_id_is_told(self):
        """A new id beside an id elsewhere changes nothing without `was`, which is proposed."""
        new = replace(self.OLD, id="new", releases=())

        assert self.notes(new) == (
            (
                "old: the film 'new' goes on as 'old', by which it is published "
                "(was: [old] gives it the new id)"
            ),
        )

    def test_it_is_told_later_too(self):
        """It is told still once both are published, if they have a date in common."""
        gone = replace(self.OLD, told_by=())
        new = opening("2027-07-14", id_="new", title="Heat")
        for date_, count in (("2027-07-14", 1), ("2028-01-01", 0)):
            again = opening(date_, id_="new", title="Heat")
            told = merge(
                [Reading((again,))], published=FilmsOnRecord({"old": gone, "new": new})
            ).notes
            assert len(told) == count

    def test_of_several_films_of_its_title_none_is_told(self):
        """Where more than one film could be it, or one that was there before, none is proposed."""
        heat = [opening("2027-07-14", id_=id_, title="Heat") for id_ in ("new", "newer")]

        assert self.notes(*heat) == ()
        (both,) = [replace(self.OLD, told_by=("a",), refs=())]
        known = {"old": both, "new": heat[0]}
        assert merge([Reading((heat[0],))], published=FilmsOnRecord(known)).notes == ()

    def test_once_it_is_done_nothing_is_told(self):
        """Neither is a film that carries the old id told, nor one of another title."""
        assert self.notes(replace(self.OLD, id="new", other_ids=("old",), releases=())) == ()
        assert self.notes(opening("2027-07-14", id_="new", title="Cold")) == ()
        assert self.notes(self.OLD) == ()
