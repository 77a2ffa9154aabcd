"""What the end-to-end tests of `sluice serve` share: the program with the small models, and a plain HTTP client."""

import http.client
import json
import pathlib
import re
import socket
import tomllib

from running import WAIT_SECONDS, Running
from support import ROOT, SLUICE, Case

CHAT = "smollm2"
EMBEDDER = "minilm"
MODELS = ROOT / ".deps" / "models"
NUMBERS = 384  # of a vector of minilm's


def model_file(name):
    """The file of a model that came in a package."""
    catalogue = tomllib.loads((MODELS / "models.toml").read_text(encoding="utf-8"))
    return MODELS / catalogue["model"][name]["path"]


class Served(Running):
    """`sluice serve`: started, asked, stopped. Its port is free, its catalogue that of the packages."""

    ADDRESS = re.compile(r"serving \d+ models? at http://(\S+)/v1")

    def __init__(self, *arguments, env=None, listen="127.0.0.1:0", wait=True):
        super().__init__(SLUICE, "serve", "--listen", listen, *arguments,
                         env={"XDG_DATA_HOME": "/nonexistent", **(env or {})})
        if wait:
            self.wait_for_address()

    @property
    def url(self):
        return f"http://{self.address}/v1"

    @property
    def endpoint(self):
        host, port = self.address.rsplit(":", 1)
        return host, int(port)

    def request(self, method, path, body=None, headers=None):
        """Status, headers and body (parsed where it is JSON) of one request."""
        connection = http.client.HTTPConnection(self.address, timeout=WAIT_SECONDS)
        try:
            data = body if body is None or isinstance(body, (bytes, str)) else json.dumps(body)
            connection.request(method, path, data, headers or {})
            answer = connection.getresponse()
            raw = answer.read()
            is_json = (answer.headers.get("content-type") or "").startswith("application/json")
            return answer.status, answer.headers, json.loads(raw) if is_json and raw else raw
        finally:
            connection.close()

    def post(self, path, body, **headers):
        status, _, answer = self.request("POST", "/v1/" + path, body, headers)
        return status, answer

    def open_stream(self, path, body):
        """A connection whose answer is a stream under way."""
        connection = http.client.HTTPConnection(self.address, timeout=WAIT_SECONDS)
        connection.request("POST", "/v1/" + path, json.dumps({**body, "stream": True}))
        return connection, connection.getresponse()

    def raw(self, data):
        """What comes back for these bytes until the server closes."""
        with socket.create_connection(self.endpoint, timeout=WAIT_SECONDS) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def metric(self, name, **labels):
        """The sum of the values of a metric whose lines have these labels."""
        status, _, text = self.request("GET", "/metrics")
        if status != 200:
            raise AssertionError(f"/metrics: {status}")
        found = re.findall(rf"^{name}(\{{[^}}]*\}})? (\S+)$", text.decode(), re.M)
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        return sum(float(value) for line, value in found if all(label in line for label in wanted))

    def workers(self):
        """The process ids of the models' workers."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(pid) for file in children for pid in file.read_text().split()]


def events(response):
    """The events of a stream, each as parsed JSON or the word [DONE], as they come."""
    data = b""
    for line in response:
        if line.strip():
            if not line.startswith(b"data: "):
                raise AssertionError(f"not an event: {line}")
            data = line[6:].strip()
        elif data:
            yield "[DONE]" if data == b"[DONE]" else json.loads(data)
            data = b""


def user(text):
    return {"role": "user", "content": text}


def chat(text="Count: one, two, three,", **fields):
    """The body of a chat that says the same whenever it is asked."""
    return {"model": CHAT, "messages": [user(text)], "temperature": 0, "seed": 1, "max_tokens": 12, **fields}


class ServeCase(Case):
    """Tests of one server, which the tests of the class share."""

    ARGUMENTS = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not (MODELS / "models.toml").is_file():
            raise AssertionError(f"{MODELS} has no models: run script/bootstrap models")
        cls.served = Served(*cls.ARGUMENTS)
        cls.addClassCleanup(cls.served.stop)

    def ask(self, path, body):
        """The answer, which has to be one."""
        status, answer = self.served.post(path, body)
        self.assertEqual(status, 200, answer)
        return answer

    def chat(self, *args, **fields):
        return self.ask("chat/completions", chat(*args, **fields))

    def said(self, *args, **fields):
        return self.chat(*args, **fields)["choices"][0]["message"]["content"]

    def stream(self, path, body):
        """All events of an answer's stream but the last, which has to be [DONE]."""
        connection, response = self.served.open_stream(path, body)
        self.addCleanup(connection.close)
        self.assertEqual(response.status, 200)
        self.assertEqual(response.headers["content-type"], "text/event-stream; charset=utf-8")
        all_events = list(events(response))
        self.assertEqual(all_events[-1], "[DONE]")
        return all_events[:-1]

    def refused(self, path, body, status=400, param=None, code=None):
        """The message of an error in OpenAI's form."""
        got, answer = self.served.post(path, body)
        self.assertEqual(got, status, answer)
        error = answer["error"]
        self.assertEqual(set(error), {"message", "type", "param", "code"})
        self.assertEqual(error["param"], param, error)
        if code is not None:
            self.assertEqual(error["code"], code, error)
        self.assertTrue(error["message"])
        return error["message"]
