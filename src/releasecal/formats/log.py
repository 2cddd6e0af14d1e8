"""JSON of what moved, for programs."""

import json
from collections.abc import Mapping

from releasecal.dates import timestamp
from releasecal.feeds import Imprint
from releasecal.logs import Log, Record
from releasecal.models import Revision

CONTENT_TYPE = "application/json"


def render(log: Log, imprint: Imprint) -> bytes:
    """
    Return *log* as one JSON object, UTF-8, keys in a fixed order.

    Dates are EDTF, moments RFC 3339 in UTC; ``next`` is where the older changes are.
    """
    address = f"{imprint.url}/changes.json"
    query = log.spec.query
    document = {
        "url": f"{address}?{query}" if query else address,
        "next": f"{address}?{log.older}" if log.older else None,
        "changes": [_change(record, imprint) for record in log.records],
    }
    return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"


def _change(record: Record, imprint: Imprint) -> Mapping[str, object]:
    change = record.change
    return {
        "id": record.id,
        "edition": record.edition,
        "at": timestamp(change.at),
        "release": imprint.uid(change.key),
        "film": change.key.film,
        "title": change.title,
        "change": change.kind.value,
        "in_words": change.in_words,
        "old": _edtf(change.old),
        "new": _edtf(change.new),
        "certainty": change.new.certainty.value,
        "reason": change.new.reason or None,
        "source": change.new.source or None,
        "url": imprint.page(change.key.film),
    }


def _edtf(revision: Revision | None) -> str | None:
    return revision.when.edtf if revision and revision.when else None
