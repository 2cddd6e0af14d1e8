"""Problem details (RFC 9457): errors for programs, in JSON."""

import json
from http import HTTPStatus

CONTENT_TYPE = "application/problem+json"


def problem(status: HTTPStatus, detail: str, kind: str = "about:blank") -> bytes:
    """
    Return the details of a problem of the type *kind*; *detail* says what is wrong.

    Of ``about:blank`` the status is all there is to know (§ 4.2.1).
    """
    told = {"type": kind, "title": status.phrase, "status": int(status), "detail": detail}
    return json.dumps(told, ensure_ascii=False, indent=2).encode() + b"\n"
