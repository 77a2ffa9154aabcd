// A set that is emptied again and again: what a grammar has met at one letter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice::backends {

// `Key` has `hash()` and `==`. Open addressing; emptying it costs nothing but the length of its list.
template <class Key>
class MetSet {
 public:
  MetSet() : slots_(slots_least) {}

  void clear() {
    keys_.clear();
    ++round_;
  }

  // False: it is there already.
  bool insert(const Key& key) {
    if (!place(key)) return false;
    keys_.push_back(key);
    if (keys_.size() * 2 < slots_.size()) return true;
    slots_.assign(slots_.size() * 2, {});
    for (const Key& known : keys_) place(known);
    return true;
  }

 private:
  static constexpr std::size_t slots_least = 256;
  struct Slot {
    std::uint64_t round = 0;
    Key key{};
  };

  bool place(const Key& key) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = key.hash() & mask;
    for (; slots_[at].round == round_; at = (at + 1) & mask) {
      if (slots_[at].key == key) return false;
    }
    slots_[at] = {round_, key};
    return true;
  }

  std::vector<Slot> slots_;  // a power of two
  std::vector<Key> keys_;
  std::uint64_t round_ = 1;
};

}  // namespace sluice::backends
