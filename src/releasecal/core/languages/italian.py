"""Italian."""

from releasecal.core.dates import PartialDate, Precision
from releasecal.core.languages.dates_in_words import DateInWords, SayDate, after, dates
from releasecal.core.languages.language import Language

_WORDS = {
    "yesterday": "ieri",
    "today": "oggi",
    "tomorrow": "domani",
    "cancelled ({when})": "annullato ({when})",
    "withdrawn ({when})": "ritirato ({when})",
    "confirmed": "confermata",
    "derived": "calcolata",
    "estimated": "stimata",
    "tentative": "provvisoria",
    "Set for {new}": "Fissato {new:per}",
    "Moved from {old} to {new}": "Spostato {old:da} {new:a}",
    "Corrected from {old} to {new}": "Corretto: {new} invece {old:di}",
    "According to {by}: {new}": "Secondo {by}: {new}",
    "; the source before said {old}": "; la fonte precedente diceva: {old}",
    "another source": "un’altra fonte",
    "Now exactly {new}": "Ora esattamente: {new}",
    "Now only {new}": "Ora soltanto: {new}",
    "Now {new}": "Ora: {new}",
    "No date any more": "Non ha più una data",
    "Confirmed for {new}": "Confermato {new:per}",
    "{new} is now {certainty}": "La data ({new}) è ora {certainty}",
    "Cancelled": "Annullato",
    "No longer in the list of its source": "Non è più nell’elenco della sua fonte",
    "No longer calculated": "Non è più calcolato",
    "; {old} was never announced": "; {old:il} non era mai stato annunciato",
    "Calculated: {new}": "Calcolato: {new}",
    " (calculated before: {old})": " (calcolato prima: {old})",
    "No longer announced, only calculated: {new}": "Non più annunciato, solo calcolato: {new}",
    "Back on the calendar: {new}": "Di nuovo in calendario: {new}",
    ", moved from {old}": ", spostato {old:da}",
    "Retitled from {other}": "Cambia titolo; prima: «{other}»",
    "Released {new}": "Uscito {new:il}",
    "{new} was {other}'s": "{new}: era la data di {other}",
    "{old} went to {other}": "{old}: la data è passata a {other}",
    "Another source says {new}, {old} stands": "Un’altra fonte dice: {new}; resta valido: {old}",
    "Another source says {new}; the first one has no date yet": "Un’altra fonte dice: {new}; la prima non ha ancora una data",
    ", was {old}": ", prima: {old}",
    ", was expected {old}": ", era atteso {old:per}",
    "Announced without a date": "Annunciato senza data",
    "Set for {new} after a delay": "Fissato {new:per} dopo un rinvio",
    ", announced by {day}": ", annunciato al più tardi {day:il}",
    " (“{text}”)": " («{text}»)",
    "; the date was {film}'s": "; la data era di {film}",
    "; {old} went to {film}": "; {old:il} è passato a {film}",
    "Sources differ: {by} says {when}.": "Le fonti non concordano: {by} dice {when}.",
    "another one": "un’altra",
    "No longer listed": "Non più in elenco",
    "No longer on this day": "Non più in questo giorno",
    "premiere": "première",
    "previews": "anteprime",
    "in select cinemas": "in cinema selezionati",
    "in cinemas": "al cinema",
    "back in cinemas": "di nuovo al cinema",
    "to rent or buy": "a noleggio o in vendita",
    "on disc": "su disco",
    "earliest streaming": "in streaming, al più presto",
    "streaming": "in streaming",
    "on TV": "in TV",
    " on {channel}": " su {channel}",
    "earliest {phrase}": "al più presto {phrase}",
    "worldwide": "in tutto il mondo",
    "overdue, was {when}": "in ritardo, prima: {when}",
    "TBC, {when}": "giorno da confermare: {when}",
    "TBC": "da confermare",
    "estimate": "stima",
    "estimate on an estimate": "stima su una stima",
    "calculated": "calcolato",
    "on a condition": "a una condizione",
    "at the latest": "al più tardi",
    "moved from {when}": "spostato {when:da}",
    "was {when}": "prima: {when}",
    "Overdue: it was expected for {when}, and no day is known.": "In ritardo: era atteso {when:per}, e non si conosce il giorno.",
    "No day is known yet, only {when}.": "Il giorno non è ancora noto, solo: {when}.",
    "Not announced: the latest day possible, {length} after {day} ({phrase}).": "Non annunciato: l’ultimo giorno possibile, {length} dopo {day:il} ({phrase}).",
    "Not announced: the earliest day possible, {length} after {day} ({phrase}).": "Non annunciato: il primo giorno possibile, {length} dopo {day:il} ({phrase}).",
    "Not announced: calculated, {length} after {day} ({phrase}).": "Non annunciato: calcolato, {length} dopo {day:il} ({phrase}).",
    "Not announced: an estimate, about {length} after {day} ({phrase}).": "Non annunciato: una stima, circa {length} dopo {day:il} ({phrase}).",
    "The day that it is counted from is not certain either.": "Nemmeno il giorno da cui si conta è certo.",
    "The day that it is counted from is not announced either.": "Nemmeno il giorno da cui si conta è annunciato.",
    "Only on this condition: {condition}.": "Solo a questa condizione: {condition}.",
    "How long this has to be is disputed.": "La durata di questo intervallo è controversa.",
    "The day that it was counted from has gone, or another day has been announced.": "Il giorno da cui si contava è venuto meno, o ne è stato annunciato un altro.",
    "No cancellation is known: the source may only have left it out.": "Non risulta un annullamento: forse la fonte l’ha solo omesso.",
    "The date is {certainty}.": "La data è {certainty}.",
    "Other title: {title}.": "Altro titolo: {title}.",
    "Former title: {title}.": "Titolo precedente: {title}.",
    "Begins at {time}{zone}.": "Inizia alle {time}{zone}.",
    "Place: {place}": "Luogo: {place}",
    "Language version: {version}": "Versione: {version}",
    "Runs until {until}.": "In programma {until:fino}.",
    "Tickets: {address}": "Biglietti: {address}",
    "Running time: {length}": "Durata: {length}",
    "Rating: {rating}": "Classificazione: {rating}",
    "Sequel to {film}.": "Seguito di {film}.",
    "Source: ": "Fonte: ",
    "Before:": "Prima:",
    "Release dates of films: {selected}.": "Date di uscita dei film: {selected}.",
    "all that are known": "tutte quelle note",
    "announced dates only": "solo date annunciate",
    "Each event names the sources of its date.": "Ogni evento indica le fonti della sua data.",
    "When a date moves, its event moves; calendar programs are asked to look again after {wait}.": "Quando una data si sposta, si sposta il suo evento; ai programmi di calendario si chiede di ricontrollare ogni {wait}.",
    "Published by {name}, {address}": "Pubblicato da {name}, {address}",
    "{name}: not checked since {day}": "{name}: non verificato {day:da}",
    "This calendar has {share}, the nearest to today, for calendar programs fail on larger ones. Narrow it down with what follows the question mark in its address, as in ?region=US&kind=theatrical&past=30&future=P1Y. As of {day}, {time} UTC.": "Questo calendario ha {share}, le più vicine a oggi, perché i programmi di calendario falliscono con calendari più grandi. Si restringe con ciò che segue il punto interrogativo nell’indirizzo, come in ?region=IT&kind=theatrical&past=30&future=P1Y. Situazione al {day}, {time} UTC.",
    "{name}: releases before 1970 left out": "{name}: mancano le date prima del 1970",
    "{name}: releases after 2037 left out": "{name}: mancano le date dopo il 2037",
    "Calendar programs fail on days before 1970 or after 2037. The page below has these releases.": "I programmi di calendario falliscono con giorni prima del 1970 o dopo il 2037. La pagina qui sotto ha anche queste date.",
    "The sources of these dates have not been readable since {day}; dates may have moved.": "Le fonti di queste date non sono leggibili {day:da}; possono essere cambiate.",
    "A source says something else now (see the page below). Until that has been checked, this day stays.": "Una fonte ora dice altro (vedi la pagina qui sotto). Finché non è verificato, resta questo giorno.",
    "COVID-19 pandemic": "pandemia di COVID-19",
    "strike": "sciopero",
    "writers' strike": "sciopero degli sceneggiatori",
    "actors' strike": "sciopero degli attori",
    "release date moved": "data di uscita spostata",
    "production delay": "ritardo della produzione",
    "post-production": "postproduzione",
    "visual effects": "effetti visivi",
    "reshoots": "riprese aggiuntive",
    "scheduling conflict": "conflitto di date",
    "competition": "concorrenza di altri film",
    "cinemas closed": "cinema chiusi",
    "change of distributor": "cambio di distributore",
    "legal dispute": "contenzioso",
    "weather": "maltempo",
    "{name}: changes": "{name}: modifiche",
}

