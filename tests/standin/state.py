"""What the stand-in knows: accounts, tokens, repositories and their pull requests, and how GitHub shows them as JSON.

The state is made of plain dicts, loaded from JSON like this (everything but names may be left out):

    {"users": {"octocat": {"type": "User"}},
     "tokens": {"TEXT": {"login": "sluice-bot", "kind": "classic", "scopes": ["repo"]},
                "TEXT2": {"login": "app[bot]", "kind": "installation", "permissions": {"pull_requests": "write"},
                          "repositories": ["octo/app"]}},
     "repositories": {"octo/app": {
         "private": false, "moved_to": null,
         "permissions": {"alice": "write"},
         "contents": {"main": {"README.md": "text"}},
         "compare": {"BASE...HEAD": {"files": []}},
         "pulls": {"7": {"title": "…", "body": null, "user": "octocat", "draft": false, "labels": ["bug"],
                         "base": {"ref": "main", "sha": "…"}, "head": {"ref": "topic", "sha": "…"},
                         "diff": "unified diff, or:", "files": [],
                         "commits": [{"sha": "…", "message": "…", "author": "octocat"}],
                         "comments": [{"user": "octocat", "body": "…"}]}}}}}
"""

import threading
import time

from standin import diff

LEVELS = ["none", "read", "triage", "write", "maintain", "admin"]
FILES_MAX = 3000
COMMITS_MAX = 250


class State:
    """All of it, behind one lock that callers take for each request."""

    def __init__(self, description):
        self.lock = threading.RLock()
        self.users = {}
        self.tokens = dict(description.get("tokens", {}))
        self.repositories = {}
        self._next_id = 1000
        self._started = time.time()
        for login, user in description.get("users", {}).items():
            self.user(login, user)
        for token in self.tokens.values():
            kind = "Bot" if token.get("kind") == "installation" else "User"
            self.user(token["login"], {"type": kind})
        for name, repository in description.get("repositories", {}).items():
            self._add_repository(name, repository)

    def new_id(self):
        self._next_id += 1
        return self._next_id

    def now(self):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

    def user(self, login, attributes=None):
        """The account of this name; made when it is not known yet."""
        known = self.users.get(login.lower())
        if known is None:
            kind = "Bot" if login.endswith("[bot]") else "User"
            known = {"login": login, "id": self.new_id(), "type": kind}
            self.users[login.lower()] = known
            known.update(attributes or {})
        return known

    def repository(self, owner, name):
        return self.repositories.get(f"{owner}/{name}".lower())

    def repository_by_id(self, number):
        return next((r for r in self.repositories.values() if r["id"] == number), None)

    def _add_repository(self, full_name, given):
        owner, name = full_name.split("/")
        repository = {"id": self.new_id(), "full_name": full_name, "owner": owner, "name": name, "private": False,
                      "moved_to": None, "permissions": {}, "contents": {}, "compare": {}, "check_runs": []}
        repository.update({key: value for key, value in given.items() if key != "pulls"})
        self.user(owner)
        for login in repository["permissions"]:
            self.user(login)
        repository["pulls"] = {}
        self.repositories[full_name.lower()] = repository
        for number, pull in given.get("pulls", {}).items():
            self.add_pull(repository, int(number), pull)

    def add_pull(self, repository, number, given):
        pull = {"id": self.new_id(), "number": number, "state": "open", "locked": False, "title": f"Change {number}",
                "body": None, "user": "octocat", "draft": False, "labels": [], "comments": [], "commits": [],
                "base": {"ref": "main", "sha": "b" * 40}, "head": {"ref": "topic", "sha": "a" * 40},
                "created_at": self.now(), "reviews": [], "review_comments": [], "shas": []}
        comments = given.get("comments", [])
        pull.update({key: value for key, value in given.items() if key not in ("diff", "comments")})
        repository["pulls"][number] = pull
        self.set_files(pull, given)
        if pull["user"]:
            self.user(pull["user"])
        for comment in comments:
            self.add_comment(pull, comment.get("user", "octocat"), comment["body"])
        return pull

    def set_files(self, pull, given):
        """New head and files, as after a push. Inline comments whose line is gone become outdated."""
        if "head" in given:
            pull["head"] = {**pull["head"], **given["head"]}
        if "diff" in given:
            pull["files"] = diff.files_of(given["diff"])
        elif "files" in given:
            pull["files"] = list(given["files"])
        else:
            pull.setdefault("files", [])
        pull["shas"].append(pull["head"]["sha"])
        lines = {(f["filename"], *where) for f in pull["files"] for where in diff.anchors(f.get("patch") or "")}
        for comment in pull["review_comments"]:
            if (comment["path"], comment["side"], comment["line"]) not in lines:
                comment["line"] = None

    def add_comment(self, pull, login, body):
        comment = {"id": self.new_id(), "user": login, "body": body, "created_at": self.now(),
                   "updated_at": self.now(), "edits": []}
        if login:
            self.user(login)
        pull["comments"].append(comment)
        return comment

    def level(self, repository, login):
        """What an account may do: one of LEVELS."""
        if login.lower() == repository["owner"].lower():
            return "admin"
        for name, level in repository["permissions"].items():
            if name.lower() == login.lower():
                return level
        return "none" if repository["private"] else "read"

    def at_least(self, repository, login, level):
        return LEVELS.index(self.level(repository, login)) >= LEVELS.index(level)


