"""Log lines: for people or as JSON, with the request id, from a level on."""

import io
import json
import logging
from contextlib import contextmanager, redirect_stderr

import pytest

from releasecal.telemetry import logs, request_ids
from releasecal.telemetry.request_ids import RequestIds, is_sane


@contextmanager
def captured():
    """Give the stream that the log writes to, once it has been set up; no handler is there yet."""
    root = logging.getLogger()
    handlers, level, stream = root.handlers[:], root.level, io.StringIO()
    root.handlers[:] = []
    try:
        with redirect_stderr(stream):
            yield stream
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        request_ids.begin("")


def test_json_is_an_object_a_line():
    """Each line is JSON: moment, level, logger, message, request id and the traceback."""
    with captured() as written:
        logs.set_up("info", "json")
        request_ids.begin("abc-1")
        log = logging.getLogger("releasecal.test")
        log.info("edition %d of »%s«", 3, "Amélie\n")
        try:
            int("broken")
        except ValueError:
            log.exception("it failed")

        first, second = map(json.loads, written.getvalue().splitlines())
        assert first["time"].endswith("Z")
        assert (first["level"], first["logger"]) == ("info", "releasecal.test")
        assert first["message"] == "edition 3 of »Amélie\n«"
        assert first["request_id"] == second["request_id"] == "abc-1"
        assert second["exception"].endswith("with base 10: 'broken'")


def test_a_line_for_people_ends_with_its_request():
    """A line about a request has its id, and one about none has none."""
    with captured() as written:
        logs.set_up("info", "human")
        logging.getLogger("releasecal.test").warning("first")
        request_ids.begin("abc-2")
        logging.getLogger("releasecal.test").warning("second")

        first, second = written.getvalue().splitlines()
        assert first.endswith("WARNING first")
        assert second.endswith("WARNING second [abc-2]")


def test_the_level_and_the_form_can_change():
    """A second set-up takes the place of the first, and lines below the level are not written."""
    with captured() as written:
        logs.set_up("error", "human")
        logging.getLogger("releasecal.test").warning("unheard")
        logs.set_up("debug", "json")
        logging.getLogger("releasecal.test").debug("heard")

        (line,) = written.getvalue().splitlines()
        assert json.loads(line)["message"] == "heard"


def test_handlers_of_others_stay():
    """A program with handlers of its own keeps them as they are, and its level."""
    with captured() as written:
        own = logging.StreamHandler(io.StringIO())
        root = logging.getLogger()
        root.addHandler(own)
        before = root.level

        logs.set_up("debug", "json")

        assert root.handlers == [own]
        assert root.level == before
        assert written.getvalue() == ""


@pytest.mark.parametrize("text", ["a", "7f-3.x_y=+/:@", "x" * 128, "01HV.ABC"])
def test_sane_ids_are_taken(text):
    assert is_sane(text)


@pytest.mark.parametrize(
    "text", ["", "-a", "a b", "a\n", "é", "x" * 129, '"', "<b>", "a\\b", "%0a", "a;b", "١"]
)
def test_other_ids_are_not_taken(text):
    assert not is_sane(text)


def test_ids_are_all_different():
    """Two processes, and two requests of one, never have the same id."""
    made = [each.next() for each in (RequestIds(), RequestIds()) for _ in range(1_000)]

    assert len(set(made)) == 2_000
    assert all(map(is_sane, made))
