// What a worker and the process that started it say to each other, each message a frame of its own kind.
//
//   → open            first; answered by loaded or load_failed
//   → chat, generate, embed, count, count_prompt
//                     each with a number of its own; ended by done, embedded, counted or failed
//   → cancel          the number's request ends soon, with `failed` unless it has ended
//   ← progress, delta between a request and its end
//   ← log             a line of the library
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "nn/chat.h"
#include "nn/file_stamp.h"

namespace sluice::nn {

inline constexpr std::uint32_t protocol_version = 4;

using RequestId = std::uint64_t;

struct OpenMessage {
  std::uint32_t version = protocol_version;
  std::string name;
  std::string path;
  std::string path_name;             // for people; empty: the path
  std::string sha256;                // empty: not checked
  std::optional<FileStamp> checked;  // the file with this stamp has this hash
  std::string projector;             // the file that turns images into what the model reads; empty: none
  std::string projector_name;        // for people; empty: the file
  std::uint32_t context_tokens = 0;
  std::uint32_t parallel = 0;
  std::uint32_t threads = 0;
  std::int32_t gpu_layers = -1;
  bool gpu_needed = false;
  std::uint32_t queue_max = 0;
  std::uint64_t memory_mib = 0;
  bool locked_in = false;

  [[nodiscard]] const std::string& shown_path() const { return path_name.empty() ? path : path_name; }
  [[nodiscard]] const std::string& shown_projector() const {
    return projector_name.empty() ? projector : projector_name;
  }
};

struct LoadedMessage {
  std::uint32_t version = protocol_version;
  ModelInfo info;
  std::optional<FileStamp> checked;
};

struct LoadFailedMessage {
  Error error;
};

// Parts of all requests.
struct RequestHead {
  RequestId id = 0;
  std::string owner;
  bool streamed = false;  // deltas are wanted
};

struct ChatMessage {
  RequestHead head;
  ChatRequest request;
};

struct GenerateMessage {
  RequestHead head;
  TextRequest request;
};

struct EmbedMessage {
  RequestHead head;
  std::vector<std::string> texts;
};

struct CountMessage {
  RequestHead head;
  std::vector<std::string> texts;
};

struct CountPromptMessage {
  RequestHead head;
  TextRequest request;
};

struct CancelMessage {
  RequestId id = 0;
};

enum class Stage : std::uint8_t {
  running,   // it has its place among those computed together
  answering  // the first token was drawn
};

struct ProgressMessage {
  RequestId id = 0;
  Stage stage = Stage::running;
};

struct DeltaMessage {
  RequestId id = 0;
  Delta delta;
};

struct DoneMessage {
  RequestId id = 0;
  Completion completion;
};

struct EmbeddedMessage {
  RequestId id = 0;
  Embedded embedded;
};

struct CountedMessage {
  RequestId id = 0;
  std::vector<std::uint32_t> counts;
};

struct FailedMessage {
  RequestId id = 0;
  Error error;
};

struct LogMessage {
  LogLevel level = LogLevel::info;
  std::string line;
};

using ToWorker = std::variant<OpenMessage, ChatMessage, GenerateMessage, EmbedMessage, CountMessage,
                              CountPromptMessage, CancelMessage>;
using FromWorker = std::variant<LoadedMessage, LoadFailedMessage, ProgressMessage, DeltaMessage, DoneMessage,
                                EmbeddedMessage, CountedMessage, FailedMessage, LogMessage>;

// A frame. Nothing: a text is not UTF-8, or it is all too large.
[[nodiscard]] std::optional<std::string> encode(const ToWorker& message);
[[nodiscard]] std::optional<std::string> encode(const FromWorker& message);

// From a frame's kind and payload. Nothing: it is no such message.
[[nodiscard]] std::optional<ToWorker> decode_to_worker(std::uint8_t kind, std::string_view payload);
[[nodiscard]] std::optional<FromWorker> decode_from_worker(std::uint8_t kind, std::string_view payload);

}  // namespace sluice::nn
