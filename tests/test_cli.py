"""The command line: what people and scripts read."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from urllib.request import urlopen

import pytest
import stamina
from click.testing import CliRunner

from releasecal.cli import main
from releasecal.formats import CHANGE_FORMATS
from releasecal.refresh import poster_keeper
from releasecal.settings import Settings
from releasecal.sources.schema.json_schema import json_schema
from releasecal.sources.snapshot import NOTATIONS
from releasecal.wiring import open_publisher
from support.data_files import FILM
from support.database import database_settings, database_url
from support.faulty_server import FAULTS, Answer, FaultyServer
from support.paths import ROOT
from support.site import app_of

pytestmark = pytest.mark.slow


@pytest.fixture
def run(empty_folder, monkeypatch):
    """Run the command line in a folder of its own, with a copy of the data."""
    shutil.copytree(ROOT / "data", empty_folder / "data")
    for name, text in database_settings(empty_folder / "state" / "releasecal.db").items():
        monkeypatch.setenv(name, text)

    def run(*words, status=0, **options):
        result = CliRunner().invoke(main, words, **options)
        assert result.exit_code == status, result.output
        return result

    return run


def test_check_counts_films_and_releases_of_right_data(run):
    """Good data is said to be good."""
    assert run("check").stdout == "3 films with 3 releases, nothing wrong\n"


@pytest.mark.parametrize("paths", [(), ("data",)])
def test_check_proposes_to_mend_an_id(run, tmp_path, paths):
    """A published film that is gone is told with the film that seems to be it, if asked in time."""
    (path,) = (tmp_path / "data").glob("*.yaml")
    text = path.read_text(encoding="utf-8")
    run("refresh")

    path.write_text(text.replace("mission-impossible-7", "dead-reckoning"), encoding="utf-8")
    note = run("check", *paths).stdout.splitlines()[0]

    assert note.startswith("data/mission-impossible.yaml:")
    assert "the film 'mission-impossible-7' is gone, and this one has its " in note
    assert "was: [mission-impossible-7]" in note

    text = text.replace("id: mission-impossible-7", "id: dead-reckoning")
    path.write_text(text, encoding="utf-8")
    problem = run("check", *paths, status=1).stderr.splitlines()[0]

    assert "there is no film 'mission-impossible-7' (did you mean dead-reckoning? was: [" in problem


def test_check_says_which_dates_wait_for_a_person(run, tmp_path):
    """By what is published, before anybody refreshes; a check makes no database itself."""
    own = tmp_path / "data" / "own.yaml"
    release = "{kind: theatrical, region: US, when: %s}"
    film = f"films: [{{id: own, title: Own, releases: [{release}]}}]\n"
    own.write_text(film % "2024-03-01")
    assert run("check").stdout == "4 films with 4 releases, nothing wrong\n"
    assert not (tmp_path / "state").exists()
    run("refresh")
    own.write_text(film % "2025-03-01")

    note, last = run("check").stdout.splitlines()

    assert note.startswith("own.theatrical.us: 1 Mar 2025 is more than 90 days after 1 Mar 2024")
    assert last == "4 films with 4 releases, nothing wrong, 1 note"
    assert run("check", "data").stdout.splitlines() == [note, last]
    assert "waits for a person" in run("refresh").stderr
    own.write_text(film.replace("when: %s", "revisions: [{when: 2024-03-01}, {when: 2025-03-01}]"))
    assert run("check").stdout == "4 films with 4 releases, nothing wrong\n"
    assert "Corrected from 1 Mar 2024 to 1 Mar 2025" in run("refresh").stdout


def test_check_tells_every_problem(run, tmp_path):
    """All problems at once, with their places, on standard error; exit status 1."""
    (tmp_path / "bad.yaml").write_text(
        "films:\n"
        "  - id: Bad Id\n"
        "    title: One\n"
        "    releases: [{kind: theatricle, region: US, when: 2023-02-30}]\n"
        "  - {id: two, title: Two, follows: three}\n"
    )

    lines = run("check", "bad.yaml", "data", status=1).stderr.splitlines()

    assert [line.split(": ")[0] for line in lines] == [
        "bad.yaml:2:9",
        "bad.yaml:4:23",
        "bad.yaml:4:53",
        "bad.yaml:5:36",
    ]
    assert "did you mean theatrical?" in lines[1]


def test_check_notes_what_is_not_read_and_what_is_of_the_future(run, tmp_path):
    """Files that are passed over, and sources from days that have not come, with their place."""
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "list.txt").write_text("title,when")
    (folder / "films.yaml").write_text(
        "films: []\nsources:\n  - {id: paper, title: Paper, retrieved: 2062-11-01}\n"
    )

    assert run("check", "notes").stdout.splitlines() == [
        f"notes/list.txt: not read: not a data file (their names end in {', '.join(NOTATIONS)})",
        "notes/films.yaml:3:42: retrieved: 2062-11-01 has not come yet (check the year)",
        "0 films with 0 releases, nothing wrong, 2 notes",
    ]


def test_check_tells_the_bad_rows_of_a_table(run, tmp_path):
    """Each bad row is told, with the count; exit status 1, though the others would be published."""
    rows = "".join(f"Film {number},theatrical,US,soon\n" for number in range(12))
    text = f"title,kind,region,when\nGood,theatrical,US,2027\n{rows}"
    (tmp_path / "films.csv").write_text(text)

    lines = run("check", "films.csv", status=1).stdout.splitlines()

    assert [line.split(": ")[0] for line in lines[:-1]] == [
        f"films.csv:{line}:4" for line in range(3, 15)
    ]
    assert lines[-1] == "1 film with 1 release, 12 things left out"


def test_a_table_is_imported_once(run, tmp_path):
    """`import` writes a data file that `check` finds right, and says what it has left out."""
    (tmp_path / "films.csv").write_text("title,when\nDune,7.5.2027\nBad,soon\n")
    layout = ["--kind", "theatrical", "--region", "DE", "--dates", "D.M.YYYY"]

    result = run("import", "films.csv", *layout, "--output", "films.yaml", status=1)

    assert result.stdout == ""
    assert result.stderr.startswith("films.csv:3:2: when: not a date: 'soon' (try 2026-12-18,")
    assert run("check", "films.yaml").stdout == "1 film with 1 release, nothing wrong\n"
    (tmp_path / "films.csv").write_text("title,when\nDune,7.5.2027\n")
    assert run("import", "films.csv", *layout).stdout == (tmp_path / "films.yaml").read_text()
    again = run("import", "films.csv", *layout, "--output", "films.yaml", status=1)
    assert again.stderr == "films.yaml: exists already (name another file)\n"


def test_a_date_is_added_by_options(run, tmp_path):
    """`add` writes one revision, says the weekday, and leaves every line as it was."""
    path = tmp_path / "data" / "mission-impossible.yaml"
    before = path.read_text()
    date = ["--kind", "theatrical", "--region", "US", "--when", "2024-06-21"]

    told = run("add", "--film", "mission-impossible-8", *date, "--as-of", "2023-01-02").stdout

    assert told.splitlines() == [
        "mission-impossible-8, theatrical (US): Friday, 21 Jun 2024, before: Friday, 28 Jun 2024",
        "data/mission-impossible.yaml has it",
    ]
    new = "          - {when: 2024-06-21, as_of: 2023-01-02}\n"
    assert path.read_text().replace(new, "") == before
    assert run("check").stdout == "3 films with 3 releases, nothing wrong\n"
    again = run("add", "--film", "mission-impossible-8", *date, "--as-of", "2023-01-02", status=1)
    assert "says the same as the one before it" in again.stderr


def test_a_date_is_added_by_questions(run, tmp_path):
    """What is not given is asked for, wrong answers again; nothing is written without a yes."""
    path = tmp_path / "data" / "mission-impossible.yaml"
    before = path.read_text()
    answers = "top gun maverick\n\nUK\nGB\n27.5.2022\n2022-05-25\n2022-03-01\n\nAt last\n"

    told = run("add", input=f"{answers}n\n").stdout

    assert "no country has the code 'UK' (write GB)" in told
    assert "not a date: '27.5.2022' (write 2022-05-27)" in told
    assert "  Wednesday, 25 May 2022\n" in told
    assert path.read_text() == before
    assert run("add", input=f"{answers}y\n").stdout.endswith("mission-impossible.yaml has it\n")
    assert "when: 2022-05-25, as_of: 2022-03-01, text: At last}" in path.read_text()


def test_check_names_a_missing_source(run):
    """A source that is not there is said."""
    assert "nowhere.yaml: does not exist" in run("check", "nowhere.yaml", status=1).stderr


def test_show_has_what_refresh_has_published(run):
    """What was refreshed is shown; in a pipe plainly, divided by tabs."""
    assert run("refresh").stdout.startswith("edition 1: 4 added\n")
    assert run("refresh").stdout == "edition 1 stays, nothing has changed\n"

    lines = run("show").stdout.splitlines()

    assert lines[0].split("\t") == ["when", "film", "kind", "region", "channel", "status", "moves"]
    assert [line.split("\t")[0] for line in lines[1:]] == [
        "27 May 2022",
        "14 Jul 2023",
        "28 Aug 2023",
        "28 Jun 2024",
    ]
    assert run("show", "--kind", "sequel").stdout.count("\n") == 2


def test_show_has_what_holds_now(run, tmp_path):
    """A release has one row, with the date that holds now, on whatever day its event stands."""

    def announced(*facts):
        releases = ["{kind: tv, region: US, when: 2027-Q3}", *facts]
        lines = "".join(f"      - {release}\n" for release in releases)
        film = f"films:\n  - id: film\n    title: Film\n    releases:\n{lines}"
        (tmp_path / "film.yaml").write_text(film)
        run("refresh")
        shown = [run("show", *words).stdout for words in ((), ("--undated", "span"))]
        return [[line.split("\t")[0::5] for line in text.splitlines()[1:]] for text in shown]

    (tmp_path / "releasecal.toml").write_text('RELEASECAL_SOURCES = "film.yaml"\n')
    quarter = ["Q3 2027", "scheduled"]

    for said, when, status in [
        ("2027-03-05", "5 Mar 2027", "confirmed"),
        ("2027-03", "March 2027", "scheduled"),
        ("2027-summer", "summer 2027", "scheduled"),
        ("null", "no date yet", "scheduled"),
        ("2027-06-04", "4 Jun 2027", "confirmed"),
        ("2027-06-04, status: cancelled", "4 Jun 2027", "cancelled"),
    ]:
        for rows in announced(f"{{kind: theatrical, region: US, when: {said}}}"):
            assert sorted(rows) == sorted([[when, status], quarter])
    assert announced() == [[["4 Jun 2027", "withdrawn"], quarter]] * 2


def test_show_gives_the_feeds_bytes(run):
    """``--format`` gives what the feed gives."""
    run("refresh")

    calendar = run("show", "--format", "ics", "--region", "us").stdout_bytes
    document = json.loads(run("show", "--format", "json").stdout)

    assert calendar.startswith(b"BEGIN:VCALENDAR\r\n")
    assert calendar.count(b"BEGIN:VEVENT") == 4
    assert len(document["releases"]) == 4


def test_a_feed_says_how_often_to_ask(run, monkeypatch):
    """The setting is in both properties that calendar programs look for."""
    monkeypatch.setenv("RELEASECAL_ASK_EVERY", "90m")
    run("refresh")

    lines = run("show", "--format", "ics").stdout_bytes.split(b"\r\n")

    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H30M" in lines
    assert b"X-PUBLISHED-TTL:PT1H30M" in lines


def test_show_has_the_dates_announced_by_a_day(run, tmp_path):
    """What had been announced by a day in the past."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    sources = "examples/after-the-article,data"
    (tmp_path / "releasecal.toml").write_text(f'RELEASECAL_SOURCES = "{sources}"\n')
    run("refresh")

    lines = run("show", "--as-of", "2021-04-30", "--kind", "theatrical").stdout.splitlines()

    assert [line.split("\t")[0] for line in lines[1:]] == [
        "19 Nov 2021",
        "27 May 2022",
        "7 Jul 2023",
    ]
    assert "is of now" in run("show", "--as-of", "2021-04-30", "--format", "ics", status=2).stderr


