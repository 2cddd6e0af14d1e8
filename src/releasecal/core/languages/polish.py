"""Polish."""

from releasecal.core.dates import PartialDate, Precision
from releasecal.core.languages.dates_in_words import DateInWords, SayDate, dates
from releasecal.core.languages.language import Language

_WORDS = {
    "yesterday": "wczoraj",
    "today": "dziś",
    "tomorrow": "jutro",
    "cancelled ({when})": "odwołano ({when})",
    "withdrawn ({when})": "wycofano ({when})",
    "confirmed": "potwierdzona",
    "derived": "obliczona",
    "estimated": "szacunkowa",
    "tentative": "wstępna",
    "Set for {new}": "Wyznaczono {new:na}",
    "Moved from {old} to {new}": "Przeniesiono {old:z} {new:na}",
    "Corrected from {old} to {new}": "Poprawiono: {new} zamiast {old:gen}",
    "According to {by}: {new}": "Według {by}: {new}",
    "; the source before said {old}": "; poprzednie źródło podawało: {old}",
    "another source": "innego źródła",
    "Now exactly {new}": "Teraz dokładnie: {new}",
    "Now only {new}": "Teraz tylko: {new}",
    "Now {new}": "Teraz: {new}",
    "No date any more": "Nie ma już daty",
    "Confirmed for {new}": "Potwierdzono {new:na}",
    "{new} is now {certainty}": "Data ({new}) jest teraz {certainty}",
    "Cancelled": "Odwołano",
    "No longer in the list of its source": "Nie ma już na liście źródła",
    "No longer calculated": "Nie jest już obliczana",
    "; {old} was never announced": "; data {old} nigdy nie była zapowiedziana",
    "Calculated: {new}": "Obliczono: {new}",
    " (calculated before: {old})": " (obliczono wcześniej: {old})",
    "No longer announced, only calculated: {new}": "Już nie zapowiedziana, tylko obliczona: {new}",
    "Back on the calendar: {new}": "Z powrotem w kalendarzu: {new}",
    ", moved from {old}": ", przeniesiono {old:z}",
    "Retitled from {other}": "Zmieniono tytuł; poprzedni: „{other}”",
    "Released {new}": "Premiera odbyła się: {new}",
    "{new} was {other}'s": "{new}: to była data filmu {other}",
    "{old} went to {other}": "{old}: datę przejął film {other}",
    "Another source says {new}, {old} stands": "Inne źródło podaje: {new}; obowiązuje: {old}",
    "Another source says {new}; the first one has no date yet": "Inne źródło podaje: {new}; pierwsze nie ma jeszcze daty",
    ", was {old}": ", poprzednio: {old}",
    ", was expected {old}": ", oczekiwano {old:na}",
    "Announced without a date": "Zapowiedziano bez daty",
    "Set for {new} after a delay": "Wyznaczono {new:na} po opóźnieniu",
    ", announced by {day}": ", zapowiedziano najpóźniej {day:gen}",
    " (“{text}”)": " („{text}”)",
    "; the date was {film}'s": "; to była data filmu {film}",
    "; {old} went to {film}": "; datę {old} przejął film {film}",
    "Sources differ: {by} says {when}.": "Źródła są rozbieżne: {by} podaje {when}.",
    "another one": "inne",
    "No longer listed": "Nie ma już na liście",
    "No longer on this day": "Już nie w tym dniu",
    "premiere": "uroczysta premiera",
    "previews": "pokazy przedpremierowe",
    "in select cinemas": "w wybranych kinach",
    "in cinemas": "w kinach",
    "back in cinemas": "ponownie w kinach",
    "to rent or buy": "do wypożyczenia lub kupienia",
    "on disc": "na płycie",
    "earliest streaming": "najwcześniej w streamingu",
    "streaming": "w streamingu",
    "on TV": "w telewizji",
    " on {channel}": " na {channel}",
    "earliest {phrase}": "najwcześniej {phrase}",
    "worldwide": "na całym świecie",
    "overdue, was {when}": "po terminie, poprzednio: {when}",
    "TBC, {when}": "dzień do potwierdzenia: {when}",
    "TBC": "do potwierdzenia",
    "estimate": "szacunek",
    "estimate on an estimate": "szacunek oparty na szacunku",
    "calculated": "obliczono",
    "on a condition": "pod warunkiem",
    "at the latest": "najpóźniej",
    "moved from {when}": "przeniesiono {when:z}",
    "was {when}": "poprzednio: {when}",
    "Overdue: it was expected for {when}, and no day is known.": "Po terminie: oczekiwano {when:na}, a dzień nie jest znany.",
    "No day is known yet, only {when}.": "Dzień nie jest jeszcze znany, tylko: {when}.",
    "Not announced: the latest day possible, {length} after {day} ({phrase}).": "Nie zapowiedziano: ostatni możliwy dzień, {length} od {day:gen} ({phrase}).",
    "Not announced: the earliest day possible, {length} after {day} ({phrase}).": "Nie zapowiedziano: najwcześniejszy możliwy dzień, {length} od {day:gen} ({phrase}).",
    "Not announced: calculated, {length} after {day} ({phrase}).": "Nie zapowiedziano: obliczono, {length} od {day:gen} ({phrase}).",
    "Not announced: an estimate, about {length} after {day} ({phrase}).": "Nie zapowiedziano: szacunek, około {length} od {day:gen} ({phrase}).",
    "The day that it is counted from is not certain either.": "Dzień, od którego się liczy, także nie jest pewny.",
    "The day that it is counted from is not announced either.": "Dzień, od którego się liczy, także nie jest zapowiedziany.",
    "Only on this condition: {condition}.": "Tylko pod tym warunkiem: {condition}.",
    "How long this has to be is disputed.": "Długość tego okresu jest sporna.",
    "The day that it was counted from has gone, or another day has been announced.": "Dzień, od którego liczono, przepadł albo zapowiedziano inny.",
    "No cancellation is known: the source may only have left it out.": "Nie wiadomo o odwołaniu: źródło mogło tylko pominąć tę datę.",
    "The date is {certainty}.": "Data jest {certainty}.",
    "Other title: {title}.": "Inny tytuł: {title}.",
    "Former title: {title}.": "Poprzedni tytuł: {title}.",
    "Begins at {time}{zone}.": "Początek: {time}{zone}.",
    "Place: {place}": "Miejsce: {place}",
    "Language version: {version}": "Wersja językowa: {version}",
    "Runs until {until}.": "Na ekranach do {until:gen}.",
    "Tickets: {address}": "Bilety: {address}",
    "Running time: {length}": "Czas trwania: {length}",
    "Rating: {rating}": "Kategoria wiekowa: {rating}",
    "Sequel to {film}.": "Kontynuacja filmu {film}.",
    "Source: ": "Źródło: ",
    "Before:": "Wcześniej:",
    "Release dates of films: {selected}.": "Daty premier filmów: {selected}.",
    "all that are known": "wszystkie znane",
    "announced dates only": "tylko zapowiedziane daty",
    "Each event names the sources of its date.": "Każde wydarzenie podaje źródła swojej daty.",
    "When a date moves, its event moves; calendar programs are asked to look again after {wait}.": "Gdy data się przesuwa, przesuwa się jej wydarzenie; programy kalendarzowe są proszone o ponowne sprawdzenie po upływie: {wait}.",
    "Published by {name}, {address}": "Wydawca: {name}, {address}",
    "{name}: not checked since {day}": "{name}: nie sprawdzano od {day:gen}",
    "This calendar has {share}, the nearest to today, for calendar programs fail on larger ones. Narrow it down with what follows the question mark in its address, as in ?region=US&kind=theatrical&past=30&future=P1Y. As of {day}, {time} UTC.": "W tym kalendarzu jest {share}, czyli najbliższe dzisiejszemu dniowi, bo większe kalendarze zawodzą w programach kalendarzowych. Można go zawęzić tym, co w adresie następuje po znaku zapytania, na przykład ?region=PL&kind=theatrical&past=30&future=P1Y. Stan na {day}, {time} UTC.",
    "{name}: releases before 1970 left out": "{name}: brakuje dat sprzed 1970 roku",
    "{name}: releases after 2037 left out": "{name}: brakuje dat po 2037 roku",
    "Calendar programs fail on days before 1970 or after 2037. The page below has these releases.": "Programy kalendarzowe zawodzą przy dniach sprzed 1970 i po 2037 roku. Strona poniżej ma także te daty.",
    "The sources of these dates have not been readable since {day}; dates may have moved.": "Źródeł tych dat nie można odczytać od {day:gen}; daty mogły się zmienić.",
    "A source says something else now (see the page below). Until that has been checked, this day stays.": "Źródło podaje teraz coś innego (zob. stronę poniżej). Do czasu sprawdzenia pozostaje ten dzień.",
    "COVID-19 pandemic": "pandemia COVID-19",
    "strike": "strajk",
    "writers' strike": "strajk scenarzystów",
    "actors' strike": "strajk aktorów",
    "release date moved": "przesunięto datę premiery",
    "production delay": "opóźnienie produkcji",
    "post-production": "postprodukcja",
    "visual effects": "efekty wizualne",
    "reshoots": "dokrętki",
    "scheduling conflict": "konflikt terminów",
    "competition": "konkurencja innych filmów",
    "cinemas closed": "kina zamknięte",
    "change of distributor": "zmiana dystrybutora",
    "legal dispute": "spór prawny",
    "weather": "pogoda",
    "{name}: changes": "{name}: zmiany",
}

