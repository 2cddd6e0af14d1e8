"""Atom: the titles of changes."""

from xml.etree import ElementTree as ET

import pytest

from releasecal.core.changes import Change, ChangeKind
from releasecal.core.models import Certainty
from releasecal.formats import changes_atom
from releasecal.queries.change_query import ChangeQuery
from releasecal.queries.results import ChangeLog, ChangeRecord
from releasecal.queries.site_settings import SiteSettings
from support.build import NOW, opening, revision

ATOM = "{http://www.w3.org/2005/Atom}"
KEY = opening("2027").releases[0].key


def title(change):
    """Return the title of the entry of *change*."""
    log = ChangeLog(
        ChangeQuery(),
        (ChangeRecord(1, 1, change, change.key.uid),),
        {},
        has_more=False,
        site=SiteSettings(),
        titles=(),
        regions=(),
        published=NOW,
    )
    return ET.fromstring(changes_atom.render(log)).findtext(f"{ATOM}entry/{ATOM}title")


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("2027-07-14", "14 Jul 2027"),
        ("2027-05", "May 2027"),
        ("2027-Q3", "Q3 2027"),
        ("2027-summer", "summer 2027"),
        ("2027", "2027"),
    ],
)
@pytest.mark.parametrize("kind", ChangeKind)
def test_a_date_keeps_its_capital_letter_after_the_colon(kind, when, words):
    """Only a word of the sentence is written small; a date is written as everywhere."""
    old = revision(when) if kind is not ChangeKind.ADDED else None
    new = revision(when, certainty=Certainty.TENTATIVE)
    if old and kind is not ChangeKind.QUALIFIED:
        new = revision("2028-Q1")
    change = Change(NOW, KEY, kind, "Film", new, old, other="Other")

    sentence = title(change).removeprefix("Film – in cinemas (US): ")

    assert words.lower() not in sentence.replace(words, "")
    assert "q1 2028" not in sentence
    assert sentence[0].islower() or sentence.startswith((words, "Q1 2028"))


def test_a_quarter_that_is_tentative():
    """It was written "q3 2027 is now tentative"."""
    old, new = revision("2027-Q3"), revision("2027-Q3", certainty=Certainty.TENTATIVE)

    told = title(Change(NOW, KEY, ChangeKind.QUALIFIED, "Film", new, old))

    assert told == "Film – in cinemas (US): Q3 2027 is now tentative"
