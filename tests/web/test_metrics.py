"""``/metrics``: read by the client library's own parser, true, and for those who may read it."""

import re
from datetime import timedelta
from ipaddress import ip_network

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import Client

from releasecal.errors import StoreError
from releasecal.store import outbox, schema
from releasecal.telemetry import refreshes
from releasecal.telemetry.counters_of_processes import Telemetry
from support.build import NOW
from support.paths import ROOT
from support.site import app_of

HERE = (ip_network("127.0.0.0/8"), ip_network("::1"))
RULES = yaml.safe_load((ROOT / "deploy" / "releasecal.rules.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def telemetry():
    return Telemetry.alone(lambda: NOW)


@pytest.fixture
def client(publisher, telemetry):
    return Client(app_of(publisher, telemetry=telemetry, metrics_from=HERE).wsgi_app)


def read(client, **environ):
    """Return the samples by name and labels, as the client library reads them."""
    answer = client.get("/metrics", environ_overrides={"REMOTE_ADDR": "127.0.0.1", **environ})
    assert answer.status_code == 200
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_answers_count_by_route_and_status(client):
    """Each answer counts with the rule of its route, from the cache or not; no address is a label."""
    etag = client.get("/calendar.ics").headers["ETag"]
    for _ in range(3):
        client.get("/calendar.ics", headers={"If-None-Match": etag})
    client.get("/calendar.ics?kind=nonsense")
    client.get("/films/film.ics?x=1")
    client.head("/films/film.ics?x=1")
    for address in ("/nowhere", "/films/nobody", "/wp-login.php"):
        client.get(address)

    found = {key[1:]: value for key, value in read(client).items() if "requests_total" in key[0]}
    assert found == {
        ("/calendar.ics", "200"): 1,
        ("/calendar.ics", "304"): 3,
        ("/calendar.ics", "400"): 1,
        ("/films/<film>.ics", "200"): 2,
        ("/films/<film_id>", "404"): 1,
        ("other", "404"): 2,
    }


def test_cold_answers_count_once(client):
    """An answer that the cache did not have counts as cold, and none waits afterwards."""
    for _ in range(3):
        client.get("/calendar.ics")
    client.get("/calendar.json")

    found = read(client)
    assert found["releasecal_cold_answers_total",] == 2
    assert found["releasecal_cold_answers_seconds_total",] > 0
    assert found["releasecal_queue",] == 0


def test_refreshes_count_by_outcome_and_duration(client, telemetry):
    """Outcomes, changes by kind, and a histogram whose last bucket has all."""
    refreshes.count(telemetry.counters, "published", 3.0, {"delayed": 2, "added": 1})
    refreshes.count(telemetry.counters, "failed", 5_000.0)

    found = read(client)
    assert found["releasecal_refreshes_total", "published"] == 1
    assert found["releasecal_refreshes_total", "failed"] == 1
    assert found["releasecal_changes_total", "delayed"] == 2
    bucket = "releasecal_refresh_duration_seconds_bucket"
    ends = [found[bucket, end] for end in ("1.0", "5.0", "3600.0", "+Inf")]
    assert ends == [0, 1, 1, 2]
    assert found["releasecal_refresh_duration_seconds_sum",] == 5_003


def test_ages_are_those_of_the_last_good_looks(publisher, telemetry):
    """
    The data is as old as the last refresh that went well, in whichever process; so are files.

    `/readyz` tells the same of them.
    """
    later = publisher.clock() + timedelta(minutes=10)
    client = Client(
        app_of(publisher, telemetry=telemetry, metrics_from=HERE, clock=lambda: later).wsgi_app
    )
    found = read(client)
    assert found["releasecal_edition",] == 1
    assert found["releasecal_edition_age_seconds",] >= 600
    (source,) = [key for key in found if key[0] == "releasecal_source_age_seconds"]
    assert found[source] == found["releasecal_data_age_seconds",] == 600
    assert [each["age_seconds"] for each in client.get("/readyz").json["sources"]] == [600]
    assert found["releasecal_source_well", source[1]] == 1
    assert found["releasecal_held",] == found["releasecal_pending_changes",] == 0

    refreshes.note_success(telemetry.counters, later.timestamp() - 60)

    found = read(client)
    assert found[source] == found["releasecal_data_age_seconds",] == 60
    assert [each["age_seconds"] for each in client.get("/readyz").json["sources"]] == [60]


def test_without_a_database_the_rest_is_told(client, publisher, monkeypatch):
    """What is counted is told while the database is away; what is in it is absent."""

    def away(*_, **__):
        raise StoreError("gone")

    monkeypatch.setattr(publisher.store, "_transaction", away)

    found = read(client)
    assert ("releasecal_worker_starts_total",) in found
    assert ("releasecal_edition",) not in found


def test_subscribers_are_told_by_family(client):
    """Feeds count their readers by family, and pages do not."""
    for address in ("198.51.100.1", "198.51.100.2", "198.51.100.2"):
        for agent in ("Google-Calendar-Importer", "Evolution/3.46.4"):
            environ = {"REMOTE_ADDR": address}
            client.get("/calendar.ics", headers={"User-Agent": agent}, environ_overrides=environ)
            client.get("/", headers={"User-Agent": "Mozilla/5.0"}, environ_overrides=environ)

    found = read(client)
    assert found["releasecal_subscribers_today", "google"] == 2
    assert found["releasecal_subscribers_today", "gnome"] == 2
    assert found["releasecal_subscribers_today", "browser"] == 0


@pytest.mark.parametrize(
    ("environ", "status"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        ({"REMOTE_ADDR": "198.51.100.1"}, 403),
        ({"REMOTE_ADDR": ""}, 403),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "198.51.100.1"}, 403),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 403),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=198.51.100.1"}, 403),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_VIA": "1.1 proxy"}, 403),
    ],
)
def test_only_this_machine_may_read_it(client, environ, status):
    """By default whoever asks from elsewhere, or through a proxy here, is refused."""
    answer = client.get("/metrics", environ_overrides=environ)

    assert answer.status_code == status
    assert answer.headers["Cache-Control"] == "no-store"
    assert (b"releasecal_requests_total" in answer.data) is (status == 200)


