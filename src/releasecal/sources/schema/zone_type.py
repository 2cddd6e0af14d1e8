"""Zones: the type of the fields that name a time zone."""

from typing import Annotated
from zoneinfo import available_timezones

from releasecal.core.suggestions import nearest
from releasecal.sources.notation.clean_text import shown
from releasecal.sources.schema.field_constraints import MAX_NAME, text, wrong

_ANY_ZONE = "a name of the IANA database, such as Europe/Berlin"


def _zone(name: str) -> str:
    known = available_timezones()
    if known and name not in known:
        raise wrong(f"there is no zone {shown(name)}", lambda _: nearest(name, known) or _ANY_ZONE)
    return name


Zone = Annotated[str, text(MAX_NAME, then=_zone, schema={"examples": ["Europe/Berlin"]})]
