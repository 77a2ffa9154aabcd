#include "nn/protocol.h"

#include <array>

#include "nn/frames.h"
#include "nn/wire.h"

namespace sluice::nn {

void fields(auto& a, Of<FileStamp> auto& v) {
  a(v.device, v.inode, v.size, v.modified_ns, v.changed_ns);
}
void fields(auto& a, Of<ToolCall> auto& v) {
  a(v.id, v.name, v.arguments);
}
void fields(auto& a, Of<Message> auto& v) {
  a(choice(v.role, Role::tool), v.content, v.tool_calls, v.tool_call_id);
}
void fields(auto& a, Of<Tool> auto& v) {
  a(v.name, v.description, v.parameters);
}
void fields(auto& a, Of<ResponseFormat> auto& v) {
  a(choice(v.kind, ResponseFormat::Kind::grammar), v.text);
}
void fields(auto& a, Of<Sampling> auto& v) {
  a(v.temperature, v.top_p, v.top_k, v.min_p, v.presence_penalty, v.frequency_penalty, v.repeat_penalty,
    v.seed, v.logit_bias);
}
void fields(auto& a, Of<GenerateOptions> auto& v) {
  a(v.sampling, v.tokens_max, v.stop, v.logprobs, v.ignore_end);
}
void fields(auto& a, Of<ChatRequest> auto& v) {
  a(v.messages, v.tools, choice(v.tool_choice, ToolChoice::required), v.parallel_tool_calls, v.format,
    v.options);
}
void fields(auto& a, Of<Image> auto& v) {
  a(v.at, raw(v.file));
}
void fields(auto& a, Of<TextRequest> auto& v) {
  a(v.prompt, v.special_tokens, v.images, v.format, v.options);
}
void fields(auto& a, Of<Usage> auto& v) {
  a(v.prompt_tokens, v.completion_tokens, v.cached_tokens);
}
void fields(auto& a, Of<Alternative> auto& v) {
  a(raw(v.token), v.logprob);
}
void fields(auto& a, Of<TokenLogprob> auto& v) {
  a(raw(v.token), v.logprob, v.top);
}
void fields(auto& a, Of<Completion> auto& v) {
  a(v.message, choice(v.finish, FinishReason::tool_calls), v.usage, v.model, v.logprobs);
}
void fields(auto& a, Of<Delta> auto& v) {
  a(v.content, v.pieces, v.tool_calls, v.logprobs);
}
void fields(auto& a, Of<Embedded> auto& v) {
  a(v.vectors, v.model, v.prompt_tokens);
}
void fields(auto& a, Of<ModelInfo> auto& v) {
  a(v.name, v.description, v.architecture, v.context_tokens, v.context_trained, v.embedding, v.parameters,
    v.file_bytes, v.is_embedding, v.has_chat_template, v.devices, v.library_build, v.library_commit);
}

void fields(auto& a, Of<OpenMessage> auto& v) {
  a(v.version, v.name, raw(v.path), raw(v.path_name), v.sha256, v.checked, raw(v.projector),
    raw(v.projector_name), v.context_tokens, v.parallel, v.threads, v.gpu_layers, v.gpu_needed, v.queue_max,
    v.memory_mib, v.locked_in);
}
void fields(auto& a, Of<LoadedMessage> auto& v) {
  a(v.version, v.info, v.checked);
}
void fields(auto& a, Of<LoadFailedMessage> auto& v) {
  a(v.error);
}
void fields(auto& a, Of<RequestHead> auto& v) {
  a(v.id, v.owner, v.streamed);
}
void fields(auto& a, Of<ChatMessage> auto& v) {
  a(v.head, v.request);
}
void fields(auto& a, Of<GenerateMessage> auto& v) {
  a(v.head, v.request);
}
void fields(auto& a, Of<EmbedMessage> auto& v) {
  a(v.head, v.texts);
}
void fields(auto& a, Of<CountMessage> auto& v) {
  a(v.head, v.texts);
}
void fields(auto& a, Of<CountPromptMessage> auto& v) {
  a(v.head, v.request);
}
void fields(auto& a, Of<CancelMessage> auto& v) {
  a(v.id);
}
void fields(auto& a, Of<ProgressMessage> auto& v) {
  a(v.id, choice(v.stage, Stage::answering));
}
void fields(auto& a, Of<DeltaMessage> auto& v) {
  a(v.id, v.delta);
}
void fields(auto& a, Of<DoneMessage> auto& v) {
  a(v.id, v.completion);
}
void fields(auto& a, Of<EmbeddedMessage> auto& v) {
  a(v.id, v.embedded);
}
void fields(auto& a, Of<CountedMessage> auto& v) {
  a(v.id, v.counts);
}
void fields(auto& a, Of<FailedMessage> auto& v) {
  a(v.id, v.error);
}
void fields(auto& a, Of<LogMessage> auto& v) {
  a(choice(v.level, LogLevel::error), v.line);
}

namespace {

// A frame's kind is the message's place in its variant.
template <class Variant>
std::optional<std::string> encode_any(const Variant& message) {
  WireWriter writer;
  std::visit([&](const auto& alternative) { writer(alternative); }, message);
  const bool good = writer.good();
  const std::string payload = writer.take();
  if (!good || payload.size() > frame_payload_bytes_max) return std::nullopt;
  std::string frame;
  frame.reserve(frame_header_bytes + payload.size());
  append_frame(frame, static_cast<std::uint8_t>(message.index()), payload);
  return frame;
}

template <class Variant, std::size_t Index>
std::optional<Variant> decode_as(std::string_view payload) {
  Variant message(std::in_place_index<Index>);
  WireReader reader(payload);
  reader(std::get<Index>(message));
  if (!reader.finished()) return std::nullopt;
  return message;
}

template <class Variant, std::size_t... Indices>
std::optional<Variant> decode_any(std::uint8_t kind, std::string_view payload,
                                  std::index_sequence<Indices...>) {
  using Decode = std::optional<Variant> (*)(std::string_view);
  static constexpr std::array<Decode, sizeof...(Indices)> decoders{&decode_as<Variant, Indices>...};
  if (kind >= decoders.size()) return std::nullopt;
  return decoders[kind](payload);
}

template <class Variant>
std::optional<Variant> decode_any(std::uint8_t kind, std::string_view payload) {
  return decode_any<Variant>(kind, payload, std::make_index_sequence<std::variant_size_v<Variant>>());
}

}  // namespace

std::optional<std::string> encode(const ToWorker& message) {
  return encode_any(message);
}
std::optional<std::string> encode(const FromWorker& message) {
  return encode_any(message);
}

std::optional<ToWorker> decode_to_worker(std::uint8_t kind, std::string_view payload) {
  return decode_any<ToWorker>(kind, payload);
}

std::optional<FromWorker> decode_from_worker(std::uint8_t kind, std::string_view payload) {
  return decode_any<FromWorker>(kind, payload);
}

}  // namespace sluice::nn
