"""Increments: what has changed is read alone, and comes to the same as reading everything."""

import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from releasecal import sources
from releasecal.errors import ReleasecalError
from releasecal.feeds import Imprint
from releasecal.making import Maker
from releasecal.publisher import Publisher
from releasecal.store import Store
from test_store import rows

BEGIN = datetime(2027, 1, 1, 9, tzinfo=UTC)
MACHINE = {"id": "tmdb", "machine": True}


class Whole(Maker):
    """One that always reads everything."""

    def _increment(self, *_):
        return None


class Watched(Maker):
    """One that tells how often an increment was enough."""

    increments = 0

    def _increment(self, *args):
        step = super()._increment(*args)
        Watched.increments += step is not None
        return step


class Pair:
    """Two calendars of the same files, of which one always reads everything."""

    def __init__(self, folder, addresses):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.folder = folder
        self.now = BEGIN
        self.both = [self._publisher(kind, addresses) for kind in (Watched, Whole)]
        Watched.increments = 0

    def _publisher(self, kind, addresses):
        store = Store.open(f"sqlite:///{self.folder / kind.__name__}.db")
        where = [str(self.folder / address) for address in addresses]
        publisher = Publisher(store, where, Imprint(), lambda: self.now)
        publisher.make = lambda maker, *args: kind(
            maker.addresses, maker.imprint, maker.policy, maker.clock
        ).make(*args)
        return publisher

    def write(self, name, data):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        text = json.dumps(data) if path.suffix == ".json" else yaml.safe_dump(data)
        path.write_text(text)

    def refresh(self):
        """Refresh both, which has to come to the same; return what the watched one said."""
        self.now += timedelta(hours=1)
        outcomes = []
        for publisher in self.both:
            try:
                report = publisher.refresh()
                outcomes.append((report.edition, report.changes))
            except ReleasecalError as error:
                outcomes.append((type(error), str(error)))
        assert outcomes[0] == outcomes[1]
        kept, other = (rows(publisher.store) for publisher in self.both)
        for table, found in kept.items():
            assert sorted(map(repr, found)) == sorted(map(repr, other[table])), table
        return outcomes[0]

    def close(self):
        for publisher in self.both:
            publisher.store.close()


@pytest.fixture
def pair(tmp_path):
    pairs = []

    def make(*addresses):
        pairs.append(Pair(tmp_path / "pair", addresses))
        return pairs[-1]

    yield make
    for each in pairs:
        each.close()


def film(id_, when="2027-07-14", **facts):
    facts.setdefault("title", id_.title())
    return {"id": id_, "releases": [{"kind": "theatrical", "region": "US", "when": when}], **facts}


def many(count=30, **changed):
    return [
        {**film(f"film-{number}"), **changed.get(f"film_{number}", {})} for number in range(count)
    ]


@pytest.mark.parametrize("name", ["data/films.json", "data/films.yaml"])
def test_one_film_is_read_alone(pair, monkeypatch, name):
    """Of thirty films the one that moved is parsed, and nothing else changes."""
    two = pair("data")
    two.write(name, {"films": many()})
    two.refresh()
    two.write(name, {"films": many(film_7=film("film-7", "2027-09-01"))})
    validated = []
    validate = sources.readings._validate
    monkeypatch.setattr(
        sources.readings, "_validate", lambda *args: validated.append(args[1]) or validate(*args)
    )
    monkeypatch.setattr(two.both[1], "refresh", two.both[0].refresh)

    report = two.both[0].refresh()

    assert report.counts == {"delayed": 1}
    assert [raw["id"] for raw in validated] == ["film-7"]
    assert Watched.increments == 1


def test_what_depends_on_it_changes_too(pair):
    """A retitled film is called so in its sequel's event, and a window moves with its opening."""
    two = pair("data")
    window = {"to": "streaming", "days": 45}
    first = film("first", windows=[window])
    two.write("data/films.json", {"films": [first, film("second", follows="first")]})
    two.refresh()

    two.write(
        "data/films.json",
        {
            "films": [
                {**film("first", "2027-08-01"), "windows": [window], "title": "Another"},
                film("second", follows="first"),
            ]
        },
    )
    _, changes = two.refresh()

    assert sorted((str(change.key), change.kind.value) for change in changes) == [
        ("first.streaming.us", "delayed"),
        ("first.streaming.us", "retitled"),
        ("first.theatrical.us", "delayed"),
        ("first.theatrical.us", "retitled"),
    ]
    assert Watched.increments == 1
    feed = rows(two.both[0].store)["events"]
    assert any(b"Sequel to Another" in body for *_, body in feed)


