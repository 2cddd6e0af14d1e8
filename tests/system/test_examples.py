"""The example data: it loads, and continues the default data."""

import pytest
import yaml

from releasecal import sources
from releasecal.cli import COMMANDS
from releasecal.core.catalogue import merge
from releasecal.core.models import ReleaseKey
from support.paths import ARTICLE, DATA, ROOT

EXAMPLES = sorted(folder for folder in (ROOT / "examples").iterdir() if folder.is_dir())


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
def test_every_example_loads_on_its_own(folder):
    readings = sources.read([str(folder)])
    assert merge(readings).films or any(reading.rules for reading in readings)


@pytest.fixture
def films():
    addresses = [ARTICLE, DATA]
    return merge(sources.read([str(address) for address in addresses])).films


@pytest.mark.parametrize(
    ("film_id", "dates"),
    [
        (
            "mission-impossible-7",
            "2021-07-23 2021-11-19 2022-05-27 2022-09-30 2023-07-14 2023-07-12",
        ),
        ("mission-impossible-8", "2022-08-05 2022-11-04 2023-07-07 2024-06-28 2025-05-23"),
        ("top-gun-maverick", "2019-07-12 2020-06-26 2020-12-23 2021-07-02 2021-11-19 2022-05-27"),
    ],
)
def test_histories_join_the_article_and_later_news(films, film_id, dates):
    """Announcements of both accounts appear once, in order."""
    releases = {release.key: release for release in films[film_id].releases}
    opening = releases[ReleaseKey(film_id, "theatrical", "US")]
    assert [str(revision.when) for revision in opening.history] == dates.split()
    announced = [revision.as_of for revision in opening.history if revision.as_of]
    assert announced == sorted(announced)


def test_the_article_fills_gaps_of_the_example(films):
    film = films["mission-impossible-7"]
    assert film.title == "Mission: Impossible – Dead Reckoning"
    assert film.cast
    assert film.windows


def test_the_workflow_runs_commands_that_there_are():
    """The workflow of the static site is YAML, and each command in it is one of ours."""
    text = (ROOT / "examples" / "static-site" / ".github" / "workflows" / "site.yml").read_text(
        encoding="utf-8"
    )
    steps = yaml.safe_load(text)["jobs"]["site"]["steps"]
    commands = [step["run"].split() for step in steps if "run" in step]

    ours = [words[1] for words in commands if words[0] == "releasecal"]
    assert ours == ["build"]
    assert set(ours) <= set(COMMANDS)
