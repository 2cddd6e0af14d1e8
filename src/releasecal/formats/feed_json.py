"""JSON: a feed for programs."""

import json
from collections.abc import Mapping, Sequence
from datetime import date

from releasecal.core.changes import tell
from releasecal.core.dates import timestamp
from releasecal.core.editions import Entry, Facts
from releasecal.core.languages import Language
from releasecal.formats.size_limit import fit
from releasecal.queries.results import Feed

_COMMA = b",\n"
_MAX_OCTETS_AROUND = 1_000  # of the object without its releases, title and address


def render(feed: Feed) -> bytes:
    """
    Return *feed* as one JSON object, UTF-8, keys in a fixed order.

    Dates are EDTF, moments RFC 3339 in UTC. ``releases`` have a day, ``undated`` do not;
    ``left_out`` counts the ones of each kind that found no room.
    """
    dated = [(feed.query.span_of(entry)[1], _item(entry, feed)) for entry in feed.entries]
    # Entries without a day are left out after past ones and before coming ones.
    undated = [(date.max, _item(entry, feed)) for entry in feed.undated]
    kept = _kept([*dated, *undated], feed)
    releases = [body for _, body in dated if body in kept]
    waiting = [body for _, body in undated if body in kept]
    left_out = {
        "releases": feed.left_out + len(dated) - len(releases),
        "undated": feed.left_out_undated + len(undated) - len(waiting),
    }
    members = {
        "name": _text(feed.title),
        "url": _text(feed.address("json")),
        "releases": _list(releases),
        "undated": _list(waiting),
        "left_out": _text(left_out).replace(b"\n", b"\n  "),
    }
    lines = [b'  "%s": %s' % (name.encode(), value) for name, value in members.items()]
    return b"{\n%s\n}\n" % b",\n".join(lines)


def _kept(items: Sequence[tuple[date, bytes]], feed: Feed) -> set[bytes]:
    """Return the *items* that fit into a body of *feed*."""
    bodies = {body for _, body in items}
    if feed.most_octets is None:
        return bodies
    around = _MAX_OCTETS_AROUND + len(_text([feed.title, feed.address("json")]))
    room = feed.most_octets - around
    return bodies if sum(map(len, bodies)) <= room else set(fit(items, feed.today, room))


def _list(items: Sequence[bytes]) -> bytes:
    return b"[\n%s\n  ]" % b"".join(items).removesuffix(_COMMA) if items else b"[]"


def _item(entry: Entry, feed: Feed) -> bytes:
    return b"    " + _text(_release(entry, feed)).replace(b"\n", b"\n    ") + _COMMA


def _text(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode()


def _release(entry: Entry, feed: Feed) -> Mapping[str, object]:
    facts, current = entry.facts, entry.current
    return {
        "uid": feed.site.uid(entry.key),
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
        "history": _history(facts, feed.query.language),
        "url": feed.site.page(entry.key.film),
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
