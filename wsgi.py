"""Entry point of WSGI servers, ``gunicorn wsgi:app``, and of ``flask --app wsgi run``."""

import os
import sys

from releasecal.errors import ReleasecalError
from releasecal.wiring import application

BOOT_ERROR = 3  # by which gunicorn knows not to start the worker again and again

try:
    app = application(os.environ).flask
except ReleasecalError as error:
    sys.stderr.write(f"releasecal: {error}\n")
    sys.exit(BOOT_ERROR)
