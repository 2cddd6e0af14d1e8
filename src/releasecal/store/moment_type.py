"""The column type of moments: whole seconds since 1970."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

from sqlalchemy import BigInteger, Dialect, Integer
from sqlalchemy.types import TypeDecorator, TypeEngine


class Moment(TypeDecorator[datetime]):
    """
    A moment (UTC) as whole seconds since 1970: every database can compare integers.

    SQLite's integers are of any size; others need eight octets, or time ends in 2038.
    """

    impl = Integer
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[int]:
        """Return the type of the database of *dialect*."""
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], int | None]:
        """Return the function that returns the seconds of a moment."""
        del dialect
        return _seconds

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Return the moment of *value*."""
        del dialect
        return None if value is None else moment_of(value)


@lru_cache(maxsize=1_024)
def _seconds(value: datetime | None) -> int | None:
    """Return the seconds of *value*; kept, for all that is new in an edition has one moment."""
    return None if value is None else int(value.timestamp())


def moment_of(seconds: int) -> datetime:
    """Return the moment so many *seconds* after the beginning of 1970."""
    return datetime.fromtimestamp(seconds, UTC)
