"""The size limit: the part of a feed that fits into so many octets."""

from collections.abc import Sequence
from datetime import date

from releasecal.queries.order import nearness


def fit(parts: Sequence[tuple[date, bytes]], today: date, most: int) -> list[bytes]:
    """
    Return the *parts* that fit into *most* octets together, in the order given.

    A part is a pair: the day after its event ends, and its bytes. Events that have been over
    for longest are left out first, then those farthest ahead.
    """
    kept = set()
    for at in sorted(range(len(parts)), key=lambda at: nearness(parts[at][0], today)):
        most -= len(parts[at][1])
        if most < 0:
            break
        kept.add(at)
    return [part for at, (_, part) in enumerate(parts) if at in kept]
