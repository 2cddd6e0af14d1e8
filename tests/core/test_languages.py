"""Languages: each says all that the code says, and says dates as people write them."""

import ast
import re
from dataclasses import replace
from datetime import date
from string import Formatter

import pytest
from babel import Locale

from releasecal.core.changes import (
    ANNOUNCED,
    CALCULATED,
    MOVED_AND_BACK,
    ONLY_CALCULATED,
    REWORDED,
    UNDATED_CONFLICT,
    Change,
    ChangeKind,
    history_in_words,
)
from releasecal.core.languages import ENGLISH, LANGUAGES
from releasecal.core.languages.language import NEAR, plural_category
from releasecal.core.languages.text_digests import DigestLanguage
from releasecal.core.models import Certainty, ReleaseKey, ReleaseKind, Status
from releasecal.core.reasons import REASONS
from releasecal.formats.event_text import DERIVATIONS, DOUBTS, OFF_ITS_DAY
from releasecal.queries.parameters import KINDS
from support.build import NOW, revision, when
from support.paths import SOURCE

GERMAN = LANGUAGES["de"]

OTHERS = pytest.mark.parametrize(
    "language", [LANGUAGES[code] for code in sorted(LANGUAGES) if code != "en"]
)
DATES = [
    *("2023-07-14", "2021-09", "2024-Q3", "2025-spring", "2025-summer", "2025-winter", "2024"),
    *("2027-H1", "2027-early", "2027-spring-mid", "2027-03~", "2027-03/2027-05"),
]


def texts():
    """Return every English text that the code says in a language."""
    found = {text for kind in ChangeKind for text in (kind.sentence, kind.former) if text}
    found |= {
        text for pair in (ANNOUNCED, CALCULATED, ONLY_CALCULATED, REWORDED) for text in pair if text
    }
    found |= {kind.phrase for kind in ReleaseKind} | {*DOUBTS.values()} | {*DERIVATIONS.values()}
    found |= (
        {certainty.value for certainty in Certainty} | {*OFF_ITS_DAY.values()} | {"estimate", "TBC"}
    )
    found |= {
        "estimate on an estimate",
        "on a condition",
        MOVED_AND_BACK,
        UNDATED_CONFLICT,
        *NEAR.values(),
    }
    found |= {f"{status.value} ({{when}})" for status in Status if status.is_over}
    found |= said("say", "say_date", "word") | {*REASONS}
    return found - {" ({when})"}  # a part of a text that is named above


def said(*functions, in_english=False):
    """Return every text in the first argument of a call of one of *functions* of a language."""
    return {
        each.value
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and _name(node.func) in functions
        if in_english or _name(getattr(node.func, "value", None)) != "ENGLISH"
        for each in ast.walk(node.args[0])
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }


def _name(node):
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def fields(text):
    return sorted({name for _, name, _, _ in Formatter().parse(text) if name})


@pytest.mark.parametrize(
    "code",
    [
        "de",
        *(
            pytest.param(code, marks=pytest.mark.slow)
            for code in ["fr", "es", "pt", "it", "pl", "ja", "ar"]
        ),
    ],
)
def test_every_text_has_its_translation(code):
    """And there is no translation of a text that the code does not have."""
    assert {*LANGUAGES[code].words} == texts()
    assert {*LANGUAGES[code].plurals} == said("say_many")


def test_every_plural_has_its_english_forms():
    """Also those of messages and pages, which are English only."""
    assert {*ENGLISH.plurals} == said("say_many", in_english=True)


@OTHERS
def test_a_translation_has_the_fields_of_the_english(language):
    """Perhaps in another order; a form for one or two may leave out the number."""
    for english, text in language.words.items():
        assert fields(text) == fields(english), english
    for english, forms in language.plurals.items():
        for text in forms.values():
            assert sorted({*fields(text), "count"}) == fields(english), english


def test_what_english_needs_no_locale_for_is_as_in_cldr():
    """English plurals, which are found without CLDR's data, are those of it."""
    plural = Locale("en").plural_form
    for count in (*range(1_100), 1_000_000):
        assert plural_category("en", count) == plural(count)


