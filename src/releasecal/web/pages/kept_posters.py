"""The posters that a page can show: those of which this site keeps a copy."""

from collections.abc import Mapping
from functools import cached_property

from flask import url_for

from releasecal.store import posters
from releasecal.web.services import Services


class KeptPosters:
    """The copies of posters, looked up once for a page that shows some."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def path(self, address: str) -> str:
        """Return the path of the copy of the poster at *address*; "" if none is shown."""
        digest = self._digests.get(address)
        return url_for("poster_files.copy", digest=digest) if digest else ""

    @cached_property
    def _digests(self) -> Mapping[str, str]:
        """The digests of the copies from hosts that are allowed now, by address."""
        hosts = self._services.site.poster_hosts
        if not hosts:
            return {}
        found = self._services.store.ask(posters.copies, hosts)
        return {address: digest for address, (digest, _) in found.items()}
