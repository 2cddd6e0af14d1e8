"""YAML's surprises: a note says where a text is not what its writer sees."""

import pytest

from releasecal import sources


def notes(tmp_path, title):
    """Return the notes about a file with this *title*, from the description on."""
    path = tmp_path / "a.yaml"
    text = f"films:\n  - id: a\n    title: {title}\n    releases: []\n"
    path.write_text(text, encoding="utf-8")
    (reading,) = sources.read([str(path)])
    return [str(note).removeprefix(str(path)) for note in reading.notes]


def test_a_title_that_is_cut_at_a_number_sign_is_told(tmp_path):
    """Case k11: behind a space, # begins a comment, which is hardly meant before a word."""
    assert notes(tmp_path, "Rocket Club #9") == [
        (
            ":3:12: the text ends before the #, as 'Rocket Club': a comment begins there "
            "(put all of it in quotes, if it is part of the text)"
        )
    ]


def test_an_anchor_that_nobody_uses_is_told(tmp_path):
    """A title that begins with & loses its first word to an anchor."""
    (told,) = notes(tmp_path, "&Juliet Romeo")

    assert "&Juliet names the text 'Romeo' and is no part of it" in told


def test_a_bare_tag_is_told(tmp_path):
    """A title that begins with ! and a space loses it."""
    (told,) = notes(tmp_path, "! Loud Art")

    assert "! is no part of the text 'Loud Art'" in told


def test_a_date_in_words_is_told_as_it_is_read(tmp_path):
    """Words are read, and a note has the notation; a date in notation is no surprise."""
    path = tmp_path / "a.yaml"
    releases = [
        "{kind: theatrical, region: US, when: early 2027}",
        "{kind: theatrical, region: DE, revisions: [{when: 2027-H1}, {when: from 3 to 7 May 2027}]}",
        "{kind: theatrical, region: FR, when: 2027-03~}",
    ]
    lines = "".join(f"      - {each}\n" for each in releases)
    path.write_text(f"films:\n  - id: a\n    title: A\n    releases:\n{lines}")
    (reading,) = sources.read([str(path)])

    assert [str(note).removeprefix(str(path)) for note in reading.notes] == [
        ":5:46: when: 'early 2027' is read as 2027-early (write that, if it is meant)",
        (
            ":6:76: when: 'from 3 to 7 May 2027' is read as 2027-05-03/2027-05-07 "
            "(write that, if it is meant)"
        ),
    ]
    whens = [str(release.current.when) for release in reading.films[0].releases]
    assert whens == ["2027-early", "2027-05-03/2027-05-07", "2027-03~"]


@pytest.mark.parametrize(
    "title",
    [
        "Rocket Club # a comment",
        '"Rocket Club #9"',
        "'Rocket Club' #9",
        "Rocket#9",
        "Rocket & Club",
        "Rocket ! Club",
        "&a Rocket\n    distributor: *a",
        "Rocket\n    as_of: 2027-01-01 #confirmed",
        "Rocket #-----",
    ],
)
def test_what_is_clear_is_not_told(tmp_path, title):
    """Comments, texts in quotes, anchors in use and dates are no surprise."""
    assert notes(tmp_path, title) == []
