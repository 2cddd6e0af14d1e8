"""What every part of the site needs, made once and handed to each."""

from dataclasses import dataclass
from datetime import timedelta

from releasecal.publisher import Publisher
from releasecal.web.documents import Documents


@dataclass(frozen=True, slots=True)
class Site:
    """
    The parts behind the site.

    Attributes:
        token: What ``POST /refresh`` must bear.
        every: How often the sources are read again; zero for never.
    """

    publisher: Publisher
    documents: Documents
    token: str
    every: timedelta
