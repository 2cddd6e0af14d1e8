"""Identity: which accounts are of one film, and which id it has."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.core.catalogue import Reading, merge
from releasecal.core.identity import identify
from releasecal.core.models import ReleaseKind, Source, Window
from releasecal.core.overrides import Override
from releasecal.errors import DataError, Place
from support.build import film, opening, release, revision


def renamed(id_, *was, **facts):
    return opening("2027-07-14", id_=id_, other_ids=was, **facts)


def published(*films):
    """Return the films on record after *films* were published."""
    return merge([Reading(films)]).films


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

        third = merge([Reading((renamed("c", *was),))], published=second)

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
    def test_the_order_of_films_in_a_source_is_nothing(self, order, known):
        """The films, their ids and their former ids do not depend on the order within a source."""
        films = [renamed("new", "old"), renamed("c", "a", "b"), film("x", follows="old")]
        before = published(opening("2027", id_="old"), opening("2027", id_="b")) if known else {}

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
        later = release("film", "2027-11-01", kind=ReleaseKind.STREAMING, channel="Max")
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

    @pytest.mark.parametrize(
        ("new", "part"),
        [
            (opening("2028", id_="new", refs=(("imdb", "tt1"),)), "imdb"),
            (opening("2028", id_="new", title="HEAT"), "title"),
        ],
    )
    def test_a_film_that_vanishes_while_a_like_one_appears_is_told(self, new, part):
        """`was` is proposed where a film is gone and another has its title or an id of it."""
        assert self.notes(new) == (
            (
                f"new: the film 'old' is gone, and this one has its {part} "
                "(was: [old] lets its events go on, if it is the same film)"
            ),
        )

    def test_it_is_told_later_too(self):
        """It is told still once both are published, if they have a date in common."""
        gone = replace(self.OLD, told_by=())
        new = opening("2027-07-14", id_="new", title="Heat")
        for date_, count in (("2027-07-14", 1), ("2028-01-01", 0)):
            again = opening(date_, id_="new", title="Heat")
            told = merge([Reading((again,))], published={"old": gone, "new": new}).notes
            assert len(told) == count

    def test_once_it_is_done_nothing_is_told(self):
        """Neither is a film that carries the old id told, nor one of another title."""
        assert self.notes(replace(self.OLD, id="new", other_ids=("old",), releases=())) == ()
        assert self.notes(opening("2027-07-14", id_="new", title="Cold")) == ()
        assert self.notes(self.OLD) == ()
