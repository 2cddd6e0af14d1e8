"""Rules about servers: each finds its fault, alone, in the answers of a real server."""

import gzip
from collections.abc import Callable, Mapping

import pytest

from releasecal.errors import SourceError
from releasecal.lint.feed_source import octets_of, served
from releasecal.lint.http_rules import HTTP_RULES
from support.broken_feeds import GOOD
from support.clock import Clock
from support.faulty_server import Answer, Asked, FaultyServer, redirect

HEADERS = {
    "Content-Type": "text/calendar; charset=utf-8",
    "ETag": '"1"',
    "Cache-Control": "public, max-age=3600",
    "Vary": "Accept-Encoding",
    "Access-Control-Allow-Origin": "*",
}
LARGE = GOOD.replace(b"END:VEVENT", b"X-MORE:1\r\n" * 1_200 + b"END:VEVENT", 1)
FEED = "/films.ics"

pytestmark = pytest.mark.slow  # six requests each, at the pace that strangers' servers get

Server = Callable[[Asked], Answer]


def good(asked: Asked) -> Answer:
    if asked.path == "/robots.txt":
        return Answer(b"User-agent: *\nDisallow: /private/\n")
    if asked.headers.get("if-none-match") == '"1"':
        return Answer(status=304, headers=HEADERS)
    if "gzip" in asked.headers.get("accept-encoding", ""):
        return Answer(gzip.compress(LARGE), headers={**HEADERS, "Content-Encoding": "gzip"})
    return Answer(LARGE, headers=HEADERS)


def but(**changed: str | None) -> Server:
    """Return a good server with other headers; None takes one out."""

    def answer(asked: Asked) -> Answer:
        given = good(asked)
        if asked.path != FEED:
            return given
        named = {name.replace("_", "-"): value for name, value in changed.items()}
        headers = {name: value for name, value in {**given.headers, **named}.items() if value}
        return Answer(given.body, given.status, headers)

    return answer


def where(is_so: Callable[[Asked], bool], answer: Answer) -> Server:
    """Return a good server with another *answer* where that *is_so*."""
    return lambda asked: answer if is_so(asked) else good(asked)


def is_feed(asked: Asked) -> bool:
    return asked.path == FEED


def is_conditional(asked: Asked) -> bool:
    return "if-none-match" in asked.headers


def counting() -> Server:
    """Return a server whose feed differs with each answer."""
    seen = []

    def answer(asked: Asked) -> Answer:
        if asked.path != FEED:
            return good(asked)
        seen.append(asked)
        body = LARGE.replace(b"X-MORE:1", b"X-MORE:%d" % len(seen), 1)
        given = good(Asked(FEED, {}, {**asked.headers, "if-none-match": ""}))
        packed = gzip.compress(body) if "Content-Encoding" in given.headers else body
        return Answer(packed, 200, {**given.headers, "ETag": f'"{len(seen)}"'})

    return answer


def moved(number: int, *statuses: int) -> Server:
    """Return a server that redirects to the feed so many times."""

    def answer(asked: Asked) -> Answer:
        step = int(asked.query.get("step", 0))
        if asked.path == FEED and step < number:
            location = f"{FEED}?step={step + 1}"
            return Answer(status=statuses[step], headers={"Location": location})
        return good(asked)

    return answer


