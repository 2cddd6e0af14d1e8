"""Pages for people: a rich catalogue, a site that shows it, and a strict reader of pages."""

from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path

from releasecal.core.catalogue import Reading, merge
from releasecal.core.dates import PartialDate
from releasecal.core.editions import NOTHING, on_record
from releasecal.core.models import (
    Certainty,
    Film,
    Note,
    Production,
    ReleaseKind,
    Role,
    SeriesPlace,
    Source,
    Title,
    Window,
)
from releasecal.core.revise import revise
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.store import Inputs, Store, lease, write
from support.build import NOW, POLICY, film, opening, release, revision
from support.clock import Clock
from support.database import database_url

IMPRINT = SiteSettings(public_url="https://films.example")
HOSTILE = """</script><script>alert("it's")</script>&amp;<b>'"""
TITLES = {
    "quotes": 'The "Great" ‘Escape’ & «Co»',
    "script": HOSTILE,
    "rtl": "مهمة مستحيلة: الجزء 7 (2023)",
    "hebrew": "שליחות קטלנית 2",
    "japanese": "ミッション：インポッシブル",
    "korean": "기생충",
    "emoji": "🎬 Family 👨‍👩‍👧",
    "long": ("A very long title " * 28)[:499] + ".",
    "one-word": "W" * 500,
    "unknown": "\U00020000\U00020001",
    "markup": "{{ 7 * 7 }} %(name)s {count} <!-- -->]]>",
    "lines": "C:\\new; a, b: \\n",
}
"""Titles that are hard to show, by the id of a film."""

SAGA = (SeriesPlace("saga", "The Saga", 3),)
SOURCE = Source("paper", "The Paper", "Press & Co", "https://paper.example/a?b&c", date(2026, 1, 2))
RICH = (
    film(
        "seven",
        release(
            "seven",
            "2026-09-30",
            revision("2027-03-05", as_of=date(2026, 2, 3), reason="Strike", source="paper"),
            revision("2027-07-16", as_of=date(2026, 5, 6), reason="Weather"),
        ),
        release("seven", "2026-11-24", kind=ReleaseKind.PREMIERE, region="IT"),
        title="Seven & a Half",
        titles=(Title("Untitled Seven", "working", until=PartialDate.parse("2025-09")),),
        series=SAGA,
        genres=("action", "spy"),
        distributor="Pictures Inc.",
        production=Production("post-production", PartialDate.parse("2026-09"), source="paper"),
        windows=(
            Window(
                ReleaseKind.STREAMING,
                45,
                channel="Paramount+",
                disputed=True,
                note="Both wait.",
                source="paper",
            ),
        ),
        cast=(
            Role("Ann One", "The Hero", "a spy", same_as=("https://people.example/ann",)),
            Role("Ben Two", undisclosed=True),
        ),
        notes=(Note("Much is awaited.", "paper", date(2026, 1, 2)),),
    ),
    opening("2028-06-23", id_="eight", title="Eight", follows="seven", series=SAGA),
    opening(revision("2027-11", text="Thanksgiving 2027"), id_="month"),
    opening("2027-Q3", id_="quarter"),
    opening("2027-summer", id_="season"),
    opening("2029", id_="year"),
    opening("", id_="undated", title="Llanfair" * 12),
    opening(revision("2027-01-08", certainty=Certainty.TENTATIVE), id_="open"),
    opening("2026-12-25", id_="off"),
    opening("2025-05-23", id_="past"),
    opening("2021", id_="long-past"),
    opening("2027-02-12", id_="hostile", title=HOSTILE),
)
VARIED = (
    *RICH,
    film("abroad", release("abroad", "2026-12-24", region="DE"), genres=("action",)),
    opening("2027-01-01", id_="world", follows="past"),
    opening("2026-11-02", id_="lately"),
)
"""A catalogue on which each control of the form has an effect, once `FALLEN` has taken its place."""

FALLEN = tuple(each if each.id != "off" else opening("", id_="off") for each in VARIED)

