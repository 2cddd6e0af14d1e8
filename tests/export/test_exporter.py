"""A site as files: the octets of a server, links that lead somewhere, and no work for nothing."""

import gzip
import random
import re
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from releasecal.core.languages import LANGUAGES
from releasecal.errors import ExportError, NothingPublished
from releasecal.export import exporter
from releasecal.export.film_feeds import FilmFeeds
from releasecal.export.folder import Folder
from releasecal.export.manifest import Manifest
from releasecal.queries.site_settings import SiteSettings, SizeLimits
from releasecal.store import posters, schema
from releasecal.store.posters import PosterState
from support.data_files import DATA
from support.exporting import (
    Catalogue,
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


@pytest.mark.parametrize("limits", [SizeLimits(), SizeLimits(events=20), SizeLimits(octets=18_000)])
def test_large_feeds_are_those_of_a_server(tmp_path, clock, limits):
    """Feeds of a film in forty countries are those of a server, whether a limit cuts them or not."""
    data, folder = tmp_path / "films.yaml", tmp_path / "site"
    countries = "AR AT AU BE BG BR CA CH CL CN CO CY CZ DE DK EE EG ES FI FR GB GR HK HR HU ID IE IL IN IS IT JP KR LT LU LV MT MX MY NL"
    releases = ", ".join(
        f"{{kind: theatrical, region: {country}, when: 2031-{number % 12 + 1:02}-{number % 27 + 1:02}}}"
        for number, country in enumerate(countries.split())
    )
    data.write_text(f"films: [{{id: film, title: Film, releases: [{releases}]}}]")
    publisher = publisher_of(tmp_path / "state", data, clock)
    publisher.site = replace(publisher.site, limits=limits)
    publisher.refresh()

    exported(publisher, folder)

    there, answers = served(client_of(publisher), folder)
    assert there == answers
    is_cut = there["films/film.ics"][0].count(b"BEGIN:VEVENT") < 40
    assert is_cut == (limits != SizeLimits())
    publisher.store.close()


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


def test_nothing_new_makes_nothing(tmp_path, publisher, monkeypatch):
    """An export without news costs a look: it makes no feed and no page to find that out."""
    folder = tmp_path / "site"
    exported(publisher, folder)
    count = len(files(folder)) - 1  # the manifest aside
    monkeypatch.setattr(exporter, "create_app", None)
    monkeypatch.setattr(exporter, "FilmPass", None)

    report = exported(publisher, folder)

    assert (report.written, report.kept, report.removed) == (0, count, 0)


def test_news_of_a_source_alone_makes_the_ledger(tmp_path, publisher):
    """What changes without an edition, as a look at a source does, is in the ledger that is exported."""
    folder = tmp_path / "site"
    exported(publisher, folder)
    before = files(folder)
    with publisher.store.writing() as facts:
        facts.execute(update(schema.snapshots).values(digest="something"))

    exported(publisher, folder)

    after = files(folder)
    changed = {path for path in after if before.get(path) != after[path]}
    assert changed == {"ledger.jsonl", "manifest.json"}
    assert b"something" in after["ledger.jsonl"]


def test_a_move_makes_the_selections_that_show_it(tmp_path, clock, monkeypatch):
    """After a move only calendars that have the film are made; those of other countries are not."""
    data, folder = tmp_path / "films.yaml", tmp_path / "site"
    film = DATA.replace("2027-07-14", "2031-06-01")
    film += "  - {id: other, title: Other, releases: [{kind: tv, region: DE, when: 2031-01-02}]}\n"
    data.write_text(film)
    publisher = publisher_of(tmp_path / "state", data, clock)
    publisher.refresh()
    exported(publisher, folder)
    made = []
    selected = FilmFeeds.selected

    def noting(self, query, path, form):
        made.append(path)
        return selected(self, query, path, form)

    monkeypatch.setattr(FilmFeeds, "selected", noting)
    data.write_text(film.replace("2031-06-01", "2031-09-01"))
    clock.now += timedelta(hours=1)
    publisher.refresh()

    exported(publisher, folder)

    assert {"/calendar", "/feeds/cinemas", "/kinds/theatrical/US", "/regions/US"} <= set(made)
    assert not {path for path in made if path.startswith("/kinds/tv") or "DE" in path}
    publisher.store.close()


@pytest.mark.parametrize("dice", [1, 2, 3])
def test_a_move_among_hundreds_of_films_writes_few_files(tmp_path, clock, dice):
    """When one film of 300 moves, at most 20 files are written, and the manifest."""
    data, folder = tmp_path / "films.json", tmp_path / "site"
    catalogue = Catalogue(random.Random(dice), 300)
    film = next(each for each in catalogue.films.values() if each.get("series"))
    film["releases"] = [
        {"kind": kind, "region": region, "revisions": [{"when": "2031-02-03"}]}
        for kind, region in (("theatrical", "US"), ("theatrical", "DE"), ("digital", "US"))
    ]
    catalogue.write(data)
    publisher = publisher_of(tmp_path / "state", data, clock)
    publisher.refresh()
    exported(publisher, folder)
    film["releases"][0]["revisions"].append({"when": "2031-03-04"})
    catalogue.write(data)
    clock.now += timedelta(hours=1)
    publisher.refresh()

    report = exported(publisher, folder)

    assert 0 < report.written <= 20
    assert report.removed == 0
    publisher.store.close()


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
    assert report.written + 1 == len(changed) <= 21
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


def test_an_interrupted_first_export_leaves_whole_files(tmp_path, publisher):
    """Wherever the first export of a site ends, what is there is whole, and the next one finishes it."""
    whole = tmp_path / "whole"
    exported(publisher, whole)
    new = files(whole)

    for left in range(0, 300, 43):
        folder = tmp_path / f"site-{left}"
        with suppress(_Killed):
            exported(publisher, _Dying(folder, left))
        assert files(folder).items() <= new.items()
        assert dead_links(folder, {"index.html"}) == []
        exported(publisher, folder)
        assert files(folder) == new, left


class _Failing(Folder):
    """A folder whose disk is full after so many writes, but for the manifest."""

    def __init__(self, path, left):
        super().__init__(path)
        self.left = left

    def write(self, file):
        self.left -= file.path != "manifest.json"
        if self.left < 0 and file.path != "manifest.json":
            raise ExportError("the disk is full")
        super().write(file)


def test_after_an_error_no_file_is_written_twice(tmp_path, publisher):
    """An export that ends with an error notes how far it got: the next one writes what is missing."""
    count = exported(publisher, tmp_path / "whole").written
    with pytest.raises(ExportError, match="the disk is full"):
        exported(publisher, _Failing(tmp_path / "site", 50))

    assert exported(publisher, tmp_path / "site").written == count - 50
    assert files(tmp_path / "site") == files(tmp_path / "whole")


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
    """An exported page has no form, no dead text in place of a link, and the calendars there are."""
    folder = tmp_path / "site"
    exported(publisher, folder)

    for path, data in files(folder).items():
        if path.endswith(".html"):
            assert b"<form" not in data, path
            assert not re.search(rb"<a(?![^>]* href=)[ >]", data), path
            assert not re.search(rb"<(link|img|script)(?![^>]* (src|href|type)=)[ >]", data), path
            assert not re.search(rb'</strong>(&nbsp;)?<span class="hint">\xc2\xb7', data), path
            assert b"As of an earlier day" not in data, path
            assert b"undo.ics" not in data, path
    index = files(folder)["index.html"].decode()
    assert 'href="webcal://films.example/cal/kinds/theatrical/US.ics"' in index
    assert 'href="https://films.example/cal/feeds/cinemas.ics"' in index


def test_what_programs_are_told_is_there(tmp_path, publisher):
    """Addresses and pictures in a page's data for search engines and messengers are files of the site."""
    folder = tmp_path / "site"
    exported(publisher, folder)

    there, told = files(folder), set()
    for path, data in there.items():
        if path.endswith(".html"):
            named = re.findall(r'(?:content=|"(?:url|image)": )"([^"]*)"', data.decode())
            told |= {each for each in named if each.startswith("https://films.example/")}
    paths = {each.removeprefix("https://films.example/cal/") for each in told}
    assert {"", "card.png", "changes/", "films/film-01/"} <= paths
    assert {path for path in paths if f"{path}index.html" not in there} == {"card.png"}


def test_pages_say_nothing_that_tomorrow_makes_wrong(tmp_path, clock):
    """A page that stays for days has no today, no this week, and its time line no mark for today."""
    data, folder = tmp_path / "films.yaml", tmp_path / "site"
    days = [clock.now.date() + timedelta(days) for days in (-40, -5, 0, 1, 2, 400)]
    films = [
        f"{{id: film-{n}, title: Film {n}, series: [{{id: saga, title: Saga}}],"
        f" releases: [{{kind: theatrical, region: DE, when: {day}}}]}}"
        for n, day in enumerate(days)
    ]
    data.write_text(f"films: [{', '.join(films)}]")
    publisher = publisher_of(tmp_path / "state", data, clock)
    publisher.refresh()

    exported(publisher, folder)

    said = re.compile(
        r">(Today|Tomorrow|This week|Opened lately|tomorrow|in \d+ \w+)<|class=\"now\""
    )
    assert said.search(client_of(publisher).get("/series/saga").text)
    found = {
        path: said.search(text.decode()) for path, text in files(folder).items() if "html" in path
    }
    assert "series-line" in files(folder)["series/saga/index.html"].decode()
    assert [path for path, match in found.items() if match] == []
    publisher.store.close()


def test_posters_are_files_of_the_site(tmp_path, clock):
    """Pages show copies from allowed hosts, as files; a new copy writes it and what shows it."""
    data, folder = tmp_path / "films.yaml", tmp_path / "site"
    address = "https://images.example/film.jpg"
    data.write_text(DATA.replace("id: film\n", f"id: film\n    poster: {address}\n"))
    publisher = publisher_of(tmp_path / "state", data, clock)
    publisher.site = replace(publisher.site, poster_hosts=frozenset({"images.example"}))
    publisher.refresh()

    def keep(digest, picture=None):
        state = PosterState(address, clock.now, digest, "image/jpeg", 3, clock.now)
        posters.put(publisher.store, state, picture)

    exported(publisher, folder)
    assert "posters.json" not in files(folder)
    keep("0a" * 16, b"one")
    exported(publisher, folder)
    before = files(folder)
    assert before[f"posters/{'0a' * 16}.jpg"] == b"one"
    assert f'src="/cal/posters/{"0a" * 16}.jpg"' in before["films/film/index.html"].decode()
    assert dead_links(folder) == []
    assert exported(publisher, folder).written == 0
    clock.now += timedelta(minutes=1)
    keep("0a" * 16)  # made anew, the same
    assert exported(publisher, folder).written == 1
    assert files(folder).keys() == before.keys()
    assert before["posters.json"] != files(folder)["posters.json"]
    keep("0b" * 16, b"two")

    exported(publisher, folder)

    after = files(folder)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    pictures = {f"posters/{digest * 16}.jpg" for digest in ("0a", "0b")}
    about = {"posters.json", "manifest.json"}
    assert pictures | about | {"films/film/index.html", "index.html"} <= changed
    assert not {path for path in changed if path.endswith((".ics", ".json"))} - about
    assert f"posters/{'0a' * 16}.jpg" not in after
    assert dead_links(folder) == []
    assert (
        "/posters/*\n  Cache-Control: public, max-age=31536000, immutable"
        in after["_headers"].decode()
    )
    publisher.store.close()


def test_the_page_for_what_is_missing_speaks_all_languages(tmp_path, publisher):
    """A host has one such page and knows no visitor's language: each one stands there, marked."""
    exported(publisher, tmp_path / "site")
    page = files(tmp_path / "site")["404.html"].decode()

    for code in LANGUAGES:
        assert f'lang="{code}"' in page
    assert '<li lang="de" dir="ltr">Unter dieser Adresse gibt es nichts.</li>' in page
    assert '<li lang="ar" dir="rtl">' in page


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