_PLURALS = {
    "{count} days": {
        "one": "{count} dzień",
        "few": "{count} dni",
        "many": "{count} dni",
        "other": "{count} dnia",
    },
    "{count} weekends": {
        "one": "{count} weekend",
        "few": "{count} weekendy",
        "many": "{count} weekendów",
        "other": "{count} weekendu",
    },
    "{count} weeks": {
        "one": "{count} tydzień",
        "few": "{count} tygodnie",
        "many": "{count} tygodni",
        "other": "{count} tygodnia",
    },
    "{count} months": {
        "one": "{count} miesiąc",
        "few": "{count} miesiące",
        "many": "{count} miesięcy",
        "other": "{count} miesiąca",
    },
    "{count} hours": {
        "one": "{count} godzina",
        "few": "{count} godziny",
        "many": "{count} godzin",
        "other": "{count} godziny",
    },
    "{count} minutes": {
        "one": "{count} minuta",
        "few": "{count} minuty",
        "many": "{count} minut",
        "other": "{count} minuty",
    },
    " (again, {count} times now)": {"other": " (ponownie, po raz {count}.)"},
    "• … earlier announcements: {count}": {"other": "• … wcześniejsze zapowiedzi: {count}"},
    "{name}: {count} releases left out": {
        "one": "{name}: brakuje {count} daty",
        "few": "{name}: brakuje {count} dat",
        "many": "{name}: brakuje {count} dat",
        "other": "{name}: brakuje {count} daty",
    },
    "{kept} of {count} releases": {
        "one": "{kept} z {count} daty",
        "few": "{kept} z {count} dat",
        "many": "{kept} z {count} dat",
        "other": "{kept} z {count} daty",
    },
}

