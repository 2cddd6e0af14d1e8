"""Recurrence rules (RFC 5545 § 3.3.10): whether one is well-formed."""

import re
from collections.abc import Mapping

from releasecal.lint.properties import VALID
from releasecal.sources.notation.clean_text import shown

_FREQUENCIES = ("SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_DAY = "(?:SU|MO|TU|WE|TH|FR|SA)"


def _numbers(form: str) -> re.Pattern[str]:
    return re.compile(f"{form}(?:,{form})*", re.ASCII)


_PARTS: Mapping[str, re.Pattern[str]] = {
    "FREQ": re.compile("|".join(_FREQUENCIES)),
    "UNTIL": re.compile(".*"),
    "COUNT": re.compile(r"[1-9]\d{0,8}", re.ASCII),
    "INTERVAL": re.compile(r"[1-9]\d{0,8}", re.ASCII),
    "BYSECOND": _numbers(r"(?:[0-5]?\d|60)"),
    "BYMINUTE": _numbers(r"[0-5]?\d"),
    "BYHOUR": _numbers(r"(?:[01]?\d|2[0-3])"),
    "BYDAY": _numbers(rf"(?:[+-]?[1-5]?\d)?{_DAY}"),
    "BYMONTHDAY": _numbers(r"[+-]?(?:[12]\d|3[01]|0?[1-9])"),
    "BYYEARDAY": _numbers(r"[+-]?[1-9]\d{0,2}"),
    "BYWEEKNO": _numbers(r"[+-]?(?:[1-4]\d|5[0-3]|0?[1-9])"),
    "BYMONTH": _numbers(r"(?:1[0-2]|0?[1-9])"),
    "BYSETPOS": _numbers(r"[+-]?[1-9]\d{0,2}"),
    "WKST": re.compile(_DAY),
    "RSCALE": re.compile(r"[A-Z0-9-]+"),  # RFC 7529
    "SKIP": re.compile("OMIT|BACKWARD|FORWARD"),
}


def problem_of_rule(text: str) -> str:
    """Return what is wrong with the rule in *text*; empty if nothing is."""
    found: dict[str, str] = {}
    for part in text[:2_000].split(";"):
        name, sign, value = part.upper().partition("=")
        pattern = _PARTS.get(name)
        if not sign or pattern is None:
            return f"{shown(part)} is no part of a rule"
        if not pattern.fullmatch(value):
            return f"{name} cannot be {shown(value)}"
        if name in found:
            return f"{name} stands there twice"
        found[name] = value
    if "FREQ" not in found:
        return "FREQ is missing"
    if {"COUNT", "UNTIL"} <= found.keys():
        return "COUNT and UNTIL exclude each other"
    until = found.get("UNTIL", "")
    is_moment = VALID["DATE"](until) or VALID["DATE-TIME"](until)
    return f"UNTIL is no day and no moment: {shown(until)}" if until and not is_moment else ""
