"""`sluice serve`: what it refuses, and that it says which field is to blame. What it answers: test_serve.py."""

import gzip
import json
import re
import socket
import unittest

from serve_support import CHAT, EMBEDDER, Served, ServeCase, chat, user
from support import WAIT_SECONDS, Case

TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
FORMAT = {"type": "json_schema", "json_schema": {"name": "x"}}


def schema_format(schema):
    return {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}


class Chat(ServeCase):
    def chat_refused(self, param, /, code=None, **fields):
        return self.refused("chat/completions", chat(**fields), param=param, code=code)

    def test_fields_of_the_service_that_are_not_honoured(self):
        for field, value in {
                "store": True, "metadata": {"a": "b"}, "service_tier": "flex", "modalities": ["text", "audio"],
                "audio": {"voice": "x", "format": "wav"}, "prediction": {"type": "content", "content": "x"},
                "reasoning_effort": "low", "verbosity": "low", "web_search_options": {}, "moderation": {"model": "x"},
                "prompt_cache_retention": "24h", "prompt_cache_options": {"mode": "implicit"}, "functions": [],
                "function_call": "auto"}.items():
            with self.subTest(field=field):
                self.assertIn("not supported", self.chat_refused(field, **{field: value}))

    def test_fields_that_nobody_knows(self):
        self.assertIn("wisdom", self.chat_refused("wisdom", "unknown_parameter", wisdom=9))
        self.chat_refused("messages[0].mood", "unknown_parameter", messages=[{**user("Hi"), "mood": "good"}])
        self.chat_refused("stream_options.fast", "unknown_parameter", stream=True, stream_options={"fast": True})

    def test_values_that_change_nothing_are_fine(self):
        self.assertEqual(self.said(store=False, metadata=None, service_tier="auto", modalities=["text"], user="me",
                                   safety_identifier="me", prompt_cache_key="k", parallel_tool_calls=True, tools=None),
                         self.said())

    def test_wrong_values(self):
        for field, value in [("temperature", 3), ("temperature", "hot"), ("top_p", -1), ("n", 0), ("n", 1000), ("n", 1.5),
                             ("max_tokens", 0), ("max_tokens", -5), ("max_tokens", 1e30), ("max_completion_tokens", "many"),
                             ("seed", "x"), ("seed", 2**70), ("stop", 5), ("stop", ["a", 5]), ("stop", ""),
                             ("stop", ["a"] * 65), ("logprobs", 3), ("top_logprobs", 2), ("logit_bias", {"cat": 5}),
                             ("logit_bias", {"5": 500}), ("logit_bias", {"99999999": 5}), ("logit_bias", []),
                             ("stream", "yes"), ("stream_options", {"include_usage": True}), ("messages", []),
                             ("messages", "Hi"), ("messages", [5]), ("tools", {}), ("tools", [5]), ("tool_choice", "auto"),
                             ("user", 5), ("frequency_penalty", 9), ("presence_penalty", -9),
                             ("response_format", "json"), ("parallel_tool_calls", 1)]:
            with self.subTest(field=field, value=value):
                self.assertIn(field, self.chat_refused(field, **{field: value}))

    def test_fields_that_are_not_there(self):
        for field in ("messages", "model"):
            body = chat()
            del body[field]
            self.refused("chat/completions", body, param=field, code="missing_required_parameter")

    def test_wrong_values_inside(self):
        inside = [
            ("messages[1].role", {"messages": [user("Hi"), {"role": "king", "content": "x"}]}),
            ("messages[0].role", {"messages": [{"content": "x"}]}),
            ("messages[0].content", {"messages": [{"role": "user"}]}),
            ("messages[0].content", {"messages": [{"role": "user", "content": 5}]}),
            ("messages[0].content", {"messages": [{"role": "user", "content": None}]}),
            ("messages[0].content[0].type", {"messages": [{"role": "user", "content": [
                {"type": "image_url", "image_url": {"url": "data:"}}]}]}),
            ("messages[0].name", {"messages": [{**user("Hi"), "name": "Bob"}]}),
            ("messages[0].tool_call_id", {"messages": [{"role": "tool", "content": "x"}]}),
            ("messages[0].tool_calls[0].function", {"messages": [{"role": "assistant", "tool_calls": [{"id": "1"}]}]}),
            ("messages[0].tool_calls[0].type", {"messages": [{"role": "assistant", "tool_calls": [
                {"id": "1", "type": "custom", "function": {"name": "f"}}]}]}),
            ("messages[0].audio", {"messages": [{"role": "assistant", "content": "x", "audio": {"id": "1"}}]}),
            ("tools[0].type", {"tools": [{**TOOL, "type": "custom"}]}),
            ("tools[0].function", {"tools": [{"type": "function"}]}),
            ("tools[0].function.name", {"tools": [{"type": "function", "function": {}}]}),
            ("tools[0].function.parameters", {"tools": [{"type": "function", "function": {"name": "f", "parameters": 5}}]}),
            ("tool_choice", {"tools": [TOOL], "tool_choice": "maybe"}),
            ("tool_choice", {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "g"}}}),
            ("response_format.type", {"response_format": {"type": "poem"}}),
            ("response_format.type", {"response_format": {}}),
            ("response_format.json_schema", {"response_format": {"type": "json_schema"}}),
            ("response_format.json_schema.schema", {"response_format": FORMAT}),
            ("response_format.grammar", {"response_format": {"type": "grammar"}}),
            ("max_completion_tokens", {"max_tokens": 5, "max_completion_tokens": 6}),
        ]
        for param, fields in inside:
            with self.subTest(param=param, fields=fields):
                self.chat_refused(param, **fields)

    def test_schemas(self):
        for schema, words in (({"type": "strange"}, "strange"), ({"type": "string", "pattern": "^(((a*)*)*$"}, "JSON schema"),
                              ({"$ref": "#/$defs/none"}, "none"),
                              ({"type": "array", "items": {"type": "integer"}, "minItems": 10**9}, "minItems"),
                              ({"type": "object", "properties": {f"p{i}": {"type": "null"} for i in range(501)}}, "500")):
            with self.subTest(schema=str(schema)[:60]):
                self.assertIn(words, self.chat_refused("response_format", response_format=schema_format(schema)))
        self.assertTrue(self.said(max_tokens=3))

    def test_schemas_of_tools(self):
        tools = [{"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": {"a": a}}}}
                 for name, a in (("fine", {"type": "string"}), ("odd", {"type": "strange"}))]
        message = self.chat_refused("tools", tools=tools)
        self.assertIn("tool `odd`: #/properties/a", message)
        self.assertNotIn("arguments-", message)

    def test_names_of_tools(self):
        for name in ("", "a b", "line\nbreak", 'quo"te', "a" * 65):
            with self.subTest(name=name):
                self.chat_refused("tools[0].function.name", tools=[{"type": "function", "function": {"name": name}}])
        self.assertIn("another tool", self.chat_refused("tools[1].function.name", tools=[TOOL, TOOL]))

    def test_a_field_that_is_there_twice(self):
        body = json.dumps(chat())[:-1] + ', "max_tokens": 3}'
        self.assertIn("twice", self.refused("chat/completions", body, param="max_tokens"))

    def test_grammars(self):
        for grammar, words in (("root ::= (", "line 1"), ("start ::= \"a\"", "root"), ("root ::= root", ""),
                               ('root ::= "a"{1000000}', ""),
                               ('root ::= "' + "x" * (1 << 20) + '"', "")):
            with self.subTest(grammar=grammar[:40]):
                message = self.chat_refused("response_format", response_format={"type": "grammar", "grammar": grammar})
                self.assertIn(words, message)
                self.assertLess(len(message), 2000)
        self.chat_refused("response_format.grammar", response_format={"type": "grammar", "grammar": ""})
        self.assertTrue(self.said(max_tokens=3))

    def test_a_grammar_that_can_be_read_in_very_many_ways(self):
        wild = {"type": "grammar", "grammar": 'root ::= a\na ::= a a | "b" | "b" a | a "b"\n'}
        status, answer = self.served.post("chat/completions", chat(response_format=wild, max_tokens=200))
        if status == 200:
            self.assertEqual(set(answer["choices"][0]["message"]["content"]), {"b"})
        else:
            self.assertEqual((status, answer["error"]["param"]), (400, "response_format"), answer)
        self.assertTrue(self.said(max_tokens=3))

    def test_a_form_and_tools_together(self):
        self.assertIn("together", self.chat_refused("response_format", tools=[TOOL], response_format=schema_format({"type": "object"})))

    def test_models(self):
        message = self.refused("chat/completions", chat(model="gpt-9"), 404, "model", "model_not_found")
        self.assertIn("gpt-9", message)
        self.assertIn(CHAT, message)
        for path in ("completions", "embeddings"):
            self.refused(path, {"model": "gpt-9", "prompt" if path == "completions" else "input": "x"}, 404, "model")
        self.assertEqual(self.served.request("GET", "/v1/models/gpt-9")[0], 404)
        self.chat_refused("model", model=EMBEDDER)
        self.chat_refused("model", model=5)
        self.refused("embeddings", {"model": CHAT, "input": "x"}, param="model")


