"""
JSON as text for people: the bytes of the standard library's `json`, from C.

With an indent, the library's encoder is Python: each call of it leaves a cycle of closures behind,
and a large feed some 100,000 objects, for which the collector stops all threads.
"""

import msgspec


def json_text(value: object) -> bytes:
    """Return *value* as JSON, UTF-8, two spaces a level, keys in their order."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2)