def test_show_refuses_an_unknown_kind_as_the_web_does(run):
    """A selection that cannot be is told as on the web."""
    run("refresh")

    result = run("show", "--kind", "theatricle", status=2)

    assert result.stderr == "kind: there is no kind 'theatricle' (did you mean theatrical?)\n"


def test_refresh_of_broken_data_fails_and_publishes_nothing(run, tmp_path):
    """Exit status 1 with the reasons; what was published stays."""
    run("refresh")
    path = tmp_path / "data" / "mission-impossible.yaml"
    path.write_text(path.read_text().replace("2024-06-28", "soon"))

    result = run("refresh", status=1)

    assert "not a date: 'soon'" in result.stderr
    assert "28 Jun 2024" in run("show").stdout


def test_refresh_prints_its_report_as_json(run):
    """A report for scripts."""
    report = json.loads(run("refresh", "--json").stdout)

    assert report["counts"] == {"added": 4}
    assert report["is_news"]


def test_changes_are_listed_newest_first(run, tmp_path):
    """Newest first, old and new in words."""
    run("refresh")
    path = tmp_path / "data" / "mission-impossible.yaml"
    path.write_text(path.read_text().replace("2024-06-28", "2025-05-23"))
    run("refresh")

    lines = run("changes").stdout.splitlines()

    assert "Moved from 28 Jun 2024 to 23 May 2025" in lines[1]
    assert len(lines) == 2
    assert len(run("changes", "--added").stdout.splitlines()) == 6
    assert len(run("changes", "--added", "--limit", "3").stdout.splitlines()) == 4


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["--film", "mission-impossible-8"], 1),
        (["--film", "mission-impossible-7"], 0),
        (["--added", "--film", "mission-impossible-7,mission-impossible-8"], 4),
        (["--series", "mission-impossible", "--region", "us"], 1),
        (["--region", "FR"], 0),
        (["--since", "1"], 1),
        (["--since", "2"], 0),
        (["--since", "2000-01-01T00:00:00Z"], 1),
        (["--added", "--before", "3"], 2),
    ],
)
def test_changes_are_narrowed_as_on_the_web(run, tmp_path, words, count):
    """The same changes, and in each format the same bytes."""
    run("refresh")
    path = tmp_path / "data" / "mission-impossible.yaml"
    path.write_text(path.read_text().replace("2024-06-28", "2025-05-23"))
    run("refresh")
    given = [word.removeprefix("--") for word in words]
    flags, pairs = (["added"], given[1:]) if "added" in given else ([], given)
    query = {**dict.fromkeys(flags, "1"), **dict(zip(pairs[::2], pairs[1::2], strict=True))}

    shown = run("changes", *words)

    assert len(shown.stdout.splitlines()) == 1 + count
    assert ("there are no such changes" in shown.stderr) == (count == 0)
    client = app_of(open_publisher(Settings.read(os.environ))).test_client()
    for form in CHANGE_FORMATS:
        printed = run("changes", *words, "--format", form, "--limit", "200").stdout_bytes
        assert client.get(f"/changes.{form}", query_string=query).data == printed


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--film nobody", "film: there is no film 'nobody' (the addresses of pages have the ids)"),
        ("--film mission-imposible-8", "(did you mean mission-impossible-8?)"),
        ("--series mission-imp", "series: there is no series 'mission-imp' (did you mean mission-"),
        ("--region XX", "region: there is no region 'XX'"),
        ("--since yesterday", "since: neither a moment with its zone nor the number of an edition"),
        ("--before x", "before: not the id of a change: 'x'"),
        ("--limit 0", "'--limit': 0 is not in the range 1<=x<=10000"),
    ],
)
def test_changes_refuses_a_wrong_query_as_the_web_does(run, words, message):
    """The words are those of the web; exit status 2."""
    run("refresh")

    assert message in run("changes", *words.split(), status=2).stderr


