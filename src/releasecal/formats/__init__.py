"""Formats: the ways a feed can be written down. One module each, one row each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from releasecal.formats import feed_json, ics
from releasecal.queries.results import Feed


@dataclass(frozen=True, slots=True)
class Format:
    """
    A way to write a feed down.

    Attributes:
        extension: Without a dot; ends the addresses of documents in this format.
        content_type: For the header of the same name.
        render: Makes the document's bytes from a feed and from nothing else.
        has_undated: Whether it shows what has no day, apart from the rest.
        is_followed: Whether people subscribe to it, so that it can only be of now.
        takes_ready: Whether events that lie ready will do instead of entries.
    """

    extension: str
    content_type: str
    render: Callable[[Feed], bytes]
    has_undated: bool
    is_followed: bool
    takes_ready: bool = False


FORMATS: Mapping[str, Format] = {
    "ics": Format(
        "ics",
        "text/calendar; charset=utf-8",
        ics.render,
        has_undated=False,
        is_followed=True,
        takes_ready=True,
    ),
    "json": Format(
        "json", "application/json", feed_json.render, has_undated=True, is_followed=False
    ),
}
"""All formats, by extension."""

UNDO = replace(FORMATS["ics"], render=ics.undo, takes_ready=False)
"""What takes the events of a feed out of a calendar that has imported them."""
