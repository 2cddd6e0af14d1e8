"""The entry point of WSGI servers: ``gunicorn wsgi:app``, ``granian --interface wsgi wsgi:app``."""

import os
import sys

from releasecal.app import application
from releasecal.errors import ReleasecalError

BOOT_ERROR = 3  # by which gunicorn knows not to start the worker again and again

try:
    app = application(os.environ)
except ReleasecalError as error:
    sys.stderr.write(f"releasecal: {error}\n")
    sys.exit(BOOT_ERROR)
