"""Waits after failures: each twice as long as the one before, about, so that nobody is pressed."""

from datetime import timedelta
from random import SystemRandom

_MAX_DOUBLINGS = 12

_chance = SystemRandom()


def back_off(first: timedelta, failures: int, longest: timedelta) -> timedelta:
    """Return the wait after a failure that *failures* in a row came before: *first* after none."""
    return about(min(first * 2 ** min(failures, _MAX_DOUBLINGS), longest))


def about(wait: timedelta) -> timedelta:
    """Return *wait*, by chance up to a quarter longer or shorter: not all come back at once."""
    return wait * _chance.uniform(0.75, 1.25)
