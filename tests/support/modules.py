"""The package as its own text shows it: modules, imports, classes, functions and names."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from support.paths import SOURCE

ROOT_NAME = SOURCE.name

ON_USE = {
    "cli.answers_before_first_edition",
    "cli.refreshing",
    "refresh.job_scheduler",
    "sources.remote.exchange",
    "sources.remote.kinds",
    "sources.schema.calendar_layout_record",
    "sources.schema.table_layout_record",
    "sources.validate",
}
"""The modules that are imported by functions alone: a server answers before it needs them."""


def name_of(path: Path) -> str:
    """Return the dotted name of the module at *path* within the package: `store.newest_edition`."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


MODULES = {name_of(path): path for path in sorted(SOURCE.rglob("*.py"))}
"""Each module's file by its dotted name; the package itself has the name ""."""


@cache
def tree(module: str) -> ast.Module:
    """Return the syntax tree of *module*."""
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def package(module: str) -> str:
    """Return the part of *module*'s name that stands at the top: `store` for `store.newest_edition`."""
    return module.partition(".")[0]


def inside(parent: str) -> list[str]:
    """Return *parent* and the modules below it."""
    return [name for name in MODULES if name == parent or name.startswith(f"{parent}.")]


def statements(module: str) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield each import of *module*, wherever in the file it stands."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node


def imported(module: str) -> set[str]:
    """Return the full name of everything that *module* imports."""
    found: set[str] = set()
    for node in statements(module):
        prefix = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
        found |= {prefix + alias.name for alias in node.names}
    return found


def libraries(modules: Iterable[str]) -> set[str]:
    """Return the top-level names, as in `os` or `flask`, of all that *modules* import."""
    return {package(name) for module in modules for name in imported(module)} - {ROOT_NAME}


def ours(module: str) -> set[str]:
    """Return the modules of this package that *module* imports."""
    names = [name for name in imported(module) if package(name) == ROOT_NAME]
    return {nearest(name.partition(".")[2]) for name in names}


def nearest(name: str) -> str:
    """Return the module that *name* is, or that it is defined in."""
    while name not in MODULES:
        name = name.rpartition(".")[0]
    return name


def arrows(of: str) -> set[str]:
    """Return the other packages and top modules that the package or top module *of* imports."""
    return {package(name) for module in inside(of) for name in ours(module)} - {of, ""}


def top() -> list[str]:
    """Return the names of the packages and of the modules beside them."""
    return sorted({package(name) for name in MODULES} - {""})


def classes(module: str) -> list[str]:
    """Return the name of each class in *module*, nested ones too."""
    return [node.name for node in ast.walk(tree(module)) if isinstance(node, ast.ClassDef)]


def functions(module: str) -> Iterator[tuple[int, str]]:
    """Yield (lines without the docstring, name) of each function and method of *module*."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield lines(node) - lines(node.body[0]) * bool(ast.get_docstring(node)), node.name


def lines(node: ast.stmt) -> int:
    """Return how many lines *node* spans; decorators do not count."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def public_names(module: str) -> set[str]:
    """Return the names without a leading underscore that *module* defines at its top level."""
    names: set[str] = set()
    for node in tree(module).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found = (part for target in targets for part in ast.walk(target))
            names |= {part.id for part in found if isinstance(part, ast.Name)}
    return {name for name in names if not name.startswith("_")}


def cycle(graph: dict[str, set[str]]) -> list[str]:
    """Return the nodes of *graph* that lie on a cycle or lead to one; none where it has none."""
    left = dict(graph)
    while ends := [name for name, targets in left.items() if not targets & left.keys()]:
        for name in ends:
            del left[name]
    return sorted(left)


def figures() -> str:
    """Return the table of figures that ARCHITECTURE.md ends with."""
    sizes = sorted(size for module in MODULES for size, _ in functions(module))
    rows = {
        "modules at the top": len([name for name in top() if inside(name) == [name]]),
        "packages": len([name for name in top() if inside(name) != [name]]),
        "arrows between them": sum(len(arrows(name)) for name in top()),
        "longest function, lines": sizes[-1],
        "90th percentile of functions, lines": ninetieth_percentile(sizes),
        "public names in the largest module": max(len(public_names(name)) for name in MODULES),
    }
    for name in top():
        if inside(name) != [name]:
            rows[f"lines in `{name}/`"] = round(length(inside(name)), -2)
    rows["lines in all"] = round(length(MODULES), -2)
    table = "".join(f"| {name} | {value:,} |\n" for name, value in rows.items())
    return f"| figure | value |\n| --- | ---: |\n{table}"


def ninetieth_percentile(ordered: list[int]) -> int:
    """Return the number that nine in ten of the *ordered* ones do not exceed."""
    return ordered[len(ordered) * 9 // 10]


def length(modules: Iterable[str]) -> int:
    """Return how many lines the files of *modules* have together."""
    return sum(len(MODULES[name].read_text(encoding="utf-8").splitlines()) for name in modules)


def docstrings(module: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of each docstring of *module*, also those behind constants."""
    for node in ast.walk(tree(module)):
        body = getattr(node, "body", None)
        for each in body if isinstance(body, list) else ():
            if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant):
                yield each.lineno, str(each.value.value).strip()
