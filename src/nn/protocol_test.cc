#include "nn/protocol.h"

#include <gtest/gtest.h>

#include "nn/frames.h"

namespace sluice::nn {
namespace {

ChatMessage a_chat() {
  ChatMessage chat{{7, "owner", true}, {}};
  chat.request.messages = {{Role::assistant, "für", {{"1", "add", "{}"}}, "9"}, {Role::tool, "", {}, {}}};
  chat.request.tools = {{"add", "adds", "{}"}};
  chat.request.tool_choice = ToolChoice::required;
  chat.request.format = {ResponseFormat::Kind::json_schema, "{}"};
  chat.request.options.sampling.seed = 5;
  chat.request.options.sampling.logit_bias = {{3, -1.5F}};
  chat.request.options.stop = {"x", ""};
  return chat;
}

Frame frame_of(const std::string& bytes) {
  FrameReader reader;
  reader.feed(bytes);
  auto frame = reader.next();
  EXPECT_TRUE(frame);
  EXPECT_EQ(reader.pending(), 0U);
  return frame.value_or(Frame{});
}

TEST(Protocol, ReadsWhatWasWritten) {
  const std::string bytes = encode(ToWorker(a_chat())).value();
  const Frame frame = frame_of(bytes);
  const auto message = decode_to_worker(frame.kind, frame.payload);
  ASSERT_TRUE(message);
  EXPECT_EQ(std::get<ChatMessage>(*message).request.messages[0].tool_calls[0].name, "add");
  EXPECT_EQ(std::get<ChatMessage>(*message).request.options.sampling.logit_bias[0].second, -1.5F);
  EXPECT_EQ(encode(*message), bytes);
}

TEST(Protocol, PiecesOfCharactersTravelInLogprobsAlone) {
  DeltaMessage delta{1, {}};
  delta.delta.logprobs = {{"\xe2\x82", -1, {{"\xff", -2}}}};
  const Frame frame = frame_of(encode(FromWorker(delta)).value());
  const auto read = decode_from_worker(frame.kind, frame.payload);
  ASSERT_TRUE(read);
  EXPECT_EQ(std::get<DeltaMessage>(*read).delta.logprobs[0].top[0].token, "\xff");
  delta.delta.content = "\xff";
  EXPECT_FALSE(encode(FromWorker(delta)));
}

TEST(Protocol, AMessageThatIsCutOrHasMoreIsNone) {
  const Frame frame = frame_of(encode(ToWorker(a_chat())).value());
  for (std::size_t size = 0; size < frame.payload.size(); ++size) {
    EXPECT_FALSE(decode_to_worker(frame.kind, std::string_view(frame.payload).substr(0, size))) << size;
  }
  EXPECT_FALSE(decode_to_worker(frame.kind, frame.payload + "x"));
  EXPECT_FALSE(decode_to_worker(99, frame.payload));
}

TEST(Frames, ComeInAnyPieces) {
  std::string bytes;
  for (int i = 0; i < 50; ++i)
    append_frame(bytes, static_cast<std::uint8_t>(i), std::string(static_cast<std::size_t>(i) * 7, 'x'));
  for (std::size_t piece = 1; piece < 40; ++piece) {
    FrameReader reader;
    int next = 0;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      reader.feed(std::string_view(bytes).substr(at, piece));
      while (auto frame = reader.next()) {
        EXPECT_EQ(frame->kind, next);
        EXPECT_EQ(frame->payload.size(), static_cast<std::size_t>(next) * 7);
        ++next;
      }
    }
    EXPECT_EQ(next, 50);
  }
}

TEST(Frames, ALengthBeyondTheLimitBreaksTheStream) {
  FrameReader reader;
  reader.feed(std::string("\xff\xff\xff\xff\x01", 5));
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.broken());
  reader.feed("more");
  EXPECT_EQ(reader.pending(), 0U);
}

}  // namespace
}  // namespace sluice::nn
