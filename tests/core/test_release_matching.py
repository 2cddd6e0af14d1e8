"""Numbering: releases of one kind in one country, told apart by place or label."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.core.catalogue import Reading, merge
from releasecal.core.editions import on_record
from releasecal.core.models import ReleaseKind, Source
from releasecal.core.overrides import Override
from releasecal.core.revise import revise
from releasecal.errors import Place
from support.build import NOTHING, NOW, POLICY, film, release

FESTIVALS = {
    "Berlinale": "2027-02-14",
    "Cannes": "2027-05-14",
    "Deauville": "2027-09-05",
    "Lyon": "2027-10-11",
}


def shown(label="", day="", *, id_="film", number=1, place=""):
    """Return a premiere in France at a festival, on its usual day."""
    told = release(
        id_,
        day or FESTIVALS.get(label, "2027-08-08"),
        kind=ReleaseKind.PREMIERE,
        region="FR",
        number=number,
    )
    return replace(told, label=label, place=place)


class Calendar:
    """A calendar in which several sources tell of one film, look after look."""

    def __init__(self):
        self.edition, self.now, self.changes = NOTHING, NOW, ()

    def look(self, *sources, overrides=()):
        """Publish what *sources*, lists of releases, tell now; return the numbers by label."""
        readings = [Reading((film(told[0].key.film, *told, title="Film"),)) for told in sources]
        readings[0] = replace(readings[0], overrides=tuple(overrides))
        catalogue = merge(readings, published=on_record(self.edition))
        self.now += timedelta(days=1)
        self.edition, self.changes = revise(self.edition, catalogue, now=self.now, policy=POLICY)
        return {
            entry.facts.release.label: key.number
            for key, entry in self.edition.entries.items()
            if not entry.is_withdrawn
        }


@pytest.fixture
def calendar():
    return Calendar()


class TestOneSource:
    def test_an_earlier_one_that_is_inserted_moves_nothing(self, calendar):
        """A festival that comes to stand before others leaves their events alone."""
        calendar.look([shown("Deauville")])
        calendar.look([shown("Cannes"), shown("Deauville")])

        numbers = calendar.look([shown("Berlinale"), shown("Cannes"), shown("Deauville")])

        assert numbers == {"Deauville": 1, "Cannes": 2, "Berlinale": 3}
        assert [(change.kind.value, str(change.key)) for change in calendar.changes] == [
            ("added", "film.premiere.fr._3")
        ]

    @given(
        looks=st.lists(
            st.permutations(list(FESTIVALS)).flatmap(
                lambda order: st.integers(1, 4).map(lambda count: order[:count])
            ),
            min_size=2,
            max_size=5,
        )
    )
    def test_each_keeps_its_number_whatever_comes_and_goes(self, looks):
        """A festival has one number for ever, whatever else is listed, in whatever order."""
        calendar = Calendar()
        numbers = {}

        for labels in looks:
            for label, number in calendar.look([shown(label) for label in labels]).items():
                assert numbers.setdefault(label, number) == number
        assert len(set(numbers.values())) == len(numbers)

    def test_one_that_is_gone_does_not_become_another(self, calendar):
        """The number of a festival that is listed no more is not that of another one later."""
        calendar.look([shown("Cannes"), shown("Deauville")])
        calendar.look([shown("Deauville")])

        assert calendar.look([shown("Lyon"), shown("Deauville")]) == {"Deauville": 2, "Lyon": 3}

    def test_one_in_the_place_of_another_is_a_new_one(self, calendar):
        """A source that lists another festival now has not moved the one before there."""
        calendar.look([shown("Cannes")])

        assert calendar.look([shown("Deauville")]) == {"Deauville": 2}
        assert [change.kind.value for change in calendar.changes] == ["withdrawn", "added"]

    def test_a_label_that_is_written_otherwise_is_on_the_same_day(self, calendar):
        """A festival that is called otherwise on its day is the same."""
        calendar.look([shown("Cannes"), shown("Deauville")])

        numbers = calendar.look([shown("Deauville"), shown("Festival de Cannes", "2027-05-14")])

        assert numbers == {"Festival de Cannes": 1, "Deauville": 2}
        assert calendar.changes == ()

    def test_a_label_that_comes_later_changes_nothing(self, calendar):
        """A premiere without a label is the one that gets it, and not a new one."""
        calendar.look([shown()])

        assert calendar.look([shown("Cannes", "2027-08-08"), shown("Lyon")]) == {
            "Cannes": 1,
            "Lyon": 2,
        }

    def test_the_one_without_a_label_stays_the_first(self, calendar):
        """A special format that is listed before the usual release is the new one."""
        calendar.look([shown()])

        assert calendar.look([shown("IMAX", "2027-08-06"), shown()]) == {"": 1, "IMAX": 2}

    def test_places_tell_apart_as_labels_do(self, calendar):
        """Two premieres at one festival differ by their place, two of one place by their label."""
        grand = shown("Cannes", place="Grand Théâtre Lumière")
        beach = shown("Cannes", "2027-05-15", place="Plage Macé")
        calendar.look([beach])
        calendar.look([grand, beach])

        assert [str(key) for key in calendar.edition.entries] == [
            "film.premiere.fr",
            "film.premiere.fr._2",
        ]
        first = next(iter(calendar.edition.entries.values()))
        assert first.facts.release.place == "Plage Macé"

    def test_numbers_in_the_data_tell_apart_where_nothing_else_does(self, calendar):
        """Repeats of one label keep the numbers that the data gives them."""
        calendar.look([shown("Cannes", number=2), shown("Cannes", "2027-05-20", number=5)])

        days = {
            key.number: str(entry.current.when) for key, entry in calendar.edition.entries.items()
        }
        assert days == {2: "2027-05-14", 5: "2027-05-20"}

    def test_without_place_and_label_nothing_is_numbered(self, calendar):
        """Releases with neither have the numbers of the data, whatever was published."""
        calendar.look([shown(number=3), shown(day="2027-09-09", number=7)])

        assert [key.number for key in calendar.edition.entries] == [3, 7]


class TestSeveralSources:
    def test_a_festival_of_two_sources_is_one(self, calendar):
        """Sources that list festivals in different orders tell of the same ones."""
        numbers = calendar.look(
            [shown("Deauville"), shown("Cannes")],
            [shown("cannes", number=1), shown("Lyon", number=347), shown("Deauville", number=2)],
        )

        assert numbers == {"Deauville": 1, "Cannes": 2, "Lyon": 347}

    def test_a_source_without_labels_tells_of_the_same_day(self, calendar):
        """A premiere without a label is the one on its day, or the first that fits."""
        numbers = calendar.look(
            [shown("Cannes"), shown("Deauville")], [shown(day=FESTIVALS["Deauville"])]
        )

        assert numbers == {"Cannes": 1, "Deauville": 2}
        assert len(calendar.edition.entries) == 2

    def test_two_sources_with_one_festival_each_have_two(self, calendar):
        """Festivals that differ are two, though each source tells of one."""
        assert calendar.look([shown("Cannes")], [shown("Deauville")]) == {
            "Cannes": 1,
            "Deauville": 2,
        }

    def test_films_that_turn_out_to_be_one_keep_their_festivals_apart(self, calendar):
        """Each published event goes on: the same festival's as one, others under a free number."""
        calendar.look(
            [shown("Cannes")], [shown("Deauville", id_="tmdb-1"), shown("Cannes", id_="tmdb-1")]
        )
        uids = {entry.facts.release.label: entry.uid for entry in calendar.edition.entries.values()}
        assert uids["Deauville"] == "tmdb-1.premiere.fr"

        own = film("film", shown("Cannes"), title="Film", other_ids=("tmdb-1",))
        theirs = [shown(label, id_="tmdb-1") for label in ("Deauville", "Cannes")]
        readings = [Reading((own,)), Reading((film("tmdb-1", *theirs),))]
        catalogue = merge(readings, published=on_record(calendar.edition))
        now = calendar.now + timedelta(days=1)
        edition, changes = revise(calendar.edition, catalogue, now=now, policy=POLICY)

        assert changes == ()
        assert {str(key): entry.uids for key, entry in edition.entries.items()} == {
            "film.premiere.fr": ("film.premiere.fr", "tmdb-1.premiere.fr._2"),
            "film.premiere.fr._2": ("tmdb-1.premiere.fr",),
        }

    def test_an_override_corrects_the_festival_that_it_names(self, calendar):
        """A correction by hand is of the repeat with its label, and a new one is a new repeat."""
        fix = Override(
            "film", "Anna", "knows", Source("override:anna"), Place("o.yaml"),
            releases=(shown("Deauville", "2027-09-09"), shown("Lyon")),
        )  # fmt: skip

        calendar.look([shown("Cannes"), shown("Deauville")], overrides=[fix])
        numbers = calendar.look([shown("Deauville")], overrides=[fix])

        assert numbers == {"Deauville": 2, "Lyon": 3}
        days = {
            key.number: str(entry.current.when) for key, entry in calendar.edition.entries.items()
        }
        assert days == {1: "2027-05-14", 2: "2027-09-09", 3: "2027-10-11"}
