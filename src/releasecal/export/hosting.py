"""Files for hosts: media types, caching and redirects, as each kind of host takes them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

from releasecal.formats import FORMATS
from releasecal.queries.site_settings import PICTURES
from releasecal.web.routes.pages import POLICY
from releasecal.web.routes.poster_files import FOR_EVER

_MAX_ADDRESSES = 50_000  # of one sitemap (sitemaps.org/protocol.html)

_OPEN = "Access-Control-Allow-Origin: *"
_POLICY = f"Content-Security-Policy: {POLICY}"
_SNIFF = "X-Content-Type-Options: nosniff"

_TYPES: Mapping[str, str] = {
    ".ics": "text/calendar; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".xml": "application/xml",
    ".webmanifest": "application/manifest+json",
    **PICTURES,
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".txt": "text/plain; charset=utf-8",
}

_FEEDS = (".ics", ".atom", ".json", ".jsonl")


def _feeds() -> Mapping[str, str]:
    """Return the media types of what programs of any site may read, by ending."""
    formats = {f".{form.extension}": form.content_type for form in FORMATS.values()}
    return {ending: _TYPES[ending] for ending in _FEEDS} | formats


def content_type(path: str) -> str:
    """Return the media type of the file at *path*; plain text for one without an ending."""
    _, dot, ending = path.rpartition("/")[2].rpartition(".")
    return _TYPES.get(dot + ending, _TYPES[".txt"])


def ending(media_type: str) -> str:
    """Return the ending of files of *media_type*, a picture's."""
    return next(end for end, kind in _TYPES.items() if kind == media_type)


def headers_file(max_age: int) -> str:
    """Return ``_headers``, as Netlify and Cloudflare Pages take it; feeds stay for *max_age* s."""
    rules = {"/*": [_POLICY, _SNIFF]}
    rules["/posters/*"] = [f"Cache-Control: public, max-age={FOR_EVER}, immutable"]
    for ending, kind in _feeds().items():
        rules[f"/*{ending}"] = [
            f"Content-Type: {kind}",
            f"Cache-Control: public, max-age={max_age}",
            _OPEN,
        ]
    return (
        "\n".join(line for path, lines in rules.items() for line in (path, *_indented(lines)))
        + "\n"
    )


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


def redirects_file(prefix: str, moved: Mapping[str, str]) -> str:
    """Return ``_redirects`` from the former to the present addresses of pages."""
    return "".join(f"{prefix}{old} {prefix}{new} 301\n" for old, new in sorted(moved.items()))


def moved_page(address: str) -> str:
    """Return a page that leads to *address*, for hosts that redirect nothing."""
    link = escape(address, {'"': "&quot;"})
    return (
        f'<!doctype html>\n<meta charset="utf-8">\n<title>Moved</title>\n'
        f'<meta http-equiv="refresh" content="0; url={link}">\n'
        f'<link rel="canonical" href="{link}">\n<a href="{link}">{link}</a>\n'
    )


_NGINX = """\
# A site that releasecal has exported. In a `server` of nginx:
#
#     root /srv/films;
#     include /srv/films/_nginx.conf;
#
# The time of each file is the moment at which it last changed, so Last-Modified and ETag are as
# good as a program's. Twins with .gz are sent to those who take them, each with its own ETag.

charset off;
etag on;
if_modified_since before;  # RFC 9110, 13.1.3: unchanged since then, not "exactly this second"
gzip off;
gzip_static on;
gzip_vary on;
index index.html;
absolute_redirect off;
error_page 404 /404.html;
%(guard)s

%(feeds)s
location ~ \\.html$ {
    types { }
    default_type "%(html)s";
    add_header Cache-Control no-cache always;
    %(guard)s
}
location ~ /posters/ {
    types { image/jpeg jpg; image/png png; image/webp webp; }
    add_header Cache-Control "public, max-age=%(for_ever)d, immutable";
    %(guard)s
}
location ~ /\\.releasecal { return 404; }
"""

_NGINX_FEED = """\
location ~ \\%(ending)s$ {
    types { }
    default_type "%(type)s";
    add_header Cache-Control "public, max-age=%(max_age)d" always;
    add_header Access-Control-Allow-Origin * always;
    add_header X-Content-Type-Options nosniff always;
    if ($request_method = OPTIONS) {
        add_header Access-Control-Allow-Origin *;
        add_header Access-Control-Allow-Methods "GET, HEAD, OPTIONS";
        add_header Access-Control-Allow-Headers "If-None-Match, If-Modified-Since";
        add_header Access-Control-Max-Age 86400;
        return 204;
    }
    if ($request_method !~ ^(GET|HEAD)$) {
        add_header Allow "GET, HEAD, OPTIONS" always;
        return 405;
    }
}
"""


def nginx_file(max_age: int) -> str:
    """Return a snippet for a ``server`` of nginx; feeds stay for *max_age* seconds."""
    feeds = (
        _NGINX_FEED % {"ending": ending, "type": kind, "max_age": max_age}
        for ending, kind in _feeds().items()
    )
    lines = (header.partition(": ") for header in (_POLICY, _SNIFF))
    guard = " ".join(f'add_header {name} "{value}" always;' for name, _, value in lines)
    told = {"guard": guard, "feeds": "".join(feeds), "html": _TYPES[".html"]}
    return _NGINX % {**told, "for_ever": FOR_EVER}


def sitemaps(url: str, pages: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield (path, text) of the sitemap of *pages* at *url*, in parts if they are very many."""
    parts = [pages[at : at + _MAX_ADDRESSES] for at in range(0, len(pages), _MAX_ADDRESSES)]
    if len(parts) == 1:
        yield "sitemap.xml", _xml("urlset", "url", (f"{url}{page}" for page in pages))
        return
    names = [f"sitemap-{number}.xml" for number in range(1, len(parts) + 1)]
    for name, part in zip(names, parts, strict=True):
        yield name, _xml("urlset", "url", (f"{url}{page}" for page in part))
    yield "sitemap.xml", _xml("sitemapindex", "sitemap", (f"{url}/{name}" for name in names))


def _xml(name: str, item: str, addresses: Iterable[str]) -> str:
    items = "".join(f"<{item}><loc>{escape(each)}</loc></{item}>\n" for each in addresses)
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="{space}">\n{items}</{name}>\n'


def robots_file(url: str) -> str:
    """Return ``robots.txt``: everything is allowed, for Google Calendar asks."""
    return f"User-agent: *\nAllow: /\nSitemap: {url}/sitemap.xml\n"
