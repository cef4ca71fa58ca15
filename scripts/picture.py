"""Makes docs/images/quickstart.png, the picture in the README, from a finished run of the quickstart.

Run `make demo` first; needs Chromium (`apt-get install chromium`, or its path in CHROMIUM).
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from nbconvert import HTMLExporter

_ROOT = Path(__file__).parent.parent
_SIZE = "900,1200"


def main() -> None:
    """Render the finished notebook as JupyterLab shows it, and take a screenshot."""
    page, _ = HTMLExporter(template_name="lab").from_filename(str(_ROOT / "examples/quickstart.done.ipynb"))
    target = _ROOT / "docs/images/quickstart.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "page.html"
        source.write_text(page, encoding="utf-8")
        command = [os.environ.get("CHROMIUM", "chromium"), "--headless", "--no-sandbox", "--disable-gpu"]
        command += ["--hide-scrollbars", "--force-device-scale-factor=1.5", f"--window-size={_SIZE}"]
        command += [f"--user-data-dir={folder}/profile", f"--screenshot={target}", source.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)


if __name__ == "__main__":
    main()
