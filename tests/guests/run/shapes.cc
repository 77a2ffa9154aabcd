// C++ with virtual functions and containers; its traps have names that C++ has mangled.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace shapes {

struct Shape {
  virtual ~Shape() = default;
  virtual double area() const = 0;
};

struct Square : Shape {
  explicit Square(double s) : side(s) {}
  double area() const override { return side * side; }
  double side;
};

struct Circle : Shape {
  explicit Circle(double r) : radius(r) {}
  double area() const override { return 3 * radius * radius; }
  double radius;
};

__attribute__((noinline)) void break_down(const std::vector<int>& numbers) {
  std::printf("%zu numbers\n", numbers.size());
  std::fflush(stdout);
  __builtin_trap();
}

}  // namespace shapes

int main(int argc, char** argv) {
  std::vector<std::unique_ptr<shapes::Shape>> list;
  list.push_back(std::make_unique<shapes::Circle>(2));
  list.push_back(std::make_unique<shapes::Square>(3));
  std::ranges::sort(list, {}, [](const auto& shape) { return shape->area(); });
  std::string text;
  for (const auto& shape : list) text += std::to_string(static_cast<int>(shape->area())) + " ";
  std::printf("%s\n", text.c_str());
  if (argc > 1 && std::string(argv[1]) == "trap") shapes::break_down({1, 2, 3});
}
