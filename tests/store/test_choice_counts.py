"""The numbers of what can be chosen: those of a count, though an edition writes its difference alone."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import update

from releasecal.refresh.publisher import Publisher
from releasecal.store import choice_counts, newest_edition, schema
from releasecal.store.choices import choices
from support.clock import Clock
from support.exporting import SITE


class Calendar:
    """A file of films, and the calendar that is made of it."""

    def __init__(self, store, path):
        self.store, self.path, self.clock = store, path, Clock()
        self.publisher = Publisher(store, [str(path)], SITE, self.clock)

    def publish(self, *films):
        self.clock.now += timedelta(hours=1)
        self.path.write_text(json.dumps({"films": films}))
        return self.publisher.refresh()

    @property
    def choices(self):
        return self.store.ask(choices)

    @property
    def is_kept(self):
        return self.store.ask(choice_counts.is_of, self.store.ask(newest_edition.head).number)


@pytest.fixture
def calendar(store, tmp_path):
    made = Calendar(store, tmp_path / "films.json")
    made.publish(ONE, TWO)
    assert made.is_kept
    return made


def release(kind="theatrical", region="US", when="2031-05-02", **facts):
    return {"kind": kind, "region": region, "when": when, **facts}


ONE = {
    "id": "one",
    "title": "One",
    "genres": ["Drama"],
    "series": [{"id": "saga", "title": "A Saga"}],
    "windows": [{"to": "streaming", "days": 45}],
    "releases": [release(), release(region="DE")],
}
TWO = {
    "id": "two",
    "title": "Two",
    "follows": "one",
    "releases": [release("tv", channel="Arte"), release(region="IT")],
}


def test_what_can_be_chosen_is_counted(calendar):
    """Releases by kind, region and channel, and films by genre and series."""
    found = calendar.choices
    derived = {"streaming-eligible": 2, "streaming": 2}
    assert found.kinds == {"theatrical": 3, "tv": 1, "sequel": 1} | derived
    assert list(found.kinds)[-2:] == ["tv", "sequel"]
    assert found.regions == {"US": 3, "DE": 2, "IT": 1}
    assert found.channels == {"arte": ("Arte", 1)}
    assert (found.genres, found.series) == ({"drama": 1}, {"saga": ("A Saga", 1)})


def test_an_edition_changes_the_numbers_of_what_it_changes(calendar):
    """A film of another genre, one of no series any more, a release that went and one that came."""
    calendar.publish(
        {**ONE, "genres": ["Comedy"], "series": [], "releases": [release()]},
        {**TWO, "releases": [*TWO["releases"], release(region="FR")]},
    )
    found = calendar.choices
    assert calendar.is_kept
    assert found.regions == {"US": 3, "FR": 1, "IT": 1}
    assert (found.genres, found.series) == ({"comedy": 1}, {})


def test_the_most_frequent_values_come_first(calendar):
    """Those that are as frequent as each other by their names."""
    more = [release("tv", region, channel=f"C {region}") for region in ("FR", "BE", "CH")]
    calendar.publish(ONE, {**TWO, "releases": [*TWO["releases"], *more]})
    found = calendar.choices
    assert list(found.regions) == ["US", "DE", "BE", "CH", "FR", "IT"]
    assert list(found.channels) == ["arte", "c-be", "c-ch", "c-fr"]


def test_a_day_that_comes_keeps_the_numbers(calendar):
    """An edition that tells nothing but that a release came out leaves them as they are."""
    before = calendar.choices
    number = calendar.store.ask(newest_edition.head).number
    calendar.clock.now = calendar.clock.now.replace(year=2031, month=5, day=3)
    calendar.publisher.refresh()
    assert calendar.store.ask(newest_edition.head).number > number
    assert calendar.is_kept
    assert calendar.choices == before


def test_what_an_older_node_has_published_is_counted(calendar):
    """It leaves the numbers of an edition before: readers count, and the next edition mends them."""
    before = calendar.choices
    with calendar.store.writing() as connection:
        connection.execute(update(schema.choice_counts).values(number=99))
    assert not calendar.is_kept
    assert calendar.choices == before

    calendar.publish(ONE, {**TWO, "genres": ["Drama"]})
    assert calendar.is_kept
    assert calendar.choices.genres == {"drama": 2}
    assert calendar.choices.regions == before.regions