@pytest.mark.parametrize("command", ["show", "changes"])
def test_a_command_without_an_edition_says_what_to_do(run, command):
    """It says what to do first."""
    assert "try: releasecal refresh" in run(command, status=1).stderr


def test_schema_prints_the_schema_of_data_files(run):
    """The schema that the data files name."""
    assert json.loads(run("schema").stdout) == json_schema()


def test_token_prints_the_same_token_each_time(run, tmp_path):
    """Made once, printed ever after."""
    first = run("token").stdout

    assert run("token").stdout == first
    assert (tmp_path / "state" / "refresh-token").read_text() == first


def test_a_wrong_setting_ends_a_command_with_status_1(run, monkeypatch):
    """A setting that would not do is said; exit status 1."""
    monkeypatch.setenv("RELEASECAL_REFRESH_EVERY", "often")

    assert "cannot be 'often'" in run("refresh", status=1).stderr


@pytest.mark.parametrize("command", [[], *([name] for name in main.commands)])
def test_help_has_examples(run, command):
    """Every command explains itself, with its exit status or an example."""
    text = run(*command, "--help").stdout

    assert "xample" in text
    assert max(map(len, text.splitlines())) <= 100


def test_help_is_true_of_options(run):
    """A flag takes no 1, and a value is written as it is given."""
    text = " ".join(run("show", "--help").stdout.split())

    assert "--emoji An emoji for its kind" in text
    assert "--limit TEXT How much it has: usual, what fits into a feed" in text
    assert "or none, all there is" in text