PLAIN = {name: value for name, value in HEADERS.items() if name != "ETag"}
BREAKS: Mapping[str, tuple[Server, ...]] = {
    "status": (
        where(is_feed, Answer(b"gone", 410)),
        where(is_feed, Answer(b"later", 503)),
    ),
    "redirects": (moved(2, 301, 308),),
    "temporary-redirect": (moved(1, 302),),
    "content-type": (but(Content_Type="text/plain; charset=utf-8"),),
    "charset": (
        but(Content_Type="text/calendar"),
        but(Content_Type="text/calendar; charset=latin1"),
    ),
    "negotiated": (
        where(
            lambda asked: is_feed(asked) and "html" in asked.headers.get("accept", ""),
            Answer(
                b"<html>",
                headers={**HEADERS, "Content-Type": "text/html", "Content-Encoding": "identity"},
            ),
        ),
    ),
    "no-validator": (but(ETag=None),),
    "never-304": (
        lambda asked: good(Asked(asked.path, {}, {**asked.headers, "if-none-match": ""})),
    ),
    "false-304": (
        where(
            lambda asked: is_feed(asked) and is_conditional(asked),
            Answer(status=304, headers=HEADERS),
        ),
    ),
    "unstable": (counting(),),
    "head": (
        where(lambda asked: is_feed(asked) and asked.method == "HEAD", Answer(status=405)),
        where(
            lambda asked: is_feed(asked) and asked.method == "HEAD",
            Answer(headers={**HEADERS, "ETag": '"2"'}),
        ),
    ),
    "cache-control": (
        but(Cache_Control=None),
        but(Cache_Control="no-store"),
        but(Cache_Control="max-age=9999999"),
    ),
    "not-packed": (
        lambda asked: good(Asked(asked.path, {}, {**asked.headers, "accept-encoding": ""})),
    ),
    "packed-unasked": (
        lambda asked: good(Asked(asked.path, {}, {**asked.headers, "accept-encoding": "gzip"})),
    ),
    "vary": (but(Vary=None),),
    "cookie": (but(Set_Cookie="session=1"),),
    "origin": (but(Access_Control_Allow_Origin=None),),
    "robots": (
        where(lambda asked: asked.path == "/robots.txt", Answer(b"User-agent: *\nDisallow: /\n")),
        where(
            lambda asked: asked.path == "/robots.txt",
            Answer(b"User-agent: Google-Calendar-Importer\nDisallow: /films\n"),
        ),
    ),
    "path": (good,),
}
CASES = [(rule, number) for rule, servers in BREAKS.items() for number in range(len(servers))]


def broken_rules(answer: Server, path: str = FEED) -> set[str]:
    with FaultyServer(answer) as server:
        found = served(f"{server.address}{path}", Clock(), allow_private=False)
    return {rule.id for rule in HTTP_RULES if any(True for _ in rule.check(found))}


def test_a_good_server_breaks_no_rule():
    """A server that does all that clients want is clean."""
    assert broken_rules(good) == set()


@pytest.mark.parametrize(("rule", "number"), CASES)
def test_a_fault_of_a_server_breaks_its_rule_alone(rule, number):
    """A server with one fault breaks the rule about it, and no other."""
    path = "/calendar?id=films" if rule == "path" else FEED

    assert broken_rules(BREAKS[rule][number], path) == {rule}


def test_every_rule_about_servers_has_its_fault():
    """Each rule is broken by a server of its own, and each such server breaks a rule that is there."""
    assert [rule.id for rule in HTTP_RULES] == list(BREAKS)


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("http://films.example/a.ics", "http shows all"),
        ("https://10.0.0.1/a.ics", "private address"),
        ("https://user:pass@films.example/a.ics", "a name or password"),
        ("webcal://10.0.0.1/a.ics", "private address"),
        ("no-such-file.ics", "cannot be read"),
        ("a\0b.ics", "cannot be read"),
    ],
)
def test_what_may_not_or_cannot_be_read_is_an_error(address, what):
    """Private networks, plain http and secrets in addresses are refused, with a remedy."""
    with pytest.raises(SourceError) as error:
        octets_of(address, Clock(), allow_private=False)

    assert what in str(error.value)


def test_a_redirect_into_a_private_network_is_refused():
    """A server cannot lead lint into the network it runs in."""
    with FaultyServer(good) as server:
        server.fail(redirect("https://10.0.0.1/films.ics"))
        with pytest.raises(SourceError, match="private"):
            served(f"{server.address}{FEED}", Clock(), allow_private=False)