class Views:
    """The JSON that GitHub shows of the state, with `base` as the API's address."""

    def __init__(self, state, base):
        self.state = state
        self.base = base

    def user(self, login):
        if login is None:  # a deleted account
            return None
        user = self.state.user(login)
        return {"login": user["login"], "id": user["id"], "node_id": f"U_{user['id']}", "avatar_url": "",
                "gravatar_id": "", "url": f"{self.base}/users/{user['login']}",
                "html_url": f"https://github.com/{user['login']}", "type": user["type"], "site_admin": False}

    def repo_url(self, repository):
        return f"{self.base}/repos/{repository['full_name']}"

    def repository(self, repository):
        return {"id": repository["id"], "node_id": f"R_{repository['id']}", "name": repository["name"],
                "full_name": repository["full_name"], "private": repository["private"],
                "owner": self.user(repository["owner"]), "html_url": f"https://github.com/{repository['full_name']}",
                "url": self.repo_url(repository), "default_branch": "main", "fork": False}

    def _branch(self, repository, branch):
        return {"label": f"{repository['owner']}:{branch['ref']}", "ref": branch["ref"], "sha": branch["sha"],
                "user": self.user(repository["owner"]), "repo": self.repository(repository)}

    def pull(self, repository, pull):
        url = f"{self.repo_url(repository)}/pulls/{pull['number']}"
        files = pull["files"]
        head = self._branch(repository, pull["head"])
        if pull.get("fork_deleted"):
            head["repo"] = head["user"] = None
        return {
            "url": url, "id": pull["id"], "node_id": f"PR_{pull['id']}", "number": pull["number"],
            "html_url": f"https://github.com/{repository['full_name']}/pull/{pull['number']}",
            "issue_url": f"{self.repo_url(repository)}/issues/{pull['number']}", "state": pull["state"],
            "locked": pull["locked"], "title": pull["title"], "body": pull["body"], "user": self.user(pull["user"]),
            "labels": [{"id": 1, "name": name, "color": "ededed", "default": False, "description": None}
                       for name in pull["labels"]],
            "draft": pull["draft"], "head": head, "base": self._branch(repository, pull["base"]),
            "author_association": "CONTRIBUTOR", "merged": False, "mergeable": None, "merged_at": None,
            "created_at": pull["created_at"], "updated_at": pull["created_at"], "closed_at": None,
            "comments": len(pull["comments"]), "review_comments": len(pull["review_comments"]),
            "commits": len(self.commits_of(pull)), "additions": sum(f["additions"] for f in files),
            "deletions": sum(f["deletions"] for f in files), "changed_files": len(files)}

    def file(self, repository, pull, file):
        sha = pull["head"]["sha"]
        shown = {"sha": "f" * 40, **file}
        shown["blob_url"] = f"https://github.com/{repository['full_name']}/blob/{sha}/{file['filename']}"
        shown["contents_url"] = f"{self.repo_url(repository)}/contents/{file['filename']}?ref={sha}"
        return shown

    @staticmethod
    def commits_of(pull):
        return pull["commits"] or [{"sha": sha, "message": pull["title"], "author": pull["user"]}
                                   for sha in pull["shas"]]

    def commit(self, repository, commit):
        name = commit["author"] or "ghost"
        return {"sha": commit["sha"], "node_id": f"C_{commit['sha'][:8]}",
                "url": f"{self.repo_url(repository)}/commits/{commit['sha']}",
                "commit": {"message": commit["message"], "comment_count": 0,
                           "author": {"name": name, "email": f"{name}@users.noreply.github.com",
                                      "date": self.state.now()}},
                "author": self.user(commit["author"]), "committer": self.user(commit["author"]), "parents": []}

    def comment(self, repository, pull, comment):
        return {"url": f"{self.repo_url(repository)}/issues/comments/{comment['id']}", "id": comment["id"],
                "html_url": f"https://github.com/{repository['full_name']}/pull/{pull['number']}"
                            f"#issuecomment-{comment['id']}",
                "issue_url": f"{self.repo_url(repository)}/issues/{pull['number']}", "node_id": f"IC_{comment['id']}",
                "user": self.user(comment["user"]), "created_at": comment["created_at"],
                "updated_at": comment["updated_at"], "author_association": "NONE", "body": comment["body"],
                "performed_via_github_app": None}

    def review(self, repository, pull, review):
        return {"id": review["id"], "node_id": f"PRR_{review['id']}", "user": self.user(review["user"]),
                "body": review["body"], "state": "COMMENTED", "commit_id": review["commit_id"],
                "html_url": f"https://github.com/{repository['full_name']}/pull/{pull['number']}"
                            f"#pullrequestreview-{review['id']}",
                "pull_request_url": f"{self.repo_url(repository)}/pulls/{pull['number']}",
                "submitted_at": review["submitted_at"], "author_association": "NONE"}

    def review_comment(self, repository, pull, comment):
        shown = {key: comment[key] for key in
                 ("id", "path", "body", "side", "line", "start_line", "start_side", "original_line", "commit_id",
                  "original_commit_id", "diff_hunk", "created_at", "updated_at", "pull_request_review_id")}
        shown.update({
            "url": f"{self.repo_url(repository)}/pulls/comments/{comment['id']}",
            "node_id": f"PRRC_{comment['id']}", "user": self.user(comment["user"]), "subject_type": "line",
            "position": None if comment["line"] is None else 1, "author_association": "NONE",
            "html_url": f"https://github.com/{repository['full_name']}/pull/{pull['number']}#discussion_r{comment['id']}",
            "pull_request_url": f"{self.repo_url(repository)}/pulls/{pull['number']}"})
        if comment.get("in_reply_to_id"):
            shown["in_reply_to_id"] = comment["in_reply_to_id"]
        return shown