def on_a_terminal(folder, *command):
    """Return what Python, run with *command*, writes where output and errors go to a terminal."""
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, *command], cwd=folder, stdout=theirs, stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "120"},
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # which is how a terminal ends on Linux
        while piece := os.read(ours, 65_536):
            shown += piece
    os.close(ours)
    assert process.wait(20) == 0
    return shown


LONG_WORK = """
import time
from releasecal.cli import tables
tables._PATIENCE = {patience}
with tables.progress_bar() as report:
    for done in range(5):
        report("reading films", done, 5)
        time.sleep(0.1)
"""


def test_long_work_shows_progress(tmp_path):
    """Work that outlasts our patience has a bar on a terminal; short or piped work has none."""
    long, short = LONG_WORK.format(patience=0), LONG_WORK.format(patience=60)

    assert "━".encode() in on_a_terminal(tmp_path, "-c", long)
    assert b"reading films" in on_a_terminal(tmp_path, "-c", long)
    assert on_a_terminal(tmp_path, "-c", short) == b""
    piped = subprocess.run([sys.executable, "-c", long], capture_output=True, check=True)
    assert piped.stdout + piped.stderr == b""


def test_a_long_report_is_cut(run, tmp_path):
    """A first edition of many films does not fill the screen."""
    films = [
        {"id": f"f{i}", "title": "F", "releases": [{"kind": "tv", "region": "US", "when": "2031"}]}
        for i in range(200)
    ]
    (tmp_path / "data" / "many.json").write_text(json.dumps({"films": films}))

    lines = run("refresh").stdout.splitlines()

    assert lines[-1] == "  … and 104 more (releasecal changes --added has them)"
    assert len(lines) == 102