@OTHERS
def test_every_plural_has_its_forms(language):
    """Each category of the language's own rule has a form, or all have the same."""
    categories = {plural_category(language.code, count) for count in range(200)}
    for forms in language.plurals.values():
        assert forms.keys() in ({*categories, "other"}, {"other"})


POLISH = replace(
    ENGLISH,
    code="pl",
    plurals={"{count} days": {"one": "{count} dzień", "few": "{count} dni", "many": "{count} dni"}, "{count} weekends": {"one": "{count} weekend", "few": "{count} weekendy", "many": "{count} weekendów"}},
)  # fmt: skip


@pytest.mark.parametrize(
    ("language", "count", "expected"),
    [
        (ENGLISH, 0, "0 weekends"),
        (ENGLISH, 1, "1 weekend"),
        (ENGLISH, 3, "3 weekends"),
        (GERMAN, 1, "1 Wochenende"),
        (GERMAN, 3, "3 Wochenenden"),
        (POLISH, 0, "0 weekendów"),
        (POLISH, 1, "1 weekend"),
        (POLISH, 3, "3 weekendy"),
        (POLISH, 5, "5 weekendów"),
        (POLISH, 12, "12 weekendów"),
        (POLISH, 22, "22 weekendy"),
    ],
)
def test_a_count_takes_the_plural_of_its_language(language, count, expected):
    """By CLDR's categories, of which Polish has more than English and German."""
    assert language.say_many("{count} weekends", count) == expected


def test_a_plural_without_a_translation_stays_english():
    """With the count in it."""
    assert POLISH.say_many("{count} hours", 5) == "5 hours"


@OTHERS
def test_every_kind_has_a_name(language):
    """What a calendar's name can say, it can say in each language."""
    assert {*language.kinds} == {*KINDS}
    for name in language.kinds.values():
        assert not re.search(r"[,;\\]", name)


@OTHERS
def test_every_date_fits_every_text(language):
    """A day, a month, a quarter, a season, a year or none."""
    for told in (*map(when, DATES), None):
        date_ = language.date(told)
        for english in language.words:
            language.say(english, **dict.fromkeys(fields(english), date_))
        for english in language.plurals:
            given = {name: date_ for name in fields(english) if name != "count"}
            language.say_many(english, 3, **given)


def test_a_text_without_a_translation_is_english():
    """What nobody has translated is said in English."""
    assert ENGLISH.say("Moved from {old} to {new}", old="a", new="{b}") == "Moved from a to {b}"
    assert ENGLISH.date(when("2023-07-14")) == "14 Jul 2023"
    assert ENGLISH.date(None) == "no date yet"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("2023-07-14", "14. Juli 2023"),
        ("2021-09", "September 2021"),
        ("2024-Q3", "3. Quartal 2024"),
        ("2025-spring", "Frühjahr 2025"),
        ("2025-summer", "Sommer 2025"),
        ("2025-winter", "Winter 2025/26"),
        ("2099-winter", "Winter 2099/00"),
        ("2024", "2024"),
        ("2027-H2", "2. Halbjahr 2027"),
        ("2027-early", "Anfang 2027"),
        ("2027-03-mid", "Mitte März 2027"),
        ("2027-Q3-late", "Ende des 3. Quartals 2027"),
        ("2027-spring-early", "Anfang des Frühjahrs 2027"),
        ("2027-winter-late", "Ende des Winters 2027/28"),
        ("2027-03~", "etwa März 2027"),
        ("2027-07-14~", "etwa 14. Juli 2027"),
        ("2027-03/2027-05", "März–Mai 2027"),
        ("2026-12/2027-02", "Dezember 2026 – Februar 2027"),
        ("2027-07-03/2027-07-07", "3.–7. Juli 2027"),
        ("2027-07-28/2027-08-03", "28. Juli – 3. August 2027"),
    ],
)
def test_german_dates_are_written_as_in_german(told, expected):
    """A winter is of two years."""
    assert GERMAN.date(when(told)) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("2022-09-30", "2023-07-14", "Verlegt vom 30. September 2022 auf den 14. Juli 2023"),
        ("2022-09", "2024", "Verlegt von September 2022 auf 2024"),
        ("2024-Q3", "2025-spring", "Verlegt vom 3. Quartal 2024 auf das Frühjahr 2025"),
        ("2025-summer", "2025-Q4", "Verlegt vom Sommer 2025 auf das 4. Quartal 2025"),
        ("2025", "2025-07-14", "Jetzt genau: 14. Juli 2025, bisher 2025"),
        ("2025-07-14", "2025", "Jetzt nur noch: 2025, bisher 14. Juli 2025"),
        ("2025-07-14", "", "Kein Termin mehr, bisher 14. Juli 2025"),
        ("", "2025-summer", "Angesetzt für den Sommer 2025"),
        ("2027-H1", "2027-07-14", "Verlegt vom 1. Halbjahr 2027 auf den 14. Juli 2027"),
        ("2027-early", "2027-late", "Verlegt von Anfang 2027 auf Ende 2027"),
        ("2027-07-14", "2027-09~", "Verlegt vom 14. Juli 2027 etwa auf September 2027"),
        ("2027~", "2029", "Verlegt etwa von 2027 auf 2029"),
        ("", "2027-03/2027-05", "Angesetzt für den Zeitraum März–Mai 2027"),
        ("2027-spring", "2027-03/2027-05", "Jetzt: März–Mai 2027, bisher Frühjahr 2027"),
    ],
)
def test_german_sentences_decline_their_dates(old, new, expected):
    """Dates are declined as the sentence has them."""
    assert history_in_words((revision(old), revision(new)), {}, GERMAN)[1] == expected


