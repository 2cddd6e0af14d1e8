"""JSON: the change log for programs."""

from releasecal.formats.item_making import change_item
from releasecal.formats.json_text import json_text
from releasecal.queries.results import ChangeLog


def render(log: ChangeLog) -> bytes:
    """
    Return *log* as one JSON object, UTF-8, keys in a fixed order.

    Dates are EDTF, moments RFC 3339 in UTC; ``next`` is the address of the older changes, and
    ``attribution``, if it is there, the notices that the sources' terms demand.
    """
    address = f"{log.site.url}/changes.json"
    query = log.query.canonical
    notices = sorted({source.attribution for source in log.sources.values()} - {""})
    document = {
        "url": f"{address}?{query}" if query else address,
        "next": f"{address}?{log.older}" if log.older else None,
        **({"attribution": notices} if notices else {}),
        "changes": [change_item(record, log.site) for record in log.records],
    }
    return json_text(document) + b"\n"
