"""Data files in few words."""

from dataclasses import replace

FILM = """
films:
  - id: film
    title: Film
    releases: [{{kind: theatrical, region: US, when: {when}}}]
"""
DATA = FILM.format(when="2027-07-14") + "    series: [{id: saga, title: Saga}]\n"


def many(folder, count):
    (folder / "films.yaml").write_text(
        "films:\n"
        + "".join(
            f"  - {{id: f{i}, title: F, releases: "
            "[{kind: theatrical, region: US, when: 2031-07-14}]}\n"
            for i in range(count)
        )
    )


def untold(films):
    """Return *films* without the address that they come from."""
    return tuple(
        replace(
            film,
            told_by=(),
            releases=tuple(replace(release, told_by=()) for release in film.releases),
        )
        for film in films
    )
