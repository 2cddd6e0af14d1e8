"""Two machines that refresh by mistake: neither publishes the other's past."""

import os
from contextlib import closing

import pytest

from releasecal.errors import RefreshHeld
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.store import Store, newest_edition
from support.build import DAY
from support.clock import Clock
from support.data_files import FILM
from support.postgresql import DATABASES

pytestmark = pytest.mark.system  # SQLite has one machine at a time


class Machine:
    """A machine called *name* with files of its own; it takes the name of the one it runs on."""

    def __init__(self, name, folder, store, clock, monkeypatch, place="data"):  # noqa: PLR0917
        self.name, self._monkeypatch = name, monkeypatch
        self._folder = folder / name
        (self._folder / "data").mkdir(parents=True)
        self._publisher = Publisher(store, [str(place)], SiteSettings(), clock)

    def put(self, day):
        path = self._folder / "data" / "films.yaml"
        path.write_text(FILM.format(when=day))
        os.utime(path, (1, 1))

    def refresh(self, *, accept_loss=False):
        self._monkeypatch.chdir(self._folder)
        self._monkeypatch.setattr("socket.gethostname", lambda: self.name)
        return self._publisher.refresh(accept_loss=accept_loss)


@pytest.fixture
def store(tmp_path):
    with closing(Store.open(DATABASES.address(tmp_path))) as store:
        yield store
    DATABASES.give_back(str(tmp_path))


@pytest.fixture
def machines(tmp_path, store, monkeypatch):
    clock = Clock()
    one, other = (Machine(name, tmp_path, store, clock, monkeypatch) for name in ("one", "other"))
    one.put("2031-01-01")
    other.put("2031-01-01")
    one.refresh()
    clock.now += DAY
    one.put("2031-02-02")
    return one, other


def test_older_files_are_held_and_not_published(machines, store):
    """What another machine has left behind is its past; it says so, until its files are the same."""
    one, other = machines
    assert one.refresh().edition == 2

    for _ in range(2):
        with pytest.raises(RefreshHeld, match="files on other are older"):
            other.refresh()
    assert store.ask(newest_edition.head).number == 2

    other.put("2031-02-02")
    assert not other.refresh().is_news
    other.put("2031-03-03")
    assert other.refresh().edition == 3
    with pytest.raises(RefreshHeld, match="files on one are older"):
        one.refresh()


def test_a_person_may_agree_to_older_files(machines):
    """Then they are published."""
    one, other = machines
    one.refresh()

    assert other.refresh(accept_loss=True).edition == 3


def test_a_file_that_is_put_back_is_news(machines):
    """On the machine that publishes, what was published before may come again."""
    one, _ = machines
    one.refresh()
    one.put("2031-01-01")

    assert one.refresh().edition == 3


def test_the_same_files_elsewhere_are_no_news(tmp_path, store, monkeypatch):
    """Two machines with equal files at different paths leave each other's editions alone."""
    clock = Clock()
    one, other = (
        Machine(name, tmp_path, store, clock, monkeypatch, tmp_path / name / "data")
        for name in ("one", "other")
    )
    for day in ("2031-01-01", "2031-02-02"):
        one.put(day)
        other.put(day)
        clock.now += DAY
        reports = [machine.refresh() for machine in (one, other, one, other)]
        assert [report.is_news for report in reports] == [True, False, False, False]
    other.put("2031-01-01")
    with pytest.raises(RefreshHeld, match="files on other are older"):
        other.refresh()
