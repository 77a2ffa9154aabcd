"""The endpoints that only read. Each gets the call and the parts of its path, and gives a `call.Response`."""

import base64
import urllib.parse

from standin.call import Refusal, Response, not_found
from standin.state import COMMITS_MAX, FILES_MAX


def _paged(call, items, shown, most=None):
    """One page, with the `Link` header as GitHub writes it: by the repository's number, whatever was asked."""
    query = call.request.query
    size = _number(query.get("per_page"), 30)
    size = min(size, 100) or 30
    page = _number(query.get("page"), 1) or 1
    items = items[:most]
    last = max(1, (len(items) + size - 1) // size)
    response = Response(200, [shown(item) for item in items[(page - 1) * size:page * size]])
    links = []

    def link(number, relation):
        parts = call.request.path.split("/")
        tail = parts[4:] if parts[1] == "repos" else parts[3:]
        path = "/".join(["", "repositories", str(call.repository["id"]), *tail])
        asked = urllib.parse.urlencode({**query, "page": number})
        links.append(f'<{call.request.base}{path}?{asked}>; rel="{relation}"')

    if page > 1:
        link(page - 1, "prev")
    if page < last:
        link(page + 1, "next")
        link(last, "last")
    if page > 1:
        link(1, "first")
    if links:
        response.headers["link"] = ", ".join(links)
    return response


def _number(text, otherwise):
    return int(text) if text is not None and text.isdigit() else otherwise


def user(call):
    if call.token.get("kind") == "installation":
        raise Refusal(403, "Resource not accessible by integration")
    return Response(200, call.views.user(call.login))


def repository(call):
    return Response(200, call.views.repository(call.repository))


def pull(call):
    call.need_permission("pull_requests")
    return Response(200, call.views.pull(call.repository, call.pull))


def files(call):
    call.need_permission("pull_requests")
    return _paged(call, call.pull["files"], lambda file: call.views.file(call.repository, call.pull, file), FILES_MAX)


def commits(call):
    call.need_permission("pull_requests")
    return _paged(call, call.views.commits_of(call.pull), lambda commit: call.views.commit(call.repository, commit),
                  COMMITS_MAX)


def review_comments(call):
    call.need_permission("pull_requests")
    return _paged(call, call.pull["review_comments"],
                  lambda comment: call.views.review_comment(call.repository, call.pull, comment))


def reviews(call):
    call.need_permission("pull_requests")
    return _paged(call, call.pull["reviews"], lambda review: call.views.review(call.repository, call.pull, review))


def comments(call):
    call.need_permission("issues", "pull_requests")
    return _paged(call, call.pull["comments"],
                  lambda comment: call.views.comment(call.repository, call.pull, comment))


def find_comment(call, number):
    for candidate in call.repository["pulls"].values():
        for comment_ in candidate["comments"]:
            if comment_["id"] == int(number):
                return candidate, comment_
    raise not_found()


def comment(call, id):
    call.need_permission("issues", "pull_requests")
    return Response(200, call.views.comment(call.repository, *find_comment(call, id)))


def permission(call, login):
    call.need_permission("metadata") if call.token.get("kind") == "fine-grained" else None
    if not call.may("write"):
        raise Refusal(403, "Must have push access to view collaborator permission.")
    if login.lower() not in call.state.users:
        raise not_found()
    role = call.state.level(call.repository, login)
    older = {"maintain": "write", "triage": "read"}.get(role, role)
    return Response(200, {"permission": older, "role_name": role, "user": {
        **call.views.user(login), "permissions": {}, "role_name": role}})


def compare(call, basehead):
    call.need_permission("contents")
    if basehead.count("...") != 1:
        raise not_found()
    known = call.repository["compare"].get(basehead)
    if known is None:
        base, head = basehead.split("...")
        for candidate in call.repository["pulls"].values():
            ends = (candidate["base"]["sha"], candidate["head"]["sha"])
            if (base, head) == ends or (base, head) == (candidate["base"]["ref"], candidate["head"]["ref"]):
                known = {"files": candidate["files"], "pull": candidate}
    if known is None:
        raise not_found()
    pull_ = known.get("pull", {"head": {"sha": basehead.split("...")[1]}})
    changed = known["files"][:300]  # GitHub shows 300 files, all on the first page
    page = _number(call.request.query.get("page"), 1)
    return Response(200, {
        "url": f"{call.views.repo_url(call.repository)}/compare/{basehead}", "status": "ahead", "ahead_by": 1,
        "behind_by": 0, "total_commits": 1, "commits": [],
        "files": [call.views.file(call.repository, pull_, file) for file in changed] if page == 1 else []})


def contents(call, path):
    call.need_permission("contents")
    trees = call.repository["contents"]
    tree = trees.get(call.request.query.get("ref", "main"))
    if tree is None:
        raise Refusal(404, f"No commit found for the ref {call.request.query.get('ref')}")
    path = path.strip("/")
    if path not in tree:
        inside = sorted({name[len(path) + 1:].split("/")[0] for name in tree if name.startswith(path + "/")})
        if not inside:
            raise not_found()
        return Response(200, [{"type": "file", "name": name, "path": f"{path}/{name}"} for name in inside])
    held = tree[path]
    data = base64.b64decode(held["base64"]) if isinstance(held, dict) and "base64" in held else None
    if data is None:
        data = held.encode() if isinstance(held, str) else b""
    shown = {"type": "file", "name": path.rsplit("/", 1)[-1], "path": path, "sha": "c" * 40, "size": len(data),
             "encoding": "base64", "content": base64.encodebytes(data).decode(),
             "url": f"{call.views.repo_url(call.repository)}/contents/{path}"}
    if isinstance(held, dict) and "size" in held:  # between 1 and 100 MB GitHub leaves the content out
        shown.update({"size": held["size"], "encoding": "none", "content": ""})
    if isinstance(held, dict) and "submodule" in held:
        shown = {"type": "submodule", "name": shown["name"], "path": path, "size": 0,
                 "submodule_git_url": held["submodule"]}
    return Response(200, shown)
