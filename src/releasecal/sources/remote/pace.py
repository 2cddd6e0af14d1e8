"""The pace: how fast a source may be asked, and how long it may take."""

from datetime import timedelta

from releasecal.core.value_classes import dataclass

MAX_WAIT = timedelta(minutes=1)
"""Time in which a server may say that it wants to be asked again."""


@dataclass(frozen=True, slots=True)
class Pace:
    """
    Limits of speed and patience of requests to a source.

    Attributes:
        rate: Requests in any one second, at most, over all threads.
        pause: Time without an octet after which an exchange is given up.
        patience: Time that one exchange may take as a whole.
    """

    rate: int = 5
    pause: timedelta = timedelta(seconds=20)
    patience: timedelta = timedelta(minutes=2)


USUAL = Pace()
"""The pace of sources that are a single file."""
