"""OpenAI's API: chat completions, embeddings, models. Facts: platform.openai.com/docs/api-reference."""

import hashlib
import json
import re
import time

from standin.llm_check import Refusal, between, body_of, fields, list_of, one_of, refused, text
from standin.llm_script import Prompt, Reply, error_reply, pieces_of, spoiled, tokens_in, usage_of

TYPES = {401: "invalid_request_error", 403: "invalid_request_error", 429: "rate_limit_exceeded", 400: "invalid_request_error",
         404: "invalid_request_error"}


def shape(status, message, code=None, kind=None):
    return {"error": {"message": message, "type": kind or TYPES.get(status, "server_error"), "param": None, "code": code}}


def strict_schema(schema, where):
    """What `strict` asks of a schema: every object closed, with all its properties required."""
    if isinstance(schema, list):
        for item in schema:
            strict_schema(item, where)
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object" or "properties" in schema:
        properties = schema.get("properties", {})
        if schema.get("additionalProperties") is not False or set(schema.get("required", [])) != set(properties):
            raise Refusal(400, "Invalid schema for response_format: 'additionalProperties' is required to be supplied and "
                               "to be false, and 'required' to name every key in properties.", param=where)
        for one in properties.values():
            strict_schema(one, where)
    for key in ("items", "anyOf", "$defs"):
        strict_schema(list(schema[key].values()) if key == "$defs" and key in schema else schema.get(key), where)


def _format(value, where):
    fields(value, {"type": one_of("text", "json_object", "json_schema"), "json_schema": dict}, where, ["type"])
    if value["type"] == "json_schema":
        schema = value.get("json_schema")
        fields(schema, {"name": str, "schema": dict, "strict": bool, "description": str}, where + ".json_schema",
               ["name", "schema"])
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", schema["name"]):
            raise Refusal(400, f"Invalid '{where}.json_schema.name'.", "invalid_value", param=where)
        if schema.get("strict"):
            strict_schema(schema["schema"], where)


def _tool(value, where):
    fields(value, {"type": one_of("function"), "function": dict}, where, ["type", "function"])
    fields(value["function"], {"name": str, "description": str, "parameters": dict, "strict": bool}, where + ".function",
           ["name"])
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", value["function"]["name"]):
        raise Refusal(400, f"Invalid '{where}.function.name'.", "invalid_value", param=where)


def _tool_call(value, where):
    fields(value, {"id": str, "type": one_of("function"), "function": dict}, where, ["id", "type", "function"])
    fields(value["function"], {"name": str, "arguments": str}, where + ".function", ["name", "arguments"])


def _content(value, where):
    if isinstance(value, list):
        return list_of(lambda part, at: fields(part, {"type": one_of("text"), "text": str}, at, ["type", "text"]))(value, where)
    return text(value, where)


def _message(value, where):
    known = {"role": one_of("system", "developer", "user", "assistant", "tool"), "content": _content, "name": str}
    role = value.get("role") if isinstance(value, dict) else None
    if role == "assistant":
        known |= {"tool_calls": list_of(_tool_call, least=1), "refusal": str}
    if role == "tool":
        known["tool_call_id"] = str
    needed = ["role"] + (["content"] if role != "assistant" or not value.get("tool_calls") else [])
    fields(value, known, where, needed + (["tool_call_id"] if role == "tool" else []))


def _tool_choice(value, where):
    if isinstance(value, dict):
        return fields(value, {"type": one_of("function"), "function": dict}, where, ["type", "function"])
    return one_of("none", "auto", "required")(value, where)


def _stop(value, where):
    return text(value, where) if isinstance(value, str) else list_of(text, most=4)(value, where)


CHAT = {"model": str, "messages": list_of(_message, least=1), "temperature": between(0, 2), "top_p": between(0, 1),
        "max_tokens": between(1, 2**31, int), "max_completion_tokens": between(1, 2**31, int),
        "seed": between(-2**63, 2**63 - 1, int), "stop": _stop, "stream": bool, "stream_options": dict, "n": between(1, 1, int),
        "response_format": _format, "tools": list_of(_tool, most=128, least=1), "tool_choice": _tool_choice,
        "parallel_tool_calls": bool, "logprobs": bool, "top_logprobs": between(0, 20, int), "user": str, "store": bool,
        "presence_penalty": between(-2, 2), "frequency_penalty": between(-2, 2), "logit_bias": dict, "metadata": dict,
        "reasoning_effort": str, "service_tier": str}


