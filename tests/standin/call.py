"""One request to the API: what came, who asks, and how an answer or a refusal looks."""

import json
from dataclasses import dataclass, field

from standin.state import Views

DOCS = "https://docs.github.com/rest"


@dataclass
class Request:
    method: str
    path: str  # as sent, percent-encoded
    query: dict
    headers: dict  # names in lower case
    body: bytes
    base: str  # the API's address, as the client wrote it


@dataclass
class Response:
    status: int
    body: object = None  # JSON, or bytes as they are
    headers: dict = field(default_factory=dict)


class Refusal(Exception):
    """An answer other than success."""

    def __init__(self, status, message, headers=None, **more):
        super().__init__(message)
        self.response = Response(status, {"message": message, **more, "documentation_url": more.get(
            "documentation_url", DOCS), "status": str(status)}, dict(headers or {}))


def not_found():
    return Refusal(404, "Not Found")


def invalid(message, errors):
    return Refusal(422, message, errors=errors)

def secondary_limit(seconds, status=403):
    headers = {"retry-after": str(seconds)} if seconds is not None else {}
    return Refusal(status, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
                   headers, documentation_url=DOCS + "/overview/rate-limits-for-the-rest-api")


@dataclass
class Call:
    """One authorized request, as endpoints see it."""

    state: object
    views: Views
    request: Request
    token: dict
    repository: dict = None
    pull: dict = None

    @property
    def login(self):
        return self.token["login"]

    def need_permission(self, *names, level="read"):
        """The token's own rights: fine-grained ones by name, those of a classic token by scope."""
        if self.token.get("kind", "classic") == "classic":
            scopes = self.token.get("scopes", ["repo"])
            private = self.repository["private"]
            if (private or level == "write") and "repo" not in scopes and (private or "public_repo" not in scopes):
                raise not_found()
            return
        granted = self.token.get("permissions", {})
        order = ["none", "read", "write", "admin"]
        if not any(order.index(granted.get(name, "none")) >= order.index(level) for name in names):
            kind = "integration" if self.token["kind"] == "installation" else "personal access token"
            raise Refusal(403, f"Resource not accessible by {kind}",
                          {"x-accepted-github-permissions": "; ".join(f"{name}={level}" for name in names)})

    def may(self, level):
        """What the account behind the token may do in the repository. An installation has what it was granted."""
        if self.token.get("kind") == "installation":
            return True
        return self.state.at_least(self.repository, self.login, level)

    def json(self):
        """The request's body, which must be a JSON object."""
        try:
            body = json.loads(self.request.body.decode("utf-8"))
        except ValueError:
            raise Refusal(400, "Problems parsing JSON") from None
        if not isinstance(body, dict):
            raise Refusal(422, "Invalid request.\n\nFor 'links/0/schema', the body is not an object.")
        return body
