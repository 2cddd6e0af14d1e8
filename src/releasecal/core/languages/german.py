"""German."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Self

from releasecal.core.dates import PartialDate, Precision, range_in_words
from releasecal.core.languages.language import Language

_WORDS = {
    # a date
    "yesterday": "gestern",
    "today": "heute",
    "tomorrow": "morgen",
    "cancelled ({when})": "abgesagt ({when})",
    "withdrawn ({when})": "zurückgezogen ({when})",
    "confirmed": "bestätigt",
    "derived": "abgeleitet",
    "estimated": "geschätzt",
    "tentative": "vorläufig",
    # changes
    "Set for {new}": "Angesetzt {new:für}",
    "Moved from {old} to {new}": "Verlegt {old:von} {new:auf}",
    "Corrected from {old} to {new}": "Berichtigt: {new} statt {old}",
    "According to {by}: {new}": "Laut {by}: {new}",
    "; the source before said {old}": "; die Quelle davor sagte: {old}",
    "another source": "einer anderen Quelle",
    "Now exactly {new}": "Jetzt genau: {new}",
    "Now only {new}": "Jetzt nur noch: {new}",
    "Now {new}": "Jetzt: {new}",
    "No date any more": "Kein Termin mehr",
    "Confirmed for {new}": "Bestätigt {new:für}",
    "{new} is now {certainty}": "{new:Der} gilt jetzt als {certainty}",
    "Cancelled": "Abgesagt",
    "No longer in the list of its source": "Nicht mehr in der Liste der Quelle",
    "No longer calculated": "Wird nicht mehr berechnet",
    "; {old} was never announced": "; {old:der} war nie angekündigt",
    "Calculated: {new}": "Berechnet: {new}",
    " (calculated before: {old})": " (vorher berechnet: {old})",
    "No longer announced, only calculated: {new}": "Nicht mehr angekündigt, nur berechnet: {new}",
    "Back on the calendar: {new}": "Wieder im Kalender: {new}",
    ", moved from {old}": ", verlegt {old:von}",
    "Retitled from {other}": "Umbenannt, bisher „{other}“",
    "Released {new}": "Erschienen {new:am}",
    "{new} was {other}'s": "{new}: bisher der Termin von {other}",
    "{old} went to {other}": "{old}: jetzt der Termin von {other}",
    "Another source says {new}, {old} stands": "Eine andere Quelle sagt: {new}; es gilt: {old}",
    "Another source says {new}; the first one has no date yet": (
        "Eine andere Quelle sagt: {new}; die erste hat noch keinen Termin"
    ),
    ", was {old}": ", bisher {old}",
    ", was expected {old}": ", bisher erwartet {old:für}",
    "Announced without a date": "Angekündigt, noch ohne Termin",
    "Set for {new} after a delay": "Nach einer Verschiebung angesetzt {new:für}",
    ", announced by {day}": ", angekündigt spätestens {day:am}",
    " (“{text}”)": " („{text}“)",
    "; the date was {film}'s": "; es war der Termin von {film}",
    "; {old} went to {film}": "; {old:der} ging an {film}",
    "Sources differ: {by} says {when}.": "Die Quellen widersprechen sich: {by} sagt {when}.",
    "another one": "eine andere",
    # titles
    "No longer listed": "Nicht mehr gelistet",
    "No longer on this day": "Nicht mehr an diesem Tag",
    "premiere": "Premiere",
    "previews": "Vorpremieren",
    "in select cinemas": "in ausgewählten Kinos",
    "in cinemas": "im Kino",
    "back in cinemas": "wieder im Kino",
    "to rent or buy": "zum Leihen oder Kaufen",
    "on disc": "auf Disc",
    "earliest streaming": "frühestens im Stream",
    "streaming": "im Stream",
    "on TV": "im Fernsehen",
    " on {channel}": " bei {channel}",
    "earliest {phrase}": "frühestens {phrase}",
    "worldwide": "weltweit",
    "overdue, was {when}": "überfällig, bisher {when}",
    "TBC, {when}": "Tag offen, {when}",
    "TBC": "unbestätigt",
    "estimate": "Schätzung",
    "estimate on an estimate": "Schätzung aus einer Schätzung",
    "calculated": "berechnet",
    "on a condition": "unter einer Bedingung",
    "at the latest": "spätestens",
    "moved from {when}": "verlegt {when:von}",
    "was {when}": "bisher {when}",
    # descriptions
    "Overdue: it was expected for {when}, and no day is known.": (
        "Überfällig: erwartet war es {when:für}, und ein Tag ist nicht bekannt."
    ),
    "No day is known yet, only {when}.": "Der Tag ist noch nicht bekannt, nur {when}.",
    "Not announced: the earliest day possible, {length} after {day} ({phrase}).": (
        "Nicht angekündigt: der frühestmögliche Tag, {length} {day:nach} ({phrase})."
    ),
    "Not announced: calculated, {length} after {day} ({phrase}).": (
        "Nicht angekündigt: berechnet, {length} {day:nach} ({phrase})."
    ),
    "Not announced: an estimate, about {length} after {day} ({phrase}).": (
        "Nicht angekündigt: eine Schätzung, etwa {length} {day:nach} ({phrase})."
    ),
    "Not announced: the latest day possible, {length} after {day} ({phrase}).": (
        "Nicht angekündigt: der spätestmögliche Tag, {length} {day:nach} ({phrase})."
    ),
    "The day that it is counted from is not certain either.": (
        "Auch der Tag, von dem an gezählt wird, steht nicht fest."
    ),
    "The day that it is counted from is not announced either.": (
        "Auch der Tag, von dem an gezählt wird, ist nicht angekündigt."
    ),
    "Only on this condition: {condition}.": "Nur unter dieser Bedingung: {condition}.",
    "How long this has to be is disputed.": "Diese Frist ist umstritten.",
    "The day that it was counted from has gone, or another day has been announced.": (
        "Der Tag, von dem an gezählt wurde, ist weggefallen, oder ein anderer ist angekündigt."
    ),
    "No cancellation is known: the source may only have left it out.": (
        "Eine Absage ist nicht bekannt: Vielleicht fehlt der Termin nur in der Quelle."
    ),
    "A source says something else now (see the page below). Until that has been checked, this day stays.": (
        "Eine Quelle sagt jetzt etwas anderes (siehe die Seite unten). "
        "Bis das geprüft ist, bleibt es bei diesem Tag."
    ),
    "The date is {certainty}.": "Der Termin ist {certainty}.",
    "Other title: {title}.": "Anderer Titel: {title}.",
    "Former title: {title}.": "Früherer Titel: {title}.",
    "Begins at {time}{zone}.": "Beginn: {time} Uhr{zone}.",
    "Place: {place}": "Ort: {place}",
    "Language version: {version}": "Sprachfassung: {version}",
    "Runs until {until}.": "Läuft bis {until}.",
    "Tickets: {address}": "Karten: {address}",
    "Running time: {length}": "Laufzeit: {length}",
    "Rating: {rating}": "Freigabe: {rating}",
    "Sequel to {film}.": "Fortsetzung von {film}.",
    "Source: ": "Quelle: ",
    "Before:": "Vorher:",
    # calendars
    "Release dates of films: {selected}.": "Starttermine von Filmen: {selected}.",
    "all that are known": "alle bekannten",
    "announced dates only": "nur angekündigte Termine",
    "Each event names the sources of its date.": "Jeder Eintrag nennt die Quellen seines Termins.",
    "When a date moves, its event moves; calendar programs are asked to look again after {wait}.": (
        "Verschiebt sich ein Termin, verschiebt sich sein Eintrag; "
        "Kalenderprogramme sollen nach {wait} wieder nachsehen."
    ),
    "Published by {name}, {address}": "Herausgegeben von {name}, {address}",
    # notices
    "{name}: not checked since {day}": "{name}: nicht mehr geprüft {day:seit}",
    (
        "This calendar has {share}, the nearest to today, "
        "for calendar programs fail on larger ones. Narrow it down with what follows the "
        "question mark in its address, as in ?region=US&kind=theatrical&past=30&future=P1Y. "
        "As of {day}, {time} UTC."
    ): (
        "Dieser Kalender hat {share}, nämlich was heute am nächsten liegt, "
        "denn an größeren Kalendern scheitern Kalenderprogramme. Er lässt sich "
        "eingrenzen durch das, was in seiner Adresse auf das Fragezeichen folgt, etwa "
        "?region=DE&kind=theatrical&past=30&future=P1Y. Stand: {day}, {time} Uhr (UTC)."
    ),
    "{name}: releases before 1970 left out": "{name}: Termine vor 1970 fehlen hier",
    "{name}: releases after 2037 left out": "{name}: Termine nach 2037 fehlen hier",
    "Calendar programs fail on days before 1970 or after 2037. The page below has these releases.": (
        "Kalenderprogramme scheitern an Tagen vor 1970 und nach 2037. Die Seite unten hat auch diese Termine."
    ),
    "The sources of these dates have not been readable since {day}; dates may have moved.": (
        "Die Quellen dieser Termine waren {day:seit} nicht lesbar; "
        "manches kann sich verschoben haben."
    ),
    "COVID-19 pandemic": "COVID-19-Pandemie",
    "strike": "Streik",
    "writers' strike": "Streik der Autoren",
    "actors' strike": "Streik der Schauspieler",
    "release date moved": "Starttermin verlegt",
    "production delay": "Verzögerung der Produktion",
    "post-production": "Postproduktion",
    "visual effects": "visuelle Effekte",
    "reshoots": "Nachdrehs",
    "scheduling conflict": "Terminkonflikt",
    "competition": "Konkurrenz anderer Filme",
    "cinemas closed": "Kinos geschlossen",
    "change of distributor": "anderer Verleih",
    "legal dispute": "Rechtsstreit",
    "weather": "Wetter",
    "{name}: changes": "{name}: Änderungen",
}

_PLURALS = {
    "{count} days": {"one": "{count} Tag", "other": "{count} Tage"},
    "{count} weekends": {"one": "{count} Wochenende", "other": "{count} Wochenenden"},
    "{count} weeks": {"one": "{count} Woche", "other": "{count} Wochen"},
    "{count} months": {"one": "{count} Monat", "other": "{count} Monate"},
    "{count} hours": {"one": "{count} Stunde", "other": "{count} Stunden"},
    "{count} minutes": {"one": "{count} Minute", "other": "{count} Minuten"},
    " (again, {count} times now)": {"other": " (erneut, zum {count}. Mal)"},
    "• … earlier announcements: {count}": {"other": "• … frühere Ankündigungen: {count}"},
    "{name}: {count} releases left out": {
        "one": "{name}: {count} Termin fehlt hier",
        "other": "{name}: {count} Termine fehlen hier",
    },
    "{kept} of {count} releases": {
        "one": "{kept} von {count} Termin",
        "other": "{kept} von {count} Terminen",
    },
}

_KINDS = {
    "premiere": "Premieren",
    "preview": "Vorpremieren",
    "theatrical-limited": "ausgewählte Kinos",
    "theatrical": "Kino",
    "re-release": "wieder im Kino",
    "digital": "Leihen und Kaufen",
    "physical": "Disc",
    "streaming-eligible": "frühestens im Stream",
    "streaming": "Streaming",
    "tv": "Fernsehen",
    "sequel": "Fortsetzungen",
}

_MONTHS = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
]
_SEASONS = ("Frühjahr", "Sommer", "Herbst", "Winter")
_THIRDS = ("Anfang", "Mitte", "Ende")
_GENITIVES = dict(zip(_SEASONS, ("Frühjahrs", "Sommers", "Herbstes", "Winters"), strict=True))

# Words before a date, by the format specification in the texts above: the first table for a
# day, the others for a month, a year, or a noun (quarter, season).
_OF_A_DAY = {
    "am": "am ",
    "auf": "auf den ",
    "der": "der ",
    "Der": "Der ",
    "für": "für den ",
    "nach": "nach dem ",
    "seit": "seit dem ",
    "von": "vom ",
}
_OF_A_MONTH = {
    "am": "im ",
    "auf": "auf ",
    "der": "der ",
    "Der": "Der ",
    "für": "für ",
    "nach": "nach ",
    "seit": "seit ",
    "von": "von ",
}
_OF_A_YEAR = {**_OF_A_MONTH, "am": "", "der": "das Jahr ", "Der": "Das Jahr "}
_MASCULINE = {**_OF_A_DAY, "am": "im "}
_NEUTER = {**_MASCULINE, "auf": "auf das ", "der": "das ", "Der": "Das ", "für": "für das "}
_OF_A_RANGE = {case: f"{before}Zeitraum " for case, before in _MASCULINE.items()}
_OF_A_THIRD = {**_OF_A_MONTH, "am": "", "der": "", "Der": ""}


class _Date(str):
    """A date in words that declines: ``f"{date:auf}"`` is "auf den 14. Juli 2023"."""

    __slots__ = ("_before", "_head", "_words")

    _words: str
    _before: Mapping[str, str]
    _head: str

    def __new__(cls, words: str, before: Mapping[str, str], head: str = "") -> Self:
        date = super().__new__(cls, f"{head}{words}")
        date._words, date._before, date._head = words, before, head
        return date

    def __format__(self, name: str) -> str:
        head = self._head.capitalize() if name == "Der" else self._head
        before = self._before.get(name, "")
        if head:
            before = before[:1].lower() + before[1:]
        return f"{head}{before}{self._words}"

    def about(self) -> Self:
        """Return the date around this one."""
        return type(self)(self._words, self._before, "etwa ")


@lru_cache(maxsize=16_384)
def _date(when: PartialDate | None) -> str:
    return _dated(when) if when else _Date("noch kein Termin", {})


def _dated(when: PartialDate) -> _Date:
    return _DATES[when.precision](when)


def _season(when: PartialDate) -> _Date:
    # A winter is of the year it begins in, and called by both.
    name, year = _SEASONS[when.part - 1], when.year
    years = f"{year}/{(year + 1) % 100:02}" if name == "Winter" else f"{year}"
    return _Date(f"{name} {years}", _NEUTER if name == "Frühjahr" else _MASCULINE)


def _genitive(whole: PartialDate) -> str:
    """Return a date after the name of its third: ``März 2027``, ``des 3. Quartals 2027``."""
    words = str(_dated(whole))
    if whole.precision is Precision.QUARTER:
        return f"des {words.replace('Quartal', 'Quartals')}"
    name, _, rest = words.partition(" ")
    return f"des {_GENITIVES[name]} {rest}" if name in _GENITIVES else words


def _range(when: PartialDate) -> _Date:
    """Return ``März–Mai 2027``, ``3.–7. Juli 2027``, ``28. Juli – 3. August 2027``."""
    return _Date(range_in_words(when, lambda end: str(_dated(end)), "."), _OF_A_RANGE)


_DATES: Mapping[Precision, Callable[[PartialDate], _Date]] = {
    Precision.DAY: lambda when: _Date(
        f"{when.day}. {_MONTHS[when.part - 1]} {when.year}", _OF_A_DAY
    ),
    Precision.MONTH: lambda when: _Date(f"{_MONTHS[when.part - 1]} {when.year}", _OF_A_MONTH),
    Precision.QUARTER: lambda when: _Date(f"{when.part}. Quartal {when.year}", _NEUTER),
    Precision.SEASON: _season,
    Precision.HALF: lambda when: _Date(f"{when.part}. Halbjahr {when.year}", _NEUTER),
    Precision.YEAR: lambda when: _Date(f"{when.year}", _OF_A_YEAR),
    Precision.THIRD: lambda when: _Date(
        f"{_THIRDS[when.part - 1]} {_genitive(when.of[0])}", _OF_A_THIRD
    ),
    Precision.ABOUT: lambda when: _dated(when.of[0]).about(),
    Precision.RANGE: _range,
}


GERMAN = Language("de", _date, _WORDS, _PLURALS, _KINDS)
"""German as written in Germany and Austria, and in Switzerland but for the ß."""