PAGES = [
    "/",
    "/?kind=theatrical&region=US&alarm=-P7D&undated=span&q=seven",
    "/films/seven",
    "/films/eight",
    "/films/hostile",
    "/films/undated",
    "/series/saga",
    "/?view=month&month=2027-07",
    "/changes",
    "/films",
    "/slips",
    "/diff?from=2026-01-01",
    "/films?letter=s&year=2027",
    "/series",
    "/search?q=seven",
    "/search?q=sev",
    "/follow?film=seven,hostile",
    "/?as-of=2026-11-22",
    "/films/seven?as-of=2026-04-01",
    "/series/saga?as-of=2030-01-01",
]
ERRORS = {"/nowhere": 404, "/films/sevn": 404, "/?kind=theatre": 400}
EVERY_PAGE = [*PAGES, "/status", "/sources", "/embed", "/api", *ERRORS]
"""At least one address of each page that the site has, which tests/web/test_every_page.py proves."""


def library(
    tmp_path: Path, *catalogues: tuple[Film, ...], site: SiteSettings = IMPRINT
) -> Publisher:
    """Return a publisher of *catalogues*, published on one day after the other until today."""
    store = Store.open(database_url(tmp_path / "releasecal.db"))
    edition = NOTHING
    for films, ago in zip(catalogues, reversed(range(len(catalogues))), strict=True):
        now = NOW - timedelta(days=ago)
        told = merge([Reading(films, (SOURCE,))], published=on_record(edition))
        following, changes = revise(edition, told, now=now, policy=POLICY)
        lease.acquire(store, "tests", now=now)
        write.save(store, following, edition, changes, inputs=Inputs(str(ago)), holder="tests")
        edition = following
    clock = Clock()
    clock.now = NOW
    publisher = Publisher(store, [], site, clock)
    publisher._edition = len(catalogues)  # as if it had published them
    return publisher


def moved(*films: Film, **moves: str) -> tuple[Film, ...]:
    """Return *films*, those named with another day of opening."""
    return tuple(
        replace(each, releases=(release(each.id, moves[each.id]), *each.releases[1:]))
        if each.id in moves
        else each
        for each in films
    )


class Page(HTMLParser):
    """
    A page, read strictly: every element is closed, in order.

    Attributes:
        source: The page as HTML.
        elements: (tag, attributes) of each, in order.
        text: What is to be read, with single spaces; words in pictures are not.
        folded: The part of it that is in details, without their summaries.
        sections: What is to be read under each h1 and h2, by its id or tag.
    """

    VOID = ("meta", "link", "input", "br", "img")

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.scripts: list[str] = []
        self.sections: dict[str, str] = {}
        self._pieces: list[str] = []
        self._folded: list[str] = []
        self._section = ""
        self.feed(source)
        self.close()
        assert self.open == []
        self.text = " ".join("".join(self._pieces).split())
        self.folded = " ".join("".join(self._folded).split())

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in self.VOID:
            self.open.append(tag)
        if tag in ("h1", "h2"):
            self._section = dict(attrs).get("id") or tag

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag in ("p", "li", "h1", "h2", "h3", "dt", "dd"):
            self.handle_data(" ")

    def handle_data(self, data):
        if "script" in self.open:
            self.scripts.append(data)
            return
        if "head" in self.open or "svg" in self.open:
            return
        self._pieces.append(data)
        if "details" in self.open and "summary" not in self.open:
            self._folded.append(data)
        told = self.sections.get(self._section, "") + data
        self.sections[self._section] = " ".join(told.split()) + (" " * told[-1:].isspace())

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.elements if name == tag]

    @property
    def address(self) -> str:
        """The calendar's address, as it is to be copied."""
        (field,) = (field for field in self.all("input") if field.get("id") == "address")
        assert "readonly" in field
        return field["value"]

    def links(self) -> list[str]:
        return [attrs["href"] for attrs in self.all("a")]


def see(client, path, status=200, headers=(), lang="") -> Page:
    spoken = f"{'&' if '?' in path else '?'}lang={lang}" if lang else ""
    answer = client.get(path + spoken, headers={"Accept": "text/html", **dict(headers)})
    assert answer.status_code == status
    assert answer.content_type == "text/html; charset=utf-8"
    return Page(answer.text)


def in_order(text: str, *parts: str) -> bool:
    places = [text.index(part) for part in parts]
    return places == sorted(places)
