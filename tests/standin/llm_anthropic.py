"""Anthropic's API: messages. Facts: docs.anthropic.com, API version 2023-06-01."""

import json
import re

from standin.llm_check import Refusal, between, body_of, fields, list_of, one_of, refused, text
from standin.llm_script import Prompt, Reply, error_reply, pieces_of, spoiled, tokens_in, usage_of

VERSION = "2023-06-01"
TYPES = {400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error",
         413: "request_too_large", 429: "rate_limit_error", 529: "overloaded_error"}
FINISH = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}


def shape(status, message, code=None, kind=None):
    return {"type": "error", "error": {"type": kind or code or TYPES.get(status, "api_error"), "message": message},
            "request_id": "req_scripted"}


def _some_text(value, where):
    text(value, where)
    if not value.strip():
        raise Refusal(400, f"{where}: text content blocks must contain non-whitespace text")


def _block(kinds):
    def check(value, where):
        kind = value.get("type") if isinstance(value, dict) else None
        one_of(*kinds)(kind, where + ".type")
        known = {"type": str, "cache_control": dict}
        if kind == "text":
            fields(value, {**known, "text": _some_text}, where, ["text"])
        elif kind == "tool_use":
            fields(value, {**known, "id": str, "name": str, "input": dict}, where, ["id", "name", "input"])
            if not re.fullmatch(r"[a-zA-Z0-9_-]+", value["id"]):
                raise Refusal(400, f"{where}.id: String should match pattern '^[a-zA-Z0-9_-]+$'")
        else:
            fields(value, {**known, "tool_use_id": str, "is_error": bool, "content": _content(("text",))}, where,
                   ["tool_use_id"])
    return check


def _content(kinds):
    def check(value, where):
        return text(value, where) if isinstance(value, str) else list_of(_block(kinds))(value, where)
    return check


def _message(value, where):
    role = value.get("role") if isinstance(value, dict) else None
    kinds = ("text", "tool_use") if role == "assistant" else ("text", "tool_result")
    fields(value, {"role": one_of("user", "assistant"), "content": _content(kinds)}, where, ["role", "content"])


def _tool(value, where):
    fields(value, {"name": str, "description": str, "input_schema": dict, "type": one_of("custom"), "cache_control": dict,
                   "strict": bool}, where, ["name", "input_schema"])
    if not re.fullmatch(r"[a-zA-Z0-9_-]{1,128}", value["name"]):
        raise Refusal(400, f"{where}.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'")
    if value["input_schema"].get("type") != "object":
        raise Refusal(400, f"{where}.input_schema.type: Input should be 'object'")


def _choice(value, where):
    fields(value, {"type": one_of("auto", "any", "tool", "none"), "name": str, "disable_parallel_tool_use": bool}, where,
           ["type"])
    if (value["type"] == "tool") != ("name" in value):
        raise Refusal(400, f"{where}.name: only and always with type 'tool'")


def _stops(value, where):
    list_of(_some_text)(value, where)


MESSAGES = {"model": str, "max_tokens": between(1, 2**31, int), "messages": list_of(_message, least=1),
            "system": _content(("text",)), "temperature": between(0, 1), "top_p": between(0, 1),
            "top_k": between(0, 10**6, int), "stop_sequences": _stops, "stream": bool, "tools": list_of(_tool),
            "tool_choice": _choice, "metadata": dict, "service_tier": str}


def _blocks(message):
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _together(request):
    """What fields mean to each other."""
    wanted, waiting = "user", set()
    for i, message in enumerate(request["messages"]):
        if message["role"] != wanted:
            raise Refusal(400, "messages: roles must alternate between \"user\" and \"assistant\", and begin with \"user\"")
        wanted = "assistant" if wanted == "user" else "user"
        blocks = _blocks(message)
        last = i == len(request["messages"]) - 1
        if not blocks or (message["content"] == "" and not (last and message["role"] == "assistant")):
            raise Refusal(400, f"messages.{i}: all messages must have non-empty content except for the optional final "
                               "assistant message")
        answered = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        if set(answered) != waiting or len(set(answered)) != len(answered):
            raise Refusal(400, f"messages.{i}: each `tool_use` must have one `tool_result` block in the next message")
        kinds = [block["type"] for block in blocks]
        if "tool_result" in kinds and kinds != sorted(kinds, key=lambda kind: kind != "tool_result"):
            raise Refusal(400, f"messages.{i}: `tool_result` blocks must come first")
        waiting = {block["id"] for block in blocks if block["type"] == "tool_use"}
    if waiting:
        raise Refusal(400, "messages: `tool_use` without `tool_result`")
    if request["messages"][-1]["role"] == "assistant" and _text_of(request["messages"][-1]).endswith((" ", "\n", "\t")):
        raise Refusal(400, "messages: final assistant content cannot end with trailing whitespace")
    names = [tool["name"] for tool in request.get("tools") or []]
    if len(set(names)) != len(names):
        raise Refusal(400, "tools: Tool names must be unique.")
    choice = request.get("tool_choice")
    if choice and not names:
        raise Refusal(400, "tool_choice may only be specified while providing tools")
    if choice and choice.get("name", names[0]) not in names:
        raise Refusal(400, f"Tool '{choice['name']}' not found in provided tools")
    uses = any(block["type"] != "text" for message in request["messages"] for block in _blocks(message))
    if uses and not names:
        raise Refusal(400, "Requests which include `tool_use` or `tool_result` blocks must define tools")


