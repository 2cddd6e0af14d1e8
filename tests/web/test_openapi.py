"""OpenAPI: the description of the API, and that the API keeps it."""

import itertools
import json
import re
from dataclasses import replace

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from openapi_spec_validator import validate
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
)

from releasecal.queries.api_query import CHANGING, PAGING, SELECTING
from releasecal.web.routes.api import OPERATIONS, ROOT
from support.site import DELIVERY, app_of

PLAIN = replace(DELIVERY, compress=False)  # schemathesis unpacks nothing
# Whether an id is published is nothing that a schema knows.
UNKNOWN = [positive_data_acceptance]
# Of another method the data are no matter, and 501 is what RFC 9110 § 15.6.2 wants.
OF_THE_METHOD = [negative_data_rejection, not_a_server_error]
OTHERS = ("POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "get")


@pytest.mark.slow
def test_the_description_is_made_of_the_tables(client):
    """Each operation with its parameters, and each record with its members."""
    told = json.loads(client.get("/openapi.json").data)

    validate(told)
    assert told["openapi"] == "3.1.0"
    assert [*told["paths"]] == [
        ROOT + re.sub(r"<(\w+)>", r"{\1}", each.path) for each in OPERATIONS.values()
    ]
    for name, rows in {"releases": SELECTING, "changes": CHANGING, "sources": {}}.items():
        parameters = told["paths"][f"{ROOT}/{name}"]["get"]["parameters"]
        assert [each["name"] for each in parameters if each["in"] == "query"] == [*rows, *PAGING]
    assert told["components"]["schemas"]["ReleaseItem"]["properties"]["url"]["format"] == "uri"
    assert "place" not in told["components"]["schemas"]["ReleaseItem"]["required"]


@pytest.mark.slow
def test_every_parameter_is_on_the_page(client):
    """And every address, for people, without a script of anybody else."""
    page = client.get("/api").text

    for operation in OPERATIONS.values():
        assert f"GET {ROOT}{operation.path}".replace("<", "&lt;").replace(">", "&gt;") in page
        for name in operation.parameters:
            assert f'<dt><code dir="ltr">{name}</code></dt>' in page
    assert [each for each in re.findall(r'<script[^>]*src="([^"]*)"', page) if "//" in each] == []


@pytest.mark.system
@pytest.mark.parametrize(
    ("path", "mode"),
    [
        (each.path, mode)
        for each in OPERATIONS.values()
        for mode in GenerationMode
        if each.parameters or mode is GenerationMode.POSITIVE
    ],
)
def test_no_answer_is_undocumented(publisher, path, mode):
    """
    Whatever OpenAPI allows, and what it does not: status, type, headers and shape are described.

    Those of methods that it does not have are, too, whatever their parameters say.
    """
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app_of(publisher, delivery=PLAIN))
    methods = itertools.cycle(OTHERS)
    operation = schema[ROOT + re.sub(r"<(\w+)>", r"{\1}", path)]["GET"]

    @given(operation.as_strategy(generation_mode=mode))
    @settings(max_examples=60, deadline=None, suppress_health_check=[*HealthCheck])
    def answers(case):
        case.call_and_validate(excluded_checks=UNKNOWN)
        case.method = next(methods)
        answer = case.call_and_validate(excluded_checks=[*UNKNOWN, *OF_THE_METHOD])
        assert answer.status_code == (501 if case.method.islower() else 405)

    answers()
