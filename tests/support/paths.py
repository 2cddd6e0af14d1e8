"""Where things lie that tests read: this repository's folders, and the folders of `tests/`."""

from pathlib import Path

TESTS = Path(__file__).parent.parent
ROOT = TESTS.parent
SOURCE = ROOT / "src" / "releasecal"
DATA = ROOT / "data"
ARTICLE = ROOT / "examples" / "after-the-article"
BENCHMARKS = ROOT / "benchmarks"
PARSERS = TESTS / "parsers"
REPLAYS = TESTS / "replays"
SAMPLES = TESTS / "samples"
TOKENS = TESTS / "golden" / "tokens.txt"
UPGRADED = TESTS / "upgrades"
