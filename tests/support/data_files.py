"""Data files in few words."""

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
