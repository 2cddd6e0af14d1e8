"""
Somebody's calendar on the web, as of a festival or a cinema: each event is a release.

Rules in the settings tell what its words mean (`notation.calendar_reader`).
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from releasecal.sources.remote.kind import SourceKind, unknown_options
from releasecal.sources.remote.pace import Pace
from releasecal.sources.remote.source_settings import SourceSettings
from releasecal.sources.remote.web_file import fetch_changed_file, fetch_file, problems_of_layout
from releasecal.sources.schema.calendar_layout_record import CalendarRecord
from releasecal.sources.snapshot import ICS

_OPTIONS = tuple(name for name in CalendarRecord.model_fields if name != "source")
_ADDRESS = re.compile(r"https?://[^?#]*\.ics(?=$|[?#])", re.IGNORECASE)


def _problems(settings: SourceSettings) -> Sequence[str]:
    found = unknown_options(settings, _OPTIONS)
    if not settings.address:
        found.append('no address (write address = "https://…")')
    known = {name: value for name, value in settings.options.items() if name in _OPTIONS}
    wrong = list(problems_of_layout(CalendarRecord, "calendar", known))
    if not wrong:
        layout = CalendarRecord.model_validate(known).layout()
        if not any("kind" in facts for facts in (layout.facts, *(r.facts for r in layout.rules))):
            remedy = 'kind = "premiere" in a table [[source]], or rules that give one'
            wrong.append(f"nothing says of which kind its events are ({remedy})")
    return [*found, *wrong]


CALENDAR = SourceKind(
    name="ics",
    recognises=lambda address: _ADDRESS.match(address) is not None,
    fetch=partial(fetch_file, notation=ICS),
    problems=_problems,
    every=timedelta(hours=1),
    machine=False,
    pace=Pace(patience=timedelta(minutes=10)),
    fetch_changes=partial(fetch_changed_file, notation=ICS),
)
"""Calendars on the web."""
