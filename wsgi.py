"""The entry point of WSGI servers: ``gunicorn wsgi:app``, ``granian --interface wsgi wsgi:app``."""

import os

from releasecal.wiring import application

app = application(os.environ)
