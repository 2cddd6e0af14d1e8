"""TMDB's lists: which films are followed, and which of them have changed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from releasecal.errors import FetchFailed
from releasecal.sources.remote.client import Client
from releasecal.sources.remote.failures import Failure
from releasecal.sources.remote.source_settings import SourceSettings
from releasecal.sources.remote.tmdb.replies import Page

USUAL_PLACE = "https://api.themoviedb.org"
_THREADS = 12
_MAX_PAGES = 500  # of a query; TMDB lists no more
_MAX_SPAN = timedelta(days=14)  # of a question about changes
_ATTEMPTS = 3

Params = Mapping[str, str]
A = TypeVar("A")
B = TypeVar("B")


class Tmdb:
    """TMDB as a source's settings reach it: with their token, at their address."""

    def __init__(self, settings: SourceSettings, client: Client) -> None:
        """Ask nothing yet."""
        self._base = f"{(settings.address or USUAL_PLACE).rstrip('/')}/3"
        self._secrets = settings.token.bearer
        self.client = client

    def ask(self, path: str, params: Params, shape: type[A]) -> A:
        """
        Return the reply to a question.

        Raises:
            FetchFailed: There is none, or it has not the *shape* that it should have.
        """
        address = f"{self._base}{path}?{urlencode(params)}"
        try:
            reply = self.client.get_json(address, secrets=self._secrets)
        except FetchFailed as error:
            if error.failure != Failure.MISSING.slug:
                raise
            raise self.client.error(Failure.MISSING, f"{path}: nothing is there") from None
        try:
            return msgspec.convert(reply, shape)
        except msgspec.ValidationError as error:
            what = f"the reply to {path} is of another shape: {error}"
            raise self.client.error(Failure.NOT_DATA, what) from error

    def listed(self, path: str, params: Params) -> Sequence[int]:
        """
        Return the ids of all films in a list, whatever its number of pages, sorted.

        A list may change while it is read, and a film slip from a page that is yet to come to
        one that has been. So the films are counted, and the list is read again if some lack.

        Raises:
            FetchFailed: It does not hold still.
        """
        found: set[int] = set()
        for _ in range(_ATTEMPTS):
            pages = self._pages(path, params)
            found.update(id_ for page in pages for id_ in page.films)
            counted = max((page.total_results or 0 for page in pages), default=0)
            is_even = len({(page.total_results, page.total_pages) for page in pages}) == 1
            is_full = all(page.films for page in pages[:-1])
            if is_even and is_full and len(found) >= min(counted, _MAX_PAGES * 20):
                return sorted(found)
        raise self.client.error(Failure.SHIFTED)

    def changed(self, since: date, until: date, *, at_most: int) -> frozenset[int] | None:
        """
        Return the ids of all films that were edited on the days from *since* to *until*.

        None if that takes more than *at_most* requests: asking for the films is cheaper then.
        What is edited while this is asked for comes again the next time, which begins with
        the day on which this one ends.
        """
        found: set[int] = set()
        asked = 0
        for first, last in _spans(since, until):
            params = {"start_date": first.isoformat(), "end_date": last.isoformat()}
            page = self.ask("/movie/changes", params, Page)
            asked += page.total_pages
            if asked > at_most:
                return None
            rest = [{**params, "page": str(number)} for number in range(2, page.total_pages + 1)]
            pages = in_parallel(lambda each: self.ask("/movie/changes", each, Page), rest)
            found.update(id_ for each in (page, *pages) for id_ in each.films)
        return frozenset(found)

    def _pages(self, path: str, params: Params) -> Sequence[Page]:
        first = self.ask(path, params, Page)
        last = min(first.total_pages, _MAX_PAGES)
        rest = [{**params, "page": str(number)} for number in range(2, last + 1)]
        return (first, *in_parallel(lambda each: self.ask(path, each, Page), rest))


def _spans(since: date, until: date) -> Iterator[tuple[date, date]]:
    """Yield spans of days, both ends included, of as many days as a question may have."""
    first = since
    while first <= until:
        last = min(first + _MAX_SPAN - timedelta(days=1), until)
        yield first, last
        first = last + timedelta(days=1)


def in_parallel(
    ask: Callable[[B], A],
    questions: Sequence[B],
    progress: Callable[[int], object] = bool,
) -> list[A]:
    """
    Return the answers to *questions*, in their order; the first failure ends all.

    *progress* is called with the number of answers so far.
    """
    answers: list[A] = []
    with ThreadPoolExecutor(_THREADS) as pool:
        try:
            for answer in pool.map(ask, questions):
                answers.append(answer)
                progress(len(answers))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return answers
