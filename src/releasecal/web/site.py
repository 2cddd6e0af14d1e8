"""What every part of the site needs, made once and handed to each."""

from dataclasses import dataclass

from releasecal.publisher import Publisher
from releasecal.web.documents import Documents


@dataclass(frozen=True, slots=True)
class Site:
    """
    The parts behind the site.

    Attributes:
        token: What ``POST /refresh`` must bear.
        max_age: Seconds for which an answer may be taken from a cache.
    """

    publisher: Publisher
    documents: Documents
    token: str
    max_age: int
