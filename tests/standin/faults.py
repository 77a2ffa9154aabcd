"""Trouble on demand: what the stand-in does to requests instead of, or beside, answering them.

A fault is a dict:

    {"match": {"method": "GET", "path": "regular expression found in the path"},   all if left out
     "skip": 0, "times": 1,          the first so many matching requests are spared; then so many are hit (null: all)
     "do": KIND, …}

KIND                  its settings
secondary-limit       retry_after (null: without the header), status (403 or 429)
primary-limit         reset_in (seconds), status
status                status, body (text or JSON), content_type, headers
html                  status (200)
redirect              location, status (302)
slow                  seconds: the answer is right, but late
hang                  seconds: nothing is sent, then the connection is closed
drop                  after: true = the request is carried out first; then the connection is closed without an answer
half                  the right answer, cut in its middle
garbage               bytes that are no HTTP
huge                  bytes: a body of this size
"""

import json
import re
import time

from standin.call import Refusal, Response, secondary_limit

KINDS = ("secondary-limit", "primary-limit", "status", "html", "redirect", "slow", "hang", "drop", "half", "garbage",
         "huge")
HTML = b"<!DOCTYPE html>\n<html><head><title>Unicorn!</title></head><body><p>No server is currently available.</p>" \
       b"</body></html>\n"


class Faults:
    def __init__(self):
        self._faults = []

    def set(self, faults):
        for fault in faults:
            if fault.get("do") not in KINDS:
                raise ValueError(f"unknown fault {fault.get('do')!r}: one of {', '.join(KINDS)}")
        self._faults = [dict(fault, hits=0, seen=0) for fault in faults]

    def take(self, method, path):
        """The fault for this request, if any; counts it."""
        for fault in self._faults:
            match = fault.get("match", {})
            if match.get("method", method) != method or not re.search(match.get("path", ""), path):
                continue
            fault["seen"] += 1
            if fault["seen"] <= fault.get("skip", 0):
                continue
            times = fault.get("times", 1)
            if times is None or fault["hits"] < times:
                fault["hits"] += 1
                return fault
        return None

    def described(self):
        return self._faults


def answer_instead(fault):
    """The HTTP answer of a fault that has one and keeps the request from being carried out; else None."""
    kind = fault["do"]
    if kind == "secondary-limit":
        return secondary_limit(fault.get("retry_after", 1), fault.get("status", 403)).response
    if kind == "primary-limit":
        reset = int(time.time()) + fault.get("reset_in", 1)
        refusal = Refusal(fault.get("status", 403), "API rate limit exceeded for user ID 1.",
                          {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "0", "x-ratelimit-used": "5000",
                           "x-ratelimit-reset": str(reset), "x-ratelimit-resource": "core"})
        return refusal.response
    if kind == "status":
        body = fault.get("body", {"message": "Server Error"})
        body = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        headers = {"content-type": fault.get("content_type", "application/json; charset=utf-8")}
        return Response(fault["status"], body, {**headers, **fault.get("headers", {})})
    if kind == "html":
        return Response(fault.get("status", 200), HTML, {"content-type": "text/html; charset=utf-8"})
    if kind == "redirect":
        return Response(fault.get("status", 302), b"", {"location": fault["location"], "content-type": "text/plain"})
    if kind == "huge":
        return Response(200, b'"' + b"x" * (fault["bytes"] - 2) + b'"', {"content-type": "application/json"})
    return None
