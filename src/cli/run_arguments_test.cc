#include "cli/run_arguments.h"

#include <gmock/gmock.h>

namespace sluice::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<RunArguments> parse(const std::vector<std::string>& arguments) {
  return parse_run_arguments(arguments,
                             [](const std::string& name) { return name == "a.wasm" || name == "m"; });
}

std::string why(const std::vector<std::string>& arguments) {
  const auto parsed = parse(arguments);
  return parsed ? "parsed" : parsed.error().why;
}

TEST(RunArguments, EverythingBehindTheFileIsTheGuests) {
  const auto parsed = parse({"--time-limit=5", "a.wasm", "--dir", "x", "--", "-h"});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->file, "a.wasm");
  EXPECT_EQ(parsed->time_limit_ms, 5U);
  EXPECT_THAT(parsed->options.arguments, ElementsAre("--dir", "x", "--", "-h"));
  EXPECT_TRUE(parsed->options.folders.empty());
}

TEST(RunArguments, BothFormsOfValues) {
  const auto parsed = parse({"--dir", "/d:h:readonly", "--dir=x", "--env", "A=b=c", "--env=A=", "--gas-limit",
                             "7", "--memory-page-limit=0", "--", "--file"});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->file, "--file");
  ASSERT_EQ(parsed->options.folders.size(), 2U);
  EXPECT_EQ(parsed->options.folders[0].guest, "/d");
  EXPECT_EQ(parsed->options.folders[0].host, "h");
  EXPECT_EQ(parsed->options.folders[0].access, wasm::Access::read_only);
  EXPECT_EQ(parsed->options.folders[1].guest, "x");
  EXPECT_EQ(parsed->options.folders[1].host, "x");
  EXPECT_EQ(parsed->options.folders[1].access, wasm::Access::read_write);
  EXPECT_THAT(parsed->options.environment, ElementsAre(std::pair<std::string, std::string>{"A", ""}));
  EXPECT_EQ(parsed->options.gas_max, 7U);
  EXPECT_EQ(parsed->options.memory_pages_max, 0U);
}

TEST(RunArguments, ReactorInBothOrders) {
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"--reactor", "f", "a.wasm", "1"},
                                             {"--reactor=f", "a.wasm", "1"},
                                             {"--reactor", "a.wasm", "f", "1"},
                                             {"--reactor", "--env", "A=", "a.wasm", "f", "1"},
                                             {"--reactor", "--", "a.wasm", "f", "1"}}) {
    const auto parsed = parse(arguments);
    ASSERT_TRUE(parsed) << testing::PrintToString(arguments);
    EXPECT_EQ(parsed->file, "a.wasm");
    EXPECT_EQ(parsed->options.reactor, "f");
    EXPECT_THAT(parsed->options.arguments, ElementsAre("1"));
  }
}

TEST(RunArguments, Models) {
  const auto parsed =
      parse({"--nn-preload", "default:GGML:AUTO:m", "--nn-preload=v:OpenVINO:cpu:m:m", "a.wasm"});
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->models.size(), 2U);
  EXPECT_EQ(parsed->models[0].encoding, "ggml");
  EXPECT_EQ(parsed->models[0].target, "auto");
  EXPECT_THAT(parsed->models[0].paths, ElementsAre("m"));
  EXPECT_THAT(parsed->models[1].paths, ElementsAre("m", "m"));
}

TEST(RunArguments, TheLastTimeLimitWins) {
  EXPECT_EQ(parse({"--time-limit", "1", "--time-limit", "2", "a.wasm"})->time_limit_ms, 2U);
  EXPECT_EQ(parse({"--time-limit", "1", "--time-limit", "0", "a.wasm"})->time_limit_ms, std::nullopt);
}

TEST(RunArguments, WrongOnesAreNamed) {
  EXPECT_THAT(why({}), HasSubstr("no program"));
  EXPECT_THAT(why({"--envs", "A=b", "a.wasm"}), HasSubstr("--envs"));
  EXPECT_THAT(why({"--time-limit", "1s", "a.wasm"}), HasSubstr("`1s`"));
  EXPECT_THAT(why({"--time-limit", "", "a.wasm"}), HasSubstr("whole number"));
  EXPECT_THAT(why({"--dir", "a:b:c", "a.wasm"}), HasSubstr("GUEST:HOST"));
  EXPECT_THAT(why({"--nn-preload", "a:GGML:x", "a.wasm"}), HasSubstr("NAME:ENCODING:TARGET:PATH"));
  EXPECT_THAT(why({"--nn-preload", "a:whisper:CPU:m", "a.wasm"}), HasSubstr("`whisper` is no encoding"));
  EXPECT_THAT(why({"--nn-preload", "a:llama2c:CPU:m:t", "a.wasm"}), HasSubstr("checkpoint alone"));
  EXPECT_THAT(why({"--nn-preload", "a:ggml:cpu:m", "--nn-preload", "a:onnx:cpu:m", "a.wasm"}),
              HasSubstr("two networks a"));
  EXPECT_THAT(why({"--help=3", "a.wasm"}), HasSubstr("--help takes no value"));
  EXPECT_THAT(why({"--instances", "0", "a.wasm"}), HasSubstr("1 to"));
  EXPECT_THAT(why({"--reactor=", "a.wasm"}), HasSubstr("no function"));
  EXPECT_THAT(why({"--reactor", "a.wasm"}), HasSubstr("needs a function"));
}

}  // namespace
}  // namespace sluice::cli
