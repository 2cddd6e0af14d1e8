"""The commands about access: tokens are shown once, listed by name, and taken back."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from releasecal.cli import main
from releasecal.store import Store, access_tokens
from support.database import database_settings, database_url, rows

NOW = datetime.now(UTC)


@pytest.fixture
def run(empty_folder, monkeypatch):
    """Run the command line in a folder of its own with a data folder."""
    (empty_folder / "data").mkdir()
    for name, text in database_settings(empty_folder / "state" / "releasecal.db").items():
        monkeypatch.setenv(name, text)

    def run(*words, status=0):
        result = CliRunner().invoke(main, ["token", *words])
        assert result.exit_code == status, result.output
        return result

    return run


def found(token, scope="refresh"):
    """Return the record of *token* in the database of the folder, if it has the *scope*."""
    store = Store.open(database_url(Path.cwd() / "state" / "releasecal.db"), create=False)
    record = access_tokens.find(store, token, scope, NOW)
    store.close()
    return record


def kept():
    """Return all rows of the database of the folder, as a text; a token is among them."""
    store = Store.open(database_url(Path.cwd() / "state" / "releasecal.db"), create=False)
    told = rows(store)
    store.close()
    assert told["access_tokens"]
    return repr(told)


def test_a_new_token_is_shown_once(run):
    """On standard output and nothing else; afterwards no command, no row and no file has it."""
    made = run("add", "ci")
    token = made.stdout.strip()

    assert made.stdout == f"{token}\n"
    assert token not in made.stderr
    assert "shown once" in made.stderr
    assert found(token).name == "ci"
    assert token not in run("list").output
    assert token[-20:] not in kept()
    files = [path for path in Path("state").rglob("*") if path.is_file()]
    assert all(token[-20:].encode() not in path.read_bytes() for path in files)


def test_tokens_are_listed_with_scopes_and_ends(run):
    """One a line, by name; an end is told, and where there is none."""
    assert "there are no tokens" in run("list").stderr
    run("add", "editor", "--scope", "accept-loss", "--scope", "refresh")
    run("add", "brief", "--expires", "1s")
    run("add", "ci", "--expires", "30d")

    lines = [line.split("\t") for line in run("list").stdout.splitlines()]

    assert lines[0] == ["name", "scopes", "made", "expires", "selection"]
    assert [line[:2] for line in lines[1:]] == [
        ["brief", "refresh"],
        ["ci", "refresh"],
        ["editor", "refresh accept-loss"],
    ]
    assert lines[3][3] == "never"


def test_a_revoked_token_counts_no_more(run):
    """It is gone, and its name can be given again."""
    token = run("add", "ci").stdout.strip()

    run("revoke", "ci")

    assert found(token) is None
    assert run("add", "ci").stdout.strip() != token


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["revoke", "robto"], 2, "there is no token called 'robto' (did you mean robot?)"),
        (["revoke", "zzz"], 2, "there is no token called 'zzz' (releasecal token list"),
        (["add", "robot"], 1, "there is a token called 'robot' (releasecal token revoke"),
        (["add", " "], 2, "the name of a token cannot be ' ' (a text of one line"),
        (["add", "a\nb"], 2, "cannot be 'a\\nb'"),
        (["add", "x" * 81], 2, "up to 80 characters"),
        (
            ["add", "x", "--expires", "0"],
            2,
            "not a time above zero: '0' (a duration such as 30s, 15m",
        ),
        (
            ["add", "x", "--expires", "3x"],
            2,
            "not a time above zero: '3x' (a duration such as 30s, 15m",
        ),
        (["add", "x", "--expires", "soon"], 2, "a duration such as 30s, 15m"),
        (["add", "x", "--scope", "all"], 2, "'all' is not one of"),
    ],
)
def test_wrong_words_say_what_would_do(run, words, status, told):
    """Nothing is made or taken back, and nothing that could be a token is shown."""
    run("add", "robot")

    answer = run(*words, status=status)

    assert told in " ".join(answer.stderr.split())
    assert answer.stdout == ""
    assert len(run("list").stdout.splitlines()) == 2


def test_a_token_to_read_is_an_address(run, monkeypatch):
    """Of the whole site, or of the calendar that a query selects; the list has the selection."""
    monkeypatch.setenv("RELEASECAL_PUBLIC_URL", "https://films.example")

    whole = run("add", "ann", "--scope", "read").stdout.strip()
    part = run("add", "ben", "--scope", "read", "--query", "?region=DE&kind=theatrical").stdout

    start = "https://films.example/t/"
    assert found(whole.removeprefix(start).strip("/"), "read").query == ""
    token = part.removeprefix(start).removesuffix("/calendar.ics\n")
    assert found(token, "read").query == "kind=theatrical&region=DE"
    lines = run("list").stdout.splitlines()
    assert [line.split("\t")[4] for line in lines] == ["selection", "", "kind=theatrical&region=DE"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--scope", "read", "--scope", "refresh"], "read goes with no other one"),
        (["--query", "kind=tv"], "--query says what a token to read may read (add --scope read)"),
        (["--scope", "read", "--query", "kind=theatricle"], "did you mean theatrical?"),
        (["--scope", "read", "--query", "as-of=2026-01-01"], "as-of is no part of a feed"),
    ],
)
def test_a_token_to_read_is_for_nothing_else(run, words, told):
    """Addresses are seen by many programs; a query that selects nothing makes no token."""
    assert told in " ".join(run("add", "x", *words, status=2).stderr.split())
    assert "there are no tokens" in run("list").stderr


def test_the_token_of_the_settings_is_printed_as_before(run, tmp_path):
    """Without a word behind it, and without a database."""
    assert run().stdout == (tmp_path / "state" / "refresh-token").read_text()
    assert not (tmp_path / "state" / "releasecal.db").exists()
