"""The entry point of WSGI servers: ``gunicorn wsgi:app``, ``granian --interface wsgi wsgi:app``."""

import os

from releasecal.errors import ReleasecalError
from releasecal.wiring import application

try:
    app = application(os.environ)
except ReleasecalError as error:
    raise SystemExit(f"releasecal: {error}") from None
