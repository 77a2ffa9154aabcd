// The process that computes a model: reads requests from a socket and writes answers to it.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/value.h"
#include "base/write_all.h"
#include "nn/engine.h"
#include "nn/frames.h"
#include "nn/loaded_model.h"
#include "nn/lock_in.h"
#include "nn/model_file.h"
#include "nn/models.h"
#include "nn/plugin.h"
#include "nn/protocol.h"

namespace sluice::nn {

namespace {

// Nothing that a worker has outlives its parent's interest: it ends at once, without waiting for a
// computation.
[[noreturn]] void end_now(int code) {
  std::_Exit(code);
}

// The socket. Any thread may send.
class Channel {
 public:
  explicit Channel(int fd) : fd_(fd) {}

  void send(const FromWorker& message) {
    auto frame = encode(message);
    if (!frame) frame = encode(FromWorker(FailedMessage{id_of(message), unsendable()}));
    if (!frame) return;
    const std::lock_guard lock(mutex_);
    if (write_all(fd_, *frame) != 0) end_now(0);
  }

  // The next message; ends the process where there is none.
  ToWorker receive() {
    while (true) {
      if (auto frame = reader_.next()) {
        auto message = decode_to_worker(frame->kind, frame->payload);
        if (!message) end_now(1);
        return std::move(*message);
      }
      std::array<char, 64U << 10U> buffer;
      const ssize_t got = read(fd_, buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0 || reader_.broken()) end_now(0);
      reader_.feed({buffer.data(), static_cast<std::size_t>(got)});
    }
  }

 private:
  static Error unsendable() {
    return {ErrorCode::limit, "answer a request", "the answer is too large to be sent", {}};
  }
  static RequestId id_of(const FromWorker& message) {
    return std::visit(
        [](const auto& alternative) -> RequestId {
          if constexpr (requires { alternative.id; }) return alternative.id;
          return 0;
        },
        message);
  }

  int fd_;
  std::mutex mutex_;
  FrameReader reader_;
};

// A plug-in's log function has no place for its owner.
Channel* log_channel = nullptr;

void log_line(int level, const char* line, std::size_t size) {
  if (level < 1) return;
  // Libraries warn of much that is as it should be; what matters to a request is its error.
  const auto named = level >= 3 ? LogLevel::warn : LogLevel::debug;
  log_channel->send(LogMessage{named, to_utf8({line, size}, nullptr)});
}

// Whether the file has the hash that is wanted.
Status check_hash(const OpenedFile& file, const OpenMessage& message) {
  if (message.sha256.empty()) return {};
  if (auto whole = check_is_whole(file.what(), message.path); !whole) return whole;
  if (message.checked == file.stamp()) return {};
  const auto found = file.hash({});
  if (!found) return std::unexpected(found.error());
  return compare_hashes(file.what(), *found, message.sha256);
}

Result<LoadedModel> load(const OpenMessage& message, const std::filesystem::path& plugin, FileStamp& stamp) {
  if (message.version != protocol_version) {
    return fail(ErrorCode::unavailable, "load the model " + message.name,
                "the program was replaced by another version while it ran", "start it again");
  }
  const std::string what = fmt::format("load the model {} from {}", message.name, message.shown_path());
  const auto file = OpenedFile::open(what, message.path);
  if (!file) return std::unexpected(file.error());
  stamp = file->stamp();
  if (auto good = check_hash(*file, message); !good) return std::unexpected(std::move(good.error()));
  std::vector<int> readable{file->descriptor()};
  std::optional<OpenedFile> projector;
  LoadedModel::Opened opened;
  if (!message.projector.empty()) {
    auto found = OpenedFile::open(
        fmt::format("load the projector of the model {} from {}", message.name, message.shown_projector()),
        message.projector);
    if (!found) return std::unexpected(found.error());
    projector = std::move(*found);
    readable.push_back(projector->descriptor());
    opened.projector = projector->name_of_opened();
    opened.projector_bytes = projector->stamp().size;
  }
  auto llm = load_plugin(plugin, log_line);
  if (!llm) return std::unexpected(std::move(llm.error()));
  if (message.locked_in) {
    if (auto locked = lock_in(Files::nameless, readable); !locked)
      return std::unexpected(std::move(locked.error()));
  }
  // A model without a hash is opened by its name: it may have other parts beside it.
  const bool is_by_name = message.sha256.empty() && !message.locked_in;
  opened.model = is_by_name ? message.path : file->name_of_opened();
  auto model = LoadedModel::open(**llm, message, opened);
  if (!model || is_by_name) return model;
  const auto now = file->current_stamp();
  if (!now) return std::unexpected(now.error());
  if (*now != stamp) {
    return fail(ErrorCode::corrupt, what, "the file was written to or replaced while it was loaded",
                "try again when nothing changes it any more");
  }
  return model;
}

}  // namespace

int run_worker(int fd, const std::filesystem::path& plugin) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::signal(SIGPIPE, SIG_IGN);
  Channel channel(fd);
  log_channel = &channel;
  const ToWorker first = channel.receive();
  const auto* const open = std::get_if<OpenMessage>(&first);
  if (open == nullptr) end_now(1);
  limit_memory(open->memory_mib);
  FileStamp stamp;
  const auto model = load(*open, plugin, stamp);
  const auto failed = [&](const Error& error) {
    channel.send(LoadFailedMessage{error});
    end_now(1);
  };
  if (!model) failed(model.error());
  const auto engine = Engine::start(*model, [&channel](const FromWorker& message) { channel.send(message); });
  if (!engine) failed(engine.error());
  // Images are foreign bytes, too, that a library unpacks.
  if (!open->projector.empty() && !open->locked_in) {
    if (auto locked = lock_in(Files::none); !locked) failed(locked.error());
  }
  channel.send(LoadedMessage{protocol_version, model->info(), stamp});
  while (true) {
    std::visit(
        [&](auto&& message) {
          if constexpr (std::is_same_v<std::remove_cvref_t<decltype(message)>, OpenMessage>) {
            end_now(1);
          } else {
            (*engine)->submit(std::forward<decltype(message)>(message));
          }
        },
        channel.receive());
  }
}

}  // namespace sluice::nn
