"""The part of the bench that runs inside the notebook's kernel and leaves no trace there.

The harness calls it through the kernel's ``user_expressions``, which bind no name in the user's namespace.
Nothing here imports numpy, pandas or IPython unless the data's own code needs them.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from nbcoder.bench.in_kernel.asked import last_answer
from nbcoder.bench.in_kernel.fork import ChildLost, in_fork
from nbcoder.bench.in_kernel.judge import judge, run_cells

__all__ = ["call"]


def call(function: str, arguments: str) -> str:
    """Do what the harness asks, in a fork; arguments and answer are JSON objects.

    The answer holds ``lost`` (name and text of an error) if the fork did not survive.
    """
    given: dict[str, Any] = json.loads(arguments)
    deadline = given.pop("deadline")
    try:
        if function == "judge":
            return json.dumps(in_fork(lambda: judge(_user_namespace(), given["question"]), deadline))
        if function == "last_answer":
            return json.dumps(in_fork(last_answer, deadline))
        return json.dumps(in_fork(lambda: run_cells(**given), deadline))
    except ChildLost as lost:
        return json.dumps({"lost": [lost.name, str(lost)]})
    except KeyboardInterrupt:
        return json.dumps({"lost": ["KeyboardInterrupt", "the kernel was interrupted meanwhile"]})


def _user_namespace() -> dict[str, Any]:
    namespace: dict[str, Any] = sys.modules["__main__"].__dict__
    return namespace
