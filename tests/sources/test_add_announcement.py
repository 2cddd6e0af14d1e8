"""Announcements: one revision is written into a data file, and all else stays as it stands."""

import difflib
import os
import stat
from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from releasecal.errors import DataError, SourceError
from releasecal.sources.add_announcement import Announcement, file_of, with_announcement
from releasecal.sources.file_writing import rewrite
from releasecal.sources.notation.yaml import parse
from releasecal.sources.snapshot import JSON, YAML, Snapshot
from support.paths import ARTICLE, DATA

TODAY = date(2027, 1, 2)
FILMS = [DATA / "mission-impossible.yaml", *sorted(ARTICLE.glob("[mt]*.yaml"))]


def said(film="a", when="2027-05-21", as_of="2027-01-01", **more):
    return Announcement(
        **{"film": film, "kind": "theatrical", "region": "US", **more}, when=when, as_of=as_of
    )


def after(text, announcement=None, origin="f.yaml"):
    snapshot = Snapshot(origin, YAML, text.encode())
    return with_announcement(snapshot, announcement or said(), TODAY)


def added(text, announcement=None):
    """Return the lines that were put in, and those that were taken out."""
    lines = difflib.ndiff(text.splitlines(), after(text, announcement).splitlines())
    found = [line for line in lines if line[0] in "+-"]
    return [each[2:] for each in found if each[0] == "+"], [
        each[2:] for each in found if each[0] == "-"
    ]


