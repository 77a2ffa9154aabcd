#!/usr/bin/env python3
"""A stand-in for GitHub's REST API on a loopback address, as a program or as the class `StandIn`.

    tests/standin/github.py --state state.json [--port N]      prints its address, then serves until it is ended

Beside the API: `POST /_control` (see `StandIn.control`), `GET /_log` (all requests so far), `DELETE /_log`,
`GET /_state`. The API is also served under `/api/v3`, as GitHub Enterprise does.
"""

import argparse
import http.server
import json
import pathlib
import sys
import time
import urllib.parse

if __package__ in (None, ""):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from standin import faults, webhooks
from standin.call import Request, Response
from standin.rest import Rest
from standin.server import LoopbackServer
from standin.state import State, Views


class StandIn(LoopbackServer):
    """The server and its state. `with StandIn({...}) as github:` serves on a free port until the block ends."""

    def __init__(self, description=None, port=0):
        self.state = State(description or {})
        self.rest = Rest(self.state)
        self.faults = faults.Faults()
        self.log = []
        self.deliveries = {}
        super().__init__(_handler(self), port)

    # For tests in the same process; the control endpoint calls the same.

    def pull(self, full_name, number):
        return self.state.repository(*full_name.split("/"))["pulls"][number]

    def push(self, full_name, number, sha, **files):
        """A push to the pull request: `sha` is its new head; `diff` (text) or `files` its new content."""
        with self.state.lock:
            pull = self.pull(full_name, number)
            self.state.set_files(pull, {"head": {"sha": sha}, **files})
            return pull

    def requests(self, method=None, path=""):
        """The logged requests of this method whose path contains `path`."""
        with self.state.lock:
            return [entry for entry in self.log if method in (None, entry["method"]) and path in entry["path"]]

    def payload(self, name, full_name, number=None, **changes):
        """A webhook's payload for a pull request here; see `webhooks.fitted`."""
        with self.state.lock:
            repository = self.state.repository(*full_name.split("/"))
            pull = repository["pulls"][number] if number is not None else None
            return webhooks.fitted(name, Views(self.state, "https://api.github.com"), repository, pull, **changes)

    def deliver(self, url, name, full_name, number, secret, **changes):
        """Sends a webhook named as in tests/data/webhooks; `redeliver` sends the same again."""
        event = name.split(".")[0]
        payload = self.payload(name, full_name, number, **changes)
        answer = webhooks.send(url, event, payload, secret)
        self.deliveries[answer["delivery"]] = (url, event, payload, secret)
        return answer

    def redeliver(self, delivery):
        return webhooks.send(*self.deliveries[delivery], delivery=delivery)

    def control(self, order):
        """One order: {"faults": […]}, {"push": {"repository", "number", "sha", "diff"|"files"}},
        {"rate": {"limit", "used", "reset", "writes_a_minute"}}, {"pull": {"repository", "number", …fields}},
        {"webhook": {"url", "name", "repository", "number", "secret", …changes}}, {"redeliver": delivery id}."""
        if "faults" in order:
            self.faults.set(order["faults"])
            return {"faults": len(order["faults"])}
        if "push" in order:
            wanted = dict(order["push"])
            self.push(wanted.pop("repository"), wanted.pop("number"), wanted.pop("sha"), **wanted)
            return {"pushed": True}
        if "pull" in order:
            wanted = dict(order["pull"])
            with self.state.lock:
                self.pull(wanted.pop("repository"), wanted.pop("number")).update(wanted)
            return {"changed": True}
        if "rate" in order:
            with self.state.lock:
                for name in ("limit", "used", "reset", "writes_a_minute"):
                    setattr(self.rest, name, order["rate"].get(name, getattr(self.rest, name)))
            return {"limit": self.rest.limit, "used": self.rest.used, "reset": self.rest.reset}
        if "webhook" in order:
            wanted = dict(order["webhook"])
            return self.deliver(wanted.pop("url"), wanted.pop("name"), wanted.pop("repository"), wanted.pop("number"),
                                wanted.pop("secret"), **wanted)
        if "redeliver" in order:
            return self.redeliver(order["redeliver"])
        raise ValueError(f"no such order: {sorted(order)}")


