"""Pages on moves: the most postponed films, and what is different between two days."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial
from itertools import groupby
from typing import NamedTuple

from flask import Blueprint, Response, request

from releasecal.core.changes import Change
from releasecal.core.changes_between_editions import differences
from releasecal.core.dates import PartialDate
from releasecal.core.editions import Entry
from releasecal.core.graphemes import cut
from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import SelectionError
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.parameters import given
from releasecal.store import Connection, as_of, film_queries, slip_queries
from releasecal.web.cached_responses import Responses, SiteState
from releasecal.web.pages.series_chart import first_date
from releasecal.web.pages.subscription_links import subscription
from releasecal.web.pages.translations import page_language
from releasecal.web.routes.pages import answer, render
from releasecal.web.services import Services

_MOST = 100  # films: a feed can name as many
_MOST_CHANGES = 200  # differences on a page
_FROM, _TO = "from", "to"
_USUAL = timedelta(days=30)


class SlippedFilm(NamedTuple):
    """A film that was postponed, by its release that slipped most, with its first and its last date."""

    entry: Entry
    first: PartialDate
    when: PartialDate


@dataclass(frozen=True, slots=True)
class TwoDays:
    """The civil days that a visitor compares, *first* before *last*; None for the usual ones."""

    first: date | None
    last: date | None

    @classmethod
    def parse(cls, pairs: Iterable[tuple[str, str]]) -> "TwoDays":
        """
        Read the days of ``from`` and ``to`` in *pairs*, (name, value) in any order.

        Raises:
            SelectionError: One is not a day, or they are in the wrong order.
        """
        texts = given([pair for pair in pairs if pair[1].strip()], (_FROM, _TO))
        first, last = (_day(name, texts.get(name)) for name in (_FROM, _TO))
        if first and last and first >= last:
            raise SelectionError(f"{_TO}: {last} does not come after {first} (swap the two days)")
        return cls(first, last)

    def on(self, today: date) -> tuple[date, date]:
        """Return both days, as seen on the civil day *today*: the last 30 days unless named."""
        last = min(self.last or today, today)
        first = self.first or last - _USUAL
        return min(first, last), last


def _day(name: str, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text else None
    except ValueError:
        raise SelectionError(
            f"{name}: not a day: {cut(text or '', 40)!r} (as in {name}=2026-09-01)"
        ) from None


def blueprint(services: Services, responses: Responses) -> Blueprint:
    """Return ``/slips`` and ``/diff``."""
    routes = Blueprint("slips", __name__)

    @routes.get("/slips")
    def slips() -> Response:
        query = _query(services)
        make = partial(_slips, services, responses, query)
        return answer(services, responses, f"/slips?{query.canonical}", make)

    @routes.get("/diff")
    def diff() -> Response:
        days, query = TwoDays.parse(request.args.items(multi=True)), _query(services)
        make = partial(_diff, services, responses, query, days)
        address = f"/diff?{query.canonical} {days.first} {days.last}"
        return answer(services, responses, address, make)

    return routes


def _query(services: Services) -> FeedQuery:
    """Return the selection of the request, without the empty fields of a form."""
    pairs = request.args.items(multi=True)
    filled = [pair for pair in pairs if pair[1].strip() and pair[0] not in (_FROM, _TO)]
    query = FeedQuery.parse(filled, services.vocabulary)
    return replace(query, as_of=None, past=None, future=None, lang=page_language().code)


def _slips(services: Services, responses: Responses, query: FeedQuery, state: SiteState) -> str:
    with services.store.reading() as facts:
        entries = slip_queries.most_slipped(facts, query, _MOST)
        titles = film_queries.names(facts, query)
    found = [_slipped(entry) for entry in entries]
    titles = dict(titles) | {entry.key.film: entry.facts.title for entry in entries}
    wanted = replace(query, film=tuple(sorted({entry.key.film for entry in entries})))
    return render(
        services,
        state,
        "slips.html",
        subscription=subscription(services.site, wanted if entries else query, titles),
        rows=found,
        query=query,
        choices=responses.choices(state),
    )


def _slipped(entry: Entry) -> SlippedFilm:
    when = entry.current.when or entry.shown
    assert when  # it has slipped from day to day
    return SlippedFilm(entry, first_date(entry) or when, when)


def _diff(
    services: Services, responses: Responses, query: FeedQuery, days: TwoDays, state: SiteState
) -> str:
    first, last = days.on(state.today)
    with services.store.reading() as facts:
        before, after = (_known(facts, query, day) for day in (first, last))
        titles = film_queries.names(facts, query)
    found = sorted(differences(before, after, last), key=_by_film)
    shown = found[:_MOST_CHANGES]
    films = [(id_, list(some)) for id_, some in groupby(shown, lambda change: change.key.film)]
    return render(
        services,
        state,
        "diff.html",
        subscription=subscription(services.site, query, titles),
        first=first,
        last=last,
        beside={_FROM: str(first), _TO: str(last)},
        films=films,
        count=len(found),
        left_out=len(found) - len(shown),
        channels={each.key.channel: each.facts.release.channel for each in (*before, *after)},
        query=query,
        choices=responses.choices(state),
    )


def _known(facts: Connection, query: FeedQuery, day: date) -> tuple[Entry, ...]:
    return as_of.entries_on_day(facts, query, day)


def _by_film(change: Change) -> tuple[str, str]:
    return change.title.casefold(), str(change.key)
