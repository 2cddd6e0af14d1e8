"""A bucket as the target: a store of each kind has the files of a folder, whole, typed, and once."""

import itertools
import random
import re
from contextlib import ExitStack
from datetime import timedelta

import pytest

from releasecal.errors import ExportError
from releasecal.export.bucket import Bucket
from releasecal.export.manifest import Manifest
from releasecal.export.target import SiteFile
from support.clock import Clock
from support.exporting import Catalogue, exported, files, publisher_of
from support.object_stores import AZURITE, STORES, Azure

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=STORES, ids=lambda kind: kind.__name__)
def running(request):
    if request.param is Azure and not AZURITE.exists():
        yield None
        return
    with request.param.running() as store:
        yield store


@pytest.fixture
def store(running, require, monkeypatch):
    """Return a store whose bucket is empty, and which the environment tells of."""
    remedy = "check.py installs it into tests/parsers/node_modules"
    require("azurite", found=running is not None, remedy=remedy)
    for name, value in running.environ.items():
        monkeypatch.setenv(name, value)
    running.clear()
    return running


def stored(store, prefix="cal/"):
    """Return the octets of all objects below *prefix* by the rest of their key."""
    found = store.objects().items()
    return {key.removeprefix(prefix): octets for key, octets in found if key.startswith(prefix)}


@pytest.fixture
def publisher(tmp_path):
    clock = Clock()
    Catalogue(random.Random(3), 6).write(tmp_path / "films.json")
    made = publisher_of(tmp_path / "state", tmp_path / "films.json", clock)
    made.refresh()
    yield made
    made.store.close()


def bucket(store, publisher, kind=Bucket):
    return kind(f"{store.address}/cal", publisher.clock)


def test_a_bucket_has_what_a_folder_has(tmp_path, publisher, store):
    """Each object has the octets of the file, its media type and the time that it may be kept."""
    exported(publisher, tmp_path / "site")
    exported(publisher, bucket(store, publisher))

    assert stored(store) == files(tmp_path / "site")
    feed, page = store.about("cal/calendar.ics"), store.about("cal/index.html")
    assert feed == ("text/calendar; charset=utf-8", "public, max-age=3600")
    assert page == ("text/html; charset=utf-8", "no-cache")


class _Noting(Bucket):
    """A bucket that notes the paths of its uploads."""

    def __init__(self, address, clock):
        super().__init__(address, clock)
        self.uploaded = []

    def write(self, file):
        self.uploaded.append(file.path)
        super().write(file)


def test_only_news_is_uploaded(tmp_path, publisher, store):
    """After a change what differs is uploaded, and nothing else; what is not ours stays."""
    exported(publisher, bucket(store, publisher))
    assert exported(publisher, bucket(store, publisher)).written == 0
    store.put("other", b"not ours")
    before = stored(store)
    data = tmp_path / "films.json"
    data.write_text(data.read_text().replace('"title": "', '"title": "The ', 1))
    publisher.clock.now += timedelta(hours=1)
    publisher.refresh()
    noting = bucket(store, publisher, _Noting)

    report = exported(publisher, noting)

    after = stored(store)
    assert sorted(noting.uploaded) == sorted(
        path for path, octets in after.items() if before.get(path) != octets
    )
    assert 0 < report.written < report.kept
    assert store.objects()["other"] == b"not ours"


def test_a_large_file_is_whole(tmp_path, publisher, store):
    """A ledger that is uploaded in several parts has its octets, its type and its caching."""
    octets = random.Random(5).randbytes(12_000_000)
    (tmp_path / "ledger.jsonl").write_bytes(octets)
    place = bucket(store, publisher)
    file = SiteFile(
        "ledger.jsonl", tmp_path / "ledger.jsonl", "application/jsonl", publisher.clock(), 60
    )
    with place.locked(publisher.clock()):
        place.write(file)

    assert stored(store) == {"ledger.jsonl": octets}
    assert store.about("cal/ledger.jsonl") == ("application/jsonl", "public, max-age=60")


class _Killed(BaseException):
    """The end of a process."""


class _Dying(Bucket):
    """A bucket whose exporter ends amid its uploads, and cannot give back its lock."""

    end: type[BaseException] = _Killed

    def write(self, file):
        if file.path == "calendar.ics":
            raise self.end
        super().write(file)


def test_an_interrupted_upload_goes_on(publisher, store):
    """An upload that ended goes on where it last said how far it was."""
    seconds = itertools.count(step=4)
    publisher.ticks = lambda: next(seconds)
    with pytest.raises(_Killed):
        exported(publisher, bucket(store, publisher, _Dying))
    there = stored(store)
    assert "calendar.ics" not in there
    assert "manifest.json" in there

    report = exported(publisher, bucket(store, publisher))

    assert report.kept > report.written / 2
    assert "calendar.ics" in stored(store)


class _Offline(Bucket):
    """A bucket that cannot be reached for files from a number of them on, but for the manifest."""

    def _put(self, file):
        if file.path.startswith(("kinds/", "regions/")):
            raise OSError("no route to host")
        return super()._put(file)


