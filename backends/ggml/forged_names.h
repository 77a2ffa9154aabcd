// Names of special tokens in texts from outside. Within a message or a tool they are text, not the tokens
// that begin and end turns: whoever writes one into a diff must not get to speak as the system.
//
// Where a text has such a name, the chat template is rendered once more with a mark within the name. In what
// comes out, a name without a mark is the template's own.
#pragma once

#include <llama.h>

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluice::backends::ggml {

class SpecialNames {
 public:
  SpecialNames() = default;
  explicit SpecialNames(const llama_vocab* vocab);

  // A character for private use that is neither in the request nor in the template; empty: all are.
  [[nodiscard]] static std::string unused_mark(const nlohmann::ordered_json& request,
                                               std::string_view chat_template);

  // Puts the mark into each name in the messages and tools of a chat request, and into what the template's
  // text beside it may make a name of. Whether there was any.
  bool mark(nlohmann::ordered_json& request, std::string_view mark) const;

  // The tokens of a marked prompt, beginning of the text included, and the prompt without marks.
  struct Read {
    std::string prompt;
    std::vector<std::int32_t> tokens;
  };
  [[nodiscard]] Read read(std::string_view marked, std::string_view mark) const;

 private:
  [[nodiscard]] bool mark_text(std::string& text, std::string_view mark) const;
  bool mark_all(nlohmann::ordered_json& value, std::string_view mark) const;
  bool mark_arguments(nlohmann::ordered_json& arguments, std::string_view mark) const;
  [[nodiscard]] std::size_t name_at(std::string_view text, std::size_t at, std::size_t shorter_than) const;

  const llama_vocab* vocab_ = nullptr;
  std::unordered_map<std::string_view, llama_token> names_;  // the model's own texts
  std::set<std::size_t, std::greater<>> lengths_;
  std::set<std::string, std::less<>> beginnings_;  // of names, whole ones aside
  std::set<std::string, std::less<>> ends_;
};

}  // namespace sluice::backends::ggml
