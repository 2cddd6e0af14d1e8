"""The client: GET requests with an end in time and size, to allowed addresses, without secrets."""

import gzip
import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import stamina
import trustme

from releasecal import __version__
from releasecal.errors import FetchFailed
from releasecal.sources.remote.client import Client
from releasecal.sources.remote.pace import Pace
from releasecal.sources.remote.secret import Secret
from releasecal.sources.remote.source_settings import SourceSettings
from support.clock import Clock
from support.faulty_server import Answer, FaultyServer, redirect, status

FAST = Pace(rate=1_000)


def settings(address: str, **given: object) -> SourceSettings:
    return SourceSettings("web", "file", address, **given)


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with FaultyServer(lambda _: Answer.of({"films": []})) as server:
        yield server


@pytest.fixture
def client(server):
    given = settings(server.address)
    with stamina.set_testing(True, attempts=2, cap=True), Client(given, Clock(), FAST) as client:
        yield client


def failure(client: Client, address: str, **given: object) -> FetchFailed:
    with pytest.raises(FetchFailed) as error:
        client.get(address, **given)
    return error.value


class TestAsking:
    def test_a_request_names_its_program(self, server):
        """Each request names the program, its version and how to reach the operator."""
        with Client(settings(server.address, contact="mail@films.example"), Clock()) as client:
            client.get(server.address)

        agent = server.asked[0].headers["user-agent"]
        assert agent.startswith(f"releasecal/{__version__} (")
        assert "mail@films.example" in agent

    def test_proxies_of_the_environment_are_not_used(self, server, monkeypatch):
        """A proxy in the environment, at which no guard stands, is not used."""
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

        with Client(settings(server.address), Clock()) as client:
            assert client.get(server.address).data

    def test_conditions_are_those_of_the_last_reply(self, client, server):
        """The validators of a reply make the next request conditional; 304 is an answer then."""
        server.answer = lambda _: Answer(
            b"{}", headers={"ETag": '"1"', "Last-Modified": "Tue, 01 Jan 2030 00:00:00 GMT"}
        )
        first = client.get(server.address)
        server.fail(status(304))
        second = client.get(server.address, validators=first.validators)

        assert not first.is_same
        assert second.is_same
        assert server.asked[1].headers["if-none-match"] == '"1"'
        assert server.asked[1].headers["if-modified-since"] == "Tue, 01 Jan 2030 00:00:00 GMT"

    def test_the_rate_holds_over_all_threads(self, server):
        """In no second do all threads together send more requests than the rate allows."""
        sent = []
        server.answer = lambda _: sent.append(time.monotonic()) or Answer(b"{}")
        client = Client(settings(server.address), Clock(), Pace(rate=20))
        with client, ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: client.get(server.address), range(30)))

        # Requests that left within a second can arrive a little closer together.
        assert all(later - first > 0.9 for first, later in zip(sent, sent[20:], strict=False))

    def test_a_short_wait_is_kept(self, server, monkeypatch):
        """A server that wants to be left alone for 7 seconds is asked again after these."""
        waits = []
        monkeypatch.setattr("tenacity.nap.time.sleep", waits.append)
        server.fail(status(429, Retry_After="7"), times=1)
        with Client(settings(server.address), Clock(), FAST) as client:
            assert client.get(server.address).data

        assert waits == [7]

    def test_waits_grow_and_differ(self, server, monkeypatch):
        """Without a word of the server the waits grow, and no two clients wait alike."""
        waits = []
        monkeypatch.setattr("tenacity.nap.time.sleep", waits.append)
        server.fail(status(503))
        with Client(settings(server.address), Clock(), FAST) as client:
            assert failure(client, server.address).failure == "broken"
            assert failure(client, server.address).failure == "broken"

        assert len(waits) == 6
        assert waits[2] > waits[0]
        assert waits[:3] != waits[3:]