def test_a_failed_upload_counts_as_missing(publisher, store):
    """After uploads that failed no manifest claims them: what is missing is uploaded the next time."""
    with pytest.raises(ExportError, match="no route to host"):
        exported(publisher, bucket(store, publisher, _Offline))

    exported(publisher, bucket(store, publisher))

    there = stored(store)
    said = Manifest.parse(there.pop("manifest.json"), "manifest.json").files
    assert said.keys() == there.keys()
    assert {"kinds/theatrical.ics", "regions/US.ics"} <= there.keys()


class _Interrupted(_Dying):
    """A bucket whose exporter is interrupted at the keyboard amid its uploads."""

    end = KeyboardInterrupt


def test_an_interrupted_upload_uploads_what_is_missing(publisher, store):
    """After an interrupt the next export uploads no object that is there already."""
    with pytest.raises(KeyboardInterrupt):
        exported(publisher, bucket(store, publisher, _Interrupted))
    there = stored(store).keys() - {"manifest.json"}

    report = exported(publisher, bucket(store, publisher))

    assert report.written == len(stored(store)) - 1 - len(there)
    assert report.kept == len(there) > 20


def test_who_lost_the_lock_writes_no_more(publisher, store):
    """An exporter that slept until its lock was void writes nothing, and leaves the other's lock alone."""
    first, second = bucket(store, publisher), bucket(store, publisher)
    late = SiteFile("late.txt", b"late", "text/plain", publisher.clock(), 0)
    with ExitStack() as stack:
        lost = stack.enter_context(ExitStack())
        lost.enter_context(first.locked(publisher.clock()))
        publisher.clock.now += timedelta(minutes=11)
        stack.enter_context(second.locked(publisher.clock()))
        for use in (lambda: first.write(late), lambda: first.remove("late.txt")):
            with pytest.raises(ExportError, match="another export has taken over"):
                use()
        lost.close()

        assert stored(store).keys() == {".releasecal-lock"}
    assert store.objects() == {}


def test_two_exporters_do_not_meet_in_a_bucket(publisher, store):
    """A bucket that is locked is left alone until the lock is given back, or void by time."""
    first = bucket(store, publisher)
    with first.locked(publisher.clock()):
        with pytest.raises(ExportError, match="another export is writing there"):
            exported(publisher, bucket(store, publisher))
        publisher.clock.now += timedelta(minutes=11)
        exported(publisher, bucket(store, publisher))

    assert "calendar.ics" in stored(store)
    assert ".releasecal-lock" not in stored(store)


class _Ending(Bucket):
    """A bucket whose exporter ends before it removes the first object."""

    def remove(self, path):
        raise _Killed(path)


def test_old_objects_go_last(tmp_path, publisher, store):
    """While old objects go, all new ones are there, and no page leads to what goes."""
    data = tmp_path / "films.json"
    exported(publisher, bucket(store, publisher))
    old = stored(store)
    data.write_text(re.sub(r'"id": "(saga|other)"', r'"id": "\1-now"', data.read_text()))
    publisher.clock.now += timedelta(hours=1)
    publisher.refresh()
    exported(publisher, tmp_path / "site", Manifest.parse(old["manifest.json"], "manifest.json"))
    new = files(tmp_path / "site")
    gone = old.keys() - new.keys()

    with pytest.raises(_Killed):
        exported(publisher, bucket(store, publisher, _Ending))

    there = stored(store)
    assert {path.partition("/")[0] for path in gone} == {"series"}
    assert gone < there.keys()
    assert {path for path in new if there.get(path) != new[path]} == {"manifest.json"}
    pages = [octets for path, octets in there.items() if path in new and path.endswith(".html")]
    assert not any(re.search(rb'series/(saga|other)[./"]', page) for page in pages)
    publisher.clock.now += timedelta(minutes=11)  # the lock of who ended is void
    exported(publisher, bucket(store, publisher))
    assert stored(store) == new


def test_a_long_export_keeps_its_lock(publisher, store):
    """An export of twenty minutes renews its lock, so that no other one begins, and gives it back."""
    first = bucket(store, publisher)
    with first.locked(publisher.clock()):
        for minute in range(20):
            publisher.clock.now += timedelta(minutes=1)
            first.write(SiteFile(f"{minute}.txt", b"", "text/plain", publisher.clock(), 0))
        other = pytest.raises(ExportError, match="another export is writing there")
        with other, bucket(store, publisher).locked(publisher.clock()):
            pass

    assert stored(store).keys() == {f"{minute}.txt" for minute in range(20)}


def test_a_wrong_bucket_says_what_would_do(publisher, store):
    """A bucket that is not there is an error with its address and where keys come from."""
    nothing = store.address.replace("films", "nothing")
    with pytest.raises(ExportError, match=rf"{nothing}.*check address and keys"):
        exported(publisher, Bucket(f"{nothing}/cal", publisher.clock))
