"""Portuguese."""

from releasecal.core.dates import PartialDate, Precision
from releasecal.core.languages.dates_in_words import DateInWords, SayDate, after, dates
from releasecal.core.languages.language import Language

_WORDS = {
    "yesterday": "ontem",
    "today": "hoje",
    "tomorrow": "amanhã",
    "cancelled ({when})": "cancelado ({when})",
    "withdrawn ({when})": "retirado ({when})",
    "confirmed": "confirmada",
    "derived": "calculada",
    "estimated": "estimada",
    "tentative": "provisória",
    "Set for {new}": "Marcado {new:para}",
    "Moved from {old} to {new}": "Transferido {old:de} {new:para}",
    "Corrected from {old} to {new}": "Corrigido: {new} em vez {old:de}",
    "According to {by}: {new}": "Segundo {by}: {new}",
    "; the source before said {old}": "; a fonte anterior dizia: {old}",
    "another source": "outra fonte",
    "Now exactly {new}": "Agora exatamente: {new}",
    "Now only {new}": "Agora apenas: {new}",
    "Now {new}": "Agora: {new}",
    "No date any more": "Já não tem data",
    "Confirmed for {new}": "Confirmado {new:para}",
    "{new} is now {certainty}": "A data ({new}) agora é {certainty}",
    "Cancelled": "Cancelado",
    "No longer in the list of its source": "Já não consta da lista da sua fonte",
    "No longer calculated": "Já não é calculado",
    "; {old} was never announced": "; {old:o} nunca foi anunciado",
    "Calculated: {new}": "Calculado: {new}",
    " (calculated before: {old})": " (calculado antes: {old})",
    "No longer announced, only calculated: {new}": "Já não está anunciado, apenas calculado: {new}",
    "Back on the calendar: {new}": "De volta ao calendário: {new}",
    ", moved from {old}": ", transferido {old:de}",
    "Retitled from {other}": "Mudou de título; antes: “{other}”",
    "Released {new}": "Estreou {new:em}",
    "{new} was {other}'s": "{new}: era a data de {other}",
    "{old} went to {other}": "{old}: a data passou para {other}",
    "Another source says {new}, {old} stands": "Outra fonte diz: {new}; mantém-se: {old}",
    "Another source says {new}; the first one has no date yet": "Outra fonte diz: {new}; a primeira ainda não tem data",
    ", was {old}": ", antes: {old}",
    ", was expected {old}": ", era esperado {old:para}",
    "Announced without a date": "Anunciado sem data",
    "Set for {new} after a delay": "Marcado {new:para} após um adiamento",
    ", announced by {day}": ", anunciado o mais tardar {day:em}",
    " (“{text}”)": " (“{text}”)",
    "; the date was {film}'s": "; a data era de {film}",
    "; {old} went to {film}": "; {old:o} passou para {film}",
    "Sources differ: {by} says {when}.": "As fontes divergem: {by} diz {when}.",
    "another one": "outra",
    "No longer listed": "Já não consta",
    "No longer on this day": "Já não neste dia",
    "premiere": "estreia de gala",
    "previews": "pré-estreias",
    "in select cinemas": "em cinemas selecionados",
    "in cinemas": "nos cinemas",
    "back in cinemas": "de volta aos cinemas",
    "to rent or buy": "para alugar ou comprar",
    "on disc": "em disco",
    "earliest streaming": "em streaming, no mínimo",
    "streaming": "em streaming",
    "on TV": "na TV",
    " on {channel}": " em {channel}",
    "earliest {phrase}": "no mínimo {phrase}",
    "worldwide": "em todo o mundo",
    "overdue, was {when}": "atrasado, antes: {when}",
    "TBC, {when}": "dia por confirmar: {when}",
    "TBC": "por confirmar",
    "estimate": "estimativa",
    "estimate on an estimate": "estimativa sobre uma estimativa",
    "calculated": "calculado",
    "on a condition": "sob uma condição",
    "at the latest": "o mais tardar",
    "moved from {when}": "transferido {when:de}",
    "was {when}": "antes: {when}",
    "Overdue: it was expected for {when}, and no day is known.": "Atrasado: era esperado {when:para}, e não se conhece o dia.",
    "No day is known yet, only {when}.": "O dia ainda não é conhecido, apenas: {when}.",
    "Not announced: the latest day possible, {length} after {day} ({phrase}).": "Não anunciado: o último dia possível, {length} depois {day:de} ({phrase}).",
    "Not announced: the earliest day possible, {length} after {day} ({phrase}).": "Não anunciado: o primeiro dia possível, {length} depois {day:de} ({phrase}).",
    "Not announced: calculated, {length} after {day} ({phrase}).": "Não anunciado: calculado, {length} depois {day:de} ({phrase}).",
    "Not announced: an estimate, about {length} after {day} ({phrase}).": "Não anunciado: uma estimativa, cerca de {length} depois {day:de} ({phrase}).",
    "The day that it is counted from is not certain either.": "O dia a partir do qual se conta também não é certo.",
    "The day that it is counted from is not announced either.": "O dia a partir do qual se conta também não foi anunciado.",
    "Only on this condition: {condition}.": "Só sob esta condição: {condition}.",
    "How long this has to be is disputed.": "A duração deste prazo é controversa.",
    "The day that it was counted from has gone, or another day has been announced.": "O dia a partir do qual se contava desapareceu, ou outro foi anunciado.",
    "No cancellation is known: the source may only have left it out.": "Não se conhece nenhum cancelamento: a fonte talvez o tenha apenas omitido.",
    "The date is {certainty}.": "A data é {certainty}.",
    "Other title: {title}.": "Outro título: {title}.",
    "Former title: {title}.": "Título anterior: {title}.",
    "Begins at {time}{zone}.": "Começa às {time}{zone}.",
    "Place: {place}": "Local: {place}",
    "Language version: {version}": "Versão: {version}",
    "Runs until {until}.": "Em cartaz {until:até}.",
    "Tickets: {address}": "Bilhetes: {address}",
    "Running time: {length}": "Duração: {length}",
    "Rating: {rating}": "Classificação: {rating}",
    "Sequel to {film}.": "Sequência de {film}.",
    "Source: ": "Fonte: ",
    "Before:": "Antes:",
    "Release dates of films: {selected}.": "Datas de estreia de filmes: {selected}.",
    "all that are known": "todas as conhecidas",
    "announced dates only": "apenas datas anunciadas",
    "Each event names the sources of its date.": "Cada evento indica as fontes da sua data.",
    "When a date moves, its event moves; calendar programs are asked to look again after {wait}.": "Quando uma data muda, o seu evento muda; pede-se aos programas de calendário que voltem a consultar a cada {wait}.",
    "Published by {name}, {address}": "Publicado por {name}, {address}",
    "{name}: not checked since {day}": "{name}: sem verificação {day:desde}",
    "This calendar has {share}, the nearest to today, for calendar programs fail on larger ones. Narrow it down with what follows the question mark in its address, as in ?region=US&kind=theatrical&past=30&future=P1Y. As of {day}, {time} UTC.": "Este calendário tem {share}, as mais próximas de hoje, porque os programas de calendário falham com calendários maiores. Reduza-o com o que segue o ponto de interrogação no endereço, como em ?region=BR&kind=theatrical&past=30&future=P1Y. Situação em {day}, {time} UTC.",
    "{name}: releases before 1970 left out": "{name}: faltam as datas anteriores a 1970",
    "{name}: releases after 2037 left out": "{name}: faltam as datas posteriores a 2037",
    "Calendar programs fail on days before 1970 or after 2037. The page below has these releases.": "Os programas de calendário falham com dias anteriores a 1970 ou posteriores a 2037. A página abaixo tem também estas datas.",
    "The sources of these dates have not been readable since {day}; dates may have moved.": "As fontes destas datas não puderam ser lidas {day:desde}; podem ter mudado.",
    "A source says something else now (see the page below). Until that has been checked, this day stays.": "Uma fonte diz agora outra coisa (veja a página abaixo). Até ser verificado, mantém-se este dia.",
    "COVID-19 pandemic": "pandemia de COVID-19",
    "strike": "greve",
    "writers' strike": "greve dos argumentistas",
    "actors' strike": "greve dos atores",
    "release date moved": "data de estreia alterada",
    "production delay": "atraso da produção",
    "post-production": "pós-produção",
    "visual effects": "efeitos visuais",
    "reshoots": "filmagens adicionais",
    "scheduling conflict": "conflito de datas",
    "competition": "concorrência de outros filmes",
    "cinemas closed": "cinemas fechados",
    "change of distributor": "mudança de distribuidora",
    "legal dispute": "litígio",
    "weather": "mau tempo",
    "{name}: changes": "{name}: alterações",
}

