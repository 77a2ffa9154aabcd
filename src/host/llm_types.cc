#include "host/llm_types.h"

#include "host/types.h"

namespace sluice::host {

namespace {

Type error_type() {
  const Type overflow = Type::record({member("needed", u32()), member("available", u32())});
  return Type::variant({member("unavailable", text()), member("rate-limited", u32()),
                        member("context-too-long", overflow), member("invalid", text()),
                        member("refused", text()), member("timeout")});
}

Type message_type() {
  const Type call = Type::record({member("id", text()), member("name", text()), member("arguments", text())});
  return Type::record({member("role", Type::enumeration({"system", "user", "assistant", "tool"})),
                       member("content", text()), member("tool-calls", Type::list(call)),
                       member("tool-call-id", Type::option(text()))});
}

Type options_type() {
  const Type tool =
      Type::record({member("name", text()), member("description", text()), member("parameters", text())});
  const Type choice = Type::variant({member("automatic"), member("none"), member("required")});
  const Type format = Type::variant(
      {member("text"), member("json-object"), member("json-schema", text()), member("grammar", text())});
  return Type::record({member("model", Type::option(text())), member("temperature", Type::option(f32())),
                       member("top-p", Type::option(f32())), member("max-tokens", Type::option(u32())),
                       member("seed", Type::option(u64())), member("stop", Type::list(text())),
                       member("response-format", format), member("tools", Type::list(tool)),
                       member("tool-choice", choice), member("logprobs", Type::option(u32()))});
}

Type completion_type() {
  const Type usage =
      Type::record({member("prompt-tokens", u32()), member("completion-tokens", u32()),
                    member("cached-tokens", u32()), member("cost-micros", Type::option(u64()))});
  const Type alternative = Type::record({member("token", text()), member("logprob", f32())});
  const Type logprob = Type::record(
      {member("token", text()), member("logprob", f32()), member("top", Type::list(alternative))});
  return Type::record(
      {member("message", message_type()),
       member("finish-reason", Type::enumeration({"stop", "length", "tool-calls", "content-filter"})),
       member("usage", usage), member("model", text()), member("logprobs", Type::list(logprob))});
}

}  // namespace

InterfaceType chat_type() {
  const Type error = error_type();
  const Type completion = completion_type();
  const Type info = Type::record({member("name", text()), member("context-tokens", Type::option(u32())),
                                  member("local", boolean()), member("exact-counts", boolean())});
  const Type model = Type::option(text());
  const Type messages = Type::list(message_type());
  const Type request = Type::record({member("messages", messages), member("options", options_type())});
  return {"sluice:llm/chat@0.1.0",
          {function("describe", {{"model", model}}, result_of(info, error)),
           function("count-tokens", {{"model", model}, {"texts", Type::list(text())}},
                    result_of(Type::list(u32()), error)),
           function("complete", {{"messages", messages}, {"options", options_type()}},
                    result_of(completion, error)),
           function("complete-all", {{"requests", Type::list(request)}},
                    result_of(Type::list(result_of(completion, error)), error))}};
}

InterfaceType embeddings_type() {
  const Type embedded = Type::record({member("vectors", Type::list(Type::list(f32()))),
                                      member("model", text()), member("prompt-tokens", u32())});
  return {"sluice:llm/embeddings@0.1.0",
          {function("embed", {{"model", Type::option(text())}, {"texts", Type::list(text())}},
                    result_of(embedded, error_type()))}};
}

}  // namespace sluice::host
