"""Spanish."""

from releasecal.core.dates import PartialDate, Precision
from releasecal.core.languages.dates_in_words import DateInWords, SayDate, after, dates
from releasecal.core.languages.language import Language

_WORDS = {
    "yesterday": "ayer",
    "today": "hoy",
    "tomorrow": "mañana",
    "cancelled ({when})": "cancelado ({when})",
    "withdrawn ({when})": "retirado ({when})",
    "confirmed": "confirmada",
    "derived": "calculada",
    "estimated": "estimada",
    "tentative": "provisional",
    "Set for {new}": "Fijado {new:para}",
    "Moved from {old} to {new}": "Trasladado {old:de} {new:a}",
    "Corrected from {old} to {new}": "Corregido: {new} en lugar {old:de}",
    "According to {by}: {new}": "Según {by}: {new}",
    "; the source before said {old}": "; la fuente anterior decía: {old}",
    "another source": "otra fuente",
    "Now exactly {new}": "Ahora exactamente: {new}",
    "Now only {new}": "Ahora solo: {new}",
    "Now {new}": "Ahora: {new}",
    "No date any more": "Ya no tiene fecha",
    "Confirmed for {new}": "Confirmado {new:para}",
    "{new} is now {certainty}": "La fecha ({new}) es ahora {certainty}",
    "Cancelled": "Cancelado",
    "No longer in the list of its source": "Ya no figura en la lista de su fuente",
    "No longer calculated": "Ya no se calcula",
    "; {old} was never announced": "; {old:el} nunca se anunció",
    "Calculated: {new}": "Calculado: {new}",
    " (calculated before: {old})": " (calculado antes: {old})",
    "No longer announced, only calculated: {new}": "Ya no está anunciado, solo calculado: {new}",
    "Back on the calendar: {new}": "De nuevo en el calendario: {new}",
    ", moved from {old}": ", trasladado {old:desde}",
    "Retitled from {other}": "Cambia de título; antes: «{other}»",
    "Released {new}": "Estrenado {new:el}",
    "{new} was {other}'s": "{new}: era la fecha de {other}",
    "{old} went to {other}": "{old}: la fecha pasó a {other}",
    "Another source says {new}, {old} stands": "Otra fuente dice: {new}; se mantiene: {old}",
    "Another source says {new}; the first one has no date yet": "Otra fuente dice: {new}; la primera aún no tiene fecha",
    ", was {old}": ", antes: {old}",
    ", was expected {old}": ", se esperaba {old:para}",
    "Announced without a date": "Anunciado sin fecha",
    "Set for {new} after a delay": "Fijado {new:para} tras un aplazamiento",
    ", announced by {day}": ", anunciado a más tardar {day:el}",
    " (“{text}”)": " («{text}»)",
    "; the date was {film}'s": "; la fecha era de {film}",
    "; {old} went to {film}": "; {old:el} pasó a {film}",
    "Sources differ: {by} says {when}.": "Las fuentes no coinciden: {by} dice {when}.",
    "another one": "otra",
    "No longer listed": "Ya no figura",
    "No longer on this day": "Ya no en este día",
    "premiere": "preestreno de gala",
    "previews": "preestrenos",
    "in select cinemas": "en cines seleccionados",
    "in cinemas": "en cines",
    "back in cinemas": "de nuevo en cines",
    "to rent or buy": "en alquiler o compra",
    "on disc": "en disco",
    "earliest streaming": "en streaming, como muy pronto",
    "streaming": "en streaming",
    "on TV": "en televisión",
    " on {channel}": " en {channel}",
    "earliest {phrase}": "como muy pronto {phrase}",
    "worldwide": "en todo el mundo",
    "overdue, was {when}": "con retraso, antes: {when}",
    "TBC, {when}": "día por confirmar: {when}",
    "TBC": "por confirmar",
    "estimate": "estimación",
    "estimate on an estimate": "estimación sobre una estimación",
    "calculated": "calculado",
    "on a condition": "con una condición",
    "at the latest": "como muy tarde",
    "moved from {when}": "trasladado {when:desde}",
    "was {when}": "antes: {when}",
    "Overdue: it was expected for {when}, and no day is known.": "Con retraso: se esperaba {when:para} y no se conoce el día.",
    "No day is known yet, only {when}.": "Aún no se conoce el día, solo: {when}.",
    "Not announced: the latest day possible, {length} after {day} ({phrase}).": "No anunciado: el último día posible, {length} después {day:de} ({phrase}).",
    "Not announced: the earliest day possible, {length} after {day} ({phrase}).": "No anunciado: el primer día posible, {length} después {day:de} ({phrase}).",
    "Not announced: calculated, {length} after {day} ({phrase}).": "No anunciado: calculado, {length} después {day:de} ({phrase}).",
    "Not announced: an estimate, about {length} after {day} ({phrase}).": "No anunciado: una estimación, unos {length} después {day:de} ({phrase}).",
    "The day that it is counted from is not certain either.": "El día desde el que se cuenta tampoco es seguro.",
    "The day that it is counted from is not announced either.": "El día desde el que se cuenta tampoco está anunciado.",
    "Only on this condition: {condition}.": "Solo con esta condición: {condition}.",
    "How long this has to be is disputed.": "La duración de este plazo es discutida.",
    "The day that it was counted from has gone, or another day has been announced.": "El día desde el que se contaba ha desaparecido, o se ha anunciado otro.",
    "No cancellation is known: the source may only have left it out.": "No consta una cancelación: puede que la fuente solo lo haya omitido.",
    "The date is {certainty}.": "La fecha es {certainty}.",
    "Other title: {title}.": "Otro título: {title}.",
    "Former title: {title}.": "Título anterior: {title}.",
    "Begins at {time}{zone}.": "Comienza a las {time}{zone}.",
    "Place: {place}": "Lugar: {place}",
    "Language version: {version}": "Versión lingüística: {version}",
    "Runs until {until}.": "En cartel {until:hasta}.",
    "Tickets: {address}": "Entradas: {address}",
    "Running time: {length}": "Duración: {length}",
    "Rating: {rating}": "Calificación por edades: {rating}",
    "Sequel to {film}.": "Continuación de {film}.",
    "Source: ": "Fuente: ",
    "Before:": "Antes:",
    "Release dates of films: {selected}.": "Fechas de estreno de películas: {selected}.",
    "all that are known": "todas las conocidas",
    "announced dates only": "solo fechas anunciadas",
    "Each event names the sources of its date.": "Cada evento nombra las fuentes de su fecha.",
    "When a date moves, its event moves; calendar programs are asked to look again after {wait}.": "Cuando una fecha cambia, cambia su evento; se pide a los programas de calendario que vuelvan a consultar cada {wait}.",
    "Published by {name}, {address}": "Publicado por {name}, {address}",
    "{name}: not checked since {day}": "{name}: sin comprobar {day:desde}",
    "This calendar has {share}, the nearest to today, for calendar programs fail on larger ones. Narrow it down with what follows the question mark in its address, as in ?region=US&kind=theatrical&past=30&future=P1Y. As of {day}, {time} UTC.": "Este calendario tiene {share}, las más cercanas a hoy, porque los programas de calendario fallan con calendarios mayores. Redúzcalo con lo que sigue al signo de interrogación en su dirección, como en ?region=ES&kind=theatrical&past=30&future=P1Y. Datos del {day}, {time} UTC.",
    "{name}: releases before 1970 left out": "{name}: faltan las fechas anteriores a 1970",
    "{name}: releases after 2037 left out": "{name}: faltan las fechas posteriores a 2037",
    "Calendar programs fail on days before 1970 or after 2037. The page below has these releases.": "Los programas de calendario fallan con días anteriores a 1970 o posteriores a 2037. La página de abajo tiene también estas fechas.",
    "The sources of these dates have not been readable since {day}; dates may have moved.": "Las fuentes de estas fechas no se han podido leer {day:desde}; puede que hayan cambiado.",
    "A source says something else now (see the page below). Until that has been checked, this day stays.": "Una fuente dice ahora otra cosa (véase la página de abajo). Hasta que se compruebe, se mantiene este día.",
    "COVID-19 pandemic": "pandemia de COVID-19",
    "strike": "huelga",
    "writers' strike": "huelga de guionistas",
    "actors' strike": "huelga de actores",
    "release date moved": "fecha de estreno cambiada",
    "production delay": "retraso de la producción",
    "post-production": "posproducción",
    "visual effects": "efectos visuales",
    "reshoots": "rodaje adicional",
    "scheduling conflict": "conflicto de fechas",
    "competition": "competencia de otras películas",
    "cinemas closed": "cines cerrados",
    "change of distributor": "cambio de distribuidora",
    "legal dispute": "litigio",
    "weather": "mal tiempo",
    "{name}: changes": "{name}: cambios",
}

