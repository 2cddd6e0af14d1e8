"""``/metrics``: how the server is, for Prometheus and its like; for whom the operator names."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus

from flask import Blueprint, Response, request
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from releasecal.errors import StoreError
from releasecal.store import fetch_states, newest_edition, outbox
from releasecal.telemetry import refreshes
from releasecal.telemetry.counters_of_processes import QUEUE, STARTS
from releasecal.telemetry.shared_counters import Key
from releasecal.web.cached_responses import MADE, MADE_SECONDS
from releasecal.web.http.client_address import may
from releasecal.web.http.observed import REQUESTS
from releasecal.web.last_source_check import age, last_looks, last_success
from releasecal.web.services import Services

_REFUSED = "RELEASECAL_METRICS_FROM names who may read this, and you are not among them.\n"

_LABELLED = (
    (REQUESTS, "releasecal_requests", "Answers, by route and status.", ("route", "status")),
    (refreshes.REFRESHES, "releasecal_refreshes", "Refreshes, by outcome.", ("outcome",)),
    (refreshes.CHANGES, "releasecal_changes", "Changes published, by kind.", ("kind",)),
)
_PLAIN = (
    (MADE, "releasecal_cold_answers", "Answers made because no cache had them."),
    (MADE_SECONDS, "releasecal_cold_answers_seconds", "Seconds that making them took."),
    (STARTS, "releasecal_worker_starts", "Processes that have started to answer."),
)


def blueprint(services: Services) -> Blueprint:
    """Return the route."""
    routes = Blueprint("metrics", __name__)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(services))

    @routes.get("/metrics")
    def metrics() -> Response:
        is_known = may(request.environ, services.metrics_from, services.trusted_proxies)
        text = generate_latest(registry) if is_known else _REFUSED.encode()
        response = Response(
            text,
            HTTPStatus.OK if is_known else HTTPStatus.FORBIDDEN,
            content_type=CONTENT_TYPE_LATEST if is_known else "text/plain; charset=utf-8",
        )
        response.cache_control.no_store = True
        return response

    return routes


class _Collected(Collector):
    """All metrics at the moment at which somebody asks."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        """Yield them: those of the processes, then, if there is a database, those of the data."""
        telemetry = self._services.telemetry
        totals = telemetry.totals()
        yield from _counted(totals)
        yield _durations(totals)
        yield _gauge("queue", "Requests that wait for their answer to be made.", totals[QUEUE,])
        subscribers = GaugeMetricFamily(
            "releasecal_subscribers_today",
            "Addresses with a calendar program that asked for a feed today (UTC), about.",
            labels=("family",),
        )
        for family, count in telemetry.subscribers_today().items():
            subscribers.add_metric((family,), count)
        yield subscribers
        with suppress(StoreError):  # the absence tells
            yield from _of_data(self._services)
            yield from _of_news(self._services)


def _counted(totals: Counter[Key]) -> Iterator[Metric]:
    for counter, name, text, labels in _LABELLED:
        labelled = CounterMetricFamily(name, text, labels=labels)
        for key, value in sorted(totals.items()):
            if key[0] == counter:
                labelled.add_metric(key[1:], value)
        yield labelled
    for counter, name, text in _PLAIN:
        yield CounterMetricFamily(name, text, value=totals[counter,])


def _durations(totals: Counter[Key]) -> Metric:
    """Return the histogram of the durations of refreshes."""
    buckets, count = [], 0.0
    for end in (*map(str, refreshes.BUCKETS), "+Inf"):
        count += totals[refreshes.DURATION, end]
        buckets.append((end, count))
    return HistogramMetricFamily(
        "releasecal_refresh_duration_seconds",
        "Durations of refreshes.",
        buckets=buckets,
        sum_value=totals[refreshes.SECONDS,],
    )


def _of_data(services: Services) -> Iterator[Metric]:
    """
    Yield the metrics of what is published.

    Raises:
        StoreError: The database cannot be used.
    """
    head, status = services.state()
    succeeded, now = last_success(services, status), services.clock()
    looks = last_looks(status, services.store.ask(fetch_states.states), succeeded)
    yield _gauge("edition", "Number of the edition that is up.", head.number)
    if head.number:
        text = "Seconds since the edition that is up was published."
        yield _gauge("edition_age_seconds", text, age(now, head.published).total_seconds())
    if succeeded:
        text = "Seconds since the last refresh that went well."
        yield _gauge("data_age_seconds", text, age(now, succeeded).total_seconds())
    pending = services.store.ask(newest_edition.pending_count)
    yield _gauge("pending_changes", "Changes of machine sources that do not count yet.", pending)
    yield _gauge("held", "Whether the loss guard holds a source.", int(status.is_held))
    yield _gauge("problems", "Problems of the last refresh.", len(status.problems))
    well = GaugeMetricFamily(
        "releasecal_source_well", "Whether the source is read as it is now.", labels=("source",)
    )
    ages = GaugeMetricFamily(
        "releasecal_source_age_seconds",
        "Seconds since the last good look at the source.",
        labels=("source",),
    )
    for source in status.sources:
        well.add_metric((source.address,), int(source.is_ok))
        if look := looks[source.address]:
            ages.add_metric((source.address,), age(now, look).total_seconds())
    yield from (well, ages)


def _of_news(services: Services) -> Iterator[Metric]:
    """
    Yield the metrics of what others are told.

    Raises:
        StoreError: The database cannot be used.
    """
    labels = ("target",)
    text = "Messages about changes that wait to be accepted."
    waiting = GaugeMetricFamily("releasecal_news_waiting", text, labels=labels)
    text = "Messages that nobody has accepted in a week."
    given_up = GaugeMetricFamily("releasecal_news_given_up", text, labels=labels)
    for name, state in services.store.ask(outbox.states).items():
        waiting.add_metric((name,), state.waiting)
        given_up.add_metric((name,), state.given_up)
    yield from (waiting, given_up)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"releasecal_{name}", text, value=value)
