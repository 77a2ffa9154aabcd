#include "quantize.h"

#include <fcntl.h>
#include <llama.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>

#include "gguf_file.h"
#include "log.h"

namespace sluice::backends::ggml {
namespace {

struct Type {
  std::string_view name;
  llama_ftype type;
};
constexpr Type types[] = {
    {"F32", LLAMA_FTYPE_ALL_F32},          {"F16", LLAMA_FTYPE_MOSTLY_F16},
    {"BF16", LLAMA_FTYPE_MOSTLY_BF16},     {"Q4_0", LLAMA_FTYPE_MOSTLY_Q4_0},
    {"Q4_1", LLAMA_FTYPE_MOSTLY_Q4_1},     {"Q5_0", LLAMA_FTYPE_MOSTLY_Q5_0},
    {"Q5_1", LLAMA_FTYPE_MOSTLY_Q5_1},     {"Q8_0", LLAMA_FTYPE_MOSTLY_Q8_0},
    {"Q2_K", LLAMA_FTYPE_MOSTLY_Q2_K},     {"Q3_K_S", LLAMA_FTYPE_MOSTLY_Q3_K_S},
    {"Q3_K_M", LLAMA_FTYPE_MOSTLY_Q3_K_M}, {"Q4_K_S", LLAMA_FTYPE_MOSTLY_Q4_K_S},
    {"Q4_K_M", LLAMA_FTYPE_MOSTLY_Q4_K_M}, {"Q5_K_S", LLAMA_FTYPE_MOSTLY_Q5_K_S},
    {"Q5_K_M", LLAMA_FTYPE_MOSTLY_Q5_K_M}, {"Q6_K", LLAMA_FTYPE_MOSTLY_Q6_K},
    {"IQ4_NL", LLAMA_FTYPE_MOSTLY_IQ4_NL}, {"IQ4_XS", LLAMA_FTYPE_MOSTLY_IQ4_XS},
};

Result<llama_ftype> type_of(std::string_view name) {
  std::string upper(name);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
  std::string known;
  for (const Type& type : types) {
    if (type.name == upper) return type.type;
    known += (known.empty() ? "" : ", ") + std::string(type.name);
  }
  return failed(SLUICE_NN_INVALID, "no quantization '" + std::string(name) + "'; there are " + known);
}

// Why nothing more can be written to the end of a file; empty: it can. llama.cpp fails without saying it.
std::string why_unwritable(const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) return std::strerror(errno);
  const std::string zeros(1U << 20U, '\0');
  int problem = 0;
  // What fits in part fails as a whole the second time.
  for (int i = 0; i < 2 && problem == 0; ++i) {
    if (::write(file, zeros.data(), zeros.size()) < 0) problem = errno;
  }
  ::close(file);
  return problem == 0 ? std::string() : std::strerror(problem);
}

}  // namespace

Result<void> quantize(const std::string& source, const std::string& target, std::string_view type,
                      std::uint32_t threads) {
  auto wanted = type_of(type);
  if (!wanted) return std::unexpected(wanted.error());
  if (auto file = check_gguf(source); !file) return std::unexpected(file.error());
  struct stat there{};
  if (::stat(target.c_str(), &there) == 0 && there.st_size > 0) {
    return failed(SLUICE_NN_INVALID, "'" + target + "' is there already; choose another name or remove it");
  }
  llama_model_quantize_params params = llama_model_quantize_default_params();
  params.nthread = static_cast<std::int32_t>(std::max(threads, 1U));
  params.ftype = *wanted;
  // A file that is quantized already loses a little more.
  params.allow_requantize = true;
  const Complaints complaints;
  if (llama_model_quantize(source.c_str(), target.c_str(), &params) == 0) return {};
  const std::string unwritable = why_unwritable(target);
  return failed(SLUICE_NN_BROKEN,
                unwritable.empty()
                    ? "cannot quantize '" + source + "': " + complaints.text("llama.cpp does not say why")
                    : "cannot write '" + target + "': " + unwritable);
}

}  // namespace sluice::backends::ggml
