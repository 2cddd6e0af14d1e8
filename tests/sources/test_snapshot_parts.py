"""Snapshot parts: bounded parts of a large snapshot, of which one film changes one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.sources import snapshot_editing, snapshot_parts
from releasecal.sources.snapshot_editing import PartedFile
from releasecal.sources.snapshot_parts import BEGIN, BETWEEN, END, PART, film_lines_of, join, split

IDS = st.lists(st.from_regex("[a-z0-9]{1,3}(-[0-9]{1,3})?", fullmatch=True), unique=True)


def snapshot(films, top='{"sources":[{"id":"web"}]}'):
    """Return a snapshot of *films*, titles by id."""
    lines = [
        json.dumps({"id": id_, "title": title}).encode() for id_, title in sorted(films.items())
    ]
    return top.encode()[:-1] + BEGIN + BETWEEN.join(lines) + END


def many(count):
    """Return as many films."""
    return {f"film-{number:05}": "A film" for number in range(count)}


@given(ids=IDS, part=st.sampled_from([1, 2, 3, 10]))
def test_parts_are_the_whole(ids, part):
    """Whatever the films and the bounds: the parts are data files, and together the snapshot."""
    whole = snapshot(dict.fromkeys(ids, "A film"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshot_parts, "PART", part)
        patch.setattr(snapshot_parts, "MAX_WHOLE", 0)
        parts = split("web", whole)

    assert join("web", parts) == whole
    assert [*parts] == sorted(parts)
    told = [film["id"] for data in parts.values() for film in json.loads(data).get("films", [])]
    assert told == sorted(ids)


def test_a_film_changes_one_part():
    """Of five thousand films one changes one part, and one more changes one or splits it."""
    films = many(5_000)
    before = split("web", snapshot(films))

    moved = split("web", snapshot(films | {"film-01234": "Another"}))
    more = split("web", snapshot(films | {"film-01234-b": "One more"}))

    assert 5_000 / PART / 2 < len(before) < 5_000 / PART * 2
    assert len(dict(moved.items() - before.items())) == 1
    assert 1 <= len(dict(more.items() - before.items())) <= 2


@pytest.mark.parametrize(
    "whole",
    [
        snapshot(many(200)),
        snapshot(many(500) | {"Film 7": "Not plain"}),
        snapshot(many(500)).replace(b"film-00300", b"film-00200"),
        snapshot(many(500)).replace(BETWEEN, b", "),
        snapshot(many(500)).replace(b'"film-00300"', b"nonsense"),
        b"[]",
    ],
    ids=["small", "an id with a space", "out of order", "one line", "broken", "no snapshot"],
)
def test_what_cannot_be_parted_stays_whole(whole):
    """A small snapshot, and one whose films are not known by the order of their ids, is one part."""
    assert split("web", whole) == {"web": whole}


TITLES = st.dictionaries(
    st.from_regex("[a-z0-9]{1,2}(-[0-9]{1,2})?", fullmatch=True), st.sampled_from("AB")
)


@given(films=TITLES, changed=TITLES, gone=st.lists(st.integers(0, 30)), part=st.integers(1, 10))
def test_parts_in_which_films_change_are_as_if_made_anew(films, changed, gone, part):
    """Whichever films come, change and go: the parts that differ are those of a new whole, and no others."""
    lost = {sorted(films)[at] for at in gone if at < len(films)}
    after = {id_: title for id_, title in (films | changed).items() if id_ not in lost}
    lines = {**film_lines_of(snapshot(changed)), **dict.fromkeys(lost)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshot_parts, "PART", part)
        for module in (snapshot_parts, snapshot_editing):
            patch.setattr(module, "MAX_WHOLE", 4)
        before, expected = split("web", snapshot(films)), split("web", snapshot(after))
        file = PartedFile("web", before.keys(), len(films), lambda names: pick(before, names))
        found = file.change(lines)

    assert {
        **{name: before[name] for name in before.keys() - found.gone},
        **found.parts,
    } == expected
    assert all(before.get(name) != data for name, data in found.parts.items())
    told = {**film_lines_of(snapshot(films))}
    assert found.before == {id_: told[id_] for id_ in lines if id_ in told}


def test_a_change_opens_the_parts_that_it_needs():
    """Of five thousand films two that move open their parts, and one that goes with its part's name one more."""
    whole, opened = split("web", snapshot(films := many(5_000))), []
    file = PartedFile(
        "web", whole.keys(), len(films), lambda names: opened.extend(names) or pick(whole, names)
    )
    names = [*whole][1:]
    first, second = (name.removeprefix("web#") for name in names[3:5])

    file.change(film_lines_of(snapshot({first: "Another", second: "Another"})))
    assert set(opened) == set(names[3:5])

    opened.clear()
    file.change({second: None})
    assert set(opened) == set(names[3:5])
    assert file.lines(["film-00001"]) == {"film-00001": b'{"id": "film-00001", "title": "A film"}'}


def pick(parts, names):
    """Return those of *parts* that have *names*."""
    return {name: parts[name] for name in names}
