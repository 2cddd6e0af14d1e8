"""Conditional requests: the whole story of RFC 9110 § 13, for any document."""

from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime

from support.build import NOW


def conditional_story(client, address, accepted=None):
    """
    Assert the whole story of RFC 9110 § 13 for the document at *address*.

    Pages have no date of their own, and so no date of the client's counts there.
    """
    always = {} if accepted is None else {"Accept-Encoding": accepted}

    def asked(method="get", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return getattr(client, method)(address, headers={**always, **named})

    fresh, head = asked(), asked("head")
    assert fresh.status_code == 200
    assert fresh.headers["ETag"].startswith('"')
    assert int(fresh.headers["Content-Length"]) == len(fresh.data)
    assert head.data == b""
    own = {"Date": "", "X-Request-ID": ""}  # each answer's
    assert {**head.headers, **own} == {**fresh.headers, **own}
    assert asked(Range="bytes=0-9", If_Range=fresh.headers["ETag"]).data == fresh.data
    _story_of_tags(asked, fresh)
    _story_of_demands(asked, fresh)
    if fresh.mimetype == "text/html":
        assert "Last-Modified" not in fresh.headers
        assert asked(If_Modified_Since=_shifted(ASKED, timedelta(days=999))).status_code == 200
        assert asked(If_Unmodified_Since=LONG_AGO).status_code == 200
    else:
        _story_of_dates(asked, fresh)


def _story_of_tags(asked, fresh):
    etag = fresh.headers["ETag"]
    for matching in (etag, f"W/{etag}", f'"other", {etag}', f'W/"x",{etag} ,', "*", " * "):
        for answer in (asked(If_None_Match=matching), asked("head", If_None_Match=matching)):
            assert (answer.status_code, answer.data) == (304, b""), matching
            for name in ("ETag", "Last-Modified", "Cache-Control", "Vary"):
                assert answer.headers.get(name) == fresh.headers.get(name)
            for name in ("Content-Type", "Content-Length", "Content-Encoding"):
                assert name not in answer.headers
    for stale in ('"other"', 'W/"other", "another"', "nonsense", "", etag.strip('"')):
        assert asked(If_None_Match=stale).status_code == 200, stale


def _story_of_dates(asked, fresh):
    etag, modified = fresh.headers["ETag"], fresh.headers["Last-Modified"]
    later = _shifted(modified, timedelta(hours=1))
    for known in (modified, later, "Sunday, 01-Jan-40 00:00:00 GMT", "Sun Jan  1 00:00:00 2040"):
        assert asked(If_Modified_Since=known).status_code == 304, known
        assert asked("head", If_Modified_Since=known).status_code == 304, known
    impossible = "Mon, 01 Jan 99999999999 00:00:00 GMT"
    for unknown in (LONG_AGO, "soon", "", "0", impossible, "x" * 999):
        assert asked(If_Modified_Since=unknown).status_code == 200, unknown
    assert asked(If_None_Match='"other"', If_Modified_Since=later).status_code == 200
    assert asked(If_None_Match=etag, If_Modified_Since=LONG_AGO).status_code == 304
    for met in (modified, "soon"):
        assert asked(If_Unmodified_Since=met).status_code == 200, met
    _is_refused(asked, fresh, If_Unmodified_Since=LONG_AGO)


def _story_of_demands(asked, fresh):
    etag = fresh.headers["ETag"]
    for met in (etag, f'"other", {etag}', "*"):
        assert asked(If_Match=met, If_Unmodified_Since=LONG_AGO).status_code == 200, met
    for missed in ('"other"', f"W/{etag}"):
        _is_refused(asked, fresh, If_Match=missed)


def _is_refused(asked, fresh, **missed):
    answer = asked(**missed)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (412, "no-store"), missed
    assert asked("head", **missed, If_None_Match=fresh.headers["ETag"]).status_code == 412


def _shifted(date, by):
    return format_datetime(parsedate_to_datetime(date) + by, usegmt=True)


ASKED = format_datetime(NOW, usegmt=True)
LONG_AGO = _shifted(ASKED, -timedelta(days=999))