_PLURALS = {
    "{count} days": {"one": "{count} giorno", "other": "{count} giorni"},
    "{count} weekends": {"one": "{count} fine settimana", "other": "{count} fine settimana"},
    "{count} weeks": {"one": "{count} settimana", "other": "{count} settimane"},
    "{count} months": {"one": "{count} mese", "other": "{count} mesi"},
    "{count} hours": {"one": "{count} ora", "other": "{count} ore"},
    "{count} minutes": {"one": "{count} minuto", "other": "{count} minuti"},
    " (again, {count} times now)": {"other": " (di nuovo, per la {count}ª volta)"},
    "• … earlier announcements: {count}": {"other": "• … annunci precedenti: {count}"},
    "{name}: {count} releases left out": {
        "one": "{name}: manca {count} data",
        "other": "{name}: mancano {count} date",
    },
    "{kept} of {count} releases": {
        "one": "{kept} di {count} data",
        "other": "{kept} di {count} date",
    },
}

_KINDS = {
    "premiere": "Première",
    "preview": "Anteprime",
    "theatrical-limited": "Cinema selezionati",
    "theatrical": "Cinema",
    "re-release": "Di nuovo al cinema",
    "digital": "Noleggio e vendita",
    "physical": "Disco",
    "streaming-eligible": "Streaming al più presto",
    "streaming": "Streaming",
    "tv": "TV",
    "sequel": "Seguiti",
}

