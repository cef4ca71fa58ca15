from __future__ import annotations

import runpy
from pathlib import Path

_SCRIPT = Path(__file__).parents[2] / "scripts" / "models_page.py"


def test_the_page_of_models_is_what_the_catalogue_says() -> None:
    made = runpy.run_path(str(_SCRIPT))
    assert made["PAGE"].read_text(encoding="utf-8") == made["page"](), "run python scripts/models_page.py"
