"""Messages: the words of the change log, as text for people."""

from dataclasses import replace
from datetime import timedelta

import pytest

from releasecal.core.changes import Change, ChangeKind
from releasecal.core.languages import LANGUAGES
from releasecal.notify.news import NewsMessage
from releasecal.queries.change_query import ChangeQuery
from releasecal.queries.results import ChangeLog, ChangeRecord
from releasecal.queries.site_settings import SiteSettings
from support.build import NOW, opening, revision

SITE = SiteSettings(public_url="https://films.example")
KEY = opening("2027").releases[0].key
MOVED = Change(NOW, KEY, ChangeKind.DELAYED, "Film", revision("2027-07-14"), revision("2027-05-01"))


def log(count, lang="en"):
    records = tuple(ChangeRecord(number, 7, MOVED, KEY.uid) for number in range(count))
    return ChangeLog(
        ChangeQuery(lang=lang),
        records,
        {},
        has_more=False,
        site=SITE,
        titles=(),
        regions=(),
        published=NOW,
    )


def test_a_change_is_a_line_and_a_sentence():
    """Title and text say what the Atom feed says, and lead to the film's page."""
    message = NewsMessage("msg_a", log(1), 7, 1)

    assert message.title == "Film – in cinemas (US): moved from 1 May 2027 to 14 Jul 2027"
    assert message.text == (
        "Film, in cinemas (US). Moved from 1 May 2027 to 14 Jul 2027.\n\n"
        "https://films.example/films/film"
    )


def test_a_digest_has_the_first_lines_and_the_number():
    """What is left out is counted, and found at the address."""
    message = NewsMessage("msg_a", log(100), 7, 500, is_digest=True)

    lines = message.text.split("\n")
    assert message.title == "Film releases: changes (500)"
    assert len(lines) == 23
    assert lines[0] == "• Film – in cinemas (US): moved from 1 May 2027 to 14 Jul 2027"
    assert lines[-3:] == ["… (+480)", "", "https://films.example/changes?since=6"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_all_languages_say_it(lang):
    """Each language has words of its own for a message."""
    texts = {
        NewsMessage("msg_a", log(count, code), 7, count, is_digest=count > 1).text
        for code in LANGUAGES
        for count in (1, 30)
    }
    message = NewsMessage("msg_a", log(1, lang), 7, 1)

    assert len(texts) == 2 * len(LANGUAGES)
    assert ("Moved" in message.text) is (lang == "en")
    assert message.as_json.decode().count("14") >= 1


def test_a_trial_tells_of_nothing():
    """It has the name of the site and its address."""
    message = NewsMessage("msg_test", replace(log(0), published=NOW + timedelta(days=1)))

    assert message.title == "Film releases: changes"
    assert message.text == "https://films.example/changes"
    assert b'"type": "test"' in message.as_json
