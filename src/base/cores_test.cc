#include "base/cores.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace sluice {
namespace {

TEST(Cores, ShareOfAControlGroup) {
  EXPECT_EQ(cpu_share("150000 100000\n"), 1.5);
  EXPECT_EQ(cpu_share("50000 100000"), 0.5);
  for (const char* text : {"max 100000\n", "", "1", "x y", "0 100000", "-1 100000", "100000 0", "1e9999 1"})
    EXPECT_EQ(cpu_share(text), std::nullopt) << text;
}

TEST(Cores, AtLeastOneAndNoMoreThanThereAre) {
  EXPECT_GE(usable_cores(), 1U);
  EXPECT_LE(usable_cores(), std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace
}  // namespace sluice
