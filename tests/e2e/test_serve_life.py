"""`sluice serve` under strain: clients that go away or read slowly, many at once, stops, workers that die, bad models."""

import concurrent.futures
import json
import os
import re
import shutil
import signal
import socket
import struct
import threading
import unittest

from serve_support import CHAT, EMBEDDER, MODELS, Served, ServeCase, chat, events, model_file, user
from support import WAIT_SECONDS, Case

# An answer that does not end by itself: the token that would end it never comes.
ENDLESS = {"logit_bias": {"2": -100}, "max_tokens": 4000}


class Clients(ServeCase):
    ARGUMENTS = ("--model", CHAT)

    def cancelled(self):
        return self.served.metric("sluice_model_requests_total", model=CHAT, outcome="cancelled")

    def wait_cancelled(self, count):
        self.wait_for(lambda: self.cancelled() >= count, f"{count} cancelled requests")
        self.wait_for(lambda: self.served.metric("sluice_model_queue", model=CHAT) == 0, "nothing to run")
        self.assertEqual(self.cancelled(), count)

    def test_a_client_that_goes_away_while_it_streams(self):
        before = self.cancelled()
        connection, response = self.served.open_stream("chat/completions", chat(**ENDLESS))
        stream = events(response)
        for _ in range(3):
            next(stream)
        self.assertEqual(self.served.metric("sluice_model_queue", model=CHAT, state="running"), 1)
        response.close()
        connection.close()
        self.wait_cancelled(before + 1)

    def test_a_client_that_goes_away_while_it_waits(self):
        before = self.cancelled()
        body = json.dumps(chat(n=3, **ENDLESS)).encode()
        head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: {self.served.address}\r\ncontent-length: {len(body)}\r\n\r\n"
        for reset in (False, True):
            with socket.create_connection(self.served.endpoint, timeout=WAIT_SECONDS) as connection:
                connection.sendall(head.encode() + body)
                self.wait_for(lambda: self.served.metric("sluice_model_queue", model=CHAT, state="running") == 3, "a start")
                if reset:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            before += 3
            self.wait_cancelled(before)

    def test_a_slow_reader_keeps_nobody_waiting_and_loses_nothing(self):
        fields = {"max_tokens": 200, "logit_bias": {"2": -100}, "seed": 1}  # a seed: the same beside others
        whole = self.said(**fields)
        connection, response = self.served.open_stream("chat/completions", chat(**fields))
        self.addCleanup(connection.close)
        stream = events(response)
        first = next(stream)
        self.assertEqual(self.said(), self.said())  # while the other does not read
        self.wait_for(lambda: self.served.metric("sluice_model_queue", model=CHAT) == 0, "the end of the answer")
        rest = [event for event in stream if event != "[DONE]"]
        text = "".join(event["choices"][0]["delta"].get("content", "") for event in [first, *rest])
        self.assertEqual(text, whole)

    def test_sixteen_clients_at_once(self):
        """Each gets its own: the grammar of each allows what no other may write. (That an answer is the one which the
        request has alone is the engine's to show: src/nn/local_model_test.cc.)"""

        def body(number):
            wanted = {"type": "grammar", "grammar": f'root ::= "client {number} " [a-z]{{5,9}} " {number}."'}
            return chat(f"Say {number}.", response_format=wanted, max_tokens=60, temperature=1, seed=number)

        def whole(number):
            answer = self.ask("chat/completions", body(number))
            return answer["id"], answer["choices"][0]["message"]["content"]

        def streamed(number):
            chunks = self.stream("chat/completions", body(number))
            return chunks[0]["id"], "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda n: (streamed if n % 2 else whole)(n), range(32)))
        self.assertEqual(len({name for name, _ in answers}), 32)
        for number, (_, said) in enumerate(answers):
            self.assertRegex(said, rf"^client {number} [a-z]{{5,9}} {number}\.$")

    def test_a_connection_is_used_again(self):
        with socket.create_connection(self.served.endpoint, timeout=WAIT_SECONDS) as connection:
            for stream in (False, True, False):
                body = json.dumps(chat(stream=stream)).encode()
                connection.sendall(f"POST /v1/chat/completions HTTP/1.1\r\nhost: {self.served.address}\r\n"
                                   f"content-length: {len(body)}\r\n\r\n".encode() + body)
                answer = b""
                end = b"0\r\n\r\n" if stream else b'"cached_tokens":'
                while end not in answer:
                    piece = connection.recv(65536)
                    self.assertTrue(piece, answer)
                    answer += piece
                if not stream:
                    head, _, rest = answer.partition(b"\r\n\r\n")
                    length = int(re.search(rb"content-length: (\d+)", head)[1])
                    while len(rest) < length:
                        rest += connection.recv(65536)
                self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), answer[:100])