_PLURALS = {
    "{count} days": {"one": "{count} dia", "other": "{count} dias"},
    "{count} weekends": {"one": "{count} fim de semana", "other": "{count} fins de semana"},
    "{count} weeks": {"one": "{count} semana", "other": "{count} semanas"},
    "{count} months": {"one": "{count} mês", "other": "{count} meses"},
    "{count} hours": {"one": "{count} hora", "other": "{count} horas"},
    "{count} minutes": {"one": "{count} minuto", "other": "{count} minutos"},
    " (again, {count} times now)": {"other": " (de novo, pela {count}.ª vez)"},
    "• … earlier announcements: {count}": {"other": "• … anúncios anteriores: {count}"},
    "{name}: {count} releases left out": {
        "one": "{name}: falta {count} data",
        "other": "{name}: faltam {count} datas",
    },
    "{kept} of {count} releases": {
        "one": "{kept} de {count} data",
        "other": "{kept} de {count} datas",
    },
}

_KINDS = {
    "premiere": "Estreias de gala",
    "preview": "Pré-estreias",
    "theatrical-limited": "Cinemas selecionados",
    "theatrical": "Cinema",
    "re-release": "De volta aos cinemas",
    "digital": "Aluguer e compra",
    "physical": "Disco",
    "streaming-eligible": "Streaming no mínimo",
    "streaming": "Streaming",
    "tv": "TV",
    "sequel": "Sequências",
}

