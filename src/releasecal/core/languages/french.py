"""French."""

from releasecal.core.dates import PartialDate, Precision
from releasecal.core.languages.dates_in_words import DateInWords, SayDate, after, dates
from releasecal.core.languages.language import Language

_WORDS = {
    "yesterday": "hier",
    "today": "aujourd’hui",
    "tomorrow": "demain",
    "cancelled ({when})": "annulé ({when})",
    "withdrawn ({when})": "retiré ({when})",
    "confirmed": "confirmée",
    "derived": "calculée",
    "estimated": "estimée",
    "tentative": "provisoire",
    "Set for {new}": "Fixé {new:à}",
    "Moved from {old} to {new}": "Déplacé {old:de} {new:à}",
    "Corrected from {old} to {new}": "Corrigé\xa0: {new} au lieu {old:de}",
    "According to {by}: {new}": "Selon {by}\xa0: {new}",
    "; the source before said {old}": "\xa0; la source précédente disait\xa0: {old}",
    "another source": "une autre source",
    "Now exactly {new}": "Maintenant exactement\xa0: {new}",
    "Now only {new}": "Maintenant seulement\xa0: {new}",
    "Now {new}": "Maintenant\xa0: {new}",
    "No date any more": "Plus de date",
    "Confirmed for {new}": "Confirmé {new:pour}",
    "{new} is now {certainty}": "La date ({new}) est maintenant {certainty}",
    "Cancelled": "Annulé",
    "No longer in the list of its source": "Ne figure plus dans la liste de sa source",
    "No longer calculated": "N’est plus calculé",
    "; {old} was never announced": "\xa0; {old:le} n’avait jamais été annoncé",
    "Calculated: {new}": "Calculé\xa0: {new}",
    " (calculated before: {old})": " (calculé auparavant\xa0: {old})",
    "No longer announced, only calculated: {new}": "Plus annoncé, seulement calculé\xa0: {new}",
    "Back on the calendar: {new}": "De retour au calendrier\xa0: {new}",
    ", moved from {old}": ", déplacé {old:de}",
    "Retitled from {other}": "Change de titre\xa0; auparavant\xa0: «\xa0{other}\xa0»",
    "Released {new}": "Sorti {new:le}",
    "{new} was {other}'s": "{new}\xa0: c’était la date de {other}",
    "{old} went to {other}": "{old}\xa0: la date est allée à {other}",
    "Another source says {new}, {old} stands": "Une autre source dit\xa0: {new}\xa0; la date retenue reste\xa0: {old}",
    "Another source says {new}; the first one has no date yet": "Une autre source dit\xa0: {new}\xa0; la première n’a pas encore de date",
    ", was {old}": ", auparavant\xa0: {old}",
    ", was expected {old}": ", attendu {old:pour}",
    "Announced without a date": "Annoncé sans date",
    "Set for {new} after a delay": "Fixé {new:à} après un report",
    ", announced by {day}": ", annoncé au plus tard {day:le}",
    " (“{text}”)": " («\xa0{text}\xa0»)",
    "; the date was {film}'s": "\xa0; c’était la date de {film}",
    "; {old} went to {film}": "\xa0; {old:le} est allé à {film}",
    "Sources differ: {by} says {when}.": "Les sources se contredisent\xa0: {by} dit {when}.",
    "another one": "une autre",
    "No longer listed": "Ne figure plus",
    "No longer on this day": "Plus à cette date",
    "premiere": "avant-première de gala",
    "previews": "avant-premières",
    "in select cinemas": "dans certaines salles",
    "in cinemas": "au cinéma",
    "back in cinemas": "de retour au cinéma",
    "to rent or buy": "en location ou à l’achat",
    "on disc": "sur disque",
    "earliest streaming": "en streaming au plus tôt",
    "streaming": "en streaming",
    "on TV": "à la télévision",
    " on {channel}": " sur {channel}",
    "earliest {phrase}": "au plus tôt {phrase}",
    "worldwide": "dans le monde entier",
    "overdue, was {when}": "en retard, auparavant\xa0: {when}",
    "TBC, {when}": "jour à confirmer\xa0: {when}",
    "TBC": "à confirmer",
    "estimate": "estimation",
    "estimate on an estimate": "estimation sur une estimation",
    "calculated": "calculé",
    "on a condition": "sous condition",
    "at the latest": "au plus tard",
    "moved from {when}": "déplacé {when:de}",
    "was {when}": "auparavant\xa0: {when}",
    "Overdue: it was expected for {when}, and no day is known.": "En retard\xa0: attendu {when:pour}, et aucun jour n’est connu.",
    "No day is known yet, only {when}.": "Le jour n’est pas encore connu, seulement\xa0: {when}.",
    "Not announced: the latest day possible, {length} after {day} ({phrase}).": "Pas annoncé\xa0: le dernier jour possible, {length} après {day:le} ({phrase}).",
    "Not announced: the earliest day possible, {length} after {day} ({phrase}).": "Pas annoncé\xa0: le premier jour possible, {length} après {day:le} ({phrase}).",
    "Not announced: calculated, {length} after {day} ({phrase}).": "Pas annoncé\xa0: calculé, {length} après {day:le} ({phrase}).",
    "Not announced: an estimate, about {length} after {day} ({phrase}).": "Pas annoncé\xa0: une estimation, environ {length} après {day:le} ({phrase}).",
    "The day that it is counted from is not certain either.": "Le jour à partir duquel on compte n’est pas certain non plus.",
    "The day that it is counted from is not announced either.": "Le jour à partir duquel on compte n’est pas annoncé non plus.",
    "Only on this condition: {condition}.": "Seulement à cette condition\xa0: {condition}.",
    "How long this has to be is disputed.": "La durée de ce délai est contestée.",
    "The day that it was counted from has gone, or another day has been announced.": "Le jour à partir duquel on comptait a disparu, ou un autre a été annoncé.",
    "No cancellation is known: the source may only have left it out.": "Aucune annulation n’est connue\xa0: la source l’a peut-être seulement omis.",
    "The date is {certainty}.": "La date est {certainty}.",
    "Other title: {title}.": "Autre titre\xa0: {title}.",
    "Former title: {title}.": "Ancien titre\xa0: {title}.",
    "Begins at {time}{zone}.": "Commence à {time}{zone}.",
    "Place: {place}": "Lieu\xa0: {place}",
    "Language version: {version}": "Version\xa0: {version}",
    "Runs until {until}.": "À l’affiche {until:jusque}.",
    "Tickets: {address}": "Billets\xa0: {address}",
    "Running time: {length}": "Durée\xa0: {length}",
    "Rating: {rating}": "Classification\xa0: {rating}",
    "Sequel to {film}.": "Suite de {film}.",
    "Source: ": "Source\xa0: ",
    "Before:": "Avant\xa0:",
    "Release dates of films: {selected}.": "Dates de sortie de films\xa0: {selected}.",
    "all that are known": "toutes celles qui sont connues",
    "announced dates only": "dates annoncées seulement",
    "Each event names the sources of its date.": "Chaque événement nomme les sources de sa date.",
    "When a date moves, its event moves; calendar programs are asked to look again after {wait}.": "Quand une date change, son événement change\xa0; les logiciels de calendrier sont priés de vérifier toutes les {wait}.",
    "Published by {name}, {address}": "Publié par {name}, {address}",
    "{name}: not checked since {day}": "{name}\xa0: non vérifié {day:depuis}",
    "This calendar has {share}, the nearest to today, for calendar programs fail on larger ones. Narrow it down with what follows the question mark in its address, as in ?region=US&kind=theatrical&past=30&future=P1Y. As of {day}, {time} UTC.": "Ce calendrier contient {share}, les plus proches d’aujourd’hui, car les logiciels de calendrier échouent sur de plus grands. Réduisez-le par ce qui suit le point d’interrogation dans son adresse, comme ?region=FR&kind=theatrical&past=30&future=P1Y. État du {day}, {time} UTC.",
    "{name}: releases before 1970 left out": "{name}\xa0: les dates avant 1970 manquent",
    "{name}: releases after 2037 left out": "{name}\xa0: les dates après 2037 manquent",
    "Calendar programs fail on days before 1970 or after 2037. The page below has these releases.": "Les logiciels de calendrier échouent sur les jours avant 1970 ou après 2037. La page ci-dessous a aussi ces dates.",
    "The sources of these dates have not been readable since {day}; dates may have moved.": "Les sources de ces dates n’ont pas pu être lues {day:depuis}\xa0; elles ont pu changer.",
    "A source says something else now (see the page below). Until that has been checked, this day stays.": "Une source dit maintenant autre chose (voir la page ci-dessous). Jusqu’à vérification, ce jour reste.",
    "COVID-19 pandemic": "pandémie de COVID-19",
    "strike": "grève",
    "writers' strike": "grève des scénaristes",
    "actors' strike": "grève des acteurs",
    "release date moved": "date de sortie déplacée",
    "production delay": "retard de production",
    "post-production": "postproduction",
    "visual effects": "effets visuels",
    "reshoots": "tournages supplémentaires",
    "scheduling conflict": "conflit de calendrier",
    "competition": "concurrence d’autres films",
    "cinemas closed": "cinémas fermés",
    "change of distributor": "changement de distributeur",
    "legal dispute": "litige",
    "weather": "météo",
    "{name}: changes": "{name} : changements",
}

