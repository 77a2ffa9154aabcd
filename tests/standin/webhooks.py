"""Webhooks as GitHub sends them: real payloads (tests/data/webhooks), fitted to a pull request, signed and posted."""

import copy
import hashlib
import hmac
import http.client
import json
import pathlib
import urllib.parse
import uuid

PAYLOADS = pathlib.Path(__file__).resolve().parent.parent / "data" / "webhooks"


def load(name):
    """A payload as it lies in tests/data/webhooks, e.g. `pull_request.opened`."""
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def _rename(value, old, new):
    """Every text with `old` (owner/name) in it, so that all the payload's addresses speak of one repository."""
    if isinstance(value, str):
        return value.replace(old, new)
    if isinstance(value, list):
        return [_rename(item, old, new) for item in value]
    if isinstance(value, dict):
        return {key: _rename(item, old, new) for key, item in value.items()}
    return value


def fitted(name, views, repository, pull=None, **changes):
    """The payload for this repository and pull request.

    `changes`: `sender` (a login), `comment` (its text), `on_issue` (a comment on an issue, not on a pull request),
    `before` (the head before a push).
    """
    payload = copy.deepcopy(load(name))
    if "repository" not in payload:
        return payload
    payload = _rename(payload, payload["repository"]["full_name"], repository["full_name"])
    shown = views.repository(repository)
    payload["repository"].update({key: shown[key] for key in ("name", "full_name", "private", "id")})
    payload["repository"]["owner"]["login"] = repository["owner"]
    if "sender" in changes:
        payload["sender"].update(views.user(changes["sender"]))
    if "pull_request" in payload and pull is not None:
        _fit_pull(payload, views, repository, pull, changes)
    if "issue" in payload and pull is not None:
        _fit_issue(payload, views, repository, pull, changes)
    return payload


def _fit_pull(payload, views, repository, pull, changes):
    shown = views.pull(repository, pull)
    payload["number"] = pull["number"]
    own = payload["pull_request"]
    state = own["state"]
    for key in ("number", "url", "html_url", "issue_url", "title", "body", "labels", "draft", "user", "additions",
                "deletions", "changed_files", "commits"):
        own[key] = shown[key]
    own["state"] = state if state == "closed" else shown["state"]
    for end in ("head", "base"):
        own[end].update({"ref": shown[end]["ref"], "sha": shown[end]["sha"]})
    if payload.get("action") == "synchronize":
        payload["after"] = shown["head"]["sha"]
        payload["before"] = changes.get("before", pull["shas"][-2] if len(pull["shas"]) > 1 else "0" * 40)


def _fit_issue(payload, views, repository, pull, changes):
    shown = views.pull(repository, pull)
    issue = payload["issue"]
    for key in ("number", "title", "body", "user", "state"):
        issue[key] = shown[key]
    issue["url"] = shown["issue_url"]
    if not changes.get("on_issue"):
        issue["pull_request"] = {"url": shown["url"], "html_url": shown["html_url"],
                                 "diff_url": shown["html_url"] + ".diff", "patch_url": shown["html_url"] + ".patch",
                                 "merged_at": None}
    if "comment" in changes:
        payload["comment"]["body"] = changes["comment"]
    if "sender" in changes:
        payload["comment"]["user"] = views.user(changes["sender"])
        if payload["comment"]["user"]["type"] != "Bot":
            payload["comment"]["performed_via_github_app"] = None


def signature(secret, body):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def send(url, event, payload, secret, delivery=None, headers=None, timeout=120):
    """Posts one delivery; `payload` is JSON or bytes as they are. Gives status, body and the delivery's id.

    `secret` None: not signed. `headers` replace those of GitHub; a value None leaves one out.
    """
    body = payload if isinstance(payload, bytes) else json.dumps(payload, ensure_ascii=False).encode()
    delivery = delivery or str(uuid.uuid4())
    sent = {"Content-Type": "application/json", "User-Agent": "GitHub-Hookshot/044aadd", "Accept": "*/*",
            "X-GitHub-Event": event, "X-GitHub-Delivery": delivery, "X-GitHub-Hook-ID": "292430182",
            "X-GitHub-Hook-Installation-Target-Type": "repository"}
    if secret is not None:
        sent["X-Hub-Signature"] = "sha1=" + hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
        sent["X-Hub-Signature-256"] = signature(secret, body)
    sent.update(headers or {})
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    try:
        connection.request("POST", parts.path, body, {k: v for k, v in sent.items() if v is not None})
        answer = connection.getresponse()
        return {"status": answer.status, "body": answer.read().decode("utf-8", "replace"), "delivery": delivery}
    finally:
        connection.close()
