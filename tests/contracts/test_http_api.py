"""The addresses for other systems against their own description, with whatever may be sent."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from csbot.keys import service as keys
from csbot.webhooks.senders import PATHS
from tests.databases import copy_of_template
from tests.flows.office import Office, basic, environment, opened

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
]
ERROR = {"error", "field", "mend"}
EXAMPLES = 25  # of each operation


@pytest.fixture(scope="module")
def office(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Office, dict[str, str]]]:
    """Without limits of pace, and with a key for each source."""
    folder = tmp_path_factory.mktemp("office")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("handlers.webhooks.PER_MINUTE", 10**9)
        toml = "[usage]\nper_minute = 1000000\n"
        environment(patch, folder, copy_of_template(sqlite_template, folder), toml)
        with opened() as made:
            made.know()
            yield made, {source: made.key(source) for source in keys.SOURCES}


@pytest.mark.parametrize("known", [True, False], ids=["with a key", "without"])
def test_no_answer_is_a_fault_and_all_are_as_described(
    office: tuple[Office, dict[str, str]], known: bool
) -> None:
    opened, good = office
    for operation in operations(opened):

        @seed(20261123)
        @settings(max_examples=EXAMPLES, deadline=None, phases=[Phase.explicit, Phase.generate],
                  suppress_health_check=list(HealthCheck), database=None)  # fmt: skip
        @given(case=operation.as_strategy())
        def holds(case: Any) -> None:
            source = (case.path_parameters or {}).get("source", "usage")
            headers = basic(good.get(source, "")) if known else {}
            case.call_and_validate(headers=headers, checks=CHECKS)

        holds()


def operations(office: Office) -> list[Any]:
    schema = schemathesis.openapi.from_url(f"{office.url}/openapi.json")
    return [found.ok() for found in schema.get_all_operations()]


@pytest.mark.parametrize(
    "path", ["/v1/nothing", "/v1/", "/webhooks/nothing", "/nothing", "/docs/x"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_address_that_is_not_there_says_so_in_json(
    office: tuple[Office, dict[str, str]], path: str, method: str
) -> None:
    answer = office[0].http.request(method, path)
    assert answer.status_code in (404, 405)
    assert answer.json().keys() == ERROR
    assert answer.json()["mend"]


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_a_method_that_is_not_there_says_so_in_json(
    office: tuple[Office, dict[str, str]], method: str
) -> None:
    for path in ["/v1/batch", *(f"/webhooks/{source}" for source in PATHS)]:
        answer = office[0].http.request(method, path)
        assert (answer.status_code, answer.json().keys()) == (405, ERROR)
        assert "POST" in answer.headers["allow"]


def test_the_description_has_what_others_send_and_nothing_of_slacks(
    office: tuple[Office, dict[str, str]],
) -> None:
    told = office[0].http.get("/openapi.json").json()
    assert {path.split("/")[1] for path in told["paths"]} == {"v1", "webhooks"}
    assert {"key", "signature"} <= told["components"]["securitySchemes"].keys()
    assert "csbot keys create" in told["info"]["description"]
    for path, operations in told["paths"].items():
        for operation in operations.values():
            assert operation.get("security"), path
            content = operation["requestBody"]["content"]["application/json"]
            assert {"example", "examples"} & content.keys(), path