_PLURALS = {
    "{count} days": {"one": "{count} día", "other": "{count} días"},
    "{count} weekends": {"one": "{count} fin de semana", "other": "{count} fines de semana"},
    "{count} weeks": {"one": "{count} semana", "other": "{count} semanas"},
    "{count} months": {"one": "{count} mes", "other": "{count} meses"},
    "{count} hours": {"one": "{count} hora", "other": "{count} horas"},
    "{count} minutes": {"one": "{count} minuto", "other": "{count} minutos"},
    " (again, {count} times now)": {"other": " (de nuevo, por {count}.ª vez)"},
    "• … earlier announcements: {count}": {"other": "• … anuncios anteriores: {count}"},
    "{name}: {count} releases left out": {
        "one": "{name}: falta {count} fecha",
        "other": "{name}: faltan {count} fechas",
    },
    "{kept} of {count} releases": {
        "one": "{kept} de {count} fecha",
        "other": "{kept} de {count} fechas",
    },
}

_KINDS = {
    "premiere": "Estrenos de gala",
    "preview": "Preestrenos",
    "theatrical-limited": "Cines seleccionados",
    "theatrical": "Cines",
    "re-release": "De nuevo en cines",
    "digital": "Alquiler y compra",
    "physical": "Disco",
    "streaming-eligible": "Streaming como muy pronto",
    "streaming": "Streaming",
    "tv": "Televisión",
    "sequel": "Continuaciones",
}

