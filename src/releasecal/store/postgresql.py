"""
PostgreSQL: connections that wait for nothing without end, and one writer at a time.

Writers take a lock of the application's own first, so that they wait where waiting is safe, as
with SQLite. Those of leases and of the last-modified memory have one each: they go on while an
edition is saved.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import URL, Connection, Engine, event

from releasecal.core.value_classes import dataclass

_DRIVER = "postgresql+psycopg"
_WAIT = "releasecal_wait"  # key in the notes of a pooled connection

_LOCK_SPACE = 0x72656C65  # "rele": other programs in the database have other locks
_LOCKS = {"editions": 1, "leases": 2, "memory": 3}

_STALLED = timedelta(minutes=5)  # longest pause within a transaction that reads: a slow pipe
_FROZEN = timedelta(minutes=1)  # … and within one that writes, for others wait for it
_WRITING = 10  # times the patience of reading
_MIGRATING = timedelta(hours=1)  # for an index of a large table, or another node that makes one

BUSY_STATES = frozenset({"55P03", "40P01", "40001"})
"""SQLSTATEs of a transaction that others were in the way of."""

READ_STATES = frozenset({"25006", "42501"})
"""SQLSTATEs of a statement that would write where this node may only read."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """
    Limits of the connections to a database server.

    Attributes:
        most: Connections of one process.
        patience: Longest wait to connect, and for the answer to a read; writes have ten times
            that.
    """

    most: int = 10
    patience: timedelta = timedelta(seconds=10)


def with_driver(url: URL) -> URL:
    """Return *url* with our driver, unless it names another one."""
    is_plain = url.drivername in ("postgresql", "postgres")
    return url.set(drivername=_DRIVER) if is_plain else url


def engine_options(limits: ConnectionLimits) -> dict[str, Any]:
    """Return what `create_engine` needs; a server that was restarted breaks no transaction."""
    seconds = limits.patience.total_seconds()
    return {
        "pool_size": limits.most,
        "max_overflow": 0,
        "pool_timeout": seconds,
        "pool_pre_ping": True,
        "connect_args": {
            "connect_timeout": max(2, round(seconds)),  # libpq takes 1 for 2
            "application_name": "releasecal",
            # A peer that is gone without a word is noticed within half a minute.
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": round(_WRITING * seconds * 1_000),
        },
    }


def watch(engine: Engine, limits: ConnectionLimits) -> None:
    """Have all transactions of *engine* begin with their waits set, and writers one by one."""

    def on_connect(connection: Any, record: Any) -> None:
        record.info[_WAIT] = connection.wait = _Wait(connection)
        record.info[_WAIT].seconds = limits.patience.total_seconds()
        connection.autocommit = True
        connection.execute(f"SET statement_timeout = {_milliseconds(limits.patience)}")
        connection.execute(f"SET idle_in_transaction_session_timeout = {_milliseconds(_STALLED)}")
        connection.autocommit = False

    def on_begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        longest = limits.patience
        if options.get("releasecal_migrates"):
            longest = _MIGRATING
        elif options.get("releasecal_write"):
            longest *= _WRITING
        # A server that is stopped keeps its connections, and no time limit of its own.
        connection.info[_WAIT].seconds = longest.total_seconds() + 1
        if options.get("releasecal_write"):
            _lock(connection, options["releasecal_part"], options["releasecal_lock_ms"], longest)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)


def paced_options(*, write: bool, part: str, lock_ms: int, migrates: bool) -> dict[str, Any]:
    """Return the options of a transaction; one that reads sees one edition throughout."""
    if not write:
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    return {
        "releasecal_part": part,
        "releasecal_migrates": migrates,
        "releasecal_lock_ms": _milliseconds(_MIGRATING) if migrates else lock_ms,
    }


def _lock(connection: Connection, part: str, lock_ms: int, longest: timedelta) -> None:
    """Wait for other writers of the same *part*, as long as *lock_ms*."""
    settings = {
        "lock_timeout": lock_ms,
        "statement_timeout": _milliseconds(longest),
        "idle_in_transaction_session_timeout": _milliseconds(_FROZEN),
        # The memory may be lost in a power cut; an edition that subscribers have seen may not.
        **({"synchronous_commit": "off"} if part == "memory" else {}),
    }
    set_ = ", ".join(f"set_config('{name}', '{each}', true)" for name, each in settings.items())
    connection.exec_driver_sql(f"SELECT {set_}")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK_SPACE}, {_LOCKS[part]})")


def _milliseconds(time: timedelta) -> int:
    return round(time / timedelta(milliseconds=1))


class _Wait:
    """
    A connection's `wait` with an end: after it, the connection is closed.

    Attributes:
        seconds: The longest wait.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._wait = connection.wait
        self.seconds = 0.0

    def __call__(
        self, answer: Any, *args: Any, timeout: float | None = None, **options: Any
    ) -> Any:
        """Wait for the server's *answer*, as long as *timeout* or else as `seconds`."""
        try:
            return self._wait(answer, *args, timeout=timeout or self.seconds, **options)
        except Exception as error:
            if type(error).__name__ == "_WaitTimeout" and timeout is None:
                self._connection.pgconn.finish()  # nobody knows what is still on its way
            raise