_MONTHS = [
    "janeiro",
    "fevereiro",
    "março",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
]
_SEASONS = ("primavera", "verão", "outono", "inverno")
_THIRDS = ("início", "meados", "fim")

# Words before a date, by the format specification in the texts above.
_BARE = {"de": "de ", "para": "para ", "em": "em ", "desde": "desde ", "até": "até "}
_MASCULINE = {
    "de": "do ",
    "para": "para o ",
    "o": "o ",
    "em": "no ",
    "desde": "desde o ",
    "até": "até o ",
}
_FEMININE = {
    "de": "da ",
    "para": "para a ",
    "o": "a ",
    "em": "na ",
    "desde": "desde a ",
    "até": "até a ",
}


def _season(when: PartialDate) -> DateInWords:
    name = _SEASONS[when.part - 1]
    years = f"{when.year}-{when.year + 1}" if name == "inverno" else f"{when.year}"
    return after(_FEMININE if name == "primavera" else _MASCULINE, f"{name} de {years}")


def _third(when: PartialDate) -> DateInWords:
    before = _BARE if when.part == 2 else _MASCULINE
    return after(before, f"{_THIRDS[when.part - 1]} {_date(when.of[0]):de}")


_date: SayDate = dates(
    "ainda sem data",
    {
        Precision.DAY: lambda when: after(
            _BARE, f"{when.day} de {_MONTHS[when.part - 1]} de {when.year}"
        ),
        Precision.MONTH: lambda when: after(_BARE, f"{_MONTHS[when.part - 1]} de {when.year}"),
        Precision.QUARTER: lambda when: after(
            _MASCULINE, f"{when.part}.º trimestre de {when.year}"
        ),
        Precision.SEASON: _season,
        Precision.HALF: lambda when: after(_MASCULINE, f"{when.part}.º semestre de {when.year}"),
        Precision.YEAR: lambda when: after(_BARE, f"{when.year}"),
        Precision.THIRD: _third,
        Precision.ABOUT: lambda when: _date(when.of[0]).each("{} aproximadamente"),
    },
)


PORTUGUESE = Language("pt", _date, _WORDS, _PLURALS, _KINDS)
"""Portuguese."""