def _handler(standin):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60

        def log_message(self, *unused):
            pass

        def _serve(self):
            length = self.headers.get("content-length", "0")
            body = self.rfile.read(int(length) if length.isdigit() else 0)
            parts = urllib.parse.urlsplit(self.path)
            if parts.path.startswith("/_"):
                return self._own(parts.path, body)
            query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
            entry = {"n": 0, "time": time.time(), "method": self.command, "path": parts.path, "query": query,
                     "headers": [[k.lower(), v] for k, v in self.headers.items()],
                     "body": body.decode("utf-8", "replace"), "status": None, "fault": None}
            with standin.state.lock:
                entry["n"] = len(standin.log) + 1
                standin.log.append(entry)
                fault = standin.faults.take(self.command, parts.path)
            entry["fault"] = fault and fault["do"]
            if fault and self._broken(fault):
                return None
            response = faults.answer_instead(fault) if fault else None
            if response is None:
                response = self._rest(parts.path, query, body)
            entry["status"] = response.status
            if fault and fault["do"] == "drop":
                entry["status"] = None
                self.close_connection = True
                return None
            return self._answer(response, half=bool(fault and fault["do"] == "half"))

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = _serve

        def _broken(self, fault):
            """Does what leaves no answer; True if the connection is done with."""
            kind = fault["do"]
            if kind == "slow":
                standin.wait(fault["seconds"])
            elif kind == "hang":
                standin.wait(fault["seconds"])
                self.close_connection = True
                return True
            elif kind == "drop" and not fault.get("after"):
                self.close_connection = True
                return True
            elif kind == "garbage":
                self.wfile.write(b"\x00\x01 this is not HTTP \xff\r\n\r\n")
                self.close_connection = True
                return True
            return False

        def _rest(self, path, query, body):
            base = f"http://{self.headers.get('host', '127.0.0.1')}"
            if path.startswith("/api/v3/"):
                path, base = path.removeprefix("/api/v3"), base + "/api/v3"
            headers = {key.lower(): value for key, value in self.headers.items()}
            with standin.state.lock:
                return standin.rest.handle(Request(self.command, path, query, headers, body, base))

        def _answer(self, response, half=False):
            body = response.body
            if not isinstance(body, bytes):
                body = b"" if body is None else json.dumps(body).encode()
            self.send_response(response.status)
            for name, value in response.headers.items():
                if not (response.status == 304 and name == "content-type"):
                    self.send_header(name, value)
            if response.status != 304:
                self.send_header("content-length", str(len(body)))
            self.end_headers()
            if half:
                body = body[:len(body) // 2]
                self.close_connection = True
            if self.command != "HEAD" and response.status != 304:
                try:
                    self.wfile.write(body)
                except ConnectionError:  # the client has seen enough
                    self.close_connection = True

        def _own(self, path, body):
            try:
                if path == "/_control" and self.command == "POST":
                    return self._answer(Response(200, standin.control(json.loads(body))))
                if path == "/_log" and self.command in ("GET", "DELETE"):
                    with standin.state.lock:
                        log = list(standin.log)
                        if self.command == "DELETE":
                            standin.log.clear()
                    return self._answer(Response(200, log))
                if path == "/_state" and self.command == "GET":
                    with standin.state.lock:
                        text = json.dumps(standin.state.repositories).encode()
                    return self._answer(Response(200, text))
                return self._answer(Response(404, {"message": "no such control"}))
            except (ValueError, KeyError, TypeError, OSError) as error:
                return self._answer(Response(400, {"message": f"{type(error).__name__}: {error}"}))

    return Handler


def main():
    parser = argparse.ArgumentParser(description="A stand-in for GitHub's REST API.")
    parser.add_argument("--state", type=pathlib.Path, help="JSON file to begin with")
    parser.add_argument("--port", type=int, default=0, help="loopback port; 0: a free one")
    options = parser.parse_args()
    description = json.loads(options.state.read_text(encoding="utf-8")) if options.state else {}
    with StandIn(description, options.port) as github:
        github.run()


if __name__ == "__main__":
    main()
