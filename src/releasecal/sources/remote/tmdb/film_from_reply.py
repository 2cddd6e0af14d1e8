"""TMDB's films as films of a data file: each release by country and type, its note read."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from hashlib import blake2b
from typing import Any

from releasecal.core.graphemes import cut
from releasecal.core.models import slugify
from releasecal.regions import regions
from releasecal.sources.notation.clean_text import tidy
from releasecal.sources.remote.snapshot_format import Raw, filled, is_web
from releasecal.sources.remote.tmdb.replies import Movie, ReleaseDate

_IMAGES = "https://image.tmdb.org/t/p/w500"
_MAX_SYNOPSIS = 1_000
_MAX_TITLES = 50

_TYPES = {
    1: "premiere",
    2: "theatrical-limited",
    3: "theatrical",
    4: "digital",
    5: "physical",
    6: "tv",
}
_STAGES = {
    "planned": "announced",
    "in production": "filming",
    "post production": "post-production",
    "released": "finished",
    "canceled": "cancelled",
}
_SERVICES = {
    "netflix": "Netflix",
    "disney+": "Disney+",
    "disney plus": "Disney+",
    "prime video": "Prime Video",
    "amazon prime": "Prime Video",
    "hbo max": "HBO Max",
    "paramount+": "Paramount+",
    "paramount plus": "Paramount+",
    "apple tv+": "Apple TV+",
    "peacock": "Peacock",
    "hulu": "Hulu",
    "mubi": "MUBI",
    "shudder": "Shudder",
    "crunchyroll": "Crunchyroll",
    "amc+": "AMC+",
    "starz": "Starz",
    "rtl+": "RTL+",
    "canal+": "Canal+",
    "globoplay": "Globoplay",
    "viaplay": "Viaplay",
    "jiohotstar": "JioHotstar",
    "max": "HBO Max",
}
"""Services that stream to subscribers, by their names in small letters, the longer ones first."""

_WORDS = ("max",)  # are a service where they are all of a note
_SERVICE = re.compile(
    rf"(?<!\w)({'|'.join(re.escape(name) for name in _SERVICES if name not in _WORDS)})(?!\w)",
    re.IGNORECASE,
)
_FESTIVAL = re.compile(
    r"\bfest(ival|iwal|spiele|\b)|\bfilmfest|\bberlinale\b|\bbiennale\b|\bpremi[eè]re\b",
    re.IGNORECASE,
)
_IN_CINEMAS = (2, 3)
_AGAIN = timedelta(days=365)  # after the first opening; another one is a re-release then
_MAX_LABEL, _MAX_CHANNEL = 100, 40  # characters

_Told = tuple[date, ReleaseDate]
_Countries = Mapping[str, Sequence[_Told]]


def film_of(movie: Movie, source: str, kept: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """
    Return *movie* as a film told by *source*, and what was left out of it.

    *kept* are the regions whose titles, ratings and releases are wanted; none means all.
    """
    countries, odd = _countries(movie)
    named = [code for code in countries if not kept or code in kept]
    releases = list(_releases(countries, named))
    film = {
        "id": f"tmdb-{movie.id}",
        "title": tidy(movie.title) or tidy(movie.original_title),
        "titles": _titles(movie, kept),
        "refs": _refs(movie),
        "genres": [name for genre in movie.genres if (name := tidy(genre.name))],
        "production": _production(movie),
        "series": _series(movie),
        "poster": f"{_IMAGES}{movie.poster_path}" if movie.poster_path else "",
        "synopsis": cut(tidy(movie.overview), _MAX_SYNOPSIS),
        "runtime": movie.runtime or None,
        "certifications": _certifications(countries, named),
        "links": _links(movie),
        "releases": releases,
        "source": source,
    }
    return filled(film), odd


def _countries(movie: Movie) -> tuple[_Countries, list[str]]:
    """Return the releases by code of a country of today, and what else there is, in words."""
    found: dict[str, list[_Told]] = defaultdict(list)
    odd: list[str] = []
    for country in movie.release_dates.results:
        code = country.iso_3166_1.upper()
        if code not in regions():
            odd.append(f"no country has the code {code!r}")
            continue
        for each in country.release_dates:
            day = _day(each.release_date)
            if day is None:
                odd.append(f"not a date: {each.release_date[:20]!r}")
            elif each.type not in _TYPES:
                odd.append(f"there is no type {each.type} of release")
            else:
                found[code].append((day, each))
    return dict(sorted(found.items())), odd


def _day(text: str) -> date | None:
    """Return the day in ``2023-07-12T00:00:00.000Z``; another zone would make it another day."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _releases(countries: _Countries, named: Sequence[str]) -> Iterator[Raw]:
    """Yield the releases in the countries *named*, each with a key that no other one moves."""
    firsts = {
        code: {day for day, _ in told if (day.month, day.day) == (1, 1)}
        for code, told in countries.items()
    }
    for code in named:
        for way, told in _by_way(countries[code]).items():
            kind, channel = way
            for number, (day, label) in _numbered(kind, told):
                release = {
                    "kind": kind,
                    "region": code,
                    "channel": channel,
                    "label": label,
                    "number": number if number > 1 else None,
                    "when": day.isoformat(),
                    "text": _witness(code, day, firsts, named) if day in firsts[code] else "",
                }
                yield filled(release)


