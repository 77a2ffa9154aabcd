"""The endpoints that write, with GitHub's checks of what is written."""

from standin import diff, reads
from standin.call import Refusal, Response, invalid, not_found

BODY_CHARACTERS_MAX = 65536
REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


def _body(call, given, resource):
    """The text of a comment: there, not blank, not too long."""
    body = given.get("body")
    if not isinstance(body, str):
        raise Refusal(422, "Invalid request.\n\nFor 'properties/body', the value is not a string.")
    if not body.strip():
        raise invalid("Validation Failed", [
            {"resource": resource, "code": "unprocessable", "field": "data", "message": "Body cannot be blank"}])
    _check_length(body, resource)
    return body


def _check_length(body, resource):
    if len(body) > BODY_CHARACTERS_MAX:
        raise invalid("Validation Failed", [
            {"resource": resource, "code": "unprocessable", "field": "data",
             "message": f"Body is too long (maximum is {BODY_CHARACTERS_MAX} characters)"}])


def _check_may_write(call, *permissions):
    call.need_permission(*permissions, level="write")
    if call.pull is not None and call.pull["locked"] and not call.may("write"):
        raise Refusal(403, "Unable to create comment because issue is locked.")


def create_comment(call):
    _check_may_write(call, "issues", "pull_requests")
    comment = call.state.add_comment(call.pull, call.login, _body(call, call.json(), "IssueComment"))
    shown = call.views.comment(call.repository, call.pull, comment)
    return Response(201, shown, {"location": shown["url"]})


def update_comment(call, id):
    call.need_permission("issues", "pull_requests", level="write")
    pull, comment = reads.find_comment(call, id)
    mine = (comment["user"] or "").lower() == call.login.lower()
    if not mine and (call.token.get("kind") == "installation" or not call.may("write")):
        raise Refusal(403, "Must have admin rights to Repository.")
    comment["edits"].append(comment["body"])
    comment["body"] = _body(call, call.json(), "IssueComment")
    comment["updated_at"] = call.state.now()
    return Response(200, call.views.comment(call.repository, pull, comment))


def _anchor_problems(files, comment):
    """What GitHub says of an inline comment's place; nothing if it is well."""
    file = next((f for f in files if f["filename"] == comment.get("path")), None)
    if file is None:
        return ["Pull request review thread path is invalid", "Pull request review thread diff hunk can't be blank"]
    lines = diff.anchors(file.get("patch") or "")
    side = comment.get("side", "RIGHT")
    hunk = lines.get((side, comment.get("line")))
    problems = []
    if hunk is None:
        problems.append("Pull request review thread line must be part of the diff")
    start = comment.get("start_line")
    if start is not None:
        if start >= comment["line"]:
            problems.append("Pull request review thread start line must precede the end line.")
        elif hunk is None or lines.get((comment.get("start_side", side), start)) != hunk:
            problems.append("Pull request review thread start line must be part of the same hunk as the line.")
    if hunk is None:
        problems.append("Pull request review thread diff hunk can't be blank")
    return problems


def _check_comment_shape(comment, place):
    """The JSON schema of an inline comment."""
    wanted = {"path": str, "body": str, "line": int}
    for name, kind in wanted.items():
        if not isinstance(comment.get(name), kind) or isinstance(comment.get(name), bool):
            raise Refusal(422, f"Invalid request.\n\nFor '{place}/{name}', {comment.get(name)!r} is not a "
                                    f"{'string' if kind is str else 'number'}.")
    for name in ("side", "start_side"):
        if comment.get(name, "RIGHT") not in ("LEFT", "RIGHT"):
            raise Refusal(422, f"Invalid request.\n\nFor '{place}/{name}', {comment[name]!r} is not LEFT or RIGHT.")
    unknown = set(comment) - {"path", "body", "line", "side", "start_line", "start_side", "commit_id"}
    if unknown:
        raise Refusal(422, f"Invalid request.\n\nFor '{place}', {sorted(unknown)} are not permitted keys.")


def _check_commit(call, commit):
    if commit is not None and commit not in call.pull["shas"] + [c["sha"] for c in call.pull["commits"]]:
        raise invalid("Validation Failed", [
            {"resource": "PullRequestReview", "code": "custom", "field": "commit_id",
             "message": "commit_id is not part of the pull request"}])


def _joined(problems):
    if len(problems) < 3:
        return " and ".join(problems)
    return ", ".join(problems[:-1]) + ", and " + problems[-1]