_KINDS = {
    "premiere": "Uroczyste premiery",
    "preview": "Pokazy przedpremierowe",
    "theatrical-limited": "Wybrane kina",
    "theatrical": "Kina",
    "re-release": "Ponownie w kinach",
    "digital": "Wypożyczenie i zakup",
    "physical": "Płyta",
    "streaming-eligible": "Najwcześniej w streamingu",
    "streaming": "Streaming",
    "tv": "Telewizja",
    "sequel": "Kontynuacje",
}

_MONTHS = [
    "styczeń",
    "luty",
    "marzec",
    "kwiecień",
    "maj",
    "czerwiec",
    "lipiec",
    "sierpień",
    "wrzesień",
    "październik",
    "listopad",
    "grudzień",
]
_OF_A_MONTH = [
    "stycznia",
    "lutego",
    "marca",
    "kwietnia",
    "maja",
    "czerwca",
    "lipca",
    "sierpnia",
    "września",
    "października",
    "listopada",
    "grudnia",
]
_NUMBERS = ("I", "II", "III", "IV")
# Nominative, accusative, genitive.
_SEASONS = (
    ("wiosna", "wiosnę", "wiosny"),
    ("lato", "lato", "lata"),
    ("jesień", "jesień", "jesieni"),
    ("zima", "zimę", "zimy"),
)
_THIRDS = (
    ("początek", "początek", "początku"),
    ("połowa", "połowę", "połowy"),
    ("koniec", "koniec", "końca"),
)


def _cases(nominative: str, accusative: str, genitive: str) -> DateInWords:
    """Return a date by its cases: after "na", after "z", and the genitive alone."""
    out_of = "ze" if genitive.startswith("st") else "z"  # ze stycznia
    forms = {"na": f"na {accusative}", "z": f"{out_of} {genitive}", "gen": genitive}
    return DateInWords(nominative, forms)


def _day(when: PartialDate) -> DateInWords:
    words = f"{when.day} {_OF_A_MONTH[when.part - 1]} {when.year}"
    return _cases(words, words, words)


def _month(when: PartialDate) -> DateInWords:
    name = f"{_MONTHS[when.part - 1]} {when.year}"
    return _cases(name, name, f"{_OF_A_MONTH[when.part - 1]} {when.year}")


def _quarter(when: PartialDate) -> DateInWords:
    number = _NUMBERS[when.part - 1]
    name = f"{number} kwartał {when.year}"
    return _cases(name, name, f"{number} kwartału {when.year}")


def _season(when: PartialDate) -> DateInWords:
    years = f"{when.year}/{(when.year + 1) % 100:02}" if when.part == 4 else f"{when.year}"
    return _cases(*(f"{name} {years}" for name in _SEASONS[when.part - 1]))


def _half(when: PartialDate) -> DateInWords:
    number, halves = _NUMBERS[when.part - 1], ("połowa", "połowę", "połowy")
    return _cases(*(f"{number} {name} {when.year}" for name in halves))


def _third(when: PartialDate) -> DateInWords:
    whole = _date(when.of[0])
    return _cases(*(f"{name} {whole:gen}" for name in _THIRDS[when.part - 1]))


def _about(when: PartialDate) -> DateInWords:
    words = f"około {_date(when.of[0]):gen}"
    return _cases(words, words, words)


_date: SayDate = dates(
    "bez daty",
    {
        Precision.DAY: _day,
        Precision.MONTH: _month,
        Precision.QUARTER: _quarter,
        Precision.SEASON: _season,
        Precision.HALF: _half,
        Precision.YEAR: lambda when: _cases(
            f"{when.year}", f"{when.year} rok", f"{when.year} roku"
        ),
        Precision.THIRD: _third,
        Precision.ABOUT: _about,
    },
)


POLISH = Language("pl", _date, _WORDS, _PLURALS, _KINDS)
"""Polish."""