def test_german_histories_tell_reasons_and_slots():
    """As the English ones do."""
    history = (
        revision("2023-08-28", certainty=Certainty.DERIVED),
        revision("2023-09-01", certainty=Certainty.TENTATIVE, as_of=date(2022, 3, 25)),
        revision("2023-09-01", text="coming soon", slot_from="dune", slot_to="barbie"),
        revision("2023-09-01", status=Status.CANCELLED, reason="Streik"),
        revision("2023-10-01", status=Status.SCHEDULED),
    )

    assert history_in_words(history, {"dune": "Dune", "barbie": "Barbie"}, GERMAN) == (
        "Berechnet: 28. August 2023",
        "Angesetzt für den 1. September 2023 (vorher berechnet: 28. August 2023), angekündigt spätestens am 25. März 2022",
        "Bestätigt für den 1. September 2023 („coming soon“); es war der Termin von Dune",
        "Abgesagt, bisher 1. September 2023: Streik; der 1. September 2023 ging an Barbie",
        "Wieder im Kalender: 1. Oktober 2023, verlegt vom 1. September 2023",
    )  # fmt: skip


@pytest.mark.parametrize("kind", ChangeKind)
@OTHERS
def test_every_change_is_told(language, kind):
    """In each language, also where something is off or has no date."""
    key = ReleaseKey("film", "theatrical", "US")
    old, off = revision("2027-07-14"), revision("2027-07-14", status=Status.CANCELLED)
    change = Change(NOW, key, kind, "Film", revision("2028"), old, other="Other")

    vague = replace(change, new=revision(""))
    # What has come out had a day and was not off.
    for news in (change, vague, *([replace(change, new=off)] if kind.value != "released" else [])):
        assert news.clause(language) not in ("", news.in_words)


@pytest.mark.parametrize(
    ("days", "english", "german"),
    [
        (0, "today", "heute"),
        (1, "tomorrow", "morgen"),
        (-1, "yesterday", "gestern"),
        (13, "in 13 days", "in 13 Tagen"),
        (21, "in 3 weeks", "in 3 Wochen"),
        (-61, "2 months ago", "vor 2 Monaten"),
        (800, "in 2 years", "in 2 Jahren"),
        (-1646, "4 years ago", "vor 4 Jahren"),
    ],
)
def test_the_time_to_a_day_is_said_as_people_say_it(days, english, german):
    """Near days have words, and no unit is used for one of it."""
    assert (ENGLISH.time_to(days), GERMAN.time_to(days)) == (english, german)


