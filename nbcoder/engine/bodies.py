"""Our requests in the words of the OpenAI API, with vLLM's additions.

What is at its neutral value is left out: servers that do not know vLLM's additions refuse them by name.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from nbcoder.engine.requests import ChatRequest

if TYPE_CHECKING:
    from nbcoder.engine.requests import Sampling, TextRequest

__all__ = ["Body", "count_body", "stream_body", "stream_path", "to_json", "tokens_body"]

Body = dict[str, Any]


def stream_path(request: ChatRequest | TextRequest) -> str:
    """The endpoint that answers ``request``."""
    return "/v1/chat/completions" if isinstance(request, ChatRequest) else "/v1/completions"


def stream_body(request: ChatRequest | TextRequest, model: str) -> Body:
    """The body that asks ``model`` for a streamed answer with its usage at the end."""
    body: Body = {"model": model, "stream": True, "stream_options": {"include_usage": True}}
    body |= _sampling(request.sampling)
    if request.priority:
        body["priority"] = request.priority
    if isinstance(request, ChatRequest):
        return body | _conversation(request) | _chat_logprobs(request.sampling)
    return body | _prompt(request) | _text_logprobs(request.sampling)


def count_body(request: ChatRequest | TextRequest, model: str) -> Body:
    """The body that asks vLLM's ``/tokenize`` how long the prompt of ``request`` is."""
    if isinstance(request, ChatRequest):
        body = _conversation(request)
        return {"model": model, "add_generation_prompt": True} | body
    return {"model": model} | _prompt(request)


def to_json(body: Body) -> bytes:
    """``body`` in UTF-8; half surrogate pairs, which are no text, become question marks."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def tokens_body(prompt: str | ChatRequest, model: str) -> Body:
    """The body that asks ``/tokenize`` for the tokens of a text alone, or of a conversation."""
    if isinstance(prompt, ChatRequest):
        return count_body(prompt, model) | {"return_token_strs": True}
    return {"model": model, "prompt": prompt, "add_special_tokens": False, "return_token_strs": True}


def _conversation(request: ChatRequest) -> Body:
    turns = [{"role": message.role, "content": message.content} for message in request.messages]
    options = dict(request.template_options)
    # gpt-oss has no template; vLLM's own rendering reads this one word from the request itself.
    body: Body = {name: options.pop(name) for name in ("reasoning_effort",) if name in options}
    if options:
        body["chat_template_kwargs"] = options
    if request.prefill:
        turns.append({"role": "assistant", "content": request.prefill})
        body |= {"continue_final_message": True, "add_generation_prompt": False}
    return {"messages": turns} | body


def _prompt(request: TextRequest) -> Body:
    return {"prompt": request.prompt if isinstance(request.prompt, str) else list(request.prompt)}


def _sampling(sampling: Sampling) -> Body:
    body: Body = {"temperature": sampling.temperature, "max_tokens": sampling.max_tokens}
    if sampling.top_p not in (None, 1):
        body["top_p"] = sampling.top_p
    if sampling.top_k:
        body["top_k"] = sampling.top_k
    if sampling.seed is not None:
        body["seed"] = sampling.seed
    if sampling.n != 1:
        body["n"] = sampling.n
    if sampling.stop:
        body["stop"] = list(sampling.stop)
    if sampling.stop_token_ids:
        body["stop_token_ids"] = list(sampling.stop_token_ids)
    return body


def _chat_logprobs(sampling: Sampling) -> Body:
    wanted = sampling.top_logprobs
    return {} if wanted is None else {"logprobs": True, "top_logprobs": wanted}


def _text_logprobs(sampling: Sampling) -> Body:
    wanted = sampling.top_logprobs
    return {} if wanted is None else {"logprobs": wanted}
