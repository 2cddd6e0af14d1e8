"""
The language of a page, and its sentences.

The sentences are English in templates (``{% trans %}``, ``_()``), in calls of `gettext` and
`ngettext`, and in tables, where `msgid` names them. Their translations are the ``.po`` files in
``web/translations``, one a language. Words that feeds have, too, are in `core.languages`.
"""

from collections.abc import Iterator
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, g, has_request_context, request

from releasecal.core.languages import ENGLISH, LANGUAGES, Language

FOLDER = Path(__file__).parent.parent / "translations"
"""The folder of the translations, a ``.po`` file a language."""

_SPEECHLESS = ("static", "site_files.", "poster_files.")  # endpoints that answer everybody alike
_IN_ENGLISH = NullTranslations()
_ATOM = "changes.atom_"  # the endpoint of a feed, which negotiates no language


def install(app: Flask) -> None:
    """Have the templates of *app* speak the language of each request, and its links keep it."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # the extension's
        gettext, ngettext, newstyle=True, pgettext=pgettext
    )
    app.context_processor(lambda: {"language": page_language(), "asked_lang": asked_language()})
    app.jinja_env.globals["in_other_languages"] = in_other_languages
    app.url_defaults(_keep_language)


def page_language() -> Language:
    """Return the language of the page that is asked for; English outside of a request."""
    if not has_request_context():
        return ENGLISH
    if "language" not in g:
        g.language = LANGUAGES[asked_language() or _accepted()]
    found: Language = g.language
    return found


def asked_language() -> str:
    """Return the code of ``lang=`` in the address of the request; "" without a known one."""
    return _known(request.args.get("lang", "")) if has_request_context() else ""


def _accepted() -> str:
    """Return the code of the language that the visitor likes best, English if there is none."""
    liked = (_known(tag) for tag, quality in request.accept_languages if quality > 0)
    return next(filter(None, liked), ENGLISH.code)


def _known(tag: str) -> str:
    """Return the code of the language in *tag*: de-AT is German; "" for one that we have not."""
    code = tag.strip().replace("_", "-").partition("-")[0].casefold()
    return code if code in LANGUAGES else ""


def gettext(message: str) -> str:
    """Return the translation of *message*."""
    return _translations().gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """Return the translation for *n* of a message that has a *singular* and a *plural*."""
    return _translations().ngettext(singular, plural, n)


def pgettext(context: str, message: str) -> str:
    """Return the translation of *message*, a word that means something else without *context*."""
    return _translations().pgettext(context, message)


def in_other_languages(message: str) -> Iterator[tuple[Language, str]]:
    """Yield each language that the page is not in, with *message* in it."""
    shown = page_language().code
    for code, language in LANGUAGES.items():
        if code != shown:
            yield language, _read(code).gettext(message)


def msgid(message: str) -> str:
    """Return *message*, which is translated where it is shown."""
    return message


def _translations() -> NullTranslations:
    return _read(page_language().code)


@cache
def _read(code: str) -> NullTranslations:
    """Return the translations into the language *code*."""
    if code == ENGLISH.code:
        return _IN_ENGLISH
    with (FOLDER / f"{code}.po").open("rb") as file:
        messages = read_po(file, locale=code)
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return GNUTranslations(compiled)


def _keep_language(endpoint: str, values: dict[str, Any]) -> None:
    """Have a link from a page whose address names a language name it, too; one to Atom always."""
    if endpoint.startswith(_SPEECHLESS) or not has_request_context():
        return
    code = page_language().code if endpoint == _ATOM else asked_language()
    if code and not (endpoint == _ATOM and code == ENGLISH.code):
        values.setdefault("lang", code)
