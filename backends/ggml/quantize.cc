#include "quantize.h"

#include <llama.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <system_error>

#include "gguf_file.h"
#include "log.h"

namespace sluice::ggml {
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

}  // namespace

Result<void> quantize(const std::string& source, const std::string& target, std::string_view type,
                      std::uint32_t threads) {
  auto wanted = type_of(type);
  if (!wanted) return std::unexpected(wanted.error());
  if (auto file = check_gguf(source); !file) return std::unexpected(file.error());
  std::error_code ignored;
  if (std::filesystem::exists(target, ignored)) {
    return failed(SLUICE_NN_INVALID, "'" + target + "' is there already; choose another name or remove it");
  }
  llama_model_quantize_params params = llama_model_quantize_default_params();
  params.nthread = static_cast<std::int32_t>(std::max(threads, 1U));
  params.ftype = *wanted;
  // A file that is quantized already loses a little more.
  params.allow_requantize = true;
  const std::string unfinished = target + ".part";
  const Complaints complaints;
  if (llama_model_quantize(source.c_str(), unfinished.c_str(), &params) != 0) {
    std::filesystem::remove(unfinished, ignored);
    return failed(SLUICE_NN_BROKEN,
                  "cannot quantize '" + source + "': " + complaints.text("llama.cpp does not say why"));
  }
  std::error_code problem;
  std::filesystem::rename(unfinished, target, problem);
  if (problem) return failed(SLUICE_NN_BROKEN, "cannot write '" + target + "': " + problem.message());
  return {};
}

}  // namespace sluice::ggml