@pytest.mark.parametrize(("address", "status"), [("10.1.2.3", 200), ("198.51.100.1", 403)])
def test_a_trusted_proxy_names_who_reads(publisher, address, status):
    """Behind a trusted proxy, the client that it names has to be among those who may."""
    app = app_of(
        publisher,
        metrics_from=(ip_network("10.0.0.0/8"),),
        trusted_proxies=(ip_network("127.0.0.1"),),
    )
    environ = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": address}

    assert Client(app.wsgi_app).get("/metrics", environ_overrides=environ).status_code == status


def test_the_rules_name_metrics_that_exist(publisher, client, telemetry):
    """Every metric that deploy/releasecal.rules.yaml names is told, and each alert has a remedy."""
    refreshes.count(telemetry.counters, "published", 1.0, {"added": 1})
    outbox.begin(publisher.store, ["club"])
    client.get("/calendar.ics")
    told = {name for name, *_ in read(client)}
    rules = [rule for group in RULES["groups"] for rule in group["rules"]]

    for rule in rules:
        named = set(re.findall(r"\breleasecal_\w+", rule["expr"]))
        assert named <= told, rule
        assert named or "up{" in rule["expr"], rule
    alerts = [rule for rule in rules if "alert" in rule]
    assert len({rule["alert"] for rule in alerts}) == len(alerts) >= 8
    assert all({"summary", "remedy"} == rule["annotations"].keys() for rule in alerts)


def test_what_waits_for_others_is_told(publisher, client):
    """Each target has its messages, those that wait and those that were given up."""
    outbox.begin(publisher.store, ["club"])
    with publisher.store.writing() as connection:
        for number, given_up in enumerate([None, None, NOW], 1):
            row = {"number": number, "id": f"msg_{number}", "target": "club", "edition": 2}
            row |= {"changes": "[1]", "count": 1, "is_digest": False, "made": NOW, "due": NOW}
            row |= {"attempts": 1, "problem": "", "given_up": given_up}
            connection.execute(schema.outbox.insert().values(row))

    found = read(client)

    assert found["releasecal_news_waiting", "club"] == 2
    assert found["releasecal_news_given_up", "club"] == 1


def test_every_metric_is_documented(client, telemetry):
    """docs/operations.md has each metric by its name."""
    refreshes.count(telemetry.counters, "published", 1.0, {"added": 1})
    client.get("/calendar.ics")
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`(releasecal_\w+)", page))

    answer = client.get("/metrics", environ_overrides={"REMOTE_ADDR": "127.0.0.1"})
    names = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in text_string_to_metric_families(answer.text)
    }
    assert names == documented
