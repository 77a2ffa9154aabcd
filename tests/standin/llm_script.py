"""What the scripted language model answers: rules, the first that fits decides.

A rule is a dict; all of it may be left out:

    "match":  regular expression found in the prompt (the texts of all messages, with line feeds between)
    "system": … in the system messages      "last": … in the last message      "model": … in the model's name
    "path":   … in the path: "chat", "messages", "embeddings"
    "skip": 0, "times": null      the first so many matching requests are spared; then so many are answered (null: all)
    "answer": text; or an object or list, written as JSON; or "@echo" (the last message), "@schema" (the least JSON that
              the asked-for schema allows); or, in the same process, a callable that is given a `Prompt` and returns
              text, an object, or a `Say`
    "tool_calls": [{"name": …, "arguments": object or text, "id": …}]
    "finish": "stop", "length", "tool_calls", "content_filter"
    "usage":  {"prompt": N, "completion": N, "cached": N}
    "delay":  seconds before anything is sent
    "cut":    true: the answer's second half is missing, and `finish` is "length"
    "fault":  {"do": KIND, …}: the answer is spoiled

No rule fits: the answer is "No rule fits.".

KIND                  its settings
status                status, body (text or JSON; else the API's own error with `message`, `code`, `type`), headers,
                      content_type
html                  status (200)
redirect              location, status (302)
content-type          content_type: the right answer under another name
plain                 a JSON answer though a stream was asked for
hang                  seconds: nothing is sent, then the connection is closed
drop                  the connection is closed without an answer
half                  the right answer, broken off in its middle
garbage               bytes that are no HTTP
text                  text: this body, as it is, status 200
huge                  bytes: an answer text of this size
pieces                bytes, pause (seconds): the stream in pieces of so many bytes, whatever an event's end
line-ends             end: "\\r\\n", "\\r" or "\\n" in the stream; comments: true = comments between the events
no-end                the stream stops, properly, before its last event (`[DONE]`, `message_stop`)
cut-stream            events: after so many events the stream stops, properly
error-event           events: after so many events comes an error (`message`, `code`) in the stream
no-usage              the stream tells no usage
"""

import json
import re
from dataclasses import dataclass, field

KINDS = ("status", "html", "redirect", "content-type", "plain", "hang", "drop", "half", "garbage", "text", "huge",
         "pieces", "line-ends", "no-end", "cut-stream", "error-event", "no-usage")
HTML = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>\n"


@dataclass
class Prompt:
    """A request as rules see it, whichever API it came over."""

    path: str
    model: str
    messages: list  # [{"role", "content" (text), …}]
    schema: object = None  # the asked-for JSON schema; True: any object
    tools: list = field(default_factory=list)  # names
    max_tokens: object = None
    request: dict = field(default_factory=dict)  # the body as it came
    hits: int = 0  # how often this rule answered before

    @property
    def text(self):
        return "\n".join(message["content"] for message in self.messages)

    @property
    def system(self):
        return "\n".join(m["content"] for m in self.messages if m["role"] in ("system", "developer"))

    @property
    def last(self):
        return self.messages[-1]["content"] if self.messages else ""


@dataclass
class Say:
    """What the model says."""

    text: str = ""
    tool_calls: list = field(default_factory=list)
    finish: str = ""
    usage: dict = field(default_factory=dict)
    delay: float = 0
    fault: dict = None


@dataclass
class Reply:
    """An HTTP answer: a JSON body, or the events of a stream ([(name or None, data)])."""

    status: int
    body: object = None
    events: list = None
    headers: dict = field(default_factory=dict)
    fault: dict = None
    delay: float = 0


def least(schema):
    """The least JSON value that a schema allows, for the schemas that tests use."""
    if not isinstance(schema, dict):
        return {}
    if "const" in schema or schema.get("enum"):
        return schema.get("const", (schema.get("enum") or [None])[0])
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {name: least(schema.get("properties", {}).get(name, {})) for name in schema.get("required", [])}
    if kind == "array":
        return [least(schema.get("items", {})) for _ in range(schema.get("minItems", 0))]
    if kind in ("integer", "number"):
        return schema.get("minimum", 0)
    return {"boolean": False, "null": None}.get(kind, "x" * schema.get("minLength", 0))


