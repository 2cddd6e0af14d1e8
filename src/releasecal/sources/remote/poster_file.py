"""A poster over the network: a small picture in a format that browsers draw and that runs nothing."""

import re

from releasecal.core.value_classes import dataclass
from releasecal.errors import FetchFailed
from releasecal.sources.remote.client import Client
from releasecal.sources.remote.failures import Failure

MAX_OCTETS = 512 * 1024
"""Size of a poster; a larger one is not kept, for it would be sent to telephones."""

_MAGIC = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
}
"""The first octets of each format that is kept; SVG can run scripts."""

_SMALL = (re.compile(r"(https://image\.tmdb\.org/t/p/)(original|[wh]\d+)/"), r"\1w185/")
"""The address of a TMDB poster, and that of the same in the width that pages have room for."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: its octets and its media type, which agree."""

    data: bytes
    media_type: str


def fetch_poster(client: Client, address: str) -> Picture:
    """
    Return the poster at *address*.

    Raises:
        FetchFailed: There is none, it is too large, or it is in another format.
    """
    pattern, small = _SMALL
    headers = {"Accept": ", ".join(_MAGIC)}
    reply = client.get(pattern.sub(small, address), headers=headers, limit=MAX_OCTETS)
    magic = _MAGIC.get(reply.media_type)
    if magic is None or not magic.match(reply.data):
        raise _no_picture(client, reply.media_type)
    return Picture(reply.data, reply.media_type)


def media_type(data: bytes) -> str:
    """Return the media type of the picture *data*; "" if it has no format that is kept."""
    return next((kind for kind, magic in _MAGIC.items() if magic.match(data)), "")


def _no_picture(client: Client, media_type: str) -> FetchFailed:
    told = media_type if media_type in _MAGIC else "something else"
    formats = ", ".join(_MAGIC)
    return client.error(
        Failure.NOT_DATA, f"not a picture as it says: {told}", f"it takes {formats}"
    )
