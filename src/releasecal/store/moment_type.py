"""The column type of moments: whole seconds since 1970."""

from datetime import UTC, datetime

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

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return the seconds of *value*."""
        del dialect
        return None if value is None else int(value.timestamp())

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Return the moment of *value*."""
        del dialect
        return None if value is None else moment_of(value)


def moment_of(seconds: int) -> datetime:
    """Return the moment so many *seconds* after the beginning of 1970."""
    return datetime.fromtimestamp(seconds, UTC)
