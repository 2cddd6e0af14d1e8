"""Changes: the kind of a difference between two announcements, and its sentence."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.core.changes import ASIDE, Change, ChangeKind, classify, describe, history_in_words
from releasecal.core.models import Certainty, Manner, ReleaseKey, Status
from support.build import NOW, revision
from support.strategies import partial_dates

CANCELLED = {"status": Status.CANCELLED}
DERIVED = {"certainty": Certainty.DERIVED}
CASES = [
    (revision("2022-09-30"), revision("2023-07-14"), "delayed", "Moved from 30 Sep 2022 to 14 Jul 2023"),
    (revision("2023-07-14"), revision("2023-07-12"), "brought forward", "Moved from 14 Jul 2023 to 12 Jul 2023"),
    (revision("2022-09-30"), revision("2022-10-07", manner=Manner.CORRECTED), "corrected", "Corrected from 30 Sep 2022 to 7 Oct 2022"),
    (revision("2022-09-30"), revision("2023", manner=Manner.CORRECTED), "corrected", "Corrected from 30 Sep 2022 to 2023"),
    (revision("2022-09-30"), revision("2022", manner=Manner.CORRECTED), "blurred", "Now only 2022, was 30 Sep 2022"),
    (revision("2023-07-14"), revision("2023-07-12", manner=Manner.TAKEN_OVER), "taken over", "According to another source: 12 Jul 2023; the source before said 14 Jul 2023"),
    (revision("2023"), revision("2023-07-12", manner=Manner.TAKEN_OVER), "refined", "Now exactly 12 Jul 2023, was 2023"),
    (revision("2023-07"), revision("2023-07-14"), "refined", "Now exactly 14 Jul 2023, was July 2023"),
    (revision("2023-Q3"), revision("2023-07"), "refined", "Now exactly July 2023, was Q3 2023"),
    (revision("2023-07-14"), revision("2023"), "blurred", "Now only 2023, was 14 Jul 2023"),
    (revision("2023-summer"), revision("2023-Q3"), "delayed", "Moved from summer 2023 to Q3 2023"),
    (revision("2023"), revision("2024"), "delayed", "Moved from 2023 to 2024"),
    (revision(""), revision("2023"), "dated", "Set for 2023"),
    (revision("2023-07-14"), revision(""), "undated", "No date any more, was 14 Jul 2023"),
    (revision("2023-08-28", **DERIVED), revision("2024-01-25"), "confirmed", "Set for 25 Jan 2024 (calculated before: 28 Aug 2023)"),
    (revision("2023-08-28", **DERIVED), revision("2023-08-28"), "confirmed", "Set for 28 Aug 2023"),
    (revision("2023-08-28", **DERIVED), revision("2023-09-05", certainty=Certainty.TENTATIVE), "delayed", "Set for 5 Sep 2023 (calculated before: 28 Aug 2023)"),
    (revision("2023-09-05"), revision("2023-08-28", **DERIVED), "brought forward", "No longer announced, only calculated: 28 Aug 2023, was 5 Sep 2023"),
    (revision(""), revision("2023-08-28", **DERIVED), "dated", "Calculated: 28 Aug 2023"),
    (revision("2023-08-28", **DERIVED), revision("2023-08-30", **DERIVED), "delayed", "Moved from 28 Aug 2023 to 30 Aug 2023"),
    (revision("2023"), revision("2023", certainty=Certainty.TENTATIVE), "qualified", "2023 is now tentative"),
    (revision("2023-07-14"), revision("2023-07-14", **CANCELLED), "cancelled", "Cancelled, was 14 Jul 2023"),
    (revision(""), revision("", **CANCELLED), "cancelled", "Cancelled"),
    (revision("2023-07-14"), revision("2023-07-14", status=Status.WITHDRAWN), "withdrawn", "No longer in the list of its source, was 14 Jul 2023"),
    (revision("2023-08-28", **DERIVED), revision("2023-08-28", status=Status.WITHDRAWN, **DERIVED), "lapsed", "No longer calculated; 28 Aug 2023 was never announced"),
    (revision("2023-07-14", **CANCELLED), revision("2024"), "restored", "Back on the calendar: 2024, moved from 14 Jul 2023"),
    (revision("2023-07-14", **CANCELLED), revision("2023"), "restored", "Back on the calendar: 2023, was 14 Jul 2023"),
    (revision("2023-07-14", **CANCELLED), revision("2023-07-14"), "restored", "Back on the calendar: 14 Jul 2023"),
    (revision("", **CANCELLED), revision("2023-07-14"), "restored", "Back on the calendar: 14 Jul 2023"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "kind", "words"), CASES)
def test_each_change_has_its_kind_and_sentence(old, new, kind, words):
    """Each pair of revisions has its kind of change and its sentence."""
    assert classify(old, new).value == kind
    assert describe(old, new) == words


def test_every_kind_has_a_case():
    """Each kind of change between two dates has a case above."""
    proved = {kind for _, _, kind, _ in CASES} | {"added"} | {kind.value for kind in ASIDE}

    assert proved == {kind.value for kind in ChangeKind}


@pytest.mark.parametrize(
    ("kind", "old", "new", "other", "words"),
    [
        (ChangeKind.RELEASED, None, revision("2023-07-12"), "", "Released 12 Jul 2023"),
        (ChangeKind.SLOT_TAKEN, None, revision("2022-05-27"), "Rival", "27 May 2022 was Rival's"),
        (ChangeKind.SLOT_LOST, revision("2022-05-27"), revision("2023"), "Rival", "27 May 2022 went to Rival"),
        (ChangeKind.CONFLICT, revision("2023-07-12"), revision("2023-07-14"), "", "Another source says 14 Jul 2023, 12 Jul 2023 stands"),
        (ChangeKind.CONFLICT, revision("2023-07-12"), revision("2023-07-12", **CANCELLED), "", "Another source says cancelled (12 Jul 2023), 12 Jul 2023 stands"),
    ],
)  # fmt: skip
def test_changes_beside_the_date_have_sentences(kind, old, new, other, words):
    """A change beside the dates has a sentence of its own."""
    key = ReleaseKey("film", "theatrical", "US")

    assert Change(NOW, key, kind, "Film", new, old, other).in_words == words


@given(st.none() | partial_dates, st.none() | partial_dates)
def test_any_two_revisions_have_a_change(old, new):
    """Any two different dates have a kind of change and a sentence."""
    before, after = revision(""), revision("", certainty=Certainty.TENTATIVE)
    sentence = describe(type(before)(old), type(after)(new, certainty=after.certainty))

    assert sentence
    assert "{" not in sentence


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("2027-spring", "2027-03/2027-05", "Now March–May 2027, was spring 2027"),
        ("2027", "2027-early", "Now exactly early 2027, was 2027"),
        ("2027", "2027-06~", "Now around June 2027, was 2027"),
        ("2027-06~", "2027-06-18", "Now exactly 18 Jun 2027, was around June 2027"),
        ("2027-06-18", "2027-06~", "Now only around June 2027, was 18 Jun 2027"),
        ("2027-H1", "2027-09", "Moved from the first half of 2027 to September 2027"),
    ],
)
def test_parts_ranges_and_what_is_about_a_date_are_told(old, new, words):
    """The same days in other words are no move, and what is about a date is not exact."""
    assert describe(revision(old), revision(new)) == words


def test_a_history_tells_reasons_days_and_slots():
    """A history in words has the reasons, "announced by", and the films that dates came from."""
    history = (
        revision("2021-07-23", as_of=date(2019, 2, 1)),
        revision("2021-11-19", reason="COVID-19 pandemic", slot_to="maverick"),
        revision("2023", slot_from="dune"),
    )

    assert history_in_words(history, {"maverick": "Top Gun: Maverick"}) == (
        "Set for 23 Jul 2021, announced by 1 Feb 2019",
        "Moved from 23 Jul 2021 to 19 Nov 2021: COVID-19 pandemic",
        "Moved from 19 Nov 2021 to 2023; the date was dune's; 19 Nov 2021 went to Top Gun: Maverick",
    )


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (revision("2024-06-28", delayed=True), "Set for 28 Jun 2024 after a delay"),
        (revision("2023-08-28", **DERIVED), "Calculated: 28 Aug 2023"),
        (revision("", **CANCELLED), "Cancelled"),
        (revision(""), "Announced without a date"),
    ],
)
def test_a_history_begins_with_its_first_revision(first, words):
    """The first sentence of a history tells the first revision."""
    assert history_in_words((first,), {}) == (words,)


def test_the_announced_wording_is_kept():
    """An announced wording that differs from the date stands beside it."""
    assert history_in_words((revision("2025", text="early in 2025"),), {}) == (
        "Set for 2025 (“early in 2025”)",
    )


def test_a_change_tells_date_day_and_reason():
    """A change in words has the date, the day of the announcement, and the reason."""
    key = ReleaseKey("film", "theatrical", "US")
    old, new = revision("2022"), revision("2023", as_of=date(2022, 3, 25), reason="strike")

    def words(kind, **facts):
        return Change(NOW, key, kind, "Film", new, **facts).in_words

    assert words(ChangeKind.ADDED) == "Set for 2023, announced by 25 Mar 2022: strike"
    assert (
        words(ChangeKind.DELAYED, old=old)
        == "Moved from 2022 to 2023, announced by 25 Mar 2022: strike"
    )
    assert words(ChangeKind.RETITLED, old=old, other="M 7") == "Retitled from M 7"