class Others(ServeCase):
    def test_completions(self):
        def refused(param, **fields):
            return self.refused("completions", {"model": CHAT, "prompt": "Hi", "max_tokens": 2, **fields}, param=param)

        for field, value in {"suffix": "end", "best_of": 3, "prompt": [1, 2, 3], "logprobs": 30, "echo": 1, "n": 129,
                             "messages": [], "response_format": {}, "temperature": -1, "store": True}.items():
            with self.subTest(field=field):
                refused(field, **{field: value})
        refused("prompt", prompt=[[1, 2], [3]])
        refused("prompt", prompt=[])
        refused("prompt", prompt=["a"] * 100, n=2)
        refused("logprobs", logprobs=1, echo=True)
        self.refused("completions", {"model": CHAT}, param="prompt", code="missing_required_parameter")

    def test_embeddings(self):
        def refused(param, **fields):
            return self.refused("embeddings", {"model": EMBEDDER, "input": "Hi", **fields}, param=param)

        for field, value in {"encoding_format": "hex", "dimensions": 0, "input": [1, 2, 3], "stream": True, "user": 5}.items():
            with self.subTest(field=field):
                refused(field, **{field: value})
        refused("input", input=[])
        refused("input", input="")
        refused("input", input=["a", ""])
        refused("input", input=["a"] * 2049)
        self.refused("embeddings", {"model": EMBEDDER}, param="input", code="missing_required_parameter")
        message = self.refused("embeddings", {"model": EMBEDDER, "input": "word " * 2000}, param="input",
                               code="context_length_exceeded")
        self.assertRegex(message, r"\b2002\b.*\b512\b")