def _text_of(message):
    return "\n".join(block["text"] if block["type"] == "text" else json.dumps(block.get("input", block.get("content", "")))
                     for block in _blocks(message))


def _prompt(request, path):
    messages = [{"role": m["role"], "content": _text_of(m)} for m in request["messages"]]
    if request.get("system"):
        messages.insert(0, {"role": "system", "content": _text_of({"content": request["system"]})})
    tools = request.get("tools") or []
    forced = (request.get("tool_choice") or {}).get("name")
    schema = next((tool["input_schema"] for tool in tools if tool["name"] == forced), None)
    return Prompt(path, request["model"], messages, schema, [tool["name"] for tool in tools], request["max_tokens"], request)


def messages(standin, headers, body, entry):
    try:
        if standin.key is not None and headers.get("x-api-key") != standin.key:
            raise Refusal(401, "invalid x-api-key")
        if headers.get("anthropic-version") != VERSION:
            raise Refusal(400, "anthropic-version: header is required")
        request = body_of(headers, body)
        fields(request, MESSAGES, "", ["model", "max_tokens", "messages"])
        _together(request)
        if request["model"] != standin.model:
            raise Refusal(404, f"model: {request['model']}")
        for name in standin.unsupported & set(request):
            raise Refusal(400, f"{name}: Extra inputs are not permitted")
        prompt = _prompt(request, entry["path"])
        if tokens_in(prompt.text) > standin.context:
            raise Refusal(400, f"prompt is too long: {tokens_in(prompt.text)} tokens > {standin.context} maximum")
    except Refusal as refusal:
        return refused(shape, refusal)
    with standin.lock:
        rule = standin.script.take(prompt)
        said = standin.script.say(prompt, rule)
    _as_forced(request, said)
    entry["rule"] = rule and rule.get("match", "")
    fault = said.fault or {}
    reply = error_reply(shape, fault) if fault else None
    if reply is None:
        streamed = request.get("stream") and fault.get("do") != "plain"
        reply = _stream(prompt, said) if streamed else Reply(200, _whole(prompt, said))
    reply.fault, reply.delay = said.fault, said.delay
    return reply


def _as_forced(request, said):
    """A model that is made to use one tool says its text as that tool's input."""
    forced = (request.get("tool_choice") or {}).get("name")
    if forced and not said.tool_calls and said.text:
        said.tool_calls, said.text = [{"id": "forced", "name": forced, "arguments": said.text}], ""
        said.finish = "tool_calls" if said.finish == "stop" else said.finish


def _usage(said, prompt):
    if (said.fault or {}).get("do") == "no-usage":
        return None
    asked, answered, cached = usage_of(said, prompt)
    return {"input_tokens": asked - cached, "cache_creation_input_tokens": 0, "cache_read_input_tokens": cached,
            "output_tokens": answered}


def _head(prompt, said):
    usage = _usage(said, prompt)
    return {"id": "msg_scripted", "type": "message", "role": "assistant", "model": prompt.model, "content": [],
            "stop_reason": None, "stop_sequence": None, **({"usage": usage} if usage else {})}


def _input_of(call):
    try:
        return json.loads(call["arguments"])
    except ValueError:
        return {}


def _whole(prompt, said):
    blocks = [{"type": "text", "text": said.text}] if said.text or not said.tool_calls else []
    blocks += [{"type": "tool_use", "id": f"toolu_{call['id']}", "name": call["name"], "input": _input_of(call)}
               for call in said.tool_calls]
    return {**_head(prompt, said), "content": blocks, "stop_reason": FINISH[said.finish]}


def _stream(prompt, said):
    events = []

    def send(kind, **more):
        events.append((kind, json.dumps({"type": kind, **more}, ensure_ascii=False)))

    head, usage = _head(prompt, said), _usage(said, prompt)
    if usage:
        head["usage"] = {**usage, "output_tokens": 1}
    send("message_start", message=head)
    index = 0
    if said.text or not said.tool_calls:
        send("content_block_start", index=index, content_block={"type": "text", "text": ""})
        send("ping")
        for piece in pieces_of(said.text):
            send("content_block_delta", index=index, delta={"type": "text_delta", "text": piece})
        send("content_block_stop", index=index)
        index += 1
    for call in said.tool_calls:
        send("content_block_start", index=index, content_block={"type": "tool_use", "id": f"toolu_{call['id']}",
                                                                "name": call["name"], "input": {}})
        for piece in ["", *pieces_of(call["arguments"])]:
            send("content_block_delta", index=index, delta={"type": "input_json_delta", "partial_json": piece})
        send("content_block_stop", index=index)
        index += 1
    end = {"usage": {"output_tokens": usage["output_tokens"]}} if usage else {}
    send("message_delta", delta={"stop_reason": FINISH[said.finish], "stop_sequence": None}, **end)
    send("message_stop")

    def error(message, code):
        return "error", json.dumps(shape(529, message, code))

    return Reply(200, events=spoiled(events, said.fault, error))