def _together(request):
    """What fields mean to each other."""
    messages = request["messages"]
    waiting = set()
    for i, message in enumerate(messages):
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                raise Refusal(400, "Invalid parameter: messages with role 'tool' must be a response to a preceding message "
                                   "with 'tool_calls'.", param=f"messages.[{i}].role")
            waiting.discard(message["tool_call_id"])
        elif waiting:
            raise Refusal(400, "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
                               "'tool_call_id'.", param=f"messages.[{i}].role")
        waiting |= {call["id"] for call in message.get("tool_calls") or []}
    if request.get("stream_options") is not None and not request.get("stream"):
        raise Refusal(400, "The 'stream_options' parameter is only allowed when 'stream' is enabled.", param="stream_options")
    fields(request.get("stream_options") or {}, {"include_usage": bool}, "stream_options")
    if request.get("top_logprobs") is not None and not request.get("logprobs"):
        raise Refusal(400, "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.", param="top_logprobs")
    if (request.get("tool_choice") is not None or request.get("parallel_tool_calls") is not None) and not request.get("tools"):
        raise Refusal(400, "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
                      param="tool_choice")
    if (request.get("response_format") or {}).get("type") == "json_object" and \
            "json" not in json.dumps(messages).lower():
        raise Refusal(400, "'messages' must contain the word 'json' in some form, to use 'response_format' of type "
                           "'json_object'.", param="messages")


def _text_of(content):
    if isinstance(content, list):
        return "".join(part["text"] for part in content)
    return content or ""


def _admit(standin, headers, path, request):
    if request["model"] != standin.model:
        raise Refusal(404, f"The model `{request['model']}` does not exist or you do not have access to it.",
                      "model_not_found")
    for name in standin.unsupported & set(request):
        hint = {"max_tokens": " Use 'max_completion_tokens' instead.", "max_completion_tokens": " Use 'max_tokens' instead."}
        raise Refusal(400, f"Unsupported parameter: '{name}' is not supported with this model.{hint.get(name, '')}",
                      "unsupported_parameter", param=name)


def _authorize(standin, headers):
    if standin.key is not None and headers.get("authorization") != f"Bearer {standin.key}":
        raise Refusal(401, "Incorrect API key provided: sk-****. You can find your API key at "
                           "https://platform.openai.com/account/api-keys.", "invalid_api_key")


def _fitting(standin, prompt):
    needed = tokens_in(prompt.text)
    if needed >= standin.context:
        raise Refusal(400, f"This model's maximum context length is {standin.context} tokens. However, your messages resulted "
                           f"in {needed} tokens. Please reduce the length of the messages.", "context_length_exceeded",
                      param="messages")


def chat(standin, headers, body, entry):
    try:
        _authorize(standin, headers)
        request = body_of(headers, body)
        fields(request, CHAT, "", ["model", "messages"])
        _together(request)
        _admit(standin, headers, entry["path"], request)
        messages = [{**m, "content": _text_of(m.get("content"))} for m in request["messages"]]
        wanted = request.get("response_format") or {}
        schema = wanted["json_schema"]["schema"] if wanted.get("type") == "json_schema" else wanted.get("type") == "json_object"
        prompt = Prompt(entry["path"], request["model"], messages, schema or None,
                        [tool["function"]["name"] for tool in request.get("tools") or []],
                        request.get("max_completion_tokens") or request.get("max_tokens"), request)
        _fitting(standin, prompt)
    except Refusal as refusal:
        return refused(shape, refusal)
    with standin.lock:
        rule = standin.script.take(prompt)
        said = standin.script.say(prompt, rule)
    entry["rule"] = rule and rule.get("match", "")
    fault = said.fault or {}
    reply = error_reply(shape, fault) if fault else None
    if reply is None:
        streamed = request.get("stream") and fault.get("do") != "plain"
        reply = _stream(request, prompt, said) if streamed else Reply(200, _whole(request, prompt, said))
    reply.fault, reply.delay = said.fault, said.delay
    return reply


def _logprobs(request, said):
    if not request.get("logprobs"):
        return None
    tokens = re.findall(r"\s*\S+|\s+", said.text)
    return {"content": [{"token": token, "logprob": -0.25, "bytes": list(token.encode()), "top_logprobs": [
        {"token": token if i == 0 else f"other{i}", "logprob": -0.25 - i, "bytes": None}
        for i in range(request.get("top_logprobs") or 0)]} for token in tokens], "refusal": None}


