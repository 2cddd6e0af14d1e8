"""The language of pages: chosen by the visitor, kept by links, and in no feed by chance."""

import ast
import re

import pytest
from babel import Locale

from releasecal.core.languages import LANGUAGES
from releasecal.core.models import Title
from releasecal.queries.parameters import INSTEAD
from releasecal.web.pages.error_translations import HINTS, MESSAGES
from support.build import opening, revision
from support.pages import RICH, see
from support.paths import SOURCE

AS_BROWSER = {"Accept": "text/html"}


def in_german(client, path="/", accepted="de-AT,en;q=0.7"):
    return client.get(path, headers={"Accept": "text/html", "Accept-Language": accepted})


@pytest.fixture
def client(publish):
    return publish(RICH)[0]


@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        ("de", "de"),
        ("de-AT,en;q=0.7", "de"),
        ("en;q=0.7, de;q=0.9", "de"),
        ("xx, de;q=0.5", "de"),
        ("de;q=0, en", "en"),
        ("*", "en"),
        ("xx", "en"),
        (";;,=q", "en"),
    ],
)
def test_a_page_speaks_the_visitors_language(client, accepted, code):
    """The one that the browser likes best, of those there are, whatever the country."""
    answer = in_german(client, accepted=accepted)

    assert f'<html lang="{code}" dir="ltr">' in answer.text
    assert answer.headers["Content-Language"] == code
    assert answer.headers["Vary"] == "Accept-Encoding, Accept-Language, User-Agent"


def test_the_address_decides_before_the_browser(client):
    """``lang=`` counts on each page."""
    for path in ("/", "/films/seven", "/series/saga", "/changes", "/sources"):
        answer = in_german(client, f"{path}?lang=en")
        assert answer.headers["Content-Language"] == "en", path


def test_links_keep_a_language_that_was_asked_for(client):
    """And those of a page whose language the browser chose name none."""
    asked = see(client, "/?lang=de").links()
    assert "/films/seven?lang=de" in asked
    assert all("lang=de" in link for link in asked if link.startswith("/"))
    assert not [
        link for link in in_german(client).text.split('"') if link == "/films/seven?lang=de"
    ]


def test_the_calendar_of_a_page_is_in_its_language(client):
    """Also if the browser chose it: the feed itself has no other way to know."""
    page = in_german(client, "/films/seven")

    assert "https://films.example/films/seven.ics?lang=de" in page.text
    assert "https://films.example/calendar.ics?lang=de" in in_german(client).text


@pytest.mark.parametrize("path", ["/calendar.ics", "/changes.atom", "/films/seven.json"])
def test_a_feed_asks_no_browser(client, path):
    """Its address alone decides: a calendar program's language is that of its machine."""
    assert in_german(client, path).data == client.get(path).data
    assert "Accept-Language" not in client.get(path).headers["Vary"]


def test_pages_of_two_languages_are_kept_apart(client):
    """One after the other, twice, by the cache and by the fast path in front of it."""
    for _ in range(2):
        for code in ("de", "en"):
            answer = in_german(client, accepted=code)
            assert answer.headers["Content-Language"] == code


def test_an_unknown_language_is_said(client):
    """Where it stands in the address."""
    for path in ("/", "/films/seven"):
        assert "there is no language" in see(client, f"{path}?lang=xx", status=400).text.casefold()


def test_every_language_says_its_direction_and_its_name():
    """As HTML and the choice of a language have it."""
    for code, language in LANGUAGES.items():
        assert language.direction == Locale(code).text_direction
    assert [LANGUAGES[code].name for code in ("en", "de")] == ["English", "Deutsch"]


def test_a_title_in_another_script_stays_apart(publish):
    """Its direction changes nothing of the words around it."""
    client, _ = publish((opening("2027-02-12", id_="one", title="\u05d0 (1)"),))

    assert "<bdi>\u05d0 (1)</bdi>" in client.get("/").text


def test_a_reason_that_recurs_is_translated_and_another_is_marked(client):
    """The page of another language says of a source's own words that they are English."""
    page = client.get("/films/seven?lang=fr").text

    assert "grève" in page
    assert '<bdi lang="en">Both wait.</bdi>' in page
    assert '<bdi lang="en">' not in client.get("/films/seven").text


def test_an_unknown_reason_in_a_sentence_bears_its_language(publish):
    """The words around it are of the page."""
    told = opening(revision("2027-01-01"), revision("2027-02-12", reason="<b>Whim</b>"), id_="one")
    client, _ = publish((told,))

    page = client.get("/films/one?lang=de").text
    assert "verlegt" in page.casefold()
    assert '<bdi lang="en">&lt;b&gt;Whim&lt;/b&gt;</bdi>' in page


def test_a_page_calls_a_film_by_its_title_in_the_language(publish):
    """As its events do; the film's own title stands below."""
    titles = (Title("Der Film", "regional", lang="de", region="US"),)
    client, _ = publish((opening("2027-02-12", id_="one", title="The Film", titles=titles),))

    assert "<h1><bdi>Der Film</bdi></h1>" in client.get("/films/one?lang=de").text
    assert ">Der Film</bdi>" in client.get("/?lang=de").text
    assert "<h1><bdi>The Film</bdi></h1>" in client.get("/films/one").text


