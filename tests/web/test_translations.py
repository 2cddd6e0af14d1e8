"""Translations of pages: every sentence in every language, in all of its plural forms."""

import re
from functools import cache
from io import BytesIO

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

from releasecal.core.languages import LANGUAGES
from releasecal.web.pages.translations import FOLDER
from support.paths import SOURCE

METHODS = [("**.py", "python"), ("**.html", "jinja2.ext:babel_extract")]
OPTIONS = {"**.html": {"trimmed": "true", "extensions": "jinja2.ext.i18n", "silent": "false"}}
KEYWORDS = {**DEFAULT_KEYWORDS, "msgid": None, "Parameter": (2,)}
FIELD = re.compile(r"%\(\w+\)s|\{\w+(?=[:}])")
TAG = re.compile(r"</?\w+")

OTHERS = pytest.mark.parametrize("code", sorted({*LANGUAGES} - {"en"}))


@cache
def sentences():
    """Return each sentence of the pages: a text, or a pair of a singular and a plural."""
    found = extract_from_dir(SOURCE, METHODS, OPTIONS, KEYWORDS)
    ours = ("web/", "queries/")
    return {message for name, _, message, _, _ in found if name.startswith(ours)}


def messages(code):
    with (FOLDER / f"{code}.po").open("rb") as file:
        catalogue = read_po(file, locale=code, abort_invalid=True)
    return catalogue, {each.id: each.string for each in catalogue if each.id}


@OTHERS
@pytest.mark.slow
def test_every_sentence_has_its_translation(code):
    """And no translation is left over of a sentence that pages no longer have."""
    _, translated = messages(code)

    assert {*translated} - sentences() == set()
    assert sentences() - {*translated} == set()
    assert [message for message, told in translated.items() if not all(_forms(told))] == []


@OTHERS
def test_a_plural_has_every_form_of_its_language(code):
    """As many as its rule tells apart."""
    catalogue, translated = messages(code)

    for message, told in translated.items():
        assert isinstance(told, tuple) == isinstance(message, tuple)
        assert len(_forms(told)) in (1, catalogue.num_plurals), message


@OTHERS
def test_a_translation_has_the_fields_and_elements_of_its_sentence(code):
    """Perhaps in another order; a form for one thing may leave out the number."""
    _, translated = messages(code)

    for message, told in translated.items():
        wanted = [parts(each) for each in _forms(message)]
        if isinstance(message, tuple):
            wanted += [_uncounted(each) for each in wanted]
        for form in filter(None, _forms(told)):
            assert parts(form) in wanted, message


def test_french_marks_stand_apart_by_a_space_that_breaks_no_line():
    """A colon, a semicolon and inner guillemets have one before or after them."""
    _, translated = messages("fr")
    told = [form for text in translated.values() for form in _forms(text)]
    assert [text for text in told if re.search(r" [:;!»]| \?(?!\w)|« ", text)] == []


def parts(text):
    return sorted(FIELD.findall(text)), sorted(TAG.findall(text))


def _uncounted(found):
    fields, elements = found
    return [each for each in fields if "count" not in each], elements


def _forms(told):
    return told if isinstance(told, tuple) else (told,)


def test_scripts_have_no_sentences_of_their_own():
    """What a script says stands in the page, in its language."""
    texts = [
        text for path in SOURCE.rglob("*.js") for text in re.findall(r'"([^"]*)"', path.read_text())
    ]

    assert [text for text in texts if " " in text and text != "use strict"] == []


def test_a_file_is_read_as_it_is():
    """The reader tells a plural's forms from a text."""
    po = b'msgid ""\nmsgstr ""\n\nmsgid "a"\nmsgid_plural "b"\nmsgstr[0] "c"\nmsgstr[1] "d"\n'
    (message,) = [each for each in read_po(BytesIO(po), locale="de") if each.id]

    assert (message.id, message.string) == (("a", "b"), ("c", "d"))
