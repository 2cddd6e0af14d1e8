"""Advice: the message says the right form of what was typed."""

import json

import pytest

from releasecal import sources
from releasecal.core.models import ReleaseKind
from releasecal.errors import DataError
from releasecal.sources.schema.foreign_spellings import KINDS


def remedies(path, text):
    """Return the remedies for the problems of a file at *path* with this *text*."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        sources.read([str(path)])
    return [problem.remedy for problem in caught.value.problems]


def of_release(tmp_path, **fields):
    """Return the one remedy for a release with these *fields* in a YAML file."""
    release = {"kind": "theatrical", "region": "US", "when": "2027-01-01"} | fields
    film = {"id": "a", "title": "A", "releases": [release]}
    (remedy,) = remedies(tmp_path / "a.yaml", json.dumps({"films": [film]}))
    return remedy


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("TBD", "null for no date"),
        ("tba", "null for no date"),
        ("Q4 2026", "2026-Q4"),
        ("4Q 2026", "2026-Q4"),
        ("2026 Q4", "2026-Q4"),
        ("Summer 2026", "2026-summer"),
        ("fall 2026", "2026-autumn"),
        ("Dec 2026", "2026-12"),
        ("18 December 2026", "2026-12-18"),
        ("December 18th, 2026", "2026-12-18"),
        ("12/2026", "2026-12"),
        ("2026/12", "2026-12"),
        ("2026/12/18", "2026-12-18"),
        ("2026-1-5", "2026-01-05"),
        ("20230714", "2023-07-14"),
        ("14.07.2023", "2023-07-14"),
        ("12/18/2026", "2026-12-18"),
        ("18/12/2026", "2026-12-18"),
        ("07/08/2026", "2026-08-07 or 2026-07-08"),
        ("07/07/2026", "2026-07-07"),
        ("2026-12-18T00:00:00.000Z", "2026-12-18"),
        ("2026-12-18 20:15:00", "2026-12-18"),
        ("2026 H2", "2026-H2"),
        ("2H 2026", "2026-H2"),
        ("end of 2026", "2026-late"),
        ("the beginning of March 2026", "2026-03-early"),
        ("March-May 2026", "2026-03/2026-05"),
        ("spring/summer 2026", "2026-spring/2026-summer"),
        ("3–7 March 2026", "2026-03-03/2026-03-07"),
        ("2026-03-03 - 2026-03-07", "2026-03-03/2026-03-07"),
        ("2026-03?", "2026-03, and certainty: tentative beside it"),
        (46374, "2026-12-18: that is a spreadsheet's number"),
    ],
)
def test_a_date_is_said_in_its_right_form(tmp_path, typed, right):
    """Case k10: a date as people and databases write it is told in our form."""
    assert of_release(tmp_path, when=typed) == f"write {right}"


@pytest.mark.parametrize(
    "typed", ["soon", "2023-02-30", "31/31/2026", "2024-monsoon", "May", "7", "2026/.."]
)
def test_what_is_not_clear_has_examples(tmp_path, typed):
    """Where the meaning is not clear, nothing is guessed."""
    assert of_release(tmp_path, when=typed).startswith("try 2026-12-18, 2026-12,")


@pytest.mark.parametrize(
    ("typed", "right"), [("Dec 2026", "such as 2022-03-25"), ("1 Dec 2026", "write 2026-12-01")]
)
def test_a_day_is_said_where_a_day_is_needed(tmp_path, typed, right):
    """A month is no advice for a field that takes days."""
    assert of_release(tmp_path, as_of=typed) == right


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("Turkey", "TR"),
        ("Hong Kong", "HK"),
        ("South Korea", "KR"),
        ("Czech Republic", "CZ"),
        ("Bosnia and Herzegovina", "BA"),
        ("The Netherlands", "NL"),
        ("England", "GB"),
        ("us", "US"),
    ],
)
def test_a_country_is_said_as_its_code(tmp_path, typed, right):
    """Case k10: usual names of countries lead to their codes."""
    assert of_release(tmp_path, region=typed) == f"write {right}"


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("limited", "theatrical-limited"),
        ("Wide", "theatrical"),
        ("Blu-ray", "physical"),
        ("VOD", "digital"),
    ],
)
def test_a_kind_is_said_in_our_word(tmp_path, typed, right):
    """Words of the trade lead to the kinds that we have."""
    assert of_release(tmp_path, kind=typed) == f"write {right}"


def test_kinds_that_are_said_exist():
    """Each word of the trade leads to a kind that can be announced."""
    for remedy in KINDS.values():
        assert ReleaseKind.from_slug(remedy.removeprefix("write "))


def test_a_field_is_said_by_our_name(tmp_path):
    """Usual names of fields lead to ours, where the record has such a field."""
    text = "films:\n- {id: a, name: A, title: A, releases: [{kind: tv, country: US, date: 2027}]}\n"

    assert remedies(tmp_path / "a.yaml", text) == [
        "write title",
        "add region: US",
        "write region",
        "write when",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yaml", "films: [{id: c, title: C, refs: {tmdb: 12345.0}}]"),
        ("a.json", '{"films": [{"id": "c", "title": "C", "refs": {"tmdb": 12345.0}}]}'),
        ("a.json", '{"films": [{"id": "c", "title": "C", "refs": {"tmdb": "12345.0"}}]}'),
    ],
)
def test_a_whole_number_with_a_fraction_is_said_without(tmp_path, name, text):
    """Case k10: programs write 12345.0 where 12345 is meant."""
    assert remedies(tmp_path / name, text) == ["write 12345"]


def test_a_title_that_yaml_reads_as_nothing_is_put_in_quotes(tmp_path):
    """Case k10: titles that begin with # or !, or are null, are told to need quotes."""
    for title in ("#Afloat", "Null", "&Sons", "!Loud Art"):
        (remedy,) = remedies(tmp_path / "a.yaml", f"films:\n  - id: a\n    title: {title}\n")
        assert "in quotes" in remedy


