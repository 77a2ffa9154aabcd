// json N: writes a document, parses and changes it, N times.

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

int main(int argc, char** argv) {
  const int times = argc > 1 ? std::atoi(argv[1]) : 20;
  nlohmann::json document;
  for (int i = 0; i < 1000; ++i) {
    document["items"].push_back({{"id", i},
                                 {"name", "item " + std::to_string(i) + " \"quoted\" \u00e9"},
                                 {"price", i * 0.37},
                                 {"tags", {"one", "two", "three"}},
                                 {"open", i % 3 == 0}});
  }
  std::size_t bytes = 0;
  for (int i = 0; i < times; ++i) {
    const std::string text = document.dump();
    bytes += text.size();
    document = nlohmann::json::parse(text);
    for (auto& item : document["items"]) item["price"] = item["price"].get<double>() * 1.01;
  }
  std::printf("%zu\n", bytes);
}