def _by_way(told: Iterable[_Told]) -> Mapping[tuple[str, str], list[tuple[date, str]]]:
    """Return (day, label) of the releases in a country by kind and channel, by day."""
    told = sorted(told, key=lambda each: (each[0], each[1].type, each[1].note or ""))
    opening = min((day for day, each in told if each.type in _IN_CINEMAS), default=date.max)
    found: dict[tuple[str, str], list[tuple[date, str]]] = defaultdict(list)
    for day, each in told:
        is_again = each.type in _IN_CINEMAS and day - opening >= _AGAIN
        kind, channel, label = _way(each, is_again=is_again)
        if (day, label) not in found[kind, channel]:
            found[kind, channel].append((day, label))
    return found


def _numbered(
    kind: str, told: Sequence[tuple[date, str]]
) -> Iterator[tuple[int, tuple[date, str]]]:
    """
    Yield the releases of one kind in one country with their numbers, those without a label first.

    A label of its own tells one from others, and needs no number beside it. Of those without a
    label the first one is number 1; those that share one have a number by it, and a re-release has
    one by its year, so that one more in between moves none.
    """
    counts = Counter(slugify(label) for _, label in told)
    taken = set() if kind == "re-release" else {1}
    first = next((each for each in told if not slugify(each[1])), None)
    for each in sorted(told, key=lambda each: bool(slugify(each[1]))):
        day, label = each
        is_told_apart = slugify(label) and counts[slugify(label)] == 1
        if is_told_apart or (kind != "re-release" and each is first):
            yield 1, each
            continue
        name = label or (str(day.year) if kind == "re-release" else "")
        number = _number(name) if name else 2
        while number in taken:
            number += 1
        taken.add(number)
        yield number, each


def _number(name: str) -> int:
    """Return a number from 100 to 949, the same for equal names."""
    return 100 + int.from_bytes(blake2b(name.casefold().encode(), digest_size=4).digest()) % 850


def _witness(
    code: str, day: date, firsts: Mapping[str, AbstractSet[date]], named: Sequence[str]
) -> str:
    """
    Return the wording of a 1 January that another country has, too, or "".

    It is needed where that country is not kept: TMDB asks for a 1 January where only the year
    is known, and so a lonely one is read as its year.
    """
    others = [other for other, days in firsts.items() if day in days and other != code]
    if not others or any(other in named for other in others):
        return ""
    return f"1 January, as in {others[0]}"


def _way(each: ReleaseDate, *, is_again: bool) -> tuple[str, str, str]:
    """Return kind, channel and label of a release, as its type and its note tell."""
    note = cut(tidy(each.note), _MAX_LABEL)
    kind = "re-release" if is_again else _TYPES[each.type]
    if kind == "digital" and _FESTIVAL.search(note):
        return "premiere", "", note
    if kind == "digital" and (service := _service(note)):
        return "streaming", service, ""
    if kind == "tv" and slugify(note):
        return kind, cut(note, _MAX_CHANNEL), ""
    return kind, "", note


def _service(note: str) -> str:
    """Return the name of the subscription service that *note* names, or ""."""
    found = _SERVICE.search(note)
    return _SERVICES.get((found[0] if found else note).casefold(), "")


def _titles(movie: Movie, kept: Sequence[str]) -> Sequence[Raw]:
    title, found = tidy(movie.title), []
    original = tidy(movie.original_title)
    if original and original != title:
        found.append({"title": original, "kind": "official", "lang": movie.original_language or ""})
    for each in movie.translations.translations:
        text = tidy(each.data.title)
        if text and each.iso_3166_1 in regions() and (not kept or each.iso_3166_1 in kept):
            said = {"title": text, "kind": "regional", "lang": each.iso_639_1}
            found.append({**said, "region": each.iso_3166_1})
    for other in movie.alternative_titles.titles:
        text = tidy(other.title)
        if text and other.iso_3166_1 in regions() and (not kept or other.iso_3166_1 in kept):
            kind = "working" if "working" in (other.type or "").casefold() else "alias"
            found.append({"title": text, "kind": kind, "region": other.iso_3166_1})
    unique = {(each["title"], each.get("region"), each.get("lang")): each for each in found}
    return sorted(
        map(filled, unique.values()),
        key=lambda each: (
            each["kind"],
            each.get("region", ""),
            each.get("lang", ""),
            each["title"],
        ),
    )[:_MAX_TITLES]


def _refs(movie: Movie) -> Raw:
    imdb = movie.external_ids.imdb_id or movie.imdb_id or ""
    wikidata = movie.external_ids.wikidata_id or ""
    refs = {"tmdb": str(movie.id)}
    refs |= {"imdb": imdb} if re.fullmatch(r"tt[0-9]{7,10}", imdb) else {}
    return refs | ({"wikidata": wikidata} if re.fullmatch(r"Q[1-9][0-9]*", wikidata) else {})


def _production(movie: Movie) -> Raw:
    stage = _STAGES.get((movie.status or "").casefold())
    return {"status": stage} if stage else {}


def _series(movie: Movie) -> Sequence[Raw]:
    series = movie.belongs_to_collection
    title = tidy(series.name).removesuffix(" Collection") if series else ""
    return [{"id": f"tmdb-{series.id}", "title": title}] if series and title else []


def _certifications(countries: _Countries, named: Iterable[str]) -> Sequence[Raw]:
    """Return the rating in each country: of its opening, if that has one."""
    found = []
    for code in named:
        by_type = sorted(
            countries[code], key=lambda told: (told[1].type not in _IN_CINEMAS, told[0])
        )
        ratings = (tidy(each.certification) for _, each in by_type)
        if rating := next(filter(None, ratings), ""):
            found.append({"region": code, "rating": rating})
    return found


def _links(movie: Movie) -> Sequence[Raw]:
    home = (movie.homepage or "").strip()
    links = [{"url": home, "title": "Official site"}] if is_web(home) else []
    return [*links, {"url": f"https://www.themoviedb.org/movie/{movie.id}", "title": "TMDB"}]