class Http(ServeCase):
    ARGUMENTS = ("--model", CHAT, "--body-mib", "1", "--context-tokens", "128")

    def test_not_json(self):
        for body, words in ((b"", "empty"), (b"{", "byte"), (b"model=x", "byte 1 of 7"), (b"[]", "not a JSON object"),
                            (b'"x"', "not a JSON object"), (b"\xff\xfe", "byte"), (b'{"model": "\xff"}', "byte"),
                            (b'{"model": "\\ud800"}', "byte"), (b'{"n": 1e999}', "number"), (b"[" * 100_000, "nested"),
                            (b'{"a":' * 100_000, "nested"),
                            (json.dumps({"logit_bias": {str(i): 1 for i in range(20_000)}}).encode(), "members")):
            with self.subTest(body=body[:20]):
                for path in ("chat/completions", "completions", "embeddings"):
                    self.assertIn(words, self.refused(path, body))

    def test_body_too_large(self):
        message = self.refused("chat/completions", chat("x" * (1 << 20)), 413, code="body_too_large")
        self.assertIn("larger", message)
        self.assertTrue(self.said(max_tokens=3))

    def test_context_too_long(self):
        for path, body, param in (("chat/completions", chat("word " * 200), "messages"),
                                  ("completions", {"model": CHAT, "prompt": "word " * 200}, "prompt")):
            for stream in (False, True):
                message = self.refused(path, {**body, "stream": stream}, param=param, code="context_length_exceeded")
                needed, available = map(int, re.findall(r"\d+", message.replace(CHAT, ""))[:2])
                self.assertGreater(needed, 200, message)
                self.assertEqual(available, 128, message)

    def test_an_answer_ends_at_the_context(self):
        body = chat("Tell me a long story.")
        del body["max_tokens"]
        answer = self.ask("chat/completions", {**body, "logit_bias": {"2": -100}})  # the token that ends an answer
        self.assertEqual(answer["choices"][0]["finish_reason"], "length")
        self.assertEqual(answer["usage"]["total_tokens"], 128)

    def test_methods_and_paths(self):
        for method, path, allowed in (("GET", "/v1/chat/completions", "POST"), ("PUT", "/v1/completions", "POST"),
                                      ("DELETE", "/v1/embeddings", "POST"), ("POST", "/v1/models", "GET, HEAD"),
                                      ("POST", "/health", "GET, HEAD"), ("DELETE", f"/v1/models/{CHAT}", "GET, HEAD")):
            with self.subTest(method=method, path=path):
                status, headers, answer = self.served.request(method, path, {} if method != "GET" else None)
                self.assertEqual((status, headers["allow"]), (405, allowed))
                self.assertEqual(answer["error"]["code"], "method_not_allowed")
                self.assertIn(method, answer["error"]["message"])
        for path in ("/", "/v1", "/v1/responses", "/v1/chat/completions/", "/v1/models/", "/v1/../v1/models"):
            with self.subTest(path=path):
                status, _, answer = self.served.request("GET", path)
                self.assertEqual((status, answer["error"]["type"]), (404, "invalid_request_error"))

    def test_bodies_that_are_packed(self):
        status, _, answer = self.served.request("POST", "/v1/chat/completions", gzip.compress(json.dumps(chat()).encode()),
                                                {"content-encoding": "gzip"})
        self.assertEqual((status, answer["error"]["code"]), (415, "unsupported_encoding"))

    def test_bodies_in_chunks(self):
        body = json.dumps(chat(max_tokens=2)).encode()
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (body[:10], body[10:]))
        with socket.create_connection(self.served.endpoint, timeout=WAIT_SECONDS) as connection:
            connection.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n"
                               b"transfer-encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), answer)

    def test_not_http(self):
        for data, status in ((b"hello\r\n\r\n", 400), (b"GET /health HTTP/1.1\r\n\r\n", 400),
                             (b"GET /health HTTP/1.1\r\nhost: localhost\r\nx: " + b"y" * 100_000 + b"\r\n\r\n", 431)):
            with self.subTest(data=data[:20]):
                head, _, body = self.served.raw(data).partition(b"\r\n\r\n")
                self.assertTrue(head.startswith(b"HTTP/1.1 %d " % status), head)
                error = json.loads(body)["error"]
                self.assertEqual(set(error), {"message", "type", "param", "code"})

    def test_web_pages(self):
        host = self.served.address
        for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"host": "evil.example"},
                        {"host": f"evil.example:{self.served.endpoint[1]}", "origin": f"http://evil.example:{self.served.endpoint[1]}"}):
            with self.subTest(headers=headers):
                status, _, answer = self.served.request("POST", "/v1/chat/completions", chat(), headers)
                self.assertEqual(status, 403, answer)
                self.assertIn(answer["error"]["code"], ("origin_refused", "host_refused"))
        self.assertEqual(self.served.request("GET", "/v1/models", headers={"origin": f"http://{host}"})[0], 200)


