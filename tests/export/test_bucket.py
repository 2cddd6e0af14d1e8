"""A bucket as the target: a real S3 server has the files of a folder, whole, typed, and once."""

import itertools
import random
import socket
from contextlib import ExitStack
from datetime import timedelta

import boto3
import pytest
from moto.server import ThreadedMotoServer

from releasecal.errors import ExportError
from releasecal.export.bucket import Bucket
from releasecal.export.manifest import Manifest
from releasecal.export.target import SiteFile
from support.clock import Clock
from support.exporting import Catalogue, exported, files, publisher_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def s3(server, monkeypatch):
    """Return a client of the server, with an empty bucket called films."""
    settings = {
        "AWS_ACCESS_KEY_ID": "somebody",
        "AWS_SECRET_ACCESS_KEY": "a secret",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": server,
        "AWS_ALLOW_HTTP": "true",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", endpoint_url=server, region_name="us-east-1")
    client.create_bucket(Bucket="films")
    yield client
    for key in stored(client):
        client.delete_object(Bucket="films", Key=key)
    client.delete_bucket(Bucket="films")


def stored(s3, prefix=""):
    """Return the octets of all objects by key."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket="films", Prefix=prefix)
    keys = [each["Key"] for page in pages for each in page.get("Contents", ())]
    return {
        key.removeprefix(prefix): s3.get_object(Bucket="films", Key=key)["Body"].read()
        for key in keys
    }


@pytest.fixture
def publisher(tmp_path):
    clock = Clock()
    Catalogue(random.Random(3), 6).write(tmp_path / "films.json")
    made = publisher_of(tmp_path / "state", tmp_path / "films.json", clock)
    made.refresh()
    yield made
    made.store.close()


def bucket(publisher, kind=Bucket):
    return kind("s3://films/cal", publisher.clock)


def test_a_bucket_has_what_a_folder_has(tmp_path, publisher, s3):
    """Each object has the octets of the file, its media type and the time that it may be kept."""
    exported(publisher, tmp_path / "site")
    exported(publisher, bucket(publisher))

    assert stored(s3, "cal/") == files(tmp_path / "site")
    feed = s3.head_object(Bucket="films", Key="cal/calendar.ics")
    assert feed["ContentType"] == "text/calendar; charset=utf-8"
    assert feed["CacheControl"] == "public, max-age=3600"
    page = s3.head_object(Bucket="films", Key="cal/index.html")
    assert (page["ContentType"], page["CacheControl"]) == ("text/html; charset=utf-8", "no-cache")


def test_only_news_is_uploaded(tmp_path, publisher, s3):
    """After a change, objects of what is as before keep their moment, and old ones go."""
    exported(publisher, bucket(publisher))
    assert exported(publisher, bucket(publisher)).written == 0
    s3.put_object(Bucket="films", Key="other", Body=b"not ours")
    data = tmp_path / "films.json"
    data.write_text(data.read_text().replace('"title": "', '"title": "The ', 1))
    publisher.clock.now += timedelta(hours=1)
    publisher.refresh()

    report = exported(publisher, bucket(publisher))

    assert 0 < report.written < report.kept
    assert stored(s3)["other"] == b"not ours"


class _Killed(BaseException):
    """The end of a process."""


class _Dying(Bucket):
    """A bucket whose exporter ends amid its uploads, and cannot give back its lock."""

    end: type[BaseException] = _Killed

    def write(self, file):
        if file.path == "calendar.ics":
            raise self.end
        super().write(file)


def test_an_interrupted_upload_goes_on(publisher, s3):
    """An upload that ended goes on where it last said how far it was."""
    seconds = itertools.count(step=4)
    publisher.ticks = lambda: next(seconds)
    with pytest.raises(_Killed):
        exported(publisher, bucket(publisher, _Dying))
    there = stored(s3, "cal/")
    assert "calendar.ics" not in there
    assert "manifest.json" in there

    report = exported(publisher, bucket(publisher))

    assert report.kept > report.written / 2
    assert "calendar.ics" in stored(s3, "cal/")


class _Offline(Bucket):
    """A bucket that cannot be reached for files from a number of them on, but for the manifest."""

    def _put(self, file):
        if file.path.startswith(("kinds/", "regions/")):
            raise OSError("no route to host")
        return super()._put(file)


def test_a_failed_upload_counts_as_missing(publisher, s3):
    """After uploads that failed no manifest claims them: what is missing is uploaded the next time."""
    with pytest.raises(ExportError, match="no route to host"):
        exported(publisher, bucket(publisher, _Offline))

    exported(publisher, bucket(publisher))

    there = stored(s3, "cal/")
    said = Manifest.parse(there.pop("manifest.json"), "manifest.json").files
    assert said.keys() == there.keys()
    assert {"kinds/theatrical.ics", "regions/US.ics"} <= there.keys()


class _Interrupted(_Dying):
    """A bucket whose exporter is interrupted at the keyboard amid its uploads."""

    end = KeyboardInterrupt


def test_an_interrupted_upload_uploads_what_is_missing(publisher, s3):
    """After an interrupt the next export uploads no object that is there already."""
    with pytest.raises(KeyboardInterrupt):
        exported(publisher, bucket(publisher, _Interrupted))
    there = stored(s3, "cal/").keys() - {"manifest.json"}

    report = exported(publisher, bucket(publisher))

    assert report.written == len(stored(s3, "cal/")) - 1 - len(there)
    assert report.kept == len(there) > 20


def test_who_lost_the_lock_writes_no_more(publisher, s3):
    """An exporter that slept until its lock was void writes nothing, and leaves the other's lock alone."""
    first, second = bucket(publisher), bucket(publisher)
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

        assert stored(s3, "cal/").keys() == {".releasecal-lock"}
    assert stored(s3) == {}


def test_two_exporters_do_not_meet_in_a_bucket(publisher, s3):
    """A bucket that is locked is left alone until the lock is given back, or void by time."""
    first = bucket(publisher)
    with first.locked(publisher.clock()):
        with pytest.raises(ExportError, match="another export is writing there"):
            exported(publisher, bucket(publisher))
        publisher.clock.now += timedelta(minutes=11)
        exported(publisher, bucket(publisher))

    assert "calendar.ics" in stored(s3, "cal/")
    assert ".releasecal-lock" not in stored(s3, "cal/")


def test_a_wrong_bucket_says_what_would_do(publisher, s3):
    """A bucket that is not there is an error with its address and where keys come from."""
    assert s3
    with pytest.raises(ExportError, match=r"s3://nothing.*check address and keys"):
        exported(publisher, Bucket("s3://nothing/cal", publisher.clock))
