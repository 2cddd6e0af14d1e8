"""The column types of texts: compared by their characters' numbers in every database."""

from collections.abc import Callable

from sqlalchemy import Dialect, String, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

_NO_CHARACTER = "\ufffe"  # Unicode gives it to nothing, and sources refuse it


class ShortText(TypeDecorator[str]):
    """
    A text, compared as SQLite does: by the numbers of its characters, whatever the server's locale.

    PostgreSQL cannot be asked for NUL, which no text on record has: another character that none
    has stands for it.
    """

    impl = String
    cache_ok = True
    _text: type[String] = String

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Return the type of the database of *dialect*."""
        collation = "C" if dialect.name == "postgresql" else None
        return dialect.type_descriptor(self._text(collation=collation))

    def bind_processor(self, dialect: Dialect) -> Callable[[str | None], str | None] | None:
        """Return a function that a text is put through on its way; None for none, which is faster."""
        return _without_nul if dialect.name == "postgresql" else None


class LongText(ShortText):
    """A text that may be long."""

    impl = Text
    cache_ok = True
    _text = Text


def _without_nul(text: str | None) -> str | None:
    return text and text.replace("\0", _NO_CHARACTER)
