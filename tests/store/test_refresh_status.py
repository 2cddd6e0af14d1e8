"""The refresh status: how the last refresh went, for all processes."""

from sqlalchemy import insert

from releasecal.errors import NOWHERE, Place, Problem, RefreshHeld
from releasecal.store import RefreshStatus, refresh_status, schema
from support.build import NOW

HELD = RefreshHeld.because(["data told of 5 films and tells of none now"]).problems
WRONG = (Problem(Place("films.yaml", 12, 3), "not a date: 'soon'", "try 2026-12-18"),)


def test_problems_are_kept_as_values(store):
    """Each has its place, its remedy and its prefix again, and so the same text."""
    for status in (RefreshStatus(None, NOW, WRONG), RefreshStatus(None, NOW, HELD, is_held=True)):
        refresh_status.note(store, status)

        assert store.ask(refresh_status.find).problems == status.problems
        refresh_status.note(store, RefreshStatus())


def test_problems_that_were_kept_as_texts_are_read(store):
    """They came from a releasecal that kept no more than their texts."""
    row = {"id": 1, "failed": NOW, "is_held": False, "problems": '["films.yaml:1:2: wrong"]'}
    with store.writing() as connection:
        connection.execute(insert(schema.last_failure).values(row))

    problems = store.ask(refresh_status.find).problems

    assert problems == (Problem(NOWHERE, "films.yaml:1:2: wrong"),)
