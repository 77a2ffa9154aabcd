#include "host/pulls_type.h"

#include "host/types.h"

namespace sluice::host {

namespace {

Type pull_request_type() {
  return Type::record({member("number", u32()), member("title", text()), member("body", text()),
                       member("author", text()), member("draft", boolean()),
                       member("labels", Type::list(text())), member("base-sha", text()),
                       member("head-sha", text()), member("base-ref", text()), member("head-ref", text()),
                       member("url", text())});
}

Type file_type() {
  return Type::record({member("path", text()), member("previous-path", Type::option(text())),
                       member("status", Type::enumeration({"added", "modified", "removed", "renamed",
                                                           "copied", "changed", "unchanged"})),
                       member("additions", u32()), member("deletions", u32()),
                       member("patch", Type::option(text()))});
}

Type comment_type() {
  return Type::record(
      {member("id", u64()), member("author", text()), member("body", text()), member("mine", boolean())});
}

Type review_comment_type() {
  return Type::record({member("path", text()), member("side", Type::enumeration({"left", "right"})),
                       member("line", u32()), member("start-line", Type::option(u32())),
                       member("body", text())});
}

Type error_type() {
  return Type::variant({member("not-found"), member("forbidden", text()), member("rate-limited", u32()),
                        member("invalid", text()), member("unavailable", text())});
}

// Every function begins with owner, repo and number.
FunctionType about_a_pull(std::string name, std::vector<Parameter> more, const Type* ok) {
  std::vector<Parameter> parameters{{"owner", text()}, {"repo", text()}, {"number", u32()}};
  for (Parameter& one : more) parameters.push_back(std::move(one));
  const Type error = error_type();
  return function(std::move(name), std::move(parameters), Type::result(ok, &error));
}

}  // namespace

InterfaceType pulls_type() {
  const Type pull = pull_request_type();
  const Type files = Type::list(file_type());
  const Type commits =
      Type::list(Type::record({member("sha", text()), member("message", text()), member("author", text())}));
  const Type comments = Type::list(comment_type());
  const Type content = text();
  const Type id = u64();
  const Type permission = Type::enumeration({"none", "read", "triage", "write", "maintain", "admin"});
  return {"sluice:github/pulls@0.1.0",
          {about_a_pull("get", {}, &pull), about_a_pull("files", {}, &files),
           about_a_pull("commits", {}, &commits),
           about_a_pull("compare", {{"base", text()}, {"head", text()}}, &files),
           about_a_pull("content", {{"path", text()}, {"ref", text()}}, &content),
           about_a_pull("comments", {}, &comments), about_a_pull("create-comment", {{"body", text()}}, &id),
           about_a_pull("update-comment", {{"id", u64()}, {"body", text()}}, nullptr),
           about_a_pull("review-comments", {}, &comments),
           about_a_pull(
               "create-review",
               {{"commit", text()}, {"body", text()}, {"comments", Type::list(review_comment_type())}}, &id),
           about_a_pull("permission-of", {{"login", text()}}, &permission)}};
}

}  // namespace sluice::host
