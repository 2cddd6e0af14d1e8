"""JSON: the change log for programs."""

from collections.abc import Mapping

from releasecal.core.dates import timestamp
from releasecal.core.languages import ENGLISH, Language
from releasecal.core.models import Revision
from releasecal.formats.json_text import json_text
from releasecal.queries.results import ChangeLog, ChangeRecord
from releasecal.queries.site_settings import SiteSettings


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
        "changes": [plain_change(record, log.site) for record in log.records],
    }
    return json_text(document) + b"\n"


def plain_change(
    record: ChangeRecord, site: SiteSettings, language: Language = ENGLISH
) -> Mapping[str, object]:
    """Return *record* as plain values for JSON, its sentence in *language*."""
    change = record.change
    return {
        "id": record.id,
        "edition": record.edition,
        "at": timestamp(change.at),
        "release": site.uid(record.uid),
        "film": change.key.film,
        "title": change.title,
        "kind": change.key.kind,
        "region": change.key.region,
        "channel": change.key.channel or None,
        "change": change.kind.value,
        "in_words": change.sentence(language),
        "old": _edtf(change.old),
        "new": _edtf(change.new),
        "certainty": change.new.certainty.value,
        "reason": change.new.reason or None,
        "source": change.new.source or None,
        "url": site.page(change.key.film),
    }


def _edtf(revision: Revision | None) -> str | None:
    return revision.when.edtf if revision and revision.when else None
