"""How busy an engine is, by its metrics."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nbcoder.engine.probe import Activity, parse_activity

# As vLLM 0.32 gives them, shortened.
_METRICS = """\
# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="m{x} 9"} 2.0
vllm:num_requests_waiting{engine="0",model_name="m"} 1.0
vllm:num_requests_waiting_by_reason{engine="0",model_name="m",reason="capacity"} 7.0
# TYPE vllm:request_success_total counter
vllm:request_success_total{engine="0",finished_reason="stop",model_name="m"} 3.0
vllm:request_success_total{engine="0",finished_reason="length",model_name="m"} 5.0
vllm:prompt_tokens_total{engine="0",model_name="m"} 100.0
vllm:prompt_tokens_created{engine="0",model_name="m"} 1.79e+09
vllm:generation_tokens_total{engine="0",model_name="m"} 20.0
"""


def test_running_and_waiting_requests_and_all_work_done_are_counted() -> None:
    activity = parse_activity(_METRICS)
    assert activity == Activity(running=2, waiting=1, work=128)
    assert activity.requests == 3


def test_metrics_of_something_else_say_nothing() -> None:
    assert parse_activity("process_cpu_seconds_total 3\n") is None


@given(st.text())
def test_no_text_is_a_reason_to_fail(text: str) -> None:
    assert parse_activity(text) is None
    assert parse_activity(_METRICS + text) is not None
