"""Texts of a calendar itself, for people who look at its properties."""

from datetime import timedelta
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

from releasecal.core.languages import Language
from releasecal.queries.feed_query import EVERYTHING
from releasecal.queries.results import Feed, calendar_name
from releasecal.queries.site_settings import SiteSettings

_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)
_PAGES = ("/films/", "/series/")


def about(feed: Feed) -> str:
    """Return the description of *feed*: its selection, sources, update interval and publisher."""
    language, site = feed.query.language, feed.site
    everything = _name_of_all(site)
    selected = feed.title.removeprefix(everything).removeprefix(" · ")
    canonical = f" (?{feed.query.canonical})" if feed.query.canonical else ""
    return " ".join(
        [
            language.say(
                "Release dates of films: {selected}.",
                selected=(selected or language.word("all that are known")) + canonical,
            ),
            language.word("Each event names the sources of its date."),
            language.say(
                "When a date moves, its event moves; calendar programs are asked to look again after {wait}.",
                wait=_in_words(site.ask_every, language),
            ),
            language.say("Published by {name}, {address}", name=site.name, address=page(feed)),
        ]
    )


@lru_cache(maxsize=16)
def _name_of_all(site: SiteSettings) -> str:
    """Return the name of the calendar of everything."""
    return calendar_name(site, EVERYTHING, {})


def page(feed: Feed) -> str:
    """Return the address of the page that shows *feed* to people."""
    # A release has its place on the page of its film.
    path = "/".join(feed.path.split("/")[:3]) if feed.path.startswith(_PAGES) else "/"
    return f"{feed.site.url}{path}"


def identifier(feed: Feed) -> str:
    """Return an identifier of the selection in the form of a UUID; its entries do not matter."""
    told = f"{feed.site.uid_domain} {feed.path}?{feed.query.canonical}"
    digest = blake2b(told.encode(), digest_size=16).hexdigest()
    ends = (0, 8, 12, 16, 20, 32)
    return "-".join(digest[a:b] for a, b in pairwise(ends)).upper()


def _in_words(wait: timedelta, language: Language) -> str:
    if wait % _HOUR:
        return language.say_many("{count} minutes", max(wait // _MINUTE, 1))
    return language.say_many("{count} hours", wait // _HOUR)
