"""A real browser walks every page of a line that runs; the pictures are kept under out/board."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import linewright
from linewright.control import Event
from linewright.journal import SqliteJournal
from linewright.live import Run, verify
from live.live_lines import write_cases

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")

OUT = Path(__file__).parents[2] / "out" / "board"
PASSWORD = "a password for tests"
PAGES = {
    "line": "Made by the hour",
    "forecast": "What if",
    "orders": "C000",
    "unit": "body",
    "unit/3": "Genealogy",
    "recall/machine/oven": "Orders concerned",
    "times": "ISO 22400-2",
    "quality/gap": "Control plan",
    "capability/gap": "gap",
    "gauge/gap": "Readings",
    "events": "What the control decided",
}
DARK = {name: PAGES[name] for name in ("line", "forecast", "quality/gap", "capability/gap")}


@contextmanager
def served(folder: Path) -> Iterator[dict[str, Any]]:
    """`linewright serve` on the small plant at work; gives what it says, and stops it as a person does."""
    words = ["serve", write_cases(folder, 40), "--port", 0, "--speed", "600x", "--ahead", "7 h", "--json"]
    command = [sys.executable, "-m", "linewright.cli", *map(str, words)]
    environment = {**os.environ, "PYTHONPATH": str(Path(linewright.__file__).parents[1])}
    serving = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert serving.stdout is not None
        yield json.loads(serving.stdout.readline())
        serving.send_signal(signal.SIGINT)
        _, said = serving.communicate(timeout=30)
        assert serving.returncode == 0 and "--resume" in said, said
    finally:
        serving.kill()


@pytest.mark.slow
def test_every_page_shows_the_line_and_no_page_stumbles(tmp_path: Path) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    faults: list[str] = []
    with served(tmp_path) as said, playwright.sync_playwright() as browsers:
        url = said["url"]
        browser = browsers.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for scheme, width, height in (("light", 1600, 900), ("dark", 1024, 768)):
            context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": height})
            page = context.new_page()
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
            for name, words in PAGES.items() if scheme == "light" else DARK.items():
                page.goto(f"{url}/#/{name}")
                page.wait_for_selector(f"main[data-ready={name.partition('/')[0]}]", timeout=30_000)
                page.wait_for_function("words => document.body.innerText.includes(words)", arg=words, timeout=30_000)
                assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), name
                page.screenshot(path=OUT / f"{scheme}-{name.replace('/', '-')}.png")
            context.close()
        study_a_gauge_by_keyboard(browser, url)
        walk_by_keyboard_and_act(browser, url, said["one_time_password"])
        browser.close()
    assert faults == []
    verify_journal(tmp_path / "cases.db")


def study_a_gauge_by_keyboard(browser: playwright.Browser, url: str) -> None:
    """From the chart to the gauge study, readings in, figures out, all without a mouse; nobody has signed in."""
    page = browser.new_page()
    page.goto(f"{url}/#/quality/gap")
    page.focus("a:has-text('Gauge study')")
    page.keyboard.press("Enter")
    page.focus("textarea")
    rows = [
        f"{part};{who};{1 + part / 50 + k / 1000 + (who == 'Ben') / 2000}"
        for part in range(5)
        for who in ("Ada", "Ben")
        for k in range(2)
    ]
    page.keyboard.insert_text("part;operator;value\n" + "\n".join(rows))
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Analysis of variance")
    page.wait_for_selector(".pill:text-is('acceptable')")
    page.screenshot(path=OUT / "light-gauge-study.png", full_page=True)
    page.close()


def verify_journal(path: Path) -> None:
    """What was served left a journal in which the person's actions stand, and that decides the same again."""
    with SqliteJournal.read(path) as journal:
        run = Run.of_journal(journal)
        verdict = verify(journal, run.new_decider())
        assert verdict.holds and verdict.events > 0
        kinds = [int(event["kind"]) for block in journal.decisions() for event in block.events]
    assert kinds.count(Event.MACHINE_HELD) == kinds.count(Event.MACHINE_RELEASED) == 1


def walk_by_keyboard_and_act(browser: playwright.Browser, url: str, password: str) -> None:
    """Sign in for the first time, open a machine with the keyboard alone, take it out and give it back."""
    page = browser.new_page()
    page.goto(f"{url}/#/signin")
    page.fill("input[name=person]", "admin")
    page.fill("input[name=password]", password)
    page.keyboard.press("Enter")
    page.fill("input[name=fresh]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("main[data-ready=line]")
    page.focus("svg.line .machine[aria-label^='oven']")
    for act, state in (("Take it out", "held"), ("Give it back", "")):
        if not page.locator("dialog[open]").count():
            page.keyboard.press("Enter")
        page.click(f"dialog button:has-text('{act}')")
        page.wait_for_selector(f"svg.line .machine[aria-label^='oven: {state}']")
    page.goto(f"{url}/#/orders")
    page.click("button:has-text('Order more')")
    page.select_option("dialog select[name=subject]", "case")
    page.fill("dialog input[name=detail]", "3 d")
    page.fill("dialog input[name=amount]", "2")
    page.keyboard.press("Enter")
    page.wait_for_selector("#note:has-text('Order more: case')")
    page.screenshot(path=OUT / "light-orders-as-admin.png")
    events = page.evaluate("fetch('/api/v1/events?kind=machine held').then(answer => answer.json())")["events"]
    assert [(one["person"], one["text"]) for one in events] == [("admin", "oven")]
