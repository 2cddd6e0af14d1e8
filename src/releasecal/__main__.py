"""``python -m releasecal`` is the command line."""

from releasecal.cli import main

main(prog_name="releasecal")
