"""Rows of a reply of Wikidata's query service."""


def row(film: str, *, lang: str = "en", **values: str) -> dict:
    """Return a row about *film*, its label in *lang*; entities are named by their ids."""
    found = {"film": {"type": "uri", "value": entity(film)}}
    for name, value in values.items():
        found[name] = {"type": "literal", "value": value}
    if "label" in found:
        found["label"]["xml:lang"] = lang
    return found


def entity(id_: str) -> str:
    """Return the address of the entity *id_*."""
    return f"http://www.wikidata.org/entity/{id_}"
