"""
Holds our content lines against those of `icalendar`, for a million random texts.

A program run by hand, for it keeps all cores busy for a while:

    .venv/bin/python tests/system/million_texts.py             # a million texts
    .venv/bin/python tests/system/million_texts.py 50000 7     # 50,000, with another seed

Each text is drawn from a few families of pieces that are hard to escape or to fold, and half of
them are cut so that their line ends near a fold. `content_lines` must escape and fold it as
`icalendar` does, folded by the plain form of our rule (`reference.written`), to the byte. Texts
go in batches, one component each: most of `icalendar`'s time goes into making one. They depend
on the seed alone, not on how many processes share the work.
"""

import argparse
import sys
import time
from functools import partial
from multiprocessing import Pool, cpu_count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from support.random_texts import Outcome, check

BATCH = 1_000
STEPS = 20  # how often it is said how far it is


def main(count: int, seed: int) -> int:
    """Check *count* texts with all cores, print the results, and return the exit status."""
    began = time.monotonic()
    batches = -(-count // BATCH)
    same = refused = 0
    wrong: list[str] = []
    with Pool() as pool:
        sizes = [min(BATCH, count - BATCH * number) for number in range(batches)]
        jobs = pool.imap_unordered(partial(_job, seed), enumerate(sizes))
        for done, outcome in enumerate(jobs, 1):
            same += outcome.same
            refused += outcome.refused
            wrong += outcome.wrong
            if done * STEPS // batches > (done - 1) * STEPS // batches:
                took = time.monotonic() - began
                _say(f"{same + refused + len(wrong):9,} of {count:,} texts in {took:.0f} s")
    took = time.monotonic() - began
    for text in wrong[:10]:
        _say(f"not as icalendar has it: {text!r}")
    told = [f"{refused:,} no source takes", f"{same:,} are written as icalendar writes them"]
    told += [f"{len(wrong):,} ARE NOT"] if wrong else []
    how = f"seed {seed}, {took:.0f} s on {cpu_count()} cores"
    _say(f"{count:,} texts: {', '.join(told)}, to the octet ({how})")
    return 1 if wrong else 0


def _job(seed: int, batch: tuple[int, int]) -> Outcome:
    number, count = batch
    return check(number, count=count, seed=seed)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a program for the terminal


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("count", nargs="?", type=int, default=1_000_000, help="how many texts")
    parser.add_argument("seed", nargs="?", type=int, default=1, help="what chance starts from")
    sys.exit(main(**vars(parser.parse_args())))
