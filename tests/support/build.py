"""Values for tests, in as few words as the test needs."""

from datetime import UTC, datetime, timedelta

from releasecal.core.catalogue import Catalogue, Reading, merge
from releasecal.core.dates import PartialDate
from releasecal.core.editions import NOTHING, Edition, Entry
from releasecal.core.models import Film, Release, ReleaseKey, ReleaseKind, Revision, Source, slugify
from releasecal.core.revise import Policy, revise

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
POLICY = Policy()


def when(text: str) -> PartialDate:
    return PartialDate.parse(text)


def revision(text: str, /, **facts) -> Revision:
    """Make a revision; an empty *text* is no date."""
    return Revision(when(text) if text else None, **facts)


def release(
    film_id: str = "film",
    *history: str | Revision,
    kind: ReleaseKind = ReleaseKind.THEATRICAL,
    region: str = "US",
    channel: str = "",
    note: str = "",
    number: int = 1,
    **details: object,
) -> Release:
    told = tuple(revision(each) if isinstance(each, str) else each for each in history)
    key = ReleaseKey(film_id, kind.identity, region, slugify(channel), number)
    return Release(key, kind, told, channel, note, **details)


def film(id_: str = "film", *releases: Release, title: str = "", **facts) -> Film:
    return Film(id_, title or id_.replace("-", " ").title(), releases=tuple(releases), **facts)


def opening(*history: str | Revision, id_: str = "film", **facts) -> Film:
    """Make a film with a theatrical release in the US."""
    return film(id_, release(id_, *history), **facts)


def account(*history: str | Revision, source: str = "", **facts) -> Film:
    """Return a film whose opening has *history*, of days or revisions, as *source* tells it."""
    told = [revision(each, source=source) if isinstance(each, str) else each for each in history]
    return opening(*told, **facts)


def catalogue(*films: Film, sources: tuple[Source, ...] = ()) -> Catalogue:
    return merge([Reading(films, sources)])


def publish(
    *films: Film,
    before: Edition = NOTHING,
    now: datetime = NOW,
    policy: Policy = POLICY,
    sources: tuple[Source, ...] = (),
) -> Edition:
    edition, _ = revise(before, catalogue(*films, sources=sources), now=now, policy=policy)
    return edition


def only(edition: Edition) -> Entry:
    """Return the one entry of *edition*."""
    (entry,) = edition.entries.values()
    return entry
