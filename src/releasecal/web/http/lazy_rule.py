"""Routes whose addresses are built by functions that are compiled when the first one is built."""

from collections.abc import Callable
from functools import cache, partial

from werkzeug.routing import Rule


class LateRule(Rule):
    """
    A rule that recognises addresses at once, and can build them once one is asked for.

    Werkzeug compiles two functions for each rule when it is made, which is two thirds of the time
    in which the app is made. Pages link to some ten of the 176.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002 - Werkzeug's
        compiled = cache(partial(super()._compile_builder, append_unknown))

        def build(rule: Rule, /, **values: object) -> tuple[str, str]:
            return compiled()(rule, **values)

        return build