def test_on_a_terminal_there_are_colours_and_tables(run, tmp_path):
    """A terminal gets a table; what is piped is plain."""
    run("refresh")
    shown = on_a_terminal(tmp_path, "-m", "releasecal", "show")

    assert b"\x1b[1m" in shown
    assert b"\t" not in shown


@pytest.mark.usefixtures("run")
def test_serve_answers_until_it_is_stopped(tmp_path):
    """The server answers, tells its address, and stops when told to."""
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "releasecal", "serve", "--port", "18423", "--workers", "2"],
            cwd=tmp_path, stdout=out, stderr=out,
        )  # fmt: skip
    try:
        body = _get("http://127.0.0.1:18423/calendar.ics")
        assert body.count(b"BEGIN:VEVENT") == 4
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    assert "subscribe to http://localhost:18423/calendar.ics" in log.read_text()
    assert process.returncode == 0
    assert (tmp_path / "state" / "refresh-token").read_text().strip() not in log.read_text()


def test_serve_refuses_a_port_that_is_taken(run):
    """A port that is taken, and an address that is not ours, are one clear line."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        taken = run("serve", "--port", str(port), status=1).stderr

    assert f"127.0.0.1, port {port}: Address already in use (stop what answers there" in taken
    assert "another --host" in run("serve", "--host", "host.invalid", status=1).stderr


def test_serve_ends_where_nothing_can_be_published(run, monkeypatch):
    """Without an edition, data that is named and missing stops the start, with the reasons."""
    monkeypatch.setenv("RELEASECAL_SOURCES", "elsewhere")

    assert "elsewhere: does not exist" in run("serve", status=1).stderr


def _get(address):
    deadline = time.monotonic() + 30
    while True:
        try:
            with urlopen(address, timeout=5) as answer:
                return answer.read()
        except OSError:
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.1)


WEB = """
[[source]]
type = "files"
address = "data"

