"""``python -m tests.scripted_engine --port 0|--uds PATH [--script FILE.json] [--key KEY]``.

Prints where it listens as one line of JSON, then runs until it is interrupted or terminated.
``POST /_script`` adds replies or rules, ``GET /_requests`` shows what came, ``POST /_reset`` forgets it all.
"""

from __future__ import annotations

import argparse
import json
import signal
from pathlib import Path

from tests.scripted_engine import ScriptedEngine


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.scripted_engine", description=__doc__)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--port", type=int, help="TCP port on this machine; 0: any that is free")
    where.add_argument("--uds", type=Path, help="path of a Unix socket")
    parser.add_argument("--script", type=Path, help="JSON file with replies or rules")
    parser.add_argument("--key", default="", help="key that requests below /v1 have to carry")
    parser.add_argument("--context-length", type=int, default=8192, help="most tokens of a prompt")
    given = parser.parse_args()
    ends = {signal.SIGINT, signal.SIGTERM}
    # Blocked here, and so in all threads made from now on, these wait for us below.
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    with ScriptedEngine(
        port=given.port or 0, uds=given.uds, key=given.key, context_length=given.context_length
    ) as engine:
        if given.script:
            engine.load(json.loads(given.script.read_text(encoding="utf-8")))
        print(json.dumps({"url": engine.url, "uds": given.uds and str(given.uds)}), flush=True)  # noqa: T201
        signal.sigwait(ends)


if __name__ == "__main__":
    main()
