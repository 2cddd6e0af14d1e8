"""What every part of the site needs, made once and handed to each."""

from dataclasses import dataclass
from datetime import timedelta

from releasecal.refresh.publisher import Publisher
from releasecal.store import Vocabulary
from releasecal.web.http.cache import Documents


@dataclass(frozen=True, slots=True)
class Services:
    """
    The parts behind the site.

    Attributes:
        token: What ``POST /refresh`` must bear.
        every: How often the sources are read again; zero for never.
    """

    publisher: Publisher
    vocabulary: Vocabulary
    documents: Documents
    token: str
    every: timedelta
