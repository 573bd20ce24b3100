"""The pictures of the board in the documents, taken by a real browser from the gear-pump line: `make pictures`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
PLANT = ROOT / "examples" / "gear-pump" / "plant.yaml"
OUT = ROOT / "docs" / "pictures"
MOMENT = "33.7 h"  # a busy morning
PICTURES = (  # name, page, colours, width, height
    ("board", "line", "light", 1600, 1010),
    ("board-dark", "times", "dark", 1600, 900),
    ("forecast", "forecast/machine-out/lathe-1", "light", 1600, 1010),
)
LOOKED_MS = 120_000


def main() -> None:
    """Serve the line, take the pictures, stop it."""
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        words = ["serve", str(PLANT), "--port", "0", "--speed", "20x", "--ahead", MOMENT, "--json"]
        serving = subprocess.Popen(
            [sys.executable, "-m", "linewright.cli", *words], cwd=folder, stdout=subprocess.PIPE, text=True
        )
        try:
            assert serving.stdout is not None
            take(json.loads(serving.stdout.readline())["url"])
        finally:
            serving.terminate()
            serving.wait(20)


def take(url: str) -> None:
    """All pictures."""
    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, page_name, colours, width, height in PICTURES:
            page = browser.new_page(color_scheme=colours, viewport={"width": width, "height": height})
            page.goto(f"{url}/#/{page_name}")
            page.wait_for_selector(f"main[data-ready={page_name.partition('/')[0]}]")
            until_looked_ahead(page, page_name)
            page.screenshot(path=OUT / f"{name}.png")
            print(OUT / f"{name}.png")
        browser.close()


def until_looked_ahead(page: Page, page_name: str) -> None:
    """Wait for what takes the server a while."""
    if page_name == "line":
        page.wait_for_selector("main section:last-child svg.finish", timeout=LOOKED_MS)
        page.wait_for_function("!document.querySelector('.people').innerText.includes('…')", timeout=LOOKED_MS)
    elif page_name.startswith("forecast"):
        page.wait_for_selector(".pair .plot .plotly", timeout=LOOKED_MS)
    time.sleep(2.0)  # charts draw, vehicles drive


if __name__ == "__main__":
    main()
