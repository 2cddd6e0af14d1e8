"""Increments: changed films are read alone, with the result of a whole read."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from releasecal import sources
from releasecal.core import catalogue as core_catalogue
from releasecal.core import revising_in_parts
from releasecal.core.editions import on_record
from releasecal.core.film_storage import MEMORY
from releasecal.core.loss_guard import losses
from releasecal.core.renaming import with_present_ids
from releasecal.core.revise import revise
from releasecal.errors import Place, Problem, ReleasecalError
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh import edition_builder
from releasecal.refresh.edition_builder import EditionBuilder
from releasecal.refresh.full import WholeRead
from releasecal.refresh.publisher import Publisher
from releasecal.sources import snapshot_parts
from releasecal.store import (
    FetchedFile,
    FetchState,
    Store,
    choice_counts,
    fetch_states,
    films_on_disk,
    newest_edition,
)
from releasecal.store.reading_in_parts import PublishedEdition
from support.database import database_url, rows

pytestmark = pytest.mark.slow

BEGIN = datetime(2027, 1, 1, 9, tzinfo=UTC)
MACHINE = {"id": "tmdb", "machine": True}


class Whole(EditionBuilder):
    """One that always reads everything."""

    def _increment(self, *_):
        return None


class AllAtOnce(WholeRead):
    """One that has both editions in memory, and compares them as they are."""

    def next_edition(self):
        whole = self.store.ask(newest_edition.edition)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(PublishedEdition, "films", on_record(whole))
            return super().next_edition()

    def _compare(self, _, catalogue, news):
        before = self.store.ask(newest_edition.edition)
        edition, changes = revise(before, catalogue, now=self.now, policy=self.policy)
        known = with_present_ids(before, catalogue.renames)
        news.add(before, edition, changes)
        lost = losses(known, edition, self.reader.addresses, self.today)
        return replace(edition, films={}, entries={}), lost


class AtOnce(Whole):
    """One that makes each edition at once, and compares all films with each other."""

    def build(self, *args):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(edition_builder, "WholeRead", AllAtOnce)
            patch.setattr(core_catalogue, "lone_films", lambda *_: frozenset())
            patch.setattr(edition_builder, "RoomAside", lambda _: MEMORY)
            return super().build(*args)


class Watched(EditionBuilder):
    """One that tells how often an increment was enough."""

    increments = 0

    def _increment(self, *args):
        step = super()._increment(*args)
        Watched.increments += step is not None
        return step


def assert_choices_are_counted(store):
    """The numbers on record are those of a count, and of the newest edition."""
    with store.reading() as connection:
        number = newest_edition.head(connection).number
        if number:
            assert choice_counts.is_of(connection, number)
            counted = dict(choice_counts.counted(connection))
    if number:
        kept = {row[:2]: row[2] for row in rows(store)["choice_counts"] if row[0] != "edition"}
        assert kept == counted


class Pair:
    """Two calendars of the same files, of which one always reads everything."""

    def __init__(self, folder, addresses, kinds=(Watched, Whole)):
        folder.mkdir(exist_ok=True)
        self.folder = Path(mkdtemp(dir=folder))  # so that each example has databases of its own
        self.now = BEGIN
        self.both = [self._publisher(kind, addresses) for kind in kinds]
        Watched.increments = 0

    def _publisher(self, kind, addresses):
        store = Store.open(database_url(self.folder / f"{kind.__name__}.db"))
        where = [str(self.folder / address) for address in addresses]
        publisher = Publisher(store, where, SiteSettings(), lambda: self.now)
        publisher.build = lambda builder, *args: kind(
            builder.addresses, builder.site, builder.policy, builder.clock, builder.fetched
        ).build(*args)
        return publisher

    def write(self, name, data):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        text = json.dumps(data) if path.suffix == ".json" else yaml.safe_dump(data)
        path.write_text(text)

    def set_up(self, world, addresses):
        """Write all files of *world*, and have both read *addresses*."""
        for name, data in world.items():
            self.write(name, data)
        for publisher in self.both:
            publisher.addresses = tuple(str(self.folder / address) for address in addresses)

    def refresh(self, **options):
        """Refresh both, which has to come to the same; return what the watched one said."""
        self.now += timedelta(hours=1)
        outcomes = []
        for publisher in self.both:
            try:
                report = publisher.refresh(**options)
                outcomes.append((report.edition, report.changes))
            except ReleasecalError as error:
                outcomes.append((type(error), str(error)))
        assert outcomes[0] == outcomes[1]
        kept, other = (rows(publisher.store) for publisher in self.both)
        for table, found in kept.items():
            assert found == other[table], table
        for publisher in self.both:
            assert_choices_are_counted(publisher.store)
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
    validate = sources.validate._validate
    monkeypatch.setattr(
        sources.validate, "_validate", lambda *args: validated.append(args[1]) or validate(*args)
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


def test_a_window_after_a_window_moves_in_an_increment(pair):
    """Case k6: all that follows from an opening, also from what follows, moves with it."""
    two = pair("data")
    windows = [
        {"to": "digital", "days": 17},
        {"to": "streaming", "channel": "Peacock", "days": 45, "from": "digital"},
    ]
    others = [film("other"), film("another")]
    two.write("data/films.json", {"films": [film("paid", "2027-03-05", windows=windows), *others]})
    two.refresh()

    moved = film("paid", "2027-04-02", windows=windows)
    two.write("data/films.json", {"films": [moved, *others]})
    _, changes = two.refresh()

    assert {str(change.key): str(change.new.when) for change in changes} == {
        "paid.theatrical.us": "2027-04-02",
        "paid.digital.us": "2027-04-19",
        "paid.streaming.us.peacock": "2027-06-03",
    }
    assert Watched.increments == 1


LAW = {"to": "digital", "months": 4, "region": "US"}


@pytest.mark.parametrize("name", ["data/films.json", "data/films.yaml"])
def test_what_follows_from_a_rule_moves_in_an_increment(pair, name):
    """Rules of another address and of the file itself hold for the one film that is read."""
    two = pair("laws.yaml", "data")
    two.write("laws.yaml", {"windows": [LAW]})
    contract = {"to": "tv", "days": 90, "distributor": "Lantern"}
    films = [{**each, "windows": [{"to": "physical", "days": 9}]} for each in many()]
    films[7] |= {"distributor": "Lantern"}
    two.write(name, {"windows": [contract], "films": films})
    two.refresh()

    films[7] |= film("film-7", "2027-09-30")
    two.write(name, {"windows": [contract], "films": films})
    _, changes = two.refresh()

    assert {str(change.key): str(change.new.when) for change in changes} == {
        "film-7.theatrical.us": "2027-09-30",
        "film-7.physical.us": "2027-10-09",
        "film-7.tv.us": "2027-12-29",
        "film-7.digital.us": "2028-01-30",
    }
    assert Watched.increments == 1


@pytest.mark.parametrize("name", ["data/laws.json", "data/laws.yaml"])
def test_another_rule_takes_a_whole_read(pair, name):
    """All films that it is for change with it."""
    two = pair("data")
    two.write("data/films.json", {"films": many()})
    two.write(name, {"windows": [LAW]})
    two.refresh()

    two.write(name, {"windows": [LAW | {"months": 3}]})
    _, changes = two.refresh()

    assert len(changes) == 30
    assert Watched.increments == 0


def test_a_film_that_gets_a_distributor_gets_its_rules(pair):
    """The film alone is read, and has what follows."""
    two = pair("data")
    rules = [LAW | {"distributor": ["Lantern", "Lantern Pictures"]}]
    two.write("data/films.json", {"windows": rules, "films": many()})
    two.refresh()

    told = many(film_7={"distributor": "Lantern Pictures"})
    two.write("data/films.json", {"windows": rules, "films": told})
    _, changes = two.refresh()

    assert [str(change.key) for change in changes] == ["film-7.digital.us"]
    assert Watched.increments == 1


@pytest.mark.parametrize("name", ["windows", "films", "sources"])
def test_any_list_that_is_there_twice_is_a_problem(pair, name):
    """Also where its name stands in each film, and where one of both is empty."""
    two = pair("data")
    films = [{**each, "windows": [{"to": "physical", "days": 9}]} for each in many()]
    two.write("data/films.json", {"sources": [], "windows": [LAW], "films": films})
    two.refresh()
    path = two.folder / "data/films.json"
    path.write_text(f'{{"{name}": [], {path.read_text()[1:]}')

    assert f"the field '{name}' is there twice" in two.refresh()[1]


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


def test_an_error_in_an_increment_has_its_line(pair):
    """What is wrong with the film that changed is said with its line, by a whole read."""
    two = pair("data")
    two.write("data/films.json", {"films": many()})
    two.refresh()
    two.write("data/films.json", {"films": many(film_7=film("film-7", "2027-13-01"))})

    _, message = two.refresh()

    assert "films.json:1:" in message
    assert "when: no such" in message


def test_a_list_that_is_there_twice_is_a_problem(pair):
    """A list that is there twice is complained of, although its outline would not show it."""
    two = pair("data")
    two.write("data/films.json", {"films": many()})
    two.refresh()
    path = two.folder / "data/films.json"
    path.write_text('{"films": [], ' + path.read_text()[1:])

    assert "the field 'films' is there twice" in two.refresh()[1]


def test_a_mended_film_is_read_alone_by_each_of_its_ids(pair):
    """Another source moves a film under its former id: the accounts of both ids are read."""
    two = pair("own.yaml", "export.json")
    own = {key: value for key, value in film("film-3").items() if key != "releases"}
    two.write("own.yaml", {"films": [own]})
    two.write("export.json", {"films": [*many(), film("sequel", follows="film-3")]})
    two.refresh()
    two.write("own.yaml", {"films": [with_another_id(own, "new")]})
    two.refresh()
    assert Watched.increments == 0

    moved = many(film_3=film("film-3", "2027-11-11"))
    two.write("export.json", {"films": [*moved, film("sequel", follows="film-3")]})
    _, changes = two.refresh()

    assert [(str(change.key), change.kind.value) for change in changes] == [
        ("new.theatrical.us", "delayed")
    ]
    assert Watched.increments == 1


def test_a_film_of_two_sources_is_read_alone_by_its_refs(pair):
    """A film that two sources know by different ids moves in an increment, and keeps its id."""
    two = pair("own.yaml", "export.json")
    two.write("own.yaml", {"films": [{"id": "own", "title": "Own", "refs": {"tmdb": 3}}]})
    known = many(film_3=film("film-3", refs={"tmdb": 3}))
    two.write("export.json", {"films": known})
    two.refresh()

    two.write("export.json", {"films": many(film_3=film("film-3", "2027-11-11", refs={"tmdb": 3}))})
    _, changes = two.refresh()

    assert [str(change.key) for change in changes] == ["own.theatrical.us"]
    assert Watched.increments == 1


def test_a_repeat_that_is_inserted_is_read_alone(pair):
    """A festival that comes to stand before another is one more event, by an increment."""
    two = pair("data")

    def told(*labels):
        shown = [
            {"kind": "premiere", "region": "FR", "label": label, "when": "2027-05-14"}
            for label in labels
        ]
        return {"films": many(film_3=film("film-3", releases=shown))}

    two.write("data/films.json", told("Deauville"))
    two.refresh()
    two.write("data/films.json", told("Cannes", "Deauville"))

    _, changes = two.refresh()

    assert [(str(change.key), change.kind.value) for change in changes] == [
        ("film-3.premiere.fr._2", "added")
    ]
    assert Watched.increments == 1


@pytest.mark.parametrize("ref", [{"tmdb": 1}, {"imdb": "tt1234567"}])
def test_a_ref_that_joins_films_takes_a_whole_read(pair, ref):
    """A film that gets an id elsewhere of an untouched one is joined with that."""
    two = pair("own.yaml", "export.json")
    two.write("own.yaml", {"films": [film("own", "2027-05-05")]})
    two.write("export.json", {"films": many(film_3=film("film-3", refs=ref))})
    two.refresh()

    two.write("own.yaml", {"films": [film("own", "2027-05-05", refs=ref)]})
    two.refresh()

    ids = {row[0] for row in rows(two.both[0].store)["films"]}
    assert ids & {"own", "film-3"} == {"own"}
    assert Watched.increments == 0


def test_a_uid_of_another_film_is_not_given_away(pair):
    """A new release of a film under a former id of another one gets no UID that this one has."""
    two = pair("data")
    premiere = {"kind": "premiere", "region": "US", "when": "2027-05-14"}
    both = [*film("film-1")["releases"], premiere]
    two.write("data/films.json", {"films": many(film_1=film("film-1", releases=both))})
    two.refresh()
    new = film("new", releases=both)
    two.write("data/films.json", {"films": many(film_1={**new, "was": ["film-1"]})})
    two.refresh()
    two.write("data/films.json", {"films": [new, *many()]})
    two.refresh()
    two.write("data/films.json", {"films": [new, *many(film_1=film("film-1", releases=both))]})

    two.refresh()

    entries = two.both[0].store.ask(newest_edition.edition).entries.values()
    uids = [uid for each in entries if each.key.film in ("new", "film-1") for uid in each.uids]
    assert sorted(uids) == [
        "film-1.premiere.us",
        "film-1.premiere.us._again",
        "film-1.theatrical.us",
        "film-1.theatrical.us._again",
    ]
    assert Watched.increments > 0


def test_what_a_film_mentions_that_a_machine_lists_no_more_is_known(pair):
    """Its event stays as it is, that of a sequel, until the silence of the machine counts."""
    two = pair("data")
    films = [{**each, "source": "tmdb"} for each in many(film_2=film("film-2", follows="film-1"))]
    two.write("data/films.json", {"sources": [MACHINE], "films": films})
    two.refresh()
    two.write(
        "data/films.json",
        {"sources": [MACHINE], "films": [each for each in films if each["id"] != "film-2"]},
    )
    two.refresh()

    entries = two.both[0].store.ask(newest_edition.edition).entries.values()
    (sequel,) = (each for each in entries if each.key.film == "film-2")
    assert sequel.facts.related == ("film-1.theatrical.us",)
    assert Watched.increments == 1


@pytest.mark.parametrize("claim", ["film-1", "film-x"])
def test_an_id_that_is_claimed_twice_is_complained_of(pair, claim):
    """An increment takes no former id that another film has or claims."""
    two = pair("data")
    films = many(film_2=with_another_id(film("film-x"), "film-2"))
    two.write("data/films.json", {"films": films})
    two.refresh()

    two.write("data/films.json", {"films": [*films, {**film("late"), "was": [claim]}]})

    assert "was: the" in two.refresh()[1]


@pytest.mark.parametrize(
    "order", [["b.json", "a.json"], ["a.json"], ["c.json", "a.json", "b.json"]]
)
def test_another_order_of_sources_is_a_whole_read(pair, order):
    """Precedence, and who is asked at all, changes though no film has."""
    two = pair("a.json", "b.json")
    two.write("a.json", {"films": [film("one", "2027-05-05"), film("two")]})
    two.write("b.json", {"films": [film("one", "2027-06-06"), film("three")]})
    two.write("c.json", {"films": [film("four")]})
    two.refresh()
    for publisher in two.both:
        publisher.addresses = tuple(str(two.folder / name) for name in order)

    _, changes = two.refresh()

    assert Watched.increments == 0
    assert {(change.key.film, change.kind.value) for change in changes} == {
        ("b.json", "a.json"): {("one", "delayed"), ("one", "conflict")},
        ("a.json",): {("three", "withdrawn")},
        ("c.json", "a.json", "b.json"): {("four", "added")},
    }[tuple(order)]


def test_a_series_has_one_title(pair):
    """An increment takes nothing that a whole read would refuse."""
    two = pair("data")

    def told(*titles):
        series = [[{"id": "saga", "title": title}] for title in titles]
        return {"films": [film(f"film-{n}", series=place) for n, place in enumerate(series)]}

    two.write("data/films.json", told("Saga", "Saga", "Saga"))
    two.refresh()
    two.write("data/films.json", told("Saga", "Epic", "Saga"))

    _, message = two.refresh()

    assert "the series saga is 'Saga'" in message


def test_what_changes_while_it_is_read_is_read_again(pair, monkeypatch):
    """A file that was put back while it was read is not taken for what was read of it."""
    two = pair("data")
    two.write("data/films.json", {"films": many()})
    two.refresh()
    first, other = {"films": many(film_1=film("film-1", "2027-01-31"))}, {"films": many()}
    two.write("data/films.json", other | {"sources": []})
    compare = sources.compare

    def raced(*args):
        two.write("data/films.json", first)
        return compare(*args)

    monkeypatch.setattr(sources, "compare", raced)
    two.both[0].refresh()
    monkeypatch.undo()
    two.write("data/films.json", other | {"sources": []})
    two.now += timedelta(hours=1)
    two.both[0].refresh()

    shown = {str(row) for row in rows(two.both[0].store)["entries"] if "film-1." in str(row)}
    assert not any("2027-01-31" in row for row in shown)


IDS = [f"film-{number}" for number in range(6)]
DAYS = st.sampled_from(
    ["2027-01-03", "2027-03-01", "2027-03-02", "2027-07-14", "2027", "2027-Q3", "2028-01-01", None]
)
FESTIVALS = st.permutations(["Berlin", "Cannes", "Lyon"]).flatmap(
    lambda names: st.sampled_from([0] * 6 + [1, 2, 3]).map(
        lambda count: [
            {"kind": "premiere", "region": "FR", "label": name, "when": f"2027-05-0{at}"}
            for at, name in enumerate(names[:count], start=1)
        ]
    )
)
RULES = st.lists(
    st.sampled_from(
        [
            {"to": "digital", "months": 4, "region": "GB"},
            {"to": "digital", "weekends": 3, "distributor": "Lantern"},
            {"to": "tv", "days": 90, "from": "digital", "valid": {"until": "2027-03-01"}},
            {"to": "streaming", "weeks": 17, "bound": "at-most", "distributor": ["Lantern"]},
        ]
    ),
    max_size=2,
    unique_by=repr,
)
REFS = st.sampled_from([{}] * 12 + [{"tmdb": 1}, {"tmdb": 2}, {"imdb": "tt1234567"}])


@st.composite
def releases(draw, number):
    """Draw the releases of a film, whose dates may be those of one with a lower *number*."""
    found = []
    for region in draw(st.lists(st.sampled_from(["US", "GB"]), unique=True, max_size=2)):
        release = {"kind": "theatrical", "region": region, "when": draw(DAYS)}
        if number and draw(st.integers(0, 5)) == 0:
            release["slot_from"] = draw(st.sampled_from(IDS[:number]))
        found.append(release)
    if draw(st.integers(0, 5)) == 0:
        found.append({"kind": "re-release", "region": "US", "when": draw(DAYS)})
    return found + draw(FESTIVALS)


@st.composite
def films(draw, *, machine):
    """Draw the films of one file: nearly always all, which may mention earlier ones."""
    found = []
    for number, id_ in enumerate(IDS):
        if draw(st.integers(0, 15)) == 0:
            continue
        facts = {"title": draw(st.sampled_from(["Film", "Another", id_]))}
        if number and draw(st.integers(0, 3)) == 0:
            facts["follows"] = draw(st.sampled_from(IDS[:number]))
        if draw(st.integers(0, 3)) == 0:
            title = draw(st.sampled_from(["Saga"] * 12 + ["Epic"]))
            facts["series"] = [{"id": "saga", "title": title}]
        if draw(st.integers(0, 2)) == 0:
            facts["windows"] = [{"to": "streaming", "days": draw(st.sampled_from([30, 45]))}]
            if draw(st.booleans()):
                facts["windows"] += [{"to": "tv", "days": 90, "from": "streaming"}]
        facts["refs"] = draw(REFS)
        if draw(st.integers(0, 2)) == 0:
            facts["distributor"] = "Lantern"
        if machine:
            facts["source"] = "tmdb"
        found.append({"id": id_, **facts, "releases": draw(releases(number))})
    return found


def own_ones(films):
    """Return *films* as another file of the same folder may have them: by ids of its own."""
    renamed = json.loads(json.dumps(films).replace("film-", "own-"))
    return [{key: value for key, value in each.items() if key != "source"} for each in renamed]


def with_another_id(film, id_):
    """Return *film* under the id *id_*, which says what it was."""
    return {**film, "id": id_, "was": [film["id"]]}


@st.composite
def worlds(draw):
    """Draw all files as they are at one moment."""
    own = {"sources": [{"id": "paper"}], "films": draw(films(machine=False))}
    if draw(st.integers(0, 3)) == 0:
        other = draw(st.sampled_from(["new-1", "new-2"]))
        own["films"][:1] = [with_another_id(each, other) for each in own["films"][:1]]
    if draw(st.integers(0, 5)) == 0:
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
    if draw(st.integers(0, 2)) == 0:
        own["windows"] = draw(RULES)
    return {
        "own/films.yaml": own,
        "exports/export.json": {
            "sources": [draw(st.sampled_from([MACHINE] * 5 + [MACHINE | {"covers": "upcoming"}]))],
            "films": draw(films(machine=True)),
            **({"windows": draw(RULES)} if draw(st.integers(0, 2)) == 0 else {}),
        },
        "exports/people.json": {"films": own_ones(draw(films(machine=False)))},
    }


FILES = ("own/films.yaml", "exports/export.json", "exports/people.json")
ADDRESSES = (("own", "exports"), ("exports", "own"), ("exports",))
FEW = settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.reuse, Phase.generate],  # an example writes files; to shrink one takes minutes
    suppress_health_check=list(HealthCheck),
)


@FEW
@given(
    states=st.lists(
        st.tuples(
            worlds(),
            st.sampled_from([1, 1, 24, 24 * 70]),
            st.sampled_from(ADDRESSES[:1] * 5 + ADDRESSES),
            st.sampled_from(["https://one.example"] * 3 + ["https://other.example"]),
            st.booleans(),
        ),
        min_size=1,
        max_size=4,
    ),
    most=st.integers(1, 7),
)
def test_an_edition_in_parts_equals_one_made_at_once(tmp_path, states, most):
    """However many films are a part, or stay in memory: the same rows, and the same changes."""
    two = Pair(tmp_path / "pair", ["own", "exports"], kinds=(Whole, AtOnce))
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(revising_in_parts, "FILMS", most)
            patch.setattr(films_on_disk, "IN_MEMORY", 7 - most)
            for world, hours, addresses, public_url, accept_loss in states:
                two.set_up(world, addresses)
                for publisher in two.both:
                    publisher.site = SiteSettings(public_url=public_url)
                two.now += timedelta(hours=hours)
                two.refresh(accept_loss=accept_loss)
                one, other = (rows(publisher.store) for publisher in two.both)
                if two.both[0].store.dialect.name == "sqlite":  # elsewhere rows have no order
                    assert one == other
    finally:
        two.close()


@FEW
@given(
    states=st.lists(
        st.tuples(
            worlds(),
            st.sampled_from([1, 1, 24, 24 * 70]),
            st.sampled_from(ADDRESSES[:1] * 5 + ADDRESSES),
        ),
        min_size=2,
        max_size=4,
    )
)
def test_an_increment_equals_a_whole_read(tmp_path, states):
    """Whatever is edited in whatever order, both calendars have the same rows, octet for octet."""
    two = Pair(tmp_path / "pair", ["own", "exports"])
    try:
        for world, hours, addresses in states:
            two.set_up(world, addresses)
            two.now += timedelta(hours=hours)
            two.refresh()
    finally:
        two.close()


@FEW
@given(
    world=worlds(),
    steps=st.lists(
        st.tuples(
            st.sampled_from(FILES),
            st.integers(0, 4),
            DAYS,
            st.sampled_from(["", *FILES]),
            st.sampled_from(["films: soon", "", None]),
            st.sampled_from([1, 24, 24 * 20]),
        ),
        min_size=2,
        max_size=6,
    ),
)
def test_an_increment_beside_a_source_in_trouble_equals_a_whole_read(tmp_path, world, steps):
    """Files break, go away and come back while a date in another one moves: all rows are equal."""
    two = Pair(tmp_path / "pair", ["own", "exports"])
    try:
        for name, data in world.items():
            two.write(name, data)
        two.refresh()
        for edited, number, day, broken, text, hours in steps:
            move(world[edited], number, day)
            for name, data in world.items():
                two.write(name, data)
            if broken and text is None:
                (two.folder / broken).unlink()
            elif broken:
                (two.folder / broken).write_text(text)
            two.now += timedelta(hours=hours)
            two.refresh()
    finally:
        two.close()


@FEW
@given(
    world=worlds(),
    steps=st.lists(
        st.tuples(
            st.sampled_from(["own/films.yaml", "exports/export.json", "web", "web"]),
            st.integers(0, 4),
            DAYS,
            st.sampled_from(["moves", "moves", "toggles", "fails"]),
            st.sampled_from([1, 24, 24 * 20]),
        ),
        min_size=2,
        max_size=6,
    ),
    part=st.sampled_from([1, 2, 3, 1_000]),
)
def test_an_increment_of_what_is_fetched_equals_a_whole_read(tmp_path, world, steps, part):
    """Snapshots come, lose films, get them back or are out of reach: all rows are equal."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshot_parts, "PART", part)
        patch.setattr(snapshot_parts, "MAX_WHOLE", part)
        follow(tmp_path, world, steps)


