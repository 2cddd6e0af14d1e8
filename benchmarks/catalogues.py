"""
Made-up catalogues of any size, in the shape of real ones.

Film *n* of a seed is the same in every catalogue that has it: nothing depends on the size,
the clock, the machine or the hash seed. ``python benchmarks/catalogues.py 1000 /tmp/films``
writes data files; `reading` makes the core's values without any file.

The shape and the data it was measured on:

- **Regions a film**: 62 % have one, 0.5 % have 21 to 60, two on average. Wikidata names 2.1
  dates a film (2,901 dates of 1,384 films); TMDB has 45 to 66 countries for the best known.
- **Kinds**: of TMDB's releases 84 % are theatrical, 9 % on disc, 5 % digital (one film of 81
  releases); Radarr, which looks at home releases in one country, has digital for 11 of 11
  films, cinema for 9 and disc for 6. Between the two, a film has three releases here, two of
  them in cinemas.
- **Coarse dates**: 27 % (787 of Wikidata's 2,901, all but 9 of them years). Wikidata cannot say
  quarters and seasons, which studios announce, so some of these stand in for years.
- **Announcements a release**: 90 % one, 7 % two, 2 % three, and `SHIFTS` days apart, as 298
  British releases showed in ten weeks of looks at TMDB in 2026.
- **Titles**: 16 characters on average (1,365 labels of Wikidata), 11 % of them sequels (1,153
  films of the United States in the 2020s); a tenth in accented Latin, Greek, Cyrillic or CJK.
- **Days to the home release**: 47 in the middle, quartiles 21 and 67 (60 films in Radarr).
- One release in a hundred is cancelled, one undated, two are tentative; a window of 45 days
  governs every seventh film. These are guesses.
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import count
from pathlib import Path
from random import Random

import yaml

from releasecal.core.catalogue import Reading
from releasecal.core.dates import SEASONS, PartialDate
from releasecal.core.film_facts import Role
from releasecal.core.models import (
    Certainty,
    Film,
    Release,
    ReleaseKey,
    ReleaseKind,
    Revision,
    SeriesPlace,
    Source,
    Status,
    Title,
    Window,
    slugify,
)

SEED = 2026

SHIFTS = (
    *(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -2, -2, -2, -2, -6, -7, -7, -11, -11, -13),
    *(1, 1, 1, 2, 2, 2, 2, 2, 2, 5, 7, 21, 28, 168, 231),
)
"""Lengths of moves in days: all 36 that were observed."""

FILMS_A_FILE = 1_000

_REGION_COUNTS = ((1, 1, 620), (2, 2, 220), (3, 3, 80), (4, 6, 55), (7, 20, 20), (21, 60, 5))
_REGIONS = [
    "US",
    "GB",
    "FR",
    "DE",
    "JP",
    "KR",
    "IT",
    "ES",
    "CA",
    "AU",
    "BR",
    "MX",
    "IN",
    "CN",
    "NL",
    "SE",
    "PL",
    "BE",
    "DK",
    "NO",
    "FI",
    "AT",
    "CH",
    "PT",
    "IE",
    "NZ",
    "AR",
    "CL",
    "CO",
    "PE",
    "TR",
    "GR",
    "CZ",
    "HU",
    "RO",
    "BG",
    "HR",
    "SK",
    "SI",
    "EE",
    "LV",
    "LT",
    "UA",
    "IL",
    "AE",
    "SA",
    "EG",
    "ZA",
    "SG",
    "MY",
    "TH",
    "ID",
    "PH",
    "VN",
    "TW",
    "HK",
    "IS",
    "LU",
    "MT",
    "CY",
]
_HOME = (47, 47, 45, 21, 21, 17, 67, 67, 31, 90)
_AT_HOME = ((ReleaseKind.DIGITAL, 35), (ReleaseKind.STREAMING, 22), (ReleaseKind.PHYSICAL, 20))
_BEFORE = (
    (ReleaseKind.PREMIERE, 15),
    (ReleaseKind.PREVIEW, 8),
    (ReleaseKind.THEATRICAL_LIMITED, 4),
)
_AFTER = ((ReleaseKind.RE_RELEASE, 3), (ReleaseKind.TV, 2))
_CHANNELS = ("Netflix", "Paramount+", "Disney+", "Prime Video", "HBO Max", "Apple TV+", "MUBI")
_REASONS = ("", "", "", "post-production", "strike", "competition", "pandemic")
_SOURCES = (
    Source("trade", "Release calendar", "The Trade Paper", published=date(2026, 11, 1)),
    Source("studio", "Press release", "A Studio", "https://studio.example/press"),
    Source("records", "Release dates", "A film database", attribution="Uses a film database."),
)
_DISTRIBUTORS = ("Paramount", "Universal", "Focus", "Toho", "Gaumont", "Nordisk", "")
_NAMES = ("Ana Löwe", "Jo Park", "Ινώ Ραφτοπούλου", "Олег Ковач", "李 明", "Max Hale", "Zoë Okoro")
_WORDS = {
    "latin": """The Last First Long Night Day River House Road Winter Summer King Queen Stone
        Wolf Garden Fire Light Shadow City Dream Silent Lost Wild Blue Red Star Return Letters
        from Beyond Before After Midnight Sea""",
    "accents": """L'été Où Ça Été Forêt Rêve Niño Corazón Müller Straße Über Grün Ørken Århus
        Åskväder Işık Şehir Çiçek Žena Před Łódź Noć""",
    "greek": "Το Η Νύχτα Θάλασσα Φως Καλοκαίρι Πόλη Όνειρο Δρόμος Βασιλιάς",
    "cyrillic": "Ночь День Река Дом Зима Лето Город Сон Дорога Левиафан Москва Свет",
    "cjk": "千と千尋 東京 物語 夜 夏 海 霸王 花样 年华 서울 겨울 기생충",
}
_SCRIPTS = {"latin": 90, "accents": 4, "cjk": 3, "cyrillic": 2, "greek": 1}


def reading(size: int, seed: int = SEED) -> Reading:
    """Return the reading of one source with *size* films."""
    return Reading(tuple(film(number, seed) for number in range(size)), _SOURCES)


@lru_cache(maxsize=4_096)
def film(number: int, seed: int = SEED) -> Film:
    """Return film *number* of *seed*."""
    chance = Random(f"film {seed} {number}")
    source = chance.choice(_SOURCES).id
    before = film(number - 1, seed) if _is_sequel(number, seed) else None
    is_in_series = before or _is_sequel(number + 1, seed)
    slug = slugify(_title(number, seed))
    id_ = f"{slug if slug.isascii() else 'film'}-{number}"
    return Film(
        id=id_,
        title=_title(number, seed),
        titles=(Title(f"Untitled {number}", "working"),) if chance.random() < 0.2 else (),
        refs=(("imdb", f"tt{9_000_000 + number}"), ("tmdb", str(2_000_000 + number))),
        distributor=chance.choice(_DISTRIBUTORS),
        genres=tuple(chance.sample(("action", "drama", "comedy", "horror"), chance.randint(0, 2))),
        cast=tuple(Role(name) for name in chance.sample(_NAMES, chance.randint(0, 3))),
        series=_series(number, seed) if is_in_series else (),
        follows=before.id if before else "",
        releases=tuple(_cited(release, source) for release in _releases(id_, chance)),
        windows=_windows(source, chance),
        source=source,
    )


def changed(film: Film, days: int) -> Film:
    """Return *film* with its first dated release put off by *days*, for one reason."""
    releases = list(film.releases)
    for at, release in enumerate(releases):
        when = release.current.when
        if when and when.is_day and not release.current.status.is_over:
            later = PartialDate.of_day(when.first + timedelta(days=days))
            told = max(date(2026, 11, 22), release.current.as_of or date.min)
            revision = replace(release.current, when=later, reason="benchmark", as_of=told)
            releases[at] = replace(release, history=(*release.history, revision))
            break
    return replace(film, releases=tuple(releases))


def as_data(film: Film) -> dict[str, object]:
    """Return *film* in the form of data files."""
    return _given(
        {
            "id": film.id,
            "title": film.title,
            "titles": [{"title": title.title, "kind": title.kind} for title in film.titles],
            "refs": {name: int(id_) if id_.isdigit() else id_ for name, id_ in film.refs},
            "distributor": film.distributor,
            "genres": list(film.genres),
            "cast": [{"name": role.name} for role in film.cast],
            "series": [
                {"id": place.id, "title": place.title, "ordinal": place.ordinal}
                for place in film.series
            ],
            "follows": film.follows,
            "source": film.source,
            "releases": [_release_data(release) for release in film.releases],
            "windows": [
                {"to": window.to.slug, "channel": window.channel, "days": window.days}
                for window in film.windows
            ],
        }
    )


def write(
    folder: Path,
    films: Iterable[Film],
    notation: str = "json",
    *,
    films_a_file: int = FILMS_A_FILE,
) -> list[Path]:
    """Write *films* and their sources into files in *folder*, and return these."""
    folder.mkdir(parents=True, exist_ok=True)
    sources = {"sources": [_source_data(source) for source in _SOURCES]}
    paths = [_write(folder / f"sources.{notation}", sources)]
    pending = list(films)
    for number in count():
        part = pending[number * films_a_file : (number + 1) * films_a_file]
        if not part:
            return paths
        data = {"films": [as_data(film) for film in part]}
        paths.append(_write(folder / f"films-{number:04}.{notation}", data))
    raise AssertionError


def _write(path: Path, data: Mapping[str, object]) -> Path:
    if path.suffix == ".json":
        text = json.dumps(data, ensure_ascii=False, indent=1)
    else:
        text = yaml.dump(data, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def _source_data(source: Source) -> dict[str, object]:
    return _given(
        {
            "id": source.id,
            "title": source.title,
            "publisher": source.publisher,
            "url": source.url,
            "published": str(source.published) if source.published else "",
            "attribution": source.attribution,
        }
    )


def _release_data(release: Release) -> dict[str, object]:
    data = {"kind": release.kind.slug, "region": release.key.region, "channel": release.channel}
    revisions = [_revision_data(revision) for revision in release.history]
    if len(revisions) == 1:
        return _given(data) | revisions[0]
    return _given(data) | {"revisions": revisions}


def _revision_data(revision: Revision) -> dict[str, object]:
    when = {"when": str(revision.when) if revision.when else None}
    return when | _given(
        {
            "as_of": str(revision.as_of) if revision.as_of else "",
            "status": "cancelled" if revision.status is Status.CANCELLED else "",
            "certainty": "tentative" if revision.certainty is Certainty.TENTATIVE else "",
            "reason": revision.reason,
        }
    )


def _given(data: Mapping[str, object]) -> dict[str, object]:
    """Return *data* without empty values."""
    return {name: value for name, value in data.items() if value}


def _is_sequel(number: int, seed: int) -> bool:
    """Whether film *number* follows the one before it; runs of them make a series."""
    return number > 0 and Random(f"sequel {seed} {number}").random() < 0.11


def _ordinal(number: int, seed: int) -> int:
    ordinal = 1
    while _is_sequel(number, seed):
        number -= 1
        ordinal += 1
    return ordinal


def _series(number: int, seed: int) -> tuple[SeriesPlace, ...]:
    ordinal = _ordinal(number, seed)
    first = number - ordinal + 1
    return (SeriesPlace(f"series-{first}", _title(first, seed), ordinal),)


def _title(number: int, seed: int) -> str:
    ordinal = _ordinal(number, seed)
    chance = Random(f"title {seed} {number - ordinal + 1}")
    words = _WORDS[chance.choices(list(_SCRIPTS), list(_SCRIPTS.values()))[0]].split()
    title = " ".join(chance.sample(words, chance.choices((1, 2, 3, 4, 5), (20, 30, 27, 17, 6))[0]))
    return f"{title} {ordinal}" if ordinal > 1 else title


def _releases(film: str, chance: Random) -> Iterator[Release]:
    opening = date(1990, 1, 1) + timedelta(days=int(chance.triangular(0, 15_000, 13_500)))
    ranges = [(first, last) for first, last, _ in _REGION_COUNTS]
    first, last = chance.choices(ranges, [weight for *_, weight in _REGION_COUNTS])[0]
    how_many = chance.randint(first, last)
    regions = chance.sample(_REGIONS[: max(10, 2 * how_many)], how_many)
    for at, region in enumerate(regions):
        day = opening + timedelta(days=chance.randint(-3, 28) if at else 0)
        yield _release(film, ReleaseKind.THEATRICAL, region, day, chance)
    home = regions[0]
    kinds = [
        *((kind, odds, -chance.randint(1, 30)) for kind, odds in _BEFORE),
        *((kind, odds, chance.choice(_HOME)) for kind, odds in _AT_HOME),
        *((kind, odds, chance.randint(300, 9_000)) for kind, odds in _AFTER),
    ]
    for kind, odds, days in kinds:
        if chance.random() * 100 < odds:
            yield _release(film, kind, home, opening + timedelta(days=days), chance)


def _release(film: str, kind: ReleaseKind, region: str, day: date, chance: Random) -> Release:
    channel = chance.choice(_CHANNELS) if kind is ReleaseKind.STREAMING else ""
    key = ReleaseKey(film, kind.identity, region, slugify(channel))
    return Release(key, kind, tuple(_history(day, chance)), channel)


def _history(day: date, chance: Random) -> Iterator[Revision]:
    """Yield announcements; the last one is for *day*, or coarser."""
    if chance.random() < 0.01:
        yield Revision(None, as_of=day - timedelta(days=200))
        return
    moves = chance.choices((0, 1, 2), (903, 74, 23))[0]
    days = [day]
    for _ in range(moves):
        days.append(days[-1] - timedelta(days=chance.choice(SHIFTS)))
    said = [PartialDate.of_day(each) for each in reversed(days)]
    if not moves:
        said = [_announced(day, chance)]
    announced = day - timedelta(days=120 + 60 * moves)
    for at, when in enumerate(said):
        certainty = Certainty.TENTATIVE if chance.random() < 0.02 else Certainty.CONFIRMED
        reason = chance.choice(_REASONS) if at else ""
        yield Revision(
            when, announced + timedelta(days=50 * at), certainty=certainty, reason=reason
        )
    if chance.random() < 0.01:
        yield Revision(said[-1], day - timedelta(days=10), status=Status.CANCELLED)


def _announced(day: date, chance: Random) -> PartialDate:
    """Return *day*, or in 27 of 100 cases only its year, month, quarter or season."""
    coarse = {
        "year": f"{day.year}",
        "month": f"{day:%Y-%m}",
        "quarter": f"{day.year}-Q{(day.month + 2) // 3}",
        "season": f"{day.year}-{SEASONS[day.month // 3 - 1]}",
    }
    if chance.random() >= 0.31:  # of those that never moved
        return PartialDate.of_day(day)
    return PartialDate.parse(coarse[chance.choices(list(coarse), (80, 10, 6, 4))[0]])


def _cited(release: Release, source: str) -> Release:
    history = tuple(replace(revision, source=source) for revision in release.history)
    return replace(release, history=history)


def _windows(source: str, chance: Random) -> tuple[Window, ...]:
    if chance.random() >= 1 / 7:
        return ()
    return (Window(ReleaseKind.STREAMING, 45, channel=chance.choice(_CHANNELS), source=source),)


def main() -> None:
    """Write a catalogue."""
    parser = argparse.ArgumentParser(description="Write a made-up catalogue of any size.")
    parser.add_argument("size", type=int, help="how many films")
    parser.add_argument("folder", type=Path, help="where to; made if need be")
    parser.add_argument("--notation", choices=["json", "yaml"], default="json")
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    paths = write(given.folder, reading(given.size, given.seed).films, given.notation)
    print(f"{given.size:,} films in {len(paths)} files in {given.folder}")


if __name__ == "__main__":
    main()
