#include "host/local_pulls.h"

#include <utility>

#include "host/pulls_type.h"

namespace sluice::host {

namespace {

Value pull_request(const LocalChange& change) {
  std::vector<Field> fields;
  fields.push_back({"number", Value::unsigned_int(1)});
  fields.push_back({"title", Value::string(change.title)});
  fields.push_back({"body", Value::string(change.body)});
  fields.push_back({"author", Value::string(change.author)});
  fields.push_back({"draft", Value::boolean(false)});
  fields.push_back({"labels", Value::list({})});
  fields.push_back({"base-sha", Value::string(change.base)});
  fields.push_back({"head-sha", Value::string(change.head)});
  fields.push_back({"base-ref", Value::string(change.base)});
  fields.push_back({"head-ref", Value::string(change.head)});
  fields.push_back({"url", Value::string({})});
  return Value::record(std::move(fields));
}

Value file(const ChangedFile& changed) {
  std::vector<Field> fields;
  fields.push_back({"path", Value::string(changed.path)});
  fields.push_back({"previous-path", changed.previous_path.empty()
                                         ? Value::none()
                                         : Value::some(Value::string(changed.previous_path))});
  fields.push_back({"status", Value::of_case(static_cast<std::uint32_t>(changed.status))});
  fields.push_back({"additions", Value::unsigned_int(changed.additions)});
  fields.push_back({"deletions", Value::unsigned_int(changed.deletions)});
  fields.push_back({"patch", changed.patch ? Value::some(Value::string(*changed.patch)) : Value::none()});
  return Value::record(std::move(fields));
}

Value files(const LocalChange& change) {
  std::vector<Value> list;
  list.reserve(change.files.size());
  for (const ChangedFile& changed : change.files) list.push_back(file(changed));
  return Value::list(std::move(list));
}

}  // namespace

// FileStatus has the order of `file-status`.
static_assert(static_cast<int>(FileStatus::added) == 0 && static_cast<int>(FileStatus::changed) == 5);

LocalPulls::LocalPulls(LocalChange change)
    : Capability("local change", pulls_type()), change_(std::move(change)) {}

Task<Result<std::optional<Value>>> LocalPulls::call(gate::Frame& /*caller*/,
                                                    const gate::BoundValues& /*bound*/, std::size_t index,
                                                    std::vector<Value> /*arguments*/) {
  const std::string& name = type().functions[index].name;
  if (name == "get") co_return std::optional<Value>(Value::ok(pull_request(change_)));
  if (name == "files") co_return std::optional<Value>(Value::ok(files(change_)));
  if (name == "commits" || name == "comments" || name == "review-comments") {
    co_return std::optional<Value>(Value::ok(Value::list({})));
  }
  co_return fail(ErrorCode::refused, "call " + name,
                 "this is a review of a local change: there is the change alone, and nothing can be posted");
}

}  // namespace sluice::host