def follow(tmp_path, world, steps):
    """Take *steps* with the files of *world* and a source that is fetched."""
    two = Pair(tmp_path / "pair", ["own", "exports"])
    for publisher in two.both:
        publisher.addresses = (*publisher.addresses, "web")
        publisher.fetched = frozenset({"web"})
    try:
        web = {
            "sources": [{"id": "web", "machine": True}],
            "films": own_ones(world["own/films.yaml"]["films"]),
        }
        files, away = world | {"web": web}, {}
        for name, data in world.items():
            two.write(name, data)
        for number, (edited, place, day, what, hours) in enumerate(steps):
            move(files[edited], place, day)
            if what == "toggles":
                toggle(web["films"], away, place)
            is_failing = what == "fails"
            for name, data in world.items():
                two.write(name, data)
            two.now += timedelta(hours=hours)
            for publisher in two.both:
                fetch(publisher.store, web, two.now, is_failing=is_failing and number > 0)
            two.refresh()
    finally:
        two.close()


@pytest.mark.parametrize("more", [0, 1], ids=["moved", "one more"])
def test_of_a_large_snapshot_the_changed_parts_are_read_alone(pair, monkeypatch, more):
    """Of two thousand films that were fetched, the parts that changed are opened, and written, alone."""
    two = pair("data")
    data = {"sources": [{"id": "web"}], "films": many(2_000)}
    for publisher in two.both:
        publisher.addresses, publisher.fetched = ("web",), frozenset({"web"})
        fetch(publisher.store, data, two.now, is_failing=False)
    two.refresh()
    store = two.both[0].store
    before = {row[:2]: row for row in rows(store)["snapshots"]}
    opened = []
    octets = fetch_states.octets
    monkeypatch.setattr(
        fetch_states, "octets", lambda *given: opened.append(given[-1]) or octets(*given)
    )

    data["films"][700]["releases"][0]["when"] = "2027-09-01"
    data["films"] += [film("film-700-b")] * more
    two.now += timedelta(hours=1)
    for publisher in two.both:
        fetch(publisher.store, data, two.now, is_failing=False)
    _, changes = two.refresh()

    keys = {"film-700.theatrical.us", *["film-700-b.theatrical.us"] * more}
    assert {str(change.key) for change in changes} == keys
    assert Watched.increments == 1
    assert len(opened[0]) == 1
    after = {row[:2]: row for row in rows(store)["snapshots"]}
    assert len(after.items() - before.items()) == 1
    assert len(after) > 10


