"""The size of a database: an edition adds what it changed to the log, and nothing else stays."""

import json
from datetime import timedelta
from itertools import pairwise

import pytest

from releasecal.refresh.publisher import Publisher
from support.clock import Clock
from support.database import rows
from support.exporting import SITE

pytestmark = pytest.mark.slow

FILMS = 30
LOG = {"editions", "changes"}
"""The tables that grow: one row an edition, one a change."""


def text(turn):
    """Return a data file; in every other *turn* a third of the films is moved and in another series."""
    films = []
    for number in range(FILMS):
        is_away = turn % 2 == 1 and number % 3 == 0
        films.append(
            {
                "id": f"film-{number}",
                "title": f"Film {number}",
                "genres": ["Comedy" if is_away else "Drama"],
                "series": [{"id": "lost" if is_away else "saga", "title": "A series"}],
                "releases": [
                    {
                        "kind": "theatrical",
                        "region": "US",
                        "when": f"2031-0{1 + is_away}-{number % 28 + 1:02}",
                    },
                    {
                        "kind": "digital",
                        "region": "DE",
                        "when": "2032" if is_away else "2031-05-01",
                    },
                ],
            }
        )
    return json.dumps({"films": films})


def test_only_the_log_grows(store, tmp_path):
    """
    After as many moves to and fro as one likes the database holds what it held, and the log.

    The last edition is kept as rows of its own; former ones are what the log tells of them.
    """
    data, clock = tmp_path / "films.json", Clock()
    publisher = Publisher(store, [str(data)], SITE, clock)
    publisher.ticks = clock.ticks
    counts, logs = [], []
    for turn in range(16):
        data.write_text(text(turn))
        clock.now += timedelta(days=40)
        report = publisher.refresh()
        held = {name: len(found) for name, found in rows(store).items()}
        logs.append((sum(report.counts.values()), held["changes"]))
        counts.append({name: held[name] for name in held.keys() - LOG})

    assert counts[-1] == counts[-3] == counts[-5]
    assert counts[-2] == counts[-4] == counts[-6]
    assert all(told >= FILMS // 3 for told, _ in logs)
    added = [after - before for (_, before), (_, after) in pairwise(logs)]
    assert added == [told for told, _ in logs[1:]]
