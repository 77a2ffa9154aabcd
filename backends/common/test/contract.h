// What has to hold for every format of every plug-in. A test program instantiates NetworkContract with the
// formats that its plug-in reads.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "common/test/plugin.h"

namespace sluice::backends::test {

struct Format {
  std::string name;
  // Files of tests/data/nn of a network that adds two f32 [2, 3].
  std::vector<std::string> sum;
  // A network in a format of another plug-in or reader.
  std::string other = "README.md";
  bool knows_shapes = true;        // of inputs, before it has any
  bool opens_bytes_locked = true;  // reads bytes without opening a file
};

inline std::ostream& operator<<(std::ostream& out, const Format& format) {
  return out << format.name;
}

class NetworkContract : public testing::TestWithParam<Format> {
 protected:
  [[nodiscard]] static std::vector<std::string> paths();
  [[nodiscard]] static std::vector<std::string> parts();
  [[nodiscard]] static Graph open() { return open_bytes(GetParam().name, parts()); }
  [[nodiscard]] static Said try_parts(const std::vector<std::string>& parts);
};

}  // namespace sluice::backends::test
