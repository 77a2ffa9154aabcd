// The memory of the fake backend's sequences.
#pragma once

#include <sluice/nn_backend.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

struct sluice_nn_context {
  // Of a memory, in its order.
  struct Places {
    std::set<std::size_t> free;  // of the first `count`
    std::size_t count = 0;
    std::size_t take() { return free.empty() ? count++ : free.extract(free.begin()).value(); }
    [[nodiscard]] std::size_t used() const { return count - free.size(); }
  };
  // A token that is there once, however many sequences have it. It takes the first place that is free; one of
  // a wide picture takes two.
  struct Cell {
    std::int32_t token;
    bool is_steady;
    Places& places;
    std::size_t place;
    std::optional<std::size_t> second;
    Cell(std::int32_t which, bool steady, Places& all, bool is_wide = false)
        : token(which), is_steady(steady), places(all), place(all.take()) {
      if (is_wide) second = all.take();
    }
    Cell(const Cell&) = delete;
    Cell& operator=(const Cell&) = delete;
    ~Cell() {
      places.free.insert(place);
      if (second) places.free.insert(*second);
    }
  };
  sluice_nn_context_options options{};
  Places places;
  std::vector<std::vector<std::shared_ptr<Cell>>> sequences;
  std::vector<std::vector<float>> rows;
  std::atomic<bool> stop{false};
};

namespace sluice::nn::testing {

inline std::string_view view(sluice_nn_text text) {
  return {text.data, text.size};
}

inline sluice_nn_status failed(sluice_nn_error* error, sluice_nn_status status, std::string_view text) {
  if (error != nullptr) {
    const std::size_t size = text.copy(error->text, sizeof error->text - 1);
    error->text[size] = '\0';
  }
  return status;
}

}  // namespace sluice::nn::testing
