"""Logs: lines for people or JSON for programs, one a minute of equal ones, on standard error."""

import json
import logging
import math
from collections.abc import Mapping
from datetime import UTC, datetime

from releasecal.clock import Ticks, ticks
from releasecal.telemetry import request_ids

FORMATS = ("human", "json")
"""Names of the formats."""

LEVELS = ("debug", "info", "warning", "error")
"""Names of the levels, the most talkative first."""

SERVER: Mapping[str, object] = {"loggers": {"_granian": {"handlers": [], "propagate": True}}}
"""Configuration with which granian hands its lines on to ours."""

_TOLD_BY_US = ("apprise", "apscheduler", "httpx2", "httpcore2", "stamina")  # what matters in them


class _Lines(logging.StreamHandler):  # type: ignore[type-arg]  # of a stream of text
    """The handler that `set_up` adds."""


class _Human(logging.Formatter):
    """A line of text: moment, level, message and, in square brackets, the request id."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Return the line without a traceback."""
        request_id = request_ids.current()
        line = super().formatMessage(record)
        return f"{line} [{request_id}]" if request_id else line


class _Json(logging.Formatter):
    """A JSON object on one line: time (UTC), level, logger, message, request_id, exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        moment = datetime.fromtimestamp(record.created, UTC)
        line = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := request_ids.current():
            line["request_id"] = request_id
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class OnceAMinute(logging.Filter):
    """Filter of equal lines: one a minute passes, so that no lasting trouble fills a disk."""

    _MAX = 1_000  # lines remembered

    def __init__(self, ticks: Ticks) -> None:
        """Remember nothing yet."""
        super().__init__()
        self._ticks = ticks
        self._passed: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line of *record* passes."""
        line, now = record.getMessage(), self._ticks()
        if now - self._passed.get(line, -math.inf) < 60:
            return False
        if len(self._passed) >= self._MAX:
            self._passed.clear()
        self._passed[line] = now
        return True


def set_up(level: str, format_: str) -> None:
    """
    Log from *level* on in *format_*, in the place of an earlier set-up.

    A program that has handlers of its own, such as another server, keeps them and its level.
    """
    root = logging.getLogger()
    root.handlers[:] = [each for each in root.handlers if not isinstance(each, _Lines)]
    if not root.handlers:
        lines = _Lines()
        lines.setFormatter(_Json() if format_ == "json" else _Human())
        root.addHandler(lines)
        root.setLevel(level.upper())
    for handler in root.handlers:
        if not any(isinstance(each, OnceAMinute) for each in handler.filters):
            handler.addFilter(OnceAMinute(ticks))
    for library in _TOLD_BY_US:
        logging.getLogger(library).setLevel(logging.ERROR)
