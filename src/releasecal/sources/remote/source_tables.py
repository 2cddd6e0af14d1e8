"""The tables ``[[source]]`` of the settings file: each becomes the settings of a source."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from releasecal.core.days_a_source_lists import Coverage
from releasecal.core.durations import parse_interval
from releasecal.core.models import slugify
from releasecal.core.suggestions import nearest
from releasecal.core.value_classes import dataclass, replace
from releasecal.regions import regions
from releasecal.sources.files import BUILTIN
from releasecal.sources.remote.secret import Secret
from releasecal.sources.remote.source_settings import SourceSettings

FILES = "files"
"""The type of a table whose address is a file or a folder."""

_MAX_ID = 40
_UNSET = Secret("unset")  # stands for a token that only another process may have


@dataclass(frozen=True, slots=True)
class SourceRow:
    """
    A source of the settings.

    Attributes:
        address: A file or folder, or the id of a source that is fetched.
        settings: Of a source that is fetched; None for files.
    """

    address: str
    settings: SourceSettings | None = None


class TableError(Exception):
    """A table is wrong; its arguments are the problems, each with a remedy in brackets."""


def named(address: str) -> SourceRow:
    """Return the source at *address*: a file or folder, or a place on the web."""
    kind = _kind_name(address := _on_the_web(address))
    if not kind:
        return SourceRow(address)
    id_ = slugify(address.partition("://")[2])[:_MAX_ID].strip("-") or kind
    return _checked(SourceSettings(id_, kind, address=address))


def read_table(table: Mapping[str, Any], environ: Mapping[str, str]) -> SourceRow:
    """
    Return the source that *table* describes; *environ* may have its token.

    Raises:
        TableError: It is wrong.
    """
    found: dict[str, Any] = {}
    wrong: list[str] = []
    for name, value in table.items():
        try:
            if name in FIELDS:
                found[name] = FIELDS[name](value)
        except ValueError as error:
            wrong.append(f"{name} {unfit(name, value)} (it takes {error})")
    options = {name: value for name, value in table.items() if name not in FIELDS}
    address = found.get("address", "")
    usual = FILES if address.startswith(BUILTIN) else _kind_name(address)
    type_ = found.pop("type", "") or usual
    wrong += _missing(type_, found, table)
    if wrong:
        raise TableError(*wrong)
    if type_ == FILES:
        return SourceRow(found["address"])
    token = secret_of(found.pop("token_env", ""), found.pop("token_file", ""), environ)
    settings = SourceSettings(**found, type=type_, token=token, options=options)
    return _checked(settings)


def _kind_name(address: str) -> str:
    """Return the name of the kind that reads *address*; empty for a file or folder."""
    if "://" not in address:
        return ""
    from releasecal.sources.remote.kinds import kind_of  # noqa: PLC0415 - for sources over the network alone

    return getattr(kind_of(address), "name", "")


def _missing(type_: str, found: Mapping[str, Any], table: Mapping[str, Any]) -> Sequence[str]:
    """Return the problems of a table without what every one needs."""
    wrong = []
    if type_ != FILES and type_ not in (types := _types()):
        guess = nearest(type_, types) if type_ else ""
        wrong.append(f"there is no type {type_!r} ({guess or 'one of ' + ', '.join(types)})")
    if type_ == FILES:
        more = ", ".join(name for name in table if name not in {"id", "type", "address"})
        if more:
            wrong.append(f"files take no {more} (take it out)")
        if not found.get("address"):
            wrong.append('no address (as in address = "data")')
    elif "id" not in table:
        wrong.append('no id (as in id = "tmdb")')
    return wrong


def _types() -> Sequence[str]:
    from releasecal.sources.remote.kinds import KINDS  # noqa: PLC0415 - for sources over the network alone

    return (FILES, *KINDS)


def _checked(settings: SourceSettings) -> SourceRow:
    """
    Return the source with *settings*, if all is right but for a token that is not set here.

    Another process may have it: this one shows what is published all the same.
    """
    from releasecal.sources.remote.kinds import problems  # noqa: PLC0415 - for sources over the network alone

    wrong = problems(replace(settings, token=settings.token or _UNSET))
    if wrong:
        raise TableError(*wrong)
    return SourceRow(settings.id, settings)


def secret_of(variable: str, file: str, environ: Mapping[str, str]) -> Secret:
    """Return the secret in *variable* of *environ*, or in *file*; an empty one if there is none."""
    if variable:
        return Secret(environ.get(variable, "").strip())
    try:
        return Secret(Path(file).read_text(encoding="utf-8").strip() if file else "")
    except (OSError, UnicodeError):
        return Secret()


def unfit(name: str, value: object) -> str:
    """Say that the field *name* cannot be *value*, which is not shown if it may be a secret."""
    return "cannot be that" if name.endswith(("_env", "_file")) else f"is {value!r}"


def _id(value: object) -> str:
    is_slug = isinstance(value, str) and value == slugify(value) and value.isascii()
    if not is_slug or not 0 < len(str(value)) <= _MAX_ID:
        raise ValueError(f"small letters, digits and hyphens, at most {_MAX_ID}, as in tmdb")
    return str(value)


def read_text(value: object) -> str:
    """
    Return *value*, a text.

    Raises:
        ValueError: It is none.
    """
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError("a text of one line, in quotation marks")
    return value.strip()


def _address(value: object) -> str:
    return _on_the_web(read_text(value))


def _on_the_web(address: str) -> str:
    """Return *address* as it is asked for; sites write ``webcal://`` before a calendar's."""
    return re.sub(r"^webcals?://", "https://", address, flags=re.IGNORECASE)


def read_switch(value: object) -> bool:
    """
    Return *value*, true or false.

    Raises:
        ValueError: It is neither.
    """
    if not isinstance(value, bool):
        raise ValueError("true or false, without quotation marks")  # noqa: TRY004 - told as all
    return value


def _interval(value: object) -> timedelta:
    interval = parse_interval(str(value))
    if not interval:
        raise ValueError("a duration of at least 1s")
    return interval


def _covers(value: object) -> str:
    Coverage.parse(str(value))
    return str(value)


def _regions(value: object) -> tuple[str, ...]:
    codes = value if isinstance(value, list) else []
    if not codes or not all(isinstance(code, str) and code in regions() for code in codes):
        raise ValueError('codes of countries in capitals, as in ["DE", "AT", "001"]')
    return tuple(codes)


FIELDS: Mapping[str, Callable[[object], object]] = {
    "id": _id,
    "type": read_text,
    "address": _address,
    "every": _interval,
    "machine": read_switch,
    "covers": _covers,
    "regions": _regions,
    "contact": read_text,
    "token_env": read_text,
    "token_file": read_text,
    "allow_private": read_switch,
}
"""Readers of the fields that every table may have, by name; the rest is for its kind."""
