#include "server/openai_site.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/hash.h"
#include "base/ids.h"
#include "base/side_by_side.h"
#include "server/openai_stream.h"

namespace sluice::server {

namespace {

constexpr std::string_view models_path = "/v1/models";
constexpr std::array<std::string_view, 3> posted{"/v1/chat/completions", "/v1/completions", "/v1/embeddings"};
constexpr std::array<std::string_view, 3> got{models_path, "/health", "/metrics"};

bool is_one_of(std::string_view path, const std::array<std::string_view, 3>& paths) {
  return std::ranges::find(paths, path) != paths.end();
}

HttpReply nothing_served(const std::string& method, const std::string& path) {
  const bool is_posted = is_one_of(path, posted);
  if (!is_posted && !is_one_of(path, got) && !path.starts_with("/v1/models/")) {
    return api_error_reply(
        {.status = 404, .message = fmt::format("Nothing is served at {}.", path), .code = "unknown_url"});
  }
  HttpReply reply = api_error_reply(
      {.status = 405,
       .message = fmt::format("{} takes {}, not {}.", path, is_posted ? "POST" : "GET", method),
       .code = "method_not_allowed"});
  reply.headers.emplace_back("allow", is_posted ? "POST" : "GET, HEAD");
  return reply;
}

std::string owner_of(const ApiRequest& request, const HttpCall& call) {
  if (!request.user.empty()) return "user " + request.user;
  return fmt::format("client {}:{}", call.peer.address().to_string(), call.peer.port());
}

// The host of a Host header or an origin, without its port.
std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

bool is_this_machine(std::string_view authority) {
  const std::string_view host = host_of(authority);
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

ApiError no_such_model(const std::string& name, const std::vector<ServedModel>& models) {
  std::string names;
  for (const ServedModel& model : models) names += (names.empty() ? "" : ", ") + model.name;
  return {.status = 404,
          .message = fmt::format("The model `{}` is not served here; there is: {}.", name, names),
          .param = "model",
          .code = "model_not_found"};
}

// Another seed for each choice, so that they differ and can be had again.
template <class Request>
Request for_choice(Request request, std::size_t choice) {
  if (request.options.sampling.seed) *request.options.sampling.seed += choice;
  return request;
}

// The schemas of tools are put together for the model as `#/$defs/arguments-0` …; clients know their names.
void name_tools(std::string& why, const std::vector<std::string>& names) {
  for (std::size_t i = names.size(); i-- > 0;) {  // 10 before 1
    const std::string inner = fmt::format("#/$defs/arguments-{}", i);
    const std::string outer = fmt::format("the parameters of tool `{}`: #", names[i]);
    for (std::size_t at = 0; (at = why.find(inner, at)) != std::string::npos; at += outer.size()) {
      why.replace(at, inner.size(), outer);
    }
  }
}

Task<Result<nn::Completion>> ask_chat(std::shared_ptr<nn::LanguageModel> model, nn::ChatRequest request,
                                      nn::Ask ask) {
  std::vector<std::string> names;
  for (const nn::Tool& tool : request.tools) names.push_back(tool.name);
  auto answer = co_await model->chat(std::move(request), std::move(ask));
  if (!answer) name_tools(answer.error().why, names);
  co_return answer;
}

Task<void> await_choice(const Generation::Start& start, std::size_t i, std::vector<nn::Completion>& into,
                        std::optional<Error>& error) {
  auto completion = co_await start(i, {});
  if (completion) {
    into[i] = std::move(*completion);
  } else if (!error) {
    error = std::move(completion.error());
  }
}

Task<Result<std::vector<nn::Completion>>> all_choices(const Generation::Start& start, std::size_t count) {
  std::vector<nn::Completion> choices(count);
  std::optional<Error> error;
  const auto each = [&](std::size_t i) { return await_choice(start, i, choices, error); };
  co_await side_by_side(0, count, each);
  if (error) co_return std::unexpected(std::move(*error));
  co_return choices;
}

Task<HttpReply> stream_reply(Generation::Start start, std::size_t count, std::size_t choices_of_prompt,
                             ChunkWriter writer, ApiKind kind, bool with_usage) {
  auto generation =
      std::make_unique<Generation>(std::move(start), count, choices_of_prompt, std::move(writer), with_usage);
  auto begun = co_await generation->begin();
  if (!begun) co_return api_error_reply(to_api_error(begun.error(), kind));
  HttpReply reply;
  reply.content_type = "text/event-stream; charset=utf-8";
  reply.headers = {{"cache-control", "no-cache"}, {"x-accel-buffering", "no"}};
  reply.stream = [generation = std::move(generation)](HttpBody& body) { return generation->write(body); };
  co_return reply;
}

}  // namespace

OpenAiSite::OpenAiSite(OpenAiSettings settings, Clock& clock, Entropy& entropy)
    : settings_(std::move(settings)), clock_(clock), entropy_(entropy) {}

const ServedModel* OpenAiSite::find(std::string_view name) const {
  const auto found = std::ranges::find(settings_.models, name, &ServedModel::name);
  return found == settings_.models.end() ? nullptr : &*found;
}

AnswerHead OpenAiSite::head(std::string_view prefix, const std::string& model) const {
  const auto since = clock_.now().time_since_epoch();
  return {std::string(prefix) + new_id(clock_, entropy_),
          std::chrono::duration_cast<std::chrono::seconds>(since).count(), model};
}

// A browser lets any page send requests to this machine. Those carry the page's origin; a page that had its
// own name resolve to this machine carries that name as the host.
std::optional<ApiError> OpenAiSite::refuse(const HttpCall& call) const {
  const std::string_view host = call.header("host");
  if (const std::string_view origin = call.header("origin");
      !origin.empty() && origin != fmt::format("http://{}", host)) {
    return ApiError{.status = 403, .message = "Requests of web pages are refused.", .code = "origin_refused"};
  }
  if (settings_.api_key.empty()) {
    if (!settings_.loopback_only || is_this_machine(host)) return std::nullopt;
    return ApiError{
        .status = 403,
        .message = "Without an API key, requests have to name this machine as localhost, 127.0.0.1 or [::1].",
        .code = "host_refused"};
  }
  constexpr std::string_view scheme = "Bearer ";
  const std::string_view given = call.header("authorization");
  // Hashes of both, so that not even the key's length shows in the time.
  const bool right =
      given.starts_with(scheme) && equal_in_constant_time(hmac_sha256("key", given.substr(scheme.size())),
                                                          hmac_sha256("key", settings_.api_key));
  if (right) return std::nullopt;
  return ApiError{.status = 401,
                  .message = "The API key is missing or wrong: send it as `Authorization: Bearer KEY`.",
                  .type = "authentication_error",
                  .code = "invalid_api_key"};
}

Task<HttpReply> OpenAiSite::handle(HttpCall call) {
  const auto start = clock_.monotonic();
  const bool is_known = is_one_of(call.path(), posted) || is_one_of(call.path(), got);
  const std::string endpoint(is_known ? call.path() : "other");
  HttpReply reply = co_await route(std::move(call));
  metrics_.answered(endpoint, reply.status, clock_.monotonic() - start);
  co_return reply;
}

Task<HttpReply> OpenAiSite::route(HttpCall call) {
  const std::string path(call.path());
  const bool reads = call.method == "GET" || call.method == "HEAD";
  if (path == "/health" && reads) {
    constexpr std::array words{"loading", "ok", "stopping"};
    const Stage stage = stage_;
    HttpReply reply;
    reply.status = stage == Stage::serving ? 200 : 503;
    reply.body = fmt::format(R"({{"status":"{}"}})", words[static_cast<std::size_t>(stage)]);
    co_return reply;
  }
  if (auto refused = refuse(call)) co_return api_error_reply(*refused);
  if (stage_ == Stage::stopping) {
    co_return api_error_reply({.status = 503,
                               .message = "The server is shutting down.",
                               .type = "server_error",
                               .code = "shutting_down"});
  }
  if (call.method == "POST") {
    const std::string_view coding = call.header("content-encoding");
    if (!coding.empty() && coding != "identity") {
      co_return api_error_reply({.status = 415,
                                 .message = "Bodies are taken as they are, without a content-encoding.",
                                 .code = "unsupported_encoding"});
    }
    if (path == "/v1/chat/completions") co_return co_await chat(std::move(call));
    if (path == "/v1/completions") co_return co_await text(std::move(call));
    if (path == "/v1/embeddings") co_return co_await embed(std::move(call));
  }
  if (reads) {
    if (path == models_path) co_return list_models();
    if (path.starts_with(std::string(models_path) + "/"))
      co_return show_model(path.substr(models_path.size() + 1));
    if (path == "/metrics") {
      std::vector<std::pair<std::string, nn::LanguageModel::Stats>> stats;
      for (const ServedModel& model : settings_.models) stats.emplace_back(model.name, model.model->stats());
      HttpReply reply;
      reply.content_type = "text/plain; version=0.0.4";
      reply.body = metrics_.text() + model_metrics(stats);
      co_return reply;
    }
  }
  co_return nothing_served(call.method, path);
}

Task<HttpReply> OpenAiSite::chat(HttpCall call) {
  auto read = read_chat(call.body);
  if (!read) co_return api_error_reply(read.error());
  const ServedModel* served = find(read->model);
  if (served == nullptr) co_return api_error_reply(no_such_model(read->model, settings_.models));
  Generation::Start start = [model = served->model, request = std::move(read->request),
                             owner = owner_of(*read, call)](std::size_t i, auto on_delta) {
    return ask_chat(model, for_choice(request, i),
                    {.owner = owner, .timeout = {}, .on_delta = std::move(on_delta)});
  };
  AnswerHead about = head("chatcmpl-", served->name);
  if (read->stream) {
    co_return co_await stream_reply(std::move(start), read->choices, read->choices,
                                    ChunkWriter(std::move(about), ApiKind::chat, read->include_usage),
                                    ApiKind::chat, read->include_usage);
  }
  auto choices = co_await all_choices(start, read->choices);
  if (!choices) co_return api_error_reply(to_api_error(choices.error(), ApiKind::chat));
  co_return chat_reply(about, *choices);
}

Task<HttpReply> OpenAiSite::text(HttpCall call) {
  auto read = read_text(call.body);
  if (!read) co_return api_error_reply(read.error());
  const ServedModel* served = find(read->model);
  if (served == nullptr) co_return api_error_reply(no_such_model(read->model, settings_.models));
  const bool echo = read->echo;
  const std::size_t of_prompt = read->choices;
  const std::size_t count = read->prompts.size() * of_prompt;
  Generation::Start start = [model = served->model, request = read->request, prompts = read->prompts,
                             of_prompt, echo, owner = owner_of(*read, call)](std::size_t i, auto on_delta) {
    nn::TextRequest one = for_choice(request, i % of_prompt);
    one.prompt = prompts[i / of_prompt];
    if (echo && on_delta) {
      nn::Delta first;
      first.content = one.prompt;
      on_delta(first);
    }
    return model->generate(std::move(one), {.owner = owner, .timeout = {}, .on_delta = std::move(on_delta)});
  };
  AnswerHead about = head("cmpl-", served->name);
  if (read->stream) {
    co_return co_await stream_reply(std::move(start), count, of_prompt,
                                    ChunkWriter(std::move(about), ApiKind::text, read->include_usage),
                                    ApiKind::text, read->include_usage);
  }
  auto choices = co_await all_choices(start, count);
  if (!choices) co_return api_error_reply(to_api_error(choices.error(), ApiKind::text));
  if (!echo) std::ranges::fill(read->prompts, "");
  co_return text_reply(about, *choices, read->prompts);
}

Task<HttpReply> OpenAiSite::embed(HttpCall call) {
  auto read = read_embeddings(call.body);
  if (!read) co_return api_error_reply(read.error());
  const ServedModel* served = find(read->model);
  if (served == nullptr) co_return api_error_reply(no_such_model(read->model, settings_.models));
  if (read->dimensions) {
    const auto info = co_await served->model->info();
    if (!info) co_return api_error_reply(to_api_error(info.error(), ApiKind::embeddings));
    if (info->is_embedding && *read->dimensions != info->embedding) {
      co_return api_error_reply(
          {.message =
               fmt::format("dimensions: {} is not supported: the vectors of `{}` have {} numbers, no more "
                           "and no fewer",
                           *read->dimensions, served->name, info->embedding),
           .param = "dimensions",
           .code = "unsupported_value"});
    }
  }
  // A variable of its own: gcc 12 destroys a braced argument of a coroutine that is awaited twice.
  nn::Ask ask;
  ask.owner = owner_of(*read, call);
  auto embedded = co_await served->model->embed(std::move(read->texts), std::move(ask));
  if (!embedded) co_return api_error_reply(to_api_error(embedded.error(), ApiKind::embeddings));
  co_return embeddings_reply(served->name, *embedded, read->base64);
}

namespace {

nlohmann::ordered_json model_json(const ServedModel& model) {
  return {{"id", model.name}, {"object", "model"}, {"created", model.created}, {"owned_by", "sluice"}};
}

}  // namespace

HttpReply OpenAiSite::list_models() const {
  nlohmann::ordered_json out{{"object", "list"}, {"data", nlohmann::ordered_json::array()}};
  for (const ServedModel& model : settings_.models) out["data"].push_back(model_json(model));
  HttpReply reply;
  reply.body = out.dump();
  return reply;
}

HttpReply OpenAiSite::show_model(std::string_view name) const {
  const ServedModel* model = find(name);
  if (model == nullptr) return api_error_reply(no_such_model(std::string(name), settings_.models));
  HttpReply reply;
  reply.body = model_json(*model).dump();
  return reply;
}

}  // namespace sluice::server
