"""Rules about how a server gives a feed: status, headers, conditions, and what robots may read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from releasecal.lint.rule import ERROR, NOTE, WARNING, WHOLE, Fault, LintRule
from releasecal.sources.notation.clean_text import shown
from releasecal.sources.remote.client import Client
from releasecal.sources.remote.http_messages import Reply

_CALENDAR = "text/calendar"
_GOOGLE = "Google-Calendar-Importer"
_NO_SUCH_TAG = '"no-such-tag"'
_PLAIN = {"Accept-Encoding": "identity"}
_BROWSER = {"Accept": "text/html, text/*;q=0.9, */*;q=0.8", "Accept-Encoding": "gzip"}
_CONDITIONS = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
_PERMANENT = (301, 308)
_WORTH_PACKING = 10_000
_MAX_AGE = 86_400


@dataclass(frozen=True, slots=True)
class ServedFeed:
    """
    A feed as its server answers six requests.

    Attributes:
        plain: The answer to a plain GET.
        repeated: That to the same with a condition that does not hold; 200 is right.
        conditional: That to the same with the validators of *plain*; None where it has none.
        head: That to HEAD.
        packed: That to a GET which prefers HTML and takes gzip.
        robots: The text of robots.txt; empty for none.
    """

    address: str
    plain: Reply
    repeated: Reply
    conditional: Reply | None
    head: Reply
    packed: Reply
    robots: str

    @property
    def is_there(self) -> bool:
        """Whether the plain answer is one that a feed could be in."""
        return self.plain.status == 200


def ask(client: Client, address: str) -> ServedFeed:
    """
    Return what the server says of the feed at *address*.

    Raises:
        FetchFailed: It does not answer.
    """
    plain = client.probe(address, headers=_PLAIN)
    own = {_CONDITIONS[name]: value for name, value in plain.validators.items()}
    root = "{0.scheme}://{0.netloc}/robots.txt".format(urlsplit(address))
    robots = client.probe(root, headers=_PLAIN)
    return ServedFeed(
        address,
        plain,
        client.probe(address, headers={**_PLAIN, "If-None-Match": _NO_SUCH_TAG}),
        client.probe(address, headers={**_PLAIN, **own}) if own else None,
        client.probe(address, method="HEAD", headers=_PLAIN),
        client.probe(address, headers=_BROWSER),
        robots.data[:500_000].decode("utf-8", "replace") if robots.status == 200 else "",
    )


def _because(is_broken: object, what: str = "") -> Iterator[Fault]:
    if is_broken:
        yield Fault(what=what) if what else WHOLE


def _status(feed: ServedFeed) -> Iterator[Fault]:
    return _because(not feed.is_there, f"the answer is {feed.plain.status}")


def _chain(feed: ServedFeed) -> Iterator[Fault]:
    return _because(len(feed.plain.hops) > 1, f"{len(feed.plain.hops)} redirects lead to it")


def _temporary(feed: ServedFeed) -> Iterator[Fault]:
    status = next((status for status, _ in feed.plain.hops if status not in _PERMANENT), 0)
    return _because(status, f"it redirects with {status}")


def _media_type(feed: ServedFeed) -> Iterator[Fault]:
    kind = feed.plain.media_type
    is_wrong = feed.is_there and kind != _CALENDAR
    return _because(is_wrong, f"Content-Type is {shown(kind)}" if kind else "has no Content-Type")


def _charset(feed: ServedFeed) -> Iterator[Fault]:
    found = re.search(
        r"charset=\"?([\w-]+)", feed.plain.headers.get("content-type", ""), re.IGNORECASE
    )
    is_right = found and found[1].lower() in ("utf-8", "utf8")
    return _because(feed.is_there and feed.plain.media_type == _CALENDAR and not is_right)


def _negotiated(feed: ServedFeed) -> Iterator[Fault]:
    is_other = (feed.packed.status, feed.packed.media_type) != (200, feed.plain.media_type)
    return _because(feed.is_there and is_other)


def _no_validator(feed: ServedFeed) -> Iterator[Fault]:
    return _because(feed.is_there and not feed.plain.validators)


def _always_new(feed: ServedFeed) -> Iterator[Fault]:
    is_whole = feed.conditional and feed.conditional.status != 304
    return _because(feed.is_there and is_whole and not _has_changed(feed))


def _always_same(feed: ServedFeed) -> Iterator[Fault]:
    return _because(feed.is_there and feed.repeated.status == 304)


def _has_changed(feed: ServedFeed) -> bool:
    return feed.repeated.status == 200 and feed.repeated.data != feed.plain.data


def _unstable(feed: ServedFeed) -> Iterator[Fault]:
    return _because(feed.is_there and _has_changed(feed))


def _head(feed: ServedFeed) -> Iterator[Fault]:
    one, other = feed.plain, feed.head
    names = ("content-type", "etag")
    differing = [name for name in names if one.headers.get(name) != other.headers.get(name)]
    if feed.is_there and other.status != 200:
        yield Fault(what=f"the answer to HEAD is {other.status}")
    elif feed.is_there and differing and not _has_changed(feed):
        yield Fault(what=f"HEAD has another {differing[0]}")


def _cache(feed: ServedFeed) -> Iterator[Fault]:
    control = feed.plain.headers.get("cache-control", "").lower()
    age = re.search(r"max-age=\"?(\d{1,10})", control)
    is_long = age and int(age[1]) > _MAX_AGE
    if feed.is_there and ("no-store" in control or is_long or not control):
        yield Fault(what=f"Cache-Control is {shown(control)}" if control else "")


def _not_packed(feed: ServedFeed) -> Iterator[Fault]:
    is_packed = feed.packed.headers.get("content-encoding")
    return _because(feed.is_there and len(feed.plain.data) > _WORTH_PACKING and not is_packed)


def _packed_unasked(feed: ServedFeed) -> Iterator[Fault]:
    coding = feed.plain.headers.get("content-encoding", "identity").lower()
    return _because(feed.is_there and coding not in ("", "identity"))


def _vary(feed: ServedFeed) -> Iterator[Fault]:
    is_packed = feed.packed.headers.get("content-encoding")
    vary = feed.packed.headers.get("vary", "").lower()
    return _because(feed.is_there and is_packed and not re.search(r"accept-encoding|\*", vary))


def _cookie(feed: ServedFeed) -> Iterator[Fault]:
    return _because(feed.is_there and "set-cookie" in feed.plain.headers)


def _origin(feed: ServedFeed) -> Iterator[Fault]:
    allowed = feed.plain.headers.get("access-control-allow-origin")
    return _because(feed.is_there and allowed != "*")


def _robots(feed: ServedFeed) -> Iterator[Fault]:
    rules = RobotFileParser()
    rules.parse(feed.robots.splitlines())
    return _because(feed.robots and not rules.can_fetch(_GOOGLE, feed.address))


def _path(feed: ServedFeed) -> Iterator[Fault]:
    return _because(not urlsplit(feed.address).path.endswith(".ics"))


HTTP_RULES: tuple[LintRule[ServedFeed], ...] = (
    LintRule(
        "status",
        ERROR,
        "the answer is an error",
        "RFC 9110 § 15",
        "Thunderbird switches the calendar off, for good at 410; Fastmail stops after some",
        "answer 200 under the same address for ever; 404 only for what never was",
        _status,
    ),
    LintRule(
        "redirects",
        WARNING,
        "several redirects lead to it",
        "RFC 9110 § 15.4",
        "ICSx5 follows five, and each one costs; Thunderbird drops its conditions at each",
        "redirect once, to the last address",
        _chain,
    ),
    LintRule(
        "temporary-redirect",
        NOTE,
        "it redirects for the time being only",
        "RFC 9110 § 15.4",
        "ICSx5 keeps the former address, and asks there for ever",
        "answer 308 or 301 where the feed has moved for good",
        _temporary,
    ),
    LintRule(
        "content-type",
        ERROR,
        "Content-Type is not text/calendar",
        "RFC 5545 § 8.1",
        "Thunderbird does not find the calendar; browsers show the text",
        "answer Content-Type: text/calendar; charset=utf-8",
        _media_type,
    ),
    LintRule(
        "charset",
        WARNING,
        "Content-Type does not say charset=utf-8",
        "RFC 5545 § 8.1",
        "Google and others show wrong letters (sebbo2002/ical-generator#23)",
        "answer Content-Type: text/calendar; charset=utf-8",
        _charset,
    ),
    LintRule(
        "negotiated",
        WARNING,
        "who prefers HTML gets no calendar",
        "RFC 9110 § 12.5.1",
        "KOrganizer, which asks for text/html first, gets a page",
        "answer text/calendar, whatever Accept says",
        _negotiated,
    ),
    LintRule(
        "no-validator",
        WARNING,
        "has neither ETag nor Last-Modified",
        "RFC 9110 § 8.8",
        "all clients fetch and read the whole feed each time",
        "answer an ETag of the octets, and 304 to If-None-Match",
        _no_validator,
    ),
    LintRule(
        "never-304",
        WARNING,
        "answers in full, though nothing has changed",
        "RFC 9110 § 13.1",
        "all clients fetch and read the whole feed each time",
        "answer 304 to If-None-Match with the ETag, and to If-Modified-Since",
        _always_new,
    ),
    LintRule(
        "false-304",
        ERROR,
        "says “not modified” to somebody who has another version",
        "RFC 9110 § 13.1.2",
        "clients never see what is new",
        "compare If-None-Match with the ETag; it wins over If-Modified-Since",
        _always_same,
    ),
    LintRule(
        "unstable",
        WARNING,
        "two answers in a row differ",
        "RFC 5545 § 3.8.7.2",
        "Akonadi and Evolution take all events for changed at each look",
        "write as DTSTAMP when the event was last changed, and keep an order",
        _unstable,
    ),
    LintRule(
        "head",
        WARNING,
        "HEAD is not answered as GET is",
        "RFC 9110 § 9.3.2",
        "Thunderbird asks with HEAD first when a calendar is added",
        "answer HEAD with the headers of GET",
        _head,
    ),
    LintRule(
        "cache-control",
        NOTE,
        "caches are told nothing good",
        "RFC 9111 § 5.2",
        "proxies keep it for a time of their own, or never",
        "answer Cache-Control: public, max-age=3600 or so",
        _cache,
    ),
    LintRule(
        "not-packed",
        NOTE,
        "is not packed, though that is asked for",
        "RFC 9110 § 8.4",
        "all fetch many times the octets",
        "answer in gzip whoever takes it",
        _not_packed,
    ),
    LintRule(
        "packed-unasked",
        ERROR,
        "is packed, though nobody asked for it",
        "RFC 9110 § 12.5.3",
        "clients that ask for no coding, such as KOrganizer, read nothing",
        "pack only where Accept-Encoding takes it",
        _packed_unasked,
    ),
    LintRule(
        "vary",
        WARNING,
        "is packed and does not say that it depends on that",
        "RFC 9110 § 12.5.5",
        "caches give packed octets to clients that cannot read them",
        "answer Vary: Accept-Encoding",
        _vary,
    ),
    LintRule(
        "cookie",
        NOTE,
        "sets a cookie",
        "RFC 6265 § 3",
        "caches do not keep it; no client needs it",
        "set none on feeds",
        _cookie,
    ),
    LintRule(
        "origin",
        NOTE,
        "pages of other sites cannot read it",
        "Fetch Standard § 3.2; measured with FullCalendar",
        "FullCalendar and others that run in a browser show nothing",
        "answer Access-Control-Allow-Origin: *",
        _origin,
    ),
    LintRule(
        "robots",
        ERROR,
        "robots.txt forbids it to Google",
        "RFC 9309; TracksApp/tracks#71",
        "Google Calendar obeys, and shows nothing",
        "allow the address of the feed to all robots",
        _robots,
    ),
    LintRule(
        "path",
        NOTE,
        "the address does not end with .ics",
        "conduct of Thunderbird",
        "Thunderbird calls the calendar by the last part of its address",
        "give the feed a path that speaks, such as /films-us.ics",
        _path,
    ),
)
"""The rules about how a feed is served."""