class Keys(Case):
    KEY = "sk-serve-MARKER+/0123=key"

    def served(self, *arguments, **settings):
        served = Served("--model", CHAT, *arguments, **settings)
        self.addCleanup(served.stop)
        return served

    def check(self, served):
        for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": self.KEY}, {"authorization": "Bearer "},
                        {"authorization": f"Bearer {self.KEY} "[:-2]}, {"authorization": f"Basic {self.KEY}"},
                        {"api-key": self.KEY}):
            with self.subTest(headers=headers):
                for method, path in (("POST", "/v1/chat/completions"), ("GET", "/v1/models"), ("GET", "/metrics"),
                                     ("GET", "/nowhere")):
                    status, _, answer = served.request(method, path, chat() if method == "POST" else None, headers)
                    # The same words whatever was sent.
                    self.assertEqual((status, answer), (401, {"error": {
                        "message": "The API key is missing or wrong: send it as `Authorization: Bearer KEY`.",
                        "type": "authentication_error", "param": None, "code": "invalid_api_key"}}))
        right = {"authorization": f"Bearer {self.KEY}"}
        self.assertEqual(served.request("POST", "/v1/chat/completions", chat(), right)[0], 200)
        self.assertEqual(served.request("GET", "/health")[0], 200)
        self.assertNotIn(self.KEY, served.text())

    def test_key_in_the_environment(self):
        self.check(self.served("--api-key-env", "SERVE_KEY", env={"SERVE_KEY": self.KEY}))

    def test_key_in_a_file_and_every_address(self):
        served = self.served("--api-key-file", self.write("key", self.KEY + "\n"), listen="0.0.0.0:0")
        served.address = served.address.replace("0.0.0.0", "127.0.0.1")
        self.check(served)

    def start_refused(self, *arguments, env=None):
        done = self.sluice("serve", "--model", CHAT, *arguments, env=env)
        self.assertEqual(done.returncode, 2, done.err)
        self.assertEqual(done.out, "")
        return done.err

    def test_no_key_and_not_on_loopback(self):
        for address in ("0.0.0.0:0", "[::]:0", "192.0.2.1:0"):
            message = self.start_refused("--listen", address)
            for words in ("without an API key", "--api-key-env", "127.0.0.1"):
                self.assertIn(words, message)

    def test_keys_that_are_none(self):
        self.assertIn("SERVE_KEY is not set", self.start_refused("--api-key-env", "SERVE_KEY"))
        for key in ("", "two words", "line\nbreak", "ü"):
            self.assertIn("API key", self.start_refused("--api-key-env", "SERVE_KEY", env={"SERVE_KEY": key}))
        for key in ("k", "k" * 15):
            self.assertIn("16 characters", self.start_refused("--api-key-env", "SERVE_KEY", env={"SERVE_KEY": key}))
        self.assertIn("key", self.start_refused("--api-key-file", self.folder / "none"))
        self.assertIn("empty", self.start_refused("--api-key-file", self.write("key", "\n")))
        self.start_refused("--api-key-file", "a", "--api-key-env", "b")

    def test_settings_that_no_manifest_may_have(self):
        for option, value in (("--context-tokens", "1"), ("--context-tokens", "63"), ("--context-tokens", "99999999"),
                              ("--gpu-layers", "-5"), ("--gpu-layers", "100001"), ("--memory-mib", "15"),
                              ("--memory-mib", "99999999999"), ("--memory-mib", "x")):
            with self.subTest(option=option, value=value):
                self.assertIn(option, self.start_refused(option, value))

    def test_a_folder_is_told_from_a_file_that_is_missing(self):
        self.assertIn("it is a folder", self.start_refused("--model", f"x={self.folder}"))
        self.assertIn("there is no file", self.start_refused("--model", f"x={self.folder}/none"))


if __name__ == "__main__":
    unittest.main()
