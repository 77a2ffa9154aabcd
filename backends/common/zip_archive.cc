#include "common/zip_archive.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace sluice::backends {
namespace {

// Of the format (APPNOTE.TXT of PKWARE), all little endian.
constexpr std::string_view end_mark = "PK\x05\x06";
constexpr std::string_view long_locator_mark = "PK\x06\x07";
constexpr std::string_view long_end_mark = "PK\x06\x06";
constexpr std::string_view entry_mark = "PK\x01\x02";
constexpr std::size_t end_size = 22;
constexpr std::size_t long_locator_size = 20;
constexpr std::size_t long_end_size = 56;
constexpr std::size_t entry_size = 46;

std::unexpected<Failed> damaged() {
  return failed(SLUICE_NN_CORRUPT,
                "this is no file of TorchScript, or it is damaged: save the network with torch.jit.save");
}

// The number at `place`, if there is one.
template <typename T>
std::optional<T> number_at(std::string_view bytes, std::uint64_t place) {
  if (place > bytes.size() || bytes.size() - place < sizeof(T)) return std::nullopt;
  T number{};
  std::memcpy(&number, bytes.data() + place, sizeof number);
  return number;
}

std::string_view from(std::string_view bytes, std::uint64_t place) {
  return place <= bytes.size() ? bytes.substr(place) : std::string_view();
}

// The list of files; nothing where there is none.
std::optional<std::string_view> find_list(std::string_view archive) {
  const std::size_t end = archive.rfind(end_mark);
  if (end == archive.npos || archive.size() - end < end_size) return std::nullopt;
  std::uint64_t size = *number_at<std::uint32_t>(archive, end + 12);
  std::uint64_t place = *number_at<std::uint32_t>(archive, end + 16);
  // Archives of more than 4 GB, and those that PyTorch writes, say it again in more bits.
  if (end >= long_locator_size && archive.substr(end - long_locator_size).starts_with(long_locator_mark)) {
    const auto at = *number_at<std::uint64_t>(archive, end - long_locator_size + 8);
    const std::string_view long_end = from(archive, at);
    if (!long_end.starts_with(long_end_mark) || long_end.size() < long_end_size) return std::nullopt;
    size = *number_at<std::uint64_t>(long_end, 40);
    place = *number_at<std::uint64_t>(long_end, 48);
  }
  if (place > archive.size() || size > archive.size() - place) return std::nullopt;
  return archive.substr(place, size);
}

}  // namespace

Result<std::map<std::string, std::uint32_t>> read_checksums(std::string_view archive) {
  const auto list = find_list(archive);
  if (!list) return damaged();
  std::map<std::string, std::uint32_t> checksums;
  for (std::string_view rest = *list; !rest.empty();) {
    if (rest.size() < entry_size || !rest.starts_with(entry_mark)) return damaged();
    const std::size_t name_size = *number_at<std::uint16_t>(rest, 28);
    const std::size_t size =
        entry_size + name_size + *number_at<std::uint16_t>(rest, 30) + *number_at<std::uint16_t>(rest, 32);
    if (size > rest.size()) return damaged();
    const std::string_view name = rest.substr(entry_size, name_size);
    const std::size_t folder = name.find('/');
    if (folder == name.npos) return damaged();
    const bool added = checksums.emplace(name.substr(folder + 1), *number_at<std::uint32_t>(rest, 16)).second;
    if (!added) return damaged();
    rest.remove_prefix(size);
  }
  return checksums;
}

}  // namespace sluice::backends
