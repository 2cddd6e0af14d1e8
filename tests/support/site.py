"""A small site: the token of its refreshes and the addresses of its feeds."""

TOKEN = "a-token-that-nobody-guesses"
FEEDS = [
    "/calendar.ics",
    "/calendar.json",
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
