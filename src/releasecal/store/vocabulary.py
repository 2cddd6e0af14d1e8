"""The vocabulary: the names that a query may use, looked up in the store."""

from collections.abc import Callable, Mapping

from releasecal.errors import StoreError
from releasecal.queries.parameters import Names
from releasecal.queries.site import SiteSettings
from releasecal.regions import regions
from releasecal.store.store import Store

Vocabulary = Mapping[str, Callable[[str], bool]]
"""By parameter: whether a value of it is a known name."""


def vocabulary(store: Store, site: SiteSettings) -> Vocabulary:
    """Return the vocabulary of what is published in *store*, for `FeedQuery.parse`."""
    return {
        "region": lambda code: code in regions(),
        "film": Names(lambda id_: _is_known(lambda: store.has_film(id_)), store.film_ids),
        "series": Names(
            lambda id_: _is_known(lambda: store.series(id_) is not None), store.series_ids
        ),
        "channel": lambda slug: _is_known(lambda: store.has_channel(slug)),
        "limit": lambda limit: limit != "none" or site.limits.may_be_lifted,
    }


def _is_known(look_up: Callable[[], bool]) -> bool:
    """Whether *look_up* finds something; without a database every name counts as known."""
    try:
        return look_up()
    except StoreError:
        return True