_MONTHS = [
    "gennaio",
    "febbraio",
    "marzo",
    "aprile",
    "maggio",
    "giugno",
    "luglio",
    "agosto",
    "settembre",
    "ottobre",
    "novembre",
    "dicembre",
]
_SEASONS = ("primavera", "estate", "autunno", "inverno")
_THIRDS = ("inizio", "metà", "fine")

# Words before a date, by the format specification in the texts above.
_BARE = {"da": "da ", "a": "a ", "di": "di ", "per": "per ", "fino": "fino a "}
_BEFORE_AN_A = {**_BARE, "a": "ad ", "fino": "fino ad "}
_MASCULINE = {
    "da": "dal ",
    "a": "al ",
    "di": "del ",
    "il": "il ",
    "per": "per il ",
    "fino": "fino al ",
}
_FEMININE = {
    "da": "dalla ",
    "a": "alla ",
    "di": "della ",
    "il": "la ",
    "per": "per la ",
    "fino": "fino alla ",
}
_ELIDED = {
    "da": "dall’",
    "a": "all’",
    "di": "dell’",
    "il": "l’",
    "per": "per l’",
    "fino": "fino all’",
}


def _day(when: PartialDate) -> DateInWords:
    before = _ELIDED if when.day in (8, 11) else _MASCULINE  # otto, undici
    return after(before, f"{when.day} {_MONTHS[when.part - 1]} {when.year}")


def _month(when: PartialDate) -> DateInWords:
    name = _MONTHS[when.part - 1]
    return after(_BEFORE_AN_A if name.startswith("a") else _BARE, f"{name} {when.year}")


def _season(when: PartialDate) -> DateInWords:
    name = _SEASONS[when.part - 1]
    years = f"{when.year}-{when.year + 1}" if name == "inverno" else f"{when.year}"
    return after(_FEMININE if name == "primavera" else _ELIDED, f"{name} {years}")


def _third(when: PartialDate) -> DateInWords:
    """Return ``inizio marzo 2027``, ``metà 2027``, ``fine del 3º trimestre 2027``."""
    whole, name = when.of[0], _THIRDS[when.part - 1]
    is_short = whole.precision in (Precision.MONTH, Precision.YEAR)
    if is_short:
        return after(_BARE, f"{name} {_date(whole)}")
    return after(_ELIDED if name == "inizio" else _FEMININE, f"{name} {_date(whole):di}")


_date: SayDate = dates(
    "ancora senza data",
    {
        Precision.DAY: _day,
        Precision.MONTH: _month,
        Precision.QUARTER: lambda when: after(_MASCULINE, f"{when.part}º trimestre {when.year}"),
        Precision.SEASON: _season,
        Precision.HALF: lambda when: after(_MASCULINE, f"{when.part}º semestre {when.year}"),
        Precision.YEAR: lambda when: after(_MASCULINE, f"{when.year}"),
        Precision.THIRD: _third,
        Precision.ABOUT: lambda when: _date(when.of[0]).each("{} circa"),
    },
)


ITALIAN = Language("it", _date, _WORDS, _PLURALS, _KINDS)
"""Italian."""
