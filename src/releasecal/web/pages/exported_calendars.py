"""The calendars that an exported site has, in the place of the builder's form."""

from collections.abc import Iterable, Sequence

from releasecal.core.models import SEQUEL, ReleaseKind
from releasecal.core.value_classes import dataclass
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.site_settings import SiteSettings
from releasecal.web.pages.subscription_links import Subscription
from releasecal.web.pages.template_filters import capital, region

_NAMED, _KINDS = "Ready-made", "Worldwide and everywhere"


@dataclass(frozen=True, slots=True)
class ExportedGroup:
    """
    Calendars under one heading.

    Attributes:
        feeds: Each with the text of its link.
    """

    label: str
    feeds: tuple[tuple[str, Subscription], ...]


def groups(
    site: SiteSettings, selections: Iterable[tuple[str, FeedQuery]]
) -> Sequence[ExportedGroup]:
    """Return the calendars of *selections*, pairs of a path and its query, by country."""
    kinds = {kind.slug: capital(kind.phrase) for kind in ReleaseKind} | {SEQUEL: "Sequels"}
    found: dict[str, list[tuple[str, Subscription]]] = {_NAMED: [], _KINDS: []}
    for path, query in selections:
        folder, *parts = path.strip("/").split("/")
        if folder == "feeds":
            group, text = _NAMED, parts[0].replace("-", " ").capitalize()
        elif folder in ("kinds", "regions"):
            group = region(query.region[0]) or _KINDS if query.region else _KINDS
            text = kinds[query.kind[0]] if query.kind else "Everything"
        else:
            continue
        found.setdefault(group, []).append((text, Subscription(f"{site.url}{path}.ics", text)))
    whole = [found.pop(_NAMED), found.pop(_KINDS)]
    rows = [*zip((_NAMED, _KINDS), whole, strict=True), *sorted(found.items())]
    return [ExportedGroup(label, tuple(feeds)) for label, feeds in rows if feeds]
