"""A clock that tests set."""

from support.build import NOW as LONG_AGO

NOW = LONG_AGO.replace(year=2030)


class Clock:
    """
    A clock that tests set; it begins in 2030.

    Files that tests write are years old by then, like real data files: a file that changed
    within the last two seconds is not trusted to be unchanged.
    """

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now

    def ticks(self):
        """Return the seconds since its beginning, as a clock that is never set has them."""
        return (self.now - NOW).total_seconds()
