"""
OpenAPI 3.1: the description of the API for programs, made of what the API itself is made of.

Paths come from the table of operations, parameters from the tables that read them, and schemas
from the records that answers are.
"""

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from releasecal import __version__
from releasecal.formats.api_item_types import ProblemDetails
from releasecal.formats.item_schemas import item_schemas
from releasecal.formats.json_text import json_text
from releasecal.formats.release_item_types import Item
from releasecal.queries.parameters import Parameter
from releasecal.queries.site_settings import SiteSettings
from releasecal.web.http.problem import CONTENT_TYPE
from releasecal.web.routes.api import OPERATIONS, ROOT, Operation

PATH = "/openapi.json"
"""Its address."""

_REF = "#/components/schemas/{name}"
_PART = re.compile(r"<(\w+)>")

_HEADERS: Mapping[str, Any] = {
    "ETag": {"description": "For If-None-Match (RFC 9110 § 8.8.3)", "schema": {"type": "string"}},
    "Last-Modified": {"schema": {"type": "string"}},
    "Link": {
        "description": 'The canonical address, and of a page the one behind it (rel="next")',
        "schema": {"type": "string"},
    },
}

_ALLOWED: Mapping[str, Any] = {
    "Allow": {"description": "The methods that there are", "schema": {"type": "string"}}
}

_CONDITIONS: Mapping[str, str] = {
    "If-None-Match": "An ETag that the client has: the answer is 304 while it is the same",
    "If-Modified-Since": "The same by the moment in Last-Modified",
    "If-Match": "An ETag that the client has: the answer is 412 once it is another",
    "If-Unmodified-Since": "The same by the moment in Last-Modified",
}

_PROBLEMS: Mapping[HTTPStatus, str] = {
    HTTPStatus.BAD_REQUEST: "A parameter is wrong: detail says which one, and what would do",
    HTTPStatus.METHOD_NOT_ALLOWED: "Of any other method: the API is to be read (GET, HEAD, OPTIONS)",
    HTTPStatus.PRECONDITION_FAILED: "It has changed since, and If-Match or its like forbids that",
    HTTPStatus.TOO_MANY_REQUESTS: "Too much at once: Retry-After says when to come again",
    HTTPStatus.NOT_IMPLEMENTED: "Of a method in small letters: the case of a method counts",
    HTTPStatus.SERVICE_UNAVAILABLE: "Nothing is published yet, or the database cannot be used",
}
"""The problems that every operation can have."""


def document(site: SiteSettings) -> bytes:
    """Return the description of the API of *site*, JSON in UTF-8."""
    records: list[type[Item]] = [
        *dict.fromkeys(each.answer for each in OPERATIONS.values()),
        ProblemDetails,
    ]
    schemas = item_schemas(records, _REF)
    return (
        json_text(
            {
                "openapi": "3.1.0",
                "info": {
                    "title": site.name,
                    "version": __version__,
                    "description": (
                        "Release dates of films, and how they have moved. A list comes in pages:"
                        " `next` has the address of the page behind this one. Poll with If-None-Match."
                        " Every error is a problem of RFC 9457, the 404 of an unknown path, too."
                    ),
                },
                "servers": [{"url": site.url}],
                "paths": {
                    _path(each): _operations(name, each) for name, each in OPERATIONS.items()
                },
                "components": {"schemas": schemas},
            }
        )
        + b"\n"
    )


def _path(operation: Operation) -> str:
    return ROOT + _PART.sub(r"{\1}", operation.path)


def _operations(name: str, operation: Operation) -> Mapping[str, object]:
    return {"get": _operation(name, operation)}


def _operation(name: str, operation: Operation) -> Mapping[str, object]:
    sorted_responses = sorted(_responses(operation), key=lambda each: each[0])
    return {
        "operationId": name,
        "summary": operation.text,
        "parameters": list(_parameters(operation)),
        "responses": {str(int(status)): told for status, told in sorted_responses},
    }


def _parameters(operation: Operation) -> Iterator[Mapping[str, object]]:
    for name in _PART.findall(operation.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    for name, row in operation.parameters.items():
        yield {"name": name, "in": "query", "description": row.help, **_value(row)}
    for name, text in _CONDITIONS.items():
        yield {"name": name, "in": "header", "description": text, "schema": {"type": "string"}}


def _value(row: Parameter) -> Mapping[str, object]:
    """Return the schema of the values of *row*; those of a list are divided by commas."""
    schema = dict(row.schema) or {"type": "string"}
    if schema.get("type") == "array":
        return {"style": "form", "explode": False, "schema": schema}
    return {"schema": schema}


def _responses(operation: Operation) -> Iterator[tuple[HTTPStatus, Mapping[str, object]]]:
    content = {"schema": {"$ref": _REF.format(name=operation.answer.__name__)}}
    yield (
        HTTPStatus.OK,
        {
            "description": _first_line(operation.answer),
            "headers": _HEADERS,
            "content": {"application/json": content},
        },
    )
    yield HTTPStatus.NOT_MODIFIED, {"description": "The client has it already"}
    problems = dict(_PROBLEMS)
    if _PART.search(operation.path):
        problems[HTTPStatus.NOT_FOUND] = "There is no such thing"
    if operation.moves:
        problems[HTTPStatus.GONE] = "The list has moved since its first page: begin it anew"
    problem = {"schema": {"$ref": _REF.format(name=ProblemDetails.__name__)}}
    for status, text in sorted(problems.items()):
        headers = {"headers": _ALLOWED} if status == HTTPStatus.METHOD_NOT_ALLOWED else {}
        yield status, {"description": text, **headers, "content": {CONTENT_TYPE: problem}}


def _first_line(record: type[Item]) -> str:
    return (record.__doc__ or "").strip().partition("\n")[0]
