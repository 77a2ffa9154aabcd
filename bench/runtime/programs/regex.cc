// regex N: looks for addresses and numbers in N lines of text.

#include <cstdio>
#include <cstdlib>
#include <map>
#include <regex>
#include <string>

int main(int argc, char** argv) {
  const int lines = argc > 1 ? std::atoi(argv[1]) : 2000;
  const std::regex mail("[a-z0-9.]+@[a-z0-9]+(\\.[a-z]+)+", std::regex::optimize);
  const std::regex when("(\\d{4})-(\\d{2})-(\\d{2})", std::regex::optimize);
  std::map<std::string, int> seen;
  for (int i = 0; i < lines; ++i) {
    const std::string line = "On 2026-0" + std::to_string(1 + i % 9) + "-1" + std::to_string(i % 10) +
                             " user" + std::to_string(i % 50) +
                             "@mail.example.org wrote to the list about change " + std::to_string(i) +
                             ", and nobody answered before noon.";
    for (const std::regex* pattern : {&mail, &when}) {
      std::smatch found;
      for (std::string rest = line; std::regex_search(rest, found, *pattern); rest = found.suffix())
        ++seen[found[0]];
    }
  }
  int sum = 0;
  for (const auto& [text, count] : seen) sum = sum * 31 + count + static_cast<int>(text.size());
  std::printf("%zu %d\n", seen.size(), sum);
}
