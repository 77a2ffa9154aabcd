#include "wasi_nn/language.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/value.h"
#include "base/write_all.h"
#include "wasi_nn/folders.h"

namespace sluice::wasi_nn {

namespace {

constexpr std::uint64_t image_bytes_max = 32U << 20U;

// Bytes as a file that has no name. It can be opened as /proc/PID/fd/N as long as this lives.
Result<UniqueFd> nameless_file(std::string_view bytes) {
  const char* const what = "keep the model that the program gave";
  UniqueFd file(memfd_create("model", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file) return fail(ErrorCode::unavailable, what, std::strerror(errno));
  if (const int error = write_all(file.get(), bytes); error != 0) {
    return fail(ErrorCode::limit, what, std::strerror(error));
  }
  fcntl(file.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
  return file;
}

std::string path_of(const UniqueFd& nameless) {
  return fmt::format("/proc/{}/fd/{}", getpid(), nameless.get());
}

void lock_in(nn::ModelSpec& spec) {
  spec.locked_in = true;
  spec.gpu_layers = 0;
}

}  // namespace

Language::Language(nn::Models& models, const Graphs::Settings& settings, nn::ModelSpec spec)
    : models_(models), settings_(settings), spec_(std::move(spec)) {}

Language::~Language() {
  for (const Opened& opened : opened_) models_.close(opened.spec);
}

Result<std::shared_ptr<Language>> Language::of_bytes(nn::Models& models, const Graphs::Settings& settings,
                                                     std::string_view bytes, std::string_view from) {
  auto file = nameless_file(bytes);
  if (!file) return std::unexpected(std::move(file.error()));
  nn::ModelSpec spec;
  spec.name = "that the program gave";
  spec.path = path_of(*file);
  spec.path_name = from;
  spec.locked_in = true;
  spec.parallel = 1;
  spec.gpu_layers = 0;
  auto language = std::make_shared<Language>(models, settings, std::move(spec));
  language->file_ = std::move(*file);
  return language;
}

// One that a person named is trusted. One that lies in the program's folders may be the program's own: it is
// copied, and read by a worker that is locked in.
Status Language::add_projector(const std::string& named, nn::ModelSpec& spec) {
  if (spec.backend != "ggml") {
    return fail(ErrorCode::invalid_input, "use the projector " + to_utf8(named, nullptr),
                "models of " + spec.backend + " cannot be shown images", "leave the option mmproj out");
  }
  const auto trusted = std::ranges::find(settings_.named, named, &NamedNetwork::name);
  if (trusted != settings_.named.end()) {
    spec.projector = trusted->paths.front();
    if (trusted->is_foreign) lock_in(spec);
    return {};
  }
  auto found = projectors_.find(named);
  if (found == projectors_.end()) {
    const auto file = open_in(settings_.folders, named);
    if (!file) {
      return fail(file.error().code, "use the projector " + to_utf8(named, nullptr), file.error().why,
                  "grant its folder with --dir, or name it with --nn-preload");
    }
    const auto bytes = read_whole(*file, named);
    if (!bytes) return std::unexpected(bytes.error());
    auto copy = nameless_file(*bytes);
    if (!copy) return std::unexpected(std::move(copy.error()));
    found = projectors_.emplace(named, std::move(*copy)).first;
  }
  spec.projector = path_of(found->second);
  spec.projector_name = named;
  lock_in(spec);
  return {};
}

Result<std::shared_ptr<nn::LanguageModel>> Language::open(const LlmOptions& options) {
  nn::ModelSpec spec = options.applied_to(spec_);
  const std::lock_guard lock(mutex_);
  if (!options.mmproj.empty()) {
    if (auto good = add_projector(options.mmproj, spec); !good)
      return std::unexpected(std::move(good.error()));
  }
  if (const auto known = std::ranges::find(opened_, spec, &Opened::spec); known != opened_.end()) {
    if (auto lease = known->lease.lock()) return lease;
    opened_.erase(known);
  } else {
    close_unused();
  }
  auto model = models_.open(spec);
  if (!model) return model;
  // Another pointer than the one that is kept with all models: it says who uses it.
  const std::shared_ptr<nn::LanguageModel> lease(model->get(), [kept = *model](nn::LanguageModel*) {});
  opened_.push_back({std::move(spec), lease});
  return lease;
}

void Language::close_unused() {
  std::erase_if(opened_, [this](const Opened& opened) {
    if (!opened.lease.expired()) return false;
    models_.close(opened.spec);
    return true;
  });
}

Result<std::string> Language::read_image(std::string_view path) const {
  const auto file = open_in(settings_.folders, path);
  if (!file) return std::unexpected(file.error());
  return read_whole(*file, path, image_bytes_max);
}

}  // namespace sluice::wasi_nn