class TestPlaces:
    def test_a_revision_goes_behind_the_others(self):
        """A release with revisions gets one more, as its list is written."""
        text = "films:\n  - id: a\n    title: A\n    releases:\n      - kind: theatrical\n        region: US\n"
        text += "        revisions:\n          - {when: 2027-05-14}  # sure\n        # the end\n"

        assert added(text) == (["          - {when: 2027-05-21, as_of: 2027-01-01}"], [])

    def test_a_date_becomes_the_first_revision(self):
        """A release with one date gets revisions; what stood with the date goes with it."""
        text = (
            "films:\n- id: a\n  title: A\n  releases:\n  - kind: theatrical\n    # the day\n"
            "    when: 2027-05-14 # day\n    region: US\n    text: |\n      In\n      May\n"
        )

        assert after(text) == (
            "films:\n- id: a\n  title: A\n  releases:\n  - kind: theatrical\n    # the day\n"
            "    revisions:\n      - when: 2027-05-14 # day\n        text: |\n          In\n          May\n"
            "      - {when: 2027-05-21, as_of: 2027-01-01}\n"
            "    region: US\n"
        )

    def test_a_release_in_brackets_is_unfolded(self):
        """A release in one line becomes lines, of which each says what it said."""
        text = "films:\n  - id: a\n    title: A\n    releases:\n"
        text += "      - {kind: theatrical, region: US, when: 2027-05-14}  # sure\n"

        assert added(text) == (
            [
                "      - kind: theatrical",
                "        region: US",
                "        revisions:",
                "          - {when: 2027-05-14}  # sure",
                "          - {when: 2027-05-21, as_of: 2027-01-01}",
            ],
            ["      - {kind: theatrical, region: US, when: 2027-05-14}  # sure"],
        )

    @pytest.mark.parametrize(
        ("text", "lines"),
        [
            (
                "films:\n  - id: a\n    title: A\n",
                [
                    "    releases:",
                    "      - {kind: theatrical, region: US, when: 2027-05-21, as_of: 2027-01-01}",
                ],
            ),
            (
                "films:\n  - id: a\n    title: A\n    releases:\n      - {kind: tv, region: US, when: 2027}\n",
                ["      - {kind: theatrical, region: US, when: 2027-05-21, as_of: 2027-01-01}"],
            ),
            (
                "films: [{id: a, title: A}]\n",
                [
                    "films: [{id: a, title: A, releases: [{kind: theatrical, region: US, when: 2027-05-21, as_of: 2027-01-01}]}]"
                ],
            ),
        ],
    )
    def test_a_release_is_added(self, text, lines):
        """A film without that release gets it, as its file is written."""
        assert added(text)[0] == lines

    @pytest.mark.parametrize(
        "text", ["films: []  # none yet\n", "films: []", "films:\n  - {id: b, title: B}\n"]
    )
    def test_a_film_is_added(self, text):
        """A new film needs its title, and goes behind the others."""
        new = said("film-four", title="Film: Four")

        assert added(text, new)[0][-4:] == [
            "  - id: film-four",
            '    title: "Film: Four"',
            "    releases:",
            "      - {kind: theatrical, region: US, when: 2027-05-21, as_of: 2027-01-01}",
        ]
        assert "# none yet" not in text or "films:  # none yet" in after(text, new)
        with pytest.raises(
            DataError, match=r"--film: there is no film 'film-four' \(give it a title"
        ):
            after(text, said("film-four"))

    def test_the_address_becomes_a_source_once(self):
        """The source of a revision is declared, or the one that has that address already."""
        text = "films:\n  - {id: a, title: A}\n"
        new = said(address="https://www.paper.example/dates?x=1", quote="May, at last: the 21st")

        once = after(text, new)

        assert once.endswith(
            "sources:\n"
            "  - id: paper-example-2027-01-01\n"
            '    url: "https://www.paper.example/dates?x=1"\n'
            "    published: 2027-01-01\n"
        )
        assert 'text: "May, at last: the 21st", source: paper-example-2027-01-01}' in once
        twice = after(once, said(when="2027-06", address="https://www.paper.example/dates?x=1"))
        assert twice.count("url: ") == 1
        third = after(once, said(when="2027-06", address="https://www.paper.example/other"))
        assert "id: paper-example-2027-01-01-2" in third

    def test_line_ends_and_the_mark_stay(self):
        """A file of Windows stays one, also without an end of its last line."""
        text = "\ufefffilms:\r\n  - id: a\r\n    title: A"

        assert after(text) == (
            text + "\r\n    releases:\r\n"
            "      - {kind: theatrical, region: US, when: 2027-05-21, as_of: 2027-01-01}"
        )

    @pytest.mark.parametrize("path", FILMS, ids=lambda path: path.name)
    def test_our_own_files_lose_no_line(self, path):
        """In the files of this project each line stays as it was."""
        text = path.read_text(encoding="utf-8")
        film = parse(text, "")["films"][0]["id"]

        for new in (
            said(film, when="2031-05-21", address="https://paper.example/x"),
            said(film, kind="tv", region="DE", when=""),
            said("new", title="New"),
        ):
            assert added(text, new)[1] == []

    @given(data=st.data())
    def test_whatever_the_layout_only_one_revision_is_new(self, data):
        """However a file is laid out, it has the old facts and the new one, or is refused."""
        films = data.draw(
            st.lists(
                st.fixed_dictionaries(
                    {"title": st.text("aé: #'\"-", min_size=1).map(lambda text: f"T{text}T")},
                    optional={
                        "releases": st.lists(
                            RELEASES, max_size=3, unique_by=lambda each: each["region"]
                        ),
                        "genres": st.lists(st.sampled_from(["drama", "a, b"]), max_size=2),
                    },
                ),
                min_size=1,
                max_size=3,
            )
        )
        films = [{"id": f"f{number}", **film} for number, film in enumerate(films)]
        style = data.draw(st.sampled_from([None, True, False]))
        indent = data.draw(st.sampled_from([2, 4, 7]))
        text = yaml.safe_dump(
            {"films": films}, default_flow_style=style, indent=indent, allow_unicode=True
        )
        text = data.draw(
            st.sampled_from([text, text.replace("\n", "  # why\n") if style is False else text])
        )
        before = parse(text, "")
        if before != {"films": films}:  # PyYAML folds some titles over lines with comments
            return
        film = data.draw(st.sampled_from(films))

        result = parse(after(text, said(film["id"], when="2030-05-21")), "")

        (index,) = [number for number, each in enumerate(films) if each["id"] == film["id"]]
        assert [each for at, each in enumerate(result["films"]) if at != index] == [
            each for at, each in enumerate(films) if at != index
        ]
        releases = result["films"][index]["releases"]
        known = [each for each in film.get("releases", []) if each["region"] == "US"]
        (release,) = [each for each in releases if each["region"] == "US"]
        assert releases == [
            release if each["region"] == "US" else each for each in film.get("releases", [])
        ] + ([] if known else [release])
        told = release.get("revisions", [release])
        assert (told[-1]["when"], told[-1]["as_of"]) == ("2030-05-21", "2027-01-01")
        assert len(told) == len(known[0].get("revisions", [0]) if known else []) + 1


RELEASES = st.fixed_dictionaries(
    {
        "kind": st.just("theatrical"),
        "region": st.sampled_from(["US", "DE", "GB"]),
    }
).flatmap(
    lambda release: st.sampled_from(
        [
            {**release, "when": "2027-05-14"},
            {"when": "2027-05", "reason": "it moved: twice", **release},
            {**release, "revisions": [{"when": None}, {"when": "2027"}], "note": "x"},
        ]
    )
)


def test_a_date_in_words_is_written_in_notation():
    """What is announced in words is written as `check` would have it."""
    text = "films:\n  - id: a\n    title: A\n    releases:\n      - kind: theatrical\n        region: US\n"
    text += "        revisions:\n          - {when: 2027}\n"

    assert added(text, said(when="the first half of 2027")) == (
        ["          - {when: 2027-H1, as_of: 2027-01-01}"],
        [],
    )


