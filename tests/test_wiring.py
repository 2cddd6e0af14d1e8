"""Wiring: from an environment to an application that answers and keeps reading."""

import os
import shutil
import sys
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.test import Client

from releasecal.clock import now
from releasecal.errors import SettingsError
from releasecal.refresh.edition_builder import Report
from releasecal.settings import Settings
from releasecal.store import refresh_status
from releasecal.telemetry import refreshes
from releasecal.telemetry.counters_of_processes import Telemetry
from releasecal.wiring import Application, application, open_notifier
from support.database import database_settings, database_url
from support.live import until
from support.paths import ROOT
from support.receiver import SECRET, Receiver

pytestmark = pytest.mark.slow


@pytest.fixture
def environment(tmp_path):
    shutil.copytree(ROOT / "data", tmp_path / "data")
    return {
        "RELEASECAL_SOURCES": str(tmp_path / "data"),
        "RELEASECAL_STATE_DIR": str(tmp_path / "state"),
        "RELEASECAL_REFRESH_EVERY": "1s",
        **database_settings(tmp_path / "state" / "releasecal.db"),
    }


@pytest.fixture
def app(environment):
    app = application(environment)
    yield app
    app.scheduler.stop()


def test_the_first_request_finds_an_edition(app):
    """The first request finds the first edition, and no thread was started for it."""
    assert not app.scheduler._scheduler.running

    answer = Client(app).get("/calendar.ics")

    assert answer.data.count(b"BEGIN:VEVENT") == 4
    assert app.scheduler._scheduler.running


def test_edits_arrive_at_the_next_tick(app, tmp_path):
    """Editing the data while it runs changes the feed by itself."""
    client = Client(app)
    assert b"20240628" in client.get("/calendar.ics").data
    path = tmp_path / "data" / "mission-impossible.yaml"
    path.write_text(path.read_text().replace("2024-06-28", "2025-05-23"))

    deadline = time.monotonic() + 15
    while b"20250523" not in client.get("/calendar.ics").data:
        assert time.monotonic() < deadline, "no tick has read the edit"
        time.sleep(0.1)


LATE = "no refresh has gone well since"  # which a busy machine says of one a second


def problems(client):
    return client.get("/readyz").json["problems"]


def test_a_change_reaches_whom_the_settings_name(environment, tmp_path):
    """A running server tells a webhook of an edit, by itself; a node that only reads tells nobody."""
    with Receiver() as receiver:
        (tmp_path / "releasecal.toml").write_text(
            f'[[notify]]\nname = "club"\ntype = "webhook"\naddress = "{receiver.address}/hook"\n'
            'secret_env = "CLUB_SECRET"\n'
        )
        environment |= {
            "RELEASECAL_CONFIG": str(tmp_path / "releasecal.toml"),
            "CLUB_SECRET": SECRET,
        }
        reader = {**environment, "RELEASECAL_ROLE": "reader"}
        assert open_notifier(Settings.read(reader), None) is None
        app = application(environment)
        try:
            Client(app).get("/calendar.ics")  # starts the scheduler
            path = tmp_path / "data" / "mission-impossible.yaml"
            path.write_text(path.read_text().replace("2024-06-28", "2025-05-23"))

            deadline = time.monotonic() + 60
            while not receiver.accepted:
                assert time.monotonic() < deadline, "nobody was told"
                time.sleep(0.1)
        finally:
            app.scheduler.stop()
    assert "2025-05-23" in {message["data"]["new"] for message in receiver.accepted.values()}


def test_a_syntax_error_changes_no_byte(app, tmp_path):
    """A broken file leaves the feed as it was, and readyz says where it is broken."""
    client = Client(app)
    before = client.get("/calendar.ics").data
    path = tmp_path / "data" / "mission-impossible.yaml"
    path.write_text(path.read_text().replace("films:", "films: ]", 1))

    deadline = time.monotonic() + 15
    while not (told := [each for each in problems(client) if not each.startswith(LATE)]):
        assert time.monotonic() < deadline, "no tick has read the edit"
        time.sleep(0.1)

    assert client.get("/calendar.ics").data == before
    (problem,) = told
    line = path.read_text().splitlines().index("films: ]") + 1
    assert problem.startswith(f"{path}:{line}:8: not YAML")


def test_an_empty_store_is_filled_without_a_scheduler(environment):
    """A server that reads nothing by time reads once, if nothing has been published."""
    client = Client(application({**environment, "RELEASECAL_REFRESH_EVERY": "0"}))

    assert client.get("/calendar.ics").data.count(b"BEGIN:VEVENT") == 4


def test_a_wrong_setting_stops_the_start(environment):
    """An application with a setting that would not do does not start."""
    with pytest.raises(SettingsError, match="did you mean RELEASECAL_SOURCES"):
        application({**environment, "RELEASECAL_SOURCE": "x"})


