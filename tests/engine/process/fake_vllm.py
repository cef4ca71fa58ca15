"""Stands in for ``vllm.entrypoints.openai.api_server``: a socket, a key, metrics, no model.

Only the standard library. What it does is said by the variable FAKE_VLLM, a JSON object:

* ``ready_after``: seconds until it listens
* ``log``: text to print first
* ``exit``: status with which it ends instead of listening
* ``refuse``: status with which it answers each request for tokens
* ``stubborn``: it ignores SIGTERM
* ``children``: how many processes it starts, which sleep
* ``broken_after``: seconds until it says that one of its processes is gone
* ``held``: seconds for which a request for tokens runs
"""

import http.server
import json
import os
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from typing import Any

LOCK = threading.Lock()
BEGAN = time.monotonic()
COUNTS: dict[str, int] = {"running": 0, "success": 0}
SCRIPT: dict[str, Any] = json.loads(os.environ.get("FAKE_VLLM", "{}"))


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        request, _ = super().get_request()
        return request, ("local", 0)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/health":
            is_broken = time.monotonic() - BEGAN > SCRIPT.get("broken_after", float("inf"))
            self.answer(503 if is_broken else 200, "")
        elif self.path == "/version":
            self.answer(200, json.dumps({"version": "0.0.fake"}))
        elif self.path == "/metrics":
            self.answer(200, metrics())
        elif self.path == "/v1/models":
            self.answer(200, json.dumps({"data": [{"id": argument("--served-model-name")}]}))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Authorization") != f"Bearer {os.environ['VLLM_API_KEY']}":
            self.answer(401, json.dumps({"error": "Unauthorized"}))
            return
        if "refuse" in SCRIPT:
            self.answer(SCRIPT["refuse"], json.dumps({"error": {"message": "scripted refusal"}}))
            return
        with LOCK:
            COUNTS["running"] += 1
        time.sleep(SCRIPT.get("held", 0))
        with LOCK:
            COUNTS["running"] -= 1
            COUNTS["success"] += 1
        usage = {"prompt_tokens": 4, "completion_tokens": 1}
        self.answer(200, json.dumps({"choices": [{"text": " 2"}], "usage": usage}))

    def answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's word
        say(format % args)


def metrics() -> str:
    labels = '{engine="0",model_name="m"}'
    success = COUNTS["success"]
    return "\n".join(
        [
            "# HELP vllm:num_requests_running Number of requests in model execution batches.",
            f"vllm:num_requests_running{labels} {COUNTS['running']}.0",
            f"vllm:num_requests_waiting{labels} 0.0",
            f'vllm:request_success_total{{engine="0",finished_reason="stop",model_name="m"}} {success}.0',
            f"vllm:prompt_tokens_total{labels} {4.0 * success}",
            f"vllm:generation_tokens_total{labels} {success}.0",
            "",
        ]
    )


def argument(name: str) -> str:
    return sys.argv[sys.argv.index(name) + 1]


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    say(SCRIPT.get("log", "INFO non-default args: {}"))
    if SCRIPT.get("stubborn"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for _ in range(SCRIPT.get("children", 0)):
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    time.sleep(SCRIPT.get("ready_after", 0))
    if "exit" in SCRIPT:
        sys.exit(SCRIPT["exit"])
    with Server(argument("--uds"), Handler) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
