"""
Durations in query parameters and settings.

Periods of civil days, ``365`` or ``P1Y2M`` (ISO 8601); offsets of alarms from the beginning of
an event, ``-P7D`` or ``PT9H`` (RFC 5545 § 3.3.6); intervals, ``15m`` or ``1d``.
"""

import re
from calendar import monthrange
from datetime import date, timedelta
from typing import Self

from releasecal.core.value_classes import dataclass

MAX_DAYS = 36_525
"""A century, in days: far enough from today for every film."""

_MAX_MONTHS = 1_200
_FURTHEST_ALARM = timedelta(days=366)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

_PERIOD = re.compile(
    r"P(?=\d)(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?|(\d{1,6})", re.ASCII
)
_OFFSET = re.compile(
    r"""([+-]?)P(?=[\dT])
        (?: (\d{1,4})W
          | (?:(\d{1,4})D)? (?:T(?=\d) (?:(\d{1,5})H)? (?:(\d{1,5})M)? (?:(\d{1,6})S)? )? )""",
    re.VERBOSE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Period:
    """A number of calendar months and a number of days, counted in this order."""

    days: int = 0
    months: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Return the period that *text* spells: days as a number, or an ISO 8601 duration.

        Raises:
            ValueError: *text* is neither, or more than a century.
        """
        form = _PERIOD.fullmatch(text.strip().upper())
        if form is None:
            raise ValueError(f"not a period: {text!r}")
        years, months, weeks, days, bare = (int(part or 0) for part in form.groups())
        period = cls(7 * weeks + days + bare, 12 * years + months)
        if period.days > MAX_DAYS or period.months > _MAX_MONTHS:
            raise ValueError(f"more than a century: {text!r}")
        return period

    def __str__(self) -> str:
        """Return the canonical spelling: a number of days, or ``P1Y2M`` with months."""
        if not self.months:
            return str(self.days)
        years, months = divmod(self.months, 12)
        parts = ((years, "Y"), (months, "M"), (self.days, "D"))
        return "P" + "".join(f"{count}{unit}" for count, unit in parts if count)

    def before(self, day: date) -> date:
        """Return the day this long before *day*, clamped to the end of a shorter month."""
        return _shifted(day, -self.months, -self.days)

    def after(self, day: date) -> date:
        """Return the day this long after *day*, clamped to the end of a shorter month."""
        return _shifted(day, self.months, self.days)


def _shifted(day: date, months: int, days: int) -> date:
    """
    Return the day *months* after *day*, clamped to the end of that month, plus *days*.

    A result outside Python's calendar becomes `date.min` or `date.max`.
    """
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    try:
        start = date(year, month, min(day.day, monthrange(year, month)[1]))
        return start + timedelta(days=days)
    except (ValueError, OverflowError):
        return date.min if months < 0 or days < 0 else date.max


def parse_offset(text: str) -> timedelta:
    """
    Return the offset from the beginning of an event: ``-P1D`` is a day before.

    Raises:
        ValueError: *text* is no such duration, or more than a year.
    """
    form = _OFFSET.fullmatch(text.strip().upper())
    if form is None:
        raise ValueError(f"not a duration: {text!r}")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in form.groups()[1:])
    offset = timedelta(days, seconds, weeks=weeks, hours=hours, minutes=minutes)
    if offset > _FURTHEST_ALARM:
        raise ValueError(f"more than a year: {text!r}")
    return -offset if form[1] == "-" else offset


def offset_text(offset: timedelta) -> str:
    """Return the canonical spelling of *offset*: days, hours, minutes, seconds."""
    sign, length = ("-", -offset) if offset < timedelta() else ("", offset)
    minutes, seconds = divmod(length.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours}H"] if hours else []
    parts += [f"{minutes}M"] if minutes or (hours and seconds) else []  # RFC 5545 has no gaps
    parts += [f"{seconds}S"] if seconds else []
    time = "T" + "".join(parts) if parts else ""
    days = f"{length.days}D" if length.days or not time else ""
    return f"{sign}P{days}{time}"


def parse_interval(text: str) -> timedelta:
    """
    Return the duration that *text* says: ``15m``, ``90s``, ``1h``, ``2d`` or ``0``.

    Raises:
        ValueError: Its text names the accepted forms.
    """
    form = re.fullmatch(r"(\d{1,6})([smhd])|0", text.strip(), re.ASCII)
    if not form:
        raise ValueError("a duration such as 30s, 15m, 1h or 1d, up to 999999d, or 0")
    return timedelta(**{_UNITS[form[2]]: int(form[1])}) if form[1] else timedelta()
