"""Texts of a calendar itself, for people who look at its properties."""

from datetime import timedelta
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

from releasecal.core.languages import Language
from releasecal.queries.results import Heading, joined_name

_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)
_PAGES = ("/films/", "/series/")


def about(heading: Heading, place: str) -> str:
    """
    Return the description of a calendar: selection, sources, update interval and publisher.

    *place* is the address of its page.
    """
    site, language = heading.site, heading.language
    selected = heading.title.removeprefix(_name_of_all(site.name)).removeprefix(" · ")
    canonical = f" (?{heading.canonical})" if heading.canonical else ""
    return " ".join(
        [
            language.say(
                "Release dates of films: {selected}.",
                selected=(selected or language.word("all that are known")) + canonical,
            ),
            _promises(site.ask_every, language),
            language.say("Published by {name}, {address}", name=site.name, address=place),
        ]
    )


@lru_cache(maxsize=16)
def _name_of_all(publisher: str) -> str:
    """Return the name of the calendar of everything."""
    return joined_name([publisher])


@lru_cache(maxsize=64)
def _promises(ask_every: timedelta, language: Language) -> str:
    """Return the sentences that all descriptions have in common."""
    moves = language.say(
        "When a date moves, its event moves; calendar programs are asked to look again after {wait}.",
        wait=_in_words(ask_every, language),
    )
    return f"{language.word('Each event names the sources of its date.')} {moves}"


def page(heading: Heading) -> str:
    """Return the address of the page that shows the calendar to people."""
    # A release has its place on the page of its film.
    is_own = heading.path.startswith(_PAGES)
    path = "/".join(heading.path.split("/")[:3]) if is_own else "/"
    return f"{heading.site.url}{path}"


def identifier(heading: Heading) -> str:
    """Return an identifier of the selection in the form of a UUID; its entries do not matter."""
    told = f"{heading.site.uid_domain} {heading.path}?{heading.canonical}"
    digest = blake2b(told.encode(), digest_size=16).hexdigest()
    ends = (0, 8, 12, 16, 20, 32)
    return "-".join(digest[a:b] for a, b in pairwise(ends)).upper()


def _in_words(wait: timedelta, language: Language) -> str:
    if wait % _HOUR:
        return language.say_many("{count} minutes", max(wait // _MINUTE, 1))
    return language.say_many("{count} hours", wait // _HOUR)
