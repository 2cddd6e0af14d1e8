"""
The exporter: the whole site as files, in passes over the edition.

The ledger is first: an export that is interrupted must not leave feeds that are newer than the
history they go on from. New pages come before the pages that link to them.
"""

import gc
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from releasecal import __version__
from releasecal.clock import Clock, Ticks
from releasecal.core.languages import ENGLISH
from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import ExportError, NothingPublished
from releasecal.export import hosting
from releasecal.export.film_feeds import OF_EACH_FILM, FilmFeeds
from releasecal.export.manifest import Manifest
from releasecal.export.selections import selections
from releasecal.export.static_pages import StaticPages
from releasecal.export.target import SiteTarget
from releasecal.export.writer import Made, SiteWriter
from releasecal.formats import CHANGE_FORMATS, FORMATS
from releasecal.queries.change_query import ChangeQuery
from releasecal.store import (
    Connection,
    Head,
    answering_queries,
    change_log,
    exported_poster_index,
    ledger_copy,
    newest_edition,
    posters,
)
from releasecal.store.rows_of_all_film_feeds import FilmPass, FilmRows
from releasecal.web import create_app
from releasecal.web.pages.exported_calendars import groups
from releasecal.web.routes.changes import MAX
from releasecal.web.routes.poster_files import FOR_EVER
from releasecal.web.services import Services

LEDGER = "ledger.jsonl"
"""Path of the ledger, from which another machine goes on."""

_OBJECTS = 100_000  # between two looks for garbage; a page makes some thousands

_FILES = (
    *("static/style.css", "static/copy.js", "accent.css", "card.png"),
    *("icon.svg", "icon.png", "apple-touch-icon.png", "site.webmanifest"),
)
"""Paths of what all pages share."""


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """
    The choices of an export.

    Attributes:
        has_ledger: Whether the ledger is part of the site, for everybody to read.
        is_packed: Whether there is a twin in gzip of each file that is worth it.
    """

    has_ledger: bool = True
    is_packed: bool = False


@dataclass(frozen=True, slots=True)
class ExportReport:
    """
    The outcome of an export.

    Attributes:
        edition: Number of the edition that the site shows.
        written: Number of files written, the manifest aside.
        kept: Number of files that stay as they were.
        removed: Number of files removed.
    """

    edition: int
    written: int
    kept: int
    removed: int

    @property
    def in_words(self) -> str:
        """The report in a sentence."""
        files = ENGLISH.say_many("{count} files written", self.written)
        return f"edition {self.edition}: {files}, {self.kept} as they were, {self.removed} removed"


