"""Fitting: what of a feed goes into a document that may not be longer than so many octets."""

from collections.abc import Sequence
from datetime import date

from releasecal.queries.order import nearness


def fit(parts: Sequence[tuple[date, bytes]], today: date, most: int) -> list[bytes]:
    """
    Return those of *parts* that fit into *most* octets together, in the order given.

    Each stands beside the day after it ends: those that are over for longest go first, then
    those that are farthest ahead.
    """
    kept = set()
    for at in sorted(range(len(parts)), key=lambda at: nearness(parts[at][0], today)):
        most -= len(parts[at][1])
        if most < 0:
            break
        kept.add(at)
    return [part for at, (_, part) in enumerate(parts) if at in kept]
