"""The commands lint and diff: output for people and programs, and exit statuses."""

import json
import shutil

import pytest
from click.testing import CliRunner

from releasecal.cli import main
from support.broken_feeds import BREAKS, GOOD, swap, to_event
from support.faulty_server import Answer, FaultyServer
from support.paths import ARTICLE, DATA

pytestmark = pytest.mark.slow


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.ics").write_bytes(GOOD)

    def run(*words, status=0):
        result = CliRunner().invoke(main, words)
        assert result.exit_code == status, result.output
        return result

    return run


def test_a_clean_feed_is_said_to_be_clean(run):
    """A feed without findings is told as such, with exit status 0."""
    assert run("lint", "good.ics").stdout == "nothing wrong\n"


def test_a_finding_says_where_what_and_what_would_do(run, tmp_path):
    """A finding has file, line, column, rule and remedy, the content line, and what clients do."""
    (tmp_path / "bad.ics").write_bytes(swap("IMAX\\,", "IMAX,")(GOOD))

    lines = run("lint", "bad.ics", status=1).stdout.splitlines()

    assert lines[0] == (
        "bad.ics:35:30: warning bare-comma: DESCRIPTION has a comma (write \\, for each comma in a text)"
    )
    assert lines[1].startswith("    DESCRIPTION:In cinemas\\; IMAX, 70 mm.")
    assert lines[2].startswith("    clients: libical and KDE cut the text there")
    assert lines[3] == "1 warning"


@pytest.mark.parametrize(
    ("rule", "fail_on", "status"),
    [
        ("white-space", "warning", 0),
        ("white-space", "note", 1),
        ("bare-comma", "error", 0),
        ("nul", "error", 1),
        ("nul", "note", 1),
    ],
)
def test_the_exit_status_is_that_of_the_worst(run, tmp_path, rule, fail_on, status):
    """--fail-on says which severity fails."""
    (tmp_path / "bad.ics").write_bytes(BREAKS[rule][0](GOOD))

    run("lint", "--fail-on", fail_on, "bad.ics", status=status)


@pytest.mark.parametrize(
    "name", ["missing.ics", ".", "https://10.0.0.1/a.ics", "http://films.example/a"]
)
def test_what_cannot_be_read_is_status_2(run, name):
    """A file or an address that cannot be read is said, with exit status 2."""
    for words in (("lint", name), ("diff", "good.ics", name)):
        result = run(*words, status=2)

        assert name in result.stderr
        assert "Traceback" not in result.output


def test_an_address_of_another_sort_says_which_are_read(run):
    """It is looked for as a file, and the message says how an address begins."""
    told = run("lint", "ftp://films.example/a.ics", status=2).stderr

    assert "No such file" in told
    assert "begins with https://, http:// or webcal://" in told


@pytest.mark.parametrize("words", [("page.html", "good.ics"), ("good.ics", "page.html")])
def test_no_calendar_has_no_differences(run, tmp_path, words):
    """A page or an empty answer is none without events: a subscriber's program keeps what it had."""
    (tmp_path / "page.html").write_text("<p>Not here</p>")

    told = run("diff", *words, status=2)

    assert told.stdout == ""
    assert told.stderr.startswith("page.html: is no calendar: nothing begins with BEGIN:VCALENDAR")


def test_many_findings_alike_are_counted(run, tmp_path):
    """Of one rule ten findings are printed, and the number of the rest."""
    (tmp_path / "bad.ics").write_bytes(to_event("\n".join(["NO COLON"] * 25))(GOOD))

    output = run("lint", "bad.ics", status=1).stdout

    assert output.count("error not-a-property") == 10
    assert "and 15 more like these" in output
    assert output.endswith("25 errors\n")


def test_a_feed_does_not_steer_the_terminal(run, tmp_path):
    """Control characters of a feed reach neither the terminal nor the JSON."""
    (tmp_path / "bad.ics").write_bytes(swap("🎬", "\x1b[31m")(GOOD).replace(b"Three", b"\xff"))

    assert "\x1b" not in run("lint", "bad.ics", status=1).output
    assert "\x1b" not in run("lint", "--format", "json", "bad.ics", status=1).output
    assert "\x1b" not in run("diff", "good.ics", "bad.ics", status=1).output


def test_json_has_all_that_people_read(run, tmp_path):
    """--format json gives each finding with its rule, place, severity, source and remedy."""
    (tmp_path / "bad.ics").write_bytes(BREAKS["nul"][0](GOOD))

    told = json.loads(run("lint", "--format", "json", "bad.ics", status=1).stdout)

    assert told["counts"] == {"error": 1, "warning": 0, "note": 0}
    (found,) = told["findings"]
    assert (found["rule"], found["line"], found["column"]) == ("nul", 34, 21)
    assert all(
        found[name] for name in ("severity", "what", "content", "source", "clients", "remedy")
    )


def test_an_address_is_judged_with_its_server(run):
    """Of an address the server's answers are judged, and then the feed."""
    answer = Answer(BREAKS["nul"][0](GOOD), headers={"Content-Type": "text/html"})
    with FaultyServer(lambda _: answer) as server:
        told = json.loads(
            run("lint", "--format", "json", f"{server.address}/a.ics", status=1).stdout
        )

    assert {"content-type", "no-validator", "nul"} <= {each["rule"] for each in told["findings"]}


@pytest.mark.sqlite("without a setting it is a file")
def test_diff_tells_what_the_change_log_tells(run, tmp_path, monkeypatch):
    """Of two days of the shipped example, diff tells the arrivals, moves and titles of the log."""
    shutil.copytree(DATA, tmp_path / "data")
    shutil.copytree(ARTICLE, tmp_path / "after")
    run("refresh")
    (tmp_path / "a.ics").write_bytes(run("show", "--format", "ics").stdout_bytes)
    monkeypatch.setenv("RELEASECAL_SOURCES", "after,data")
    run("refresh")
    (tmp_path / "b.ics").write_bytes(run("show", "--format", "ics").stdout_bytes)
    log = json.loads(run("changes", "--added", "--format", "json").stdout)["changes"]
    news = [each for each in log if each["edition"] == 2]

    told = json.loads(run("diff", "--format", "json", "a.ics", "b.ics").stdout)["changes"]

    def seen(kind):
        return {each["uid"]: (each["from"], each["to"]) for each in told if each["change"] == kind}

    moves = [each for each in news if each["old"] and each["new"] and each["old"] != each["new"]]
    assert {uid: to for uid, (_, to) in seen("new").items()} == {
        each["release"]: each["new"] for each in news if each["change"] == "added"
    }
    assert seen("moved") == {each["release"]: (each["old"], each["new"]) for each in moves}
    assert seen("renamed").keys() == {
        each["release"] for each in news if each["change"] == "retitled"
    }
    assert len(seen("moved")) == 3
    assert not any(each["faults"] for each in told)


def test_diff_of_a_feed_that_misleads_is_status_1(run, tmp_path):
    """A move that clients pass over is told with them, with exit status 1."""
    (tmp_path / "moved.ics").write_bytes(
        swap("DTEND;VALUE=DATE:20261219", "DTEND;VALUE=DATE:20261220")(GOOD)
    )

    output = run("diff", "good.ics", "moved.ics", status=1).stdout

    assert output.startswith(
        "moved.ics:29:1: other end: 🎬 Dune: Part Three, from 2026-12-19 to 2026-12-20"
    )
    assert "same-revision: Evolution passes over it" in output
    assert run("diff", "good.ics", "good.ics").stdout == "subscribers see no difference\n"