def export(  # noqa: PLR0913 - a site, a place, and the two clocks
    services: Services,
    target: SiteTarget,
    *,
    clock: Clock,
    ticks: Ticks,
    options: ExportOptions = ExportOptions(),  # noqa: B008 - frozen
    memory: Manifest = Manifest(),  # noqa: B008 - frozen
) -> ExportReport:
    """
    Write the site of *services* into *target*, as far as it differs from what is there.

    *memory* is the manifest of the site as it was published before, wherever that was.

    Raises:
        ExportError: The target cannot be used, or another export is writing there.
        NothingPublished: There is no edition yet.
        StoreError: The database cannot be used.
    """
    if services.site.public_url is None:
        raise ExportError(
            "nobody has said where the site will be "
            "(set RELEASECAL_PUBLIC_URL, such as https://films.example)"
        )
    with target.locked(clock()), seldom_collected():
        while True:
            report = _export(services, target, clock(), ticks, options, memory)
            # Pages are made in transactions of their own: with another edition, once more.
            if services.store.ask(newest_edition.head).number == report.edition:
                return report


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Have Python look for cycles of garbage seldom: a pass makes millions of objects and no cycle."""
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_OBJECTS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


def _export(  # noqa: PLR0913, PLR0917 - as above
    services: Services,
    target: SiteTarget,
    now: datetime,
    ticks: Ticks,
    options: ExportOptions,
    memory: Manifest,
) -> ExportReport:
    with TemporaryDirectory() as scratch, services.store.reading() as facts:
        head = newest_edition.head(facts)
        if not head.number:
            raise NothingPublished("nothing has been published yet (try: releasecal refresh)")
        writer = SiteWriter(target, memory, head.number, ticks, is_packed=options.is_packed)
        state = _State.of(services, facts, head, now.date(), options)
        if not writer.keep_all(state.whole):
            site = _Site(services, facts, state, writer.paths())
            _Export(site, writer, options, Path(scratch)).run(now)
    return ExportReport(head.number, writer.written, writer.kept, writer.removed)


@dataclass(frozen=True, slots=True)
class _State:
    """
    The state that a site is made from, on the civil day *today*.

    The other attributes are digests of parts of it.

    Attributes:
        look: Of the settings that show.
        present: Of these, the edition and the day.
        whole: Of everything.
        stale: Of the looks at the sources, if feeds have a notice about that.
        pictures: Digest and media type of each copy of a poster, by the poster's address.
        kept: When each of these copies was made.
    """

    head: Head
    today: date
    look: str
    present: str
    whole: str
    stale: str
    pictures: Mapping[str, tuple[str, str]]
    kept: Mapping[str, datetime]

    @classmethod
    def of(
        cls,
        services: Services,
        facts: Connection,
        head: Head,
        today: date,
        options: ExportOptions,
    ) -> "_State":
        """Return the state of *services* with the edition of *head*."""
        operations = ledger_copy.operations_digest(facts)
        shown = head.shows(today, services.site.stale_after)
        look = _digest(__version__, services.site, services.feeds, services.mark)
        present = _digest(look, shown, head.published, head.inputs, today)
        logo = Path(services.site.logo).read_bytes() if services.site.logo else b""
        pictures = posters.copies(facts, services.site.poster_hosts)
        states = posters.states(facts) if pictures else {}
        kept = {address: moment for address in pictures if (moment := states[address].kept)}
        about = (present, operations, logo, services.delivery.max_age, options, pictures, kept)
        stale = operations if shown[-1] else ""
        return cls(head, today, look, present, _digest(*about), stale, pictures, kept)


def _digest(*told: object) -> str:
    return blake2b(repr(told).encode(), digest_size=8).hexdigest()


class _Site:
    """The site in a *state*, and the app that shows it."""

    def __init__(
        self, services: Services, facts: Connection, state: _State, earlier: Iterable[str]
    ) -> None:
        head, today = state.head, state.today
        self.facts, self.state, self.site = facts, state, services.site
        self.films = FilmPass(facts, today)
        self.feeds = FilmFeeds(facts, head, services.site, today)
        self.selections = selections(facts, services.feeds, services.vocabulary, earlier)
        found = groups(services.site, [(each.path, each.query) for each in self.selections])
        app = create_app(replace(services, exported=found))
        url = services.site.url
        # A host knows the type of a file by its ending.
        logo = Path(self.site.logo).suffix.casefold() if self.site.logo else ""
        self.aliases = {"/logo": f"/logo{logo}"} if logo else {}
        self.posters = {
            f"/posters/{digest}": f"/posters/{digest}{hosting.ending(media_type)}"
            for digest, media_type in state.pictures.values()
        }
        aliases = self.aliases | self.posters
        self.pages = StaticPages(app, url, self._exported().__contains__, aliases)
        self.url, self.prefix = url, urlsplit(url).path
        self.former: dict[str, list[str]] = defaultdict(list)
        for old, new in self.films.other_ids.items():
            self.former[new].append(old)
        self.addresses = [
            "/",
            "/changes/",
            *(f"/films/{id_}/" for id_ in self.films.titles),
            *(f"/series/{id_}/" for id_ in self.films.series),
        ]
        self.max_age = services.delivery.max_age
        stale = head.shows(today, services.site.stale_after)[1:]
        daily = (today, state.stale) if stale[-1] else ()
        self.shape = _digest(state.look, stale, found, daily)

    def poster_index(self) -> bytes:
        """Return the index of the copies of posters, from which another machine goes on."""
        paths = {
            address: self.posters[f"/posters/{digest}"][1:]
            for address, (digest, _) in self.state.pictures.items()
        }
        return exported_poster_index.to_bytes(paths, self.state.kept)

    def pictures_of(self, rows: FilmRows) -> str:
        """Return a digest of the posters that the page of *rows* shows; "" if it shows none."""
        pictures = self.state.pictures
        found = [pictures[each] for each in rows.posters if each in pictures]
        return _digest(found) if found else ""

    def _exported(self) -> frozenset[str]:
        """Return the paths of all that is exported, a page's as its address has it."""
        paths = {"/", "/changes", *(f"/{path}" for path in _FILES), *self.aliases, *self.posters}
        paths |= {f"/changes.{ending}" for ending in CHANGE_FORMATS}
        ends = ["", *(f".{form.extension}" for form in OF_EACH_FILM)]
        for folder, ids in (("films", self.films.titles), ("series", self.films.series)):
            paths |= {f"/{folder}/{id_}{end}" for id_ in ids for end in ends}
        for each in self.selections:
            paths |= {f"{each.path}.{ending}" for ending in each.formats}
        return frozenset(paths)


