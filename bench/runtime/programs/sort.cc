// sort N: sorts N texts and N numbers.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 100'000;
  std::uint64_t state = 88172645463325252ULL;
  const auto next = [&] {
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
  };
  std::vector<std::uint64_t> numbers;
  std::vector<std::string> texts;
  for (int i = 0; i < count; ++i) {
    numbers.push_back(next());
    texts.push_back("key-" + std::to_string(next() % 1'000'000'007));
  }
  std::ranges::sort(numbers);
  std::ranges::sort(texts);
  std::uint64_t sum = 0;
  for (int i = 0; i < count; i += 97)
    sum = sum * 31 + numbers[static_cast<std::size_t>(i)] + texts[static_cast<std::size_t>(i)].back();
  std::printf("%llu\n", static_cast<unsigned long long>(sum));
}
