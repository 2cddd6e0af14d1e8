"""
Messages of errors in the language of a page.

They are made in English where the mistake is found, for terminals, logs and programs. Each row
knows one by its form, and says it with the same particulars.
"""

import re
from collections.abc import Sequence

from releasecal.core.languages import ENGLISH
from releasecal.web.pages.template_filters import free
from releasecal.web.pages.translations import gettext, msgid, page_language

_NAME, _VALUE, _HINT = r"(?P<name>[\w-]+)", r"(?P<value>'.*?'|\".*?\")", r"\((?P<hint>.*)\)"

MESSAGES: Sequence[tuple[str, str]] = (
    (rf"unknown parameter {_VALUE} {_HINT}", msgid("unknown parameter {value} ({hint})")),
    (rf"{_NAME}: there is no \w+ {_VALUE} {_HINT}", msgid("{name}: there is no {value} ({hint})")),
    (
        rf"{_NAME}: (?P<count>\d+) \w+, at most (?P<most>\d+) will do",
        msgid("{name}: {count} are too many, at most {most} will do"),
    ),
    (rf"{_NAME}: (not|neither) .*?: {_VALUE} ?{_HINT}", msgid("{name}: not valid: {value} ({hint})")),
    (
        rf"{_NAME}: cannot be {_VALUE}.*? {_HINT}",
        msgid("{name}: cannot be {value} ({hint})"),
    ),
    (rf"{_NAME}: is empty {_HINT}", msgid("{name}: is empty ({hint})")),
    (
        rf"{_NAME}: narrows calendars, not changes {_HINT}",
        msgid("{name}: narrows calendars, not changes ({hint})"),
    ),
    (
        r"as-of: what is followed is of now .*",
        msgid("as-of: what is followed is of now (ask for .json or .csv)"),
    ),
    (
        rf"[Tt]here is no (film|series) {_VALUE} here( {_HINT})?\.",
        msgid("There is no {value} here. {hint}"),
    ),
    (
        rf"{_NAME}: (?P<last>\S+) does not come after (?P<first>\S+) {_HINT}",
        msgid("{name}: {last} does not come after {first} (swap the two days)"),
    ),
    (
        rf"as-of: more than (?P<count>\S+) releases are too many to recall {_HINT}",
        msgid(
            "as-of: more than {count} releases are too many to recall (ask for a film or a series)"
        ),
    ),
    (
        r"This address is cut off or damaged: copy it once more, whole\.",
        msgid("This address is cut off or damaged: copy it once more, whole."),
    ),
    (r"There is no page (?P<count>\d+) of this list\.", msgid("There is no page {count} of this list.")),
    (r"The requested URL was not found.*", msgid("There is nothing at this address.")),
    (
        r"(?P<method>\w+) is not for this address: it takes (?P<hint>.*)\.",
        msgid("{method} is not for this address: it takes {hint}."),
    ),
    (
        r"The database cannot be used now\. .*",
        msgid("The database cannot be used now. Please try again in a minute."),
    ),
    (
        r"The first dates are being read\. .*",
        msgid("The first dates are being read. Please try again in a minute."),
    ),
    (
        r"Nothing has been published yet\. Please .*",
        msgid("Nothing has been published yet. Please try again in a minute."),
    ),
    (
        r"Nothing has been published yet\. This site .*",
        msgid(
            "Nothing has been published yet. This site reads its sources when it is told to: "
            "/readyz says what was wrong the last time."
        ),
    ),
)  # fmt: skip
"""(Pattern of an English message, its text with the groups as fields)."""

HINTS: Sequence[tuple[str, str]] = (
    (r"did you mean (?P<value>.*)\?", msgid("did you mean {value}?")),
    (r"one of (?P<value>.*)", msgid("one of {value}")),
    (
        r"past and future count from today, as in (?P<value>\S+)",
        msgid("past and future count from today, as in {value}"),
    ),
    (
        r"kind=streaming-eligible has what follows from windows; .*",
        msgid("kind=streaming-eligible has what follows from windows"),
    ),
    (
        r"cancelled=hide leaves out .*",
        msgid(
            "cancelled=hide leaves out what no longer happens, and certainty=announced what is"
            " derived or estimated"
        ),
    ),
    (
        r"since begins at a moment, as in (?P<value>\S+)",
        msgid("since begins at a moment, as in {value}"),
    ),
    (r"it narrows changes, as in (?P<value>\S+)", msgid("it narrows changes, as in {value}")),
    (
        r"narrow the selection, as in (?P<value>\S+)",
        msgid("narrow the selection, as in {value}"),
    ),
    (
        r"(.* )?as in (?P<value>[^, ]+),? or (as in )?(?P<other>[^, ]+).*",
        msgid("as in {value} or {other}"),
    ),
    (r"(.* )?as in (?P<value>[^: ]+)(: .*)?", msgid("as in {value}")),
    (r".* such as (?P<value>.*?)(, or (leave it out|\d+))?", msgid("as in {value}")),
    (r"try (?P<value>.*?)(, or leave it out)?", msgid("try {value}")),
    (r".*ids", msgid("the addresses of pages have the ids")),
)
"""(Pattern of an English hint, its text with the groups as fields); the first that fits."""


def in_page_language(message: str) -> str:
    """Return *message* in the language of the page; as it is, with its language, if it has no row."""
    if page_language() is ENGLISH:
        return message
    for pattern, text in MESSAGES:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            groups = {name: part or "" for name, part in found.groupdict().items()}
            hint = _hint(groups.get("hint", ""))
            return gettext(text).format(**{**groups, "hint": hint}).rstrip()
    return free(message)


def _hint(hint: str) -> str:
    """Return a hint in the language of the page, or as it is."""
    for pattern, text in HINTS:
        if found := re.fullmatch(pattern, hint):
            return gettext(text).format(**found.groupdict())
    return hint