def toggle(films, away, number):
    """Put away one of *films* by its *number*, or get it back if it is *away*."""
    if number in away:
        films.insert(0, away.pop(number))
    elif number < len(films):
        away[number] = films.pop(number)


def fetch(store, data, now, *, is_failing):
    """Write *data* as fetched *now*, or that this went wrong."""
    known = store.ask(fetch_states.states).get("web")
    if is_failing:
        problems = (Problem(Place("web"), "away"),)
        fetch_states.put(store, replace(known, since=known.since or now, problems=problems))
        return
    parts = snapshot_parts.split("web", snapshot(data))
    hashes = {name: hashlib.blake2b(part).hexdigest() for name, part in parts.items()}
    digest = fetch_states.digest_of("web", hashes)
    state = FetchState("web", "file", now, digest, now, now, len(data["films"]))
    fetch_states.put(store, state, FetchedFile(parts))


def snapshot(data):
    """Return *data* in the form of a snapshot."""
    lines = sorted((each["id"], json.dumps(each).encode()) for each in data["films"])
    top = json.dumps({"sources": data["sources"]}).encode()[:-1]
    between = snapshot_parts.BETWEEN.join(line for _, line in lines)
    return top + snapshot_parts.BEGIN + between + snapshot_parts.END


def move(data, number, day):
    """Move one date in the films of *data*, if there are any."""
    told = [release for each in data["films"] for release in each["releases"]]
    if told:
        told[number % len(told)]["when"] = day