class Script:
    def __init__(self, rules=()):
        self.rules = []
        for rule in rules:
            self.add(dict(rule))

    def add(self, rule, first=False):
        fault = rule.get("fault")
        if fault and fault.get("do") not in KINDS:
            raise ValueError(f"unknown fault {fault.get('do')!r}: one of {', '.join(KINDS)}")
        for name in ("match", "system", "last", "model", "path"):
            re.compile(rule.get(name, ""))
        rule.update(hits=0, seen=0)
        self.rules.insert(0 if first else len(self.rules), rule)
        return rule

    def take(self, prompt, after=None):
        """The first rule (of those after one) for this prompt, or None; counts it."""
        texts = {"match": prompt.text, "system": prompt.system, "last": prompt.last, "model": prompt.model,
                 "path": prompt.path}
        start = 0 if after is None else self.rules.index(after) + 1
        for rule in self.rules[start:]:
            if not all(re.search(rule.get(name, ""), text) for name, text in texts.items()):
                continue
            rule["seen"] += 1
            if rule["seen"] <= rule.get("skip", 0):
                continue
            times = rule.get("times")
            if times is None or rule["hits"] < times:
                rule["hits"] += 1
                return rule
        return None

    def say(self, prompt, rule):
        """What `rule` (or no rule) makes the model say. A rule that only spoils lets the next that fits speak."""
        if rule is None:
            return Say("No rule fits.", finish="stop")
        own = {"answer", "tool_calls"} & set(rule)
        if not own and rule.get("fault"):
            said = self.say(prompt, self.take(prompt, after=rule))
        else:
            said = _said(rule, prompt)
        said.fault = rule.get("fault") or said.fault
        said.finish = rule.get("finish", said.finish)
        said.usage = {**said.usage, **rule.get("usage", {})}
        said.delay = rule.get("delay", said.delay)
        if rule.get("cut"):
            said.text, said.finish = said.text[:len(said.text) // 2], "length"
        if said.fault and said.fault["do"] == "huge":
            said.text = "x" * said.fault["bytes"]
        said.finish = said.finish or ("tool_calls" if said.tool_calls else "stop")
        return said


def _said(rule, prompt):
    answer = rule.get("answer", "")
    if callable(answer):
        prompt.hits = rule["hits"] - 1
        answer = answer(prompt)
    if isinstance(answer, Say):
        return answer
    if answer == "@echo":
        answer = prompt.last
    elif answer == "@schema":
        answer = least(prompt.schema)
    text = answer if isinstance(answer, str) else json.dumps(answer)
    calls = []
    for i, call in enumerate(rule.get("tool_calls", [])):
        arguments = call.get("arguments", {})
        calls.append({"id": call.get("id", f"call_{i + 1}"), "name": call["name"],
                      "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments)})
    return Say(text, calls)


def tokens_in(text):
    """Words, about: texts in, numbers out."""
    return max(1, (len(text.encode()) + 3) // 4)


def usage_of(said, prompt):
    """(prompt, completion, cached)"""
    completion = tokens_in(said.text + "".join(call["arguments"] for call in said.tool_calls))
    return (said.usage.get("prompt", tokens_in(prompt.text)), said.usage.get("completion", completion),
            said.usage.get("cached", 0))


def pieces_of(text, size=7):
    return [text[i:i + size] for i in range(0, len(text), size)]


def error_reply(shape, fault):
    """A fault that is an answer of its own, or None. `shape(status, message, code, type)` makes the API's error."""
    kind = fault["do"]
    if kind == "status":
        headers = {"content-type": fault.get("content_type", "application/json"), **fault.get("headers", {})}
        body = fault.get("body")
        if body is None:
            body = shape(fault["status"], fault.get("message", "told to fail"), fault.get("code"), fault.get("type"))
        return Reply(fault["status"], body, headers=headers)
    if kind == "html":
        return Reply(fault.get("status", 200), HTML, headers={"content-type": "text/html; charset=utf-8"})
    if kind == "redirect":
        return Reply(fault.get("status", 302), "", headers={"location": fault["location"], "content-type": "text/plain"})
    if kind == "text":
        return Reply(200, fault["text"], headers={"content-type": fault.get("content_type", "application/json")})
    return None


def spoiled(events, fault, error):
    """The events of a stream under a fault; `error(message, code)` makes the API's error event."""
    kind = (fault or {}).get("do")
    if kind == "no-end":
        return events[:-1]
    if kind == "cut-stream":
        return events[:fault.get("events", 2)]
    if kind == "error-event":
        return [*events[:fault.get("events", 2)], error(fault.get("message", "told to fail"), fault.get("code"))]
    return events


def wire_of(reply):
    """(status, headers, the pieces in which the body goes out)"""
    fault = reply.fault or {}
    headers = {"content-type": "application/json" if reply.events is None else "text/event-stream", **reply.headers}
    if fault.get("do") == "content-type":
        headers["content-type"] = fault["content_type"]
    if reply.events is None:
        body = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
        return reply.status, headers, [body.encode("utf-8", "surrogatepass")]
    end = fault.get("end", "\n")
    between = f": keep-alive{end}{end}" if fault.get("comments") else ""
    pieces = []
    for name, data in reply.events:
        lines = ([f"event: {name}"] if name else []) + [f"data: {line}" for line in data.split("\n")]
        pieces.append((between + end.join(lines) + end + end).encode())
    if fault.get("do") == "pieces":
        whole, size = b"".join(pieces), fault.get("bytes", 1)
        pieces = [whole[i:i + size] for i in range(0, len(whole), size)]
    return reply.status, headers, pieces
