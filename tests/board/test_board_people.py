"""Who may do what: passwords, sessions, roles, and pages of other sites."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from scenes import ELSEWHERE, NEW, OLD, client_of, sign_in
from starlette.websockets import WebSocketDisconnect

from linewright.board import Accounts, Scene
from linewright.errors import InputError


@pytest.fixture
def people(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Accounts:
    monkeypatch.setattr(scene, "accounts", tmp_path / "accounts.json")
    accounts = Accounts(scene.accounts)
    for person, role in (("ada", "admin"), ("vera", "viewer"), ("otto", "operator")):
        accounts.put(person, role, NEW, must_change=False)
    return accounts


def test_first_start_makes_an_admin_whose_password_is_good_for_one_thing(
    scene: Scene, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(scene, "accounts", tmp_path / "accounts.json")
    password = Accounts(scene.accounts).open_first()
    assert password and Accounts(scene.accounts).open_first() is None
    assert password not in scene.accounts.read_text()
    assert stat.S_IMODE(scene.accounts.stat().st_mode) == 0o600
    client = client_of(scene, peer=ELSEWHERE)
    headers = sign_in(client, "admin", password)
    assert client.get("/api/v1/line").status_code == 403
    assert client.get("/api/v1/accounts").status_code == 403
    changed = client.put("/api/v1/session/password", json={"old": password, "new": NEW}, headers=headers)
    assert changed.json()["role"] == "admin"
    assert client.get("/api/v1/accounts").status_code == 200


def test_this_machine_may_look_and_no_more(client: TestClient) -> None:
    assert client.get("/api/v1/session").json()["role"] == "viewer"
    assert client.get("/api/v1/openapi.json").status_code == 200
    action = {"kind": "take-out", "subject": "oven"}
    assert client.post("/api/v1/actions", json=action).status_code == 403
    assert client.get("/api/v1/accounts").status_code == 403


@pytest.mark.parametrize(
    ("where", "header"),
    [
        ({"peer": ELSEWHERE}, {}),  # another machine
        ({"host": "evil.example"}, {}),  # a foreign name for our address: DNS rebinding
        ({}, {"X-Forwarded-For": "192.0.2.7"}),  # through a proxy
        ({"loopback": False}, {}),  # not served on the loopback alone
    ],
)
def test_nobody_else_looks_without_a_password(scene: Scene, where: dict, header: dict[str, str]) -> None:
    client = client_of(scene, **where)
    assert client.get("/api/v1/line", headers=header).status_code == 401
    assert client.get("/api/v1/openapi.json", headers=header).status_code == 401
    listen = f"ws://{where.get('host', '127.0.0.1')}/api/v1/live"
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(listen, headers=header):
        pass


def test_roles_rise(scene: Scene, people: Accounts) -> None:
    for person, looks, acts, rules in (("vera", 200, 403, 403), ("otto", 200, 400, 403), ("ada", 200, 400, 200)):
        client = client_of(scene, peer=ELSEWHERE)
        headers = sign_in(client, person, NEW)
        assert client.get("/api/v1/line").status_code == looks
        action = client.post("/api/v1/actions", json={"kind": "take-out", "subject": "oven"}, headers=headers)
        assert action.status_code == acts, action.text  # 400: a run of the past cannot be changed
        assert client.get("/api/v1/accounts").status_code == rules


def test_cookie_is_out_of_reach_and_changes_need_the_token(scene: Scene, people: Accounts) -> None:
    client = client_of(scene, peer=ELSEWHERE)
    answer = client.post("/api/v1/session", json={"person": "ada", "password": NEW})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    account = {"person": "eve", "role": "admin", "password": OLD}
    assert client.put("/api/v1/accounts", json=account).status_code == 403
    headers = {"X-CSRF-Token": answer.json()["csrf"], "Origin": "https://evil.example"}
    assert client.put("/api/v1/accounts", json=account, headers=headers).status_code == 403
    assert people.get("eve") is None


def test_foreign_pages_neither_sign_in_nor_listen(scene: Scene, people: Accounts) -> None:
    client = client_of(scene)
    foreign = {"Origin": "https://evil.example"}
    assert client.post("/api/v1/session", json={"person": "ada", "password": NEW}, headers=foreign).status_code == 403
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("ws://127.0.0.1/api/v1/live", headers=foreign):
        pass


def test_guessing_is_slow(scene: Scene, people: Accounts) -> None:
    client = client_of(scene, peer=ELSEWHERE)
    answers = [client.post("/api/v1/session", json={"person": "ada", "password": "guess"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_a_flood_is_turned_away(scene: Scene) -> None:
    client = client_of(scene)
    limits = client.app.state.guard.requests
    limits.most, limits.per_s = 5, 0.01
    codes = [client.get("/api/v1/session").status_code for _ in range(8)]
    assert codes == [200] * 5 + [429] * 3


def test_a_new_role_ends_the_sessions_and_the_last_admin_stays(scene: Scene, people: Accounts) -> None:
    admin = client_of(scene, peer=ELSEWHERE)
    headers = sign_in(admin, "ada", NEW)
    other = TestClient(admin.app, base_url="http://127.0.0.1", client=ELSEWHERE)
    sign_in(other, "otto", NEW)
    assert other.get("/api/v1/line").status_code == 200
    assert admin.put("/api/v1/accounts", json={"person": "otto", "role": "viewer"}, headers=headers).status_code == 200
    assert other.get("/api/v1/line").status_code == 401
    assert admin.delete("/api/v1/accounts/ada", headers=headers).status_code == 400
    assert admin.delete("/api/v1/accounts/vera", headers=headers).status_code == 200


def test_signing_out_ends_the_session(scene: Scene, people: Accounts) -> None:
    client = client_of(scene, peer=ELSEWHERE)
    headers = sign_in(client, "ada", NEW)
    assert client.delete("/api/v1/session", headers=headers).status_code == 200
    assert client.get("/api/v1/accounts").status_code == 401


def test_a_damaged_file_of_accounts_is_told(tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    path.write_text('[{"person": "x"}]')
    with pytest.raises(InputError, match="no file of accounts"):
        Accounts(path)
