// The process that looks at one model's file or makes another of it.
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>
#include <utility>

#include "base/value.h"
#include "base/write_all.h"
#include "nn/file_work.h"
#include "nn/file_work_lines.h"
#include "nn/model_file.h"
#include "nn/new_file.h"
#include "nn/plugin.h"

namespace sluice::nn {

namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds progress_every{200};
constexpr std::size_t job_bytes_max = 64U << 10U;

void write_line(int fd, const json& value) {
  if (write_all(fd, line_of(value)) != 0) _exit(0);  // nobody waits any more
}

json read_job(int fd) {
  std::string text;
  std::array<char, 4096> buffer;
  while (!text.ends_with('\n') && text.size() < job_bytes_max) {
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return json::parse(text, nullptr, false);
}

// The path that stands in the job; empty: none.
std::filesystem::path path_in(const json& job, const char* name) {
  const auto found = job.find(name);
  if (found == job.end() || !found->is_string()) return {};
  return path_of_hex(found->get<std::string>()).value_or(std::filesystem::path());
}

Result<json> inspect(const sluice_nn_llm& llm, const std::filesystem::path& path) {
  const std::string what = "look at the model " + path.string();
  if (auto file = OpenedFile::open(what, path); !file) return std::unexpected(std::move(file.error()));
  sluice_nn_model_options options{};
  options.no_weights = 1;
  sluice_nn_model* opened = nullptr;
  sluice_nn_error error{};
  const sluice_nn_status status = llm.model_open(path.c_str(), &options, &opened, &error);
  if (status != SLUICE_NN_OK) return std::unexpected(plugin_error(status, error, what));
  const ModelHandle model(opened, PluginClose{&llm});
  sluice_nn_model_info info{};
  llm.model_info(opened, &info);
  ModelFacts facts;
  facts.parameters = info.parameters;
  facts.file_bytes = info.file_bytes;
  facts.bytes_per_token = info.bytes_per_token;
  facts.context_trained = info.context_trained;
  facts.vocabulary = info.vocabulary;
  facts.embedding = info.embedding;
  facts.layers = info.layers;
  facts.is_embedding = info.is_embedding != 0;
  facts.has_chat_template = info.has_chat_template != 0;
  TextSink described;
  llm.model_describe(opened, described.sink());
  const json words = json::parse(to_utf8(described.text(), nullptr), nullptr, false);
  if (words.is_object()) {
    for (const auto& [name, word] : words.items()) {
      facts.words.emplace(name, word.is_string() ? word.get<std::string>() : word.dump());
    }
  }
  return json{{"facts", to_json(facts)}};
}

// Tells how much is written until it is destroyed.
class ProgressThread {
 public:
  ProgressThread(int fd, const NewFile& file)
      : thread_([this, fd, &file] {
          std::unique_lock lock(mutex_);
          while (!done_.wait_for(lock, progress_every, [this] { return is_done_; })) {
            write_line(fd, {{"written", file.bytes()}});
          }
        }) {}
  ProgressThread(const ProgressThread&) = delete;
  ProgressThread& operator=(const ProgressThread&) = delete;
  ~ProgressThread() {
    {
      const std::lock_guard lock(mutex_);
      is_done_ = true;
    }
    done_.notify_one();
    thread_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable done_;
  bool is_done_ = false;
  std::thread thread_;
};

Result<json> quantize(const sluice_nn_llm& llm, int fd, const json& job) {
  const std::filesystem::path source = path_in(job, "quantize");
  const std::filesystem::path target = path_in(job, "to");
  const std::string what = "quantize " + source.string();
  if (auto file = OpenedFile::open(what, source); !file) return std::unexpected(std::move(file.error()));
  auto made = NewFile::create(target);
  if (!made) return std::unexpected(std::move(made.error()));
  const std::string type = job.value("type", std::string());
  const std::string opened = made->name_of_opened();
  sluice_nn_error error{};
  sluice_nn_status status = SLUICE_NN_BROKEN;
  {
    const ProgressThread progress(fd, *made);
    status =
        llm.quantize(source.c_str(), opened.c_str(), plugin_text(type), job.value("threads", 1U), &error);
  }
  if (status != SLUICE_NN_OK) {
    Error failed = plugin_error(status, error, what);
    failed.why = with_name(failed.why, opened, target.string());
    return std::unexpected(std::move(failed));
  }
  if (auto published = made->publish(); !published) return std::unexpected(std::move(published.error()));
  return json{{"done", true}};
}

Result<json> do_job(int fd, const std::filesystem::path& plugin, const json& job) {
  const auto llm = load_plugin(plugin, nullptr);
  if (!llm) return std::unexpected(llm.error());
  if (job.contains("inspect")) return inspect(**llm, path_in(job, "inspect"));
  return quantize(**llm, fd, job);
}

}  // namespace

int run_file_worker(int fd, const std::filesystem::path& plugin) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::signal(SIGPIPE, SIG_IGN);
  // Writing beyond the limit of a file's size is an error, then, and not the end.
  std::signal(SIGXFSZ, SIG_IGN);
  const json job = read_job(fd);
  if (!job.is_object()) return 1;
  const auto last = do_job(fd, plugin, job);
  write_line(fd, last ? *last : json{{"error", to_json(last.error())}});
  return 0;
}

}  // namespace sluice::nn