class _Export:
    """The steps of an export."""

    def __init__(
        self, site: _Site, writer: SiteWriter, options: ExportOptions, scratch: Path
    ) -> None:
        self._site, self._writer, self._options, self._scratch = site, writer, options, scratch
        self._late: list[tuple[str, str]] = []  # address and made_from of pages that are there

    def run(self, now: datetime) -> None:
        """
        Write everything in order, and at last remove what is no longer part of the site.

        After an error the next export goes on from there.
        """
        try:
            self._write()
        except (Exception, KeyboardInterrupt):
            self._writer.interrupt()
            raise
        self._writer.finish(now, self._site.state.whole)

    def _write(self) -> None:
        films = self._site.films
        of_all = chain(
            self._static(),
            self._of_each("films", films.films()),
            self._of_each("series", films.series_rows()),
            self._former(),
            self._selections(),
        )
        for step in (
            self._ledger(),
            self._posters(),
            of_all,
            self._pages(self._late),
            self._last(),
        ):
            for made in step:
                self._writer.put(made)
            self._writer.wait()

    def _made(self, path: str, body: bytes | Path | str, made_from: str = "") -> Made:
        octets = body.encode() if isinstance(body, str) else body
        latest, kind = self._site.state.head.published, hosting.content_type(path)
        is_page = path.endswith((".html", ".css", ".js"))
        return Made(path, octets, kind, latest, made_from, 0 if is_page else self._site.max_age)

    def _ledger(self) -> Iterator[Made]:
        if self._options.has_ledger:
            file = self._scratch / LEDGER
            # The manifest has the memory of an exported site.
            rows = ledger_copy.table_rows(self._site.facts, memory=False)
            ledger_copy.written_to(str(file), ledger_copy.lines(rows))
            yield self._made(LEDGER, file)

    def _posters(self) -> Iterator[Made]:
        """Yield the copies of posters, which are named for their contents, unless they are there."""
        for address, path in sorted(self._site.posters.items()):
            for made in self._kept(path[1:], address, partial(self._site.pages.octets, address)):
                yield made._replace(max_age=FOR_EVER)
        if self._site.posters:
            yield self._made(exported_poster_index.NAME, self._site.poster_index())

    def _static(self) -> Iterator[Made]:
        site = self._site
        for path in _FILES:
            yield from self._kept(path, site.state.look, partial(self._file, path))
        for address, path in site.aliases.items():
            yield self._made(path[1:], site.pages.octets(address))
        yield self._made("_headers", hosting.headers_file(site.max_age))
        yield self._made("_nginx.conf", hosting.nginx_file(site.max_age))
        yield self._made("robots.txt", hosting.robots_file(site.url))
        missing = partial(site.pages.page, "/no-such-page", status=404)
        yield from self._kept("404.html", site.shape, missing)

    def _file(self, path: str) -> bytes:
        """Return the file that all pages share at *path*, with addresses as this site has them."""
        octets = self._site.pages.octets(f"/{path}")
        is_manifest = path.endswith(".webmanifest")
        return octets.replace(b'"/', f'"{self._site.prefix}/'.encode()) if is_manifest else octets

    def _of_each(self, folder: str, found: Iterable[FilmRows]) -> Iterator[Made]:
        """Yield the feeds of films or series, and the pages that are not there yet."""
        for rows in found:
            made_from = f"{self._site.shape}{rows.made_from}"
            yield from self._feeds(folder, rows, made_from)
            page = (f"/{folder}/{rows.id}", f"{made_from}{self._site.pictures_of(rows)}")
            if self._writer.has(_file_of(page[0])):
                self._late.append(page)
            else:
                yield from self._pages([page])

    def _feeds(self, folder: str, rows: FilmRows, made_from: str) -> Iterator[Made]:
        """Yield the feeds of *rows*, under former ids, too, unless they are there."""
        ids = [rows.id, *(self._site.former.get(rows.id, ()) if folder == "films" else ())]
        left = f"{rows.left:%Y%m%d%H%M%S}" if rows.left else ""
        # What a limit may cut changes with each day.
        daily = (
            f"{self._site.state.today:%Y%m%d}"
            if len(rows.rows) > answering_queries.SURELY_SHORT
            else ""
        )
        made_from = f"{made_from}{left}{daily}"
        paths = [f"{folder}/{id_}.{form.extension}" for id_ in ids for form in OF_EACH_FILM]
        if self._writer.keep(paths, made_from):
            return
        max_age = self._site.max_age
        for form, body, latest in self._site.feeds.of(folder, rows):
            for id_ in ids:
                path = f"{folder}/{id_}.{form.extension}"
                yield Made(path, body, form.content_type, latest, made_from, max_age)

    def _pages(self, pages: Iterable[tuple[str, str]]) -> Iterator[Made]:
        """Yield *pages*, addresses with what they are made from, unless they are there."""
        for address, made_from in pages:
            page = partial(self._site.pages.page, address)
            yield from self._kept(_file_of(address), made_from, page)

    def _kept(self, path: str, made_from: str, make: Callable[[], bytes]) -> Iterator[Made]:
        """Yield what *make* returns as the file at *path*, unless that is there."""
        if not self._writer.keep([path], made_from):
            yield self._made(path, make(), made_from)

    def _former(self) -> Iterator[Made]:
        """Yield what leads from the former addresses of pages to the present ones."""
        moved = {
            f"/films/{old}": f"/films/{new}"
            for new, several in self._site.former.items()
            for old in several
        }
        for old, new in moved.items():
            yield self._made(_file_of(old), hosting.moved_page(f"{self._site.url}{new}/"))
        yield self._made("_redirects", hosting.redirects_file(self._site.prefix, moved))

    def _selections(self) -> Iterator[Made]:
        site = self._site
        for each in site.selections:
            shown = site.films.of_selection(each.query) if each.is_part else site.state.present
            made_from = _digest(site.shape, shown)
            if self._writer.keep([f"{each.path[1:]}.{end}" for end in each.formats], made_from):
                continue
            for ending in each.formats:
                form = FORMATS[ending]
                feed = site.feeds.selected(each.query, each.path, form)
                path, body = f"{each.path[1:]}.{ending}", form.render(feed)
                kind = form.content_type
                yield Made(path, body, kind, feed.changed, made_from, site.max_age)

    def _last(self) -> Iterator[Made]:
        """Yield what all else is found by."""
        site = self._site
        logs = {f"changes.{ending}": form for ending, form in CHANGE_FORMATS.items()}
        if not self._writer.keep(logs, site.state.present):
            log = change_log.log(site.facts, ChangeQuery(), site=site.site, most=MAX)
            for path, form in logs.items():
                yield self._made(path, form.render(log), site.state.present)
        yield from self._pages([("/changes", ""), ("/", "")])
        for path, text in hosting.sitemaps(site.url, site.addresses):
            yield self._made(path, text)


def _file_of(address: str) -> str:
    """Return the path of the file of the page at *address*."""
    return f"{address}/index.html".replace("//", "/").lstrip("/")
