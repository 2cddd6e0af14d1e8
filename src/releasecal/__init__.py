"""Film release dates as calendar feeds that stay right when the dates move."""

from importlib import import_module
from typing import Any

__version__ = "0.2.0"

_FROM = {
    "create_app": ("releasecal.wiring", "site_app"),
    "Publisher": ("releasecal.refresh.publisher", "Publisher"),
    "render": ("releasecal.formats", "render"),
}
"""Names for programs that use the package: the module that has each, and its name there."""


def __getattr__(name: str) -> Any:
    """Return what programs use of the package; it is imported once somebody asks for it."""
    if name not in _FROM:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, known = _FROM[name]
    return getattr(import_module(module), known)


def __dir__() -> list[str]:
    """Return the names of the package, those that are not imported yet among them."""
    return sorted({*globals(), *_FROM})
