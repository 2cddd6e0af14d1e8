"""The whole catalogue as a data file: what one site publishes, another one reads."""

import gzip
import json
from dataclasses import replace
from datetime import date

import pytest

from releasecal.core.catalogue import merge
from releasecal.core.models import Bound, ReleaseKind, Status, Window
from releasecal.refresh.publisher import Publisher
from releasecal.sources import no_progress, read
from releasecal.sources.remote import KINDS, Client, SourceSettings
from releasecal.sources.snapshot import JSON, Snapshot
from releasecal.sources.validate import validate
from releasecal.store import Store
from releasecal.web.routes import data
from support.build import DAY, NOW, film, opening, release, revision
from support.clock import Clock
from support.database import database_url
from support.faulty_server import Answer, FaultyServer
from support.pages import IMPRINT
from support.paths import ARTICLE, DATA, SAMPLES
from support.site import app_of

pytestmark = pytest.mark.slow


@pytest.fixture
def site(tmp_path):
    """Make a client of a site with the data files at a path."""
    stores = []

    def site(path):
        store = Store.open(database_url(tmp_path / f"{len(stores)}.db"))
        stores.append(store)
        publisher = Publisher(store, [str(path)], IMPRINT, lambda: NOW)
        publisher.refresh()
        return app_of(publisher).test_client()

    yield site
    for store in stores:
        store.close()


def catalogue(octets):
    """Return what the octets of a data file say; they have no problem."""
    result = validate([Snapshot("data.json", JSON, octets)], (), no_progress)
    assert not result.problems
    return merge([result.reading])


def said(told):
    """Return what a catalogue says of releases, without who told it when and where."""
    return {
        release.key: (
            [each.statement for each in release.history],
            replace(release, history=(), told_by=(), contested=(), refined=()),
        )
        for film in told.films.values()
        for release in film.releases
    }


@pytest.mark.parametrize("path", [DATA, ARTICLE, SAMPLES / "every_field.yaml"])
def test_another_site_reads_the_same_facts(site, path):
    """Every film, release, date and window comes through; only the telling differs."""
    told, original = catalogue(site(path).get("/data.json").data), merge(read([str(path)]))

    assert said(told) == said(original)
    assert told.sources.keys() == original.sources.keys()
    for id_, each in original.films.items():
        bare = {"releases": (), "told_by": (), "source": "", "as_of": None}
        assert replace(told.films[id_], **bare) == replace(each, **bare)


def test_what_was_published_is_told_with_its_days(publish):
    """A move that a source told without a day has the day on which it was published."""
    client, _ = publish((opening("2027-07-14"),), (opening("2027-08-14"),))

    (only,) = catalogue(client.get("/data.json").data).films.values()
    assert [(str(each.when), each.as_of) for each in only.releases[0].history] == [
        ("2027-07-14", (NOW - DAY).date()),
        ("2027-08-14", NOW.date()),
    ]


def test_nothing_derived_withdrawn_or_forgotten_is_told(publish):
    """What follows from a window follows anywhere; what no source lists any more is no fact."""
    window = (
        Window(ReleaseKind.STREAMING, days=45),
        Window(ReleaseKind.DIGITAL, months=4, region="FR", bound=Bound.AT_MOST, condition="if so"),
        Window(ReleaseKind.TV, weeks=17, valid_from=date(2027, 1, 1)),
    )
    gone = film("gone", release("gone", "2027-01-01"), release("gone", "2027-03-01", region="DE"))
    both = (opening("2027-07-14", windows=window), gone)
    client, _ = publish(both, (both[0], film("gone", gone.releases[0])), (both[0],))

    told = catalogue(client.get("/data.json").data)
    assert [str(key) for key in said(told)] == ["film.theatrical.us"]
    assert told.films["film"].windows == window


