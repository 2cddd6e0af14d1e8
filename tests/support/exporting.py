"""Sites for exports: a catalogue that changes by chance, its publisher, and reading of folders."""

import hashlib
import itertools
import json
import re
from dataclasses import replace
from datetime import date, timedelta
from email.utils import parsedate_to_datetime
from html import unescape
from urllib.parse import unquote, urlsplit

from releasecal.export.exporter import ExportOptions, export
from releasecal.export.folder import Folder
from releasecal.export.manifest import Manifest
from releasecal.queries.feed_paths import NamedFeed
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.settings import Settings
from releasecal.store import Store
from releasecal.web import create_app
from releasecal.wiring import services
from support.database import database_url
from support.site import DELIVERY, TOKEN

URL = "https://films.example/cal"
SITE = SiteSettings(public_url=URL)
FEEDS = (NamedFeed.parse("cinemas", "kind=theatrical&region=US,DE&lang=de&past=30"),)
BEGIN = date(2030, 11, 22)
_KINDS = ("theatrical", "digital", "streaming", "premiere")


class Catalogue:
    """
    Films that change by chance, as a data file has them.

    Attributes:
        films: By id.
    """

    def __init__(self, dice, count):
        self.dice = dice
        self.films = {}
        for number in range(count):
            self.add(f"film-{number:02}")

    def add(self, id_):
        dice = self.dice
        film = {"id": id_, "title": dice.choice(["Saga", "Film, „Zwei“; 3", "映画", f"Film {id_}"])}
        film["releases"] = [
            {"kind": kind, "region": region, "revisions": [{"when": self.when()}]}
            for kind, region in {
                (dice.choice(_KINDS), dice.choice(["US", "DE", "GB", "001"]))
                for _ in range(dice.randint(0, 3))
            }
        ]
        if dice.random() < 0.4:
            saga = dice.choice(["saga", "other"])
            film["series"] = [{"id": saga, "title": saga.title()}]
        if self.films and dice.random() < 0.3:
            film["follows"] = dice.choice(sorted(self.films))
        if dice.random() < 0.2:
            film["windows"] = [{"to": "streaming", "channel": "Paramount+", "days": 45}]
        self.films[id_] = film

    def when(self):
        day = BEGIN + timedelta(days=self.dice.randint(-60, 120))
        return self.dice.choice([f"{day}", f"{day}", f"{day}", f"{day:%Y-%m}", f"{day:%Y}"])

    def change(self):
        """Change one thing."""
        dice, id_ = self.dice, self.dice.choice(sorted(self.films))
        film = self.films[id_]
        what = dice.choice(["move", "move", "move", "cancel", "add", "title", "undate", "former"])
        releases = film["releases"]
        if what == "add" or not releases:
            self.add(f"film-{len(self.films):02}")
        elif what == "title":
            film["title"] += "!"
        elif what == "former" and "was" not in film:
            self.films[f"{id_}-x"] = {**film, "id": f"{id_}-x", "was": [id_]}
            del self.films[id_]
            for other in self.films.values():
                if other.get("follows") == id_:
                    other["follows"] = f"{id_}-x"
        else:
            told = {"move": {"when": self.when()}, "undate": {"when": None}}
            last = releases[0]["revisions"][-1]
            said = told.get(what, {**last, "status": "cancelled"})
            if said != last:  # which would be an error
                releases[0]["revisions"].append(said)

    def write(self, path):
        path.write_text(json.dumps({"films": list(self.films.values())}))


def publisher_of(folder, data, clock, url=None):
    """Return the publisher of the file *data*, with a database in *folder*."""
    folder.mkdir(exist_ok=True)
    store = Store.open(url or database_url(folder / "releasecal.db"))
    made = Publisher(store, [str(data)], SITE, clock)
    made.ticks = clock.ticks
    return made


def services_of(publisher):
    """Return the services of *publisher*, with a named feed; each look is at the present edition."""
    seconds = itertools.count(step=2)
    found = services(publisher, Settings(), TOKEN)
    return replace(found, delivery=DELIVERY, ticks=lambda: next(seconds), feeds=FEEDS)


def client_of(publisher):
    """Return a client of the server of *publisher*."""
    return create_app(services_of(publisher)).test_client()


def exported(publisher, target, memory=None, **options):
    """Export the site of *publisher* into *target*, a folder or a target; return the report."""
    return export(
        services_of(publisher),
        target if hasattr(target, "locked") else Folder(target),
        clock=publisher.clock,
        ticks=publisher.ticks,
        options=ExportOptions(**options),
        memory=memory or Manifest(),
    )


def files(folder):
    """Return the octets of all files in *folder* by path, those of the exporter itself aside."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".releasecal" not in str(path.relative_to(folder))
    }


def manifest_of(folder):
    return Manifest.parse((folder / "manifest.json").read_bytes(), "manifest.json")


def untrue(folder):
    """Return the paths of files that are not as the manifest in *folder* says."""
    there = {path: hashlib.sha256(data).hexdigest() for path, data in files(folder).items()}
    del there["manifest.json"]
    said = {path: record.sha256 for path, record in manifest_of(folder).files.items()}
    return sorted(path for path in there.keys() | said.keys() if there.get(path) != said.get(path))


def dead_links(folder, pages=None):
    """Return (page, link) of each link, in all or some *pages*, that leads to no file in *folder*."""
    there = files(folder)
    found = []
    for path, data in there.items():
        if not path.endswith(".html") or (pages is not None and path not in pages):
            continue
        for link in re.findall(r' (?:href|src|action)="([^"]*)"', data.decode()):
            parts = urlsplit(unescape(link))
            if link.startswith("#") or (parts.netloc and parts.netloc != "films.example"):
                continue
            target = unquote(parts.path).removeprefix("/cal/")
            target += "index.html" if target.endswith("/") or not target else ""
            if parts.query or target not in there:
                found.append((path, link))
    return found


def served(client, folder):
    """Return the octets and moments of the feeds in *folder*, as files and as *client* has them."""
    files_there, answers = {}, {}
    for path, data in files(folder).items():
        if path.endswith((".ics", ".json", ".atom")) and path != "manifest.json":
            answer = client.get(f"/{path}")
            moment = parsedate_to_datetime(answer.headers["Last-Modified"]).timestamp()
            files_there[path] = data, (folder / path).stat().st_mtime
            answers[path] = answer.data, moment
    return files_there, answers