class TestRefusals:
    @pytest.mark.parametrize(
        ("announcement", "what"),
        [
            (said(kind="cinema"), "--kind: kind: there is no 'cinema' (write theatrical)"),
            (said(region="UK"), "--region: region: no country has the code 'UK' (write GB)"),
            (said(when="21.5.2027"), "--when: when: not a date: '21.5.2027' (write 2027-05-21)"),
            (said(as_of="May"), "--as-of: as_of: not a date: 'May' (such as 2022-03-25)"),
            (said(as_of="2027-01-04"), "--as-of: 2027-01-04 has not come yet (say the day of the announcement)"),
            (said(address="paper"), "--address: url: not an address: 'paper' (it begins with https:// or http://)"),
            (said(when="2027-05-14"), "f.yaml: a revision says the same as the one before it (take one of them out)"),
            (said(as_of="2026-01-01"), "f.yaml: as_of: 2026-01-01 is before the 2026-03-01 of the one above (revisions go from the oldest to the newest)"),
            (said("aa"), "--film: there is no film 'aa' (did you mean a?)"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_refused(self, announcement, what):
        """A wrong announcement is told with the option that says so, and nothing is written."""
        text = "films:\n  - {id: a, title: A, releases: [{kind: theatrical, region: US, when: 2027-05-14, as_of: 2026-03-01}]}\n"
        with pytest.raises(DataError) as caught:
            after(text, announcement)
        assert [str(problem) for problem in caught.value.problems] == [what]

    def test_what_stands_elsewhere_too_is_refused(self):
        """Where an alias would give the revision to another film as well, nothing is written."""
        text = (
            "films:\n  - id: a\n    title: A\n    releases: &both\n"
            "      - {kind: theatrical, region: US, when: 2027}\n"
            "  - {id: b, title: B, releases: *both}\n"
        )
        with pytest.raises(
            DataError, match=r"its layout leaves no place for it \(write it by hand"
        ):
            after(text)

    def test_a_file_of_a_program_is_refused(self):
        """JSON and tables are written by programs."""
        with pytest.raises(DataError, match="a file in JSON is not written into"):
            with_announcement(Snapshot("f.json", JSON, b'{"films": []}'), said(), TODAY)

    def test_a_wrong_file_may_get_it_but_no_more_wrong(self):
        """What was wrong before is no reason; a file that does not parse is."""
        text = "films:\n  - {id: a, title: A}\n  - {id: b, titel: B}\n"

        assert "2027-05-21" in after(text)
        with pytest.raises(DataError, match="not YAML"):
            after("films: [")


class TestFiles:
    def test_the_file_is_the_one_that_has_the_film(self):
        """By id or title; a new film goes into the only file with films, or has to be told."""
        one = Snapshot("a.yaml", YAML, b"films: [{id: a, title: Alpha}]")
        two = Snapshot("b.yaml", YAML, b"films: [{id: b, title: 'Beta: 2'}]")
        rest = Snapshot("c.yaml", YAML, b"sources: [{id: x}]")

        assert file_of([rest, one, two], "b", is_new=False) is two
        assert file_of([rest, one, two], "beta 2", is_new=False) is two
        assert file_of([rest, one], "new", is_new=True) is one
        with pytest.raises(
            DataError, match=r"--file: a new film needs a file \(there are: a.yaml, b.yaml"
        ):
            file_of([rest, one, two], "new", is_new=True)
        with pytest.raises(DataError, match="there is no film 'c'"):
            file_of([rest, one, two], "c", is_new=False)

    def test_the_file_is_replaced_as_a_whole(self, tmp_path):
        """Mode and link stay; what has changed meanwhile is not written over."""
        real, link = tmp_path / "films.yaml", tmp_path / "link.yaml"
        real.write_bytes(b"old\n")
        real.chmod(0o640)
        link.symlink_to("films.yaml")

        rewrite(str(link), b"old\n", "new\n")

        assert real.read_bytes() == link.read_bytes() == b"new\n"
        assert stat.S_IMODE(real.stat().st_mode) == 0o640
        assert link.is_symlink()
        with pytest.raises(SourceError, match=r"has changed meanwhile \(try again"):
            rewrite(str(link), b"old\n", "newer\n")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["films.yaml", "link.yaml"]

    def test_a_full_disk_leaves_the_file(self, tmp_path, monkeypatch):
        """Where writing fails, the file is as it was, and nothing lies about."""
        path = tmp_path / "films.yaml"
        path.write_bytes(b"old\n")

        def full(_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(SourceError, match="cannot be written: no space left on device"):
            rewrite(str(path), b"old\n", "new\n")
        assert path.read_bytes() == b"old\n"
        assert [*tmp_path.iterdir()] == [path]
