"""The package: what programs use of it, what it costs to import, and what a wheel has."""

import subprocess
import sys
import zipfile
from datetime import date
from email.parser import Parser

import pytest
from flask import Flask

import releasecal
from releasecal.queries.feed_query import EVERYTHING
from releasecal.queries.results import Feed
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from support.build import NOW
from support.data_files import DATA
from support.paths import ROOT


def test_the_package_is_cheap_to_import():
    """``import releasecal`` imports no library; they come with what is used."""
    heavy = ("flask", "sqlalchemy", "pydantic", "icalendar", "apscheduler", "granian")
    code = f"import releasecal, sys; sys.exit(' '.join(set({heavy}) & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.stderr.strip() == ""


def test_names_for_programs():
    """The package has its publisher and a renderer, lists them, and has nothing else."""
    feed = Feed(SiteSettings(), EVERYTHING, "Films", "/calendar", date(2030, 1, 1), (), NOW)

    assert releasecal.Publisher is Publisher
    assert releasecal.render(feed).startswith(b"BEGIN:VCALENDAR")
    assert releasecal.render(feed, "json").startswith(b"{")
    assert {"create_app", "Publisher", "render"} <= set(dir(releasecal))
    with pytest.raises(AttributeError, match="has no attribute 'creat_app'"):
        _ = releasecal.creat_app


@pytest.mark.slow
def test_flask_finds_the_app(tmp_path, monkeypatch):
    """``flask --app releasecal run`` serves the site of the settings."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "films.yaml").write_text(DATA)
    monkeypatch.chdir(tmp_path)

    app = releasecal.create_app()

    assert isinstance(app, Flask)
    assert b"BEGIN:VEVENT" in app.test_client().get("/calendar.ics").data


@pytest.mark.system
def test_a_wheel_has_what_the_site_needs(tmp_path):
    """A wheel has templates, styles, translations and types, no tests, and says where more is."""
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", tmp_path, ROOT]
    subprocess.run(build, check=True)
    (path,) = tmp_path.glob("releasecal-*.whl")

    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
        (metadata,) = (name for name in names if name.endswith("/METADATA"))
        told = Parser().parsestr(wheel.read(metadata).decode())

    package = ROOT / "src" / "releasecal"
    files = (each for each in package.rglob("*") if each.is_file() and each.suffix != ".pyc")
    assert {f"releasecal/{each.relative_to(package)}" for each in files} <= set(names)
    assert not [name for name in names if name.startswith("tests")]
    assert told["License-Expression"] == "MIT"
    assert told["Requires-Python"] == ">=3.11"