def test_wsgi_app_is_a_flask_app(environment, monkeypatch, tmp_path):
    """``wsgi:app`` is a Flask app, for any server and for ``flask run``."""
    monkeypatch.chdir(tmp_path)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(ROOT)
    sys.modules.pop("wsgi", None)

    import wsgi  # noqa: PLC0415 - importing it is what is tested

    assert Client(wsgi.app).get("/healthz").status_code == 200
    assert wsgi.app.test_client().get("/calendar.ics").data.count(b"BEGIN:VEVENT") == 4
    assert wsgi.app.wsgi_app.scheduler._scheduler.running
    wsgi.app.wsgi_app.scheduler.stop()
    del sys.modules["wsgi"]


def test_each_forked_process_has_a_scheduler(app):
    """Where a server loads the application and then forks, each child has a scheduler."""
    child = os.fork()
    if child == 0:
        answer = Client(app).get("/calendar.ics")
        is_right = answer.status_code == 200 and app.scheduler._scheduler.running
        os._exit(0 if is_right else 1)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert not app.scheduler._scheduler.running


class TestReader:
    """A node that answers from what another one publishes."""

    @pytest.fixture
    def nodes(self, environment, tmp_path):
        """Return a writer and what makes a reader, without sources and with more settings."""
        writer = application({**environment, "RELEASECAL_ROLE": "writer"})
        writer.scheduler._publisher.refresh()
        own = {
            "RELEASECAL_STATE_DIR": str(tmp_path / "nowhere"),
            "RELEASECAL_DATABASE_URL": database_url(tmp_path / "state" / "releasecal.db"),
            "RELEASECAL_ROLE": "reader",
        }
        return writer, lambda **more: application({**own, **more})

    def test_a_reader_answers_as_the_writer_does(self, nodes):
        """The same octets, tags, moments and max-age; and no scheduler, token or source of its own."""
        writer, reader = nodes
        node = reader()
        told = [Client(app).get("/calendar.ics") for app in (writer, node)]
        writer.scheduler.stop()

        assert told[0].data == told[1].data
        for name in ("ETag", "Last-Modified", "Cache-Control"):
            assert told[0].headers[name] == told[1].headers[name]
        assert "max-age=1," in told[1].headers["Cache-Control"]
        assert not node.scheduler._scheduler.running

    def test_a_reader_follows_the_interval_of_the_writer(self, nodes):
        """A writer that looks less often from now on lets answers of its readers be kept longer."""
        writer, reader = nodes
        node = reader()
        assert "max-age=1," in Client(node).get("/calendar.ics").headers["Cache-Control"]

        refresh_status.beat(writer.scheduler._publisher.store, now(), timedelta(minutes=7))

        def said(path):
            return Client(node).get(path).headers["Cache-Control"]

        until(lambda: "max-age=420," in said("/calendar.ics"), "a look at the database")
        assert "max-age=420," in said("/data.json")

    def test_a_reader_tells_how_the_writer_is(self, nodes):
        """Its last success and its sources; and that it has been silent for too long."""
        writer, reader = nodes
        node = reader()
        answer = Client(node).get("/readyz").json
        publisher = writer.scheduler._publisher

        assert (answer["status"], answer["problems"]) == ("ok", [])
        assert answer["last_success"]
        assert answer["sources"][0]["state"] == "ok"
        refresh_status.beat(publisher.store, now() - timedelta(hours=1), timedelta(minutes=1))
        (late,) = Client(node).get("/readyz").json["problems"]
        assert late.startswith(LATE)

    def test_a_reader_sends_refreshes_to_the_writer(self, nodes):
        """It says where to, and a client may follow if the writer's address is set."""
        _, reader = nodes
        refused = Client(reader()).post("/refresh")
        sent_on = Client(reader(RELEASECAL_WRITER_URL="https://writer.example")).post("/refresh")

        assert refused.status_code == 421
        assert "RELEASECAL_ROLE=writer" in refused.json["problems"][0]
        assert sent_on.status_code == 307
        assert sent_on.headers["Location"] == "https://writer.example/refresh"
        assert "https://writer.example/refresh" in sent_on.json["problems"][0]


def test_all_changes_of_a_first_edition_count(environment):
    """`/metrics` has those, too, of which a report has the number alone."""
    telemetry = Telemetry.alone(now)
    app = Application(Settings.read(environment), telemetry)
    before = telemetry.totals()[refreshes.CHANGES, "added"]
    report = Report(2, now(), is_news=True, was_read=True, took=timedelta())

    app.scheduler._publisher.observe(1.0, replace(report, untold={"added": 12_345}))

    assert before > 1
    assert telemetry.totals()[refreshes.CHANGES, "added"] == before + 12_345
