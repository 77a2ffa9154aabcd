#include "nn/file_work.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include "base/text.h"
#include "base/value.h"
#include "nn/file_work_lines.h"
#include "nn/plugin.h"
#include "nn/worker_process.h"

namespace sluice::nn {

namespace {

using nlohmann::json;

constexpr std::size_t line_bytes_max = 1U << 20U;
constexpr std::size_t last_words_bytes_max = 2048;

// A process that does one job.
class FileProcess {
 public:
  FileProcess(std::string what, WorkerProcess process)
      : what_(std::move(what)), process_(std::move(process)) {}
  FileProcess(const FileProcess&) = delete;
  FileProcess& operator=(const FileProcess&) = delete;
  ~FileProcess() {
    if (process_.pid > 0) static_cast<void>(end_worker(process_.pid));
  }

  // False: it has ended already, which reading tells.
  bool send(std::string_view line) {
    return ::send(process_.socket.get(), line.data(), line.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(line.size());
  }

  // The next line; its own error; or why there is none.
  Result<json> next() {
    while (true) {
      if (const std::size_t end = unread_.find('\n'); end != std::string::npos) {
        json line = json::parse(unread_.substr(0, end), nullptr, false);
        unread_.erase(0, end + 1);
        if (line.is_object() && line.contains("error")) return std::unexpected(error_of(line["error"]));
        if (line.is_object()) return line;
        return std::unexpected(ended("it wrote what is no message"));
      }
      if (unread_.size() > line_bytes_max) return std::unexpected(ended("it wrote what is no message"));
      if (!read_more()) return std::unexpected(ended({}));
    }
  }

 private:
  bool read_more() {
    std::array<pollfd, 2> ready{pollfd{process_.socket.get(), POLLIN, 0},
                                pollfd{process_.errors.get(), POLLIN, 0}};
    if (process_.errors.get() < 0) ready[1].fd = -1;
    if (poll(ready.data(), ready.size(), -1) < 0) return errno == EINTR;
    std::array<char, 4096> buffer;
    if (ready[1].revents != 0) {
      const ssize_t got = ::read(process_.errors.get(), buffer.data(), buffer.size());
      if (got > 0) take_words({buffer.data(), static_cast<std::size_t>(got)});
      if (got == 0) process_.errors.reset();
    }
    if (ready[0].revents == 0) return true;
    const ssize_t got = ::read(process_.socket.get(), buffer.data(), buffer.size());
    if (got > 0) unread_.append(buffer.data(), static_cast<std::size_t>(got));
    return got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
  }

  void take_words(std::string_view bytes) {
    words_ += bytes;
    if (words_.size() > last_words_bytes_max) words_.erase(0, words_.size() - last_words_bytes_max);
  }

  Error ended(std::string_view because) {
    const std::string ending = end_worker(std::exchange(process_.pid, -1));
    std::array<char, 4096> buffer;
    while (process_.errors) {
      const ssize_t got = ::read(process_.errors.get(), buffer.data(), buffer.size());
      if (got <= 0) break;
      take_words({buffer.data(), static_cast<std::size_t>(got)});
    }
    std::string why = fmt::format("the process that works on the file ended: {}",
                                  because.empty() ? std::string_view(ending) : because);
    if (const std::string_view words = trim(words_); !words.empty()) {
      why += fmt::format("; its last words: {}", to_utf8(words, nullptr));
    }
    return {ErrorCode::unavailable, what_, std::move(why),
            "see that the file is whole and comes from a good place"};
  }

  std::string what_;
  WorkerProcess process_;
  std::string unread_;
  std::string words_;
};

// The last line of a job.
Result<json> do_job(const ModelsSettings& settings, const std::string& backend, std::string what,
                    const json& job, const QuantizeProgress& progress) {
  auto process = start_worker(settings.program, plugin_path(settings.backends, backend), WorkerKind::file);
  if (!process) return std::unexpected(std::move(process.error()));
  FileProcess running(std::move(what), std::move(*process));
  static_cast<void>(running.send(line_of(job)));
  while (true) {
    auto line = running.next();
    if (!line || !line->contains("written")) return line;
    const json& written = (*line)["written"];
    if (progress && written.is_number_unsigned()) progress(written.get<std::uint64_t>());
  }
}

}  // namespace

std::string ModelFacts::word(const std::string& name) const {
  const auto found = words.find(name);
  return found == words.end() ? std::string() : found->second;
}

Result<ModelFacts> inspect_model(const ModelsSettings& settings, const std::string& backend,
                                 const std::filesystem::path& path) {
  auto last =
      do_job(settings, backend, "look at the model " + path.string(), {{"inspect", hex_of_path(path)}}, {});
  if (!last) return std::unexpected(std::move(last.error()));
  return facts_of((*last)["facts"]);
}

Status quantize_model(const ModelsSettings& settings, const std::string& backend, const Quantization& job,
                      const QuantizeProgress& progress) {
  const auto last = do_job(settings, backend, fmt::format("quantize {}", job.source.string()),
                           {{"quantize", hex_of_path(job.source)},
                            {"to", hex_of_path(job.target)},
                            {"type", to_utf8(job.type, nullptr)},
                            {"threads", job.threads}},
                           progress);
  if (!last) return std::unexpected(last.error());
  return {};
}

}  // namespace sluice::nn