def _usage(said, prompt):
    asked, answered, cached = usage_of(said, prompt)
    return {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered,
            "prompt_tokens_details": {"cached_tokens": cached, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0}}


def _calls(said):
    return [{"id": call["id"], "type": "function", "function": {"name": call["name"], "arguments": call["arguments"]}}
            for call in said.tool_calls]


def _whole(request, prompt, said):
    message = {"role": "assistant", "content": said.text or (None if said.tool_calls else ""), "refusal": None}
    if said.tool_calls:
        message["tool_calls"] = _calls(said)
    body = {"id": "chatcmpl-1", "object": "chat.completion", "created": int(time.time()), "model": prompt.model,
            "choices": [{"index": 0, "message": message, "logprobs": _logprobs(request, said), "finish_reason": said.finish}],
            "usage": _usage(said, prompt), "system_fingerprint": "fp_scripted"}
    if (said.fault or {}).get("do") == "no-usage":
        del body["usage"]
    return body


def _stream(request, prompt, said):
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": int(time.time()), "model": prompt.model,
            "system_fingerprint": "fp_scripted"}
    with_usage = bool((request.get("stream_options") or {}).get("include_usage"))
    events = []

    def send(delta, finish=None, logprobs=None):
        chunk = {**head, "choices": [{"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": finish}]}
        events.append((None, json.dumps({**chunk, "usage": None} if with_usage else chunk, ensure_ascii=False)))

    send({"role": "assistant", "content": "" if not said.tool_calls or said.text else None, "refusal": None})
    logged = _logprobs(request, said)
    if logged:
        for item in logged["content"]:
            send({"content": item["token"]}, logprobs={"content": [item], "refusal": None})
    else:
        for piece in pieces_of(said.text):
            send({"content": piece})
    for i, call in enumerate(_calls(said)):
        function = call["function"]
        send({"tool_calls": [{"index": i, **call, "function": {"name": function["name"], "arguments": ""}}]})
        for piece in pieces_of(function["arguments"]):
            send({"tool_calls": [{"index": i, "function": {"arguments": piece}}]})
    send({}, said.finish)
    if with_usage and (said.fault or {}).get("do") != "no-usage":
        events.append((None, json.dumps({**head, "choices": [], "usage": _usage(said, prompt)})))
    events.append((None, "[DONE]"))
    return Reply(200, events=spoiled(events, said.fault, lambda message, code: (
        None, json.dumps(shape(500, message, code)))))


def vector_of(text_, size=8):
    """Not of length 1, so that who asks has to see to it."""
    digest = hashlib.sha256(text_.encode()).digest()
    return [digest[i] / 16 - 8 for i in range(size)]


def embeddings(standin, headers, body, entry):
    try:
        _authorize(standin, headers)
        request = body_of(headers, body)

        def check_input(value, where):
            return text(value, where) if isinstance(value, str) else list_of(text, most=2048, least=1)(value, where)

        fields(request, {"model": str, "input": check_input, "encoding_format": one_of("float", "base64"),
                         "dimensions": between(1, 4096, int), "user": str}, "", ["model", "input"])
        _admit(standin, headers, entry["path"], request)
        texts = [request["input"]] if isinstance(request["input"], str) else request["input"]
        if "" in texts:
            raise Refusal(400, "Invalid 'input[0]': input cannot be an empty string.", "invalid_value", param="input")
    except Refusal as refusal:
        return refused(shape, refusal)
    prompt = Prompt(entry["path"], request["model"], [{"role": "user", "content": one} for one in texts], request=request)
    with standin.lock:
        rule = standin.script.take(prompt)
        said = standin.script.say(prompt, rule)
    entry["rule"] = rule and rule.get("match", "")
    reply = error_reply(shape, said.fault) if said.fault else None
    if reply is None:
        items = [{"object": "embedding", "index": i, "embedding": vector_of(one)} for i, one in enumerate(texts)]
        tokens = sum(tokens_in(one) for one in texts)
        # In no order, as the API does not promise one: each says its index.
        reply = Reply(200, {"object": "list", "data": items[::-1], "model": prompt.model,
                            "usage": {"prompt_tokens": tokens, "total_tokens": tokens}})
    reply.fault, reply.delay = said.fault, said.delay
    return reply


def models(standin, headers):
    try:
        _authorize(standin, headers)
    except Refusal as refusal:
        return refused(shape, refusal)
    return Reply(200, {"object": "list", "data": [{"id": standin.model, "object": "model", "created": 0,
                                                   "owned_by": "stand-in"}]})
