#include "nn/tensors.h"

#include <gmock/gmock.h>

#include <limits>

namespace sluice::nn {
namespace {

using testing::HasSubstr;

sluice_nn_tensor tensor(std::uint32_t type, std::vector<std::int64_t> dims, std::uint64_t bytes) {
  sluice_nn_tensor made{};
  made.type = type;
  made.rank = static_cast<std::uint32_t>(dims.size());
  std::copy(dims.begin(), dims.end(), made.dims);
  made.bytes = bytes;
  return made;
}

TEST(Tensors, ElementsAreCountedWithoutOverflow) {
  EXPECT_EQ(elements_of(tensor(SLUICE_NN_F32, {}, 0)), 1U);
  EXPECT_EQ(elements_of(tensor(SLUICE_NN_F32, {2, 3, 0}, 0)), 0U);
  EXPECT_EQ(elements_of(tensor(SLUICE_NN_F32, {-1}, 0)), std::nullopt);
  constexpr std::int64_t large = std::numeric_limits<std::uint32_t>::max();
  EXPECT_EQ(elements_of(tensor(SLUICE_NN_F32, {large, large, large}, 0)), std::nullopt);
}

TEST(Tensors, WhatDoesNotFitIsRefusedWithTheNumbers) {
  const TensorPort port{"image", tensor(SLUICE_NN_F32, {-1, 3}, 0)};
  EXPECT_TRUE(check_tensor(port, tensor(SLUICE_NN_F32, {2, 3}, 24)));
  EXPECT_THAT(check_tensor(port, tensor(SLUICE_NN_F32, {2, 4}, 32)).error().why,
              HasSubstr("f32 [2, 4], and the network takes f32 [any, 3]"));
  EXPECT_THAT(check_tensor(port, tensor(SLUICE_NN_I32, {2, 3}, 24)).error().why, HasSubstr("i32"));
  EXPECT_THAT(check_tensor(port, tensor(SLUICE_NN_F32, {2, 3}, 23)).error().why, HasSubstr("23 bytes"));
  EXPECT_FALSE(check_tensor(port, tensor(SLUICE_NN_F32, {6}, 24)));
}

TEST(Tensors, APortThatTakesAnything) {
  TensorPort port{"x", {}};
  port.shape.type = SLUICE_NN_ANY_TYPE;
  port.shape.rank = SLUICE_NN_ANY_RANK;
  EXPECT_TRUE(check_tensor(port, tensor(SLUICE_NN_U8, {5}, 5)));
  EXPECT_TRUE(check_tensor(port, tensor(SLUICE_NN_F64, {1, 1, 2}, 16)));
  EXPECT_FALSE(check_tensor(port, tensor(SLUICE_NN_OTHER_TYPE, {5}, 5)));
}

}  // namespace
}  // namespace sluice::nn
