"""
Renaming: a published edition under the ids that its films and releases have now.

An entry keeps its UIDs, its history and its SEQUENCE under another key. Where two published
releases turn out to be one, the older event goes on with both histories, and the other event
goes.
"""

from collections.abc import Mapping
from operator import itemgetter

from releasecal.core.editions import Edition, Entry
from releasecal.core.film_identity import Renames, referring, release_referring
from releasecal.core.history_merge import weave
from releasecal.core.models import Film, Release, ReleaseKey, Revision
from releasecal.core.value_classes import dataclass, replace


def with_present_ids(edition: Edition, renames: Renames) -> Edition:
    """
    Return *edition* with the identities of *renames*; itself if nothing in it has another one.

    An entry whose event names nothing that has another identity stays the same object.
    """
    names = {old: new for old, new in renames.films.items() if old in edition.films}
    if not names and not any(key in edition.entries for key in renames.releases):
        return edition
    renaming = _Renaming(names, renames.releases)
    entries: dict[ReleaseKey, Entry] = {}
    for entry in map(renaming.entry, edition.entries.values()):
        other = entries.get(entry.key)
        entries[entry.key] = _joined(other, entry) if other else entry
    entries = dict(sorted(entries.items(), key=itemgetter(0)))
    pending = {renaming.key(key): change for key, change in edition.pending.items()}
    pending |= {key: change for key, change in edition.pending.items() if renaming.key(key) == key}
    films = renaming.films(edition.films)
    return replace(edition, entries=entries, films=films, pending=pending)


@dataclass(frozen=True, slots=True)
class _Renaming:
    """
    The present identities of published films and releases.

    Attributes:
        names: Present ids by former ones.
        releases: Releases by the keys that they had, with the id of the film then, or of now.
    """

    names: Mapping[str, str]
    releases: Mapping[ReleaseKey, Release]

    def _now(self, key: ReleaseKey) -> Release | None:
        """Return the release that had *key* on record, or with the present id of its film."""
        return self.releases.get(key) or self.releases.get(self._of_film(key))

    def _of_film(self, key: ReleaseKey) -> ReleaseKey:
        return replace(key, film=self.names[key.film]) if key.film in self.names else key

    def key(self, key: ReleaseKey) -> ReleaseKey:
        """Return the present key of the release that had *key*."""
        now = self._now(key)
        return now.key if now else self._of_film(key)

    def release(self, release: Release) -> Release:
        """Return *release* under its present key, and with the present ids of other films."""
        now = self._now(release.key)
        if now:
            release = replace(release, kind=now.kind, channel=now.channel)
        anchor = release.derivation and self.key(release.derivation.anchor)
        if release.derivation and anchor and anchor != release.derivation.anchor:
            release = replace(release, derivation=replace(release.derivation, anchor=anchor))
        key = self.key(release.key)
        release = release if key == release.key else replace(release, key=key)
        return release_referring(release, self.names)

    def film(self, film: Film) -> Film:
        """Return *film* with the present ids of all films, and its releases under theirs."""
        releases = tuple(map(self.release, film.releases))
        id_ = self.names.get(film.id, film.id)
        return referring(replace(film, id=id_, releases=releases), self.names)

    def films(self, films: Mapping[str, Film]) -> Mapping[str, Film]:
        """Return *films* by their present ids, those merged that have become one."""
        found: dict[str, Film] = {}
        # A film that keeps its id comes first, and with it what is known of it now.
        for old in sorted(films, key=lambda id_: (id_ in self.names, id_)):
            film = self.film(films[old])
            found[film.id] = _both(found[film.id], film) if film.id in found else film
        return found

    def entry(self, entry: Entry) -> Entry:
        """Return *entry* under its present key, or itself if nothing in it has another identity."""
        facts = entry.facts
        titles = {self.names.get(id_, id_): title for id_, title in facts.titles}
        mended = replace(
            facts,
            release=self.release(facts.release),
            follows=self.names.get(facts.follows, facts.follows),
            titles=tuple(sorted(titles.items())),
        )
        return entry if mended == facts else replace(entry, facts=mended)


def _both(film: Film, other: Film) -> Film:
    """Return *film* with the releases of *other*, which is the same one."""
    keys = {release.key for release in film.releases}
    releases = (*film.releases, *(each for each in other.releases if each.key not in keys))
    told_by = tuple(dict.fromkeys((*film.told_by, *other.told_by)))
    return replace(film, releases=releases, told_by=told_by)


def _joined(one: Entry, other: Entry) -> Entry:
    """
    Return the entry of the older event of two with the histories of both.

    Its SEQUENCE is above both, and no digest: its event changes.
    """
    kept, gone = sorted((one, other), key=lambda entry: (entry.created, entry.uid))
    latest = kept if gone.is_withdrawn and not kept.is_withdrawn else gone
    history = weave(gone.facts.release.history, kept.facts.release.history, _first_seen)
    if history[-1].statement != latest.current.statement:
        history += (latest.current,)
    marks = [entry.marked_until for entry in (one, other) if entry.marked_until]
    return replace(
        kept,
        facts=replace(latest.facts, release=replace(latest.facts.release, history=history)),
        sequence=max(one.sequence, other.sequence, len(history) - 1) + 1,
        revised=max(one.revised, other.revised),
        uids=(*kept.uids, *gone.uids),
        event_digest="",
        marked_until=max(marks, default=None),
    )


def _first_seen(told: Revision, other: Revision) -> Revision:
    """Return *told*, seen when the first of both accounts was."""
    moments = [revision.seen for revision in (told, other) if revision.seen]
    return replace(told, seen=min(moments, default=None))