def test_most_small_edits_are_increments(tmp_path):
    """The same, where each edit moves one date, as most do; most are read alone."""
    counts = []

    @FEW
    @given(
        world=worlds(),
        edits=st.lists(
            st.tuples(
                st.sampled_from(FILES),
                st.integers(0, 4),
                DAYS,
                st.sampled_from([1, 1, 12, 24 * 5]),
            ),
            min_size=3,
            max_size=6,
        ),
    )
    def edited(world, edits):
        two = Pair(tmp_path / "pair", ["own", "exports"])
        try:
            for name, data in world.items():
                two.write(name, data)
            two.refresh()
            for name, number, day, hours in edits:
                two.now += timedelta(hours=hours)
                move(world[name], number, day)
                two.write(name, world[name])
                two.refresh()
            counts.append((Watched.increments, len(edits)))
        finally:
            two.close()

    edited()

    # Many edits write what was there, which is not read at all.
    assert sum(taken for taken, _ in counts) > sum(edits for _, edits in counts) / 10


def test_what_is_said_of_a_broken_source_is_no_matter_of_how_it_was_read(pair):
    """A title and a link of one file are wrong; the problems are the same in each edition."""
    two = pair("own", "exports")
    two.write("own/films.json", {"films": many()})
    broken = [
        film("a", series=[{"id": "saga", "title": "Saga"}]),
        film("b", series=[{"id": "saga", "title": "Epic"}], follows="nobody"),
    ]
    for day in ("2027-07-14", "2027-07-15", "2027-Q3"):
        broken[0]["releases"][0]["when"] = day
        two.write("exports/people.json", {"films": broken})
        two.refresh()  # compares the states of the sources


