"""A site as files: the octets of a server, links that lead somewhere, and no work for nothing."""

import gzip
from datetime import timedelta

import pytest

from releasecal.errors import ExportError, NothingPublished
from releasecal.export.folder import Folder
from releasecal.export.manifest import Manifest
from releasecal.queries.site_settings import SiteSettings
from support.data_files import DATA
from support.exporting import (
    client_of,
    dead_links,
    exported,
    files,
    manifest_of,
    publisher_of,
    served,
    untrue,
)

pytestmark = pytest.mark.slow


def test_feeds_are_those_of_a_server(tmp_path, catalogue, publisher, clock):
    """Through eight changes each feed has the octets and the Last-Modified of a server, file by file."""
    folder, client = tmp_path / "site", client_of(publisher)
    for step in range(8):
        exported(publisher, folder)
        there, answers = served(client, folder)

        assert there == answers, step
        assert untrue(folder) == []
        assert dead_links(folder) == []
        catalogue.change()
        catalogue.write(tmp_path / "films.json")
        clock.now += timedelta(hours=31)
        publisher.refresh()


def test_what_was_kept_is_what_would_be_made(tmp_path, catalogue, publisher, clock):
    """After changes, an export that keeps files and one into an empty folder have equal files."""
    kept, days = tmp_path / "kept", 40
    exported(publisher, kept)
    for _ in range(6):
        catalogue.change()
        catalogue.write(tmp_path / "films.json")
        clock.now += timedelta(days=days / 6)
        publisher.refresh()
        exported(publisher, kept)
    exported(publisher, tmp_path / "anew", manifest_of(kept))

    one, other = files(kept), files(tmp_path / "anew")
    assert [path for path in one.keys() | other.keys() if one.get(path) != other.get(path)] == []


def test_nothing_new_writes_nothing(tmp_path, publisher):
    """An export without news touches no file, the manifest included."""
    folder = tmp_path / "site"
    exported(publisher, folder)
    before = {path: (folder / path).stat() for path in files(folder)}

    report = exported(publisher, folder)

    assert (report.written, report.removed) == (0, 0)
    assert {path: (folder / path).stat().st_ino for path in before} == {
        path: stat.st_ino for path, stat in before.items()
    }


def test_a_move_writes_what_shows_it(tmp_path, clock):
    """When one film moves, what shows no date of it stays as it was: at most 20 files are written."""
    data, folder = tmp_path / "films.yaml", tmp_path / "site"
    film = DATA.replace("2027-07-14", "2031-06-01") + "".join(
        f"  - {{id: film-{n}, title: Film {n}, releases: [{{kind: theatrical, region: DE, when: 2031-0{n}-02}}]}}\n"
        for n in range(1, 9)
    )
    data.write_text(film)
    publisher = publisher_of(tmp_path / "state", data, clock)
    publisher.refresh()
    exported(publisher, folder)
    before = files(folder)
    data.write_text(film.replace("2031-06-01", "2031-09-01"))
    clock.now += timedelta(hours=1)
    publisher.refresh()

    report = exported(publisher, folder)

    after = files(folder)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert report.written + 1 == len(changed) <= 20
    assert not {path for path in changed if "film-" in path}
    assert {"films/film.ics", "films/film/index.html", "series/saga.json", "index.html"} < changed
    assert {"kinds/theatrical/US.ics", "changes.atom", "ledger.jsonl"} < changed
    publisher.store.close()


class _Killed(BaseException):
    """The end of a process."""


class _Dying(Folder):
    """A folder whose exporter ends after so many writes and removals."""

    def __init__(self, path, left):
        super().__init__(path)
        self.left = left

    def _count(self):
        self.left -= 1
        if self.left < 0:
            raise _Killed

    def write(self, file):
        self._count()
        super().write(file)

    def remove(self, path):
        self._count()
        super().remove(path)


def test_an_interrupted_export_leaves_a_site(tmp_path, catalogue, publisher, clock):
    """
    Wherever an export ends, each file is whole, what could be reached can be, and links lead on.

    The next one goes on, and what is there then is what an export without an end would have left.
    """
    folder, whole = tmp_path / "site", tmp_path / "whole"
    exported(publisher, folder)
    exported(publisher, whole)
    old = files(folder)
    for _ in range(8):
        catalogue.change()
    catalogue.write(tmp_path / "films.json")
    clock.now += timedelta(hours=9)
    publisher.refresh(accept_loss=True)
    exported(publisher, whole)
    new = files(whole)

    for left in range(0, 400, 9):
        try:
            exported(publisher, _Dying(folder, left))
        except _Killed:
            there = files(folder)
            assert {
                path for path, data in there.items() if data not in (old.get(path), new.get(path))
            } <= {"manifest.json"}
            assert old.keys() & new.keys() <= there.keys()
            reachable = {path for path in there if path in old} | {"index.html"}
            assert dead_links(folder, reachable) == []
            continue
        break
    assert 20 < left < 396
    assert files(folder) == new
    moments = [{path: (place / path).stat().st_mtime for path in new} for place in (folder, whole)]
    assert moments[0] == moments[1]


