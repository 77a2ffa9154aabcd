"""The rules that every request passes (authorization, headers, rate limits, pages, conditional requests), and the
table of endpoints. The endpoints are in `reads.py` and `writes.py`.

Facts follow GitHub's documentation of its REST API, version 2022-11-28, and answers seen from it.
"""

import hashlib
import json
import re
import time
import urllib.parse

from standin import reads, writes
from standin.call import Call, Refusal, Response, not_found, secondary_limit
from standin.state import Views

VERSIONS = ("2022-11-28",)


# (method, pattern of what follows /repos/OWNER/NAME, endpoint, what the pull request's number is called)
ENDPOINTS = [
    ("GET", r"", reads.repository),
    ("GET", r"/pulls/(?P<number>\d+)", reads.pull),
    ("GET", r"/pulls/(?P<number>\d+)/files", reads.files),
    ("GET", r"/pulls/(?P<number>\d+)/commits", reads.commits),
    ("GET", r"/pulls/(?P<number>\d+)/comments", reads.review_comments),
    ("GET", r"/pulls/(?P<number>\d+)/reviews", reads.reviews),
    ("GET", r"/issues/(?P<number>\d+)/comments", reads.comments),
    ("GET", r"/issues/comments/(?P<id>\d+)", reads.comment),
    ("GET", r"/collaborators/(?P<login>[^/]+)/permission", reads.permission),
    ("GET", r"/compare/(?P<basehead>[^/]+)", reads.compare),
    ("GET", r"/contents/(?P<path>.+)", reads.contents),
    ("POST", r"/issues/(?P<number>\d+)/comments", writes.create_comment),
    ("PATCH", r"/issues/comments/(?P<id>\d+)", writes.update_comment),
    ("POST", r"/pulls/(?P<number>\d+)/reviews", writes.create_review),
    ("POST", r"/pulls/(?P<number>\d+)/comments", writes.create_review_comment),
    ("POST", r"/pulls/(?P<number>\d+)/comments/(?P<id>\d+)/replies", writes.reply),
    ("POST", r"/issues/comments/(?P<id>\d+)/reactions", writes.react),
    ("POST", r"/check-runs", writes.create_check_run),
]


class Rest:
    def __init__(self, state):
        self.state = state
        self.limit = 5000
        self.used = 0
        self.reset = int(time.time()) + 3600
        self.writes_a_minute = 80
        self.writes = []  # when content was made

    def handle(self, request):
        """The answer to one request. Called with the state's lock held."""
        try:
            response = self._checked(request)
        except Refusal as refusal:
            response = refusal.response
        if response.status != 304 and response.headers.pop("x-not-counted", None) is None:
            self.used += 1
        return self._with_common_headers(request, response)

    def _checked(self, request):
        headers = request.headers
        if not headers.get("user-agent", "").strip():
            return Response(403, b"Request forbidden by administrative rules. Please make sure your request has a "
                                 b"User-Agent header.\n", {"content-type": "text/plain; charset=utf-8"})
        token = self._token(headers.get("authorization"))
        self._check_media(headers)
        if self.used >= self.limit:
            user = self.state.user(token["login"])
            raise Refusal(403, f"API rate limit exceeded for user ID {user['id']}.", {"x-not-counted": "1"})
        if request.method in ("POST", "PATCH", "PUT"):
            self._count_write()
        call = Call(self.state, Views(self.state, request.base), request, token)
        response = self._route(call)
        return self._conditional(request, response)

    def _token(self, authorization):
        if not authorization:
            raise Refusal(401, "Requires authentication")
        kind, _, text = authorization.partition(" ")
        token = self.state.tokens.get(text.strip())
        if kind.lower() not in ("bearer", "token") or token is None or token.get("revoked"):
            raise Refusal(401, "Bad credentials")
        return token

    @staticmethod
    def _check_media(headers):
        version = headers.get("x-github-api-version")
        if version is not None and version not in VERSIONS:
            raise Refusal(400, f"{version} is not a supported version.", errors=list(VERSIONS))
        accept = headers.get("accept", "*/*")
        known = re.compile(r"\*/\*|application/(\*|json|vnd\.github(\.v3)?(\.[a-z-]+)?(\+json)?)")
        if not any(known.fullmatch(part.split(";")[0].strip()) for part in accept.split(",")):
            raise Refusal(415, f"Unsupported 'Accept' header: '{accept}'. Must accept 'application/json'.")

    def _count_write(self):
        now = time.monotonic()
        self.writes = [when for when in self.writes if now - when < 60]
        if len(self.writes) >= self.writes_a_minute:
            raise secondary_limit(60)
        self.writes.append(now)

    def _route(self, call):
        segments = call.request.path.split("/")
        if call.request.path == "/user" and call.request.method == "GET":
            return reads.user(call)
        if len(segments) >= 4 and segments[1] == "repos":
            owner, name = (urllib.parse.unquote(part) for part in segments[2:4])
            call.repository = self.state.repository(owner, name)
            rest = segments[4:]
        elif len(segments) >= 3 and segments[1] == "repositories" and segments[2].isdigit():
            call.repository = self.state.repository_by_id(int(segments[2]))
            rest = segments[3:]
        else:
            raise not_found()
        self._check_repository(call, "".join("/" + part for part in rest))
        return self._endpoint(call, "".join("/" + part for part in rest))

    @staticmethod
    def _check_repository(call, rest):
        repository = call.repository
        visible = call.token.get("repositories")
        if repository is None or (visible is not None and repository["full_name"] not in visible):
            raise not_found()
        if repository["private"] and not call.may("read"):
            raise not_found()
        if repository["moved_to"]:
            url = f"{call.request.base}/repositories/{repository['id']}{rest}"
            read = call.request.method == "GET"
            raise Refusal(301 if read else 307, "Moved Permanently" if read else "Temporary Redirect",
                          {"location": url}, url=url)

    @staticmethod
    def _endpoint(call, rest):
        for method, pattern, endpoint in ENDPOINTS:
            match = re.fullmatch(pattern, rest)
            if match is None or method != call.request.method:
                continue
            given = {key: urllib.parse.unquote(value) for key, value in match.groupdict().items()}
            if "number" in given:
                call.pull = call.repository["pulls"].get(int(given.pop("number")))
                if call.pull is None:
                    raise not_found()
            return endpoint(call, **given)
        raise not_found()

    @staticmethod
    def _conditional(request, response):
        if request.method != "GET" or response.status != 200:
            return response
        body = response.body if isinstance(response.body, bytes) else json.dumps(response.body).encode()
        etag = f'W/"{hashlib.sha256(body).hexdigest()}"'
        response.headers["etag"] = etag
        response.headers["cache-control"] = "private, max-age=60, s-maxage=60"
        asked = [part.strip() for part in request.headers.get("if-none-match", "").split(",")]
        if etag in asked or etag.removeprefix("W/") in asked:
            return Response(304, b"", response.headers)
        return response

    def _with_common_headers(self, request, response):
        headers = {"server": "github.com", "x-github-media-type": "github.v3; format=json",
                   "x-github-api-version-selected": request.headers.get("x-github-api-version", VERSIONS[0]),
                   "x-ratelimit-limit": str(self.limit), "x-ratelimit-used": str(self.used),
                   "x-ratelimit-remaining": str(max(0, self.limit - self.used)),
                   "x-ratelimit-reset": str(self.reset), "x-ratelimit-resource": "core",
                   "vary": "Accept, Authorization, Cookie, X-GitHub-OTP"}
        headers.setdefault("content-type", "application/json; charset=utf-8")
        headers.update(response.headers)
        response.headers = headers
        return response
