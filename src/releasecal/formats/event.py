"""Ready events: written once, when they change, for whoever asks for nothing else."""

from collections.abc import Iterator
from datetime import date

from releasecal.core.editions import Entry
from releasecal.formats.ics import event
from releasecal.queries.feed_query import EVERYTHING
from releasecal.queries.site import SiteSettings


def ready(entry: Entry, site: SiteSettings) -> Iterator[tuple[date, bytes]]:
    """
    Yield the event of *entry*, and since which civil day it is so, for plain selections.

    There is one for each time it looks another way: a mark goes, a date becomes overdue.
    There is none for what is on no day, and an empty one for what iCalendar leaves out.
    """
    shown = entry.shown
    if shown and shown.is_day:
        turns = {date.min, entry.marked_until, entry.overdue_from}
        for since in sorted(turn for turn in turns if turn):
            yield since, event(entry, site, EVERYTHING, since)