def test_two_exporters_do_not_meet(tmp_path, publisher):
    """While one export writes into a folder, another one says so and writes nothing."""
    folder = Folder(tmp_path / "site")
    said = pytest.raises(ExportError, match="another export is writing there")
    with folder.locked(publisher.clock()), said:
        exported(publisher, tmp_path / "site")

    assert files(tmp_path / "site") == {}
    exported(publisher, tmp_path / "site")


def test_what_is_gone_goes_and_selections_stay(tmp_path, clock):
    """A series without films loses its files; a country that lost its last release keeps its feed."""
    data, folder = tmp_path / "films.yaml", tmp_path / "site"
    data.write_text(DATA)
    publisher = publisher_of(tmp_path / "state", data, clock)
    publisher.refresh()
    exported(publisher, folder)
    assert "series/saga.ics" in files(folder)
    data.write_text(DATA.replace("saga, title: Saga", "other, title: Other"))
    clock.now += timedelta(hours=1)
    publisher.refresh()
    memory = manifest_of(folder)
    also = {**memory.files, "regions/FR.ics": memory.files["regions/US.ics"]}
    (folder / "manifest.json").write_bytes(Manifest(1, also).to_bytes())

    report = exported(publisher, folder)

    there = files(folder)
    assert report.removed == 3
    assert not [path for path in there if "saga" in path]
    assert not (folder / "series" / "saga").exists()
    assert b"BEGIN:VEVENT" not in there["regions/FR.ics"]
    publisher.store.close()


def test_former_ids_lead_on(tmp_path, clock):
    """Feeds of a former id go on with the same octets, and its page leads to the present one."""
    data, folder = tmp_path / "films.yaml", tmp_path / "site"
    data.write_text(DATA)
    publisher = publisher_of(tmp_path / "state", data, clock)
    publisher.refresh()
    data.write_text(DATA.replace("id: film\n", "id: film-2\n    was: [film]\n"))
    clock.now += timedelta(hours=1)
    publisher.refresh()

    exported(publisher, folder)

    there = files(folder)
    assert there["films/film.ics"] == there["films/film-2.ics"]
    assert b"https://films.example/cal/films/film-2/" in there["films/film/index.html"]
    assert there["_redirects"] == b"/cal/films/film /cal/films/film-2 301\n"
    publisher.store.close()


def test_packed_twins_have_the_same_octets_and_moment(tmp_path, publisher):
    """With packed twins, each file of more than a packet has one in gzip, of the same moment."""
    folder = tmp_path / "site"
    exported(publisher, folder, is_packed=True)

    there = files(folder)
    twins = {path for path in there if path.endswith(".gz")}
    assert {path for path, data in there.items() if len(data) >= 1_000} - twins - {
        "ledger.jsonl",
        "manifest.json",
    } == {path.removesuffix(".gz") for path in twins}
    for path in twins:
        plain = folder / path.removesuffix(".gz")
        assert gzip.decompress(there[path]) == plain.read_bytes()
        assert (folder / path).stat().st_mtime == plain.stat().st_mtime
    assert exported(publisher, folder, is_packed=True).written == 0


def test_pages_promise_nothing_that_a_folder_cannot_do(tmp_path, publisher):
    """An exported page has no form, no day before today, and the calendars that there are."""
    folder = tmp_path / "site"
    exported(publisher, folder)

    for path, data in files(folder).items():
        if path.endswith(".html"):
            assert b"<form" not in data, path
            assert b"As of an earlier day" not in data, path
            assert b"undo.ics" not in data, path
    index = files(folder)["index.html"].decode()
    assert 'href="webcal://films.example/cal/kinds/theatrical/US.ics"' in index
    assert 'href="https://films.example/cal/feeds/cinemas.ics"' in index


def test_the_ledger_can_stay_at_home(tmp_path, publisher):
    """Without the ledger a site has all other files."""
    exported(publisher, tmp_path / "site", has_ledger=False)

    assert "ledger.jsonl" not in files(tmp_path / "site")


def test_an_export_says_what_it_needs(tmp_path, clock):
    """Without an edition, without an address and with a strange manifest it says what would do."""
    data = tmp_path / "films.yaml"
    data.write_text(DATA)
    publisher = publisher_of(tmp_path / "state", data, clock)
    with pytest.raises(NothingPublished, match="try: releasecal refresh"):
        exported(publisher, tmp_path / "site")
    publisher.refresh()
    (tmp_path / "site" / "manifest.json").write_text("{}")
    with pytest.raises(ExportError, match="this is no manifest"):
        exported(publisher, tmp_path / "site")
    publisher.store.close()
    publisher = publisher_of(tmp_path / "other", data, clock)
    publisher.site = SiteSettings()
    publisher.refresh()
    with pytest.raises(ExportError, match="set RELEASECAL_PUBLIC_URL"):
        exported(publisher, tmp_path / "site")
    publisher.store.close()


@pytest.mark.parametrize("path", ["../films.yaml", "/etc/passwd", "a//b", "a/../../b", "a\\b"])
def test_a_manifest_names_nothing_outside(path):
    """A manifest with a path that leads out of the site is refused: what it names may be removed."""
    record = '{"sha256": "0", "size": 1, "changed": "2030-01-01T00:00:00Z"}'
    name = path.replace("\\", "\\\\")
    text = f'{{"format": "releasecal-manifest-1", "edition": 1, "files": {{"{name}": {record}}}}}'

    with pytest.raises(ExportError):
        Manifest.parse(text.encode(), "manifest.json")