class Limits(ServeCase):
    ARGUMENTS = ("--model", CHAT, "--parallel", "1", "--queue", "1", "--connections", "8")

    def test_a_full_queue(self):
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            connection, response = self.served.open_stream("chat/completions", chat(**ENDLESS))
            next(events(response))
            waits = pool.submit(self.served.request, "POST", "/v1/chat/completions", chat(max_tokens=1))
            self.wait_for(lambda: self.served.metric("sluice_model_queue", model=CHAT, state="waiting") == 1, "one waiting")
            status, headers, answer = self.served.request("POST", "/v1/chat/completions", chat())
            self.assertEqual((status, answer["error"]["type"], answer["error"]["code"]),
                             (429, "rate_limit_error", "rate_limit_exceeded"))
            self.assertGreaterEqual(int(headers["retry-after"]), 1)
            response.close()
            connection.close()
            self.assertEqual(waits.result(WAIT_SECONDS)[0], 200)

    def test_too_many_connections(self):
        held = [socket.create_connection(self.served.endpoint, timeout=WAIT_SECONDS) for _ in range(8)]
        self.addCleanup(lambda: [connection.close() for connection in held])
        for connection in held:  # each is served, not just in the kernel's queue
            connection.sendall(f"GET /health HTTP/1.1\r\nhost: {self.served.address}\r\n\r\n".encode())
            self.assertIn(b"200 OK", connection.recv(65536))
        status, _, answer = self.served.request("GET", "/health")
        self.assertEqual((status, answer["error"]["code"]), (503, "too_many_connections"))
        for connection in held:
            connection.close()
        self.wait_for(lambda: self.served.request("GET", "/health")[0] == 200, "room")

    def test_timeout(self):
        served = Served("--model", CHAT, "--timeout", "1")
        self.addCleanup(served.stop)
        status, answer = served.post("chat/completions", chat(**ENDLESS))
        self.assertEqual((status, answer["error"]["type"], answer["error"]["code"]), (504, "server_error", "timeout"))
        connection, response = served.open_stream("chat/completions", chat(**ENDLESS))
        self.addCleanup(connection.close)
        # On a machine that is busy, time is up before there is a first word.
        last = json.loads(response.read()) if response.status == 504 else list(events(response))[-1]
        self.assertEqual(last["error"]["code"], "timeout")


