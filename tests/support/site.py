"""A small site: its Flask app, the token of its refreshes and the addresses of its feeds."""

import itertools
from dataclasses import replace
from datetime import timedelta

from flask import Flask

from releasecal.refresh.publisher import Publisher
from releasecal.settings import Settings
from releasecal.web import create_app
from releasecal.web.http.conditional_requests import Delivery
from releasecal.wiring import services

DELIVERY = Delivery(timedelta(), compress=True)
TOKEN = "a-token-that-nobody-guesses"
FEEDS = [
    "/calendar.ics",
    "/calendar.json",
    "/calendar.jcal",
    "/calendar.csv",
    "/calendar.atom",
    "/calendar.jsonfeed",
    "/films/film.ics",
    "/films/film.json",
    "/series/saga.ics",
    "/series/saga.json",
    "/calendar.ics?kind=theatrical&region=US&past=30",
    "/calendar.ics?kind=tv",
    "/calendar.ics?download=1",
    "/undo.ics",
    "/changes.atom",
    "/changes.atom?added=1",
    "/changes.json",
    "/changes.json?added=1&film=film&since=0",
]


def app_of(publisher: Publisher, **options: object) -> Flask:
    """
    Return the Flask app of *publisher*; *options* are fields of its `Services`.

    Unless *options* have other ticks, a second passes between any two requests, so that each
    looks at the present edition.
    """
    seconds = itertools.count(step=2)
    given = {"ticks": lambda: next(seconds), "delivery": DELIVERY, **options}
    return create_app(replace(services(publisher, Settings(), TOKEN), **given))