@OTHERS
def test_a_digest_tells_of_each_language(language, monkeypatch):
    """Its text differs if a text, a plural or a form of a date differs in one of them."""

    def said():
        digest = DigestLanguage.of(LANGUAGES.values())
        move = digest.say("Moved from {old} to {new}", old="1", new="2")
        return move, digest.word("Cancelled"), digest.say_many("{count} days", 3)

    before = said()
    monkeypatch.setitem(language.words, "Moved from {old} to {new}", "{old}, {new}")
    monkeypatch.setitem(language.words, "Cancelled", "Off")
    monkeypatch.setitem(language.plurals, "{count} days", {"other": "{count}"})
    assert all(now != then for now, then in zip(said(), before, strict=True))
    digest = DigestLanguage.of(LANGUAGES.values())
    assert digest.date(when("2027-03")) != digest.date(when("2027-03-01"))


@pytest.mark.parametrize(
    ("code", "count", "expected"),
    [
        ("pl", 1, "1 dzień"),
        ("pl", 22, "22 dni"),
        ("pl", 25, "25 dni"),
        ("ar", 1, "يوم واحد"),
        ("ar", 2, "يومين"),
        ("ar", 7, "7 أيام"),
        ("ar", 45, "45 يومًا"),
        ("ar", 100, "100 يوم"),
        ("ja", 45, "45日"),
        ("fr", 0, "0 jour"),
        ("es", 45, "45 días"),
        ("it", 1, "1 giorno"),
        ("pt", 45, "45 dias"),
    ],
)
def test_days_are_counted_as_people_count_them(code, count, expected):
    """With a dual in Arabic, and with three plurals in Polish."""
    assert LANGUAGES[code].say_many("{count} days", count) == expected


@pytest.mark.parametrize(
    ("code", "old", "new", "expected"),
    [
        ("fr", "2022-10-01", "2023-04", "Déplacé du 1er octobre 2022 à avril 2023"),
        ("fr", "2022-10", "2023-summer", "Déplacé d’octobre 2022 à l’été 2023"),
        ("fr", "2027-03-mid", "2027-Q3-early", "Déplacé de la mi-mars 2027 au début du 3e trimestre 2027"),
        ("es", "2024-Q3", "2025-spring", "Trasladado del 3.er trimestre de 2024 a la primavera de 2025"),
        ("pt", "2025-summer", "2025-10", "Transferido do verão de 2025 para outubro de 2025"),
        ("it", "2025-08-11", "2026-08", "Spostato dall’11 agosto 2025 ad agosto 2026"),
        ("it", "2024", "2025-winter", "Spostato dal 2024 all’inverno 2025-2026"),
        ("pl", "2025-01", "2025-spring", "Przeniesiono ze stycznia 2025 na wiosnę 2025"),
        ("pl", "2025-01-15", "2026", "Przeniesiono z 15 stycznia 2025 na 2026 rok"),
        ("pl", "2025-late", "2026-H1", "Przeniesiono z końca 2025 roku na I połowę 2026"),
        ("ja", "2025-winter", "2026-Q2", "2025〜26年冬から2026年第2四半期に変更"),
        ("ar", "2025-winter", "2026-Q2", "نُقل من شتاء 2025/26 إلى الربع الثاني من 2026"),
    ],
)  # fmt: skip
def test_sentences_decline_their_dates(code, old, new, expected):
    """By prepositions that melt with articles, by elision, and by cases."""
    assert history_in_words((revision(old), revision(new)), {}, LANGUAGES[code])[1] == expected


def test_a_title_of_another_direction_is_set_apart():
    """In a script from right to left, where its last sign would jump to its beginning."""
    arabic = LANGUAGES["ar"]

    assert arabic.say("Sequel to {film}.", film="Help!") == "تتمة لفيلم \u200eHelp!\u200e."
    assert arabic.isolated("فيلم") == "فيلم"
    assert ENGLISH.isolated("Help!") == "Help!"


def test_french_marks_stand_apart_by_a_space_that_breaks_no_line():
    """A colon, a semicolon and inner guillemets have one before or after them."""
    french = LANGUAGES["fr"]
    told = [french.colon, *french.words.values()]
    told += [form for forms in french.plurals.values() for form in forms.values()]
    assert [text for text in told if re.search(r" [:;!»]| \?(?!\w)|« ", text)] == []