def test_the_own_file_still_stands_before_the_export(pair):
    """A film that both tell of is merged from both, though only the export has changed."""
    two = pair("own.yaml", "export.json")
    two.write("own.yaml", {"films": [film("film-3", "2027-05-05")]})
    two.write("export.json", {"films": many()})
    two.refresh()
    two.write(
        "export.json",
        {"films": many(film_3=film("film-3", "2027-11-11"), film_4=film("film-4", "2027-11-11"))},
    )

    _, changes = two.refresh()

    assert [(change.key.film, change.kind.value) for change in changes] == [
        ("film-3", "conflict"),
        ("film-4", "delayed"),
    ]
    assert Watched.increments == 1


def test_an_error_is_told_as_ever(pair):
    """What is wrong with the film that changed is said with its line, by a whole read."""
    two = pair("data")
    two.write("data/films.json", {"films": many()})
    two.refresh()
    two.write("data/films.json", {"films": many(film_7=film("film-7", "2027-13-01"))})

    _, message = two.refresh()

    assert "films.json:1:" in message
    assert "when: no such" in message


def test_a_file_that_is_there_twice_in_itself(pair):
    """A list that is there twice is complained of, although its outline would not show it."""
    two = pair("data")
    two.write("data/films.json", {"films": many()})
    two.refresh()
    path = two.folder / "data/films.json"
    path.write_text('{"films": [], ' + path.read_text()[1:])

    assert "the field 'films' is there twice" in two.refresh()[1]


IDS = [f"film-{number}" for number in range(6)]
DAYS = st.sampled_from(["2027-03-01", "2027-03-02", "2027-07-14", "2027", "2027-Q3", "2028-02-01"])


@st.composite
def films(draw, *, machine):
    """Draw the films of one file, each id once."""
    found = []
    for id_ in draw(st.lists(st.sampled_from(IDS), unique=True, max_size=5)):
        facts = {"title": draw(st.sampled_from(["Film", "Another", id_]))}
        if draw(st.integers(0, 3)) == 0:
            facts["follows"] = draw(st.sampled_from(IDS))
        if draw(st.integers(0, 3)) == 0:
            facts["series"] = [
                {"id": "saga", "title": draw(st.sampled_from(["Saga", "Saga", "Epic"]))}
            ]
        if draw(st.integers(0, 2)) == 0:
            facts["windows"] = [{"to": "streaming", "days": draw(st.sampled_from([30, 45]))}]
        if machine:
            facts["source"] = "tmdb"
        releases = []
        for region in draw(st.lists(st.sampled_from(["US", "GB"]), unique=True, max_size=2)):
            release = {"kind": "theatrical", "region": region, "when": draw(DAYS)}
            if draw(st.integers(0, 5)) == 0:
                release["slot_from"] = draw(st.sampled_from(IDS))
            releases.append(release)
        found.append({"id": id_, **facts, "releases": releases})
    return found


@st.composite
def worlds(draw):
    """Draw all files as they are at one moment."""
    own = {"sources": [{"id": "paper"}], "films": draw(films(machine=False))}
    if draw(st.integers(0, 3)) == 0:
        release = {"kind": "theatrical", "region": "US", "when": draw(DAYS)}
        until = draw(st.sampled_from(["2027-01-01", "2027-06-01"]))
        own["overrides"] = [
            {
                "film": draw(st.sampled_from(IDS)),
                "by": "Anna",
                "why": "knows",
                "until": until,
                "releases": [release],
            }
        ]
    return {
        "own/films.yaml": own,
        "export.json": {"sources": [MACHINE], "films": draw(films(machine=True))},
    }


@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.reuse, Phase.generate],  # an example writes files; to shrink one takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    states=st.lists(
        st.tuples(worlds(), st.sampled_from([1, 1, 24, 24 * 70])), min_size=2, max_size=5
    )
)
def test_an_increment_is_as_good_as_everything(tmp_path, states):
    """Whatever is edited in whatever order, both calendars have the same rows, octet for octet."""
    two = Pair(tmp_path / "pair", ["own", "export.json"])
    try:
        for world, hours in states:
            for name, data in world.items():
                two.write(name, data)
            two.now += timedelta(hours=hours)
            two.refresh()
    finally:
        two.close()


@settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.reuse, Phase.generate],  # an example writes files; to shrink one takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    world=worlds(),
    edits=st.lists(
        st.tuples(st.sampled_from(["own/films.yaml", "export.json"]), st.integers(0, 4), DAYS),
        max_size=6,
    ),
)
def test_small_edits_one_by_one(tmp_path, world, edits):
    """The same, where each edit moves one date, as most do."""
    two = Pair(tmp_path / "pair", ["own", "export.json"])
    try:
        for name, data in world.items():
            two.write(name, data)
        two.refresh()
        for name, number, day in edits:
            told = [release for each in world[name]["films"] for release in each["releases"]]
            if told:
                told[number % len(told)]["when"] = day
            two.write(name, world[name])
            two.refresh()
    finally:
        two.close()
