"""Posters of a published site: another machine has its copies, and asks no host for them again."""

import json
from dataclasses import replace
from datetime import timedelta
from hashlib import blake2b

import pytest
import stamina

from releasecal.errors import FetchFailed, StoreError
from releasecal.refresh.poster_keeper import FRESH
from releasecal.refresh.restored_posters import restore_posters
from releasecal.sources.remote.poster_file import MAX_OCTETS
from releasecal.store import Store, exported_poster_index, posters
from support.build import NOW
from support.clock import Clock
from support.database import database_url
from support.faulty_server import FAULTS, Answer, FaultyServer

pytestmark = pytest.mark.slow

HOSTS = frozenset({"images.example"})
KEPT = NOW - timedelta(days=12)
PICTURE = b"\x89PNG\r\n\x1a\nrest"
PAGE = b"<!doctype html>"


def path_of(picture):
    return f"posters/{blake2b(picture, digest_size=16).hexdigest()}.png"


def index(**paths):
    """Return the index of copies by the names of their posters at the allowed host."""
    by_address = {f"https://images.example/{name}.png": path for name, path in paths.items()}
    return exported_poster_index.to_bytes(by_address, dict.fromkeys(by_address, KEPT))


@pytest.fixture
def site():
    """Return a server of files by path, with a good copy."""
    files = {f"/{path_of(PICTURE)}": PICTURE, "/posters.json": index(good=path_of(PICTURE))}

    def answer(asked):
        found = files.get(asked.path, Answer(status=404))
        return found if isinstance(found, Answer) else Answer(found)

    with FaultyServer(answer) as server, stamina.set_testing(True, attempts=1, cap=True):
        server.files = files
        yield server


@pytest.fixture
def store(tmp_path):
    made = Store.open(database_url(tmp_path / "releasecal.db"))
    yield made
    made.close()


def restored(store, site, hosts=HOSTS):
    count = restore_posters(store, site.address, hosts, Clock())
    return count, store.ask(posters.states)


def test_a_copy_is_as_old_as_it_was(store, site):
    """It has its octets and its type, and is made anew when the one of the site would have been."""
    count, states = restored(store, site)

    (state,) = states.values()
    assert (count, state.address) == (1, "https://images.example/good.png")
    assert (state.kept, state.due, state.failures) == (KEPT, KEPT + FRESH, 0)
    assert store.ask(posters.copy, state.digest) == (PICTURE, "image/png")


def test_what_is_no_copy_is_left_to_the_keeper(store, site):
    """A file that is missing, refused, too large, another one, no picture, or of another host."""
    wrong, page = path_of(b"another"), path_of(PAGE)
    refused, large = path_of(b"refused"), path_of(b"large")
    site.files |= {f"/{wrong}": PICTURE, f"/{page}": PAGE, f"/{refused}": Answer(status=403)}
    site.files[f"/{large}"] = PICTURE + bytes(MAX_OCTETS)
    told = {"missing": path_of(b"missing"), "wrong": wrong, "page": page}
    told |= {"refused": refused, "large": large}
    site.files["/posters.json"] = index(**told, good=path_of(PICTURE))

    assert restored(store, site)[1].keys() == {"https://images.example/good.png"}


def test_hosts_that_are_no_longer_allowed_are_left_out(store, site):
    """A copy from a host that the settings no longer name is not even asked for."""
    assert restored(store, site, frozenset({"other.example"})) == (0, {})
    assert [asked.path for asked in site.asked] == ["/posters.json"]


def test_a_site_without_an_index_has_no_posters(store, site):
    """A site of an earlier version has none."""
    site.files.clear()

    assert restored(store, site) == (0, {})


def test_a_site_that_is_away_is_no_site_without_posters(store, site):
    """A server in trouble stops the build, or its posters would vanish."""
    site.fail(FAULTS["500"][0])

    with pytest.raises(FetchFailed, match="nothing is written; run it again later"):
        restored(store, site)


@pytest.mark.parametrize(
    "told",
    [
        b"<html>",
        b"[]",
        b'{"format": "releasecal-posters-2", "posters": []}',
        b'{"format": "releasecal-posters-1", "posters": [{"address": "a"}]}',
        *(
            json.dumps(
                {
                    "format": "releasecal-posters-1",
                    "posters": [{"address": "a", "path": path, "kept": "2030-01-01T00:00:00Z"}],
                }
            ).encode()
            for path in ("../secret", "posters/../ledger.jsonl", "https://other.example/a.png")
        ),
        index(good=path_of(PICTURE)).replace(b'Z"', b'"'),
    ],
)
def test_something_else_is_no_index(store, site, told):
    """What is no index, or leads elsewhere, is an error with its place and a remedy."""
    site.files["/posters.json"] = told

    with pytest.raises(StoreError, match=r"/posters\.json: this is no index .*fetched anew"):
        restored(store, site)


def test_an_index_is_read_as_it_was_written():
    """Addresses with quotes and letters of all kinds come back, by address."""
    paths = {f'https://images.example/"{name}".png': path_of(b"one") for name in ("é", "b")}
    kept = {address: KEPT + timedelta(days=len(address)) for address in paths}

    found = exported_poster_index.parse(exported_poster_index.to_bytes(paths, kept), "posters.json")

    assert [each.address for each in found] == sorted(paths)
    assert {each.address: each.path for each in found} == paths
    assert {each.address: each.kept for each in found} == kept
    assert replace(found[0], path=path_of(PICTURE)).digest in path_of(PICTURE)
