"""Window rules: contracts and laws for many films, which a film's own windows beat."""

from datetime import date

import pytest

from releasecal.core.catalogue import Reading, merge
from releasecal.core.debounce import LONGEST_WAIT
from releasecal.core.editions import NOTHING
from releasecal.core.films_on_record import FilmsOnRecord
from releasecal.core.models import Bound, Certainty, ReleaseKind, Source, Window
from releasecal.core.overrides import Override
from releasecal.core.revise import revise
from releasecal.core.window_rules import WindowRule
from releasecal.errors import Place
from support.build import DAY, NOW, POLICY, film, opening, release, revision

LANTERN = ("Lantern", "Lantern Pictures")
PAPER = Source("paper", "The Paper")


def windows(told, rules):
    """Return the windows of the film *told* by a source with *rules*."""
    return merge([Reading((told,), (PAPER,), rules=tuple(rules))]).films["film"].windows


def of(*distributors, to=ReleaseKind.DIGITAL, region="US", days=45, **facts):
    """Return a rule for the films of *distributors*; none is all."""
    return WindowRule(Window(to, days=days, region=region, **facts), distributors)


@pytest.mark.parametrize(
    ("name", "applies"),
    [
        ("Lantern Pictures", True),
        ("lantern", True),
        ("LANTERN  pictures", True),
        ("Lantern Rouge", False),
        ("", False),
    ],
)
def test_a_rule_is_for_the_films_of_its_distributors(name, applies):
    """By any of the names that it gives; capitals and spaces make no difference."""
    ruled = of(*LANTERN)

    assert windows(opening("2027-03-05", distributor=name), rules=[ruled]) == (
        (ruled.window,) if applies else ()
    )


def test_a_law_is_for_all_films_of_its_country():
    """A rule without a distributor is for each film that opens there, and for no other."""
    law = of(region="FR")
    french = film("film", release("film", "2027-03-05", region="FR"))

    assert windows(french, rules=[law]) == (law.window,)
    assert windows(opening("2027-03-05"), rules=[law]) == ()


def test_a_rule_counts_from_what_another_rule_leads_to():
    """A chain of rules stands, and falls with its beginning."""
    digital = of()
    later = of(to=ReleaseKind.STREAMING, origin=ReleaseKind.DIGITAL)

    assert windows(opening("2027-03-05"), rules=[later, digital]) == (later.window, digital.window)
    assert windows(opening("2027-03-05"), rules=[later]) == ()


@pytest.mark.parametrize(
    ("own", "beats"),
    [
        ({}, True),
        ({"region": "US"}, True),
        ({"region": "DE"}, False),
        ({"channel": "Peacock"}, True),
        ({"to": ReleaseKind.STREAMING}, False),
        ({"valid_from": date(2028, 1, 1)}, True),
        ({"valid_until": date(2019, 12, 31)}, False),
    ],
)
def test_a_films_own_window_beats_a_rule(own, beats):
    """To the same kind, there and for the same opening days; a rule for another channel stays."""
    window = Window(**{"to": ReleaseKind.DIGITAL, "days": 17, **own})
    ruled = of(valid_from=date(2020, 1, 1))

    found = windows(opening("2027-03-05", windows=(window,)), rules=[ruled])

    assert found == ((window,) if beats else (window, ruled.window))


def test_an_own_window_of_a_channel_leaves_other_channels():
    """A film's own rule for one service says nothing of another one."""
    own = Window(ReleaseKind.STREAMING, days=17, channel="Peacock")
    ruled = of(to=ReleaseKind.STREAMING, channel="Netflix")

    found = windows(opening("2027-03-05", windows=(own,)), rules=[ruled])

    assert found == (own, ruled.window)


def test_an_override_beats_a_rule():
    """The windows of a correction are the film's own."""
    window = Window(ReleaseKind.DIGITAL, days=17)
    by = Override("film", "Anna", "why", Source("override:anna"), Place("f"), windows=(window,))
    reading = Reading((opening("2027-03-05"),), overrides=(by,), rules=(of(),))

    assert merge([reading]).films["film"].windows == (window,)


