"""A server of HTTP on a loopback address, as stand-ins are: begun, ended, and run as a program."""

import http.server
import threading


class LoopbackServer:
    """`with …:` serves on a free port until the block ends. A stand-in makes its own state first."""

    def __init__(self, handler, port=0):
        self._stopping = threading.Event()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    __enter__ = start

    def __exit__(self, *unused):
        self.stop()

    def wait(self, seconds):
        """Sleeps, but not beyond the server's end."""
        self._stopping.wait(seconds)

    def run(self):
        """Of a program: says the address, and lasts until it is interrupted."""
        print(self.url, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            pass
