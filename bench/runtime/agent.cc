// agent COUNT NUMBER: an agent that computes: COUNT times how far two texts are from each other (the edits
// that make one of the other). What agent.py does, in C++.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace {

std::string text_of(unsigned seed) {
  std::string text;
  for (int i = 0; i < 300; ++i) {
    seed = (seed * 1103515245U + 12345U) & 0x7fffffffU;
    text += static_cast<char>('a' + (seed >> 16) % 8);
  }
  return text;
}

int distance(const std::string& one, const std::string& other) {
  std::vector<int> before(other.size() + 1);
  std::vector<int> now(other.size() + 1);
  for (std::size_t j = 0; j <= other.size(); ++j) before[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= one.size(); ++i) {
    now[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= other.size(); ++j) {
      const int changed = before[j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1);
      now[j] = std::min({changed, before[j] + 1, now[j - 1] + 1});
    }
    std::swap(before, now);
  }
  return before.back();
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 10;
  const unsigned number = argc > 2 ? static_cast<unsigned>(std::atoi(argv[2])) : 0;
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    sum += distance(text_of(number * 1000U + static_cast<unsigned>(i)),
                    text_of(number * 1000U + static_cast<unsigned>(i) + 1));
  }
  std::printf("agent %u: %d\n", number, sum);
}
