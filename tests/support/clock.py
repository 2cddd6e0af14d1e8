"""A clock that tests set."""

from support.build import NOW as LONG_AGO

NOW = LONG_AGO.replace(year=2030)


class Clock:
    """
    A clock that tests set; it begins in 2030.

    Files that tests write are years old by then, as data files are: what changed within
    two seconds is never trusted to have stayed the same.
    """

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now
