"""The pictures of the board in the documents, taken by a real browser from lines of the examples: `make pictures`."""

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
OUT = ROOT / "docs" / "pictures"
LINES = {  # example: a busy moment, and its pictures: name, page, colours, width, height
    "gear-pump": (
        "33.7 h",
        (
            ("board", "line", "light", 1600, 1010),
            ("board-dark", "times", "dark", 1600, 900),
            ("forecast", "forecast/machine-out/lathe-1", "light", 1600, 1010),
        ),
    ),
    "control-plan": ("12 h", (("quality", "quality/journal/lathe-2", "light", 1600, 1360),)),
}
Picture = tuple[str, str, str, int, int]
LOOKED_MS = 120_000


def main() -> None:
    """Take the pictures of the lines named, or of all."""
    OUT.mkdir(exist_ok=True)
    for name in sys.argv[1:] or LINES:
        serve_and_take(ROOT / "examples" / name / "plant.yaml", *LINES[name])


def serve_and_take(plant: Path, moment: str, pictures: tuple[Picture, ...]) -> None:
    """Serve a line, take its pictures, stop it."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["serve", str(plant), "--port", "0", "--speed", "20x", "--ahead", moment, "--json"]
        serving = subprocess.Popen(
            [sys.executable, "-m", "linewright.cli", *words], cwd=folder, stdout=subprocess.PIPE, text=True
        )
        try:
            assert serving.stdout is not None
            take(json.loads(serving.stdout.readline())["url"], pictures)
        finally:
            serving.terminate()
            serving.wait(20)


def take(url: str, pictures: tuple[Picture, ...]) -> None:
    """Pictures of pages."""
    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, page_name, colours, width, height in pictures:
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
