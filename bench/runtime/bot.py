"""A bot that reviews pull requests, as one writes it in Python: waits for webhooks, reads the change from GitHub, asks a
model, comments. It sends itself a ping first, and then says how it went."""

import hashlib
import hmac
import http.server
import json
import os
import threading

import github
import httpx
import openai

SECRET = os.environ.get("GITHUB_WEBHOOK_SECRET", "benchmark-secret")


def review(event):
    client = github.Github(auth=github.Auth.Token(os.environ["GITHUB_TOKEN"]))
    pull = client.get_repo(event["repository"]["full_name"]).get_pull(event["number"])
    diff = httpx.get(pull.diff_url, follow_redirects=True).text
    answer = openai.OpenAI().chat.completions.create(
        model="small", messages=[{"role": "user", "content": f"Review this change:\n{diff}"}])
    pull.create_issue_comment(answer.choices[0].message.content)


class Hooks(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        expected = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        trusted = hmac.compare_digest(expected, self.headers.get("X-Hub-Signature-256", ""))
        self.send_response(202 if trusted else 401)
        self.end_headers()
        if trusted and self.headers["X-GitHub-Event"] == "pull_request":
            threading.Thread(target=review, args=(json.loads(body),)).start()

    def log_message(self, *arguments):
        pass


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hooks)
    threading.Thread(target=server.serve_forever).start()
    body = b'{"zen": "Half measures are as bad as nothing at all."}'
    signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    answer = httpx.post(f"http://127.0.0.1:{server.server_port}/", content=body, trust_env=False,
                        headers={"X-GitHub-Event": "ping", "X-Hub-Signature-256": signature})
    print(f"ready: {answer.status_code}", flush=True)


if __name__ == "__main__":
    main()
