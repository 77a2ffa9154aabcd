#include "net/gunzip.h"

#include <algorithm>
#include <array>

namespace sluice::net {

namespace {

constexpr std::size_t piece_bytes = 16 * 1024;
constexpr int gzip_only = 16 + MAX_WBITS;

auto broken(std::string why) {
  return fail(ErrorCode::invalid_input, "decompress gzip", std::move(why));
}

}  // namespace

Gunzip::Gunzip(std::size_t bytes_max) : left_(bytes_max) {
  if (inflateInit2(&stream_, gzip_only) == Z_OK) state_ = State::running;
}

Gunzip::~Gunzip() {
  inflateEnd(&stream_);
}

Status Gunzip::write(std::string_view piece, std::string& out) {
  if (piece.empty()) return {};
  if (state_ == State::ended) return broken("bytes follow the end of the stream");
  if (state_ == State::broken) return broken("the stream was broken before");
  // Set to running again where a piece ends well.
  state_ = State::broken;
  std::array<char, piece_bytes> buffer;
  for (std::string_view rest = piece;;) {
    const std::size_t taken = std::min<std::size_t>(rest.size(), 1U << 30U);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): zlib only reads from it
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest.data()));
    stream_.avail_in = static_cast<uInt>(taken);
    stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream_.avail_out = static_cast<uInt>(buffer.size());
    const int code = inflate(&stream_, Z_NO_FLUSH);
    rest.remove_prefix(taken - stream_.avail_in);
    const std::size_t made = buffer.size() - stream_.avail_out;
    if (made > left_) return fail(ErrorCode::limit, "decompress gzip", "more comes out than is allowed");
    left_ -= made;
    out.append(buffer.data(), made);
    if (code == Z_STREAM_END) {
      if (!rest.empty()) return broken("bytes follow the end of the stream");
      state_ = State::ended;
      return {};
    }
    // Z_BUF_ERROR: nothing left to do for now.
    if (code != Z_OK && code != Z_BUF_ERROR) {
      return broken(stream_.msg != nullptr ? stream_.msg : "the stream is damaged");
    }
    if (rest.empty() && stream_.avail_out != 0) break;
  }
  state_ = State::running;
  return {};
}

Status Gunzip::finish() const {
  if (state_ != State::ended) return broken("the stream is cut off");
  return {};
}

}  // namespace sluice::net
