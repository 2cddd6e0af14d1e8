"""Reasons that recur: those that languages translate, by the ways in which people write them."""

from collections.abc import Mapping

from releasecal.core.languages import Language

REASONS: Mapping[str, tuple[str, ...]] = {
    "COVID-19 pandemic": ("pandemic", "covid", "covid-19", "coronavirus", "coronavirus pandemic"),
    "strike": ("strikes", "hollywood strikes", "labour dispute", "labor dispute"),
    "writers' strike": ("wga strike", "writers strike"),
    "actors' strike": ("sag-aftra strike", "actors strike"),
    "release date moved": ("rescheduled", "date moved", "moved", "postponed"),
    "production delay": ("production delays", "delays in production"),
    "post-production": ("post-production delays", "more time for post-production"),
    "visual effects": ("vfx", "more time for effects", "more time for visual effects"),
    "reshoots": ("re-shoots", "additional filming"),
    "scheduling conflict": ("scheduling conflicts", "scheduling"),
    "competition": ("to avoid competition", "less competition"),
    "cinemas closed": ("cinema closures", "theaters closed", "theatres closed"),
    "change of distributor": ("new distributor", "distributor changed"),
    "legal dispute": ("lawsuit", "litigation"),
    "weather": ("bad weather",),
}
"""English reasons with a translation, and other ways to write each, in lower case."""

_KNOWN = {reason.casefold(): reason for reason in REASONS}
_KNOWN |= {written: reason for reason, ways in REASONS.items() for written in ways}


def reason_in_words(reason: str, language: Language) -> str:
    """Return *reason* in *language*, or as it is if it is no reason that recurs."""
    known = _KNOWN.get(reason.casefold().replace("’", "'"))
    if known is None:
        return language.isolated(reason)
    return language.word_or(known, reason)


def is_free_text(reason: str, language: Language) -> bool:
    """Whether *reason* stands in a text in *language* as its source wrote it."""
    return bool(reason) and reason_in_words(reason, language) == language.isolated(reason)
