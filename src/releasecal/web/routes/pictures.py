"""Pictures of pages for other sites (Open Graph), drawn at the first request."""

from functools import partial

from flask import Blueprint, Response, abort, g, render_template

from releasecal.core.editions import Entry
from releasecal.core.languages import ENGLISH, LANGUAGES
from releasecal.queries.parameters import present
from releasecal.store import film_batches
from releasecal.web.cached_responses import Responses, SiteState, add_route
from releasecal.web.http.conditional_requests import Representation, tag
from releasecal.web.pages.picture_fonts import drawable, runs
from releasecal.web.pages.preview_picture import Card, card, png
from releasecal.web.pages.template_filters import answer_of, slip_line_of
from releasecal.web.pages.translations import asked_language, gettext, page_language
from releasecal.web.services import Services


def blueprint(services: Services, responses: Responses) -> Blueprint:
    """Return ``/films/<film>.png`` and ``/card.png``."""
    routes = Blueprint("pictures", __name__)

    def answer(path: str, make: partial[bytes]) -> Response:
        # A picture has the language of its address alone: shared caches have no other.
        g.language = LANGUAGES[asked_language() or ENGLISH.code]
        kept = partial(_represent, make)
        return responses.answer(f"{path}?lang={page_language().code}", kept)

    def film(id_: str) -> Response:
        now = present(id_, services.vocabulary["film"])
        return answer(f"/films/{now}.png", partial(_film, services, now))

    add_route(routes, "/films/<id_>.png", "film", film)
    add_route(routes, "/card.png", "site", lambda: answer("/card.png", partial(_site, services)))
    return routes


def _represent(make: partial[bytes], state: SiteState) -> Representation:
    body = make()
    return Representation(body, "image/png", tag(body), state.head.published)


def _site(services: Services) -> bytes:
    told = gettext("Film release dates as a calendar that stays right when the dates move.")
    return _drawn(services, card(services.site.name, [told]))


def _film(services: Services, film_id: str) -> bytes:
    found = services.store.ask(film_batches.part, [film_id])
    if film_id not in found.films:
        abort(404, f"There is no film {film_id!r} here.")
    entries = sorted(found.entries[film_id], key=_order)
    slips = [line for line in map(slip_line_of, entries) if line]
    slipped = max(slips, key=lambda line: len(line.rows), default=None)
    answers = [answer_of(entry) for entry in entries if entry.last_date]
    if slipped:  # the date that it is about
        answers = [answer_of(next(each for each in entries if slip_line_of(each) == slipped))]
    return _drawn(services, card(found.films[film_id].title, answers, slipped))


def _order(entry: Entry) -> tuple[bool, str, str]:
    """Return the sort key of *entry*: by its date, those without one last."""
    when = entry.last_date
    return when is None, str(when and when.first), str(entry.key)


def _drawn(services: Services, drawn: Card) -> bytes:
    svg = render_template(
        "card.svg", card=drawn, name=runs(drawable(services.site.name)), accent=services.site.accent
    )
    return png(svg)
