"""
The program: ``releasecal``, and ``python -m releasecal``.

The garbage collector looks less often here than in a program that uses the package. A command
imports, reads and writes; what it makes is needed or gone, and hardly ever a cycle. To find that
out again and again takes a tenth of a start, a quarter of ``check``, and the end as well.
"""

import atexit
import gc

_OBJECTS = 500_000  # made and kept between two looks for garbage; a server starts with 200,000

gc.set_threshold(_OBJECTS)
atexit.register(gc.freeze)  # or else Python looks through all that is alive before it ends

from releasecal.cli import main  # noqa: E402 - the modules are what it need not look through

if __name__ == "__main__":
    main(prog_name="releasecal")
