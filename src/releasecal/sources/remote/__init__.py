"""
Sources over the network: fetched into snapshots, which are then read like files.

Their kinds are the rows of `kinds.KINDS`; other distributions can add theirs by entry points. What
these need is imported once it is asked for: a server without such sources needs none of it.
"""

from importlib import import_module
from typing import Any

ENTRY_POINTS = "releasecal.sources"
"""The group of the entry points of kinds."""

_FROM = {
    "KINDS": "kinds",
    "Client": "client",
    "Failure": "failures",
    "Fetched": "fetched",
    "Secret": "secret",
    "SourceKind": "kind",
    "SourceSettings": "source_settings",
    "address_problem": "address_guard",
    "fetch": "kinds",
    "film_lines": "snapshot_format",
    "kind_of": "kinds",
    "problems": "kinds",
    "source_row": "snapshot_format",
    "unknown_options": "kind",
}
"""Names for modules of kinds, ours and others': the module that has each."""


def __getattr__(name: str) -> Any:
    """Return what modules of kinds use, imported once somebody asks for it."""
    if name not in _FROM:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_FROM[name]}"), name)