[[source]]
id = "web"
type = "file"
address = "{address}/data.json"
"""
DUNE = {"kind": "theatrical", "region": "US", "when": "2031-10-22"}


@pytest.fixture
def web(tmp_path):
    """Give a server that the settings name as a source."""
    films = [{"id": "dune", "title": "Dune", "releases": [DUNE]}]
    with FaultyServer(lambda _: Answer.of({"films": films})) as server:
        (tmp_path / "releasecal.toml").write_text(WEB.format(address=server.address))
        with stamina.set_testing(True, attempts=1):
            yield server


def test_refresh_fetches_what_is_due(run, web):
    """A source that is fetched is looked at when it is due, and when it is named."""
    assert "Dune (dune.theatrical.us): Set for 22 Oct 2031" in run("refresh").stdout
    run("refresh")
    assert len(web.asked) == 1

    run("refresh", "--source", "web")

    assert len(web.asked) == 2


def test_refresh_knows_the_sources_that_are_fetched(run, web):
    """Another name is wrong usage, with the nearest one."""
    result = run("refresh", "--source", "wbe", status=2)

    assert "no source that is fetched is called 'wbe' (did you mean web?)" in result.stderr
    assert web.asked == []


def test_a_source_that_cannot_be_fetched_is_an_exit_status(run, web):
    """What is known of it stays; the others are published."""
    run("refresh")
    web.fail(FAULTS["500"][0])

    result = run("refresh", "--source", "web", status=1)

    assert "stays, nothing has changed" in result.stdout
    assert result.stderr.startswith("web: the server fails")
    assert "dune" in run("show", "--past", "36000").stdout.casefold()


def test_sources_are_listed(run, web):
    """Each with its type, its state, its looks and what it has."""
    assert "not published" not in run("sources").stdout
    run("refresh")
    web.fail(FAULTS["500"][0])
    run("refresh", "--source", "web", status=1)

    result = run("sources")

    heading, files, fetched = (line.split("\t") for line in result.stdout.splitlines())
    assert heading[:3] == ["source", "type", "state"]
    assert heading[4] == "age"
    assert files[4] == fetched[4] == "0m"
    assert files[:3] == ["data", "files", "ok"]
    assert fetched[:3] == ["web", "file", "unreadable"]
    assert fetched[-2:] == ["1", "1"]
    assert result.stderr.startswith("web: web: the server fails")


def test_check_reads_what_was_fetched(run, web):
    """It asks nobody: what was never fetched is noted, and what was is checked with the files."""
    assert "web: not fetched yet" in run("check").stdout
    assert web.asked == []
    run("refresh")

    assert "4 films with 4 releases, nothing wrong" in run("check").stdout


def test_export_writes_a_site(run, tmp_path, monkeypatch):
    """What is published becomes files; a second time there is nothing to write."""
    run("refresh")
    assert "set RELEASECAL_PUBLIC_URL" in run("export", "site", status=1).stderr
    monkeypatch.setenv("RELEASECAL_PUBLIC_URL", "https://films.example")
    run("refresh")

    first, second = run("export", "site").stdout, run("export", "--packed", "site").stdout

    assert re.fullmatch(r"edition 2: \d+ files written, 0 as they were, 0 removed\n", first)
    assert (tmp_path / "site" / "films" / "mission-impossible-7.ics.gz").exists()
    assert second != first
    assert run("export", "--packed", "site").stdout.startswith("edition 2: 0 files written, ")


@pytest.fixture
def published(tmp_path):
    """Return a server of what is in the folder `published`; it fails where `down` is there."""

    def answer(asked):
        if (tmp_path / "down").exists():
            return Answer(status=500)
        path = tmp_path / "published" / asked.path.strip("/")
        return Answer(path.read_bytes()) if path.is_file() else Answer(status=404)

    with FaultyServer(answer) as server:
        yield server


def go_elsewhere(folder, monkeypatch):
    """Go on as on another machine, which has neither the database nor what lies beside it."""
    shutil.rmtree(folder / "state", ignore_errors=True)
    number = len(list(folder.glob("machine-*")))
    (folder / f"machine-{number}").mkdir()
    for name, text in database_settings(folder / f"machine-{number}" / "releasecal.db").items():
        monkeypatch.setenv(name, text)


def test_build_goes_on_from_what_is_published(run, tmp_path, monkeypatch, published):
    """On a machine without a database the history goes on: the event that moved has a SEQUENCE."""
    monkeypatch.setenv("RELEASECAL_PUBLIC_URL", published.address)
    data = tmp_path / "data" / "films.yaml"
    data.write_text(FILM.format(when="2031-07-14"))
    first = run("build", "published")
    go_elsewhere(tmp_path, monkeypatch)
    data.write_text(FILM.format(when="2031-08-14"))

    second = run("build", "site")

    assert "nothing is published at" in first.stdout
    assert f"restored from {published.address}/ledger.jsonl" in second.stdout
    event = (tmp_path / "site" / "films" / "film.ics").read_bytes().replace(b"\r\n ", b"")
    assert b"SEQUENCE:1" in event
    assert b"Moved from 14 Jul 2031 to 14 Aug 2031" in event
    monkeypatch.setenv("RELEASECAL_DATABASE_URL", database_url(tmp_path / "other.db"))
    assert "rows restored" in run("restore", f"{published.address}/").stdout


def test_build_begins_anew_only_where_nothing_is(run, tmp_path, monkeypatch, published):
    """A site that cannot be read, or that has lost its ledger, stops a build; nothing is written."""
    monkeypatch.setenv("RELEASECAL_PUBLIC_URL", published.address)
    run("build", "published")
    go_elsewhere(tmp_path, monkeypatch)
    (tmp_path / "published" / "ledger.jsonl").unlink()
    lost = run("build", "site", status=1).stderr
    (tmp_path / "down").touch()
    down = run("build", "site", status=1).stderr

    assert "its history would be lost" in lost
    assert "the server fails (500) (nothing is written; run it again later)" in down
    assert "retry" not in down
    assert not (tmp_path / "site").exists()


PNG = b"\x89PNG\r\n\x1a\nrest"


@pytest.fixture
def images(tmp_path, monkeypatch):
    """Return a host of posters that is allowed, and which 23 films of the data have one at."""

    def answer(asked):
        return Answer(PNG + asked.path.encode(), headers={"Content-Type": "image/png"})

    monkeypatch.setenv("RELEASECAL_POSTER_HOSTS", "127.0.0.1")
    shutil.rmtree(tmp_path / "data")
    (tmp_path / "data").mkdir()
    with FaultyServer(answer) as server:
        films = [
            {
                "id": f"film-{number:03}",
                "title": f"Film {number}",
                "poster": f"{server.address}/{number}.png",
                "releases": [{"kind": "theatrical", "region": "US", "when": f"{2031 + number}"}],
            }
            for number in range(23)
        ]
        (tmp_path / "data" / "films.json").write_text(json.dumps({"films": films}))
        yield server


def posters_of(folder):
    """Return the octets of all posters in the site *folder*, and how many pages show one."""
    pages = [page for page in folder.glob("films/*/index.html") if "/posters/" in page.read_text()]
    return {path.name: path.read_bytes() for path in folder.glob("posters/*")}, len(pages)


def test_build_goes_on_with_published_posters(run, tmp_path, monkeypatch, published, images):
    """
    An export takes ten rounds of new posters, and an empty machine has them from the site.

    So each build adds more, asks for none twice, and shows all of them while their host is away.
    """
    monkeypatch.setattr(poster_keeper, "AT_ONCE", 2)
    monkeypatch.setenv("RELEASECAL_PUBLIC_URL", published.address)
    run("build", "published")
    first, shown = posters_of(tmp_path / "published")
    go_elsewhere(tmp_path, monkeypatch)
    assert len(first) == len(images.asked) == shown == 20

    run("build", "site")
    second, shown = posters_of(tmp_path / "site")
    assert len(second) == len(images.asked) == len({each.path for each in images.asked}) == 23
    assert first.items() < second.items()
    assert shown == 23

    go_elsewhere(tmp_path, monkeypatch)
    images.fail(FAULTS["500"][0])
    run("build", "third")
    assert posters_of(tmp_path / "third") == (first, 20)


def test_export_takes_folders_and_buckets(run, monkeypatch):
    """Another place is an error that names those there are."""
    monkeypatch.setenv("RELEASECAL_PUBLIC_URL", "https://films.example")
    run("refresh")

    assert "a folder, or one of s3://bucket" in run("export", "ftp://host", status=1).stderr