def test_the_more_particular_of_two_rules_counts():
    """That of a distributor before the law, one for a country before one for all, then the first."""
    law, own = of(days=120), of(*LANTERN, days=17)
    everywhere = of(*LANTERN, region="", days=30)
    told = opening("2027-03-05", distributor="Lantern")

    assert windows(told, rules=[everywhere, law, own, of(*LANTERN, days=9)]) == (
        own.window,
        everywhere.window,
    )


def test_rules_for_different_opening_days_all_stand():
    """Each holds for its own days: five weekends until December, seven from January."""
    five = of(*LANTERN, valid_until=date(2026, 12, 31))
    seven = of(*LANTERN, valid_from=date(2027, 1, 1), days=60)
    told = opening("2027-03-05", distributor="Lantern")

    catalogue = merge([Reading((told,), rules=(five, seven))])
    edition, _ = revise(NOTHING, catalogue, now=NOW, policy=POLICY)

    assert catalogue.films["film"].windows == (five.window, seven.window)
    assert [str(entry.current.when) for entry in edition.entries.values()] == [
        "2027-05-04",
        "2027-03-05",
    ]


def test_what_follows_from_a_rule_is_derived_and_cites_it():
    """Its date is calculated, with the rule's source; an announced one takes its place."""
    law = of(region="", source="paper", bound=Bound.AT_MOST, condition="if it was subsidised")
    told, real = (
        release("film", "2027-03-05"),
        release("film", "2027-05-01", kind=ReleaseKind.DIGITAL),
    )

    first, _ = revise(
        NOTHING,
        merge([Reading((film("film", told),), (PAPER,), rules=(law,))]),
        now=NOW,
        policy=POLICY,
    )
    (derived,) = (e for e in first.entries.values() if e.current.certainty is Certainty.DERIVED)
    second, _ = revise(
        first,
        merge([Reading((film("film", told, real),), (PAPER,), rules=(law,))]),
        now=NOW + DAY,
        policy=POLICY,
    )

    assert derived.facts.sources == (PAPER,)
    assert derived.facts.release.derivation.window.condition == "if it was subsidised"
    assert str(second.entries[derived.key].current.when) == "2027-05-01"
    assert second.entries[derived.key].uid == derived.uid


def test_a_rule_of_an_earlier_source_counts():
    """As with all facts, the order of the sources is the precedence."""
    first, second = of(days=10), of(days=20)
    readings = [Reading(rules=(first,)), Reading((opening("2027-03-05"),), rules=(second,))]

    assert merge(readings).films["film"].windows == (first.window,)


def test_windows_of_a_pending_release_stay():
    """While a database has left a release out and that does not count yet, its window does."""
    machine = Source("db", machine=True)
    law = of(region="FR")

    def told(*regions):
        said = (
            release("film", revision("2027-12-31", source="db"), region=region)
            for region in regions
        )
        return film("film", *said, source="db")

    def edition(before, told, now):
        catalogue = merge(
            [Reading((told,), (machine,), rules=(law,))], published=FilmsOnRecord(before.films)
        )
        return revise(before, catalogue, now=now, policy=POLICY)[0]

    first = edition(NOTHING, told("US", "FR"), NOW)
    waiting = edition(first, told("US"), NOW + DAY)
    gone = edition(waiting, told("US"), NOW + DAY + 2 * LONGEST_WAIT)

    assert {str(key) for key in waiting.entries} >= {"film.digital.fr", "film.theatrical.fr"}
    assert not waiting.entries[next(k for k in waiting.entries if k.kind == "digital")].is_withdrawn
    assert all(gone.entries[key].is_withdrawn for key in gone.entries if key.region == "FR")


def test_no_rule_changes_nothing():
    """Films are as they are told, and a film that a rule gives nothing is the same."""
    told = opening("2027-03-05")

    assert (
        merge([Reading((told,), rules=(of(region="FR"),))]).films == merge([Reading((told,))]).films
    )


def test_a_rule_is_no_doubtful_window():
    """A rule that gives a film no date is no mistake of the film's, and nobody is told."""
    reading = Reading((opening("2027-03-05"),), rules=(of(region="FR"), of(*LANTERN)))

    assert merge([reading], NOW.date()).notes == ()