def test_a_list_that_is_there_twice_in_disguise_is_a_problem(pair):
    """A list that is there twice, once in disguise, is complained of as ever."""
    two = pair("data")
    two.write("data/films.json", {"films": many()})
    two.refresh()
    path = two.folder / "data/films.json"
    path.write_text('{"f\\u0069lms": [], ' + path.read_text()[1:])

    assert "the field 'films' is there twice" in two.refresh()[1]


def test_deep_nesting_is_a_problem_of_its_file(pair):
    """A file nested too deeply for any parser is complained of with its name."""
    two = pair("data")
    two.write("data/films.json", {"films": many()})
    (two.folder / "data/deep.json").write_text('{"films": [' + "[" * 3_000 + "]" * 3_000 + "]}")

    assert "deep.json:1:" in two.refresh()[1]
    assert "nested too deeply" in two.refresh()[1]


def test_a_table_is_read_like_any_other_file(pair):
    """Of a table the films that changed are read alone; with a bad row everything is read."""
    two = pair("data")

    def tell(*changed):
        rows = {f"Film {number}": "2027-07-14" for number in range(30)} | dict(changed)
        lines = [f"{title},theatrical,US,{when}\n" for title, when in rows.items()]
        (two.folder / "data").mkdir(exist_ok=True)
        (two.folder / "data" / "films.csv").write_text("title,kind,region,when\n" + "".join(lines))
        return two.refresh()

    tell()
    tell(("Film 7", "2027-07-21"))
    assert Watched.increments == 1

    _, changes = tell(("Film 7", "soon"), ("Film 8", "2027-07-21"))
    assert [str(change.key) for change in changes] == ["film-8.theatrical.us"]
    tell(("Film 7", "soon"), ("Film 9", "2027-07-21"))
    tell(("Film 9", "2027-07-28"))
    assert Watched.increments == 1
    tell(("Film 9", "2027-08-04"))
    assert Watched.increments == 2