def _place(call, comment, review):
    """Keeps an inline comment whose anchor was checked."""
    held = {"id": call.state.new_id(), "user": call.login, "path": comment["path"], "body": comment["body"],
            "side": comment.get("side", "RIGHT"), "line": comment["line"], "original_line": comment["line"],
            "start_line": comment.get("start_line"), "start_side": comment.get("start_side"), "diff_hunk": "@@",
            "commit_id": review["commit_id"], "original_commit_id": review["commit_id"],
            "created_at": call.state.now(), "updated_at": call.state.now(), "pull_request_review_id": review["id"]}
    call.pull["review_comments"].append(held)
    return held


def create_review(call):
    """All or nothing: one comment that cannot be placed, and nothing of the review is kept."""
    _check_may_write(call, "pull_requests")
    given = call.json()
    event, comments = given.get("event"), given.get("comments") or []
    if event != "COMMENT":
        raise Refusal(422, f"Invalid request.\n\nFor 'properties/event', {event!r} is not kept by the stand-in.")
    body = given.get("body") or ""
    if not body.strip() and not comments:
        raise invalid("Unprocessable Entity", ["Could not create a review: body or comments are needed"])
    _check_length(body, "PullRequestReview")
    _check_commit(call, given.get("commit_id"))
    problems = []
    for index, comment in enumerate(comments):
        _check_comment_shape(comment, f"properties/comments/{index}")
        if not comment["body"].strip():
            problems.append("Pull request review thread body can't be blank")
        _check_length(comment["body"], "PullRequestReviewComment")
        problems += [p for p in [_joined(_anchor_problems(call.pull["files"], comment))] if p]
    if problems:
        raise invalid("Unprocessable Entity", problems)
    review = {"id": call.state.new_id(), "user": call.login, "body": body, "submitted_at": call.state.now(),
              "commit_id": given.get("commit_id") or call.pull["head"]["sha"]}
    call.pull["reviews"].append(review)
    for comment in comments:
        _place(call, comment, review)
    return Response(200, call.views.review(call.repository, call.pull, review))


def create_review_comment(call):
    _check_may_write(call, "pull_requests")
    given = call.json()
    _check_comment_shape(given, "properties")
    _body(call, given, "PullRequestReviewComment")
    if not isinstance(given.get("commit_id"), str):
        raise Refusal(422, "Invalid request.\n\n\"commit_id\" wasn't supplied.")
    _check_commit(call, given["commit_id"])
    problems = _anchor_problems(call.pull["files"], given)
    if problems:
        raise invalid("Validation Failed", [
            {"resource": "PullRequestReviewComment", "code": "custom", "field": "pull_request_review_thread.line",
             "message": "must be part of the diff"}])
    review = {"id": call.state.new_id(), "user": call.login, "body": "", "submitted_at": call.state.now(),
              "commit_id": given["commit_id"]}
    call.pull["reviews"].append(review)
    shown = call.views.review_comment(call.repository, call.pull, _place(call, given, review))
    return Response(201, shown, {"location": shown["url"]})


def reply(call, id):
    _check_may_write(call, "pull_requests")
    first = next((c for c in call.pull["review_comments"] if c["id"] == int(id)), None)
    if first is None:
        raise not_found()
    body = _body(call, call.json(), "PullRequestReviewComment")
    held = {**first, "id": call.state.new_id(), "user": call.login, "body": body, "in_reply_to_id": first["id"]}
    call.pull["review_comments"].append(held)
    return Response(201, call.views.review_comment(call.repository, call.pull, held))


def react(call, id):
    call.need_permission("issues", "pull_requests", level="write")
    _, comment = reads.find_comment(call, id)
    content = call.json().get("content")
    if content not in REACTIONS:
        raise Refusal(422, f"Invalid request.\n\nFor 'properties/content', {content!r} is not a reaction.")
    reaction = {"id": call.state.new_id(), "content": content, "user": call.login}
    comment.setdefault("reactions", []).append(reaction)
    return Response(201, {**reaction, "user": call.views.user(call.login), "created_at": call.state.now()})


def create_check_run(call):
    if call.token.get("kind") != "installation":
        raise Refusal(403, "You must authenticate via a GitHub App.")
    call.need_permission("checks", level="write")
    given = call.json()
    for name in ("name", "head_sha"):
        if not isinstance(given.get(name), str):
            raise Refusal(422, f"Invalid request.\n\n\"{name}\" wasn't supplied.")
    run = {"id": call.state.new_id(), "status": "queued", **given}
    call.repository["check_runs"].append(run)
    return Response(201, run)