class TestAnswers:
    @pytest.mark.parametrize("members", [1, 3])
    def test_gzip_is_unpacked(self, client, server, members):
        """An answer in gzip, of one member or several, is unpacked."""
        parts = [gzip.compress(b"%d " % number * 1_000) for number in range(members)]
        server.answer = lambda _: Answer(b"".join(parts), headers={"Content-Encoding": "gzip"})

        assert client.get(server.address).data == b"".join(map(gzip.decompress, parts))

    @pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}])
    def test_size_is_bounded(self, client, server, headers):
        """An answer of more octets than a request allows is refused, packed or not."""
        data = bytes(range(256)) * 40
        body = gzip.compress(data) if headers else data
        server.answer = lambda _: Answer(body, headers=headers)

        assert client.get(server.address, limit=10_240).data == data
        assert failure(client, server.address, limit=10_239).failure == "too-large"

    @pytest.mark.parametrize(
        ("headers", "fresh"),
        [
            ({}, None),
            ({"Cache-Control": "public, max-age=3600"}, timedelta(hours=1)),
            ({"Cache-Control": "max-age=3600", "Age": "600"}, timedelta(minutes=50)),
            ({"Cache-Control": "max-age=60", "Age": "600"}, None),
            ({"Cache-Control": "max-age=3600, no-cache"}, None),
            ({"Cache-Control": "no-store"}, None),
            ({"Cache-Control": "max-age=99999999"}, timedelta(days=1)),
            ({"Expires": "Tue, 01 Jan 2030 06:00:00 GMT"}, timedelta(hours=6)),
            ({"Expires": "0"}, None),
        ],
    )
    def test_the_server_says_when_news_may_come(self, server, headers, fresh):
        """Cache-Control and Expires say until when an answer is fresh, a day at most."""
        clock = Clock()
        clock.now = datetime(2030, 1, 1, tzinfo=UTC)
        server.answer = lambda _: Answer(b"{}", headers=headers)

        with Client(settings(server.address), clock, FAST) as client:
            reply = client.get(server.address)
        assert reply.fresh_until == (clock() + fresh if fresh else None)

    def test_what_came_is_told(self, client, server):
        """An answer that is no JSON is told by what it is."""
        bodies = {
            b"<html><title>Log&nbsp;in\n here</title>": "an HTML page, “Log in here”, came, not JSON",
            b"": "an empty answer came, not JSON",
            b"plain \x07words": "application/json beginning with “plain words” came, not JSON",
        }
        for body, what in bodies.items():
            server.answer = lambda _, body=body: Answer(body)
            with pytest.raises(FetchFailed) as error:
                client.get_json(server.address)
            assert error.value.problems[0].what == what

    def test_five_redirects_are_followed(self, client, server):
        """Five redirects lead to the answer, and a sixth leads nowhere."""
        server.fail(redirect("/next"), times=5)
        assert client.get(server.address).data

        server.fail(redirect("/next"), times=6)
        assert failure(client, server.address).failure == "redirects"


