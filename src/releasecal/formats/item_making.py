"""Making of the records that JSON has of releases and films."""

from datetime import date

from msgspec import UNSET

from releasecal.core.changes import history_in_words
from releasecal.core.dates import PartialDate, timestamp
from releasecal.core.editions import Entry, Facts
from releasecal.core.film_facts import Production, Role
from releasecal.core.languages import ENGLISH, Language
from releasecal.core.models import Certainty, Derivation, Film, Revision, Source, Window
from releasecal.formats.api_item_types import ChangeItem, FilmItem, SourceItem
from releasecal.formats.event_text import window_length
from releasecal.formats.release_item_types import (
    ConflictItem,
    DerivationItem,
    FilmFactsItem,
    LinkItem,
    NoteItem,
    ProductionItem,
    ReleaseItem,
    RevisionItem,
    RoleItem,
    SeriesItem,
    WindowItem,
)
from releasecal.queries.results import ChangeRecord
from releasecal.queries.site_settings import SiteSettings


def release_item(entry: Entry, site: SiteSettings, language: Language) -> ReleaseItem:
    """Return the record of *entry*, its history in the words of *language*."""
    facts, current = entry.facts, entry.current
    release = facts.release
    return ReleaseItem(
        uid=site.uid(entry.uid),
        film=entry.key.film,
        title=facts.title,
        kind=release.kind.slug,
        categories=entry.categories,
        region=entry.key.region,
        channel=release.channel or None,
        place=release.place or UNSET,
        label=release.label or UNSET,
        time=release.time or UNSET,
        zone=release.zone or UNSET,
        tickets=release.tickets or UNSET,
        version=release.version or UNSET,
        until=release.until.isoformat() if release.until else UNSET,
        when=_edtf(current.when),
        shown=_edtf(entry.shown),
        status=current.status.value,
        certainty=_certainty(current),
        conflicts=tuple(map(_conflict, release.contested)),
        window=_derivation(release.derivation) if release.derivation else None,
        follows=facts.follows or None,
        sequence=entry.sequence,
        created=timestamp(entry.created),
        revised=timestamp(entry.revised),
        history=_history(facts, language),
        url=site.page(entry.key.film),
    )


def film_facts_item(film: Film) -> FilmFactsItem:
    """Return the record of the facts of *film* that are none of a release."""
    return FilmFactsItem(
        title=film.title,
        distributor=film.distributor or UNSET,
        genres=film.genres or UNSET,
        series=tuple(
            SeriesItem(id=place.id, title=place.title, ordinal=place.ordinal)
            for place in film.series
        )
        or UNSET,
        refs=dict(film.refs) or UNSET,
        production=_production(film.production) if film.production else UNSET,
        cast=tuple(map(_role, film.cast)) or UNSET,
        notes=tuple(
            NoteItem(text=note.text, source=note.source or None, as_of=_iso(note.as_of))
            for note in film.notes
        )
        or UNSET,
        windows=tuple(map(_window, film.windows)) or UNSET,
        poster=film.poster or UNSET,
        synopsis=film.synopsis or UNSET,
        runtime=film.runtime or UNSET,
        certifications={each.region: each.rating for each in film.certifications} or UNSET,
        links=tuple(LinkItem(url=link.url, title=link.title or None) for link in film.links)
        or UNSET,
    )


def _edtf(when: PartialDate | None) -> str | None:
    return when.edtf if when else None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _conflict(revision: Revision) -> ConflictItem:
    return ConflictItem(
        when=_edtf(revision.when),
        status=revision.status.value,
        certainty=_certainty(revision),
        source=revision.source or None,
    )


def _certainty(revision: Revision) -> str | None:
    """
    Return the certainty of the date of *revision*, or None without a date or if it is over.

    It is "confirmed" where an event's STATUS is CONFIRMED; a date without a day is "tentative".
    """
    if revision.when is None or revision.status.is_over:
        return None
    is_coarse = revision.certainty is Certainty.CONFIRMED and not revision.when.is_day
    return (Certainty.TENTATIVE if is_coarse else revision.certainty).value


def _derivation(derivation: Derivation) -> DerivationItem:
    window = _window(derivation.window)
    return DerivationItem(
        **{name: getattr(window, name) for name in window.__struct_fields__},
        counted_from=derivation.counted_from.edtf,
        counted_from_certainty=derivation.basis.value,
    )


def _window(window: Window) -> WindowItem:
    return WindowItem(
        origin=window.origin.slug,
        to=window.to.slug,
        region=window.region or None,
        channel=window.channel or None,
        length=window_length(window, ENGLISH),
        bound=window.bound.value,
        disputed=window.disputed,
        note=window.note or None,
        condition=window.condition or UNSET,
        source=window.source or None,
    )


def _role(role: Role) -> RoleItem:
    return RoleItem(
        name=role.name,
        role=role.role or None,
        undisclosed=role.undisclosed,
        description=role.description or None,
        note=role.note or None,
        same_as=role.same_as or UNSET,
    )


def _production(production: Production) -> ProductionItem:
    return ProductionItem(
        status=production.status or None,
        wrapped=_edtf(production.wrapped),
        note=production.note or None,
        source=production.source or None,
        as_of=_iso(production.as_of),
    )


def _history(facts: Facts, language: Language) -> tuple[RevisionItem, ...]:
    history = facts.release.history
    told = history_in_words(history, dict(facts.titles), language, sources=facts.source_titles)
    return tuple(
        RevisionItem(
            when=_edtf(revision.when),
            as_of=_iso(revision.as_of),
            seen=timestamp(revision.seen) if revision.seen else None,
            status=revision.status.value,
            certainty=_certainty(revision),
            reason=revision.reason or None,
            source=revision.source or None,
            slot_from=revision.slot_from or None,
            slot_to=revision.slot_to or None,
            in_words=words,
        )
        for revision, words in zip(history, told, strict=True)
    )


def film_item(film: Film, site: SiteSettings) -> FilmItem:
    """Return the record of *film*."""
    facts, page = film_facts_item(film), site.page(film.id)
    told = {name: getattr(facts, name) for name in facts.__struct_fields__}
    return FilmItem(**told, id=film.id, url=page, feed=f"{page}.ics")


def change_item(
    record: ChangeRecord, site: SiteSettings, language: Language = ENGLISH
) -> ChangeItem:
    """Return the record of a change, its sentence in *language*."""
    change = record.change
    return ChangeItem(
        id=record.id,
        edition=record.edition,
        at=timestamp(change.at),
        release=site.uid(record.uid),
        film=change.key.film,
        title=change.title,
        kind=change.key.kind,
        region=change.key.region,
        channel=change.key.channel or None,
        change=change.kind.value,
        in_words=change.sentence(language),
        old=_edtf(change.old.when) if change.old else None,
        new=_edtf(change.new.when),
        certainty=change.new.certainty.value,
        reason=change.new.reason or None,
        source=change.new.source or None,
        url=site.page(change.key.film),
    )


def source_item(source: Source) -> SourceItem:
    """Return the record of *source*."""
    return SourceItem(
        id=source.id,
        title=source.title or None,
        publisher=source.publisher or None,
        url=source.url or None,
        published=_iso(source.published),
        licence=source.licence or None,
        attribution=source.attribution or None,
        machine=source.machine,
    )
