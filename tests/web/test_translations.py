"""Translations of pages: each with all plural forms and the fields of its sentence."""

import re
from io import BytesIO

import pytest
from babel.messages.pofile import read_po

from releasecal.core.languages import LANGUAGES
from releasecal.web.pages.translations import FOLDER

FIELD = re.compile(r"%\(\w+\)s|\{\w+(?=[:}])")
TAG = re.compile(r"</?\w+")

OTHERS = pytest.mark.parametrize("code", sorted({*LANGUAGES} - {"en"}))


def messages(code):
    with (FOLDER / f"{code}.po").open("rb") as file:
        catalogue = read_po(file, locale=code, abort_invalid=True)
    return catalogue, {each.id: each.string for each in catalogue if each.id}


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
        for form in filter(None, _forms(told)):
            assert parts(form) in wanted, message


def parts(text):
    return sorted(FIELD.findall(text)), sorted(TAG.findall(text))


def _forms(told):
    return told if isinstance(told, tuple) else (told,)


def test_a_file_is_read_as_it_is():
    """The reader tells a plural's forms from a text."""
    po = b'msgid ""\nmsgstr ""\n\nmsgid "a"\nmsgid_plural "b"\nmsgstr[0] "c"\nmsgstr[1] "d"\n'
    (message,) = [each for each in read_po(BytesIO(po), locale="de") if each.id]

    assert (message.id, message.string) == (("a", "b"), ("c", "d"))