class Ends(Case):
    def serve(self, *arguments):
        served = Served("--model", CHAT, *arguments)
        self.addCleanup(served.stop)
        return served

    def test_stop_lets_streams_finish(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            served = self.serve("--grace", str(WAIT_SECONDS))
            connection, response = served.open_stream("chat/completions", chat(max_tokens=400, logit_bias={"2": -100}))
            self.addCleanup(connection.close)
            stream = events(response)
            next(stream)
            served.process.send_signal(number)
            self.wait_for(lambda: "stopping" in served.text(), "the stop")
            self.assertEqual(served.request("GET", "/health")[::2], (503, {"status": "stopping"}))
            status, answer = served.post("chat/completions", chat())
            self.assertEqual((status, answer["error"]["code"]), (503, "shutting_down"))
            rest = list(stream)
            self.assertEqual(rest[-1], "[DONE]")
            self.assertEqual(rest[-2]["choices"][0]["finish_reason"], "length")
            self.assertEqual(served.stop(), 0)
            with self.assertRaises(ConnectionRefusedError):
                socket.create_connection(served.endpoint)

    def test_stop_cuts_off_what_takes_too_long(self):
        served = self.serve("--grace", "0")
        connection, response = served.open_stream("chat/completions", chat(**ENDLESS))
        self.addCleanup(connection.close)
        next(events(response))
        workers = served.workers()
        self.assertEqual(len(workers), 1)
        self.assertEqual(served.stop(), 0)
        self.assertIn("cut off", served.text())
        self.assertFalse([pid for pid in workers if os.path.exists(f"/proc/{pid}")])

    def test_a_worker_that_is_killed(self):
        served = self.serve()
        streams = [served.open_stream("chat/completions", chat(**ENDLESS)) for _ in range(3)]
        readers = [events(response) for _, response in streams]
        for reader in readers:
            next(reader)
        waits = {}
        thread = threading.Thread(target=lambda: waits.update(zip("sa", served.post("chat/completions", chat(**ENDLESS)))))
        thread.start()
        self.wait_for(lambda: served.metric("sluice_model_queue", model=CHAT, state="running") == 4, "the fourth")
        [worker] = served.workers()
        os.kill(worker, signal.SIGKILL)
        for reader in readers:
            *_, last = reader  # no [DONE]: the stream ends with what went wrong
            self.assertEqual((last["error"]["type"], last["error"]["code"]), ("server_error", "model_unavailable"))
            self.assertIn("worker ended", last["error"]["message"])
        for connection, _ in streams:
            connection.close()
        thread.join(WAIT_SECONDS)
        self.assertEqual((waits["s"], waits["a"]["error"]["code"]), (503, "model_unavailable"))
        status, answer = served.post("chat/completions", chat())
        self.assertEqual(status, 200, answer)
        self.assertNotEqual(served.workers(), [worker])
        self.assertEqual(served.metric("sluice_model_worker_starts_total", model=CHAT), 2)
        self.assertEqual(served.metric("sluice_model_requests_total", model=CHAT, outcome="failed"), 4)

    def test_the_program_is_killed_and_leaves_no_worker(self):
        served = self.serve()
        workers = served.workers()
        self.assertEqual(len(workers), 1)
        served.stop(signal.SIGKILL)
        self.wait_for(lambda: not [pid for pid in workers if os.path.exists(f"/proc/{pid}")], "the worker's end")


class BadStart(Case):
    def refused(self, *arguments, code=3, env=None):
        done = self.sluice("serve", "--listen", "127.0.0.1:0", *arguments,
                           env={"XDG_DATA_HOME": str(self.folder / "data"), **(env or {})})
        self.assertEqual(done.returncode, code, done.out + done.err)
        self.assertNotIn("serving", done.out)
        self.assertRegex(done.err, r"^(.*\n)*sluice: ")
        return done.err

    def test_models_that_are_not_there(self):
        message = self.refused("--model", "gpt-9", code=2)
        for words in ("gpt-9", CHAT, EMBEDDER):
            self.assertIn(words, message)
        self.assertIn("/nowhere/x.gguf", self.refused("--model", "x=/nowhere/x.gguf", code=2))
        self.assertIn(str(self.folder), self.refused("--model", f"x={self.folder}", code=2))
        self.assertIn("twice", self.refused("--model", CHAT, "--model", CHAT, code=2))
        self.assertIn("Bad_Name", self.refused("--model", "Bad_Name=/x", code=2))

    def test_files_that_are_no_models(self):
        whole = model_file(CHAT).read_bytes()
        damaged = bytearray(whole[:1 << 20] + whole[1 << 20:])
        damaged[8:16] = b"\xff" * 8  # how many tensors there are
        for name, content, words in (("text", b"hello, I am no model\n" * 1000, "GGUF"), ("empty", b"", "empty"),
                                     ("head", whole[:20], ""), ("half", whole[:len(whole) // 2], ""),
                                     ("cut", whole[:-1], ""), ("damaged", bytes(damaged), "")):
            with self.subTest(name=name):
                file = self.write(f"{name}.gguf", content)
                message = self.refused("--model", f"x={file}")
                self.assertIn(str(file), message)
                self.assertIn(words, message)

    def catalogue(self, text):
        self.write("data/sluice/models.toml", text)

    def test_a_wrong_hash(self):
        shutil.copy(model_file(EMBEDDER), self.folder / "copy.gguf")
        with open(self.folder / "copy.gguf", "r+b") as file:
            file.seek(1_000_000)
            byte = file.read(1)
            file.seek(1_000_000)
            file.write(bytes([byte[0] ^ 1]))
        sha256 = re.search(r'minilm.*?sha256 = "(\w+)"', (MODELS / "models.toml").read_text(), re.S)[1]
        self.catalogue(f'[model.copy]\nbackend = "ggml"\npath = "{self.folder}/copy.gguf"\nsha256 = "{sha256}"\n')
        message = self.refused("--model", "copy")
        self.assertIn("sha256", message)
        self.assertIn(sha256, message)
        # Without a name the whole catalogue is served, this one included.
        self.assertIn("copy", self.refused())

    def test_a_broken_catalogue(self):
        self.catalogue("[model.x]\nsize = 5\n")
        message = self.refused(code=2)
        self.assertIn("models.toml", message)
        self.assertIn("size", message)

    def test_too_little_memory(self):
        message = self.refused("--model", CHAT, "--memory-mib", "50")
        self.assertRegex(message, r"\d+ MiB.*50 MiB")

    def test_a_port_that_is_taken(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            done = self.sluice("serve", "--model", CHAT, "--listen", address)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(address, done.err)
        self.assertNotIn("serving", done.out)

    def test_addresses_that_are_none(self):
        for address in ("nowhere", "127.0.0.1", "127.0.0.1:99999", "localhost:http", ""):
            done = self.sluice("serve", "--model", CHAT, "--listen", address)
            self.assertEqual(done.returncode, 2, (address, done.err))

    def test_help_and_wrong_options(self):
        done = self.sluice("serve", "--help")
        self.assertEqual(done.returncode, 0)
        for words in ("Examples:", "--api-key-env", "/v1/chat/completions", "SIGTERM"):
            self.assertIn(words, done.out)
        for arguments in (("--model",), ("--timeout", "0"), ("--body-mib", "x"), ("--frobnicate",), ("--parallel", "1000")):
            with self.subTest(arguments=arguments):
                done = self.sluice("serve", "--model", CHAT, *arguments, timeout=WAIT_SECONDS)
                self.assertEqual(done.returncode, 2, done.err)

    def test_a_signal_while_models_are_loaded(self):
        served = Served("--model", CHAT, "--model", f"again={model_file(CHAT)}", wait=False)
        self.addCleanup(served.stop)
        self.wait_for(served.workers, "a worker")
        self.assertEqual(served.stop(), 0, served.text())


class Idle(ServeCase):
    def test_two_models_do_not_wait_for_each_other(self):
        connection, response = self.served.open_stream("chat/completions", chat(messages=[user("Go on.")], **ENDLESS))
        self.addCleanup(connection.close)
        next(events(response))
        self.assertEqual(len(self.ask("embeddings", {"model": EMBEDDER, "input": "a"})["data"]), 1)


if __name__ == "__main__":
    unittest.main()
