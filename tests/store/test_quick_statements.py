"""Statements that are run past SQLAlchemy: their rows and errors are those of SQLAlchemy."""

from datetime import date

import pytest
from sqlalchemy import Date, bindparam, func, insert, select, text

from releasecal.errors import StoreError
from releasecal.store import schema
from releasecal.store.quick_statements import QuickStatement
from support.build import DAY, NOW
from support.database import asked

EVENT, STATE, MOMENT = schema.events.c, schema.source_states.c, schema.last_modified.c
TODAY = NOW.date()

STATEMENTS = {
    "octets, and days before 1000": (select(schema.events).order_by(EVENT.id), {}),
    "moments, or none": (select(STATE.since, STATE.confirmed, STATE.judged), {}),
    "truths": (select(select(EVENT.id).where(EVENT.id == 2).exists(), func.max(EVENT.since)), {}),
    "nothing found": (select(schema.events).where(EVENT.key == "another"), {}),
    "a day that is given": (
        select(MOMENT.address, MOMENT.changed).where(MOMENT.asked <= bindparam("day", type_=Date)),
        {"day": TODAY, "more": "than is asked for"},
    ),
    "a list": (
        select(EVENT.id).where(EVENT.key.in_(bindparam("keys", expanding=True))).limit(1),
        {"keys": ("one", "two")},
    ),
}


@pytest.fixture
def full(store):
    """Return a store with some rows that have values of each type."""
    event = {"since": date.min, "until": TODAY}
    source = dict.fromkeys(("state", "problems", "left_out", "refused"), "")
    with store.writing() as connection:
        for id_, key in enumerate(("one", "two")):
            row = {"id": id_, "key": key, "body": b"\0" + key.encode(), **event}
            connection.execute(insert(schema.events), row)
        for address, since in (("a", NOW), ("b", None)):
            row = {"address": address, "position": 0, "since": since, **source}
            connection.execute(insert(schema.source_states), row)
        for day in (TODAY, TODAY + DAY):
            row = {"address": f"{day}", "digest": "", "changed": NOW, "asked": day}
            connection.execute(insert(schema.last_modified), row)
    return store


@pytest.mark.parametrize("name", STATEMENTS)
def test_rows_are_those_of_sqlalchemy(full, name):
    """Values of all types come and go as there, the first time and again."""
    statement, values = STATEMENTS[name]
    quick = QuickStatement(statement)
    with full.reading() as connection:
        expected = [tuple(row) for row in connection.execute(statement, values)]
        found = [[tuple(row) for row in quick.rows(connection, values)] for _ in range(2)]
    assert found == [expected, expected]
    assert bool(expected) == (name != "nothing found")


def test_those_who_listen_hear_them(full):
    """Whoever listens to the statements of an engine is told these, too, as SQLAlchemy has them."""
    quick = QuickStatement(select(EVENT.id).where(EVENT.key == "one"))
    with full.reading() as connection:
        before = quick.rows(connection)
    with asked(full) as told, full.reading() as connection:
        assert [tuple(row) for row in quick.rows(connection)] == [tuple(row) for row in before]
    assert told[-1].startswith("SELECT events.id")


def test_an_error_is_the_stores(full):
    """What the driver raises is told in the words of the store, whichever way it came."""
    quick = QuickStatement(select(EVENT.id))
    full.ask(quick.rows)
    with full.writing() as connection:
        connection.execute(text("DROP TABLE events"))
    with pytest.raises(StoreError, match="cannot be used"):
        full.ask(quick.rows)
