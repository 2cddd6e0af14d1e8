"""Files of the whole site: its colours and logo, its icon as programs want it, its manifest."""

from functools import partial
from pathlib import Path

from flask import Blueprint, abort, render_template, url_for

from releasecal.formats.json_text import json_text
from releasecal.queries.colour_contrast import in_the_dark, in_the_light
from releasecal.queries.site_settings import PICTURES
from releasecal.web.cached_responses import Responses, SiteState, add_route
from releasecal.web.http.conditional_requests import Representation, tag
from releasecal.web.pages.preview_picture import png
from releasecal.web.services import Services

_TOUCH, _LARGE = 180, 512  # pixels, as Apple and Android want them
_NO_SCRIPT = ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")


def blueprint(services: Services, responses: Responses) -> Blueprint:
    """Return the routes of the files."""
    routes = Blueprint("site_files", __name__)
    files = {
        "/accent.css": ("accent", partial(_accent, services)),
        "/icon.svg": ("icon", partial(_icon, services)),
        "/icon.png": ("icon_large", partial(_icon_png, services, _LARGE)),
        "/apple-touch-icon.png": ("icon_touch", partial(_icon_png, services, _TOUCH)),
        "/site.webmanifest": ("manifest", partial(_manifest, services)),
        "/logo": ("logo", partial(_logo, services)),
    }
    for path, (name, make) in files.items():
        view = partial(responses.answer, path, partial(_represent, make))
        add_route(routes, path, name, view)
    return routes


def _represent(make: partial[tuple[bytes, str]], _: SiteState) -> Representation:
    body, content_type = make()
    # A picture that is opened as a page may run nothing, whoever drew it.
    return Representation(body, content_type, tag(body), None, headers=[_NO_SCRIPT])


def _accent(services: Services) -> tuple[bytes, str]:
    accent = services.site.accent
    css = render_template("accent.css", light=in_the_light(accent), dark=in_the_dark(accent))
    return css.encode(), "text/css; charset=utf-8"


def _icon(services: Services) -> tuple[bytes, str]:
    svg = render_template("icon.svg", accent=services.site.accent)
    return svg.encode(), PICTURES[".svg"]


def _icon_png(services: Services, width: int) -> tuple[bytes, str]:
    svg = render_template("icon.svg", accent=services.site.accent, is_square=True)
    return png(svg, width), PICTURES[".png"]


def _logo(services: Services) -> tuple[bytes, str]:
    if not services.site.logo:
        abort(404, "This site has no logo.")
    path = Path(services.site.logo)
    return path.read_bytes(), PICTURES[path.suffix.casefold()]


def _manifest(services: Services) -> tuple[bytes, str]:
    site = services.site
    icons = [
        {"src": url_for("site_files.icon"), "sizes": "any", "type": PICTURES[".svg"]},
        {
            "src": url_for("site_files.icon_large"),
            "sizes": f"{_LARGE}x{_LARGE}",
            "type": PICTURES[".png"],
        },
    ]
    told = {
        "name": site.name,
        "short_name": site.name,
        "start_url": url_for("pages.index", lang=None),
        "display": "browser",
        "background_color": "#fbf9f5",
        "theme_color": site.accent,
        "icons": icons,
    }
    return json_text(told), "application/manifest+json"
