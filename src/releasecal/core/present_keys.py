"""Release keys: the keys that the releases of one film have now, whatever its sources call them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from releasecal.core.models import Film, Release, ReleaseKey
from releasecal.core.numbering import numbered


def with_present_keys(
    accounts: Sequence[Film], known: Sequence[Film]
) -> tuple[Sequence[Film], Mapping[ReleaseKey, Release]]:
    """
    Return *accounts*, of one film by precedence, with their releases under their present keys.

    *known* is as in `numbered`. The second result is releases by their former keys, under which
    the film or another one of *known* had them.
    """
    releases = (release for film in (*accounts, *known) for release in film.releases)
    if not any(release.was or release.place or release.label for release in releases):
        return accounts, {}
    accounts, moved = numbered(accounts, known)
    former = _former(accounts)
    return [_with_present_keys(film, former) for film in accounts], {**moved, **former}


def _former(accounts: Sequence[Film]) -> Mapping[ReleaseKey, Release]:
    """Return by former key the releases that *accounts*, of one film by precedence, say had it."""
    found: dict[ReleaseKey, Release] = {}
    for release in (release for film in accounts for release in film.releases):
        for old in release.was:
            if _last(release, found).key != old:  # or they would exchange their keys for ever
                found.setdefault(old, release)
    return {old: replace(_last(release, found), was=()) for old, release in found.items()}


def _last(release: Release, found: Mapping[ReleaseKey, Release]) -> Release:
    while release.key in found:
        release = found[release.key]
    return release


def _with_present_keys(film: Film, former: Mapping[ReleaseKey, Release]) -> Film:
    """
    Return *film*, an account, with its releases under the keys that they have now.

    *former* has releases by former keys. A source that tells of both means two releases.
    """
    if not former:
        return film
    releases = {release.key: replace(release, was=()) for release in film.releases}
    for old, now in former.items():
        if old in releases and now.key not in releases:
            release = releases.pop(old)
            releases[now.key] = replace(release, key=now.key, kind=now.kind, channel=now.channel)
    return replace(film, releases=tuple(releases.values()))