class TestAddresses:
    @pytest.mark.parametrize(
        "address",
        [
            "https://10.0.0.1/", "https://192.168.1.1/", "https://172.16.0.1/", "https://127.0.0.2/",
            "https://169.254.169.254/latest", "https://0.0.0.0/", "https://100.64.0.1/",
            "https://[::1]/", "https://[fe80::1]/", "https://[fd00::1]/", "https://224.0.0.1/",
            "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::a00:1]/", "https://[2002:a00:1::]/",
            "https://2130706433/", "https://0x7f.1/", "https://localhost/", "https://255.255.255.255/",
        ],
    )  # fmt: skip
    def test_private_addresses_are_refused(self, client, address):
        """No way to write a private, link-local or mapped address leads there."""
        assert failure(client, address).failure in {"private", "unreachable", "refused"}

    def test_a_private_address_is_named(self, client):
        """The refusal of a private address says which, and what allows it."""
        (problem,) = failure(client, "https://10.0.0.1/").problems

        assert str(problem) == "web: a private address, 10.0.0.1 (allow_private = true allows that)"

    def test_a_name_is_looked_up_once(self, server, monkeypatch):
        """The address that was checked is the one that is asked: a name cannot change between."""
        names = []
        real = socket.getaddrinfo

        def lookup(host, port, *args, **kwargs):
            names.append(host)
            return real("127.0.0.1" if host == "films.example" else host, port, *args, **kwargs)

        monkeypatch.setattr(socket, "getaddrinfo", lookup)
        address = server.address.replace("127.0.0.1", "films.example")
        with Client(settings(address, allow_private=True), Clock()) as client:
            assert client.get(address).data
            assert server.asked[0].headers["host"].startswith("films.example")
        assert names.count("films.example") == 1

        with Client(settings("https://films.example"), Clock()) as client:
            assert failure(client, "https://films.example").failure == "private"

    def test_a_name_with_one_private_address_is_refused(self, client, monkeypatch):
        """A name that leads to a public and a private address leads nowhere."""
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("1.1.1.1", "10.0.0.1")
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

        assert failure(client, "https://films.example").failure == "private"

    def test_a_private_network_can_be_allowed(self, server):
        """With `allow_private` a source lies in a private network, and is read over http."""
        address = server.address.replace("127.0.0.1", "localhost")
        with Client(settings(address, allow_private=True), Clock()) as client:
            assert client.get(address).data

    @pytest.mark.parametrize(
        ("address", "what"),
        [
            ("http://films.example/", "http shows all to everybody on the way"),
            ("https://me:secret@films.example/", "a name or password in the address"),
            ("https://films.example/?api_key=secret", "a key in the address, api_key"),
            (
                "https://films.example/?a=1&access_token=secret",
                "a key in the address, access_token",
            ),
            ("ftp://films.example/", "not an address"),
            ("https://films.example:port/", "not an address"),
            ("https://films .example/", "not an address"),
            ("https://", "not an address"),
        ],
    )
    def test_addresses_that_are_never_asked(self, client, address, what):
        """An address over http, or with a secret in it, is refused before anything is sent."""
        (problem,) = failure(client, address).problems

        assert problem.what == what
        assert problem.remedy
        assert "secret" not in str(problem)


class TestSending:
    def test_what_is_sent_arrives_once(self, client, server):
        """A body arrives as it is, with its headers; of the answer nothing is read."""
        server.answer = lambda _: Answer(b"x" * 100_000, 202)

        reply = client.post(
            f"{server.address}/hook",
            b'{"a": 1}',
            headers={"Content-Type": "application/json"},
            secrets={"X-Key": Secret("a-key")},
        )

        (asked,) = server.asked
        assert (asked.method, asked.path, asked.body) == ("POST", "/hook", b'{"a": 1}')
        assert asked.headers["content-type"] == "application/json"
        assert asked.headers["x-key"] == "a-key"
        assert (reply.status, reply.data) == (202, b"")

    def test_a_post_follows_no_redirect(self, client, server):
        """A body goes to no other address than its own."""
        server.fail(redirect("/elsewhere"))

        with pytest.raises(FetchFailed, match=r"it redirects \(302\)"):
            client.post(server.address, b"{}")

        assert len(server.asked) == 1

    def test_what_is_refused_says_how_long_to_wait(self, client, server):
        """A status is told, there is one attempt, and Retry-After is for the caller."""
        server.fail(status(429, Retry_After="60"))

        with pytest.raises(FetchFailed, match="too many requests") as failed:
            client.post(server.address, b"{}")

        assert failed.value.retry_at == client.clock() + timedelta(minutes=1)
        assert len(server.asked) == 1


def test_a_changed_certificate_ends_the_connection():
    """A server that shows the certificate of a stranger is told apart from one that is away."""
    ours, strange = trustme.CA(), trustme.CA()
    trusted, shown = ssl.create_default_context(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.configure_trust(trusted)
    ours.issue_cert("127.0.0.1").configure_cert(shown)
    with FaultyServer(lambda _: Answer(b"{}"), shown) as server:
        given = settings(server.address, token=Secret("a-token-that-nobody-may-see"))
        for issuer, outcome in ((ours, ""), (strange, "certificate")):
            issuer.issue_cert("127.0.0.1").configure_cert(shown)
            with Client(given, Clock(), FAST, certificates=trusted) as client:
                if outcome:
                    assert failure(client, server.address).failure == outcome
                else:
                    assert client.get(server.address).data == b"{}"
    assert len(server.asked) == 1
