"""An engine that says what a test tells it to: OpenAI-compatible HTTP in the words of vLLM, without a model.

As a fixture: ``scripted_engine`` in ``tests/conftest.py``. As a command: ``python -m tests.scripted_engine``.
"""

from tests.scripted_engine.script import Body, Reply, RuleBook, load_script, long_answer
from tests.scripted_engine.server import Recorded, ScriptedEngine

__all__ = ["Body", "Recorded", "Reply", "RuleBook", "ScriptedEngine", "load_script", "long_answer"]
