"""
The hook of builds: the addresses of the project, of which whoever publishes it names the first.

The repository does not know where it lives: each fork has another home, and an address that is made
up leads everybody astray. ``RELEASECAL_HOME_URL=https://… uv build`` has it in wheel and sdist.
"""

import os
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class HomeHook(MetadataHookInterface):
    """Adds ``[project.urls]``, if there is a home."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add to *metadata* the addresses below the home, in the places where code hosts have them."""
        home = os.environ.get("RELEASECAL_HOME_URL", "").rstrip("/")
        if home:
            metadata["urls"] = {
                "Homepage": home,
                "Source": home,
                "Changelog": f"{home}/blob/main/CHANGELOG.md",
                "Issues": f"{home}/issues",
            }
