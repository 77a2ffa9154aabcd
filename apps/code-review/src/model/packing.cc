#include "model/packing.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <utility>

namespace review {
namespace {

// A heading is counted with each piece, so that the sum is rather too much: files may part at any piece.
std::string counted_text(const Change& change, const Piece& piece, std::span<const Claim> hints) {
  return text_of(change, Batch{{piece}}, hints);
}

std::uint64_t changed_lines(const FileChange& file) {
  return std::uint64_t{count_lines(file, Line::Op::added)} + count_lines(file, Line::Op::deleted);
}

Language main_language(const Change& change) {
  std::map<Language, std::uint64_t> lines;
  for (const FileChange& file : change.files) {
    if (file.language != Language::unknown) lines[file.language] += changed_lines(file);
  }
  const auto most = std::max_element(lines.begin(), lines.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == lines.end() ? Language::unknown : most->first;
}

std::vector<std::uint32_t> order_of(const Change& change, std::span<const std::uint32_t> first_files) {
  const Language main = main_language(change);
  std::vector<std::tuple<std::size_t, bool, std::uint64_t, std::uint32_t>> keys;
  for (std::uint32_t i = 0; i < change.files.size(); ++i) {
    const FileChange& file = change.files[i];
    const auto named = std::find(first_files.begin(), first_files.end(), i);
    keys.emplace_back(static_cast<std::size_t>(named - first_files.begin()), file.language != main,
                      UINT64_MAX - changed_lines(file), i);
  }
  std::sort(keys.begin(), keys.end());
  std::vector<std::uint32_t> order;
  for (const auto& key : keys) order.push_back(std::get<3>(key));
  return order;
}

class Packer {
 public:
  Packer(const Change& change, Model& model, const PackingOptions& options)
      : change_(change), model_(model), options_(options) {}

  ModelResult<Packing> pack() {
    ModelResult<std::vector<Piece>> hunks = count_hunks();
    if (!hunks) return std::unexpected(hunks.error());
    std::uint64_t total = 0;
    for (const Piece& piece : *hunks) total += piece.tokens;
    if (total <= options_.room_tokens) {
      if (!hunks->empty()) packing_.batches.push_back({std::move(*hunks)});
      return std::move(packing_);
    }
    std::vector<std::vector<Piece>> files(change_.files.size());
    for (const Piece& piece : *hunks) {
      if (change_.files[piece.file].status == FileStatus::removed) {
        packing_.unshown.push_back({piece.file, piece.hunk, Unshown::Why::deleted_file});
      } else if (piece.tokens <= options_.room_tokens) {
        files[piece.file].push_back(piece);
      } else if (const auto failed = split(piece, files[piece.file])) {
        return std::unexpected(*failed);
      }
    }
    const std::vector<std::uint32_t> order = order_of(change_, options_.first_files);
    for (const bool deleting : {false, true}) {
      // Deletions go no further to the front than into the last of the other calls.
      if (deleting && !used_.empty()) from_ = used_.size() - 1;
      for (const std::uint32_t file : order) add_file(files[file], deleting);
    }
    for (Batch& batch : packing_.batches) {
      std::sort(batch.pieces.begin(), batch.pieces.end(), [](const Piece& a, const Piece& b) {
        return std::tuple(a.file, a.hunk, a.first) < std::tuple(b.file, b.hunk, b.first);
      });
    }
    return std::move(packing_);
  }

 private:
  ModelResult<std::vector<Piece>> count_hunks() {
    std::vector<Piece> pieces;
    std::vector<std::string> texts;
    for (std::uint32_t file = 0; file < change_.files.size(); ++file) {
      for (std::uint32_t hunk = 0; hunk < change_.files[file].hunks.size(); ++hunk) {
        const auto lines = static_cast<std::uint32_t>(change_.files[file].hunks[hunk].lines.size());
        pieces.push_back({.file = file, .hunk = hunk, .first = 0, .end = lines, .tokens = 0});
        texts.push_back(counted_text(change_, pieces.back(), options_.hints));
      }
    }
    const auto counts = count_all(model_, texts);
    if (!counts) return std::unexpected(counts.error());
    for (std::size_t i = 0; i < pieces.size(); ++i) pieces[i].tokens = (*counts)[i];
    return pieces;
  }

  // Runs of lines that fit; the first error of counting, if there is one.
  std::optional<ModelError> split(const Piece& hunk, std::vector<Piece>& into) {
    std::vector<std::string> lines;
    for (const Line& line : change_.files[hunk.file].hunks[hunk.hunk].lines) lines.emplace_back(line.text);
    Piece bare = hunk;
    bare.end = 0;
    lines.push_back(counted_text(change_, bare, options_.hints));
    const auto counts = count_all(model_, lines);
    if (!counts) return counts.error();
    // The marks, the line ends, and the hints on the lines, of which nothing is known yet.
    constexpr std::uint32_t for_each_line = 2;
    const std::uint32_t around = counts->back() + 16;
    std::uint32_t used = around;
    std::uint32_t first = 0;
    bool too_long = false;
    for (std::uint32_t i = 0; i < hunk.end; ++i) {
      const std::uint32_t tokens = (*counts)[i] + for_each_line;
      too_long = too_long || around + tokens > options_.room_tokens;
      if (used + tokens > options_.room_tokens && i > first) {
        into.push_back({hunk.file, hunk.hunk, first, i, used});
        first = i;
        used = around;
      }
      used += tokens;
    }
    into.push_back({hunk.file, hunk.hunk, first, hunk.end, used});
    if (!too_long) return std::nullopt;
    std::erase_if(into, [&](const Piece& piece) { return piece.hunk == hunk.hunk; });
    packing_.unshown.push_back({hunk.file, hunk.hunk, Unshown::Why::line_too_long});
    return std::nullopt;
  }

  void add_file(const std::vector<Piece>& pieces, bool deleting) {
    std::vector<Piece> some;
    std::uint64_t total = 0;
    for (const Piece& piece : pieces) {
      if (only_deletes(change_, piece) != deleting) continue;
      some.push_back(piece);
      total += piece.tokens;
    }
    if (some.empty()) return;
    // A file that fits into a call stays whole.
    if (total <= options_.room_tokens) {
      put(some, total);
    } else {
      for (const Piece& piece : some) put(std::span(&piece, 1), piece.tokens);
    }
  }

  // Into the first call that has room.
  void put(std::span<const Piece> pieces, std::uint64_t tokens) {
    std::size_t at = from_;
    while (at < used_.size() && used_[at] + tokens > options_.room_tokens) ++at;
    if (at == used_.size()) {
      used_.push_back(0);
      packing_.batches.emplace_back();
    }
    used_[at] += tokens;
    std::vector<Piece>& into = packing_.batches[at].pieces;
    into.insert(into.end(), pieces.begin(), pieces.end());
  }

  const Change& change_;
  Model& model_;
  const PackingOptions& options_;
  Packing packing_;
  std::vector<std::uint64_t> used_;  // tokens of each batch
  std::size_t from_ = 0;             // the first batch that may take more
};

}  // namespace

ModelResult<Packing> pack(const Change& change, Model& model, const PackingOptions& options) {
  return Packer(change, model, options).pack();
}

}  // namespace review
