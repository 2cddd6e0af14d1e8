"""
Kills exports at random moments, and checks that a visitor cannot tell.

A program run by hand:

    .venv/bin/python tests/system/kill_export.py            # 200 kills
    .venv/bin/python tests/system/kill_export.py 20 7       # 20, with another seed

Each round changes some films, refreshes, and kills an export in a process of its own. Then every
file is the whole old or the whole new one, all that was there is, and no link of a page that could
be reached leads nowhere. The next export, which goes on, leaves what its manifest says.
"""

import logging
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from support.clock import Clock
from support.exporting import Catalogue, dead_links, exported, files, publisher_of, untrue
from support.kill_arguments import kills_and_seed

FILMS = 25


def killed(folder, data, clock, site, wait):
    """Export in a process of its own, kill it after *wait* seconds; return whether it was."""
    child = os.fork()
    if child == 0:
        publisher = publisher_of(folder, data, clock)
        exported(publisher, site)
        os._exit(0)
    time.sleep(wait)
    os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def whole(folder, data, clock, site):
    """Export, and return the seconds that it took."""
    began = time.monotonic()
    publisher = publisher_of(folder, data, clock)
    exported(publisher, site)
    publisher.store.close()
    return time.monotonic() - began


def refreshed(folder, data, clock):
    publisher = publisher_of(folder, data, clock)
    publisher.refresh(accept_loss=True)
    publisher.store.close()


def main(kills, seed):
    """Kill so many exports, and print what they were doing."""
    logging.disable()
    dice, clock, seen = random.Random(seed), Clock(), Counter()
    with tempfile.TemporaryDirectory() as name:
        folder, site, data = Path(name) / "state", Path(name) / "site", Path(name) / "films.json"
        catalogue = Catalogue(dice, FILMS)
        catalogue.write(data)
        refreshed(folder, data, clock)
        whole(folder, data, clock, site)
        lasts = 1.0
        while seen.total() < kills:
            old = files(site)
            for _ in range(5):
                catalogue.change()
            catalogue.write(data)
            clock.now += timedelta(hours=9)
            refreshed(folder, data, clock)
            while True:
                was_killed = killed(folder, data, clock, site, dice.uniform(0.1, lasts))
                there = files(site)
                if not was_killed or seen.total() >= kills or dice.random() < 0.3:
                    break
                seen["unchanged" if there == old else "between"] += 1
            # Links of the pages that were there, the first one among them.
            assert dead_links(site, there.keys() & old.keys()) == []
            lasts = whole(folder, data, clock, site)
            new = files(site)
            strange = {
                path for path, body in there.items() if body not in (old.get(path), new.get(path))
            }
            assert strange <= {"manifest.json"}, strange
            assert old.keys() & new.keys() <= there.keys()
            assert untrue(site) == []
            assert dead_links(site) == []
            if was_killed:
                seen["unchanged" if there == old else "between"] += 1
            else:
                seen["too late"] += 1
    sys.stdout.write(", ".join(f"{count} {what}" for what, count in seen.items()) + "\n")


if __name__ == "__main__":
    main(*kills_and_seed(__doc__))
