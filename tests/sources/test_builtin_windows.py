"""Windows that come with releasecal: contracts and laws, each with its source."""

from datetime import date

import pytest

from releasecal import sources
from releasecal.core.catalogue import merge
from releasecal.core.editions import NOTHING
from releasecal.core.models import Bound, Certainty
from releasecal.core.revise import revise
from releasecal.errors import SourceError
from releasecal.settings import Settings
from support.build import NOW, POLICY, film, release
from support.paths import ROOT

ADDRESS = "builtin:windows"


@pytest.fixture(scope="module")
def reading():
    (found,) = sources.read([ADDRESS])
    return found


def derived(reading, distributor, opening, region="US"):
    """Return what the windows give a film, by kind and channel: its day."""
    told = film("film", release("film", opening, region=region), distributor=distributor)
    own = type(reading)((told,))
    edition, _ = revise(NOTHING, merge([own, reading]), now=NOW, policy=POLICY)
    return {
        (key.kind, key.channel): str(entry.current.when)
        for key, entry in edition.entries.items()
        if entry.current.certainty is Certainty.DERIVED
    }


def test_each_window_has_its_source_and_days(reading):
    """Nobody has to believe a window: it says who says so, since when, and for which openings."""
    known = {source.id: source for source in reading.sources}

    assert len(reading.rules) > 10
    for each in reading.rules:
        source = known[each.window.source]
        assert source.publisher
        assert source.published
        assert each.window.as_of
        assert each.window.region
        assert each.window.valid_from
    assert known.keys() == {each.window.source for each in reading.rules}
    assert not any(each.window.bound is Bound.ABOUT for each in reading.rules)


@pytest.mark.parametrize(
    ("distributor", "opening", "expected"),
    [
        ("Universal", "2020-07-27", {}),
        ("Universal Pictures", "2021-06-25", {("digital", ""): "2021-07-12"}),
        (
            "Universal",
            "2026-03-06",
            {("digital", ""): "2026-03-23", ("streaming", "peacock"): "2026-07-06"},
        ),
        (
            "Universal",
            "2026-03-13",
            {("digital", ""): "2026-04-13", ("streaming", "peacock"): "2026-07-13"},
        ),
        (
            "Universal",
            "2027-01-08",
            {("digital", ""): "2027-02-22", ("streaming", "peacock"): "2027-05-08"},
        ),
        (
            "Focus Features",
            "2027-01-08",
            {("digital", ""): "2027-01-25", ("streaming", "peacock"): "2027-05-08"},
        ),
        ("Paramount", "2021-05-28", {("streaming", "paramount-plus"): "2021-06-27"}),
        ("Paramount", "2023-01-06", {}),
        ("Warner Bros. Pictures", "2021-10-22", {("streaming", "hbo-max"): "2021-10-22"}),
        ("Lantern", "2026-03-13", {}),
        ("", "2026-03-13", {}),
    ],
)
def test_contracts_hold_for_their_openings(reading, distributor, opening, expected):
    """In the US, by distributor, for the days that were agreed."""
    assert derived(reading, distributor, opening) == expected


def test_the_law_of_france_holds_for_all(reading):
    """In months after the opening there; services of studios are told of for their own films."""
    law = {
        ("digital", ""): "2026-06-30",
        ("physical", ""): "2026-06-30",
        ("tv", "canal-plus"): "2026-08-31",
        ("streaming", "netflix"): "2027-05-31",
        ("streaming", "prime-video"): "2027-07-31",
        ("tv", ""): "2027-12-31",
    }

    assert derived(reading, "", "2026-02-28", "FR").keys() == law.keys()
    assert derived(reading, "", "2025-02-12", "FR") == {}
    assert derived(reading, "", "2026-02-28", "DE") == {}
    assert derived(reading, "Disney", "2026-02-28", "FR").keys() == {
        *law,
        ("streaming", "disney-plus"),
    }


def test_what_is_contested_is_disputed(reading):
    """The order of France is before a court, and each date that follows from it says so."""
    assert all(each.window.disputed for each in reading.rules if each.window.region == "FR")


def test_all_windows_are_known_by_a_day_in_the_past(reading):
    """None is from the future, of those who look back or of the data themselves."""
    assert all(each.window.as_of <= date(2026, 11, 28) for each in reading.rules)
    assert merge([reading], date(2026, 11, 28)).notes == ()


def test_they_are_off_unless_included():
    """The usual settings do not have them; the address or a table does."""
    included = Settings.read({"RELEASECAL_SOURCES": f"data,{ADDRESS}"})

    assert ADDRESS not in Settings.read({}).addresses
    assert included.addresses == ("data", ADDRESS)


def test_a_table_includes_them(tmp_path):
    """By its address alone."""
    path = tmp_path / "releasecal.toml"
    path.write_text(f'[[source]]\naddress = "{ADDRESS}"\n')

    assert Settings.read({"RELEASECAL_CONFIG": str(path)}).addresses == (ADDRESS,)


def test_a_mistyped_address_has_a_remedy():
    """There are no other data of ours."""
    with pytest.raises(SourceError) as caught:
        sources.read(["builtin:window"])

    assert [str(problem) for problem in caught.value.problems] == [
        "builtin:window: no such data come with releasecal (did you mean builtin:windows?)"
    ]


def test_the_examples_are_those_files():
    """Whoever looks among the examples finds the windows as they are shipped."""
    (example,) = sources.read([str(ROOT / "examples" / "windows")])
    (shipped,) = sources.read([ADDRESS])

    assert example.rules == shipped.rules
