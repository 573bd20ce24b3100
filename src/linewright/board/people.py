"""The API of people: sign in and out, passwords, accounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from linewright.board import models as m
from linewright.board.accounts import Account, Accounts
from linewright.board.actions import allowed
from linewright.board.api import REFUSALS
from linewright.board.guard import COOKIE, LASTS_S, Anybody, Asker, Guard, needs

router = APIRouter(prefix="/api/v1", responses=REFUSALS, tags=["people"])
ADMIN, ADMIN_CHANGES = needs("admin"), needs("admin", changes=True)
Person = Annotated[str, Path(max_length=64)]


def _guard(request: Request) -> Guard:
    guard: Guard = request.app.state.guard
    return guard


def _accounts(request: Request) -> Accounts:
    accounts: Accounts = request.app.state.accounts
    return accounts


@router.get("/session")
async def session(asker: Anybody) -> m.SessionAnswer:
    """Who I am, and what I may do."""
    return _session(asker)


@router.post("/session")
async def sign_in(request: Request, response: Response, who: m.SignIn) -> m.SessionAnswer:
    """Sign in; the answer sets the session cookie."""
    guard = _guard(request)
    guard.refuse_cross_site(request)
    guard.sign_ins.take(f"person {who.person}", f"address {request.client.host if request.client else ''}")
    account = await run_in_threadpool(_accounts(request).check, who.person, who.password)
    if account is None:
        raise HTTPException(401, "that name and password do not go together")
    return _begin(guard, response, account)


@router.delete("/session")
async def sign_out(request: Request, response: Response, asker: Anybody) -> m.DoneAnswer:
    """Sign out."""
    guard = _guard(request)
    if asker.csrf:
        guard.refuse_forged(request, asker)
    guard.end(request)
    response.delete_cookie(COOKIE)
    return m.DoneAnswer()


@router.put("/session/password")
async def change_password(
    request: Request, response: Response, passwords: m.NewPassword, asker: Anybody
) -> m.SessionAnswer:
    """Choose a password of one's own; all other sessions of the person end."""
    guard, accounts = _guard(request), _accounts(request)
    if not asker.person:
        raise HTTPException(401, "sign in first")
    guard.refuse_forged(request, asker)
    guard.sign_ins.take(f"person {asker.person}")
    if await run_in_threadpool(accounts.check, asker.person, passwords.old) is None:
        raise HTTPException(403, "that is not the old password")
    if passwords.new == passwords.old:
        raise HTTPException(400, "choose another password than the old one")
    await run_in_threadpool(accounts.set_password, asker.person, passwords.new)
    guard.end_all(asker.person)
    account = accounts.get(asker.person)
    assert account is not None
    return _begin(guard, response, account)


@router.get("/accounts", dependencies=[ADMIN])
async def accounts(request: Request) -> list[m.AccountAnswer]:
    """All accounts."""
    return [
        m.AccountAnswer(person=one.person, role=one.role, must_change_password=one.must_change)
        for one in _accounts(request).all()
    ]


@router.put("/accounts", dependencies=[ADMIN_CHANGES])
async def put_account(request: Request, wanted: m.AccountRequest) -> m.AccountAnswer:
    """A new account, or another role or password for one; a password given here must be changed at sign-in."""
    await run_in_threadpool(_accounts(request).put, wanted.person, wanted.role, wanted.password, True)
    _guard(request).end_all(wanted.person)
    account = _accounts(request).get(wanted.person)
    assert account is not None
    return m.AccountAnswer(person=account.person, role=account.role, must_change_password=account.must_change)


@router.delete("/accounts/{person}", dependencies=[ADMIN_CHANGES])
async def delete_account(request: Request, person: Person) -> m.DoneAnswer:
    """Remove an account; its sessions end."""
    await run_in_threadpool(_accounts(request).remove, person)
    _guard(request).end_all(person)
    return m.DoneAnswer()


def _begin(guard: Guard, response: Response, account: Account) -> m.SessionAnswer:
    token, begun = guard.begin(account.person)
    response.set_cookie(
        COOKIE, token, max_age=int(LASTS_S), httponly=True, samesite="strict", secure=guard.secure, path="/"
    )
    role = None if account.must_change else account.role
    return _session(Asker(account.person, role, begun.csrf, account.must_change))


def _session(asker: Asker) -> m.SessionAnswer:
    return m.SessionAnswer(
        person=asker.person,
        role=asker.role,
        csrf=asker.csrf,
        must_change_password=asker.must_change,
        actions=allowed(asker.role) if asker.person else [],
    )
