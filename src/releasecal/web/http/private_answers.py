"""Private requests: their marks, and the headers of an answer for one reader."""

from functools import lru_cache

from releasecal.web.http.conditional_requests import Environ

ACCESS = "releasecal.access"
"""Variable of WSGI's environment with the record of the token in the path of a request."""

HIDDEN = "releasecal.hidden"
"""Variable of WSGI's environment that is there if nobody may know what is asked for."""

BELOW = "releasecal.below"
"""Variable of WSGI's environment with the private path below which a request has found the site."""

Headers = list[tuple[str, str]]


def below(environ: Environ) -> str:
    """Return the private path of a request, with the token; empty for a public one."""
    return str(environ.get(BELOW, ""))


def privately(headers: Headers) -> Headers:
    """
    Return *headers* of an answer for one reader.

    It is in no shared cache (RFC 9111 § 5.2.2.7) and no search engine, and no other site learns
    its address from a link.
    """
    found = [
        (name, _for_one(value) if name == "Cache-Control" else value)
        for name, value in headers
        if name not in ("Referrer-Policy", "X-Robots-Tag")
    ]
    if not any(name == "Cache-Control" for name, _ in found):
        found.append(("Cache-Control", "private, no-cache"))
    return [
        *found,
        ("Referrer-Policy", "no-referrer"),
        ("X-Robots-Tag", "noindex, nofollow, noarchive"),
    ]


@lru_cache(64)  # there are few
def _for_one(control: str) -> str:
    """Return the Cache-Control *control* for an answer that only its reader keeps."""
    parts = [part.strip() for part in control.split(",")]
    if "no-store" in parts:
        return control
    kept = [part for part in parts if part.startswith(("max-age=", "no-cache"))]
    return ", ".join(["private", *(kept or ["no-cache"])])
