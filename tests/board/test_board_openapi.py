"""The API keeps its own description: any request gets an answer by the schema, and never a fault of ours."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from scenes import NEW, client_of

from linewright.board import Accounts, Scene
from linewright.board.guard import COOKIE

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
openapi = pytest.importorskip("schemathesis.specs.openapi.checks")

CHECKS = [
    schemathesis.checks.not_a_server_error,
    openapi.status_code_conformance,
    openapi.content_type_conformance,
    openapi.response_schema_conformance,
]
EXAMPLES = 6


@pytest.fixture(scope="module")
def client(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    before, scene.accounts = scene.accounts, tmp_path_factory.mktemp("accounts") / "accounts.json"
    Accounts(scene.accounts).put("ada", "admin", NEW, must_change=False)
    client = client_of(scene)
    scene.accounts = before
    guard = client.app.state.guard
    for limits in (guard.requests, guard.sign_ins):
        limits.most = limits.per_s = 1e9
    return client


@pytest.fixture(scope="module")
def described(client: TestClient) -> Any:
    return schemathesis.openapi.from_dict(client.get("/api/v1/openapi.json").json())


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
    derandomize=True,
    database=None,
)
@given(data=st.data())
def ask(data: st.DataObject, operation: Any, client: TestClient) -> None:
    """Any request to one operation, by somebody who may do everything."""
    case = data.draw(operation.as_strategy())
    token, session = client.app.state.guard.begin("ada")
    client.cookies.clear()
    client.cookies.set(COOKIE, token)
    wanted = case.as_transport_kwargs(base_url="http://127.0.0.1", headers={"X-CSRF-Token": session.csrf})
    wanted.pop("cookies", None)
    case.validate_response(client.request(**wanted), checks=CHECKS)


def test_every_answer_is_by_the_schema(described: Any, client: TestClient) -> None:
    for found in described.get_all_operations():
        ask(operation=found.ok(), client=client)


def test_everything_is_described(described: Any) -> None:
    paths = {each.ok().path for each in described.get_all_operations()}
    assert {"/api/v1/line", "/api/v1/what-if", "/api/v1/exports/{export}", "/api/v1/actions"} <= paths
