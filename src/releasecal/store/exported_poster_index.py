"""
The index of an exported site's posters: which file is a copy of which poster, and since when.

Another machine goes on from it, so that no host is asked again for what the site has.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from releasecal.core.dates import timestamp
from releasecal.core.value_classes import dataclass
from releasecal.errors import StoreError

NAME = "posters.json"
"""Path of the index."""

_FORMAT = "releasecal-posters-1"
_PATH = re.compile(r"posters/[0-9a-f]{32}\.[a-z]{1,5}")


@dataclass(frozen=True, slots=True)
class PublishedPoster:
    """
    A copy of a poster that is a file of a site.

    Attributes:
        address: Where the poster comes from.
        path: Path of the copy, whose name is the hash of its octets.
        kept: When the copy was made, UTC.
    """

    address: str
    path: str
    kept: datetime

    @property
    def digest(self) -> str:
        """Hash of the copy, as its name has it."""
        return self.path.removeprefix("posters/").partition(".")[0]


def to_bytes(paths: Mapping[str, str], kept: Mapping[str, datetime]) -> bytes:
    """Return the index of copies at *paths*, which were *kept* then, both by the poster's address."""
    lines = [
        json.dumps({"address": address, "path": path, "kept": timestamp(kept[address])})
        for address, path in sorted(paths.items())
    ]
    rows = ",\n".join(lines)
    return f'{{"format": "{_FORMAT}", "posters": [\n{rows}\n]}}\n'.encode()


def parse(data: bytes, place: str) -> Sequence[PublishedPoster]:
    """
    Return the copies in the index with the octets *data* at *place*, in its order.

    Raises:
        StoreError: It is no index, or of another version.
    """
    try:
        found = json.loads(data)
        if found["format"] != _FORMAT:
            raise ValueError(found["format"])  # noqa: TRY301 - told as all that is wrong
        return [_poster(record) for record in found["posters"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(
            f"{place}: this is no index of posters (remove it from the site: posters are fetched anew then)"
        ) from error


def _poster(record: Mapping[str, str]) -> PublishedPoster:
    address, path, kept = record["address"], record["path"], record["kept"]
    if not _PATH.fullmatch(path):
        raise ValueError(path)
    moment = datetime.fromisoformat(kept)
    if moment.tzinfo is None:
        raise ValueError(kept)
    return PublishedPoster(str(address), path, moment.astimezone(UTC))
