"""Pages for people."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from flask import Blueprint, Response, abort, render_template, request

from releasecal.changes import ChangeKind, date_in_words, tell
from releasecal.config import Settings
from releasecal.editions import Entry
from releasecal.feeds import EVERYTHING, Feed, FeedSpec
from releasecal.formats.ics import summary
from releasecal.models import WORLD
from releasecal.regions import regions
from releasecal.web.site import Site

_MOST = 100  # lines of a list on a page; the feed has them all
_MOST_CHANGES = 20


@dataclass(frozen=True, slots=True)
class Subscription:
    """
    The ways to subscribe to the feed at *https*, an absolute address.

    Attributes:
        name: What the calendar is to be called.
    """

    https: str
    name: str

    @property
    def webcal(self) -> str:
        """Opens the subscribe sheet on Apple's systems, and Thunderbird."""
        return "webcal:" + self.https.partition(":")[2]

    @property
    def google(self) -> str:
        """Adds it to Google Calendar on a desktop; Google wants *webcal* inside."""
        return f"https://calendar.google.com/calendar/r?cid={quote(self.webcal, safe='')}"

    @property
    def google_by_hand(self) -> str:
        """Where Google Calendar takes an address that was copied."""
        return "https://calendar.google.com/calendar/u/0/r/settings/addbyurl"

    @property
    def outlook_live(self) -> str:
        """Adds it to Outlook.com."""
        return self._outlook("outlook.live.com")

    @property
    def outlook_office(self) -> str:
        """Adds it to Outlook of Microsoft 365."""
        return self._outlook("outlook.office.com")

    @property
    def download(self) -> str:
        """A copy that does not follow when dates move."""
        return f"{self.https}{'&' if urlsplit(self.https).query else '?'}download=1"

    def _outlook(self, host: str) -> str:
        query = urlencode({"url": self.https, "name": self.name}, quote_via=quote)
        return f"https://{host}/calendar/0/addfromweb?{query}"


def blueprint(site: Site) -> Blueprint:
    """Return the pages."""
    routes = Blueprint("pages", __name__)
    routes.add_app_template_filter(date_in_words)
    routes.add_app_template_filter(_region, "region")
    routes.add_app_template_filter(_story, "story")
    routes.add_app_template_filter(summary)
    store = site.publisher.store

    @routes.get("/")
    def index() -> Response:
        feed = _feed(site, "/calendar", EVERYTHING)
        today = site.publisher.clock().date()
        coming = [entry for entry in feed.entries if entry.shown and entry.shown.after > today]
        past = [entry for entry in feed.entries if entry.shown and entry.shown.after <= today]
        changes = store.changes(limit=_MOST_CHANGES)
        return _page(
            site,
            "index.html",
            feed,
            coming=coming[:_MOST],
            past=past[: -_MOST - 1 : -1],
            changes=[change for change in changes if change.kind is not ChangeKind.ADDED],
            problems=site.publisher.health.problems,
        )

    @routes.get("/films/<film_id>")
    def film(film_id: str) -> Response:
        found = store.film(film_id)
        if found is None:
            abort(404, f"There is no film {film_id!r} here.")
        feed = _feed(site, f"/films/{film_id}", FeedSpec(film=(film_id,)))
        return _page(
            site,
            "film.html",
            feed,
            film=found,
            follows=store.titles([found.follows]),
            sequels=store.sequels(film_id),
            own=[entry for entry in feed.entries if entry.key.film == film_id],
        )

    @routes.get("/series/<series_id>")
    def series(series_id: str) -> Response:
        title = store.series(series_id)
        if title is None:
            abort(404, f"There is no series {series_id!r} here.")
        feed = _feed(site, f"/series/{series_id}", FeedSpec(series=(series_id,)))
        return _page(site, "series.html", feed, title=title)

    @routes.get("/robots.txt")
    def robots() -> Response:
        # Google Calendar obeys it: feeds must be allowed.
        return Response("User-agent: *\nAllow: /\n", content_type="text/plain; charset=utf-8")

    return routes


def _feed(site: Site, path: str, spec: FeedSpec) -> Feed:
    publisher = site.publisher
    today = publisher.clock().date()
    return publisher.store.select(spec, path=path, imprint=publisher.imprint, today=today)


def _page(site: Site, template: str, feed: Feed, **values: object) -> Response:
    response = Response(
        render_template(
            template,
            feed=feed,
            name=site.publisher.imprint.name,
            subscription=Subscription(_address(site, feed), feed.title),
            **values,
        ),
        content_type="text/html; charset=utf-8",
    )
    response.add_etag()
    response.cache_control.no_cache = True
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.make_conditional(request)
    return response


def _address(site: Site, feed: Feed) -> str:
    """
    Return the feed's address as this visitor can reach it.

    An operator who has set the public address knows it; otherwise it is where the
    visitor found the page, on the home network perhaps.
    """
    url = site.publisher.imprint.url
    if url == Settings().public_url:
        url = request.host_url.rstrip("/")
    return feed.address("ics").replace(feed.imprint.url, url, 1)


def _region(code: str) -> str:
    """Return what people call a region; nothing for the world."""
    return "" if code == WORLD else regions().get(code, code)


def _story(entry: Entry) -> tuple[str, ...]:
    """Return an entry's history, newest first."""
    return tell(entry.facts.release.history, dict(entry.facts.titles))[::-1]
