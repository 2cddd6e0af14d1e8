"""Routes whose addresses are built by functions that are compiled late."""

import builtins

import pytest
from werkzeug.routing import BuildError, Map, Rule

from releasecal.web.http.lazy_rule import LateRule

ROUTES = (
    ("/", "index", {}),
    ("/film/<film_id>", "film", {}),
    ("/film/<film_id>/<path:rest>", "film", {"rest": "all"}),
    ("/day/<int(fixed_digits=4):year>", "day", {}),
)
BUILT = (
    ("index", {}),
    ("index", {"lang": "de", "q": "a b&c"}),
    ("film", {"film_id": "dune/2", "rule": "x"}),
    ("film", {"film_id": "dune", "rest": "a/b"}),
    ("day", {"year": 2026}),
)


def routes(kind):
    rules = [kind(path, endpoint=name, defaults=values) for path, name, values in ROUTES]
    return Map(rules).bind("films.example")


@pytest.mark.parametrize(("name", "values"), BUILT)
@pytest.mark.parametrize("append_unknown", [True, False])
def test_a_late_rule_builds_the_same_addresses(name, values, append_unknown):
    """An address is the same as Werkzeug's own rule builds, the first time and the second."""
    late, plain = (
        [routes.build(name, values, append_unknown=append_unknown) for _ in range(2)]
        for routes in (routes(LateRule), routes(Rule))
    )
    assert late == plain


def test_a_late_rule_refuses_what_is_missing():
    """An address that lacks a value cannot be built."""
    with pytest.raises(BuildError):
        routes(LateRule).build("film", {})


def test_nothing_is_compiled_before_it_is_needed(monkeypatch):
    """Neither a map of rules nor a match compiles a function; building an address does."""
    compiled = []
    compile_ = builtins.compile

    def note(source, name, *others, **options):
        if name == "<werkzeug routing>":
            compiled.append(name)
        return compile_(source, name, *others, **options)

    monkeypatch.setattr(builtins, "compile", note)
    made = routes(LateRule)
    assert made.match("/film/dune") == ("film", {"film_id": "dune"})
    assert not compiled
    assert [made.build("index") for _ in range(2)] == ["/", "/"]
    assert len(compiled) == 1
