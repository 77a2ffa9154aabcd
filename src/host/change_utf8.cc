#include "host/change_utf8.h"

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/value.h"

namespace sluice::host {

namespace {

class Names {
 public:
  // Names that are UTF-8 keep their form, whatever the others become.
  void keep(const std::string& name) {
    if (is_utf8(name)) taken_.insert(name);
  }

  std::string shown(const std::string& name) {
    if (is_utf8(name)) return name;
    const auto known = shown_.find(name);
    if (known != shown_.end()) return known->second;
    std::size_t count = 0;
    const std::string decoded = to_utf8(name, &count);
    replaced_ += count;
    std::string chosen = decoded;
    // The number stands where the names differ, so that the file's ending stays what it is.
    constexpr std::string_view replacement = "\xEF\xBF\xBD";
    const std::size_t place = decoded.find(replacement) + replacement.size();
    std::size_t& number = numbers_.try_emplace(decoded, 1).first->second;
    while (!taken_.insert(chosen).second) {
      chosen = decoded;
      chosen.insert(place, "(" + std::to_string(++number) + ")");
    }
    shown_.emplace(name, chosen);
    return chosen;
  }

  [[nodiscard]] std::size_t replaced() const { return replaced_; }

 private:
  std::set<std::string> taken_;
  std::map<std::string, std::string> shown_;
  std::map<std::string, std::size_t> numbers_;  // the last that each decoded name got
  std::size_t replaced_ = 0;
};

}  // namespace

std::size_t make_utf8(std::vector<ChangedFile>& files) {
  Names names;
  for (const ChangedFile& file : files) {
    names.keep(file.path);
    names.keep(file.previous_path);
  }
  std::size_t replaced_in_patches = 0;
  for (ChangedFile& file : files) {
    file.path = names.shown(file.path);
    file.previous_path = names.shown(file.previous_path);
    if (!file.patch || is_utf8(*file.patch)) continue;
    std::size_t count = 0;
    *file.patch = to_utf8(*file.patch, &count);
    replaced_in_patches += count;
  }
  return names.replaced() + replaced_in_patches;
}

}  // namespace sluice::host
