#include "embed.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "client.h"
#include "errors.h"
#include "json.h"
#include "tokens.h"

namespace openai {
namespace {

using llm::Json;
using llm::Trouble;

constexpr std::size_t texts_in_request = 256;

Trouble strange(const std::string& why) {
  return {llm::unavailable("not an answer of OpenAI's API for embeddings: " + why)};
}

std::optional<std::vector<float>> normalised(const Json& numbers) {
  std::vector<float> vector;
  vector.reserve(numbers.size());
  double square = 0;
  for (const Json& number : numbers) {
    if (!number.is_number()) return std::nullopt;
    vector.push_back(number.get<float>());
    square += static_cast<double>(vector.back()) * static_cast<double>(vector.back());
  }
  const double length = std::sqrt(square);
  if (!std::isfinite(length) || length <= 0) return std::nullopt;
  for (float& one : vector) one = static_cast<float>(static_cast<double>(one) / length);
  return vector;
}

// A part of the texts, and its answer.
struct Part {
  std::vector<std::string> texts;
  llm::Embedded embedded;

  std::optional<Trouble> read(const llm::HttpAnswer& answer, const llm::Settings& settings) {
    const auto json = sluice::guest::json::parse(answer.body);
    if (!json || !json->is_object()) return strange(llm::looks_of(answer));
    if (json->contains("error")) return judge_error(*json, settings);
    const Json& data = llm::items_of(*json, "data");
    if (data.size() != texts.size())
      return strange(std::to_string(data.size()) + " vectors for " + std::to_string(texts.size()) + " texts");
    embedded.vectors.assign(texts.size(), {});
    for (const Json& item : data) {
      const std::optional<std::uint32_t> index = llm::get_count(item, "index");
      if (!index || *index >= texts.size() || !embedded.vectors[*index].empty())
        return strange("the numbers of its vectors make no sense");
      auto vector = normalised(llm::items_of(item, "embedding"));
      if (!vector) return strange("a vector is no direction");
      embedded.vectors[*index] = std::move(*vector);
    }
    embedded.model = llm::text_or_empty(*json, "model");
    const Json* usage = llm::find(*json, "usage");
    const auto told = usage == nullptr ? std::nullopt : llm::get_count(*usage, "prompt_tokens");
    embedded.prompt_tokens = 0;
    if (told) {
      embedded.prompt_tokens = *told;
    } else {
      for (const std::string& text : texts) embedded.prompt_tokens += llm::estimate_tokens(text);
    }
    return std::nullopt;
  }
};

llm::Outcome<llm::Embedded> together(std::vector<Part>& parts, const std::string& model) {
  llm::Embedded all;
  all.model = model;
  for (Part& part : parts) {
    if (!part.embedded.model.empty()) all.model = part.embedded.model;
    all.prompt_tokens += part.embedded.prompt_tokens;
    for (std::vector<float>& vector : part.embedded.vectors) {
      if (!all.vectors.empty() && all.vectors.front().size() != vector.size())
        return std::unexpected(strange("its vectors are of several lengths").problem);
      all.vectors.push_back(std::move(vector));
    }
  }
  return all;
}

}  // namespace

llm::Outcome<llm::Embedded> embed(llm::Outside& outside, OpenAi& api, const std::optional<std::string>& named,
                                  const std::vector<std::string>& texts) {
  const std::string& own = api.own_settings().embedding_model;
  llm::Outcome<std::string> model =
      llm::model_for(api.settings(), named || own.empty() ? named : std::optional(own));
  if (!model) return std::unexpected(std::move(model.error()));
  std::vector<Part> parts;
  for (std::size_t at = 0; at < texts.size(); at += texts_in_request) {
    const auto begin = texts.begin() + static_cast<std::ptrdiff_t>(at);
    const auto size = std::min(texts_in_request, texts.size() - at);
    parts.push_back({std::vector(begin, begin + static_cast<std::ptrdiff_t>(size)), {}});
  }
  std::vector<llm::Job> jobs;
  jobs.reserve(parts.size());
  for (Part& part : parts) {
    jobs.push_back({[&]() -> llm::Outcome<llm::HttpRequest> {
                      const Json body{{"model", *model}, {"input", part.texts}, {"encoding_format", "float"}};
                      return api.post("/embeddings", llm::dump(body));
                    },
                    [&](const llm::HttpAnswer& answer) { return part.read(answer, api.settings()); }});
  }
  for (std::optional<llm::Problem>& problem : llm::run_jobs(outside, api, jobs)) {
    if (problem) return std::unexpected(std::move(*problem));
  }
  return together(parts, *model);
}

}  // namespace openai