_PLURALS = {
    "{count} days": {"one": "{count} jour", "other": "{count} jours"},
    "{count} weekends": {"one": "{count} week-end", "other": "{count} week-ends"},
    "{count} weeks": {"one": "{count} semaine", "other": "{count} semaines"},
    "{count} months": {"one": "{count} mois", "other": "{count} mois"},
    "{count} hours": {"one": "{count} heure", "other": "{count} heures"},
    "{count} minutes": {"one": "{count} minute", "other": "{count} minutes"},
    " (again, {count} times now)": {"other": " (de nouveau, {count} fois maintenant)"},
    "• … earlier announcements: {count}": {"other": "• … annonces antérieures\xa0: {count}"},
    "{name}: {count} releases left out": {
        "one": "{name}\xa0: {count} date manque",
        "other": "{name}\xa0: {count} dates manquent",
    },
    "{kept} of {count} releases": {
        "one": "{kept} date sur {count}",
        "other": "{kept} dates sur {count}",
    },
}

_KINDS = {
    "premiere": "Avant-premières de gala",
    "preview": "Avant-premières",
    "theatrical-limited": "Certaines salles",
    "theatrical": "Cinéma",
    "re-release": "De retour au cinéma",
    "digital": "Location et achat",
    "physical": "Disque",
    "streaming-eligible": "Streaming au plus tôt",
    "streaming": "Streaming",
    "tv": "Télévision",
    "sequel": "Suites",
}

_MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
_SEASONS = ("printemps", "été", "automne", "hiver")
_ORDINALS = ("1er", "2e", "3e", "4e")

# Words before a date, by the format specification in the texts above.
_BARE = {"de": "de ", "à": "à ", "pour": "pour ", "depuis": "depuis ", "jusque": "jusqu’à "}
_BEFORE_A_VOWEL = {**_BARE, "de": "d’"}
_MASCULINE = {
    "de": "du ",
    "à": "au ",
    "le": "le ",
    "pour": "pour le ",
    "depuis": "depuis le ",
    "jusque": "jusqu’au ",
}
_FEMININE = {
    "de": "de la ",
    "à": "à la ",
    "le": "la ",
    "pour": "pour la ",
    "depuis": "depuis la ",
    "jusque": "jusqu’à la ",
}
_ELIDED = {
    "de": "de l’",
    "à": "à l’",
    "le": "l’",
    "pour": "pour l’",
    "depuis": "depuis l’",
    "jusque": "jusqu’à l’",
}


def _day(when: PartialDate) -> DateInWords:
    day = "1er" if when.day == 1 else f"{when.day}"
    return after(_MASCULINE, f"{day} {_MONTHS[when.part - 1]} {when.year}")


def _month(when: PartialDate) -> DateInWords:
    name = _MONTHS[when.part - 1]
    return after(_BEFORE_A_VOWEL if name[0] in "ao" else _BARE, f"{name} {when.year}")


def _season(when: PartialDate) -> DateInWords:
    name = _SEASONS[when.part - 1]
    years = f"{when.year}-{when.year + 1}" if name == "hiver" else f"{when.year}"
    return after(_MASCULINE if name == "printemps" else _ELIDED, f"{name} {years}")


def _third(when: PartialDate) -> DateInWords:
    """Return ``début mars 2027``, ``mi-2027``, ``fin du 3e trimestre 2027``."""
    whole = when.of[0]
    is_short = whole.precision in (Precision.MONTH, Precision.YEAR)
    if is_short and when.part == 2:
        return after(_FEMININE, f"mi-{_date(whole)}")
    name = ("début", "milieu", "fin")[when.part - 1]
    if is_short:
        return after(_BARE, f"{name} {_date(whole)}")
    return after(_FEMININE if name == "fin" else _MASCULINE, f"{name} {_date(whole):de}")


_date: SayDate = dates(
    "pas encore de date",
    {
        Precision.DAY: _day,
        Precision.MONTH: _month,
        Precision.QUARTER: lambda when: after(
            _MASCULINE, f"{_ORDINALS[when.part - 1]} trimestre {when.year}"
        ),
        Precision.SEASON: _season,
        Precision.HALF: lambda when: after(
            _MASCULINE, f"{_ORDINALS[when.part - 1]} semestre {when.year}"
        ),
        Precision.YEAR: lambda when: after(_BARE, f"{when.year}"),
        Precision.THIRD: _third,
        Precision.ABOUT: lambda when: _date(when.of[0]).each("{} environ"),
    },
)


FRENCH = Language("fr", _date, _WORDS, _PLURALS, _KINDS, colon=" : ")
"""French."""