_MONTHS = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
]
_SEASONS = ("primavera", "verano", "otoño", "invierno")
_QUARTERS = ("1.er", "2.º", "3.er", "4.º")
_THIRDS = ("principios", "mediados", "finales")

# Words before a date, by the format specification in the texts above.
_BARE = {"de": "de ", "a": "a ", "para": "para ", "desde": "desde ", "hasta": "hasta "}
_MASCULINE = {
    "de": "del ",
    "a": "al ",
    "el": "el ",
    "para": "para el ",
    "desde": "desde el ",
    "hasta": "hasta el ",
}
_FEMININE = {
    "de": "de la ",
    "a": "a la ",
    "el": "la ",
    "para": "para la ",
    "desde": "desde la ",
    "hasta": "hasta la ",
}


def _season(when: PartialDate) -> DateInWords:
    name = _SEASONS[when.part - 1]
    years = f"{when.year}-{when.year + 1}" if name == "invierno" else f"{when.year}"
    return after(_FEMININE if name == "primavera" else _MASCULINE, f"{name} de {years}")


_date: SayDate = dates(
    "aún sin fecha",
    {
        Precision.DAY: lambda when: after(
            _MASCULINE, f"{when.day} de {_MONTHS[when.part - 1]} de {when.year}"
        ),
        Precision.MONTH: lambda when: after(_BARE, f"{_MONTHS[when.part - 1]} de {when.year}"),
        Precision.QUARTER: lambda when: after(
            _MASCULINE, f"{_QUARTERS[when.part - 1]} trimestre de {when.year}"
        ),
        Precision.SEASON: _season,
        Precision.HALF: lambda when: after(
            _MASCULINE, f"{_QUARTERS[when.part - 1]} semestre de {when.year}"
        ),
        Precision.YEAR: lambda when: after(_BARE, f"{when.year}"),
        Precision.THIRD: lambda when: after(
            _BARE, f"{_THIRDS[when.part - 1]} {_date(when.of[0]):de}"
        ),
        Precision.ABOUT: lambda when: _date(when.of[0]).each("{} aproximadamente"),
    },
)


SPANISH = Language("es", _date, _WORDS, _PLURALS, _KINDS)
"""Spanish."""
