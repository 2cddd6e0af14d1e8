"""All that pages say, in two languages, on the data that comes along: golden/pages.en.txt and .de.txt."""

from html.parser import HTMLParser

import pytest

from releasecal.refresh.publisher import Publisher
from releasecal.store import Store
from support.build import NOW
from support.database import database_url
from support.pages import IMPRINT
from support.paths import DATA
from support.site import app_of

PAGES = (
    "/",
    "/films/mission-impossible-7",
    "/films/mission-impossible-7?as-of=2022-03-25",
    "/series/mission-impossible",
    "/?kind=theatrical&region=US&past=0&alarm=-P7D",
    "/?view=month&month=2023-07",
    "/?as-of=2022-03-25",
    "/changes",
    "/slips",
    "/diff?from=2022-01-01&to=2026-11-22",
    "/films",
    "/series",
    "/search?q=mission",
    "/search?q=miss",
    "/follow?film=mission-impossible-7,top-gun-maverick",
    "/embed",
    "/status",
    "/sources",
    "/films/mission-imposible-7",
    "/?kind=theatre",
)
HEADINGS = {"h1": "# ", "h2": "## ", "h3": "### "}
BLOCKS = {
    *HEADINGS,
    *(
        "article",
        "caption",
        "dd",
        "div",
        "dt",
        "fieldset",
        "figcaption",
        "footer",
        "form",
        "header",
    ),
    *("label", "legend", "li", "nav", "option", "p", "section", "select", "summary", "tr"),
}


class Lines(HTMLParser):
    """What a page says, a line for each block; words in pictures and names of controls included."""

    UNSAID = ("head", "script", "svg", "textarea")

    def __init__(self, source: str) -> None:
        super().__init__()
        self.lines = [""]
        self.inside: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag in self.UNSAID:
            self.inside.append(tag)
        if tag in BLOCKS:
            self.lines.append(HEADINGS.get(tag, ""))
        said = dict(attrs).get("aria-label")
        if said and tag != "label":
            self.lines[-1] += f" [{said}] "

    def handle_endtag(self, tag):
        if tag in self.UNSAID:
            self.inside.remove(tag)
        if tag in BLOCKS:
            self.lines.append("")
        if tag in ("th", "td"):
            self.lines[-1] += " | "

    def handle_data(self, data):
        if not self.inside:
            self.lines[-1] += data

    def said(self) -> list[str]:
        """Return the lines that say something, with single spaces."""
        lines = (" ".join(line.split()).strip("| ") for line in self.lines)
        return [line for line in lines if line.strip("# ")]


@pytest.fixture
def client(tmp_path):
    """Return a client of the site that a new installation has."""
    store = Store.open(database_url(tmp_path / "releasecal.db"))
    publisher = Publisher(store, [str(DATA)], IMPRINT, lambda: NOW)
    publisher.refresh()
    yield app_of(publisher).test_client()
    store.close()


@pytest.mark.parametrize("lang", ["en", "de"])
def test_pages_say_what_has_been_read_aloud(client, golden, lang):
    """A line that an earlier page has, too, stands there only."""
    known: set[str] = set()
    told = []
    for path in PAGES:
        answer = client.get(path, headers={"Accept": "text/html", "Accept-Language": lang})
        lines = Lines(answer.text.replace(str(DATA), "data")).said()
        told += [f"────── {path}", *(line for line in lines if line not in known), ""]
        known |= {*lines}

    golden(f"pages.{lang}.txt", "\n".join(told).encode())