def test_a_former_id_is_told_of_one_film(publish):
    """An id that another film has now, or had last, is no other one's: two would be a mistake."""
    a, b, c = (opening("2027-07-14", id_=id_, title=id_) for id_ in "abc")
    client, _ = publish(
        (a,),
        (replace(b, other_ids=("a",)),),
        (b, opening("1984-12-14", id_="a", title="again")),
        (b, opening("1984-12-14", id_="c", title="again", other_ids=("a",))),
        (b, c, a),
    )

    told = catalogue(client.get("/data.json").data)

    assert {id_: film.other_ids for id_, film in told.films.items()} == {"a": (), "b": (), "c": ()}


def test_a_reference_to_a_film_that_is_not_told_is_left_out(publish):
    """A data file mentions no film that it lacks."""
    first = opening("2027-01-01", id_="first")
    second = opening(revision("2028-01-01", slot_from="first"), id_="second", follows="first")
    alone = opening("2028-01-01", id_="second")
    client, _ = publish((first, second), (alone,))

    (only,) = catalogue(client.get("/data.json").data).films.values()
    assert (only.id, only.follows) == ("second", "")


def test_a_cancelled_film_is_told_as_cancelled(publish):
    """Its date stays, with the status."""
    cancelled = revision("2027-07-14", status=Status.CANCELLED)
    client, _ = publish((opening("2027-07-14", cancelled),))

    (only,) = catalogue(client.get("/data.json").data).films.values()
    assert only.releases[0].current.status is Status.CANCELLED


def test_it_is_sent_in_parts_one_film_a_line(publish):
    """Hundreds of films are lines in the order of their ids."""
    films = tuple(opening("2027-07-14", id_=f"film-{number}") for number in range(450))
    client, _ = publish(films)
    answer = client.get("/data.json")

    lines = answer.data.splitlines()[2:-1]
    ids = [json.loads(line.removesuffix(b","))["id"] for line in lines]
    assert ids == sorted(each.id for each in films)
    assert "Content-Length" not in answer.headers


class TestHttp:
    def test_it_is_asked_for_conditionally(self, client):
        """The tag changes with the edition and the coding; a known one is answered with 304."""
        plain = client.get("/data.json")
        packed = client.get("/data.json", headers={"Accept-Encoding": "gzip"})

        assert plain.headers["Cache-Control"].startswith("public, max-age=")
        assert plain.headers["Access-Control-Allow-Origin"] == "*"
        assert plain.headers["Vary"] == "Accept-Encoding"
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.data) == plain.data
        assert packed.headers["ETag"] != plain.headers["ETag"]
        known = {"If-None-Match": plain.headers["ETag"]}
        again = client.get("/data.json", headers=known)
        assert (again.status_code, again.data) == (304, b"")
        since = {"If-Modified-Since": plain.headers["Last-Modified"]}
        assert client.get("/data.json", headers=since).status_code == 304
        assert client.head("/data.json").data == b""

    def test_an_edition_in_between_ends_the_answer(self, publish):
        """Parts of two editions are never one file: the connection ends early."""
        films = tuple(opening("2027-07-14", id_=f"film-{number}") for number in range(450))
        client, publisher = publish(films)
        parts = client.get("/data.json", buffered=False).iter_encoded()
        next(parts)
        with publisher.store._engine.begin() as connection:
            connection.exec_driver_sql("UPDATE editions SET number = number + 1")

        with pytest.raises(data._EditionChangedError):
            list(parts)

    def test_sites_feed_each_other(self, site):
        """A source of type "file" at that address has what the site has, and then 304s."""
        client = site(ARTICLE)

        def answer(asked):
            found = client.get("/data.json", headers=dict(asked.headers))
            return Answer(found.data, found.status_code, dict(found.headers))

        with FaultyServer(answer) as server:
            given = SourceSettings("peer", "file", f"{server.address}/data.json")
            with Client(given, Clock()) as http:
                first = KINDS["file"].fetch(given, None, http)
                second = KINDS["file"].fetch(given, first, http)

        assert said(catalogue(first.data)) == said(merge(read([str(ARTICLE)])))
        assert second.data == first.data
        assert "if-none-match" in server.asked[1].headers
