"""Posters of a published site: copies that another machine goes on with."""

from collections.abc import Collection
from hashlib import blake2b

from releasecal.clock import Clock
from releasecal.errors import FetchFailed
from releasecal.refresh.poster_keeper import FRESH, poster_host
from releasecal.sources.remote.failures import Failure
from releasecal.sources.remote.files_of_published_site import PublishedSite
from releasecal.sources.remote.poster_file import MAX_OCTETS, media_type
from releasecal.store import Store, exported_poster_index, posters
from releasecal.store.exported_poster_index import PublishedPoster
from releasecal.store.posters import PosterState

_OF_ONE = frozenset(
    each.slug for each in (Failure.UNAUTHORIZED, Failure.FORBIDDEN, Failure.TOO_LARGE, Failure.BOMB)
)
"""Failures of a single file, whose poster is fetched anew."""


def restore_posters(store: Store, address: str, hosts: Collection[str], clock: Clock) -> int:
    """
    Take the copies of posters at *hosts* from the site at *address*; return their number.

    They are as old as they were there. What is not there, or not what its name says, is left to
    the keeper.

    Raises:
        FetchFailed: The site cannot be read.
        StoreError: Its index is none, or the database cannot be used.
    """
    count = 0
    with PublishedSite(address, clock) as site:
        data = site.file(exported_poster_index.NAME)
        told = (
            exported_poster_index.parse(data, f"{address}/{exported_poster_index.NAME}")
            if data
            else ()
        )
        for poster in told:
            if poster_host(poster.address) in hosts:
                count += _restored(store, site, poster)
    return count


def _restored(store: Store, site: PublishedSite, poster: PublishedPoster) -> bool:
    """Keep the copy of *poster* that *site* has; return whether it is one."""
    try:
        picture = site.file(poster.path, limit=MAX_OCTETS) or b""
    except FetchFailed as error:
        if error.failure not in _OF_ONE:
            raise
        return False
    kind = media_type(picture)
    if not kind or blake2b(picture, digest_size=16).hexdigest() != poster.digest:
        return False
    due, octets = poster.kept + FRESH, len(picture)
    state = PosterState(poster.address, due, poster.digest, kind, octets, poster.kept)
    posters.put(store, state, picture)
    return True
