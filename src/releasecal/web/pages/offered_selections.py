"""Selections that a site offers: its named feeds, and one for each value that a query can name."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from urllib.parse import quote

from releasecal.core.models import UNKNOWN
from releasecal.formats import FORMATS
from releasecal.formats.api_item_types import SelectionItem
from releasecal.queries.feed_paths import NAMED, beside
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.queries.results import calendar_name
from releasecal.store import Choices
from releasecal.web.services import Services


def offered_selections(services: Services, choices: Choices) -> list[SelectionItem]:
    """Return the selections of *services* with the values of *choices*, by id."""
    found = [
        _item(services, "calendar", EVERYTHING, None),
        *(_item(services, f"{NAMED}/{feed.name}", feed.query, None) for feed in services.feeds),
        *_of_values(services, choices),
    ]
    return sorted(found, key=lambda each: each.id)


def _of_values(services: Services, choices: Choices) -> Iterator[SelectionItem]:
    for kind, count in choices.kinds.items():
        yield _item(services, f"kinds/{kind}", FeedQuery(kind=(kind,)), count)
    for region, count in choices.regions.items():
        if region != UNKNOWN and services.vocabulary["region"](region):
            yield _item(services, f"regions/{region}", FeedQuery(region=(region,)), count)
    for channel, (_, count) in choices.channels.items():
        yield _item(services, f"channels/{channel}", FeedQuery(channel=(channel,)), count)
    for genre, count in choices.genres.items():
        yield _item(services, f"genres/{genre}", FeedQuery(genre=(genre,)), count)
    for id_, (title, count) in choices.series.items():
        query = FeedQuery(series=(id_,))
        yield _item(services, f"series/{id_}", query, count, {id_: title})


def _item(
    services: Services,
    id_: str,
    query: FeedQuery,
    count: int | None,
    titles: Mapping[str, str] = MappingProxyType({}),
) -> SelectionItem:
    # Channels and genres have no path of their own.
    has_path = not id_.startswith(("channels/", "genres/"))
    path = f"/{id_}" if has_path else "/calendar"
    asked = beside(path, query).canonical
    base, ending = f"{services.site.url}{quote(path)}", f"?{asked}" if asked else ""
    return SelectionItem(
        id=id_,
        name=calendar_name(services.site, query, titles),
        parameters=dict(query.limits),
        count=count,
        feeds={form: f"{base}.{form}{ending}" for form in FORMATS},
    )
