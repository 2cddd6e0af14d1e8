"""JSON: the same selection for programs."""

import json
from collections.abc import Mapping

from releasecal.changes import tell
from releasecal.dates import timestamp
from releasecal.editions import Entry, Facts
from releasecal.feeds import Feed
from releasecal.languages import Language


def render(feed: Feed) -> bytes:
    """
    Return *feed* as one JSON object, UTF-8, keys in a fixed order.

    Dates are EDTF, moments RFC 3339 in UTC. ``releases`` have a day, ``undated`` do not.
    """
    document = {
        "name": feed.title,
        "url": feed.address("json"),
        "releases": [_release(entry, feed) for entry in feed.entries],
        "undated": [_release(entry, feed) for entry in feed.undated],
    }
    return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"


def _release(entry: Entry, feed: Feed) -> Mapping[str, object]:
    facts, current = entry.facts, entry.current
    return {
        "uid": feed.imprint.uid(entry.key),
        "film": entry.key.film,
        "title": facts.title,
        "kind": facts.release.kind.slug,
        "categories": list(entry.categories),
        "region": entry.key.region,
        "channel": facts.release.channel or None,
        "when": current.when.edtf if current.when else None,
        "shown": entry.shown.edtf if entry.shown else None,
        "status": current.status.value,
        "certainty": current.certainty.value,
        "follows": facts.follows or None,
        "sequence": entry.sequence,
        "created": timestamp(entry.created),
        "revised": timestamp(entry.revised),
        "history": _history(facts, feed.spec.language),
        "url": feed.imprint.page(entry.key.film),
    }


def _history(facts: Facts, language: Language) -> list[Mapping[str, object]]:
    history = facts.release.history
    return [
        {
            "when": revision.when.edtf if revision.when else None,
            "as_of": revision.as_of.isoformat() if revision.as_of else None,
            "seen": timestamp(revision.seen) if revision.seen else None,
            "status": revision.status.value,
            "certainty": revision.certainty.value,
            "reason": revision.reason or None,
            "source": revision.source or None,
            "slot_from": revision.slot_from or None,
            "slot_to": revision.slot_to or None,
            "in_words": words,
        }
        for revision, words in zip(
            history, tell(history, dict(facts.titles), language), strict=True
        )
    ]
