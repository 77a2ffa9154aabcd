#!/usr/bin/env python3
"""A stand-in for language models on a loopback address, as a program or as the class `LlmStandIn`.

    tests/standin/llm.py [--script script.json] [--port N]      prints its address, then serves until it is ended

It speaks OpenAI's API (`/v1/chat/completions`, `/v1/embeddings`, `/v1/models`) and Anthropic's (`/v1/messages`), as
strict as they are, and answers by rules: see llm_script.py. Beside them: `POST /_control` (see `LlmStandIn.control`),
`GET /_log` (all requests so far), `DELETE /_log`.
"""

import argparse
import http.server
import json
import pathlib
import socket
import sys
import threading
import time
import urllib.parse

if __package__ in (None, ""):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from standin import llm_anthropic, llm_openai  # noqa: E402
from standin.llm_script import Reply, Script, wire_of  # noqa: E402
from standin.server import LoopbackServer  # noqa: E402


class LlmStandIn(LoopbackServer):
    """The server and its script. `with LlmStandIn() as llm:` serves on a free port until the block ends.

    key: what requests have to show (Bearer, or x-api-key); None: nothing.  model: the one model that there is.
    unsupported: fields that this server refuses by name, as some models refuse `max_tokens`.
    """

    def __init__(self, rules=(), key=None, model="scripted-1", unsupported=(), context=1_000_000, port=0):
        self.script = Script(rules)
        self.key = key
        self.model = model
        self.unsupported = set(unsupported)
        self.context = context
        self.log = []
        self.lock = threading.Lock()
        self.active = self.active_max = 0
        super().__init__(_handler(self), port)

    # For tests in the same process; the control endpoint calls the same.

    def rule(self, match="", answer=None, **more):
        """Adds a rule behind the others; see llm_script.py. Returns it: its `hits` counts."""
        with self.lock:
            return self.script.add({"match": match, **({} if answer is None else {"answer": answer}), **more})

    def fault(self, do, match="", **more):
        """Adds a rule before the others that spoils `times` (1) answers."""
        with self.lock:
            return self.script.add({"match": match, "times": 1, **more, "fault": {"do": do, **more}}, first=True)

    def requests(self, path=""):
        """The logged requests to paths that contain `path`."""
        with self.lock:
            return [entry for entry in self.log if path in entry["path"]]

    def control(self, order):
        """One order: {"rules": […]} replaces all rules, {"rule": {…}} adds one, {"settings": {"key", "model",
        "unsupported", "context"}}."""
        with self.lock:
            if "rules" in order:
                self.script = Script(order["rules"])
                return {"rules": len(order["rules"])}
            if "rule" in order:
                self.script.add(dict(order["rule"]))
                return {"rules": len(self.script.rules)}
            if "settings" in order:
                for name, value in order["settings"].items():
                    if name not in ("key", "model", "unsupported", "context"):
                        raise ValueError(f"no such setting: {name}")
                    setattr(self, name, set(value) if name == "unsupported" else value)
                return {"settings": sorted(order["settings"])}
        raise ValueError(f"no such order: {sorted(order)}")

    def enter(self, count):
        with self.lock:
            self.active += count
            self.active_max = max(self.active_max, self.active)


ENDPOINTS = {"/v1/chat/completions": llm_openai.chat, "/v1/embeddings": llm_openai.embeddings,
             "/v1/messages": llm_anthropic.messages}


def _handler(standin):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60

        def log_message(self, *unused):
            pass

        def _serve(self):
            length = self.headers.get("content-length", "0")
            body = self.rfile.read(int(length) if length.isdigit() else 0)
            path = urllib.parse.urlsplit(self.path).path
            if path.startswith("/_"):
                return self._own(path, body)
            entry = {"n": 0, "time": time.time(), "ended": None, "method": self.command, "path": path,
                     "headers": [[k.lower(), v] for k, v in self.headers.items()],
                     "body": body.decode("utf-8", "replace"), "status": None, "rule": None, "fault": None}
            with standin.lock:
                entry["n"] = len(standin.log) + 1
                standin.log.append(entry)
            standin.enter(1)
            try:
                return self._send(entry, self._reply(path, body, entry))
            finally:
                entry["ended"] = time.time()
                standin.enter(-1)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve

        def _reply(self, path, body, entry):
            headers = {key.lower(): value for key, value in self.headers.items()}
            if path == "/v1/models" and self.command == "GET":
                return llm_openai.models(standin, headers)
            endpoint = ENDPOINTS.get(path)
            if endpoint is None or self.command != "POST":
                return Reply(404, {"error": {"message": f"Invalid URL ({self.command} {path})",
                                             "type": "invalid_request_error", "param": None, "code": None}})
            return endpoint(standin, headers, body, entry)

        def _send(self, entry, reply):
            fault = reply.fault or {}
            entry["fault"] = fault.get("do")
            entry["status"] = reply.status
            standin.wait(reply.delay)
            kind = fault.get("do")
            if kind == "hang":
                standin.wait(fault.get("seconds", 3600))
            if kind in ("hang", "drop"):
                self._cut()
                return None
            if kind == "garbage":
                self.wfile.write(b"\x00\x01 this is not HTTP \xff\r\n\r\n")
                self._cut()
                return None
            status, headers, pieces = wire_of(reply)
            entry["status"] = status
            try:
                self._write(status, headers, pieces, fault, self._is_streamed(reply))
            except ConnectionError:  # the client has seen enough
                entry["fault"] = entry["fault"] or "left"
                self.close_connection = True
            return None

        def _is_streamed(self, reply):
            return reply.events is not None and self.command != "HEAD"

        def _write(self, status, headers, pieces, fault, streamed):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            whole = b"".join(pieces)
            if streamed:
                self.send_header("transfer-encoding", "chunked")
            else:
                self.send_header("content-length", str(len(whole)))
            self.end_headers()
            if fault.get("do") == "half":
                self.wfile.write(whole[:len(whole) // 2] if not streamed else b"%x\r\n" % len(whole) + whole[:len(whole) // 2])
                self._cut()
                return
            if not streamed:
                self.wfile.write(whole)
                return
            for piece in pieces:
                if piece:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                    self.wfile.flush()
                standin.wait(fault.get("pause", 0))
            self.wfile.write(b"0\r\n\r\n")

        def _cut(self):
            self.close_connection = True
            try:
                self.wfile.flush()
                self.connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

        def _own(self, path, body):
            try:
                if path == "/_control" and self.command == "POST":
                    answer = standin.control(json.loads(body))
                elif path == "/_log" and self.command in ("GET", "DELETE"):
                    with standin.lock:
                        answer = list(standin.log)
                        if self.command == "DELETE":
                            standin.log.clear()
                else:
                    raise ValueError("no such control")
                self._write(200, {"content-type": "application/json"}, [json.dumps(answer).encode()], {}, False)
            except (ValueError, KeyError, TypeError) as error:
                text = json.dumps({"message": f"{type(error).__name__}: {error}"}).encode()
                self._write(400, {"content-type": "application/json"}, [text], {}, False)

    return Handler


def main():
    parser = argparse.ArgumentParser(description="A stand-in for language models.")
    parser.add_argument("--script", type=pathlib.Path, help="JSON file: an object of orders as POST /_control takes")
    parser.add_argument("--port", type=int, default=0, help="loopback port; 0: a free one")
    options = parser.parse_args()
    with LlmStandIn(port=options.port) as llm:
        if options.script:
            for name, value in json.loads(options.script.read_text(encoding="utf-8")).items():
                llm.control({name: value})
        llm.run()


if __name__ == "__main__":
    main()