def test_a_json_file_has_advice_for_json(tmp_path):
    """In JSON nothing is told of dashes and lines, and names and texts stand in quotes."""
    films = [
        {"id": "a", "title": None},
        {"id": "b", "genres": "spy", "releases": [{"kind": "tv", "region": "US"}]},
        {"id": "c", "title": "C", "windows": [{"to": "streaming"}]},
    ]

    assert remedies(tmp_path / "a.json", json.dumps({"films": films})) == [
        "give a text",
        'add "title": "Dune"',
        "put [ ] around them",
        'add "when": "2026-12-18", or "when": null if there is no date',
        'say one of them: "days": 45',
    ]
    assert remedies(tmp_path / "b.json", "\n") == ['an empty catalogue is {"films": []}']


def test_each_notation_has_its_own_words_for_a_remedy(tmp_path):
    """The same mistake in YAML and in JSON: a remedy is made for where it is carried out."""
    release = {"kind": "tv", "region": "US", "when": "2026-03?"}
    films = [{"id": "a", "title": "A", "releases": [release]}]

    in_json = remedies(tmp_path / "a.json", json.dumps({"films": films}))
    in_yaml = remedies(tmp_path / "a.yaml", json.dumps({"films": films}))

    assert in_json == ['write 2026-03, and "certainty": "tentative" beside it']
    assert in_yaml == ["write 2026-03, and certainty: tentative beside it"]


class TestFilesOfOneLine:
    def test_the_film_is_named(self, tmp_path):
        """Case k7: in a file of one line the message names the film, for its place helps nobody."""
        path = tmp_path / "a.json"
        films = [{"id": "one", "title": "One"}, {"id": "two", "title": ""}, {"title": 3.5}, 7]
        path.write_text(json.dumps({"films": films}))
        with pytest.raises(DataError) as caught:
            sources.read([str(path)])

        assert [problem.what for problem in caught.value.problems] == [
            "film 'two': title: is empty",
            "film 3.5: a film has no id",
            "film 3.5: title: a text is needed, not 3.5",
            "film number 4: a film is a mapping, not 7",
        ]

    @pytest.mark.parametrize(
        ("rest", "what"),
        [
            (
                '"distributor": "A\u0085"',
                "the character U+0085 has no place in a text, after 'Dune'",
            ),
            ('"distributor" "A"', "not JSON: a colon is missing, after 'Dune'"),
        ],
    )
    def test_a_broken_text_has_the_title_before_it(self, tmp_path, rest, what):
        """Where no film can be made out, the message has the last title before the place."""
        path = tmp_path / "a.json"
        path.write_text(f'{{"films": [{{"title": "Dune", {rest}}}]}}', encoding="utf-8")
        with pytest.raises(DataError) as caught:
            sources.read([str(path)])

        assert [problem.what for problem in caught.value.problems] == [what]

    def test_files_of_many_lines_have_lines(self, tmp_path):
        """Where lines tell the film, the message is short."""
        path = tmp_path / "a.json"
        films = [{"id": "one", "title": "One"}, {"id": "two", "title": ""}]
        path.write_text(json.dumps({"films": films}, indent=1))
        with pytest.raises(DataError) as caught:
            sources.read([str(path)])

        assert [problem.what for problem in caught.value.problems] == ["title: is empty"]
