"""The arguments of programs that kill at random moments: how many kills, and a seed."""

import argparse


def kills_and_seed(text: str | None) -> tuple[int, int]:
    """Return what stands on the command line; the first line of *text* is its description."""
    parser = argparse.ArgumentParser(description=(text or "").strip().partition("\n")[0])
    parser.add_argument("kills", nargs="?", type=int, default=200, help="how many kills")
    parser.add_argument("seed", nargs="?", type=int, default=1, help="what chance starts from")
    given = parser.parse_args()
    return given.kills, given.seed
