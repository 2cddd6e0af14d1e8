"""The visitor, as far as the browser tells: the region of the languages that it accepts."""

from flask import request

from releasecal.regions import likely_region


def visitor_region() -> str:
    """Return the country of the language that the visitor likes best; "" if none is known."""
    tags = (tag for tag, quality in request.accept_languages if quality > 0)
    return next(filter(None, map(likely_region, tags)), "")
