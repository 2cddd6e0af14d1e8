"""Failures: the ways in which a look at a source can fail, with remedies."""

from datetime import datetime
from enum import Enum

from releasecal.core.graphemes import cut
from releasecal.errors import FetchFailed, Place, Problem
from releasecal.sources.remote.source_settings import SourceSettings

_MAX_QUOTED = 60

_AGAIN = "it is tried again; the films of the last look stay"


class Failure(Enum):
    """
    Ways to fail: one row each, with its problem and its remedy.

    Attributes:
        what: Words for a person, where the place of the failure has none of its own.
        remedy: Likewise.
        is_passing: Whether trying again soon may help.
    """

    UNAUTHORIZED = "the token is refused", "renew it, and check token_env or token_file"
    FORBIDDEN = "access is refused", "ask the service what it allows, and check the token"
    MISSING = "nothing is there", "check address and ids"
    REFUSED = "the request is refused", "check the settings of this source"
    THROTTLED = "too many requests", 'it waits; look less often: every = "1d"', True
    BROKEN = "the server fails", _AGAIN, True
    UNREACHABLE = "the server cannot be reached", _AGAIN, True
    SLOW = "the server takes too long", _AGAIN, True
    CUT = "the answer is cut short", _AGAIN, True
    CERTIFICATE = (
        "the certificate is not valid",
        "see that the address is right; else ask its keeper",
    )
    PRIVATE = "the address is in a private network", "allow_private = true allows that"
    INSECURE = "the address is refused", "name another one"
    REDIRECTS = "more than five redirects", "name the last address itself"
    TOO_LARGE = "the answer is too large", "select less"
    BOMB = "the answer is packed so that it would fill the memory", "ask the server's keeper"
    CODING = "the answer is packed in a way that nobody asked for", "ask the server's keeper"
    NOT_DATA = "no data came", "open the address in a browser; a page for signing in needs a token"
    INVALID = "the data breaks the rules", "mend it there; the films of the last look stay"
    UNASKED = "“not modified” came, although nothing is known yet", _AGAIN, True
    SHIFTED = "the pages do not fit together", _AGAIN, True

    what: str
    remedy: str
    is_passing: bool

    def __init__(self, what: str, remedy: str, is_passing: bool = False) -> None:  # noqa: FBT001, FBT002 - a column
        self.what = what
        self.remedy = remedy
        self.is_passing = is_passing

    @property
    def slug(self) -> str:
        """Its name in the state of a source."""
        return self.name.lower().replace("_", "-")

    def error(
        self, source: str, what: str = "", remedy: str = "", retry_at: datetime | None = None
    ) -> FetchFailed:
        """Return the error of the source with the id *source*."""
        problem = Problem(Place(source), what or self.what, remedy or self.remedy)
        return FetchFailed(problem, failure=self.slug, retry_at=retry_at)


def failed(
    settings: SourceSettings,
    failure: Failure,
    what: str = "",
    remedy: str = "",
    retry_at: datetime | None = None,
) -> FetchFailed:
    """Return *failure* as the error of the source of *settings*, without its token."""
    if failure is Failure.UNAUTHORIZED and not settings.token:
        what, remedy = "it asks for a token", "set token_env or token_file"
    return failure.error(settings.id, settings.token.hidden_in(what), remedy, retry_at)


def quoted(settings: SourceSettings, text: str) -> str:
    """Return *text* of a stranger for a message: short, printable, without the token."""
    text = settings.token.hidden_in(" ".join(text.split()))
    return cut("".join(char for char in text if char.isprintable()), _MAX_QUOTED)
