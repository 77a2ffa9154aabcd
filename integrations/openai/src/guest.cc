// The component: which API it speaks, and embeddings. Chats are in guest_chat.cc.
#include <sluice/text.h>

#include <new>
#include <utility>

#include "embed.h"
#include "guest_chat.h"
#include "openai.h"

const std::string_view llm::component_name = "sluice-openai";

llm::Outcome<std::unique_ptr<llm::Api>> llm::make_api(Outside& outside) {
  Outcome<openai::OpenAiSettings> settings = openai::read_openai_settings(outside);
  if (!settings) return std::unexpected(std::move(settings.error()));
  return std::make_unique<openai::OpenAi>(outside, std::move(*settings));
}

namespace exports::sluice::llm::embeddings {

namespace core = ::llm;

std::expected<Embedded, Error> Embed(std::optional<wit::string> model, wit::vector<wit::string> texts) {
  core::Imports imports(core::component_name);
  core::Outcome<openai::OpenAiSettings> settings = openai::read_openai_settings(imports);
  if (!settings) return std::unexpected(core::to_abi(settings.error()));
  openai::OpenAi api(imports, std::move(*settings));
  std::vector<std::string> given;
  given.reserve(texts.size());
  for (const wit::string& text : texts.get_const_view()) given.push_back(text.to_string());
  core::Outcome<core::Embedded> embedded = openai::embed(imports, api, core::text_of(model), given);
  if (!embedded) return std::unexpected(core::to_abi(embedded.error()));
  return Embedded{core::to_list<wit::vector<float>>(std::move(embedded->vectors),
                                                    [](std::vector<float>&& vector) {
                                                      return core::to_list<float>(
                                                          std::move(vector), [](float one) { return one; });
                                                    }),
                  ::sluice::guest::to_wit(embedded->model), embedded->prompt_tokens};
}

}  // namespace exports::sluice::llm::embeddings
