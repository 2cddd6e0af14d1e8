"""Entry point of WSGI servers, ``gunicorn wsgi:app``, and of ``flask --app wsgi run``."""

import sys

from releasecal import create_app
from releasecal.errors import ReleasecalError

BOOT_ERROR = 3  # by which gunicorn knows not to start the worker again and again

try:
    app = create_app()
except ReleasecalError as error:
    sys.stderr.write(f"releasecal: {error}\n")
    sys.exit(BOOT_ERROR)
