"""Histories: two accounts of one release as one, none lost, none doubled."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from releasecal.core.history_merge import corroborate, remember, weave
from support.build import NOW, revision

letters = st.lists(st.integers(2020, 2024), max_size=8)


def told(*years):
    return [revision(str(year)) for year in years]


def woven(one, other):
    return [each.when.year for each in weave(told(*one), told(*other), corroborate)]


def test_shared_announcements_appear_once():
    """A shared announcement appears once, and one of a single account in its place."""
    assert woven([2021, 2023], [2021, 2022]) == [2021, 2022, 2023]
    assert woven([2021, 2022, 2023], [2022]) == [2021, 2022, 2023]
    assert woven([], [2021]) == [2021]


def test_a_repeated_date_aligns_with_its_last_occurrence():
    """A date that came back aligns with its last occurrence, which is in force."""
    kept = [revision("2021"), revision("2022"), revision("2021", seen=NOW)]

    (_, _, last) = weave(told(2021), kept, remember)

    assert last.seen == NOW


def test_between_shared_announcements_the_day_decides():
    """Announcements of one account only are sorted by the day they became known."""
    one = [revision("2021", as_of=date(2019, 1, 1)), revision("2023", as_of=date(2021, 1, 1))]
    other = [revision("2022", as_of=date(2020, 1, 1))]

    assert [each.when.year for each in weave(one, other, corroborate)] == [2021, 2022, 2023]


@given(letters, letters)
def test_no_announcement_is_lost_and_order_is_kept(one, other):
    """The result contains both accounts, each in its own order."""

    def is_within(part, whole):
        rest = iter(whole)
        return all(year in rest for year in part)

    result = woven(one, other)

    assert is_within(one, result)
    assert is_within(other, result)
    assert len(result) <= len(one) + len(other)


@given(letters)
def test_weaving_with_itself_changes_nothing(years):
    """An account woven with itself is that account."""
    assert woven(years, years) == years


@given(letters, letters)
def test_weaving_again_changes_nothing(one, other):
    """A woven history woven with either account again is unchanged."""
    result = woven(one, other)

    assert len(woven(result, one)) == len(result)
    assert len(woven(result, other)) == len(result)


def longest(one, other):
    """Return how many announcements both share, in order, searched with no short cut."""
    if not one or not other:
        return 0
    if one[-1] == other[-1]:
        return 1 + longest(one[:-1], other[:-1])
    return max(longest(one[:-1], other), longest(one, other[:-1]))


@given(letters, letters)
@example([2021, 2022, 2021, 2023], [2021, 2024])
def test_the_longest_common_subsequence_is_shared(one, other):
    """No announcement that both accounts have in the same order appears twice."""
    assert len(woven(one, other)) == len(one) + len(other) - longest(one, other)


def test_a_repeated_date_after_an_equal_beginning_is_the_later_one():
    """After an equal beginning, a repeated date still aligns with its last occurrence."""
    kept = [revision(year) for year in ("2021", "2022")] + [revision("2021", seen=NOW)]

    first, *_ = weave(told(2021, 2024), [*kept, revision("2023")], remember)

    assert first.seen is None
    assert [each.seen for each in weave(told(2021, 2024), [*kept, revision("2023")], remember)] == [
        *(None, None, NOW, None, None)
    ]


@pytest.mark.slow
def test_equal_long_histories_need_no_table():
    """Two equal histories of 20,000 announcements are woven without a quadratic table."""
    years = [1900 + number % 150 for number in range(20_000)]
    assert woven([2099, *years], years) == [2099, *years]


def test_corroborated_facts_fill_gaps():
    """The first account's facts stand, gaps are filled, and "announced by" is the earlier day."""
    one = revision("2023", as_of=date(2022, 3, 25), source="article")
    other = revision("2023", as_of=date(2022, 1, 21), source="deadline", reason="pandemic")

    joined = corroborate(one, other)

    assert joined == revision("2023", as_of=date(2022, 1, 21), source="article", reason="pandemic")


def test_only_the_moment_of_publication_is_remembered():
    """A reason removed by an editor is gone; the moment of publication stays."""
    published = revision("2023", seen=NOW, reason="a rumour")

    assert remember(revision("2023"), published) == revision("2023", seen=NOW)
