"""Makes docs/images/quickstart.png, the picture in the README, from a finished run of the quickstart.

Run `make demo` first; needs Chromium (`make chromium`, or its path in CHROMIUM).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from nbconvert import HTMLExporter
from playwright.sync_api import ViewportSize, sync_playwright

_ROOT = Path(__file__).parent.parent
_SIZE = ViewportSize(width=900, height=600)
_DOTS = 1.5


def main() -> None:
    """Render the finished notebook as JupyterLab shows it, and take a screenshot of all of it."""
    html, _ = HTMLExporter(template_name="lab").from_filename(str(_ROOT / "examples/quickstart.done.ipynb"))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        source = Path(folder) / "page.html"
        source.write_text(html, encoding="utf-8")
        browser = playwright.chromium.launch(
            executable_path=shutil.which(os.environ.get("CHROMIUM", "chromium")),
            args=["--no-sandbox", "--disable-gpu"],
        )
        page = browser.new_page(viewport=_SIZE, device_scale_factor=_DOTS)
        page.goto(source.as_uri())
        page.screenshot(path=_ROOT / "docs/images/quickstart.png", full_page=True)
        browser.close()


if __name__ == "__main__":
    main()
