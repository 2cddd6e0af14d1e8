"""The modules of the package, and the order of those that are pure."""

from support.paths import SOURCE

CORE = (
    "errors",
    "dates",
    "durations",
    "models",
    "languages",
    "changes",
    "windows",
    "history",
    "overrides",
    "catalogue",
    "settling",
    "editions",
    "recall",
    "brake",
    "feeds",
    "logs",
    "formats",
)
"""The pure modules, in order: each imports only what stands above it."""


def parts():
    """Yield each module or package of ours with the files it is made of."""
    for path in sorted(SOURCE.iterdir()):
        if path.suffix == ".py" and not path.stem.startswith("__"):
            yield path.stem, [path]
        elif path.is_dir() and path.name != "__pycache__":
            yield path.name, sorted(path.rglob("*.py"))


PARTS = dict(parts())
