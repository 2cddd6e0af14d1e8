"""The command: whom news go to, a trial, and sending without a server."""

import json

import pytest
from click.testing import CliRunner

from releasecal.cli import main
from releasecal.store import Store, outbox
from support.data_files import FILM
from support.database import database_settings, database_url
from support.faulty_server import status
from support.receiver import SECRET, Receiver

pytestmark = pytest.mark.slow

TEST = ("notify", "--test", "club")
TABLE = """
[[notify]]
name = "club"
type = "webhook"
address = "{}/hook"
secret_env = "CLUB_SECRET"
"""


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def run(tmp_path, monkeypatch, receiver):
    """Run the command line in a folder with one film, and one target that is told of it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLUB_SECRET", SECRET)
    for name, text in database_settings(tmp_path / "state" / "releasecal.db").items():
        monkeypatch.setenv(name, text)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "films.yaml").write_text(FILM.format(when="2031-01-01"))
    (tmp_path / "releasecal.toml").write_text(TABLE.format(receiver.address))

    def run(*words, code=0):
        result = CliRunner().invoke(main, words)
        assert result.exit_code == code, result.output
        return result

    run("refresh")
    return run


def test_a_target_can_be_tried(run, receiver):
    """It gets a signed message that tells of nothing; dry, that is printed."""
    assert '"type": "test"' in run("notify", "--test", "club", "--dry-run").stdout
    assert receiver.asked == []

    assert run("notify", "--test", "club").stdout == "club has accepted a message\n"

    (message,) = receiver.accepted.values()
    assert message["type"] == "test"
    receiver.fail(status(418))
    assert "club: the request is refused (418) (check" in run(*TEST, code=1).stderr
    receiver.fail(status(401))
    assert "club: access is refused (401) (check" in run(*TEST, code=1).stderr
    assert "as in --test club --dry-run" in run("notify", "--dry-run", code=2).stderr
    assert "did you mean club?" in run("notify", "--test", "clup", code=2).stderr


def test_what_is_due_can_be_sent_without_a_server(run, receiver, tmp_path):
    """After a refresh it goes out, once; the list has what waits, and what is wrong."""
    (tmp_path / "data" / "films.yaml").write_text(FILM.format(when="2031-02-01"))
    run("refresh")
    receiver.fail(status(500), times=1)

    assert run("notify", "--send").stdout == "messages accepted: 0\n"
    listed = run("notify", code=1)
    assert "the server fails (500)" in listed.stderr
    target, type_, waiting, *_ = listed.stdout.splitlines()[1].split("\t")
    assert (target, type_, waiting) == ("club", "webhook", "1")
    store = Store.open(database_url(tmp_path / "state" / "releasecal.db"))
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE outbox SET due = 0")
        connection.exec_driver_sql("UPDATE notify_targets SET rests = NULL")
    assert run("notify", "--send").stdout == "messages accepted: 1\n"
    assert store.ask(outbox.states)["club"].waiting == 0
    store.close()
    (message,) = receiver.accepted.values()
    assert message["data"]["new"] == "2031-02-01"
    assert json.loads(receiver.asked[-1].body) == message
    assert run("notify").stdout.splitlines()[1].startswith("club\twebhook\t0\t\t20")


@pytest.mark.parametrize(
    "words",
    [("--send", *TEST[1:]), ("--send", "--dry-run"), ("--send", *TEST[1:], "--dry-run")],
)
def test_one_thing_is_done_at_a_time(run, receiver, words):
    """A trial is no round of what is due: both at once is refused, and nothing is sent."""
    assert "--send goes with neither --test nor --dry-run" in run("notify", *words, code=2).stderr
    assert receiver.asked == []


def test_a_trial_names_its_target(run):
    """The empty text, as of a variable that is not set, is no target, and no list."""
    assert "there is no target ''" in run("notify", "--test", "", code=2).stderr


def test_without_targets_it_says_what_to_set(run, tmp_path):
    """Nobody is told of anything where no table says so."""
    (tmp_path / "releasecal.toml").unlink()

    assert "[[notify]] or RELEASECAL_WEBSUB_HUBS" in run("notify", code=1).stderr