@pytest.mark.parametrize(
    ("path", "status", "expected"),
    [
        ("/films/sevn?lang=de", 404, "meinten Sie seven?"),
        ("/?kind=theatre&lang=de", 400, "meinten Sie theatrical?"),
        ("/?regoin=US&lang=de", 400, "meinten Sie region?"),
        ("/nowhere?lang=de", 404, "Unter dieser Adresse gibt es nichts."),
        ("/?past=x&lang=fr", 400, "non valable"),
        ("/films/sevn?lang=ar", 404, "هل تقصد"),
        ("/films/sevn?lang=ja", 404, "見つかりません"),
    ],
)
def test_an_error_is_told_in_the_language_of_the_page(client, path, status, expected):
    """With the same particulars and the same remedy."""
    assert expected in see(client, path, status=status).text


PARTS = {"name": "region", "last": "2026-01-01", "first": "2026-02-01", "len": "5", "MAX": "9"}
OF_PAGES = ("queries", "web/pages/month_view.py", "web/routes/slips.py", "store/as_of.py")


def messages_of_queries():
    """Return a sample of every message of a wrong query that a page can meet."""
    files = [each for part in OF_PAGES for each in (SOURCE / part).rglob("*.py")]
    files += [SOURCE / part for part in OF_PAGES if part.endswith(".py")]
    return sorted(
        "".join(map(filled, node.args[0].values))
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "SelectionError"
    )


def filled(part):
    """Return a *part* of an f-string with something in its place."""
    if isinstance(part, ast.Constant):
        return part.value
    said = ast.unparse(part.value)
    if part.conversion == ord("r"):
        return "'x'"
    if "remedy" in said:
        return "try x"
    if "hint" in said or "likely" in said:
        return "did you mean x?"
    return next((text for word, text in PARTS.items() if word in said), "7")


def test_every_form_of_an_error_is_known():
    """Messages of queries have rows in the table, and so do their hints: none stays English."""
    told = messages_of_queries()
    assert len(told) > 20
    rows = {each: row_of(MESSAGES, each) for each in told}
    assert [each for each, row in rows.items() if not row] == []

    hints = [re.search(r"\((.*)\)$", each)[1] for each, row in rows.items() if "{hint}" in row]
    hints += [*INSTEAD.values(), "ISO 3166-1 alpha-2 such as US, or 001"]
    assert [each for each in hints if not row_of(HINTS, each)] == []


def row_of(rows, message):
    return next((text for form, text in rows if re.fullmatch(form, message)), "")


@pytest.mark.parametrize(
    "path",
    [
        *("/?regoin=US", "/?region=XX", "/?country=US", "/?kind=theatre", "/?film=nope"),
        *("/?past=x", "/?past=999999999", "/?future=P9999Y", "/?alarm=soon", "/?genre=no"),
        *("/?undated=maybe", "/?cancelled=no", "/?emoji=perhaps", "/?limit=none", "/?as-of=soon"),
        *("/?from=2026", "/?status=x", "/?window=45", "/?month=soon&view=month", "/?view=week"),
        *("/?channel=none", "/?series=sage", "/?certainty=perhaps", "/?change=delayed"),
        *("/films/nope", "/films/seven?as-of=x", "/films?year=soon", "/films?letter=%3F"),
        *("/films?page=99", "/films?page=x", "/series/nope", "/series?page=99", "/nowhere"),
        *("/changes?change=delay", "/changes?since=soon", "/changes?before=x", "/changes?from=1"),
        *("/changes?channel=x", "/changes?added=maybe", "/diff?from=2027-01-01&to=2026-01-01"),
        *("/diff?from=soon", "/slips?region=XX", "/follow?film=nope"),
    ],
)
def test_no_error_that_visitors_meet_stays_english(client, path):
    """Neither the message nor its hint: what has no translation is marked as English."""
    answer = client.get(f"{path}{'&' if '?' in path else '?'}lang=pl", headers=AS_BROWSER)
    page = answer.text

    assert answer.status_code in (400, 404), page
    assert '<bdi lang="en">' not in page
    told = re.search(r"<h1>.*?</h1>\s*<p>(.*?)</p>", page, re.DOTALL)[1]
    english = r"\b(as in|such as|did you mean|there is no|not a|neither|try|one of|ask for)\b"
    assert not re.search(english, told, re.IGNORECASE), told


def test_changes_are_told_in_the_language_of_their_address(client):
    """Atom's by its address alone, to which the page of that language leads."""
    assert "/changes.atom?lang=de" in client.get("/changes?lang=de").text
    feed = client.get("/changes.atom?lang=de&added=1").text
    assert 'xml:lang="de"' in feed
    assert "Verlegt" in feed or "Angesetzt" in feed or "angesetzt" in feed
